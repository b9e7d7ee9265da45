"""What comparing runs finds: pairs, contrasts of two values, all contrasts of an axis."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from bench.pairing.spread import Spread


@dataclass(frozen=True, slots=True)
class Pair:
    """Two finished runs that differ in the axis and what moves in step with it, and in nothing else."""

    a: str
    b: str
    loss_a: float | None
    loss_b: float | None
    seconds_a: float | None
    """None unless the time is valid under the timing contract; the same for ``seconds_b``."""
    seconds_b: float | None
    evaluations_a: int | None
    evaluations_b: int | None
    reach_a: float | None
    """Seconds until A first reached its own final loss; None where that cannot be said."""
    reach_b: float | None
    """Seconds until B reached A's final loss; infinite if it never did, None where that cannot be said."""
    own: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)
    """A's and B's figures of their task's own (:data:`bench.pairing.OWN_FIGURES`), those that some run has."""
    machine: str = ""
    """Where its times were taken (:func:`bench.machine.fingerprint.machine`); empty without any."""

    @property
    def per_evaluation(self) -> tuple[float | None, float | None]:
        """Seconds of one evaluation, of A and of B."""
        return _each(self.seconds_a, self.evaluations_a), _each(self.seconds_b, self.evaluations_b)

    @property
    def seconds_ratio(self) -> float | None:
        return _ratio(self.seconds_a, self.seconds_b)

    @property
    def loss_ratio(self) -> float | None:
        return _ratio(self.loss_a, self.loss_b)

    @property
    def reach_ratio(self) -> float | None:
        return _ratio(self.reach_a, self.reach_b)


class Unmatched(NamedTuple):
    id: str
    reason: str


@dataclass(frozen=True)
class Contrast:
    """Value ``b`` of an axis against its first value ``a``. Times are those of one machine."""

    a: Any
    b: Any
    pairs: tuple[Pair, ...]
    unmatched: tuple[Unmatched, ...]
    seconds: Spread | None
    """Time of whole runs."""
    per_evaluation: Spread | None
    """Time of one evaluation; None where that says no more than ``seconds``, as both made the same number."""
    loss: Spread | None
    """None where losses are not comparable."""
    reach: Spread | None
    """Time to the same loss: B's seconds to A's final loss over A's own. None where losses are not comparable."""
    own: Mapping[str, Spread] = field(default_factory=dict)
    """Figures of the task's own, those that some pair has."""

    @property
    def reached(self) -> int:
        """Pairs in which B reached A's final loss."""
        return sum(pair.reach_b is not None and pair.reach_b < math.inf for pair in self.pairs)

    def untimed(self, times: Collection[str]) -> Contrast:
        """The same without its times, those of ``own`` among them that are called so."""
        none = dict.fromkeys(times, (None, None))
        pairs = tuple(
            replace(
                pair,
                seconds_a=None,
                seconds_b=None,
                reach_a=None,
                reach_b=None,
                machine="",
                own={name: none.get(name, both) for name, both in pair.own.items()},
            )
            for pair in self.pairs
        )
        own = {name: spread for name, spread in self.own.items() if name not in times}
        return replace(self, pairs=pairs, seconds=None, per_evaluation=None, reach=None, own=own)


@dataclass(frozen=True)
class Step:
    """Where a run stands on a zip: the values of several parameters, as one value that can be looked up."""

    names: tuple[str, ...]
    values: tuple[Any, ...]
    label: str = field(default="", compare=False)
    """What pages call it."""

    @classmethod
    def of(cls, parameters: Mapping[str, Any], names: Sequence[str]) -> Step:
        values = (parameters.get(name) for name in names)
        return cls(tuple(names), tuple(tuple(v) if isinstance(v, list) else v for v in values))


@dataclass(frozen=True)
class Comparison:
    axis: str
    parameters: tuple[str, ...]
    """That the axis stands for: itself, or those of a zip."""
    in_step: tuple[str, ...]
    """Parameters that change with the axis because the manifest says so, and only with it."""
    losses_comparable: bool
    contrasts: tuple[Contrast, ...]
    machines: tuple[str, ...] = ()
    """Of the pairs that have times, where those were taken, most pairs first. Where they are several, no contrast tells
    of times."""
    across: int = 0
    """Pairs without times because one run was made on another machine than the other."""


def _each(seconds: float | None, evaluations: int | None) -> float | None:
    return seconds / evaluations if seconds is not None and evaluations else None


def _ratio(a: float | None, b: float | None) -> float | None:
    return b / a if a is not None and b is not None and a > 0 else None
