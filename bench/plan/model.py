"""What a plan is: jobs, and the experiments that they belong to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from bench.inputs.picture import Input
from bench.manifest import Loaded
from bench.manifest.source import Path as Place
from bench.plan.resolve import ALGORITHM
from bench.record import PlannedExperiment, Value


@dataclass(frozen=True, slots=True)
class Job:
    """One picture to make."""

    id: str
    parameters: Mapping[str, Value]
    inputs: Mapping[str, Input]
    weights: str
    """Identity of the network's weights (:func:`nst.weights.identity`)."""
    folder: Path = Path()
    """Of its manifest, which a path of weights may be relative to."""
    algorithm: int = ALGORITHM

    @property
    def frames(self) -> int:
        """Of the clip that it is made of, in a video; 1 of all others."""
        return next(iter(self.inputs.values())).picture.frames

    @property
    def label(self) -> str:
        """For progress lines: ``cat x waves``."""
        return " x ".join(given.picture.label for given in self.inputs.values())


@dataclass(frozen=True)
class Plan:
    loaded: Loaded
    experiments: list[PlannedExperiment]
    jobs: dict[str, Job]
    """By id: experiment by experiment, in each pair by pair, of each pair in the order of :mod:`bench.plan.expansion`.
    A job that comes again keeps its first place."""
    places: Mapping[str, Place]
    """Where the manifest has each experiment, by its name; of one that it includes, where it does that."""
    warnings: list[str] = field(default_factory=list)
    """What is worth knowing before anything runs: each once."""

    @property
    def name(self) -> str:
        return self.loaded.manifest.name

    @cached_property
    def axes(self) -> dict[str, list[str]]:
        """For each job, by id, the parameters that vary in the experiments it belongs to."""
        found: dict[str, dict[str, None]] = {}
        for experiment in self.experiments:
            for key in experiment.jobs:
                found.setdefault(key, {}).update(dict.fromkeys(experiment.axes))
        return {key: list(names) for key, names in found.items()}
