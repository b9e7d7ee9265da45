"""Where the figures come from: machines, versions, the timing contract, manifests, and whether it is all there yet."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Generic, TypeVar

from bench.merging import FOLDER
from bench.record import StoredPlan
from bench.report import failures, provenance, words
from bench.report.format import count, counted
from bench.report.gallery import counts
from bench.report.model import Model, Run
from bench.report.provenance import environment, machine_name, machines
from bench.report.site import Page, Site
from bench.results import Results
from bench.store import journal
from bench.store.lock import Lock

#: Entries of a list that are shown, however many there are; of machines and recipes, which are long themselves, fewer.
SHOWN, SHOWN_IN_FULL = 100, 6
#: Values of a parameter in which the runs of a recipe differ.
_VALUES = 5
#: Lines of manifests that are numbered one by one; longer ones are shown in one piece.
_NUMBERED = 250

_T = TypeVar("_T")


@dataclass(frozen=True)
class Some(Generic[_T]):
    """The first of a list, and how many more there are."""

    shown: tuple[_T, ...]
    more: str
    """``1 234 more``; empty where that is all."""

    @classmethod
    def of(cls, given: Iterable[_T], at_most: int = SHOWN) -> Some[_T]:
        all_ = tuple(given)
        return cls(all_[:at_most], f"{count(len(all_) - at_most)} more" if len(all_) > at_most else "")


@dataclass(frozen=True)
class Machine:
    title: str
    runs: str
    """How many; where folders were merged, of which."""
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Recipe:
    recipe: str
    runs: str
    rows: tuple[tuple[str, str], ...]
    """What its runs agree in, beside the parameters that people choose; where they differ, the values."""


@dataclass(frozen=True)
class Plan:
    """How one results folder was made."""

    name: str
    command: str
    created: str


@dataclass(frozen=True)
class Manifest:
    """What results folders were made from; those of one manifest share it."""

    name: str
    manifest_path: str
    """The name alone: where it lay on the machine that ran it is nobody else's business."""
    manifest_sha256: str
    manifest: tuple[str, ...]
    numbered: bool


@dataclass(frozen=True)
class About:
    counts: str
    warnings: Some[str]
    """What the planner thought worth knowing."""
    machines: Some[Machine]
    networks: Some[str]
    recipes: Some[Recipe]
    plans: tuple[Plan, ...]
    manifests: tuple[Manifest, ...]
    failed: Some[failures.Group]
    failures_page: str
    """Where all of them are listed; empty where there is no such page."""
    spare: int
    untimed: Some[tuple[Run, str, str]]
    """Run, its settings, and why its time must not be compared."""
    untimed_count: int
    unsteady: Some[tuple[str, float]]
    """How many runs were made, and how much the machine changed meanwhile."""


def pages(site: Site) -> list[Page]:
    return [Page("about.html", "about", lambda: about(site.model, site.plans, site.failures_page))]


def about(model: Model, plans: Mapping[str, StoredPlan] | None = None, failures_page: str = "") -> About:
    """The page on where everything comes from.

    Args:
        plans: where several results folders were merged, the plans of all, by what the folders are called.
        failures_page: the first page of :func:`bench.report.failures.failures`, if there is one.
    """
    plans = plans or plans_of(model)
    settings = failures.settings_of(model)
    untimed = [
        (run, settings[run.id], run.record.timing.invalid_reason or "no reason given")
        for run in model.runs.values()
        if run.record and run.record.timing and not run.record.timing.valid
    ]
    return About(
        counts=counts(list(model.runs.values())),
        warnings=Some.of(dict.fromkeys(warning for plan in plans.values() for warning in plan.warnings)),
        machines=Some.of(_machines(model), SHOWN_IN_FULL),
        networks=Some.of(dict.fromkeys(run.network for run in model.runs.values() if run.record and run.network)),
        recipes=Some.of(_recipes(model), SHOWN_IN_FULL),
        plans=tuple(Plan(name, shlex.join(plan.command), plan.created) for name, plan in plans.items()),
        manifests=_manifests(plans),
        failed=Some.of(failures.groups(model), SHOWN if not failures_page else 10),
        failures_page=failures_page,
        spare=sum(id not in model.results.plan.jobs for id in model.results.records),
        untimed=Some.of(untimed),
        untimed_count=len(untimed),
        unsteady=Some.of(_unsteady(model), 10),
    )


def progress(results: Results, folders: Sequence[Path] = ()) -> str:
    """``12 of 40 runs done; ...`` while a run is at work in the results folder; otherwise nothing.

    Args:
        folders: where several were merged, all of them.
    """
    if not any(at_work(folder) for folder in folders or (results.folder,)):
        return ""
    done = sum(results.records[id].status == "done" for id in results.plan.jobs if id in results.records)
    total = len(results.plan.jobs)
    return (
        f"{count(done)} of {counted(total, 'run', 'runs')} done; this page was made while the run went on: "
        "reload for more"
    )


def at_work(folder: Path) -> bool:
    """Whether a run is going on in a results folder."""
    reports = journal.read(folder)
    # Nearly always all have ended, and then nothing is asked of the lock.
    pending = any(report.ended is None for report in reports.runs)
    return pending and reports.at_work(Lock(folder).holder()) is not None


def plans_of(model: Model) -> Mapping[str, StoredPlan]:
    """Of every folder that the results were merged from, by what it is called; or the one, by its own name."""
    return {label or plan.name: plan for label, plan in provenance.plans(model.results).items()}


def _manifests(plans: Mapping[str, StoredPlan]) -> tuple[Manifest, ...]:
    named: dict[tuple[str, str, str], list[str]] = {}
    for name, plan in plans.items():
        path = PurePath(plan.manifest_path).name
        named.setdefault((path, plan.manifest_sha256, plan.manifest_text), []).append(name)
        for one in plan.included:
            path = PurePath(one.path).name
            named.setdefault((path, one.sha256, one.text), []).append(PurePath(path).stem)
    lines = sum(len(text.split("\n")) for _, _, text in named)
    return tuple(
        Manifest(
            name=", ".join(names),
            manifest_path=path,
            manifest_sha256=sha256,
            manifest=tuple(words.clean(text).rstrip("\n").split("\n")),
            numbered=lines <= _NUMBERED,
        )
        for (path, sha256, text), names in named.items()
    )


def _machines(model: Model) -> list[Machine]:
    """One entry for each set of facts that runs agree in."""
    found = []
    for runs in machines(model):
        assert runs[0].record is not None
        env = runs[0].record.environment
        folders = dict.fromkeys(str(run.parameters[FOLDER]) for run in runs) if model.results.parts else {}
        of = f" of {_several(list(folders))}" if folders else ""
        found.append(Machine(machine_name(env), counted(len(runs), "run", "runs") + of, environment(env)))
    return found


def _unsteady(model: Model) -> list[tuple[str, float]]:
    found: dict[str, list[Run]] = {}
    for run in model.runs.values():
        if run.unsteadiness is not None and run.record and run.record.run:
            found.setdefault(run.record.run, []).append(run)
    return [(counted(len(runs), "time", "times"), runs[0].unsteadiness or 0.0) for runs in found.values()]


def _recipes(model: Model) -> list[Recipe]:
    found: dict[str, list[Run]] = {}
    for run in model.runs.values():
        if run.record:
            found.setdefault(str(run.parameters.get("recipe", "not stated")), []).append(run)
    return [Recipe(recipe, counted(len(runs), "run", "runs"), _further(runs)) for recipe, runs in found.items()]


def _further(runs: Sequence[Run]) -> tuple[tuple[str, str], ...]:
    values: dict[str, dict[str, None]] = {}
    for run in runs:
        for name, value in run.parameters.items():
            if name not in words.EVERYDAY:
                values.setdefault(name, {})[words.value(name, value)] = None
    unused = [words.value("", None)]
    return tuple((name, _several(list(given), " or ")) for name, given in values.items() if list(given) != unused)


def _several(texts: Sequence[str], between: str = ", ") -> str:
    more = f" and {count(len(texts) - _VALUES)} more" if len(texts) > _VALUES else ""
    return between.join(texts[:_VALUES]) + more
