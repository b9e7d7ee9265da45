"""From a manifest to the ordered list of jobs, each with its identity. Pure but for reading the pictures.

Everything that a manifest can get wrong beyond its structure is found here, before anything runs, and
reported at once: labels, samples and files, layers, weights, sizes, axes.
"""

from __future__ import annotations

import gc
import hashlib
import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench.errors import BenchError
from bench.inputs.picture import Input
from bench.inputs.pictures import Pictures
from bench.manifest import Loaded
from bench.manifest.schema import Experiment
from bench.manifest.source import Path as Place
from bench.manifest.source import Problem, SourceError
from bench.plan.asking import Asking
from bench.plan.expansion import Combination
from bench.plan.model import Job, Plan
from bench.plan.resolve import opening
from bench.plan.settling import Part, Settler
from bench.plan.sizing import files, misfit
from bench.plan.spaces import Spaces
from bench.plan.varying import check_compare, check_effect, idle_rules, merged_by, planned_axes
from bench.record import PlannedExperiment
from bench.tasks import TASKS
from nst.recipes import RECIPES
from nst.settings import NOISE_INITS, from_values
from nst.video.needed import missing

#: Jobs a manifest may expand to.
MAX_JOBS = 100_000
#: Combinations, for all pairs, that it may have before any are excluded.
MAX_COMBINATIONS = 5 * MAX_JOBS
_ODD = "an odd number of pixels, which H.264 rounds up: video_format: webm keeps them"
#: So many pictures with the same note are named one by one.
_FEW = 3


def make_plan(loaded: Loaded, say: Callable[[str], None] = lambda message: None) -> Plan:
    """Expand a manifest.

    Args:
        loaded: the manifest.
        say: is told of what takes time, such as downloads.

    Raises:
        BenchError: with every problem found, file by file.
    """
    made = _Made()
    broken = list(loaded.broken)
    for part, place in _parts(loaded):
        planner = _Planner(part, say, made, place)
        planner.pictures.open()
        with _no_collection():
            planner.plan()
        if problems := [*part.problems, *planner.problems]:
            broken.append(part.source.error(problems))
    if broken:
        raise _together(broken)
    return Plan(loaded, list(made.experiments.values()), made.jobs, made.places, list(made.warnings))


def _together(errors: Sequence[SourceError]) -> BenchError:
    """What is wrong with several files; what is said of ``--set`` and not of any of them, once."""
    return errors[0] if len(errors) == 1 else BenchError("\n".join(dict.fromkeys(map(str, errors))))


def _parts(loaded: Loaded) -> Iterator[tuple[Loaded, Place]]:
    """Every manifest that has experiments of its own to plan, and where it is included; nowhere is the outermost."""
    for i, included in enumerate(loaded.included):
        for part in included.parts:
            yield part, ("manifests", i)
    yield loaded, ()


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
class _Made:
    """What the manifests of a plan make together."""

    experiments: dict[str, PlannedExperiment] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    warnings: dict[str, None] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    """Of what is limited in all."""


@dataclass
class _Planner:
    """Plans the experiments of one file."""

    loaded: Loaded
    say: Callable[[str], None]
    made: _Made
    included: Place
    """Where the outermost manifest includes it; empty for that itself."""
    problems: dict[Problem, None] = field(default_factory=dict)
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
        self.made.warnings[message] = None

    def wrong(self, place: Place, message: str) -> None:
        if len(place) == 1 and place[0] in self.loaded.fixed:
            self.problems[Problem(1, 1, f"--set {place[0]}", message)] = None
        else:
            self.problems[self.loaded.source.problem(place, message)] = None

    def plan(self) -> None:
        parts = [self._part(label, experiment) for label, experiment in self.loaded.manifest.experiments.items()]
        certain = [0 if part.space.exclude else part.most for part in parts]
        if self._too_many(parts, "at least", "jobs" if all(certain) else "jobs or more", MAX_JOBS, certain):
            return
        most = [part.most for part in parts]
        if self._too_many(parts, "at most", "combinations before exclude", MAX_COMBINATIONS, most):
            return
        for part in parts:
            part.settle(self._settler)
        jobs = [sum(len(part.of(pair)) for pair in part.pairs) for part in parts]
        if self._too_many(parts, "settled", "jobs", MAX_JOBS, jobs):
            return
        for part in parts:
            self._finish(part)
        self._tell_notes()
        planned = {part.label: self.made.experiments[self._name(part)] for part in parts}
        whole = not self.problems
        asked = Asking(self.loaded, self._spaces, self.made.jobs, planned, self.wrong, self.warn, whole)
        for part in parts:
            update = {"findings": asked.of(part, planned[part.label]), "open": self._open(part), **self._opening()}
            self.made.experiments[self._name(part)] = planned[part.label].model_copy(update=update)

    def _name(self, part: Part) -> str:
        return f"{self.loaded.manifest.name}: {part.label}" if self.included else part.label

    def _open(self, part: Part) -> dict[str, str]:
        """What is left open; of what is included, together with what its file says of all its experiments."""
        return {**self.loaded.manifest.open, **part.experiment.open} if self.included else part.experiment.open

    def _opening(self) -> dict[str, str]:
        """What the file says at its top, of what is included."""
        manifest = self.loaded.manifest
        return {"manifest_title": manifest.title, "manifest_intro": manifest.intro} if self.included else {}

    def _part(self, label: str, experiment: Experiment) -> Part:
        place: Place = ("experiments", label)
        task = TASKS[experiment.task]
        if task.moving and (why := missing()):
            self.wrong(place, why)
        pairs = self.pictures.pairs(place, experiment, task)
        return Part(label, experiment, task, pairs, self._spaces.of(place, experiment))

    def _too_many(self, parts: Sequence[Part], known: str, what: str, most: int, counts: Sequence[int]) -> bool:
        """Whether there are too many, together with those of the files before, as far as that is known by now."""
        earlier = self.made.counts[known]
        total = self.made.counts[known] = earlier + sum(counts)
        if total > most and parts:
            upto = itertools.accumulate(counts, initial=earlier)
            passed = next(i for i, count in enumerate(upto) if count > most)
            place = parts[max(0, passed - 1)].place
            self.wrong(place, f"the manifest makes {total:,} {what}: at most {most:,} are allowed")
        return total > most

    def _finish(self, part: Part) -> None:
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
        name = self._name(part)
        if name in self.made.experiments:
            self.wrong(part.place, f"there is an experiment {name!r} already: manifests put together need other names")
        self.made.places[name] = self.included or part.place
        self.made.experiments[name] = PlannedExperiment(
            name=name,
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
            if id not in self.made.jobs:
                folder = self.loaded.folder
                self.made.jobs[id] = Job(id, combination.resolved.values, pair, setting.weights, folder)

    def _warn(self, part: Part, combinations: Sequence[Combination]) -> None:
        for pair in part.pairs:
            for given in itertools.chain.from_iterable(map(files, pair.values())):
                for note in given.notes:
                    self._notes.setdefault(note, {})[given.picture.label] = None
        if any(setting.resolved.values["video_format"] == "mp4" for setting in combinations):
            for clip in (pair["content"] for pair in part.pairs):
                if clip.width % 2 or clip.height % 2:
                    self._notes.setdefault(_ODD, {})[clip.picture.label] = None
        chosen = {
            (values["recipe"], values["weights"], values["pixels"]): None
            for values in (combination.resolved.values for combination in combinations)
            if part.task.optimises  # what a recipe is made for are factors of losses
        }
        for recipe, weights, pixels in chosen:
            if warning := RECIPES[str(recipe)].mismatch(str(weights), str(pixels)):
                self.warn(warning)
        inits = {combination.resolved.values["init"] for combination in combinations}
        if part.task.optimises and part.experiment.repeats > 1 and not inits <= set(NOISE_INITS):
            self.warn(
                f"experiment {self._name(part)}: runs that do not start from noise give the same picture for every "
                "seed: their repeats repeat the time alone"
            )

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
                self.warn(f"experiment {self._name(part)}: {self._named(part, key, i)} matches nothing")
        guilty, fewer = merged_by(part)
        if fewer:
            named = [self._named(part, "override", i) for i in guilty]
            names = " and ".join(filter(None, (", ".join(named[:-1]), named[-1])))
            self.warn(
                f"experiment {self._name(part)}: {names} make{'s' if len(guilty) == 1 else ''} combinations the same: "
                f"{fewer} job{'' if fewer == 1 else 's'} fewer"
            )

    def _named(self, part: Part, key: str, i: int) -> str:
        return f"{key}[{i}] (line {self.loaded.source.place((*part.place, key, i))[0]})"
