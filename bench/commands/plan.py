"""``nst-bench plan``: what would run, and what is done."""

from __future__ import annotations

import argparse
import json

from bench.commands.shared import Commands, load_plan, manifest_options, results_folder, say_warnings
from bench.errors import Exit


def add(commands: Commands) -> None:
    parser = commands.add_parser("plan", parents=[manifest_options()], help="show what would run")
    parser.add_argument("--json", action="store_true", help="print the jobs as JSON")
    parser.set_defaults(command=plan)


def plan(options: argparse.Namespace, _: list[str]) -> Exit:
    from bench.store import Store

    found = load_plan(options)
    say_warnings(found)
    store = Store(results_folder(options, found))
    done = store.finished(found.jobs)
    if options.json:
        jobs = [
            {
                "id": job.id,
                "done": job.id in done,
                "parameters": dict(job.parameters),
                "inputs": {role: given.picture.model_dump() for role, given in job.inputs.items()},
            }
            for job in found.jobs.values()
        ]
        told = {"name": found.name, "results": str(store.root), "warnings": found.warnings, "jobs": jobs}
        print(json.dumps(told, indent=1))
        return Exit.FINE
    from bench.progress import describe

    for job in found.jobs.values():
        print(f"{job.id[:12]}  {'done' if job.id in done else 'to do'}  {describe(found, job)}")
    print(f"{len(found.jobs)} jobs, {len(done)} done, {len(found.jobs) - len(done)} to run, in {store.root}")
    return Exit.FINE
