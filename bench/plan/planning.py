"""From a manifest to the ordered list of jobs, each with its identity. Pure but for reading the pictures.

Everything that a manifest can get wrong beyond its structure is found here, before anything runs, and
reported at once: labels, samples and files, layers, weights, sizes, axes.
"""

from __future__ import annotations

import gc
import hashlib
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

from bench.inputs.picture import Input
from bench.inputs.pictures import Pictures
from bench.manifest import Loaded
from bench.manifest.schema import Experiment
from bench.manifest.source import Path as Place
from bench.manifest.source import Problem
from bench.plan.expansion import Combination
from bench.plan.resolve import ALGORITHM, opening
from bench.plan.settling import Part, Settler
from bench.plan.sizing import files, misfit
from bench.plan.spaces import Spaces
from bench.plan.varying import check_compare, check_effect, idle_rules, merged_by, planned_axes
from bench.record import PlannedExperiment, Value
from bench.tasks import TASKS
from nst.recipes import RECIPES
from nst.settings import NOISE_INITS, from_values

#: Jobs a manifest may expand to.
MAX_JOBS = 100_000
#: Combinations, for all pairs, that it may have before any are excluded.
MAX_COMBINATIONS = 5 * MAX_JOBS
#: So many pictures with the same note are named one by one.
_FEW = 3


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
    """By id: experiment by experiment, in each pair by pair, of each pair in the order of :mod:`bench.plan.expansion`.
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
    with _no_collection():
        experiments = planner.plan()
    if problems := [*loaded.problems, *planner.problems]:
        raise loaded.source.error(problems)
    return Plan(loaded, experiments, planner.jobs, list(planner.warnings))


@contextmanager
def _no_collection() -> Iterator[None]:
    """Python's collector looks at all that is alive again and again while a hundred thousand jobs are made, a third of
    the time; nothing of it is rubbish."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@dataclass
class _Planner:
    loaded: Loaded
    say: Callable[[str], None]
    problems: dict[Problem, None] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    warnings: dict[str, None] = field(default_factory=dict)
    _notes: dict[str, dict[str, None]] = field(default_factory=dict)
    """What was done to pictures -> the labels of those."""
    pictures: Pictures = field(init=False)
    _spaces: Spaces = field(init=False)
    _settler: Settler = field(init=False)

    def __post_init__(self) -> None:
        self.pictures = Pictures(self.loaded, self.wrong, self.warn, self.say)
        self._spaces = Spaces(self.loaded, self.pictures, self.wrong)
        self._settler = Settler(self.loaded, self._spaces, self.wrong)

    def warn(self, message: str) -> None:
        self.warnings[message] = None

    def wrong(self, place: Place, message: str) -> None:
        if len(place) == 1 and place[0] in self.loaded.fixed:
            self.problems[Problem(1, 1, f"--set {place[0]}", message)] = None
        else:
            self.problems[self.loaded.source.problem(place, message)] = None

    def plan(self) -> list[PlannedExperiment]:
        parts = [self._part(label, experiment) for label, experiment in self.loaded.manifest.experiments.items()]
        certain = [0 if part.space.exclude else part.most for part in parts]
        if self._too_many(parts, "jobs" if all(certain) else "jobs or more", MAX_JOBS, certain):
            return []
        if self._too_many(parts, "combinations before exclude", MAX_COMBINATIONS, [part.most for part in parts]):
            return []
        for part in parts:
            part.settle(self._settler)
        if self._too_many(parts, "jobs", MAX_JOBS, [sum(len(part.of(pair)) for pair in part.pairs) for part in parts]):
            return []
        finished = [self._finish(part) for part in parts]
        self._tell_notes()
        return finished

    def _part(self, label: str, experiment: Experiment) -> Part:
        place: Place = ("experiments", label)
        task = TASKS[experiment.task]
        pairs = self.pictures.pairs(place, experiment, task)
        return Part(label, experiment, task, pairs, self._spaces.of(place, experiment))

    def _too_many(self, parts: Sequence[Part], what: str, most: int, counts: Sequence[int]) -> bool:
        total = sum(counts)
        if total > most:
            passed = next(i for i, upto in enumerate(itertools.accumulate(counts)) if upto > most)
            self.wrong(parts[passed].place, f"the manifest makes {total:,} {what}: at most {most:,} are allowed")
        return total > most

    def _finish(self, part: Part) -> PlannedExperiment:
        ids: dict[str, None] = {}
        for pair in part.pairs:
            self._make_jobs(part, pair, ids)
        combinations = [setting.combination for settings in part.settings for setting in settings]
        axes, zips = planned_axes(part.space, combinations)
        if not self.loaded.problems:  # else an axis may be missing only because its values were refused
            compared = self._spaces.compared(part.place, part.experiment)
            check_compare(part, axes, zips, compared, self.wrong)
            check_effect(part, self.wrong)
            self._check_rules(part)
        self._warn(part, combinations)
        return PlannedExperiment(
            name=part.label,
            task=part.task.name,
            axes=axes,
            zips=zips,
            compare=list(part.experiment.compare),
            jobs=list(ids),
        )

    def _make_jobs(self, part: Part, pair: dict[str, Input], ids: dict[str, None]) -> None:
        begun = hashlib.sha256(opening({role: given.picture.sha256 for role, given in pair.items()}))
        fitting: set[int] = set()
        for setting in part.of(pair):
            combination = setting.combination
            if setting.fit not in fitting:
                if found := misfit(from_values(combination.resolved.values), pair):
                    if found.picture:
                        self.wrong(("images", *found.picture), f"{found.message} (experiment {part.label})")
                    else:
                        self._settler.blame(part, combination, found.names, found.message)
                    continue
                fitting.add(setting.fit)
            identity = begun.copy()
            identity.update(setting.closing)
            id = identity.hexdigest()
            ids[id] = None
            if id not in self.jobs:
                self.jobs[id] = Job(id, combination.resolved.values, pair, setting.weights)

    def _warn(self, part: Part, combinations: Sequence[Combination]) -> None:
        for pair in part.pairs:
            for given in itertools.chain.from_iterable(map(files, pair.values())):
                for note in given.notes:
                    self._notes.setdefault(note, {})[given.picture.label] = None
        chosen = {
            (values["recipe"], values["weights"], values["pixels"]): None
            for values in (combination.resolved.values for combination in combinations)
            if part.task.optimises  # what a recipe is made for are factors of losses
        }
        for recipe, weights, pixels in chosen:
            if warning := RECIPES[str(recipe)].mismatch(str(weights), str(pixels)):
                self.warnings[warning] = None
        inits = {combination.resolved.values["init"] for combination in combinations}
        if part.task.optimises and part.experiment.repeats > 1 and not inits <= set(NOISE_INITS):
            self.warnings[
                f"experiment {part.label}: runs that do not start from noise give the same picture for every seed: "
                "their repeats repeat the time alone"
            ] = None

    def _tell_notes(self) -> None:
        """What was done to pictures that are used: of many the same is said in one line."""
        for note, labels in self._notes.items():
            if len(labels) > _FEW:
                self.warn(f"{len(labels):,} pictures: {note} ({', '.join(itertools.islice(labels, _FEW))}, ...)")
            else:
                for label in labels:
                    self.warn(f"{label}: {note}")

    def _check_rules(self, part: Part) -> None:
        """Rules that match nothing, and overrides that make jobs the same, are hardly what was meant."""
        if not part.combinations:
            self.wrong((*part.place, "exclude"), "every combination is excluded: nothing is left to run")
            return
        for key, i, conditions in idle_rules(part, self.loaded.fixed):
            where = (*part.place, key, i, "when") if key == "override" else (*part.place, key, i)
            if self._spaces.check_layers(where, conditions, list(part.networks)):
                self.warnings[f"experiment {part.label}: {self._named(part, key, i)} matches nothing"] = None
        guilty, fewer = merged_by(part)
        if fewer:
            named = [self._named(part, "override", i) for i in guilty]
            names = " and ".join(filter(None, (", ".join(named[:-1]), named[-1])))
            self.warnings[
                f"experiment {part.label}: {names} make{'s' if len(guilty) == 1 else ''} combinations the same: "
                f"{fewer} job{'' if fewer == 1 else 's'} fewer"
            ] = None

    def _named(self, part: Part, key: str, i: int) -> str:
        return f"{key}[{i}] (line {self.loaded.source.place((*part.place, key, i))[0]})"
