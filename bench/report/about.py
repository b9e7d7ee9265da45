"""Where the figures come from: machines, versions, the timing contract, the manifest, what failed."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import PurePath

from bench.report import words
from bench.report.format import counted
from bench.report.gallery import counts
from bench.report.model import Model, Run
from bench.report.provenance import environment, machines
from bench.report.site import Page, Site


@dataclass(frozen=True)
class Machine:
    title: str
    runs: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Recipe:
    recipe: str
    runs: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class About:
    counts: str
    warnings: tuple[str, ...]
    """What the planner thought worth knowing."""
    machines: tuple[Machine, ...]
    networks: tuple[str, ...]
    recipes: tuple[Recipe, ...]
    command: str
    manifest_path: str
    manifest_sha256: str
    manifest: tuple[str, ...]
    created: str
    failed: tuple[tuple[Run, str], ...]
    problems: tuple[tuple[str, str, Run | None], ...]
    spare: int
    untimed: tuple[tuple[Run, str], ...]
    unsteady: tuple[tuple[str, float], ...]
    """How many runs were made, and how much the machine changed meanwhile."""


def pages(site: Site) -> list[Page]:
    return [Page("about.html", "about", lambda: about(site.model))]


def about(model: Model) -> About:
    plan = model.results.plan
    untimed = tuple(
        (run, run.record.timing.invalid_reason or "no reason given")
        for run in model.runs.values()
        if run.record and run.record.timing and not run.record.timing.valid
    )
    failed = [run for run in model.runs.values() if run.status not in ("done", "not run")]
    settings = dict.fromkeys(model.runs, "")
    for experiment in model.experiments:
        settings.update({run.id: experiment.settings(run) for run in experiment.runs})
    return About(
        counts=counts(list(model.runs.values())),
        warnings=tuple(plan.warnings),
        machines=_machines(model),
        networks=tuple(dict.fromkeys(run.network for run in model.runs.values() if run.record)),
        recipes=_recipes(model),
        command=shlex.join(plan.command),
        # The name alone: where it lay on the machine that ran it is nobody else's business.
        manifest_path=PurePath(plan.manifest_path).name,
        manifest_sha256=plan.manifest_sha256,
        manifest=tuple(words.clean(plan.manifest_text).rstrip("\n").split("\n")),
        created=plan.created,
        failed=tuple((run, settings[run.id]) for run in failed),
        problems=tuple(
            (p.id, p.message, model.runs.get(p.id)) for p in model.problems if p.id not in {r.id for r in failed}
        ),
        spare=sum(id not in plan.jobs for id in model.results.records),
        untimed=untimed,
        unsteady=_unsteady(model),
    )


def _machines(model: Model) -> tuple[Machine, ...]:
    """One entry for each set of facts that runs agree in."""
    found = []
    for runs in machines(model):
        assert runs[0].record is not None
        env = runs[0].record.environment
        title = next(
            (str(env[name]) for name in ("device_name", "cpu", "machine", "device") if env.get(name)), "unnamed machine"
        )
        found.append(Machine(title, counted(len(runs), "run", "runs"), environment(env)))
    return tuple(found)


def _unsteady(model: Model) -> tuple[tuple[str, float], ...]:
    found: dict[str, list[Run]] = {}
    for run in model.runs.values():
        if run.unsteadiness is not None and run.record and run.record.run:
            found.setdefault(run.record.run, []).append(run)
    return tuple((counted(len(runs), "time", "times"), runs[0].unsteadiness or 0.0) for runs in found.values())


def _recipes(model: Model) -> tuple[Recipe, ...]:
    """What the recipes' runs agree in, beside the parameters that people choose."""
    found: dict[tuple[str, tuple[tuple[str, str], ...]], list[Run]] = {}
    for run in model.runs.values():
        if run.record:
            rows = tuple(
                (name, words.value(name, value))
                for name, value in run.parameters.items()
                if name not in words.EVERYDAY and value is not None
            )
            found.setdefault((str(run.parameters.get("recipe", "not stated")), rows), []).append(run)
    return tuple(Recipe(recipe, counted(len(runs), "run", "runs"), rows) for (recipe, rows), runs in found.items())
