"""The pictures of a manifest by their labels, and which of them an experiment puts together."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any

from bench.inputs.mixtures import Mixture, Part, mixture
from bench.inputs.opening import Ears, Opened, open_files
from bench.inputs.picture import Input
from bench.manifest import Loaded
from bench.manifest.image_schema import Entry, Mix, Region, Regions, Set
from bench.manifest.schema import Experiment, PairProduct, is_pair
from bench.manifest.source import Path as Place
from bench.tasks import Task
from nst import masks
from nst.images import PictureError
from nst.kinds import nearest
from nst.masks import Mask

#: Where a label may stand that a role is given by, wherever an experiment's task has it.
_GROUPS = {"content": ("contents", "clips"), "style": ("styles",)}
#: A message lists so many labels; of more it gives the first, and the nearest.
_FEW = 12
#: Unknown labels that the nearest known one is looked for: each looks at all that are known.
_HINTS = 50


def _silent(message: str) -> None:
    """Nobody listens."""


@dataclass
class Pictures:
    """Opens the pictures once and pairs them.

    What is wrong goes to ``wrong``, with its place; what is worth knowing to ``warn``; what takes time to ``say``.
    """

    loaded: Loaded
    wrong: Callable[[Place, str], None]
    warn: Callable[[str], None] = _silent
    say: Callable[[str], None] = _silent
    _opened: dict[str, Opened] = field(default_factory=dict)
    _labels: dict[str, dict[str, None]] = field(default_factory=dict)
    """All that the manifest gives by itself or by way of sets, in order, the refused too: naming one is no mistake."""
    _asked: int = 0

    def open(self) -> None:
        self._opened = open_files(self.loaded, Ears(self.wrong, self.warn, self.say))
        for group, opened in self._opened.items():
            members = itertools.chain.from_iterable(opened.sets.values())
            written = self.loaded.source.mapping(("images", group))
            self._labels[group] = dict.fromkeys([*written, *members, *opened.twins])
            listed = getattr(self.loaded.manifest.images, group)
            inputs = opened.inputs
            for label in self._in_order(listed):
                if isinstance(listed[label], Mix | Regions) and (made := self._make(label, listed[label])):
                    inputs[label] = made
            seen: dict[str, str] = {}
            for label in (label for label in listed if label in inputs):
                twin = seen.setdefault(inputs[label].picture.sha256, label)
                if twin != label:  # they would share their jobs, and one label would vanish from the site
                    self.wrong(("images", group, label), f"the same picture as {twin!r}: give each picture once")

    def _in_order(self, listed: Mapping[str, Entry]) -> list[str]:
        """Labels so that a style made of others comes after them; without those that are made of themselves."""
        needs = {label: _made_of(source) for label, source in listed.items()}
        while True:
            try:
                return [label for label in TopologicalSorter(needs).static_order() if label in needs]
            except CycleError as error:
                circle = list(dict.fromkeys(error.args[1]))
                others = f", by way of {', '.join(map(repr, circle[1:]))}" if len(circle) > 1 else ""
                self.wrong(("images", "styles", circle[0]), f"{circle[0]!r} is made of itself{others}")
                needs = {label: names for label, names in needs.items() if label not in circle}

    def _make(self, label: str, source: Mix | Regions) -> Input | None:
        place: Place = ("images", "styles", label)
        if isinstance(source, Mix):
            entries = [self._parts(name, (*place, "mix", name), weight) for name, weight in source.mix.items()]
        else:
            entries = [self._region(region, (*place, "regions", i)) for i, region in enumerate(source.regions)]
        return mixture(label, [part for entry in entries for part in entry]) if all(entries) else None

    def _parts(self, name: str, place: Place, weight: float) -> list[Part]:
        """A style by its label, or the styles of a mix, sharing ``weight``; empty where something is wrong."""
        opened = self._opened["styles"]
        if name in opened.sets:
            one = opened.sets[name][0]
            self.wrong(place, f"{name!r} is a set of pictures: name those that are meant, such as {one!r}")
            return []
        found = next(iter(self._chosen("styles", name, place)), None)
        if not isinstance(found, Mixture):
            return [Part(found, weight)] if found else []
        if any(part.mask for part in found.parts):
            self.wrong(place, f"{name!r} has regions of its own: expected a style or a mix")
            return []
        total = sum(part.weight for part in found.parts)
        return [Part(part.given, weight * part.weight / total) for part in found.parts]

    def _region(self, region: Region, place: Place) -> list[Part]:
        found: list[Mask | None] = []
        for key in ("mask", "style_mask"):
            source = getattr(region, key)
            try:
                found.append(None if source is None else masks.read(source, self.loaded.folder))
            except PictureError as error:
                self.wrong((*place, key), str(error))
        parts = self._parts(region.style, (*place, "style"), region.weight)
        if len(found) < 2:  # a mask was refused
            return []
        return [Part(part.given, part.weight, *found) for part in parts]

    def pairs(self, place: Place, experiment: Experiment, task: Task) -> list[dict[str, Input]]:
        """Which pictures go together, by role."""
        written = self.loaded.source.mapping(place).get("pairs")
        if isinstance(written, list):
            return list(self._listed_pairs((*place, "pairs"), written, task))
        assert isinstance(experiment.pairs, PairProduct)
        chosen: list[list[tuple[str, Input]]] = []
        for role in task.inputs:
            group = task.group(role)
            labels = getattr(experiment.pairs, group)
            if labels == "all":
                labels = list(getattr(self.loaded.manifest.images, group))
                if not labels and not self.loaded.problems:
                    things = "clips" if group == "clips" else "pictures"
                    self.wrong(place, f"a {task.name} needs {things} under images.{group}, and there are none")
            found = dict.fromkeys(
                given.picture.label
                for i, label in enumerate(labels)
                for given in self._chosen(group, label, (*place, "pairs", group, i))
            )
            chosen.append([(role, self._opened[group].inputs[label]) for label in found])
        return [dict(pair) for pair in itertools.product(*chosen)]

    def _listed_pairs(self, place: Place, pairs: list[Any], task: Task) -> Iterator[dict[str, Input]]:
        """Taken as written, so that an entry the schema refused does not hide what is wrong with the others."""
        if task.inputs != ("content", "style"):
            self.wrong(place, f"a {task.name} reads one picture: choose them with {{{task.inputs[0]}s: [...]}}")
            return
        for i, pair in enumerate(pairs):
            if not is_pair(pair):
                continue
            left = self._chosen(task.group("content"), pair[0], (*place, i, 0))
            right = self._chosen("styles", pair[1], (*place, i, 1))
            for content, style in itertools.product(left, right):
                yield {"content": content, "style": style}

    def named(self, role: str, label: str, place: Place) -> list[str]:
        """Labels of the pictures that a label stands for in a role; one that is not there goes to ``wrong``."""
        first, *others = _GROUPS[role]
        group = next((group for group in others if label in self._labels[group]), first)
        group = first if label in self._labels[first] else group
        return [given.picture.label for given in self._chosen(group, label, place)]

    def _chosen(self, group: str, label: str, place: Place) -> list[Input]:
        """The pictures that a label stands for: one, those of a set, or none where something is wrong."""
        opened = self._opened[group]
        if label in opened.sets:
            return [opened.inputs[member] for member in opened.sets[label] if member in opened.inputs]
        if label in self._labels[group]:
            label = opened.twins.get(label, label)
            return [opened.inputs[label]] if label in opened.inputs else []
        written = self.loaded.source.mapping(("images", group))
        if not any(label.startswith(f"{key}/") and self._is_broken(group, key) for key in written):
            expected = self._expected(label, list(self._labels[group]))
            self.wrong(place, f"{label!r} is not under images.{group}: {expected}")
        return []

    def _is_broken(self, group: str, key: str) -> bool:
        """Whether an entry may be a set whose pictures are not known."""
        entry = getattr(self.loaded.manifest.images, group).get(key)
        return key not in self._opened[group].sets and (entry is None or isinstance(entry, Set))

    def _expected(self, label: str, known: list[str]) -> str:
        if not known:
            return "the manifest lists none"
        self._asked += 1
        hint = nearest(label, known) if self._asked <= _HINTS else ""
        more = f", ... ({len(known):,} in all)" if len(known) > _FEW else ""
        return f"expected one of {', '.join(known[:_FEW])}{more}{hint}"


def _made_of(source: Entry) -> set[str]:
    """Labels of the styles that a style refers to."""
    if isinstance(source, Mix):
        return set(source.mix)
    return {region.style for region in source.regions} if isinstance(source, Regions) else set()
