"""``nst-bench run``: what is missing, then the site."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from bench.commands.engines import chosen_engine, engine_options
from bench.commands.live import Refresher, Watched
from bench.commands.shared import (
    Commands,
    chosen_jobs,
    device_options,
    load_plan,
    manifest_options,
    render,
    results_folder,
    say,
    silence,
)
from bench.errors import Exit

if TYPE_CHECKING:
    from bench.commands.engines import Start
    from bench.plan import Plan
    from bench.progress import Listener


def add(commands: Commands) -> None:
    parents = [manifest_options(), device_options(), engine_options()]
    parser = commands.add_parser("run", parents=parents, help="run what is missing, then render the site")
    parser.add_argument(
        "--timeout",
        type=_timeout,
        default="auto",
        metavar="SECONDS",
        help="time limit of each job; auto (default): by its prediction; none",
    )
    parser.add_argument("--retries", type=_retries, default=2, metavar="N", help="tries of a job that crashed (2)")
    parser.add_argument("--fail-fast", action="store_true", help="start nothing new once a job has failed")
    parser.add_argument("--retry-failed", action="store_true", help="run only jobs that ended before, but not done")
    parser.add_argument(
        "--pack",
        type=_pack,
        default=1,
        metavar="N",
        help="make up to N jobs of one size and recipe together; auto: as many as pays and fits",
    )
    parser.add_argument(
        "--graphs",
        choices=("auto", "never"),
        default="never",
        help="replay steps on GPUs from CUDA graphs: never (default); auto: where nothing waits for the device",
    )
    site = parser.add_mutually_exclusive_group()
    site.add_argument("--site", action="store_true", help="render the site as jobs end, too, not only after the last")
    site.add_argument("--no-site", action="store_true", help="do not render the site")
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--quiet", action="store_true", help="say only how it ended, and errors")
    shown.add_argument("--json", action="store_true", help="print events as JSON, one a line")
    parser.set_defaults(command=run)


def run(options: argparse.Namespace, given: list[str]) -> Exit:
    tell = silence if options.quiet else say
    with chosen_engine(options, tell) as start:
        return _run(options, given, start, tell)


def _run(options: argparse.Namespace, given: list[str], start: Start, tell: Callable[[str], None]) -> Exit:
    from bench.runner import session
    from bench.store import Store
    from bench.store.files import end_threads

    plan = load_plan(options, tell)
    choices = session.Choices(
        command=["nst-bench", *given],
        only=chosen_jobs(options, plan),
        retry_failed=options.retry_failed,
        fail_fast=options.fail_fast,
        retries=options.retries,
        timeout=options.timeout,
        measure=not options.no_measure,
        pack=options.pack,
    )
    store = Store(results_folder(options, plan))
    store.acquire(choices.command)
    try:
        engine = start(store.root / "worker.log")
        if options.site:
            tell(f"the site follows as jobs end, reload it for more: {store.root / 'site' / 'index.html'}")

        def show(predicted: Mapping[str, float]) -> Listener:
            listener = _listener(options, plan, predicted)
            return Watched(listener, Refresher(store.root, say)) if options.site else listener

        summary = session.carry_out(plan, store, engine, choices, show, tell).summary
        say(f"{summary.sentence('records' if options.no_site else 'site')}. Results: {store.root}")
        if not options.no_site:
            end_threads()  # so that pages are made on all processors
            render([store.root], say if options.json else print)
        return summary.exit_code
    finally:
        store.release()


def _listener(options: argparse.Namespace, plan: Plan, predicted: Mapping[str, float]) -> Listener:
    from bench.progress import Bars, JsonEvents, Lines, Quiet

    if options.json:
        return JsonEvents(plan, predicted=predicted)
    if options.quiet:
        return Quiet()
    return Bars(plan, predicted=predicted) if sys.stderr.isatty() else Lines(plan, predicted=predicted)


def _timeout(text: str) -> float | str | None:
    if text in ("auto", "none"):
        return None if text == "none" else text
    with suppress(ValueError):
        if 0 < (seconds := float(text)) < float("inf"):
            return seconds
    raise argparse.ArgumentTypeError(f"{text!r}: expected seconds above 0, auto or none")


def _pack(text: str) -> int | str:
    if text == "auto":
        return text
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 1024:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r}: expected a whole number from 1 to 1024, or auto")


def _retries(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) <= 100:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r}: expected a whole number from 0 to 100")
