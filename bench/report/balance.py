"""Which terms carry the gradient: on the page of a run, and the runs of an experiment beside each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from bench.report import format as fmt
from bench.report import shares
from bench.report.format import Figure
from bench.report.model import Experiment, Run
from bench.report.shares import Axis, Bars, Measure, Stack
from bench.report.site import Page, Site
from bench.report.verdicts import Sentence
from bench.report.walls import told

#: Nodes of a page that runs may take, and what a run and each of its terms take: in the table of stacks, in its own
#: drawing, in the table of figures.
ROOM, OF_RUN, OF_TERM = 2600, 60, 20


@dataclass(frozen=True)
class OfRun:
    """What a run's page shows."""

    bars: Bars | None
    """None where there is nothing to tell apart."""
    logarithmic: bool
    says: tuple[Sentence, ...]
    terms: tuple[tuple[str, tuple[tuple[Figure, Figure], ...]], ...]
    """Each term with its figure and its share of all, for each of :data:`bench.report.shares.NAMES`."""

    @property
    def heads(self) -> tuple[str, ...]:
        return shares.NAMES


def of_run(run: Run) -> OfRun | None:
    """None where nobody asked for it."""
    found = shares.measures(run.record.outcome if run.record else None)
    if not found:
        return None
    names, axis = shares.terms([found]), Axis.of([found])
    telling = len(names) > 1 and any(measure.shares for measure in found)
    return OfRun(
        bars=shares.bars("Share of each term", found, names, axis) if telling else None,
        logarithmic=axis.logarithmic,
        says=tuple(said for measure in found if (said := _said(measure))),
        terms=tuple((name, tuple(_figures(measure, name) for measure in found)) for name in names),
    )


def _figures(measure: Measure, name: str) -> tuple[Figure, Figure]:
    return fmt.loss(measure.values.get(name), measure.kind), fmt.share(
        measure.shares.get(name), f"{measure.kind}-share"
    )


def _said(measure: Measure) -> Sentence:
    """Which term has the most of it and which the least, and how far they are apart."""
    found = measure.shares
    if len(found) < 2:
        return ()
    most, least = max(found, key=lambda name: found[name]), min(found, key=lambda name: found[name])
    share = f"{measure.kind}-share"
    largest: Sentence = (f"The largest share of the {measure.name} is {most}'s, ", fmt.share(found[most], share))
    if not found[least]:
        return (*largest, f"; {least} has none.")
    apart = fmt.ratio(found[most] / found[least], f"{measure.kind}-apart")
    return (*largest, f"; the smallest is {least}'s, ", fmt.share(found[least], share), ", ", apart, " less.")


@dataclass(frozen=True)
class Beside:
    """A run among others."""

    run: Run
    settings: str
    stacks: tuple[Stack, ...]
    bars: Bars
    shares: tuple[tuple[str, tuple[Figure, ...]], ...]
    """For each measure, its name and the share of each term."""


@dataclass(frozen=True)
class Pair:
    title: str
    runs: tuple[Beside, ...]


@dataclass(frozen=True)
class BalancePage:
    experiment: Experiment
    told: str
    terms: tuple[tuple[str, int], ...]
    """With what each is filled in stacks."""
    logarithmic: bool
    beyond: bool
    """Some shares are too small for the axis."""
    pairs: tuple[Pair, ...]
    without: int
    """Runs of the experiment that nothing is known of."""
    before: str
    after: str

    @property
    def heads(self) -> tuple[str, ...]:
        return shares.NAMES


@dataclass(frozen=True)
class _Known:
    """What all pages of an experiment have in common: one axis, and one order of terms, so that what differs between
    drawings are the runs."""

    measures: Mapping[str, tuple[Measure, ...]]
    """By the id of a run; runs without pulls, or without any that are numbers, are left out."""
    terms: tuple[str, ...]
    axis: Axis
    beyond: bool
    """Some shares are too small for the axis."""

    @classmethod
    def of(cls, experiment: Experiment) -> _Known:
        found = _measures(experiment)
        axis = Axis.of(found.values())
        beyond = any(not axis.at(share) for of in found.values() for one in of for share in one.shares.values())
        return cls(found, shares.terms(found.values()), axis, beyond)


def addresses(experiment: Experiment) -> dict[str, str]:
    """The page of each run that something is known of, by its id."""
    return {run.id: name for name, part in _parts(experiment, _measures(experiment)) for run in part}


def pages(site: Site) -> list[Page]:
    made = []
    for experiment in site.model.experiments:
        known = _Known.of(experiment)
        parts = _parts(experiment, known.measures)
        around = ["", *(name for name, _ in parts), ""]
        for k, (name, runs) in enumerate(parts):
            view = partial(_page, experiment, known, runs, around[k], around[k + 2])
            made.append(Page(name, "balance", view, "index.html"))
    return made


def _measures(experiment: Experiment) -> dict[str, tuple[Measure, ...]]:
    """As :attr:`_Known.measures`."""
    found = {run.id: shares.measures(run.record.outcome if run.record else None) for run in experiment.runs}
    return {id: measures for id, measures in found.items() if any(measure.shares for measure in measures)}


def _parts(experiment: Experiment, known: Mapping[str, Sequence[Measure]]) -> list[tuple[str, list[Run]]]:
    """Names of pages and their runs, those of one pair of inputs together."""
    if not known:
        return []
    most = max(1, ROOM // (OF_RUN + OF_TERM * len(shares.terms(known.values()))))
    by_pair: dict[object, list[Run]] = {}
    for run in experiment.runs:
        if run.id in known:
            by_pair.setdefault(run.pair, []).append(run)
    listed = [run for runs in by_pair.values() for run in runs]
    parts = [listed[first : first + most] for first in range(0, len(listed), most)]
    return [(f"balance/{experiment.anchor}-{number}.html", part) for number, part in enumerate(parts, start=1)]


def _page(experiment: Experiment, known: _Known, runs: Sequence[Run], before: str, after: str) -> BalancePage:
    pairs: dict[str, list[Beside]] = {}
    for run in runs:
        pairs.setdefault(run.title, []).append(_beside(experiment, run, known))
    return BalancePage(
        experiment=experiment,
        told=told(experiment),
        terms=tuple((name, shares.fill(number)) for number, name in enumerate(known.terms)),
        logarithmic=known.axis.logarithmic,
        beyond=known.beyond,
        pairs=tuple(Pair(title, tuple(found)) for title, found in pairs.items()),
        without=len(experiment.runs) - len(known.measures),
        before=before,
        after=after,
    )


def _beside(experiment: Experiment, run: Run, known: _Known) -> Beside:
    found, names, settings = known.measures[run.id], known.terms, experiment.settings(run)
    return Beside(
        run=run,
        settings=settings or run.title,
        stacks=tuple(shares.stack(measure, names) for measure in found),
        bars=shares.bars(settings or run.title, found, names, known.axis),
        shares=tuple((measure.name, tuple(_figures(measure, name)[1] for name in names)) for measure in found),
    )
