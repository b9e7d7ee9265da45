"""What really varies in an experiment once its combinations are resolved: axes, comparisons, rules without effect."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from bench.manifest.parameters import NAMES, frozen
from bench.manifest.source import Path as Place
from bench.plan.expansion import Combination, Conditions, Space
from bench.plan.settling import Part
from bench.plan.spaces import axis_place
from bench.record import Value

Wrong = Callable[[Place, str], None]


def planned_axes(
    space: Space, combinations: Sequence[Combination]
) -> tuple[dict[str, list[Value]], dict[str, dict[str, list[Value]]]]:
    """Parameters that vary, with their resolved values, and the zips among them, with their steps.

    Values stand in the order of their lists; after them what include and override add, as it comes. A parameter that
    has no meaning in some combinations has no value there.
    """
    axes: dict[str, list[Value]] = {}
    zips: dict[str, dict[str, list[Value]]] = {}
    for number, axis in enumerate(space.axes):
        for name in axis.names:
            axes[name] = _values(name, combinations, number, len(axis.steps))
        if axis.name not in NAMES:
            steps = _in_order(axis.names, combinations, number, len(axis.steps))
            if len(steps) > 1:
                zips[axis.name] = {name: [step[i] for step in steps] for i, name in enumerate(axis.names)}
    further = [name for entry in space.include for name in entry]
    further += [name for rule in space.override.values() for name in rule.set]
    for name in dict.fromkeys(further):
        if name not in axes:
            axes[name] = _values(name, combinations)
    return {name: values for name, values in axes.items() if len(values) > 1}, zips


def _values(name: str, combinations: Sequence[Combination], axis: int | None = None, length: int = 0) -> list[Value]:
    return [value for (value,) in _in_order((name,), combinations, axis, length) if value is not None]


def _in_order(
    names: Sequence[str], combinations: Sequence[Combination], axis: int | None, length: int
) -> list[tuple[Any, ...]]:
    """The values of parameters, by the step of an axis of a length; those of what is included stand behind."""
    first: dict[tuple[Any, ...], tuple[int, tuple[Any, ...]]] = {}
    for combination in combinations:
        values = combination.resolved.values
        step = length
        if axis is not None and combination.included is None and not _moved(combination, names):
            step = combination.steps[axis]
        key = tuple([frozen(values[name]) for name in names])
        if key not in first or step < first[key][0]:
            first[key] = (step, tuple([values[name] for name in names]))
    return [step for _, step in sorted(first.values(), key=lambda found: found[0])]


def _moved(combination: Combination, names: Sequence[str]) -> bool:
    """Whether an override gave one of these parameters another value."""
    before = combination.before
    return before is not None and any(before.values[name] != combination.resolved.values[name] for name in names)


def check_effect(part: Part, wrong: Wrong) -> None:
    """A list whose values all come to the same makes fewer jobs than it seems to, without a word."""
    product = [c for c in part.combinations if c.included is None]
    resolved = [(c.before or c.resolved).values for c in product]
    for number, axis in enumerate(part.space.axes if part.sound else ()):
        present = {c.steps[number] for c in product}
        for position, name in enumerate(axis.names):
            given = {frozen(axis.steps[step][position]) for step in present}
            if len(given) > 1 and len({frozen(values[name]) for values in resolved}) == 1:
                beside = f"task {part.task.name}"
                if part.task.optimises:
                    beside += f", optimizer {resolved[0]['optimizer']}"
                message = f"all values of {name} come to the same here: {beside}"
                repeats = part.space.repeats and number == len(part.space.axes) - 1
                wrong((*part.place, "repeats") if repeats else axis_place(part.place, axis, name), message)


def check_compare(
    part: Part, axes: Iterable[str], zips: Iterable[str], compared: Sequence[tuple[Place, str]], wrong: Wrong
) -> None:
    """Only what varies can be paired up. ``compared``: each axis that the report is asked for, and where."""
    varying = dict.fromkeys((*axes, *zips))
    if not part.sound:  # what was refused may vary too
        varying |= dict.fromkeys(name for a in part.space.axes if len(a.steps) > 1 for name in (*a.names, a.name))
    expected = f"expected one of {', '.join(varying)}" if varying else "nothing varies here"
    for where, axis in compared:
        if axis not in varying and (axis in NAMES or axis in part.experiment.zip):
            wrong(where, f"{axis} has one value only, so there is nothing to pair: {expected}")


def idle_rules(part: Part, fixed: frozenset[str]) -> Iterator[tuple[str, int, Conditions]]:
    """Those of exclude and override that no combination is like, but for those that ``--set`` left without any."""
    overriding = {i for c in part.combinations for i in c.overridden}
    for key, used, rules in (
        ("exclude", part.excluding, part.space.exclude),
        ("override", overriding, {i: rule.when for i, rule in part.space.override.items()}),
    ):
        for i, conditions in rules.items():
            if i not in used and not any(name in fixed for name, _ in conditions.accepted):
                yield key, i, conditions


def merged_by(part: Part) -> tuple[list[int], int]:
    """Which overrides make combinations the same that were not, and how many jobs fewer there are for it."""
    guilty: set[int] = set()
    fewer = 0
    for pair in part.pairs if part.space.override else ():
        first: dict[bytes, tuple[str, tuple[int, ...]]] = {}
        merged: set[tuple[bytes, str]] = set()
        for setting in part.of(pair):
            combination = setting.combination
            before = (combination.before or combination.resolved).written
            known, others = first.setdefault(setting.closing, (before, combination.overridden))
            if known != before:
                guilty |= {*others, *combination.overridden}
                merged.add((setting.closing, before))
        fewer += len(merged)
    return sorted(guilty), fewer
