"""Pages for each experiment and pair of inputs: everything that was done with these two pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode

from bench.pairing import SAME_OBJECTIVE
from bench.report import curves, frame_curves, layers, players, words
from bench.report import format as fmt
from bench.report.curves import Chart
from bench.report.format import Figure
from bench.report.groups import Along, Group, along, groups
from bench.report.inputs import Input, InputKey
from bench.report.model import Experiment, Model, Run
from bench.report.pair_curves import CurveTable, Legend, charts, legend_of, losses
from bench.report.players import Together
from bench.report.site import Page, Site, page_names

#: Runs on a page, and of those in rows beside each other; rows of the table of figures. A page stays below 3,000 nodes.
MOST, BESIDE, ROWS = 100, 28, 28
#: Runs that are shown all together first, though rows have them too.
OVERVIEW = 12
#: Runs that the viewer lays over each other.
VIEWED = 4


@dataclass(frozen=True)
class Beside:
    """Runs that differ in one thing, and the state of the viewer that lays them over each other (empty: too few)."""

    group: Group
    viewed: str


@dataclass(frozen=True)
class Axis:
    name: str
    notes: tuple[str, ...]
    groups: tuple[Beside, ...]


@dataclass(frozen=True)
class Elsewhere:
    """An axis that these runs are compared along in the grid, as there are too many for rows."""

    name: str
    state: str


@dataclass(frozen=True)
class RepeatsRow:
    """Runs that differ in nothing but the seed, and how much they agree."""

    run: Run
    """The first of them."""
    settings: str
    count: int
    structure: Figure
    difference: Figure


@dataclass(frozen=True)
class PairPage:
    page: str
    parts: tuple[str, ...]
    """Addresses of all pages of this pair, where there are several."""
    total: str
    """How many runs there are on all of them."""
    experiment: Experiment
    grid: str
    """State of the grid that has these inputs chosen."""
    table: str
    """State of the table that has these runs."""
    layers: str
    """The page to go through layers; empty without one."""
    title: str
    content: Input | None
    style: Input | None
    runs: tuple[tuple[Run, str], ...]
    """Each run with its settings."""
    players: Together | None
    """Videos of these runs, to be played in step."""
    strips: tuple[tuple[Run, str], ...]
    """Runs whose frames are shown below those, with their settings: all that have any, unless that is too many."""
    wall: bool
    """False where one row of a comparison shows all runs already."""
    axes: tuple[Axis, ...]
    elsewhere: tuple[Elsewhere, ...]
    listed: bool
    """Whether there is a table of figures; of many runs it is in the table of all runs."""
    charts: tuple[Chart, ...]
    legend: tuple[Legend, ...]
    frame_charts: tuple[Chart, ...]
    """What became of each frame of videos, run over run."""
    undrawn: int
    mixed: bool
    """Losses of these runs are not on one scale."""
    staged: bool
    """Some run came from smaller sizes, whose losses are left out here."""
    quality: tuple[tuple[str, str], ...]
    """Figures of quality that some run has: name and head of the column."""
    measured: Mapping[str, tuple[tuple[str, Figure], ...]]
    """By the id of a run: what else was measured, by the heads of columns, which all runs share."""
    repeats: tuple[RepeatsRow, ...]
    losses: CurveTable | None
    before: str
    after: str


@dataclass(frozen=True)
class _Part:
    """One page of a pair: all its runs, unless there are more than :data:`MOST`."""

    experiment: Experiment
    runs: Sequence[Run]
    """Of the whole pair."""
    shown: slice
    page: str
    parts: tuple[str, ...]


def addresses(model: Model) -> dict[tuple[str, str], str]:
    """The page of each run among those of its pair, by the name of the experiment and the run's id."""
    return {(part.experiment.name, run.id): part.page for part in _parts(model) for run in part.runs[part.shown]}


def pages(site: Site) -> list[Page]:
    notes = {(view.experiment.name, view.axis): view.notes for view in site.compared}
    by_layer = {e.name: layers.addresses(e) for e in site.model.experiments}
    compared = {e.name: [along(e, axis) for axis in e.plan.compare] for e in site.model.experiments}
    parts = list(_parts(site.model))
    around = ["", *dict.fromkeys(part.parts[0] for part in parts), ""]
    at = {page: k for k, page in enumerate(around)}
    made = []
    for part in parts:
        k = at[part.parts[0]]
        name = part.experiment.name
        view = partial(_page, part, compared[name], notes, by_layer[name], around[k - 1], around[k + 1])
        made.append(Page(part.page, "pair", view, "index.html"))
    return made


def _parts(model: Model) -> Iterator[_Part]:
    for experiment in model.experiments:
        by: dict[tuple[InputKey | None, InputKey | None], list[Run]] = {}
        for run in experiment.runs:
            by.setdefault(run.pair, []).append(run)
        for runs in by.values():
            name = _name(experiment, runs[0])
            starts = range(0, len(runs), MOST)
            names = page_names(name, len(starts))
            for start, page in zip(starts, names, strict=True):
                yield _Part(experiment, runs, slice(start, start + MOST), page, names)


def _name(experiment: Experiment, run: Run) -> str:
    labels = [i.label for i in (run.content, run.style) if i]
    identity = "\n".join((experiment.name, *labels, *(i.sha256 for i in (run.content, run.style) if i)))
    return f"pairs/{words.slug(' '.join((experiment.name[:24], *(label[:18] for label in labels))), identity)}"


def _page(
    part: _Part,
    compared: Sequence[Along],
    notes: Mapping[tuple[str, str], tuple[str, ...]],
    by_layer: Mapping[str, str],
    before: str,
    after: str,
) -> PairPage:
    experiment, runs = part.experiment, part.runs[part.shown]
    axes, elsewhere = _axes(experiment, runs, compared, notes)
    drawn = [run for run in runs if run.curve or run.frames]
    legend = legend_of(experiment, drawn[: curves.MOST_LINES])
    changing = [name for name in experiment.varying if len({str(r.parameters.get(name)) for r in drawn}) > 1]
    own = words.own_heads(run.numbers for run in runs)
    listed = tuple((run, experiment.settings(run)) for run in runs)
    return PairPage(
        page=part.page,
        parts=part.parts if len(part.parts) > 1 else (),
        total=fmt.counted(len(part.runs), "run", "runs"),
        experiment=experiment,
        grid=_grid(experiment, runs[0]),
        table=urlencode({"is-experiment": experiment.name, **_inputs(runs[0])}),
        layers=by_layer.get(runs[0].id, ""),
        title=runs[0].title,
        content=runs[0].content,
        style=runs[0].style,
        runs=listed,
        players=players.of_pair(listed),
        strips=players.strips(listed),
        repeats=_repeats(experiment, runs),
        wall=not _covered(axes, len(runs)),
        axes=axes,
        elsewhere=elsewhere,
        listed=len(runs) <= ROWS,
        charts=charts(legend),
        frame_charts=frame_curves.of_runs(legend),
        legend=legend,
        undrawn=len(drawn) - len(legend),
        mixed=any(name not in SAME_OBJECTIVE for name in changing),
        staged=any(run.curve and len(run.curve.sizes) > 1 for run in drawn),
        quality=words.quality_heads(run.quality for run in runs),
        measured={run.id: tuple(_measured(run, experiment.optimised, own)) for run in runs[:ROWS]},
        losses=losses(legend) if any(run.curve for run in drawn) else None,
        before=before,
        after=after,
    )


def _measured(run: Run, losses: bool, own: Sequence[tuple[str, str]]) -> Iterator[tuple[str, Figure]]:
    if losses:
        yield "final loss", run.loss
    yield "time", run.seconds
    if losses:
        yield "per evaluation", run.per_evaluation
    yield "peak memory", run.memory
    for name, head in own:
        yield head, run.numbers.get(name) or fmt.quality(None, f"number {name}")


def _axes(
    experiment: Experiment,
    runs: Sequence[Run],
    compared: Sequence[Along],
    notes: Mapping[tuple[str, str], tuple[str, ...]],
) -> tuple[tuple[Axis, ...], tuple[Elsewhere, ...]]:
    """Rows of runs that differ in one thing, as long as there is room; where the rest is."""
    axes, elsewhere, room = list[Axis](), list[Elsewhere](), BESIDE
    for by in compared:
        name = by.axis
        # Asked before rows are made of them: that takes its time with many runs.
        if len(runs) > room and name in experiment.axes:
            elsewhere.append(Elsewhere(name, _grid(experiment, runs[0], name)))
            continue
        rows = groups(runs, by)
        if rows:
            axes.append(Axis(name, notes.get((experiment.name, name), ()), tuple(Beside(g, _viewed(g)) for g in rows)))
            room -= sum(side.run is not None for group in rows for side in group.sides)
    return tuple(axes), tuple(elsewhere)


def _covered(axes: Sequence[Axis], runs: int) -> bool:
    """Whether rows show all runs anyway: one of them, or, of a good many runs, all rows along one axis."""
    for axis in axes:
        shown = sum(side.run is not None for beside in axis.groups for side in beside.group.sides)
        if shown == runs and (len(axis.groups) == 1 or runs > OVERVIEW):
            return True
    return False


def _viewed(group: Group) -> str:
    ids = [side.run.short_id for side in group.sides if side.run and side.run.picture]
    return urlencode([("run", id) for id in ids[:VIEWED]]) if len(ids) > 1 else ""


def _inputs(run: Run) -> dict[str, str]:
    given = (("content", run.content), ("style", run.style))
    return {f"is-{role}": words.clean(one.label) for role, one in given if one}


def _grid(experiment: Experiment, run: Run, first: str = "") -> str:
    """State of the grid with this run's inputs chosen, its axes from ``first`` laid out."""
    names = dict.fromkeys((first, *experiment.plan.compare, *experiment.axes))
    across, down = (*(name for name in names if name in experiment.axes), "", "")[:2]
    return urlencode({"x": across or "none", "y": down or "none", **_inputs(run)})


def _repeats(experiment: Experiment, runs: Sequence[Run]) -> tuple[RepeatsRow, ...]:
    first = {tuple(run.repeats.jobs): run for run in reversed(runs) if run.repeats}
    return tuple(
        RepeatsRow(
            run,
            experiment.settings(run, without=["seed"]),
            len(jobs),
            fmt.quality(run.repeats.structure, "agreement"),
            fmt.quality(run.repeats.difference, "agreement-difference"),
        )
        for jobs, run in reversed(first.items())
        if run.repeats
    )
