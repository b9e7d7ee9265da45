"""Whether a side makes the same jobs of the manifest as this code does: only then its times may be compared."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.check.paired.sides import Code, ask
from bench.check.refusal import RefusedError
from bench.errors import Exit
from bench.plan import Plan

#: Seconds that a side gets to plan the manifest; one that takes longer hangs.
PATIENCE = 300

#: Differences that a message names.
_FEW = 3


def disagreements(plan: Plan, code: Code, manifest: Path, fixed: Sequence[str]) -> dict[str, str]:
    """Why a side's times of a job must not be compared, by the job's id; empty where it makes the very same jobs.

    Args:
        plan: as this code makes it.
        manifest: the file.
        fixed: what ``--set`` says.

    Raises:
        RefusedError: when the side cannot read the manifest at all.
    """
    return compare(plan, _ask(code, manifest, fixed), code.who)


def compare(plan: Plan, theirs: Sequence[Mapping[str, Any]], who: str) -> dict[str, str]:
    """As :func:`disagreements`, of the jobs that a side makes, in its order."""
    known = {job["id"] for job in theirs}
    odd = {}
    for number, job in enumerate(plan.jobs.values()):
        if job.id not in known:
            other = theirs[number].get("parameters") if len(theirs) == len(plan.jobs) else None
            odd[job.id] = f"{who} makes another job of it: {_difference(job.parameters, other, len(theirs))}"
    return odd


def _difference(here: Mapping[str, Any], there: Mapping[str, Any] | None, count: int) -> str:
    if there is None:
        return f"it is none of its {count}"
    names = [name for name in sorted({*here, *there}) if here.get(name) != there.get(name)]
    if not names:
        return "the same parameters, but other weights or pictures, or results of another meaning (algorithm)"
    told = [f"{name} is {_value(there, name)} there, {_value(here, name)} here" for name in names[:_FEW]]
    return "; ".join(told) + (f"; and {len(names) - _FEW} more" if len(names) > _FEW else "")


def _value(parameters: Mapping[str, Any], name: str) -> str:
    return json.dumps(parameters[name]) if name in parameters else "unknown"


def _ask(code: Code, manifest: Path, fixed: Sequence[str]) -> list[dict[str, Any]]:
    """The jobs that a side's own ``plan`` lists. It also compiles the side's modules, before anything is timed."""
    settings = [argument for text in fixed for argument in ("--set", text)]
    command = ["-m", "bench", "plan", str(manifest), "--json", "--no-measure", "--devices", "cpu"]
    nowhere = ["--out", str(code.home / "nowhere")]
    told = ask(code, [*command, *nowhere, *settings], PATIENCE, "planning the manifest")
    if told.returncode:
        lines = told.stderr.strip().splitlines()
        # A mistake in the manifest is told whole; of a traceback the last line says what it was.
        said = told.stderr.strip() if told.returncode == Exit.USAGE else lines[-1] if lines else "it said nothing"
        raise RefusedError(f"{code.who} cannot plan {manifest}: {said}")
    try:
        jobs: list[dict[str, Any]] = [{**job, "id": job["id"]} for job in json.loads(told.stdout)["jobs"]]
    except (ValueError, KeyError, TypeError):
        raise RefusedError(f"{code.who} answered with something that is no plan: {told.stdout[:200]!r}") from None
    return jobs
