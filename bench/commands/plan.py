"""``nst-bench plan``: what would run, what is done and why the rest is not, how long it takes and how much memory."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.commands.shared import (
    Commands,
    chosen_jobs,
    device_options,
    load_plan,
    manifest_options,
    results_folder,
    say,
)
from bench.errors import Exit

if TYPE_CHECKING:
    from bench.plan import Job, Plan
    from bench.prediction import Forecasts
    from bench.store.scan import Scan


def add(commands: Commands) -> None:
    parser = commands.add_parser("plan", parents=[manifest_options(), device_options()], help="show what would run")
    parser.add_argument("--json", action="store_true", help="print the jobs as JSON")
    parser.set_defaults(command=plan)


def plan(options: argparse.Namespace, _: list[str]) -> Exit:
    from bench.machine import devices
    from bench.prediction import Forecasts
    from bench.store import Store

    places = devices.find(options.devices, options.jobs, warn=lambda text: say(f"warning: {text}"))
    found = load_plan(options, say)
    only = chosen_jobs(options, found)
    jobs = [job for job in found.jobs.values() if only is None or job.id in only]
    root = results_folder(options, found)
    scan = Store(root).look([job.id for job in jobs])
    left = [job for job in jobs if job.id not in scan.done]
    forecasts = Forecasts({}) if options.no_measure or not left else _measure(found, left, places)
    if options.json:
        print(json.dumps(_as_data(found, jobs, scan, forecasts, root, len(places)), indent=1))
    else:
        print("\n".join(_as_text(found, jobs, scan, forecasts, root)))
    return Exit.FINE


def _measure(plan: Plan, jobs: Sequence[Job], places: Sequence[Any]) -> Forecasts:
    from bench.engines.local import LocalEngine
    from bench.runner import session

    with tempfile.TemporaryDirectory(prefix="nst-bench-") as scratch:
        engine = LocalEngine(places, Path(scratch) / "worker.log")
        try:
            return session.foresee(plan, jobs, engine, say)
        finally:
            engine.close()


def _state(scan: Scan, job: Job, torn: dict[str, str]) -> tuple[str, str]:
    """How a job stands, and why it is not done where something is known of that."""
    if job.id in torn:
        return "to do", f"its result cannot be trusted: {torn[job.id]}"
    ended = scan.jobs.get(job.id)
    if ended is None:
        return "to do", ""
    return ended.status, "" if ended.status == "done" else (ended.reason or "").partition("\n")[0]


def _torn(scan: Scan) -> dict[str, str]:
    """Reasons not to trust a job's result, by its id."""
    return {foreign.path.parts[2]: foreign.reason for foreign in scan.foreign if len(foreign.path.parts) > 2}


def _as_text(plan: Plan, jobs: Sequence[Job], scan: Scan, forecasts: Forecasts, root: Path) -> Iterator[str]:
    from bench.amounts import roughly
    from bench.prediction.compare import duration
    from bench.progress import describe

    torn = _torn(scan)
    for job in jobs:
        state, reason = _state(scan, job, torn)
        told = forecasts.jobs.get(job.id)
        memory = roughly(told.peak_bytes) if told and told.peak_bytes else ""
        cost = f"  {duration(told.seconds):>10}  {memory:>7}" if told else ""
        gap = f"  {'':>10}  {'':>7}" if forecasts.jobs and not told else ""
        why = f"  ({reason or forecasts.left_out.get(job.id)})" if reason or job.id in forecasts.left_out else ""
        yield f"{job.id[:12]}  {state:<7}{cost}{gap}  {describe(plan, job)}{why}"
    left = sum(job.id not in scan.done for job in jobs)
    what = f"{len(jobs)} job" if len(jobs) == 1 else f"{len(jobs)} jobs"
    if len(jobs) < len(plan.jobs):
        what = f"{len(jobs)} of {len(plan.jobs)} jobs asked for"
    yield f"{what}: {len(jobs) - left} done, {left} to run, in {root}"


def _as_data(
    plan: Plan, jobs: Sequence[Job], scan: Scan, forecasts: Forecasts, root: Path, slots: int
) -> dict[str, Any]:
    torn = _torn(scan)
    told = []
    for job in jobs:
        state, reason = _state(scan, job, torn)
        known = forecasts.jobs.get(job.id)
        told.append(
            {
                "id": job.id,
                "done": job.id in scan.done,
                "status": state,
                "reason": reason or None,
                "predicted_seconds": known.seconds if known else None,
                "predicted_peak_bytes": known.peak_bytes if known else None,
                "parameters": dict(job.parameters),
                "inputs": {role: given.picture.model_dump() for role, given in job.inputs.items()},
            }
        )
    return {
        "name": plan.name,
        "results": str(root),
        "warnings": plan.warnings,
        "predicted_seconds": forecasts.wall(slots) if forecasts.jobs else None,
        "predicted_peak_bytes": forecasts.peak_bytes,
        "jobs": told,
    }
