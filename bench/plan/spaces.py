"""What an experiment of a manifest varies, as :mod:`bench.plan.expansion` takes it, and where the manifest says so."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.inputs.pictures import Pictures
from bench.manifest import Loaded
from bench.manifest.parameters import NAMES, ROLES, frozen
from bench.manifest.schema import Experiment
from bench.manifest.source import Path as Place
from bench.plan.expansion import Axis, Combination, Conditions, Override, Space
from nst.kinds import nearest
from nst.layers import BACKBONES, UnknownLayerError, topology
from nst.resolution import LAYERS

#: Where to look next, when the parameter that a message of :class:`nst.resolution.SettingsError` begins with is the
#: recipe's.
_ALSO = {
    "style_layer_weights": ("style_layers", "recipe"),
    "coarse_sizes": ("size", "recipe"),
    "coarse_evaluations": ("coarse_sizes", "recipe"),
    "clamp": ("line_search", "recipe"),
    "averaging": ("line_search", "recipe"),
    "pooling": ("backbone", "recipe"),
    "padding": ("backbone", "recipe"),
}

#: Unknown axes that the nearest known one is looked for.
_HINTS = 50

Wrong = Callable[[Place, str], None]


@dataclass(frozen=True)
class Spaces:
    """Reads the experiments of a manifest; what does not go together goes to ``wrong``, with its place."""

    loaded: Loaded
    pictures: Pictures
    wrong: Wrong

    def of(self, place: Place, experiment: Experiment) -> Space:
        base = self.loaded.manifest.defaults.model_dump(exclude_none=True)
        base |= experiment.defaults.model_dump(exclude_none=True)
        axes = [*self._grid(place, experiment), *self._zips(place, experiment)]
        self._check_once(place, experiment, axes)
        self._check_compare(place, experiment)
        include = [entry.model_dump(exclude_none=True) for entry in experiment.include]
        if experiment.repeats > 1:
            axes.append(self._seeds(place, experiment, base, axes, include))
        return Space(
            base,
            tuple(axes),
            tuple(include),
            {
                i: self.conditions((*place, "exclude", i), rule.model_dump(exclude_none=True))
                for i, rule in enumerate(experiment.exclude)
            },
            {
                i: Override(
                    self.conditions((*place, "override", i, "when"), rule.when.model_dump(exclude_none=True)),
                    rule.set.model_dump(exclude_none=True),
                )
                for i, rule in enumerate(experiment.override)
            },
            repeats=experiment.repeats > 1,
        )

    def _grid(self, place: Place, experiment: Experiment) -> Iterator[Axis]:
        """One axis for each parameter, in the order in which they are written."""
        grid = experiment.grid.model_dump(exclude_none=True)
        for name in self.loaded.source.mapping((*place, "grid")):
            if name in grid:
                yield Axis(name, (name,), tuple((value,) for value in grid[name]))

    def _zips(self, place: Place, experiment: Experiment) -> Iterator[Axis]:
        for zip_name, zipped in experiment.zip.items():
            own: Place = (*place, "zip", zip_name)
            given = zipped.model_dump(exclude_none=True)
            lists = {name: given[name] for name in self.loaded.source.mapping(own) if name in given}
            if not lists:  # all were refused
                continue
            first = next(iter(lists))
            uneven = [name for name, values in lists.items() if len(values) != len(lists[first])]
            for name in uneven:
                self.wrong(
                    (*own, name),
                    f"{name} has length {len(lists[name])} and is zipped with {first} (line "
                    f"{self._line((*own, first))}) of length {len(lists[first])}: expected lists of one length",
                )
            steps = list(zip(*(values for name, values in lists.items() if name not in uneven), strict=True))
            if not uneven and not self.loaded.fixed & set(self.loaded.source.mapping(own)):
                self._check_steps(own, first, steps)
            yield Axis(zip_name, tuple(name for name in lists if name not in uneven), tuple(steps))

    def _line(self, place: Place) -> int:
        return self.loaded.source.place(place)[0]

    def _check_steps(self, place: Place, first: str, steps: Sequence[tuple[Any, ...]]) -> None:
        seen: dict[tuple[Any, ...], int] = {}
        for i, step in enumerate(steps):
            earlier = seen.setdefault(tuple(frozen(value) for value in step), i)
            if earlier != i:
                self.wrong((*place, first, i), f"step {i + 1} is the same as step {earlier + 1}: expected each once")

    def _check_once(self, place: Place, experiment: Experiment, axes: Sequence[Axis]) -> None:
        """A parameter can follow one list only."""
        listed = [*experiment.grid.model_dump(exclude_none=True)]
        listed += [name for zipped in experiment.zip.values() for name in zipped.model_dump(exclude_none=True)]
        twice = {name for name, count in Counter(listed).items() if count > 1}
        if not twice:
            return
        first: dict[str, Place] = {}
        for axis in axes:
            for name in (
                self.loaded.source.mapping((*place, "zip", axis.name)) if axis.name not in NAMES else axis.names
            ):
                here = axis_place(place, axis, name)
                if name in twice and first.setdefault(name, here) != here:
                    told = ".".join(str(step) for step in first[name][len(place) :])
                    line = self._line(first[name])
                    self.wrong(here, f"{name} is listed under {told} (line {line}) too: leave out one")

    def _check_compare(self, place: Place, experiment: Experiment) -> None:
        zips = self.loaded.source.mapping((*place, "zip"))
        once = set()
        for where, axis in self.compared(place, experiment):
            if axis in once:
                self.wrong(where, f"{axis!r}: expected each axis once")
            once.add(axis)
            if axis not in NAMES and axis not in zips:
                listed = dict.fromkeys([*self.loaded.source.mapping((*place, "grid")), *zips])
                expected = f"expected one of {', '.join(listed)}" if listed else "nothing varies here"
                hint = nearest(axis, (*zips, *NAMES)) if len(once) <= _HINTS else ""
                self.wrong(where, f"{axis!r} is no parameter and no zip: {expected}{hint}")

    def compared(self, place: Place, experiment: Experiment) -> list[tuple[Place, str]]:
        """What the report is to pair up, each with its place."""
        written = _at(self.loaded.source.data, (*place, "compare")) if experiment.compare else []
        return [((*place, "compare", i), axis) for i, axis in enumerate(written) if axis in experiment.compare]

    def _seeds(
        self,
        place: Place,
        experiment: Experiment,
        base: Mapping[str, Any],
        axes: Sequence[Axis],
        include: Sequence[Mapping[str, Any]],
    ) -> Axis:
        both = [axis_place(place, axis, "seed") for axis in axes if "seed" in axis.names]
        both += [(*place, "include", i, "seed") for i, entry in enumerate(include) if "seed" in entry]
        both += [
            (*place, "override", i, "set", "seed")
            for i, rule in enumerate(experiment.override)
            if rule.set.seed is not None
        ]
        for chosen in both:
            told = ".".join(str(step) for step in chosen[len(place) :] if not isinstance(step, int))
            self.wrong((*place, "repeats"), f"repeats and {told} both choose the seeds: leave out one")
        first = base.get("seed", 0)
        if first + experiment.repeats > 2**32:
            self.wrong((*place, "repeats"), f"seeds would run from {first} beyond 4294967295")
        return Axis("seed", ("seed",), tuple((seed,) for seed in range(first, first + experiment.repeats)))

    def conditions(self, place: Place, given: Mapping[str, Sequence[Any]]) -> Conditions:
        """What is written at a place, with every picture of the sets that it names."""
        meant = dict(given)
        for role in ROLES:
            several = isinstance(_at(self.loaded.source.data, (*place, role)), list)
            if role in given:  # a set of pictures stands for all of them
                meant[role] = [
                    own
                    for i, label in enumerate(given[role])
                    for own in self.pictures.named(role, label, (*place, role, i) if several else (*place, role))
                ]
        return Conditions.of(meant)

    def check_layers(self, place: Place, conditions: Conditions, networks: Sequence[tuple[str, float]]) -> bool:
        """Whether every layer that a condition names is one of some of these backbones (of a width)."""
        fine = True
        for role, wanted in conditions.accepted:
            for name in sorted({name for names in wanted for name in names}) if role in LAYERS else ():
                found = [_unknown(backbone, width, name) for backbone, width in networks]
                if found and all(found):
                    here = (*place, role)
                    inner = _path_to(_at(self.loaded.source.data, here), name)
                    self.wrong((*here, *inner), found[0])
                    fine = False
        return fine

    def origin(
        self, place: Place, space: Space, combination: Combination, names: Sequence[str], message: str = ""
    ) -> Place:
        """Where the manifest sets one of these parameters, the likeliest first, for one combination.

        What is nearer to the combination comes first: a value of the grid is wrong beside the defaults, not the
        defaults beside it. Of a list, it is the item that ``message`` quotes.
        """
        found = [
            (rank, order, name, where)
            for order, name in enumerate(names)
            for rank, where in self._settings(place, space, combination, name)
        ]
        if not found:
            return place
        _, _, name, where = min(found)
        written = _at(self.loaded.source.data, where)
        if name in LAYERS and isinstance(written, list):
            # A message cuts long names short.
            quoted = (i for i, item in enumerate(written) if repr(str(item).strip())[:55] in message)
            return (*where, *itertools.islice(quoted, 1))
        return where

    def _settings(self, place: Place, space: Space, combination: Combination, name: str) -> Iterator[tuple[int, Place]]:
        """The place that counts of all that set a parameter, and how near it is; none if that is the recipe."""
        if name in self.loaded.fixed:
            yield 0, (name,)
            return
        for i in reversed(combination.overridden):
            if name in space.override[i].set:
                yield 1, (*place, "override", i, "set", name)
                return
        if combination.included is not None and name in space.include[combination.included]:
            yield 2, (*place, "include", combination.included, name)
            return
        if combination.included is None:
            for axis, step in zip(space.axes, combination.steps, strict=True):
                if name in axis.names:
                    yield 2, (*axis_place(place, axis, name), step)
                    return
        for rank, defaults in ((3, (*place, "defaults")), (4, ("defaults",))):
            if name in self.loaded.source.mapping(defaults):
                yield rank, (*defaults, name)
                return


def axis_place(place: Place, axis: Axis, name: str) -> Place:
    """Where the list of a parameter stands that an axis sets."""
    return (*place, "grid", name) if axis.name == name else (*place, "zip", axis.name, name)


def blamed(message: str, chosen: Mapping[str, Any]) -> Sequence[str]:
    """Parameters that a message of :class:`nst.resolution.SettingsError` may be about: it begins with the name, or
    quotes a layer."""
    named = message.partition(" ")[0].rstrip(":")
    if named in NAMES:
        return (named, *_ALSO.get(named, ()))
    # The message cuts long names short.
    quoted = {name: [item for item in chosen.get(name) or () if repr(item.strip())[:55] in message] for name in LAYERS}
    roles = [name for name in LAYERS if quoted[name]]
    if not roles:
        return ("backbone", *LAYERS, "recipe")
    # A layer that some other network has may be right, and the network wrong.
    known = all(any(topology(other).knows(item) for other in BACKBONES) for name in roles for item in quoted[name])
    return (*roles, "backbone") if known else roles


def _unknown(backbone: str, width: float, layer: str) -> str:
    try:
        topology(backbone, width).resolve(layer)
    except UnknownLayerError as error:
        return str(error)
    return ""


def _at(data: Any, place: Place) -> Any:
    """What is written at a place; None where nothing is."""
    for step in place:
        if isinstance(data, dict):
            data = data.get(str(step))
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            return None
    return data


def _path_to(data: Any, text: str) -> Place:
    """The way through lists to an item of that text."""
    for i, item in enumerate(data if isinstance(data, list) else ()):
        if isinstance(item, list):
            if inner := _path_to(item, text):
                return (i, *inner)
        elif str(item) == text:
            return (i,)
    return ()
