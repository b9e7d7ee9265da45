"""Several results folders as one: the same jobs on two machines, or two halves of a plan.

Pure but for telling folders apart by where they lie. Nothing is copied: every file is read from its own folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, TypeVar

from bench import results as res
from bench.errors import BenchError
from bench.record import PlannedExperiment, PlannedFinding, PlannedJob, StoredPlan
from bench.repeats import Repeats
from bench.results import Part, Problem, Results

#: The parameter that says which folder a job lies in.
FOLDER = "folder"

_Any = TypeVar("_Any")


def load(folders: Sequence[Path], labels: Sequence[str] | None = None) -> Results:
    """Read results folders, and merge them where there are several.

    Raises BenchError, naming it, for a folder that :func:`bench.results.load` cannot read or that is given twice.
    """
    return merged([res.load(folder) for folder in folders], labels)


def merged(results: Sequence[Results], labels: Sequence[str] | None = None) -> Results:
    """Results folders as one, each job under a key of its own; a single one is returned as it is.

    Every job gets the parameter ``folder``. Experiments of one name, task and set of zips become one; where several
    folders hold it, ``folder`` is its first axis and the first of those that the report pairs up, so that every job
    is compared with itself. :attr:`Results.ids` leads from the keys back to the jobs' ids.

    Args:
        results: each as :func:`bench.results.load` gives it, at least one.
        labels: what to call them, each another; by default the folders' names, with parents where names clash.

    Raises BenchError when a folder is given twice, ValueError when labels do not fit.
    """
    if len(results) == 1:
        return results[0]
    called = tuple(labels) if labels is not None else names([one.folder for one in results])
    if len(called) != len(results) or len(set(called)) < len(called):
        raise ValueError(f"{len(results)} folders need as many labels, each another: {', '.join(called)}")
    parts = [
        _Renamed(label, number, one) for number, (label, one) in enumerate(zip(called, results, strict=True), start=1)
    ]
    taken: dict[str, str] = {}  # run -> label of the folder that has it by that name
    runs = [{id: id if taken.setdefault(id, p.label) == p.label else p.key(id) for id in p.of.runs} for p in parts]
    return Results(
        folder=results[0].folder,
        plan=_plan(parts),
        records={
            part.key(id): record.model_copy(
                update={
                    "id": part.key(id),
                    "parameters": part.parameters(record.parameters),
                    "run": names.get(record.run, record.run) if record.run else None,
                }
            )
            for part, names in zip(parts, runs, strict=True)
            for id, record in part.of.records.items()
        },
        folders={part.key(id): path for part in parts for id, path in part.of.folders.items()},
        problems=tuple(
            Problem(part.key(id), f"{part.label}: {message}") for part in parts for id, message in part.of.problems
        ),
        agreement={key: one for part in parts for key, one in part.agreement().items()},
        runs={
            names[id]: report.model_copy(update={"id": names[id]})
            for part, names in zip(parts, runs, strict=True)
            for id, report in part.of.runs.items()
        },
        parts=tuple(Part(part.label, part.of.folder, part.of.plan) for part in parts),
        ids={part.key(id): id for part in parts for id in part.ids()},
    )


def names(folders: Sequence[Path]) -> tuple[str, ...]:
    """The folders' names, with as many parents as it takes to tell them apart: ``gpu-a/night`` and ``gpu-b/night``.

    Raises BenchError when two are the same folder.
    """
    whole = [folder.resolve() for folder in folders]
    for k, one in enumerate(whole):
        if one in whole[:k]:
            raise BenchError(f"{folders[k]}: given twice; name each results folder once")
    told = []
    for one in whole:
        parts = one.parts
        long = 1
        while long < len(parts) and any(other != one and other.parts[-long:] == parts[-long:] for other in whole):
            long += 1
        told.append("/".join(parts[-long:]))
    return tuple(told)


@dataclass(frozen=True)
class _Renamed:
    """One of the folders, and how its jobs are called among the others'."""

    label: str
    number: int
    of: Results

    def key(self, id: str) -> str:
        return f"{id}.{self.number}"

    def parameters(self, given: Mapping[str, Any]) -> dict[str, Any]:
        return {**given, FOLDER: self.label}

    def jobs(self) -> dict[str, PlannedJob]:
        return {
            self.key(id): job.model_copy(update={"id": self.key(id), "parameters": self.parameters(job.parameters)})
            for id, job in self.of.plan.jobs.items()
        }

    def agreement(self) -> dict[str, Repeats]:
        return {
            self.key(id): one.model_copy(update={"jobs": [self.key(job) for job in one.jobs]})
            for id, one in self.of.agreement.items()
        }

    def ids(self) -> Iterable[str]:
        """Every job that anything is known of."""
        planned = (id for experiment in self.of.plan.experiments for id in experiment.jobs)
        return dict.fromkeys((*self.of.plan.jobs, *planned, *self.of.folders, *self.of.records))


def _plan(parts: Sequence[_Renamed]) -> StoredPlan:
    plans = [part.of.plan for part in parts]
    first = plans[0]
    called = " + ".join(_each(plan.name for plan in plans))
    same = len({plan.manifest_text for plan in plans}) == 1
    return StoredPlan(
        name=called,
        title=first.title if len({plan.title for plan in plans}) == 1 else called,
        intro="\n\n".join(_each(plan.intro for plan in plans if plan.intro.strip())),
        manifest_path=" + ".join(_each(PurePath(plan.manifest_path).name for plan in plans)),
        manifest_text=first.manifest_text if same else "\n".join(map(_headed, parts)),
        manifest_sha256=" + ".join(_each(plan.manifest_sha256 for plan in plans)),
        included=_each(one for plan in plans for one in plan.included),
        command=first.command,
        created=max(plan.created for plan in plans),
        warnings=_each(warning for plan in plans for warning in plan.warnings),
        open={what: chosen for plan in plans for what, chosen in plan.open.items()},
        experiments=_experiments(parts),
        jobs={key: job for part in parts for key, job in part.jobs().items()},
    )


def _headed(part: _Renamed) -> str:
    return f"# {part.label}: {PurePath(part.of.plan.manifest_path).name}\n{part.of.plan.manifest_text}"


def _experiments(parts: Sequence[_Renamed]) -> list[PlannedExperiment]:
    """Those of one name, task and set of zips as one, where the first of them stands."""
    found: dict[tuple[Any, ...], list[tuple[_Renamed, PlannedExperiment]]] = {}
    for part in parts:
        for one in part.of.plan.experiments:
            zips = tuple(sorted((name, tuple(sorted(lists))) for name, lists in one.zips.items()))
            found.setdefault((one.name, one.task, zips), []).append((part, one))
    by_name = [name for name, _, _ in found]
    return [_united(members, alone=by_name.count(name) == 1) for (name, _, _), members in found.items()]


def _united(members: Sequence[tuple[_Renamed, PlannedExperiment]], *, alone: bool) -> PlannedExperiment:
    first = members[0][1]
    labels = [part.label for part, _ in members]
    axes: dict[str, list[Any]] = {FOLDER: list(labels)} if len(labels) > 1 else {}
    for _, one in members:
        for name, values in one.axes.items():
            axes[name] = _each((*axes.get(name, ()), *values))
    return PlannedExperiment(
        name=first.name if alone else f"{first.name} ({', '.join(labels)})",
        task=first.task,
        axes=axes,
        zips={name: _steps([one.zips[name] for _, one in members]) for name in first.zips},
        compare=[*([FOLDER] if len(labels) > 1 else []), *_each(axis for _, one in members for axis in one.compare)],
        jobs=[part.key(id) for part, one in members for id in one.jobs],
        findings=_findings(members),
        open={what: chosen for _, one in members for what, chosen in one.open.items()},
        manifest_title=first.manifest_title,
        manifest_intro=first.manifest_intro,
    )


def _findings(members: Sequence[tuple[_Renamed, PlannedExperiment]]) -> list[PlannedFinding]:
    """Each once, of the runs of all folders that ask it: where not all do, their runs are named."""
    found: list[PlannedFinding] = []
    asking = [[_but_jobs(finding) for finding in one.findings] for _, one in members]
    for part, one in members:
        for finding in one.findings:
            if finding.jobs is None and not all(_but_jobs(finding) in asked for asked in asking):
                finding = finding.model_copy(update={"jobs": one.jobs})
            own = finding.model_copy(update={key: _renamed(part, getattr(finding, key)) for key in _JOBS})
            alike = (k for k, other in enumerate(found) if _but_jobs(other) == _but_jobs(own))
            if (k := next(alike, None)) is None:
                found.append(own)
            else:
                found[k] = own.model_copy(
                    update={key: _both(getattr(found[k], key), getattr(own, key)) for key in _JOBS}
                )
    return found


#: Fields of a finding that name jobs.
_JOBS = ("jobs", "than_jobs")


def _but_jobs(finding: PlannedFinding) -> PlannedFinding:
    return finding.model_copy(update=dict.fromkeys(_JOBS))


def _renamed(part: _Renamed, jobs: list[str] | None) -> list[str] | None:
    return None if jobs is None else [part.key(id) for id in jobs]


def _both(first: list[str] | None, second: list[str] | None) -> list[str] | None:
    return None if first is None or second is None else [*first, *second]


def _steps(zips: Sequence[Mapping[str, Sequence[Any]]]) -> dict[str, list[Any]]:
    """The steps of zips of the same parameters, each once."""
    names = list(zips[0])
    steps = _each(step for one in zips for step in zip(*(one[name] for name in names), strict=False))
    return {name: [step[k] for step in steps] for k, name in enumerate(names)}


def _each(values: Iterable[_Any]) -> list[_Any]:
    """Each value once, where it stands first; lists among them."""
    found: list[_Any] = []
    for value in values:
        if value not in found:
            found.append(value)
    return found
