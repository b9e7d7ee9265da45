"""What the pairs of every comparison say: sentences, and a table of medians, wins and losses."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from bench import pairing
from bench import results as res
from bench.merging import FOLDER
from bench.pairing import Comparison, Contrast, Descent, Spread
from bench.report import format as fmt
from bench.report import provenance, words
from bench.report.format import Figure
from bench.report.model import Experiment, Model
from bench.report.verdicts import QUARTILES_FROM, p_value, ratio, several, verdict
from bench.report.verdicts import Sentence as Sentence


@dataclass(frozen=True)
class Quantity:
    """What two runs are compared by."""

    name: str
    kind: str
    """Of its figures, as a formatter of format.js: ``seconds``, ``loss`` or ``quality``."""
    spread: Spread
    sides: tuple[tuple[float | None, float | None], ...]
    """A and B of each pair of the contrast."""


@dataclass(frozen=True)
class SummaryRow:
    """One quantity of a contrast: B against A."""

    quantity: str
    pairs: int
    ratio: Figure
    low: Figure
    high: Figure
    range_name: str
    """Empty where they are the quartiles."""
    difference: Figure
    wins: int
    losses: int
    ties: int
    p: Figure | None
    """Of the sign test; None for a single pair."""


@dataclass(frozen=True)
class ContrastView:
    """Two values of an axis."""

    number: int
    """Among all contrasts of the site."""
    anchor: str
    title: str
    names: tuple[str, str]
    """Of the values: the one compared against, and the one compared."""
    sentence: Sentence
    quantities: tuple[Quantity, ...]
    found: Contrast

    @property
    def summary(self) -> tuple[SummaryRow, ...]:
        return tuple(_summary(quantity) for quantity in self.quantities)


@dataclass(frozen=True)
class ComparisonView:
    """An axis of an experiment."""

    experiment: Experiment
    axis: str
    found: Comparison
    notes: tuple[str, ...]
    contrasts: tuple[ContrastView, ...]
    finding: Sentence
    """What all of it says, for the first page; empty while no pair is done."""

    @property
    def step(self) -> tuple[str, ...]:
        """What changes along the axis, and so tells no pair from another."""
        return (self.axis, *self.found.parameters, *self.found.in_step)


def comparisons(model: Model) -> tuple[ComparisonView, ...]:
    """One for every axis that an experiment's manifest lists under ``compare``."""
    runs = res.frame(model.results)

    @cache
    def curve_of(id: str) -> Descent | None:
        drawn = model.runs[id].curve  # read once, for the charts
        if drawn is None:
            return None
        rows = drawn.last_size
        return Descent(drawn.columns["seconds"][rows], drawn.columns["total"][rows])

    views: list[ComparisonView] = []
    count, names = 0, provenance.machine_names(model.results)
    for experiment in model.experiments:
        rows = runs[runs["experiment"] == experiment.name]
        for axis in experiment.plan.compare:
            zipped = experiment.zips.get(axis, ())
            if rows.empty or not (zipped or axis in runs.columns):
                continue
            values = experiment.axes.get(axis) if zipped else experiment.plan.axes.get(axis)
            found = pairing.compare(rows, axis, curve_of, values, zipped)
            if found.contrasts:
                views.append(_view(experiment, found, count))
                count += len(found.contrasts)
            for number, machine in enumerate(_shown(found), start=1):
                alone = pairing.compare(rows[rows["machine"] == machine], axis, curve_of, values, zipped)
                views.append(_view(experiment, _of_one(alone), count, f"on-machine-{number}", names[machine]))
                count += len(alone.contrasts)
    return tuple(views)


#: Machines of a comparison that have one of their own: those with most pairs.
_MACHINES = 4


def _shown(found: Comparison) -> list[str]:
    """The machines of a comparison to tell of one by one; none where all its times are of one."""
    if len(found.machines) < 2 or found.axis == FOLDER:
        return []
    return list(found.machines[:_MACHINES])


def _of_one(found: Comparison) -> Comparison:
    """Of the runs of one machine: what has no partner there may have one elsewhere."""
    return replace(found, contrasts=tuple(replace(one, unmatched=()) for one in found.contrasts))


def _view(experiment: Experiment, found: Comparison, first: int, part: str = "", machine: str = "") -> ComparisonView:
    """Args:
    first: number of its first contrast among all of the site.
    part: tells it from others of the same axis.
    machine: of its runs, where that is one of several.
    """
    # The names of zips are whatever people write: a hash tells apart what a short name cannot.
    anchor = "-".join(filter(None, (experiment.anchor, words.slug(found.axis[:24], found.axis), part)))
    where = f", on {machine}" if machine else ""
    contrasts = tuple(
        ContrastView(
            number=first + index,
            anchor=f"{anchor}-{index + 1}",
            title=f"{words.value(found.axis, contrast.b)} against {words.value(found.axis, contrast.a)}{where}",
            names=(words.value(found.axis, contrast.a), words.value(found.axis, contrast.b)),
            sentence=_on(machine, verdict(found, contrast)),
            quantities=_quantities(contrast),
            found=contrast,
        )
        for index, contrast in enumerate(found.contrasts)
    )
    finding: Sentence = ()
    if len(contrasts) > 1:
        finding = _on(machine, several(found))
    elif found.contrasts[0].pairs:
        finding = contrasts[0].sentence
    notes = _notes(found, experiment.optimised)
    if apart := _unsteadiness(experiment, found):
        notes += (
            f"The machine did not hold still: a fixed piece of work took up to {100 * apart:.0f} % more or less behind "
            "some of these runs than before them, so their times are not to be compared.",
        )
        finding = (*finding, " The machine did not hold still meanwhile.") if finding else ()
    return ComparisonView(experiment, found.axis, found, notes, contrasts, finding)


def _on(machine: str, sentence: Sentence) -> Sentence:
    return (f"On {machine}: ", *sentence) if machine and sentence else sentence


def _unsteadiness(experiment: Experiment, found: Comparison) -> float:
    """How far the machine was from holding still while times were taken that stand here; 0 where it held."""
    if not any(pair.seconds_a is not None for contrast in found.contrasts for pair in contrast.pairs):
        return 0.0
    return max((run.unsteadiness or 0.0 for run in experiment.runs if run.timing_valid), default=0.0)


def _notes(found: Comparison, losses: bool) -> tuple[str, ...]:
    notes = []
    if found.parameters != (found.axis,):
        together = " together" if len(found.parameters) > 1 else ""
        notes.append(f"{_and(found.parameters)} {_changes(found.parameters)}{together} along {found.axis}.")
    if found.in_step:
        notes.append(f"{_and(found.in_step)} {_changes(found.in_step)} in step with {found.axis}.")
    if len(found.machines) > 1:
        each = "" if found.axis == FOLDER else "; each has a comparison of its own"
        each += f", the first {_MACHINES} of them" if each and len(found.machines) > _MACHINES else ""
        notes.append(
            f"These pairs were timed on {len(found.machines)} machines, whose times are never put together{each}."
        )
    if found.across:
        pairs = "1 pair has" if found.across == 1 else f"{found.across} pairs have"
        notes.append(f"{pairs} no times to compare: one run was made on another machine than the other.")
    if losses and not found.losses_comparable:
        moved = [name for name in (*found.parameters, *found.in_step) if name not in pairing.SAME_OBJECTIVE]
        notes.append(
            f"Losses are not compared: when {_and(moved)} {_changes(moved)}, the loss is another function, "
            "and a lower number does not mean a better picture."
        )
    return tuple(notes)


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _changes(names: Sequence[str]) -> str:
    return "changes" if len(names) == 1 else "change"


def _quantities(contrast: Contrast) -> tuple[Quantity, ...]:
    """Those that some pair has: figures of the task's own, then the time to the same loss."""
    same = contrast.per_evaluation is None
    own = (
        (words.own_number(name)[0], words.own_formatter(name), spread, [pair.own[name] for pair in contrast.pairs])
        for name, spread in contrast.own.items()
    )
    listed = (
        *own,
        ("time to the same loss", "seconds", contrast.reach, [(p.reach_a, p.reach_b) for p in contrast.pairs]),
        (
            "time for the same evaluations" if same else "time of the whole run",
            "seconds",
            contrast.seconds,
            [(p.seconds_a, p.seconds_b) for p in contrast.pairs],
        ),
        ("time per evaluation", "seconds", contrast.per_evaluation, [p.per_evaluation for p in contrast.pairs]),
        ("final loss", "loss", contrast.loss, [(p.loss_a, p.loss_b) for p in contrast.pairs]),
    )
    return tuple(Quantity(name, kind, spread, tuple(sides)) for name, kind, spread, sides in listed if spread)


_TOLD: dict[str, Callable[[float, str], Figure]] = {
    "seconds": fmt.seconds,
    "loss": fmt.loss,
    "quality": fmt.quality,
}


def _summary(quantity: Quantity) -> SummaryRow:
    spread = quantity.spread
    few = spread.n < QUARTILES_FROM
    told = _TOLD[quantity.kind]
    never = math.isinf(spread.difference)
    return SummaryRow(
        quantity=quantity.name,
        pairs=spread.n,
        ratio=ratio(spread.median),
        low=ratio(spread.least if few else spread.lower),
        high=ratio(spread.most if few else spread.upper),
        range_name="lowest to highest" if few else "",
        difference=Figure("difference", None, "never") if never else told(spread.difference, "difference"),
        wins=spread.wins,
        losses=spread.losses,
        ties=spread.ties,
        p=p_value(spread.p) if spread.n > 1 else None,
    )
