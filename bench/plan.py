"""From a manifest to the ordered list of jobs, each with its identity. Pure but for reading the pictures.

Everything that a manifest can get wrong beyond its structure is found here, before anything runs, and
reported at once: labels, samples and files, layers, weights, sizes, axes.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from bench.inputs import Input
from bench.manifest import Loaded
from bench.parameters import NAMES
from bench.pictures import Pictures
from bench.record import Value
from bench.resolve import ALGORITHM, job_id, resolve, weights_source
from bench.schema import Experiment
from bench.sizing import files, misfit
from bench.source import Path as Place
from bench.source import Problem
from bench.tasks import TASKS, Task
from nst import weights as weight_files
from nst.layers import topology
from nst.recipes import RECIPES
from nst.resolution import SettingsError
from nst.settings import NOISE_INITS, Settings, from_values

#: Jobs a manifest may expand to.
MAX_JOBS = 100_000


@dataclass(frozen=True)
class Job:
    """One picture to make."""

    id: str
    parameters: Mapping[str, Value]
    inputs: Mapping[str, Input]
    weights: str
    """Identity of the network's weights (:func:`nst.weights.identity`)."""
    algorithm: int = ALGORITHM

    @property
    def label(self) -> str:
        """For progress lines: ``cat x waves``."""
        return " x ".join(given.picture.label for given in self.inputs.values())


@dataclass(frozen=True)
class PlannedExperiment:
    name: str
    task: str
    axes: dict[str, list[Value]]
    compare: list[str]
    jobs: list[str]


@dataclass(frozen=True)
class Plan:
    loaded: Loaded
    experiments: list[PlannedExperiment]
    jobs: dict[str, Job]
    """By id, in the order of the manifest; a job that two experiments share stands once."""
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


def make_plan(loaded: Loaded, say: Callable[[str], None] = lambda message: None) -> Plan:
    """Expand a manifest.

    Args:
        loaded: the manifest.
        say: is told of what takes time, such as downloads.

    Raises:
        SourceError: with every problem found.
    """
    planner = _Planner(loaded, say)
    planner.pictures.open()
    experiments = [planner.expand(label, experiment) for label, experiment in loaded.manifest.experiments.items()]
    if problems := [*loaded.problems, *planner.problems]:
        raise loaded.source.error(problems)
    return Plan(loaded, experiments, planner.jobs, list(dict.fromkeys(planner.warnings)))


#: Where to look next, when the parameter that a message of :class:`SettingsError` begins with is the recipe's.
_ALSO = {
    "style_layer_weights": ("style_layers", "recipe"),
    "coarse_sizes": ("size", "recipe"),
    "coarse_evaluations": ("coarse_sizes", "recipe"),
    "clamp": ("line_search", "recipe"),
    "averaging": ("line_search", "recipe"),
    "pooling": ("backbone", "recipe"),
    "padding": ("backbone", "recipe"),
}


@dataclass(frozen=True)
class _Setting:
    """One combination of parameters, resolved and checked, for all pairs of an experiment."""

    values: dict[str, Value]
    settings: Settings
    weights: str


@dataclass
class _Planner:
    loaded: Loaded
    say: Callable[[str], None]
    problems: list[Problem] = field(default_factory=list)
    jobs: dict[str, Job] = field(default_factory=dict)
    pictures: Pictures = field(init=False)
    warnings: list[str] = field(default_factory=list)
    _weights: dict[tuple[str, float, str], str] = field(default_factory=dict)
    _total: int = 0

    def __post_init__(self) -> None:
        self.pictures = Pictures(self.loaded, self.wrong, self.warnings.append, self.say)

    def wrong(self, place: Place, message: str) -> None:
        if place and place[-1] in self.loaded.fixed:
            self.problems.append(Problem(1, 1, f"--set {place[-1]}", message))
        else:
            self.problems.append(self.loaded.source.problem(place, message))

    def expand(self, label: str, experiment: Experiment) -> PlannedExperiment:
        place: Place = ("experiments", label)
        task = TASKS[experiment.task]
        pairs = self.pictures.pairs(place, experiment, task)
        axes, base = self._axes(place, experiment)
        combinations = math.prod(map(len, axes.values()))
        self._total += len(pairs) * combinations
        ids: list[str] = []
        if self._total > MAX_JOBS:
            self.wrong(place, f"the manifest makes {self._total:,} jobs or more: at most {MAX_JOBS:,} are allowed")
        else:
            # Settings first, pairs inside: a setting is resolved and checked once for all its pairs.
            settings = [
                resolved
                for combination in itertools.product(*axes.values())
                if (resolved := self._setting(place, task, base | dict(zip(axes, combination, strict=True))))
            ]
            if len(settings) == combinations:
                self._check_effect(place, axes, settings)
            if experiment.repeats > 1 and any(s.settings.init not in NOISE_INITS for s in settings):
                self.warnings.append(
                    f"experiment {label}: runs that do not start from noise give the same picture for every seed: "
                    "their repeats repeat the time alone"
                )
            for pair, setting in itertools.product(pairs, settings):
                if job := self._job(place, setting, pair):
                    self.jobs.setdefault(job.id, job)
                    ids.append(job.id)
        if not self.loaded.problems:  # else an axis may be missing only because its values were refused
            self._check_compare(place, experiment, axes)
        shown = {axis: values for axis, values in axes.items() if len(values) > 1}
        return PlannedExperiment(label, task.name, shown, list(experiment.compare), list(dict.fromkeys(ids)))

    def _axes(self, place: Place, experiment: Experiment) -> tuple[dict[str, list[Any]], dict[str, Any]]:
        """The axes of the grid, in the manifest's order, and the parameters fixed beside them."""
        base = self.loaded.manifest.defaults.model_dump(exclude_none=True)
        base |= experiment.defaults.model_dump(exclude_none=True)
        grid = experiment.grid.model_dump(exclude_none=True)
        axes = {name: grid[name] for name in self.loaded.source.mapping((*place, "grid")) if name in grid}
        if experiment.repeats > 1:
            if "seed" in axes:
                self.wrong((*place, "repeats"), "repeats and grid.seed both choose the seeds: leave out one")
            first = base.get("seed", 0)
            if first + experiment.repeats > 2**32:
                self.wrong((*place, "repeats"), f"seeds would run from {first} beyond 4294967295")
            axes["seed"] = list(range(first, first + experiment.repeats))
        return axes, base

    def _setting(self, place: Place, task: Task, chosen: dict[str, Any]) -> _Setting | None:
        try:
            values = resolve(task, chosen)
        except SettingsError as error:
            for message in error.messages:
                self.wrong(self._origin(place, _blamed(message, chosen), chosen), message)
            return None
        if values["weights"] == "imagenet" and values["width"] != 1 and not self.loaded.problems:
            message = f"imagenet weights are of width 1, not {values['width']:g}: use weights: random, or a file"
            self.wrong(self._origin(place, ("width",), chosen), message)
            return None
        weights = self._weights_identity(place, values)
        if warning := RECIPES[str(values["recipe"])].mismatch(str(values["weights"]), str(values["pixels"])):
            self.warnings.append(warning)
        return _Setting(values, from_values(values), weights) if weights else None

    def _origin(self, place: Place, names: Sequence[str], chosen: Mapping[str, Any]) -> Place:
        """Where the manifest sets the first of these parameters that it sets: the grid, or the nearest defaults."""
        source = self.loaded.source
        for name in names:
            if name in self.loaded.fixed:
                return (name,)
            listed = source.mapping((*place, "grid")).get(name)
            if isinstance(listed, list):
                given = chosen.get(name)
                index = next((i for i, v in enumerate(listed) if given in (v, [v], [str(v)])), None)
                return (*place, "grid", name) if index is None else (*place, "grid", name, index)
            for defaults in ((*place, "defaults"), ("defaults",)):
                if name in source.mapping(defaults):
                    return (*defaults, name)
        return place

    def _job(self, place: Place, setting: _Setting, pair: dict[str, Input]) -> Job | None:
        values, weights = setting.values, setting.weights
        if found := misfit(setting.settings, pair):
            self.wrong(self._origin(place, found.names, setting.values), found.message)
            return None
        for given in itertools.chain.from_iterable(map(files, pair.values())):
            self.warnings += [f"{given.picture.label}: {note}" for note in given.notes]
        hashes = {role: given.picture.sha256 for role, given in pair.items()}
        return Job(job_id(values, hashes, weights), values, pair, weights)

    def _weights_identity(self, place: Place, values: Mapping[str, Any]) -> str | None:
        """As :func:`nst.weights.identity`, once per backbone and file, whose shapes are checked where that is cheap."""
        backbone, width, weights = values["backbone"], values["width"], values["weights"]
        key = (backbone, width, weights)
        if key not in self._weights:
            try:
                source = weights_source(weights, self.loaded.folder)
                self._weights[key] = weight_files.identity(backbone, source)
                if self._weights[key].startswith("sha256:"):
                    weight_files.check_shapes(Path(source), topology(backbone, width))
            except (weight_files.WeightsError, RuntimeError) as error:  # RuntimeError: a home folder nobody has
                self.wrong(self._origin(place, ("weights",), {"weights": weights}), str(error))
                self._weights[key] = ""
        return self._weights[key] or None

    def _check_effect(self, place: Place, axes: Mapping[str, list[Any]], settings: list[_Setting]) -> None:
        """An axis whose values all come to the same makes fewer jobs than it seems to, without a word."""
        if self.loaded.problems or not settings:
            return
        for axis, values in axes.items():
            if len(values) > 1 and len({repr(setting.values[axis]) for setting in settings}) == 1:
                task, optimizer = settings[0].values["task"], settings[0].values["optimizer"]
                message = f"all values of {axis} come to the same here: task {task}, optimizer {optimizer}"
                self.wrong((*place, "grid", axis), message)

    def _check_compare(self, place: Place, experiment: Experiment, axes: Mapping[str, list[Any]]) -> None:
        for i, axis in enumerate(experiment.compare):
            if len(axes.get(axis, ())) < 2:
                varying = [name for name, values in axes.items() if len(values) > 1]
                expected = f"expected one of {', '.join(varying)}" if varying else "nothing varies here"
                self.wrong(
                    (*place, "compare", i),
                    f"{axis} has one value only, so there is nothing to pair: {expected}",
                )


def _blamed(message: str, chosen: Mapping[str, Any]) -> Sequence[str]:
    """Parameters that a message of :class:`SettingsError` may be about: it begins with the name, or quotes a layer."""
    named = message.partition(" ")[0].rstrip(":")
    if named in NAMES:
        return (named, *_ALSO.get(named, ()))
    layers = ("content_layers", "style_layers")
    # The message cuts long names short.
    quoted = [name for name in layers if any(repr(item.strip())[:55] in message for item in chosen.get(name) or ())]
    return quoted or ("backbone", *layers, "recipe")
