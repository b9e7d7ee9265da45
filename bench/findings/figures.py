"""Every figure that a finding can ask for: its name, where a record has it, what it is a measure of.

A new figure is one more line here; manifests, the JSON Schema, pages and the terminal follow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bench.findings import having
from bench.findings.having import Parameters
from bench.finite import finite
from bench.pairing import SAME_OBJECTIVE
from bench.record import PRIORS, Outcome, Record
from bench.repeats import Repeats

#: How a figure is written: a time, a loss, bytes, a share in per cent, a whole number, a number with no unit; or what
#: is so or not, 1 or 0, of which the share is told.
Unit = Literal["seconds", "loss", "memory", "share", "whole", "number", "flag"]


@dataclass(frozen=True)
class Run:
    """What is known of a job that ended well."""

    record: Record
    repeats: Repeats | None = None
    """The jobs that differ from it in the seed alone, with how much their pictures agree."""


@dataclass(frozen=True)
class Figure:
    """A number that a run has, or may have."""

    words: str
    """What it is called in a sentence; of a flag, what a run then did."""
    meaning: str
    unit: Unit
    get: Callable[[Run], float | None]
    """None where the run has none."""
    why_not: Callable[[Parameters], str] = having.anyhow
    """Why no job with these parameters has it; empty where one may."""
    timing: bool = False
    """Whether it is worth nothing where the run's times are not valid under the timing contract."""
    shared: bool = False
    """Whether it is one figure for all repeats of a run."""
    mutual: bool = False
    """Whether a run has it only beside another: when it was as low as both of them came (``held.py``)."""

    def of(self, run: Run) -> float | None:
        """A finite number, or None: runs that are not done have none."""
        if run.record.status != "done" or (self.timing and not timed(run.record)):
            return None
        return finite(self.get(run))


def timed(record: Record) -> bool:
    """Whether the times of a run may be compared."""
    return record.timing is not None and record.timing.valid


def _outcome(read: Callable[[Outcome], float | None]) -> Callable[[Run], float | None]:
    return lambda run: read(run.record.outcome) if run.record.outcome else None


def _number(name: str) -> Callable[[Run], float | None]:
    """A figure of the task's own."""
    return _outcome(lambda outcome: outcome.numbers.get(name))


def _seconds(run: Run) -> float | None:
    return run.record.timing.optimise if run.record.timing else None


def _per_evaluation(run: Run) -> float | None:
    seconds, outcome = _seconds(run), run.record.outcome
    return seconds / outcome.evaluations if seconds is not None and outcome and outcome.evaluations else None


def _bad(run: Run) -> float | None:
    from nst.diagnosis import BAD  # here, as nothing else needs numpy

    return None if run.record.diagnosis is None else float(run.record.diagnosis.verdict in BAD)


FIGURES: dict[str, Figure] = {
    "seconds": Figure("time", "seconds of the run's optimisation", "seconds", _seconds, timing=True),
    "seconds_per_evaluation": Figure(
        "time of an evaluation", "those over its evaluations", "seconds", _per_evaluation, having.optimised, timing=True
    ),
    "seconds_to_loss": Figure(
        "time to the same loss",
        "of two runs, seconds until each was as low as the one that ended higher; pairs only",
        "seconds",
        lambda run: None,
        having.curved,
        timing=True,
        mutual=True,
    ),
    "final_loss": Figure(
        "final loss",
        "loss of the picture before it was rounded",
        "loss",
        _outcome(lambda o: o.final_loss),
        having.optimised,
    ),
    "saved_loss": Figure(
        "loss as saved",
        "loss of the picture as it was saved",
        "loss",
        _outcome(lambda o: o.saved_loss),
        having.optimised,
    ),
    "start_loss": Figure(
        "loss of the start", "loss of the start picture", "loss", _outcome(lambda o: o.start_loss), having.curved
    ),
    "structure": Figure(
        "structure kept",
        "structure kept of the content, 1 is all",
        "number",
        _outcome(lambda o: o.quality.structure),
        having.held_against("content"),
    ),
    "style_distance": Figure(
        "style distance",
        "distance of the strokes from the style's, 0 is none",
        "number",
        _outcome(lambda o: o.quality.style_distance),
        having.held_against("style"),
    ),
    "colour_distance": Figure(
        "colour distance",
        "distance of the colours from the style's, 0 is none",
        "number",
        _outcome(lambda o: o.quality.colour_distance),
        having.held_against("style"),
    ),
    "colourfulness": Figure(
        "colourfulness",
        "how colourful the picture is, 0 is grey",
        "number",
        _outcome(lambda o: o.quality.colourfulness),
        having.assessed,
    ),
    "agreement": Figure(
        "agreement of repeats",
        "how alike the repeats are, 1 is the same",
        "number",
        lambda run: run.repeats.structure if run.repeats else None,
        shared=True,
    ),
    "out_of_gamut": Figure(
        "share out of gamut",
        "share of values outside [0, 1] before saving",
        "share",
        _outcome(lambda o: o.out_of_gamut),
        having.assessed,
    ),
    "attempts": Figure(
        "number of attempts given up",
        "runs given up for another seed before it",
        "whole",
        _outcome(lambda o: len(o.attempts)),
        having.optimised,
    ),
    "bad": Figure("went bad", "1 where it stalled, diverged or overflowed, else 0", "flag", _bad, having.optimised),
    "updates": Figure(
        "number of updates", "changes made to the picture", "whole", _outcome(lambda o: o.updates), having.optimised
    ),
    "flicker": Figure(
        "flicker",
        "of a video, how much neighbouring frames differ where they show the same, in 8-bit levels",
        "number",
        _number("flicker"),
        having.own("flicker"),
    ),
    "seconds_per_frame": Figure(
        "time per frame",
        "of a video, seconds of work for a frame",
        "seconds",
        _number("seconds_per_frame"),
        having.own("seconds_per_frame"),
        timing=True,
    ),
    "memory": Figure(
        "peak memory",
        "peak memory in bytes",
        "memory",
        lambda run: run.record.memory.peak_bytes if run.record.memory else None,
    ),
}

#: Figures that are the whole loss: of one function only while nothing changes but the way to its minimum.
TOTAL_LOSSES = frozenset({"seconds_to_loss", "final_loss", "saved_loss", "start_loss"})

#: Parameters that a term of the loss is multiplied by, by what stands before the first dot of the term's name.
_FACTORS = {
    "content": frozenset({"content_weight"}),
    "style": frozenset({"style_weight", "style_layer_weights"}),
    **{prior: frozenset({f"{prior}_weight"}) for prior in PRIORS},
}


def parting(figure: str, changed: Iterable[str]) -> tuple[str, ...]:
    """Of the parameters that change, those that make a loss one of another function: a lower one then means nothing."""
    if figure in TOTAL_LOSSES:
        # A saved picture is judged by exact layers, whatever it was made by.
        same = SAME_OBJECTIVE | {"precision"} if figure == "saved_loss" else SAME_OBJECTIVE
        return tuple(name for name in changed if name not in same)
    family, _, term = figure.partition(".")
    factors = _FACTORS.get(term.partition(".")[0], frozenset()) if family == "terms" else frozenset()
    return tuple(name for name in changed if name in factors)


@dataclass(frozen=True)
class Family:
    """Figures that have a name of their own within a record, such as the terms of the loss."""

    words: str
    meaning: str
    unit: Unit
    within: Callable[[Run], Mapping[str, float | None]]
    names: Callable[[Parameters], Sequence[str]]
    """Of those that a job with these parameters has."""
    needs: Callable[[Parameters], str] = having.anyhow
    """As :attr:`Figure.why_not`, of all of them."""

    def figure(self, name: str) -> Figure:
        def why_not(parameters: Parameters) -> str:
            why, names = self.needs(parameters), self.names(parameters)
            return why or ("" if name in names else f"there are {', '.join(names)}" if names else "there is none")

        return Figure(
            f"{self.words} {name}",
            f"{self.meaning}: {name}",
            self.unit,
            lambda run: self.within(run).get(name),
            why_not,
        )


def _pull(run: Run) -> Mapping[str, float | None]:
    """Shares of the pull at the start, by term; none where a gradient is not finite."""
    pull = run.record.outcome.pull if run.record.outcome else None
    norms = {} if pull is None else pull.start
    total = sum(norm for norm in norms.values() if norm is not None)
    if total <= 0 or None in norms.values():
        return {}
    return {name: norm / total for name, norm in norms.items() if norm is not None}


#: By what stands before the first dot of the figure's name.
FAMILIES: dict[str, Family] = {
    "terms": Family(
        "term",
        "part of the final loss",
        "loss",
        lambda run: run.record.outcome.terms if run.record.outcome else {},
        having.terms,
        having.optimised,
    ),
    "numbers": Family(
        "number",
        "figure of the task's own",
        "number",
        lambda run: run.record.outcome.numbers if run.record.outcome else {},
        having.numbers,
    ),
    "pull": Family(
        "pull",
        "share of a term in the gradients that pull at the start picture",
        "share",
        _pull,
        having.terms,
        having.balanced,
    ),
}


def find(name: str) -> Figure | None:
    """The figure of a name, such as ``seconds`` or ``terms.content.conv4_2``; None where there is none."""
    if name in FIGURES:
        return FIGURES[name]
    family, _, rest = name.partition(".")
    return FAMILIES[family].figure(rest) if family in FAMILIES and rest else None


def names() -> list[str]:
    """Of all figures, as messages list them."""
    return [*FIGURES, *(f"{family}.<name>" for family in FAMILIES)]
