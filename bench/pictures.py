"""The pictures of a manifest by their labels, and which of them an experiment puts together."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from bench.inputs import Input, open_input
from bench.manifest import Loaded
from bench.mixtures import Mixture, Part, mixture
from bench.parameters import nearest
from bench.schema import Experiment, Mix, PairProduct, Region, Regions, is_pair
from bench.source import Path as Place
from bench.tasks import Task
from nst import masks
from nst.images import PictureError
from nst.masks import Mask
from nst.samples import UnknownSampleError

_ORDER: list[type] = [str, Mix, Regions]
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
            seen: dict[str, str] = {}
            # Mixes refer to other styles by label, and regions to mixes as well: what is made of others comes later.
            for label, source in sorted(listed.items(), key=lambda item: _ORDER.index(type(item[1]))):
                found = self._open_one(group, label, source)
                if found is None:
                    continue
                self._open[group][label] = found
                twin = seen.setdefault(found.picture.sha256, label)
                if twin != label:  # they would share their jobs, and one label would vanish from the site
                    self.wrong(("images", group, label), f"the same picture as {twin!r}: give each picture once")

    def _open_one(self, group: str, label: str, source: str | Mix | Regions) -> Input | None:
        place: Place = ("images", group, label)
        try:
            if isinstance(source, str):
                return open_input(label, source, self.loaded.folder)
        except (PictureError, UnknownSampleError) as error:
            self.wrong(place, str(error.args[0]))  # args[0]: a KeyError's own text is quoted once more
            return None
        parts: list[Part] = []
        if isinstance(source, Mix):
            for name, weight in source.mix.items():
                parts += self._parts(name, (*place, "mix", name), weight)
            return mixture(label, parts) if len(parts) >= len(source.mix) else None
        entries = [self._region(region, (*place, "regions", i)) for i, region in enumerate(source.regions)]
        return mixture(label, [part for entry in entries for part in entry]) if all(entries) else None

    def _parts(self, name: str, place: Place, weight: float) -> list[Part]:
        """A style by its label, or the styles of a mix, sharing ``weight``."""
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
        if len(found) < 2:
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

    def _picture(self, group: str, label: str, place: Place) -> Input | None:
        known = list(getattr(self.loaded.manifest.images, group))
        if label not in known:
            listed = f"expected one of {', '.join(known)}" if known else "the manifest lists none"
            self.wrong(place, f"{label!r} is not under images.{group}: {listed}{nearest(label, known)}")
        return self._open[group].get(label)
