"""``nst-bench run``: what is missing, then the site."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bench.commands.shared import Commands, load_plan, manifest_options, render, results_folder, say, say_warnings
from bench.errors import BenchError, Exit

if TYPE_CHECKING:
    from bench.plan import Plan
    from bench.progress import Bars, Lines
    from bench.runner import Summary
    from bench.store import Store


def add(commands: Commands) -> None:
    parser = commands.add_parser("run", parents=[manifest_options()], help="run what is missing, then render the site")
    parser.add_argument("--device", default="auto", metavar="DEVICE", help="auto (default), cpu, cuda or cuda:<n>")
    parser.add_argument("--no-site", action="store_true", help="do not render the site")
    parser.set_defaults(command=run)


def run(options: argparse.Namespace, given: list[str]) -> Exit:
    from bench import planned, runner
    from bench.engines.local import LocalEngine
    from bench.store import Store

    _check_device(options.device)
    plan = load_plan(options)
    store = Store(results_folder(options, plan))
    store.acquire()
    try:
        say_warnings(plan)
        planned.store_plan(plan, store, ["nst-bench", *given])
        listener = _listener(plan)
        interrupt = runner.Interrupt()
        engine = LocalEngine(options.device, store.root / "worker.log")
        try:
            with interrupt.on_signals():
                summary = runner.run(plan, store, engine, listener, interrupt)
        finally:
            listener.stop()
        _measure_repeats(plan, store)
        _say_summary(summary, store.root, "records" if options.no_site else "site")
        if not options.no_site:
            render(store.root)
        return summary.exit_code
    finally:
        store.release()


def _check_device(device: str) -> None:
    """Refuse a device that is no device, or that this machine lacks, before anything is written."""
    if device in ("auto", "cpu"):
        return
    import re

    if not re.fullmatch(r"cuda(:[0-9]{1,3})?", device):
        raise BenchError(f"--device {device}: expected auto, cpu, cuda or cuda:<n>")
    import torch

    found = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if int(device.partition(":")[2] or 0) >= found:
        devices = f"CUDA devices 0 to {found - 1}" if found else "no CUDA device that torch can use"
        raise BenchError(f"--device {device}: this machine has {devices}; expected auto or cpu")


def _listener(plan: Plan) -> Bars | Lines:
    from bench.progress import Bars, Lines

    return Bars(plan) if sys.stderr.isatty() else Lines(plan)


def _say_summary(summary: Summary, root: Path, where: str) -> None:
    done = summary.skipped + len(summary.ended) - len(summary.failed)
    text = f"{done} of {summary.total} jobs done"
    if summary.failed:
        text += f", {len(summary.failed)} failed: the {where} say{'s' if where == 'site' else ''} why"
    if summary.interrupted:
        text += "; interrupted: run the same command again to go on"
    say(f"{text}. Results: {root}")


def _measure_repeats(plan: Plan, store: Store) -> None:
    from bench import repeats

    if len({job.parameters["seed"] for job in plan.jobs.values()}) < 2:
        return  # no record need be read again
    found = [record for id in plan.jobs if (record := store.record(id))]
    repeats.measure(store.root, found, {record.id: store.folder(record.id) for record in found})
