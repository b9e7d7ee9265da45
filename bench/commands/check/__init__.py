"""``nst-bench check``: the regression gate. A check is a module here with ``add``, listed in :data:`CHECKS`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType

from bench.commands.check import calibrate, compare, exact, history, micro, record
from bench.commands.shared import Commands, say
from bench.errors import Exit

CHECKS: tuple[ModuleType, ...] = (exact, compare, record, calibrate, micro, history)


def add(commands: Commands) -> None:
    parser = commands.add_parser("check", help="the regression gate: has anything become slower?")
    checks = parser.add_subparsers(metavar="CHECK", required=True)
    for check in CHECKS:
        check.add(checks)
    for name, parser in checks.choices.items():
        parser.set_defaults(command=partial(_no_pass, name, parser.get_default("command")))


def _no_pass(check: str, run: Callable[..., Exit], options: argparse.Namespace, given: list[str]) -> Exit:
    """Run a check; of one that cannot be made, or is interrupted before anything is written, the reason is left."""
    from bench.check.interrupting import interruptible
    from bench.check.refusal import RefusedError

    with interruptible():
        try:
            return run(options, given)
        except RefusedError as error:
            reason = str(error)
        except KeyboardInterrupt:
            reason = "interrupted: nothing was decided"
    return _refuse(check, reason, options, given)


def _refuse(check: str, reason: str, options: argparse.Namespace, given: list[str]) -> Exit:
    from datetime import UTC, datetime

    from bench.check.model import Refusal, Verdict
    from bench.check.outputs import output_folder, publish
    from bench.check.pages import render_report
    from bench.check.shown import Report
    from bench.store.files import utc

    if not getattr(options, "publishes", False):  # it leaves no files of a check
        say(reason)
        return Exit.INCONCLUSIVE
    name = Path(getattr(options, "manifest", "")).stem
    title = f"{check} {name}".strip()
    report = Report(title, Verdict.INCONCLUSIVE, f"it cannot pass: {reason}", (), (), reasons=(reason,))
    data = Refusal(check=check, command=["nst-bench", *given], at=utc(datetime.now(UTC)), reasons=[reason])
    folder = options.folder or output_folder(options, f"{check}-{name}")
    return publish(report, data, folder, as_json=options.json, page=render_report(report))
