"""``nst-bench check exact``: counters that do not depend on how fast or how busy a machine is."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from bench.check.outputs import output_folder, output_options, publish
from bench.commands.check.options import device, job_options
from bench.commands.shared import Commands, chosen_jobs, load_plan, say
from bench.errors import Exit

if TYPE_CHECKING:
    from bench.check.exact.counted import Gathered
    from bench.machine.devices import Slot
    from bench.plan import Plan

BASELINE = Path("results", "baselines", "exact.yml")


def add(commands: Commands) -> None:
    parents = [job_options(), output_options()]
    parser = commands.add_parser("exact", parents=parents, help="counters that are the same on every machine")
    parser.add_argument(
        "--baseline", type=Path, default=BASELINE, metavar="FILE", help=f"what is expected (default: {BASELINE})"
    )
    parser.add_argument("--update", action="store_true", help="write what was counted into the baseline")
    parser.set_defaults(command=run)


def run(options: argparse.Namespace, given: list[str]) -> Exit:
    from bench.check.exact import baseline, checking
    from bench.check.exact.report import report
    from bench.check.pages import render_report

    place = device(options.devices, say)
    plan = load_plan(options, say)
    only = chosen_jobs(options, plan)
    before = baseline.read(options.baseline)  # what is wrong in it is worth knowing before anything is counted
    folder = output_folder(options, f"exact-{plan.name}")
    command = ["nst-bench", *given]
    asked = checking.Asked(plan, command, place.device.partition(":")[0], options.baseline, folder, only is None)
    done = checking.check(asked, before, lambda: _gather(plan, only, place, command), update=options.update)
    step = (
        "" if options.update or not done.replacement else f"{shlex.join([*command, '--update'])} accepts these figures"
    )
    shown = report(done, step)
    return publish(shown, done, folder, as_json=options.json, page=render_report(shown))


def _gather(plan: Plan, only: frozenset[str] | None, place: Slot, command: list[str]) -> Gathered:
    import tempfile

    from bench.check.exact.gathering import gather
    from bench.engines.local import LocalEngine
    from bench.store import Store

    count = len(plan.jobs) if only is None else len(only)
    say(f"counting {count} job{'' if count == 1 else 's'} on {place.name}")
    with tempfile.TemporaryDirectory(prefix="nst-bench-") as scratch:
        store = Store(Path(scratch) / "results")
        store.acquire(command)
        try:
            return gather(plan, only, store, LocalEngine([place], store.root / "worker.log"), command, say)
        finally:
            store.release()
