"""An experiment on its way to jobs: every combination resolved and checked, once for all pairs that have it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.inputs.picture import Input
from bench.manifest import Loaded
from bench.manifest.parameters import frozen
from bench.manifest.schema import Experiment
from bench.manifest.source import Path as Place
from bench.plan.expansion import Combination, Space, expand
from bench.plan.resolve import Resolver, closing, weights_source
from bench.plan.spaces import Spaces, blamed
from bench.record import NO_WEIGHTS
from bench.tasks import Task
from nst import weights as weight_files
from nst.layers import topology

#: Parameters that :func:`bench.plan.sizing.misfit` goes by.
_SIZING = (
    "backbone", "width", "content_layers", "style_layers", "feature_layers", "feature_filters", "size",
    "size_rule", "coarse_sizes", "blend", "blend_offset", "style_fit", "style_scale", "style_upscale",
)  # fmt: skip


@dataclass(slots=True)
class Setting:
    """A combination that nothing is wrong with, but for the sizes of a pair's pictures."""

    combination: Combination
    weights: str
    """Identity of the network's weights."""
    fit: int
    """The same for all settings that bring a pair of pictures to the same sizes, for the same layers."""
    _closing: bytes = b""

    @property
    def closing(self) -> bytes:
        """Its part of the identity of a job: :func:`bench.plan.resolve.closing`."""
        if not self._closing:
            self._closing = closing(self.combination.resolved.written, self.weights)
        return self._closing


@dataclass
class Part:
    """An experiment on its way to jobs."""

    label: str
    experiment: Experiment
    task: Task
    pairs: list[dict[str, Input]]
    """Pictures by role."""
    space: Space
    combinations: list[Combination] = field(default_factory=list)
    """All that are not excluded."""
    excluding: set[int] = field(default_factory=set)
    """Those of ``exclude`` that some combination is like."""
    networks: dict[tuple[str, float], None] = field(default_factory=dict)
    """Backbones and widths of all combinations, what is excluded included."""
    sound: bool = True
    """Whether every combination that is not excluded made a setting."""
    _settings: dict[Any, list[Setting]] = field(default_factory=dict)
    """By the rules that may hold for a pair: most experiments have one and the same for all."""

    @property
    def place(self) -> Place:
        return ("experiments", self.label)

    @property
    def most(self) -> int:
        """Jobs before any are excluded."""
        return max(1, len(self.pairs)) * (self.space.product + self.space.included)

    @property
    def settings(self) -> list[list[Setting]]:
        """Of pairs for which not the same rules hold."""
        return list(self._settings.values())

    def of(self, pair: Mapping[str, Input]) -> list[Setting]:
        """The settings of a pair, in order; settled before."""
        return self._settings[self.space.meant_for(_labels(pair))]

    def settle(self, settler: Settler) -> None:
        for pair in self.pairs or [{}]:  # where no picture is right, the rest is checked all the same
            key = self.space.meant_for(_labels(pair))
            if key not in self._settings:
                kept = []
                for combination in expand(self.space.for_pair(_labels(pair)), settler.resolver(self.task)):
                    values: Mapping[str, Any] = combination.resolved.values
                    if values["backbone"] is not None:
                        self.networks[values["backbone"], values["width"]] = None
                    self.excluding.update(combination.excluded)
                    if not combination.excluded:
                        kept.append(combination)
                self._settings[key] = [s for combination in kept if (s := settler.setting(self, combination))]
                self.combinations += kept
                self.sound &= len(self._settings[key]) == len(kept)


def _labels(pair: Mapping[str, Input]) -> dict[str, str]:
    return {role: given.picture.label for role, given in pair.items()}


@dataclass
class Settler:
    """Checks combinations; what is wrong with them goes to ``wrong``, with its place."""

    loaded: Loaded
    spaces: Spaces
    wrong: Callable[[Place, str], None]
    _weights: dict[tuple[str, float, str], str] = field(default_factory=dict)
    _resolvers: dict[str, Resolver] = field(default_factory=dict)
    _fits: dict[tuple[Any, ...], int] = field(default_factory=dict)

    def resolver(self, task: Task) -> Resolver:
        return self._resolvers.setdefault(task.name, Resolver(task))

    def setting(self, part: Part, combination: Combination) -> Setting | None:
        values = combination.resolved.values
        for message in combination.resolved.wrong:
            self.blame(part, combination, blamed(message, combination.chosen), message)
        if combination.resolved.wrong:
            return None
        if values["weights"] in ("imagenet", "packaged") and values["width"] != 1 and not self.loaded.problems:
            message = (
                f"{values['weights']} weights are of width 1, not {values['width']:g}: use weights: random, or a file"
            )
            self.blame(part, combination, ("width",), message)
            return None
        weights = self._weights_identity(part, combination) if "network" in part.task.groups else NO_WEIGHTS
        fit = tuple([frozen(values[name]) for name in _SIZING])
        return Setting(combination, weights, self._fits.setdefault(fit, len(self._fits))) if weights else None

    def blame(self, part: Part, combination: Combination, names: Sequence[str], message: str) -> None:
        """Say what is wrong where the first of these parameters is set that the manifest sets."""
        self.wrong(self.spaces.origin(part.place, part.space, combination, names, message), message)

    def _weights_identity(self, part: Part, combination: Combination) -> str:
        """As :func:`nst.weights.identity`, once per backbone and file, whose shapes are checked where that is cheap."""
        values: Mapping[str, Any] = combination.resolved.values
        backbone, width, weights = values["backbone"], values["width"], values["weights"]
        key = (backbone, width, weights)
        if key not in self._weights:
            try:
                source = weights_source(weights, self.loaded.folder)
                self._weights[key] = weight_files.identity(backbone, source)
                if self._weights[key].startswith("sha256:") and weights != "packaged":
                    weight_files.check_shapes(Path(source), topology(backbone, width))
            except (weight_files.WeightsError, RuntimeError) as error:  # RuntimeError: a home folder nobody has
                self.blame(part, combination, ("weights",), str(error))
                self._weights[key] = ""
        return self._weights[key]
