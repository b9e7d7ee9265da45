"""The pictures of a manifest by their labels, and which of them an experiment puts together."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any

from bench.inputs import Input, open_input
from bench.manifest import Loaded
from bench.mixtures import Mixture, Part, mixture
from bench.schema import Experiment, Mix, PairProduct, Region, Regions, is_pair
from bench.source import Path as Place
from bench.tasks import Task
from nst import masks
from nst.images import PictureError
from nst.kinds import nearest
from nst.masks import Mask
from nst.samples import UnknownSampleError

_GROUPS = {"content": "contents", "style": "styles"}


@dataclass
class Pictures:
    """Opens the pictures once and pairs them; what is wrong goes to ``wrong``, with its place."""

    loaded: Loaded
    wrong: Callable[[Place, str], None]
    _open: dict[str, dict[str, Input]] = field(default_factory=lambda: {"contents": {}, "styles": {}})

    def open(self) -> None:
        for group in ("contents", "styles"):
            listed = getattr(self.loaded.manifest.images, group)
            for label in self._in_order(listed):
                if found := self._open_one(group, label, listed[label]):
                    self._open[group][label] = found
            seen: dict[str, str] = {}
            for label in (label for label in listed if label in self._open[group]):
                twin = seen.setdefault(self._open[group][label].picture.sha256, label)
                if twin != label:  # they would share their jobs, and one label would vanish from the site
                    self.wrong(("images", group, label), f"the same picture as {twin!r}: give each picture once")

    def _in_order(self, listed: Mapping[str, str | Mix | Regions]) -> list[str]:
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

    def _open_one(self, group: str, label: str, source: str | Mix | Regions) -> Input | None:
        place: Place = ("images", group, label)
        if isinstance(source, str):
            try:
                return open_input(label, source, self.loaded.folder)
            except (PictureError, UnknownSampleError) as error:
                self.wrong(place, str(error.args[0]))  # args[0]: a KeyError's own text is quoted once more
                return None
        if isinstance(source, Mix):
            entries = [self._parts(name, (*place, "mix", name), weight) for name, weight in source.mix.items()]
        else:
            entries = [self._region(region, (*place, "regions", i)) for i, region in enumerate(source.regions)]
        return mixture(label, [part for entry in entries for part in entry]) if all(entries) else None

    def _parts(self, name: str, place: Place, weight: float) -> list[Part]:
        """A style by its label, or the styles of a mix, sharing ``weight``; empty where something is wrong."""
        found = self._picture("styles", name, place)
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
            group = _GROUPS[role]
            labels = getattr(experiment.pairs, group)
            if labels == "all":
                labels = list(getattr(self.loaded.manifest.images, group))
                if not labels and not self.loaded.problems:
                    self.wrong(place, f"a {task.name} needs pictures under images.{group}, and there are none")
            found = []
            for i, label in enumerate(labels):
                if given := self._picture(group, label, (*place, "pairs", group, i)):
                    found.append((role, given))
            chosen.append(found)
        return [dict(pair) for pair in itertools.product(*chosen)]

    def _listed_pairs(self, place: Place, pairs: list[Any], task: Task) -> Iterator[dict[str, Input]]:
        """Taken as written, so that an entry the schema refused does not hide what is wrong with the others."""
        if task.inputs != ("content", "style"):
            self.wrong(place, f"a {task.name} reads one picture: choose them with {{{task.inputs[0]}s: [...]}}")
            return
        for i, pair in enumerate(pairs):
            if not is_pair(pair):
                continue
            left = self._picture("contents", pair[0], (*place, i, 0))
            right = self._picture("styles", pair[1], (*place, i, 1))
            if left and right:
                yield {"content": left, "style": right}

    def named(self, role: str, label: str, place: Place) -> Input | None:
        """The picture with this label that jobs read in a role; a label that is not there goes to ``wrong``."""
        return self._picture(_GROUPS[role], label, place)

    def _picture(self, group: str, label: str, place: Place) -> Input | None:
        known = list(self.loaded.source.mapping(("images", group)))  # what was refused is no mistake here too
        if label not in known:
            listed = f"expected one of {', '.join(known)}" if known else "the manifest lists none"
            self.wrong(place, f"{label!r} is not under images.{group}: {listed}{nearest(label, known)}")
        return self._open[group].get(label)


def _made_of(source: str | Mix | Regions) -> set[str]:
    """Labels of the styles that a style refers to."""
    if isinstance(source, str):
        return set()
    return set(source.mix) if isinstance(source, Mix) else {region.style for region in source.regions}
