"""The pictures of a manifest by their labels, and which of them an experiment puts together."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from bench.inputs import Input, open_input
from bench.manifest import Loaded
from bench.parameters import nearest
from bench.schema import Experiment, PairProduct, is_pair
from bench.source import Path as Place
from bench.tasks import Task
from nst.images import PictureError
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
            seen: dict[str, str] = {}
            for label, source in getattr(self.loaded.manifest.images, group).items():
                try:
                    self._open[group][label] = found = open_input(label, source, self.loaded.folder)
                    twin = seen.setdefault(found.picture.sha256, label)
                    if twin != label:  # they would share their jobs, and one label would vanish from the site
                        self.wrong(("images", group, label), f"the same picture as {twin!r}: give each picture once")
                except (PictureError, UnknownSampleError) as error:
                    # args[0]: a KeyError's own text is quoted once more
                    self.wrong(("images", group, label), str(error.args[0]))

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
