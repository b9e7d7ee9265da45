"""One page for each experiment and pair of inputs: everything that was done with these two pictures."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from bench.pairing import SAME_OBJECTIVE
from bench.report import curves, words
from bench.report import format as fmt
from bench.report.curves import Chart, Series
from bench.report.format import Figure
from bench.report.groups import Along, Group, along, groups
from bench.report.inputs import Input
from bench.report.model import Experiment, Model, Run
from bench.report.site import Page, Site


@dataclass(frozen=True)
class Axis:
    name: str
    notes: tuple[str, ...]
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class Legend:
    run: Run
    label: str
    colour: int
    dash: int


@dataclass(frozen=True)
class CurveTable:
    """Losses by evaluation, one column a run."""

    heads: tuple[tuple[Run, str], ...]
    rows: tuple[tuple[int, tuple[Figure | None, ...]], ...]


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
    experiment: Experiment
    title: str
    content: Input | None
    style: Input | None
    runs: tuple[tuple[Run, str], ...]
    """Each run with its settings."""
    wall: bool
    """False where one row of a comparison shows all runs already."""
    axes: tuple[Axis, ...]
    charts: tuple[Chart, ...]
    legend: tuple[Legend, ...]
    undrawn: int
    mixed: bool
    """Losses of these runs are not on one scale."""
    staged: bool
    """Some run came from smaller sizes, whose losses are left out here."""
    quality: tuple[tuple[str, str], ...]
    """Figures of quality that some run has: name and head of the column."""
    repeats: tuple[RepeatsRow, ...]
    table: CurveTable | None
    before: str
    after: str


def addresses(model: Model) -> dict[tuple[str, str], str]:
    """The page of each run's pair, by the name of the experiment and the run's id."""
    return {(experiment.name, run.id): _name(experiment, runs[0]) for experiment, runs in _found(model) for run in runs}


def pages(site: Site) -> list[Page]:
    notes = {(view.experiment.name, view.axis): view.notes for view in site.compared}
    found = _found(site.model)
    names = [_name(experiment, runs[0]) for experiment, runs in found]
    axes = {e.name: [along(e, axis) for axis in e.plan.compare] for e in site.model.experiments}
    around = ["", *names, ""]
    made = []
    for k, (name, (experiment, runs)) in enumerate(zip(names, found, strict=True)):
        view = partial(_page, experiment, runs, name, axes[experiment.name], notes, around[k], around[k + 2])
        made.append(Page(name, "pair", view, "index.html"))
    return made


def _found(model: Model) -> list[tuple[Experiment, list[Run]]]:
    """Every experiment's runs, by their pair of inputs."""
    found: list[tuple[Experiment, list[Run]]] = []
    for experiment in model.experiments:
        by: dict[tuple[str | None, ...], list[Run]] = {}
        for run in experiment.runs:
            key = tuple(v for i in (run.content, run.style) for v in ((i.label, i.sha256) if i else (None, None)))
            by.setdefault(key, []).append(run)
        found += [(experiment, runs) for runs in by.values()]
    return found


def _name(experiment: Experiment, run: Run) -> str:
    labels = [i.label for i in (run.content, run.style) if i]
    identity = "\n".join((experiment.name, *labels, *(i.sha256 for i in (run.content, run.style) if i)))
    return f"pairs/{words.slug(' '.join((experiment.name[:24], *(label[:18] for label in labels))), identity)}.html"


def _page(
    experiment: Experiment,
    runs: list[Run],
    page: str,
    compared: list[Along],
    notes: dict[tuple[str, str], tuple[str, ...]],
    before: str,
    after: str,
) -> PairPage:
    axes = []
    for by in compared:
        rows = groups(runs, by)
        if rows:
            axes.append(Axis(by.axis, notes.get((experiment.name, by.axis), ()), rows))
    covered = len(axes) > 0 and any(
        len(axis.groups) == 1 and sum(side.run is not None for side in axis.groups[0].sides) == len(runs)
        for axis in axes
    )
    drawn = [run for run in runs if run.curve]
    legend = _legend(experiment, drawn)
    changing = [name for name in experiment.varying if len({str(r.parameters.get(name)) for r in drawn}) > 1]
    return PairPage(
        page=page,
        experiment=experiment,
        title=runs[0].title,
        content=runs[0].content,
        style=runs[0].style,
        runs=tuple((run, experiment.settings(run)) for run in runs),
        repeats=_repeats(experiment, runs),
        wall=not covered,
        axes=tuple(axes),
        charts=_charts(legend),
        legend=legend[: curves.MOST_LINES],
        undrawn=max(0, len(legend) - curves.MOST_LINES),
        mixed=any(name not in SAME_OBJECTIVE for name in changing),
        staged=any(run.curve and len(run.curve.sizes) > 1 for run in drawn),
        quality=words.quality_heads(run.quality for run in runs),
        table=_table(legend) if drawn else None,
        before=before,
        after=after,
    )


def _repeats(experiment: Experiment, runs: list[Run]) -> tuple[RepeatsRow, ...]:
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


def _legend(experiment: Experiment, runs: list[Run]) -> tuple[Legend, ...]:
    """The first axis is told by colour, the second by dashes, so that a reader can find either by eye."""
    names = sorted(
        (n for n in experiment.axes if len({experiment.value(run, n) for run in runs}) > 1),
        key=lambda n: experiment.plan.compare.index(n) if n in experiment.plan.compare else 99,
    )
    used: set[tuple[int, int]] = set()
    legend = []
    free = iter([(c, d) for d in range(curves.DASHES) for c in range(curves.COLOURS)])
    for run in runs:
        at = [experiment.axes[n].index(experiment.value(run, n)) for n in names]
        # With one axis only, dashes repeat what colour says, for those who cannot tell the colours apart.
        wanted = (at[0] if at else 0, at[1] if len(at) > 1 else at[0] % curves.DASHES if at else 0)
        if wanted in used or wanted[0] >= curves.COLOURS or wanted[1] >= curves.DASHES:
            wanted = next((pair for pair in free if pair not in used), (0, 0))
        used.add(wanted)
        legend.append(Legend(run, experiment.settings(run) or run.title, *wanted))
    return tuple(legend)


def _charts(legend: tuple[Legend, ...]) -> tuple[Chart, ...]:
    charts = []
    for title, x_title, by_time in (
        ("Loss by evaluation", "evaluation", False),
        ("Loss by time", "time since the optimisation began", True),
    ):
        series = []
        for e in legend:
            if e.run.curve and (e.run.timing_valid or not by_time):
                x, rows = e.run.curve.seconds if by_time else e.run.curve.evaluation, e.run.curve.last_size
                series.append(Series(e.run.id, e.label, x[rows], e.run.curve.total[rows], e.colour, e.dash))
        drawn = curves.chart(title, x_title, series, seconds=by_time)
        if drawn:
            charts.append(drawn)
    return tuple(charts)


def _table(legend: tuple[Legend, ...]) -> CurveTable:
    entries = []
    for e in legend:
        if e.run.curve:
            curve, rows = e.run.curve, e.run.curve.last_size
            entries.append((e.run, e.label, dict(zip(curve.evaluation[rows], curve.total[rows], strict=True))))
    longest = sorted({at for _, _, losses in entries for at in losses})
    # Every run's last row is kept: it is the one that the page's other figures speak of.
    kept = {longest[k] for k in curves.sampled(len(longest), max(2, curves.MOST_ROWS - len(entries)))}
    kept |= {max(losses) for _, _, losses in entries[: curves.MOST_ROWS // 2]}
    figures = tuple(
        (int(at), tuple(fmt.loss(losses[at], "curve-loss") if at in losses else None for _, _, losses in entries))
        for at in sorted(kept)
    )
    return CurveTable(tuple((run, label) for run, label, _ in entries), figures)
