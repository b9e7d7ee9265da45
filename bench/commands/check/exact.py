"""``nst-bench check exact``: counters that do not depend on how fast or how busy a machine is."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from bench.commands.shared import Commands, chosen_jobs, load_plan, say
from bench.errors import Exit

if TYPE_CHECKING:
    from bench.check.exact.counted import Gathered
    from bench.machine.devices import Slot
    from bench.plan import Plan

BASELINE = Path("results", "baselines", "exact.yml")


def add(commands: Commands) -> None:
    from bench.check import outputs

    parser = commands.add_parser(
        "exact", parents=[outputs.output_options()], help="counters that are the same on every machine"
    )
    parser.add_argument("manifest", metavar="MANIFEST", help="a YAML file, or the name of one that ships")
    parser.add_argument(
        "--baseline", type=Path, default=BASELINE, metavar="FILE", help=f"what is expected (default: {BASELINE})"
    )
    parser.add_argument("--update", action="store_true", help="write what was counted into the baseline")
    parser.add_argument(
        "--only", action="append", default=[], metavar="GLOB", help="only jobs that match a pattern; repeatable"
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="fix a parameter for all jobs; repeatable"
    )
    parser.add_argument(
        "--devices", default="auto", metavar="DEVICE", help="auto (default), cpu or cuda:<n>; of several the first"
    )
    parser.set_defaults(command=run)


def run(options: argparse.Namespace, given: list[str]) -> Exit:
    from bench.check import outputs
    from bench.check.exact import baseline, checking
    from bench.check.exact.report import report
    from bench.machine import devices

    place = devices.find(options.devices)[0]
    plan = load_plan(options, say)
    only = chosen_jobs(options, plan)
    before = baseline.read(options.baseline)  # what is wrong in it is worth knowing before anything is counted
    folder = options.out or Path("results", "check", f"exact-{plan.name}")
    command = ["nst-bench", *given]
    asked = checking.Asked(plan, command, place.device.partition(":")[0], options.baseline, folder, only is None)
    done = checking.check(asked, before, lambda: _gather(plan, only, place, command), update=options.update)
    step = (
        "" if options.update or not done.replacement else f"{shlex.join([*command, '--update'])} accepts these figures"
    )
    return outputs.publish(report(done, step), done, folder, as_json=options.json)


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
