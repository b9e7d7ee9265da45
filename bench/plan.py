"""From a manifest to the ordered list of jobs, each with its identity. Pure but for reading the pictures.

Everything that a manifest can get wrong beyond its structure is found here, before anything runs, and
reported at once: labels, samples and files, layers, weights, sizes, axes.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from bench.expansion import Combination, Space, expand
from bench.inputs import Input
from bench.manifest import Loaded
from bench.parameters import frozen
from bench.pictures import Pictures
from bench.record import PlannedExperiment, Value
from bench.resolve import ALGORITHM, Resolver, closing, opening, weights_source
from bench.schema import Experiment
from bench.sizing import files, misfit
from bench.source import Path as Place
from bench.source import Problem
from bench.spaces import Spaces, blamed
from bench.tasks import TASKS, Task
from bench.varying import check_compare, check_effect, idle_rules, merged_by, planned_axes
from nst import weights as weight_files
from nst.layers import topology
from nst.recipes import RECIPES
from nst.settings import NOISE_INITS, from_values

#: Jobs a manifest may expand to.
MAX_JOBS = 100_000
#: Combinations, for all pairs, that it may have before any are excluded.
MAX_COMBINATIONS = 5 * MAX_JOBS


@dataclass(frozen=True, slots=True)
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
class Plan:
    loaded: Loaded
    experiments: list[PlannedExperiment]
    jobs: dict[str, Job]
    """By id: experiment by experiment, in each pair by pair, of each pair in the order of :mod:`bench.expansion`.
    A job that comes again keeps its first place."""
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


def make_plan(loaded: Loaded) -> Plan:
    """Expand a manifest.

    Raises:
        SourceError: with every problem found.
    """
    planner = _Planner(loaded)
    planner.pictures.open()
    experiments = planner.plan()
    if problems := [*loaded.problems, *planner.problems]:
        raise loaded.source.error(problems)
    return Plan(loaded, experiments, planner.jobs, list(planner.warnings))


@dataclass(frozen=True)
class _Setting:
    """A combination that was resolved and checked, for all pairs that have it."""

    combination: Combination
    weights: str
    fit: int
    """The same for all settings that bring a pair of pictures to the same sizes, for the same layers."""


#: Parameters that :func:`bench.sizing.misfit` goes by.
_SIZING = (
    "backbone", "width", "content_layers", "style_layers", "size", "size_rule", "coarse_sizes", "style_fit",
    "style_scale", "style_upscale",
)  # fmt: skip


@dataclass
class _Part:
    """An experiment on its way to jobs."""

    label: str
    experiment: Experiment
    task: Task
    pairs: list[dict[str, Input]]
    space: Space
    settings: dict[Any, list[_Setting]] = field(default_factory=dict)
    """By the rules that are meant for a pair, which most experiments have in common for all."""
    combinations: list[Combination] = field(default_factory=list)
    """Of all of them, what is excluded included."""

    @property
    def place(self) -> Place:
        return ("experiments", self.label)

    @property
    def most(self) -> int:
        """Jobs, before any are excluded."""
        return max(1, len(self.pairs)) * (self.space.product + self.space.included)


def _labels(pair: Mapping[str, Input]) -> dict[str, str]:
    return {role: given.picture.label for role, given in pair.items()}


@dataclass
class _Planner:
    loaded: Loaded
    problems: dict[Problem, None] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    warnings: dict[str, None] = field(default_factory=dict)
    pictures: Pictures = field(init=False)
    spaces: Spaces = field(init=False)
    _weights: dict[tuple[str, float, str], str] = field(default_factory=dict)
    _resolvers: dict[str, Resolver] = field(default_factory=dict)
    _fits: dict[tuple[Any, ...], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.pictures = Pictures(self.loaded, self.wrong)
        self.spaces = Spaces(self.loaded, self.pictures, self.wrong)

    def wrong(self, place: Place, message: str) -> None:
        if len(place) == 1 and place[0] in self.loaded.fixed:
            self.problems[Problem(1, 1, f"--set {place[0]}", message)] = None
        else:
            self.problems[self.loaded.source.problem(place, message)] = None

    def plan(self) -> list[PlannedExperiment]:
        parts = [self._part(label, experiment) for label, experiment in self.loaded.manifest.experiments.items()]
        if self._too_many(parts, "jobs", MAX_JOBS, [0 if part.space.exclude else part.most for part in parts]):
            return []
        if self._too_many(parts, "combinations before exclude", MAX_COMBINATIONS, [part.most for part in parts]):
            return []
        for part in parts:
            self._resolve(part)
        counts = [sum(len(part.settings[self._meant(part, pair)]) for pair in part.pairs) for part in parts]
        if self._too_many(parts, "jobs", MAX_JOBS, counts):
            return []
        return [self._finish(part) for part in parts]

    def _part(self, label: str, experiment: Experiment) -> _Part:
        place: Place = ("experiments", label)
        task = TASKS[experiment.task]
        pairs = self.pictures.pairs(place, experiment, task)
        return _Part(label, experiment, task, pairs, self.spaces.of(place, experiment))

    def _too_many(self, parts: Sequence[_Part], what: str, most: int, counts: Sequence[int]) -> bool:
        total = sum(counts)
        if total > most:
            passed = next(i for i, upto in enumerate(itertools.accumulate(counts)) if upto > most)
            self.wrong(parts[passed].place, f"the manifest makes {total:,} {what}: at most {most:,} are allowed")
        return total > most

    def _meant(self, part: _Part, pair: Mapping[str, Input]) -> Any:
        return part.space.meant_for(_labels(pair))

    def _resolve(self, part: _Part) -> None:
        """Settings first, pairs later: a setting is resolved and checked once for all pairs that have it."""
        resolver = self._resolvers.setdefault(part.task.name, Resolver(part.task))
        failed = False
        for pair in part.pairs or [{}]:  # where no picture is right, the rest is checked all the same
            key = self._meant(part, pair)
            if key in part.settings:
                continue
            combinations = list(expand(part.space.for_pair(_labels(pair)), resolver))
            part.combinations += combinations
            kept = [combination for combination in combinations if not combination.excluded]
            settings = [setting for combination in kept if (setting := self._setting(part, combination))]
            part.settings[key] = settings
            failed |= len(settings) < len(kept)
        if not self.loaded.problems and not failed:
            check_effect(part.place, part.space, part.combinations, self.wrong)

    def _setting(self, part: _Part, combination: Combination) -> _Setting | None:
        values = combination.resolved.values
        for message in combination.resolved.wrong:
            self._blame(part, combination, blamed(message, combination.chosen), message)
        if combination.resolved.wrong:
            return None
        if values["weights"] == "imagenet" and values["width"] != 1 and not self.loaded.problems:
            message = f"imagenet weights are of width 1, not {values['width']:g}: use weights: random, or a file"
            self._blame(part, combination, ("width",), message)
            return None
        weights = self._weights_identity(part, combination)
        fit = tuple(frozen(values[name]) for name in _SIZING)
        return _Setting(combination, weights, self._fits.setdefault(fit, len(self._fits))) if weights else None

    def _blame(self, part: _Part, combination: Combination, names: Sequence[str], message: str) -> None:
        self.wrong(self.spaces.origin(part.place, part.space, combination, names, message), message)

    def _weights_identity(self, part: _Part, combination: Combination) -> str:
        """As :func:`nst.weights.identity`, once per backbone and file, whose shapes are checked where that is cheap."""
        values: Mapping[str, Any] = combination.resolved.values
        backbone, width, weights = values["backbone"], values["width"], values["weights"]
        key = (backbone, width, weights)
        if key not in self._weights:
            try:
                source = weights_source(weights, self.loaded.folder)
                self._weights[key] = weight_files.identity(backbone, source)
                if self._weights[key].startswith("sha256:"):
                    weight_files.check_shapes(Path(source), topology(backbone, width))
            except (weight_files.WeightsError, RuntimeError) as error:  # RuntimeError: a home folder nobody has
                self._blame(part, combination, ("weights",), str(error))
                self._weights[key] = ""
        return self._weights[key]

    def _finish(self, part: _Part) -> PlannedExperiment:
        for pair in part.pairs:
            for given in itertools.chain.from_iterable(map(files, pair.values())):
                self.warnings |= {f"{given.picture.label}: {note}": None for note in given.notes}
        ids: dict[str, None] = {}
        for pair in part.pairs:
            self._make_jobs(part, pair, ids)
        settings = list(itertools.chain.from_iterable(part.settings.values()))
        self._check_rules(part)
        self._warn(part, settings)
        axes, zips = planned_axes(part.space, [setting.combination for setting in settings])
        if not self.loaded.problems:  # else an axis may be missing only because its values were refused
            compared = self.spaces.compared(part.place, part.experiment)
            check_compare(axes, zips, compared, self.wrong)
        return PlannedExperiment(
            name=part.label,
            task=part.task.name,
            axes=axes,
            zips=zips,
            compare=list(part.experiment.compare),
            jobs=list(ids),
        )

    def _make_jobs(self, part: _Part, pair: dict[str, Input], ids: dict[str, None]) -> None:
        begun = hashlib.sha256(opening({role: given.picture.sha256 for role, given in pair.items()}))
        fitting: dict[int, bool] = {}
        for setting in part.settings[self._meant(part, pair)]:
            combination = setting.combination
            if setting.fit not in fitting or not fitting[setting.fit]:
                found = misfit(from_values(combination.resolved.values), pair)
                fitting[setting.fit] = found is None
                if found:
                    self._blame(part, combination, found.names, found.message)
            if not fitting[setting.fit]:
                continue
            identity = begun.copy()
            identity.update(closing(combination.resolved.written, setting.weights))
            id = identity.hexdigest()
            ids[id] = None
            if id not in self.jobs:
                self.jobs[id] = Job(id, combination.resolved.values, pair, setting.weights)

    def _warn(self, part: _Part, settings: Sequence[_Setting]) -> None:
        told: set[tuple[Any, ...]] = set()
        for setting in settings:
            values = setting.combination.resolved.values
            key = (values["recipe"], values["weights"], values["pixels"])
            if key not in told:
                told.add(key)
                if warning := RECIPES[str(key[0])].mismatch(str(key[1]), str(key[2])):
                    self.warnings[warning] = None
        inits = {setting.combination.resolved.values["init"] for setting in settings}
        if part.experiment.repeats > 1 and not inits <= set(NOISE_INITS):
            self.warnings[
                f"experiment {part.label}: runs that do not start from noise give the same picture for every seed: "
                "their repeats repeat the time alone"
            ] = None

    def _check_rules(self, part: _Part) -> None:
        """Rules that match nothing, and overrides that make jobs the same, are hardly what was meant."""
        combinations = part.combinations
        if all(combination.excluded for combination in combinations):
            if not self.loaded.problems:
                message = f"all {len(combinations):,} combinations are excluded: nothing is left to run"
                self.wrong((*part.place, "exclude"), message)
            return
        networks = [(c.resolved.values["backbone"], c.resolved.values["width"]) for c in combinations]
        for key, i, conditions in idle_rules(part.space, combinations, self.loaded.fixed):
            where = (*part.place, key, i, "when") if key == "override" else (*part.place, key, i)
            if self.spaces.check_layers(where, conditions, list(dict.fromkeys(networks))):
                self.warnings[f"experiment {part.label}: {self._named(part, key, i)} matches nothing"] = None
        if not part.space.override:
            return
        for settings in part.settings.values():
            guilty, merged = merged_by([setting.combination for setting in settings])
            if merged:
                names = " and ".join(self._named(part, "override", i) for i in sorted(guilty))
                self.warnings[
                    f"experiment {part.label}: {names} make{'s' if len(guilty) == 1 else ''} combinations the same: "
                    f"of each pair it is meant for, {merged} job{'s' if merged > 1 else ''} fewer"
                ] = None

    def _named(self, part: _Part, key: str, i: int) -> str:
        return f"{key}[{i}] (line {self.loaded.source.place((*part.place, key, i))[0]})"
