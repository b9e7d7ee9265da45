"""From what an experiment varies to its combinations of parameters, in order. Pure; nothing here knows a manifest.

The order: the product of the axes as they are listed, the last one varying fastest, less what is excluded; then what
is included, in its order, each with all seeds. Overrides are set at the end, in their order, on all of them.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from bench.manifest.parameters import ROLES, frozen
from bench.plan.resolve import Resolved
from nst.layers import UnknownLayerError, topology
from nst.resolution import LAYERS


@dataclass(frozen=True)
class Axis:
    """A parameter, or parameters in step, with the values it goes through."""

    name: str
    """Of the parameter, or of the zip."""
    names: tuple[str, ...]
    """The parameters it sets."""
    steps: tuple[tuple[Any, ...], ...]
    """Their values, step by step."""


@dataclass(frozen=True)
class Conditions:
    """What a combination must be like: every one of these has to hold."""

    accepted: tuple[tuple[str, frozenset[Any]], ...]
    """Parameter and the values of it that will do; lists as tuples."""
    labels: tuple[tuple[str, frozenset[str]], ...] = ()
    """Role and the labels of pictures that will do."""

    @classmethod
    def of(cls, given: Mapping[str, Sequence[Any]]) -> Conditions:
        items = [(name, frozenset(frozen(value) for value in values)) for name, values in given.items()]
        return cls(
            tuple(item for item in items if item[0] not in ROLES), tuple(item for item in items if item[0] in ROLES)
        )

    def allow(self, labels: Mapping[str, str]) -> bool:
        """Whether a pair of pictures, by role, is one that is meant."""
        return all(labels.get(role) in wanted for role, wanted in self.labels)

    def hold(self, values: Mapping[str, Any]) -> bool:
        """Whether the resolved parameters of a combination have one of the values each."""
        return all(
            frozen(values[name]) in (_meant(name, wanted, values) if name in _SPELLED else wanted)
            for name, wanted in self.accepted
        )


#: Parameters that a manifest may write otherwise than they are resolved.
_SPELLED = (*LAYERS, "coarse_evaluations")


def _meant(name: str, wanted: frozenset[Any], values: Mapping[str, Any]) -> frozenset[Any]:
    """The values as they would be resolved beside these: ``conv10`` is ``conv4_2``, one count is for all sizes."""
    if values[name] is None:  # the task has no use for it
        return wanted
    if name in LAYERS:
        return _layers(wanted, values["backbone"], values["width"])
    stages = len(values["coarse_sizes"])
    return frozenset(value * stages if len(value) == 1 else value for value in wanted)


@lru_cache(maxsize=1000)
def _layers(wanted: frozenset[tuple[str, ...]], backbone: str, width: float) -> frozenset[tuple[str, ...]]:
    shape = topology(backbone, width)

    def canonical(name: str) -> str:
        try:
            return shape.resolve(name)
        except UnknownLayerError:  # nor would a combination that has it be resolved any further
            return name

    return frozenset(tuple(canonical(name) for name in names) for names in wanted)


@dataclass(frozen=True)
class Override:
    when: Conditions
    set: Mapping[str, Any]


@dataclass(frozen=True)
class Space:
    """All that an experiment varies, for all of its pairs or (:meth:`for_pair`) for one."""

    base: Mapping[str, Any]
    """The defaults."""
    axes: tuple[Axis, ...]
    """In their order, seeds last."""
    include: tuple[Mapping[str, Any], ...] = ()
    exclude: Mapping[int, Conditions] = field(default_factory=dict)
    """By the place in the manifest's list; the same for ``override``."""
    override: Mapping[int, Override] = field(default_factory=dict)
    repeats: bool = False
    """Whether the last axis is that of repeats, which what is included has too."""

    @cached_property
    def product(self) -> int:
        """Combinations of the axes before any is excluded."""
        return math.prod(len(axis.steps) for axis in self.axes)

    @property
    def included(self) -> int:
        return len(self.include) * (len(self.axes[-1].steps) if self.repeats else 1)

    def meant_for(self, labels: Mapping[str, str]) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Which of exclude and override may hold for a pair of pictures with these labels, by role."""
        return (
            tuple(i for i, rule in self.exclude.items() if rule.allow(labels)),
            tuple(i for i, rule in self.override.items() if rule.when.allow(labels)),
        )

    def for_pair(self, labels: Mapping[str, str]) -> Space:
        """Without what is not meant for the pair."""
        exclude, override = self.meant_for(labels)
        return replace(
            self,
            exclude={i: self.exclude[i] for i in exclude},
            override={i: self.override[i] for i in override},
        )


class Combination(NamedTuple):
    chosen: dict[str, Any]
    """Parameters as they are set, over nothing but the recipe."""
    resolved: Resolved
    steps: tuple[int, ...]
    """Place on every axis; of one that is included, on that of repeats."""
    included: int | None = None
    """Place in ``include``."""
    excluded: tuple[int, ...] = ()
    """Those of ``exclude`` that it is like: with any, it makes no job."""
    overridden: tuple[int, ...] = ()
    """Those of ``override`` that it is like."""
    before: Resolved | None = None
    """What it would be but for the overrides."""


def expand(space: Space, resolve: Callable[[Mapping[str, Any]], Resolved]) -> Iterator[Combination]:
    """All combinations in order, those that are excluded among them.

    Args:
        space: for one pair (:meth:`Space.for_pair`).
        resolve: from what is chosen to all parameters, which is what conditions are held against.
    """
    for chosen, steps, included in _chosen(space):
        before = resolved = resolve(chosen)
        if included is None and (out := _like(space.exclude, resolved.values)):
            yield Combination(chosen, resolved, steps, excluded=out)
            continue
        overridden = []
        for i, rule in space.override.items():
            if rule.when.hold(resolved.values):
                chosen = {**chosen, **rule.set}
                resolved = resolve(chosen)
                overridden.append(i)
        yield Combination(chosen, resolved, steps, included, (), tuple(overridden), before if overridden else None)


def _like(rules: Mapping[int, Conditions], values: Mapping[str, Any]) -> tuple[int, ...]:
    return tuple([i for i, rule in rules.items() if rule.hold(values)]) if rules else ()


def _chosen(space: Space) -> Iterator[tuple[dict[str, Any], tuple[int, ...], int | None]]:
    """What is chosen for each combination before anything is excluded or overridden, with its place."""
    numbered = [
        [(i, dict(zip(axis.names, step, strict=True))) for i, step in enumerate(axis.steps)] for axis in space.axes
    ]
    for step in itertools.product(*numbered):
        chosen = dict(space.base)
        for _, values in step:
            chosen.update(values)
        yield chosen, tuple([i for i, _ in step]), None
    seeds: list[tuple[int, dict[str, Any]]] = numbered[-1] if space.repeats else [(0, {})]
    for included, entry in enumerate(space.include):
        for i, seed in seeds:
            yield {**space.base, **entry, **seed}, (i,), included
