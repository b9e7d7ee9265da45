"""The page that lays two to four runs over each other: side by side, under a slider, in turns, as a difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.pairing import SAME_OBJECTIVE
from bench.report import words
from bench.report.axes import frozen
from bench.report.model import Experiment, Run
from bench.report.neighbours import Beside, neighbours
from bench.report.site import Page, Row, Site

#: Runs that can be laid over each other.
MOST = 4


@dataclass(frozen=True)
class Choice:
    """An experiment to choose runs from."""

    name: str
    runs: int
    page: str
    """That shows the runs of its first pair of inputs side by side."""
    first: tuple[str, ...]
    """Two runs to begin with, by their twelve digits; empty where there is only one."""
    words: str
    """What they are: ``noise · 256 px beside content · 256 px``."""


@dataclass(frozen=True)
class Given:
    """A run that a page in one file brings along."""

    run: Run
    settings: str
    source: str
    """Its picture as a data: address; empty for none."""
    lossless: bool


@dataclass(frozen=True)
class Viewer:
    choices: tuple[Choice, ...]
    same_objective: str
    """Parameters, by names with spaces between, that leave a loss comparable."""
    given: tuple[Given, ...] = ()
    differing: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Of the given runs: each parameter in which some two differ, with its values."""


def pages(site: Site) -> list[Page]:
    return [Page("view.html", "view", lambda: Viewer(_choices(site), SAME), "compare.html")]


SAME = " ".join(sorted(SAME_OBJECTIVE))


def _choices(site: Site) -> tuple[Choice, ...]:
    beside = neighbours(site.model)
    choices = []
    for experiment in site.model.experiments:
        if experiment.runs and (page := site.pair_pages.get((experiment.name, experiment.runs[0].id))):
            two = _first(experiment, beside.get(experiment.runs[0].id, ()))
            told = " beside ".join(experiment.settings(run) or run.title for run in two)
            ids = tuple(run.short_id for run in two)
            choices.append(Choice(experiment.name, len(experiment.runs), page, ids, told))
    return tuple(choices)


def _first(experiment: Experiment, beside: Sequence[Beside]) -> tuple[Run, ...]:
    """Two that differ in one thing, where there are such."""
    first, *rest = experiment.runs
    near = {id for _, row in beside[:1] for _, id in row[:1]}
    other = next((run for run in rest if run.short_id in near), rest[0] if rest else None)
    return (first, other) if other else ()


def of_runs(rows: Sequence[Row], pictures: Sequence[tuple[str, bool]]) -> Viewer:
    """The page for these runs alone, with their pictures as data: addresses, and whether those are lossless."""
    given = tuple(
        Given(row.run, row.experiment.settings(row.run), source, lossless)
        for row, (source, lossless) in zip(rows, pictures, strict=True)
    )
    return Viewer((), SAME, given, _differing([row.run for row in rows]))


def _differing(runs: Sequence[Run]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    rows: list[tuple[str, list[str]]] = [
        (role, [given.label if given else "none" for given in (getattr(run, role) for run in runs)])
        for role in ("content", "style")
    ]
    for name in dict.fromkeys(name for run in runs for name in run.parameters):
        rows.append((name, [words.value(name, frozen(run.parameters.get(name))) for run in runs]))
    return tuple((name, tuple(values)) for name, values in rows if len(set(values)) > 1)
