"""The first page: what was found, then every experiment as a wall of pictures, content by style."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.report import words
from bench.report.axes import frozen
from bench.report.comparisons import ComparisonView, Sentence
from bench.report.format import counted
from bench.report.inputs import Input
from bench.report.model import Experiment, Model, Run
from bench.report.site import Page, Site


@dataclass(frozen=True)
class Variant:
    """One run that a cell can show; ``at`` is its place on the pickers, such as ``1,0``."""

    at: str
    run: Run | None
    settings: str
    page: str
    first: bool


@dataclass(frozen=True)
class Column:
    """A style picture, a content picture where there are no styles, or a value of an axis."""

    role: str
    label: str
    input: Input | None


@dataclass(frozen=True)
class Cell:
    column: Column
    variants: tuple[Variant, ...]


@dataclass(frozen=True)
class Row:
    headers: tuple[tuple[str, Input], ...]
    """Role and picture; none where the columns say it all."""
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Picker:
    name: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class Wall:
    experiment: Experiment
    task: str
    settings: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    pickers: tuple[Picker, ...]
    shown: str
    layout: str


@dataclass(frozen=True)
class Gallery:
    intro: tuple[str, ...]
    findings: tuple[Sentence, ...]
    counts: str
    weights: tuple[str, ...]
    random: str
    walls: tuple[Wall, ...]


def pages(site: Site) -> list[Page]:
    return [Page("index.html", "index", lambda: gallery(site.model, site.compared, site.pair_pages))]


def gallery(model: Model, compared: Sequence[ComparisonView], pair_pages: Mapping[tuple[str, str], str]) -> Gallery:
    return Gallery(
        intro=paragraphs(model.results.plan.intro),
        findings=tuple(view.finding for view in compared if view.finding),
        counts=counts(list(model.runs.values())),
        weights=_weights(model),
        random=_random(model),
        walls=tuple(_wall(experiment, pair_pages) for experiment in model.experiments),
    )


def paragraphs(text: str) -> tuple[str, ...]:
    return tuple(" ".join(part.split()) for part in text.replace("\r\n", "\n").split("\n\n") if part.strip())


def counts(runs: Sequence[Run]) -> str:
    """``12 runs: 10 done, 1 failed, 1 not run yet``."""
    by = Counter(run.status for run in runs)
    told = [f"{by[status]} {text}" for status, text in words.STATUS.items() if by[status]]
    if len(told) == 1 and by["done"]:
        return f"{counted(len(runs), 'run', 'runs')}, {'' if len(runs) == 1 else 'all '}done"
    return f"{counted(len(runs), 'run', 'runs')}: {', '.join(told)}" if told else "no runs planned"


def _weights(model: Model) -> tuple[str, ...]:
    return tuple(dict.fromkeys(run.network for run in model.runs.values() if run.picture))


def _random(model: Model) -> str:
    """A plain sentence where pictures come from weights that never learned anything."""
    made = [run for run in model.runs.values() if run.picture]
    random = sum(run.random_weights for run in made)
    if not random:
        return ""
    which = (
        f"{random} of these {len(made)} pictures come"
        if random < len(made)
        else "This picture comes"
        if random == 1
        else "These pictures come"
    )
    return (
        f"{which} from random, untrained weights, and {'shows' if len(made) == 1 else 'show'} what the statistics "
        "of texture alone can do, not a style that a trained network has learned to see."
    )


def _wall(experiment: Experiment, pair_pages: Mapping[tuple[str, str], str]) -> Wall:
    spread = _spread(experiment)
    picked = [name for name in experiment.axes if name != spread]
    columns: dict[Any, Column] = {}
    rows: dict[Any, tuple[tuple[str, Input], ...]] = {}
    cells: dict[tuple[Any, Any], dict[str, Run]] = {}
    for value in experiment.axes[spread] if spread else ():
        columns[value] = Column(spread, words.value(spread, value), None)
    for run in experiment.runs:
        inputs = [(role, given) for role, given in (("content", run.content), ("style", run.style)) if given]
        if spread:
            column, headers = experiment.value(run, spread), inputs
        else:
            role, given = inputs[-1]
            column, headers = _key(given), inputs[:-1]
            columns.setdefault(column, Column(role, given.label, given))
        row = tuple(_key(given) for _, given in headers)
        rows.setdefault(row, tuple(headers))
        cells.setdefault((row, column), {})[_place(experiment, run, picked)] = run
    first = ",".join("0" for _ in picked)
    return Wall(
        experiment=experiment,
        task=words.TASK.get(experiment.task, experiment.task),
        settings=_fixed(experiment),
        columns=tuple(columns.values()),
        rows=tuple(
            Row(
                headers,
                tuple(
                    Cell(column, _variants(experiment, cells.get((row, key), {}), first, pair_pages))
                    for key, column in columns.items()
                ),
            )
            for row, headers in rows.items()
        ),
        pickers=tuple(
            Picker(name, tuple(words.shorten(words.value(name, value), 60) for value in experiment.axes[name]))
            for name in picked
        ),
        shown=" · ".join(words.setting(name, experiment.axes[name][0]) for name in picked),
        layout=f"few c{len(columns)}" if len(columns) <= 4 else "some" if len(columns) <= 6 else "many",
    )


def _spread(experiment: Experiment) -> str:
    """The axis to lay out across the wall when there is one pair of inputs, and so one cell, only."""
    if len({(_key(run.content), _key(run.style)) for run in experiment.runs}) != 1:
        return ""
    return next((name for name in (*experiment.plan.compare, *experiment.axes) if name in experiment.axes), "")


def _key(given: Input | None) -> tuple[str, str] | None:
    return (given.label, given.sha256) if given else None


def _place(experiment: Experiment, run: Run, picked: Sequence[str]) -> str:
    return ",".join(str(experiment.axes[name].index(experiment.value(run, name))) for name in picked)


def _variants(
    experiment: Experiment, runs: dict[str, Run], first: str, pair_pages: Mapping[tuple[str, str], str]
) -> tuple[Variant, ...]:
    """The runs of a cell; the first place is always among them, if only to say that the plan has no run there."""
    return tuple(
        Variant(
            at=place,
            run=run,
            settings=experiment.settings(run) if run else "",
            page=pair_pages[experiment.name, run.id] if run else "",
            first=place == first,
        )
        for place, run in {**dict.fromkeys([first]), **runs}.items()
    )


#: Shown under an experiment's name, in this order, where all its runs agree.
_TOLD = ("recipe", "backbone", "weights", "init", "size", "optimizer", "evaluations")


def _fixed(experiment: Experiment) -> str:
    if not experiment.runs:
        return ""
    parts = []
    for name in _TOLD:
        values = {frozen(run.parameters.get(name)) for run in experiment.runs}
        if len(values) == 1 and (value := values.pop()) is not None:
            text = words.shorten(words.value(name, value), 40)
            parts.append(
                f"{text} evaluations"
                if name == "evaluations"
                else f"{name} {text}"
                if name in ("init", "weights")
                else text
            )
    return " · ".join(parts)
