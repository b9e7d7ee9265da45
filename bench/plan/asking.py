"""The findings of a manifest against what its jobs are: whether each can be asked of them, and of which."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bench.findings.figures import find
from bench.manifest import Loaded
from bench.manifest.finding_schema import Against, Bounded, Finding, Paired
from bench.manifest.parameters import KINDS, NAMES, frozen
from bench.manifest.source import Path as Place
from bench.plan.expansion import Conditions
from bench.plan.settling import Part
from bench.plan.spaces import Spaces
from bench.record import PlannedExperiment, PlannedFinding, Value
from nst.kinds import RefusedError, nearest
from nst.recipes import RECIPES
from nst.resolution import LAYERS
from nst.settings import NOISE_INITS

if TYPE_CHECKING:
    from bench.plan.model import Job

#: Values of an axis that a message lists.
_FEW = 12

#: Parameters that decide whether a job has a figure.
_DECIDING = ("task", "backbone", *LAYERS, "tv_weight", "gamut_weight", "balance", "init", "seed")


class _UnaskableError(ValueError):
    """What a finding says that the jobs have nothing of."""

    def __init__(self, place: Place, message: str, names: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.place = place
        self.names = frozenset(names)
        """Parameters that it hangs on: where ``--set`` fixed one of them, it is no mistake."""


@dataclass(frozen=True)
class Asking:
    """Resolves findings; what cannot be asked goes to ``wrong``, with its place."""

    loaded: Loaded
    spaces: Spaces
    jobs: Mapping[str, Job]
    experiments: Mapping[str, PlannedExperiment]
    """Those of the file, by their labels in it."""
    wrong: Callable[[Place, str], None]
    warn: Callable[[str], None]
    whole: bool
    """Whether nothing else is wrong, so that no job is missing: no picture, and none that does not fit."""

    def of(self, part: Part, planned: PlannedExperiment) -> list[PlannedFinding]:
        """The findings of an experiment that can be asked.

        One that ``--set`` left nothing to ask of is left out with a warning. Where combinations or pictures were
        refused, only the names of other experiments are checked: all else may be missing for that alone.
        """
        found = []
        for i, finding in enumerate(part.experiment.findings):
            place: Place = (*part.place, "findings", i)
            try:
                found.append(self._resolved(part, planned, finding, (*place, "expect")))
            except _UnaskableError as error:
                if error.names & self.loaded.fixed:
                    fixed = ", ".join(sorted(error.names & self.loaded.fixed))
                    line = self.loaded.source.place(place)[0]
                    self.warn(
                        f"experiment {planned.name}: findings[{i}] (line {line}) is not asked, as --set fixes {fixed}"
                    )
                elif self._settled(part) or error.place[-1] == "than":
                    self.wrong(error.place, str(error))
        return found

    def _settled(self, part: Part) -> bool:
        """Whether all jobs are known that the manifest means: nothing was refused but findings."""
        return self.whole and part.sound and all(".findings[" in problem.where for problem in self.loaded.problems)

    def _resolved(self, part: Part, planned: PlannedExperiment, finding: Finding, place: Place) -> PlannedFinding:
        expect = finding.expect
        where = expect.where.model_dump(exclude_none=True) if expect.where else {}
        conditions = self.spaces.conditions((*place, "where"), where)
        jobs = self._fitting(part, planned, conditions, (*place, "where")) if where else None
        self._check_had(expect.figure, planned, jobs, (*place, "figure"))
        resolved = PlannedFinding(
            question=finding.question,
            document=finding.document,
            said=finding.said,
            trained=RECIPES[finding.document].made_for in ("imagenet", "caffe"),
            learned=finding.learned,
            figure=expect.figure,
            where=where,
            jobs=jobs,
        )
        if isinstance(expect, Bounded):
            bounds = {"at_least": expect.at_least, "at_most": expect.at_most, "always": expect.always}
            return resolved.model_copy(update=bounds)
        changes: dict[str, Any] = {"change": expect.change, "within": expect.within}
        if isinstance(expect, Against):
            other = self._other(part, expect, (*place, "than"))
            than_jobs = self._fitting(part, other, conditions, (*place, "where")) if where else None
            self._check_had(expect.figure, other, than_jobs, (*place, "figure"))
            return resolved.model_copy(update={**changes, "than": other.name, "than_jobs": than_jobs})
        names = _axis(planned, expect.along, (*place, "along"), part)
        start, end = (self._end(planned, expect, names, place, key) for key in ("from", "to"))
        if start == end:
            at = "to" if expect.to is not None else "from"
            raise _UnaskableError((*place, at), f"from and to are both {_told(start)}: nothing changes", names)
        return resolved.model_copy(
            update={**changes, "by": expect.by, "along": expect.along, "start": start, "end": end}
        )

    def _fitting(self, part: Part, planned: PlannedExperiment, conditions: Conditions, place: Place) -> list[str]:
        """The jobs that are like this."""
        found = [id for id in planned.jobs if self._is_like(self.jobs[id], conditions)]
        if not found and all(wanted for _, wanted in conditions.labels):  # else a label is no picture's, as was said
            names = {name for name, _ in conditions.accepted}
            # Where a layer is written that no network has, that is what is wrong.
            if not self._settled(part) or self.spaces.check_layers(place, conditions, list(part.networks)):
                text = f"no job of {planned.name} is like this: nothing is left to ask"
                raise _UnaskableError(place, text, {*names, *(("backbone",) if names & set(LAYERS) else ())})
        return found

    def _check_had(self, figure: str, planned: PlannedExperiment, jobs: Sequence[str] | None, place: Place) -> None:
        """That one of these jobs at least can have the figure, or of all where none are named."""
        known = find(figure)
        assert known is not None, "the manifest's own check"
        first = ""
        for id in planned.jobs if jobs is None else jobs:
            reason = known.why_not(self.jobs[id].parameters)
            if not reason and known.shared and id not in self._repeated:
                reason = "it takes runs from noise that differ in the seed alone: set repeats"
            if not reason:
                return
            first = first or reason
        if first:
            which = "no job that this is asked of" if jobs is not None else f"no job of {planned.name}"
            raise _UnaskableError(place, f"{figure}: {which} has it: {first}", _DECIDING)

    @cached_property
    def _repeated(self) -> frozenset[str]:
        """Jobs from noise that differ from another in the seed alone."""
        found: dict[Hashable, list[str]] = {}
        for id, job in self.jobs.items():
            if job.parameters.get("init") in NOISE_INITS:
                settings = tuple((name, frozen(value)) for name, value in job.parameters.items() if name != "seed")
                pictures = tuple((role, given.picture.sha256) for role, given in job.inputs.items())
                found.setdefault((settings, pictures), []).append(id)
        return frozenset(id for alike in found.values() if len(alike) > 1 for id in alike)

    @staticmethod
    def _is_like(job: Job, conditions: Conditions) -> bool:
        labels = {role: given.picture.label for role, given in job.inputs.items()}
        return conditions.allow(labels) and conditions.hold(job.parameters)

    def _other(self, part: Part, expect: Against, place: Place) -> PlannedExperiment:
        others = {label: one for label, one in self.experiments.items() if label != part.label}
        if expect.than in others:
            return others[expect.than]
        if expect.than == part.label:
            raise _UnaskableError(place, f"{expect.than!r} is this experiment: expected another")
        if expect.than in self.loaded.source.mapping(("experiments",)):  # refused as a whole
            raise _UnaskableError(place[:-1], f"{expect.than!r} cannot be planned")
        expected = f"expected one of {', '.join(others)}" if others else "there is no other"
        raise _UnaskableError(
            place, f"{expect.than!r} is no experiment: {expected}{nearest(expect.than, tuple(others))}"
        )

    def _end(
        self, planned: PlannedExperiment, expect: Paired, names: Sequence[str], place: Place, key: str
    ) -> dict[str, Value]:
        """The values of an axis' parameters where it starts, or ends."""
        given = expect.from_ if key == "from" else expect.to
        lists = planned.zips.get(expect.along) or {expect.along: planned.axes[expect.along]}
        if given is None:
            return {name: lists[name][0 if key == "from" else -1] for name in names}
        here: Place = (*place, key)
        if expect.along in planned.zips and not (isinstance(given, dict) and given and given.keys() <= set(names)):
            hangs_on = {*names, *(given if isinstance(given, dict) else ())}
            raise _UnaskableError(
                here, f"{given!r}: expected values of what {expect.along} zips: {', '.join(names)}", hangs_on
            )
        wanted = given if expect.along in planned.zips else {expect.along: given}
        try:
            conditions = Conditions.of({name: [KINDS[name].check(value)] for name, value in wanted.items()})
        except RefusedError as error:
            raise _UnaskableError(here, str(error), names) from None
        found: dict[tuple[Any, ...], dict[str, Value]] = {}
        for id in planned.jobs:
            values = self.jobs[id].parameters
            if conditions.hold(values):
                found.setdefault(tuple(frozen(values[name]) for name in names), {name: values[name] for name in names})
        if len(found) == 1:
            return next(iter(found.values()))
        if found:
            several = ", ".join(_told(one) for one in found.values())
            raise _UnaskableError(here, f"{_told(wanted)} may be any of {several}: say which", names)
        steps = [dict(zip(lists, step, strict=True)) for step in zip(*lists.values(), strict=True)]
        listed = ", ".join(_told(step) for step in steps[:_FEW]) + (", ..." if len(steps) > _FEW else "")
        raise _UnaskableError(here, f"{_told(wanted)} is no value of {expect.along}: expected one of {listed}", names)


def _axis(planned: PlannedExperiment, along: str, place: Place, part: Part) -> tuple[str, ...]:
    """The parameters of an axis that varies."""
    if along in planned.zips:
        return tuple(planned.zips[along])
    if along in planned.axes:
        return (along,)
    varying = dict.fromkeys((*planned.axes, *planned.zips))
    expected = f"expected one of {', '.join(varying)}" if varying else "nothing varies here"
    written = part.experiment.zip
    if along not in NAMES and along not in written:
        hint = nearest(along, (*varying, *NAMES))
        raise _UnaskableError(place, f"{along!r} is no parameter and no zip: {expected}{hint}", ())
    names = written[along].model_fields_set if along in written else {along}
    raise _UnaskableError(place, f"{along} has one value only, so there is nothing to pair: {expected}", names)


def _told(values: Mapping[str, Any]) -> str:
    """A value of an axis; of a step of a zip, all its values."""
    return " / ".join(_written(value) for value in values.values())


def _written(value: Any) -> str:
    """A value as a manifest may write it; of a list of one, that one."""
    if isinstance(value, list | tuple):
        return _written(value[0]) if len(value) == 1 else f"[{', '.join(_written(item) for item in value)}]"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return f"{value:.12g}" if isinstance(value, float) else str(value)
