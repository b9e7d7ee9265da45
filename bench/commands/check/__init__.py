"""``nst-bench check``: the regression gate. A check is a module here with ``add``, listed in :data:`CHECKS`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from types import ModuleType

from bench.commands.check import calibrate, compare, exact, history, micro, record
from bench.commands.check.options import interruptible
from bench.commands.shared import Commands
from bench.errors import Exit

CHECKS: tuple[ModuleType, ...] = (exact, compare, record, calibrate, micro, history)


def add(commands: Commands) -> None:
    parser = commands.add_parser("check", help="the regression gate: has anything become slower?")
    checks = parser.add_subparsers(metavar="CHECK", required=True)
    for check in CHECKS:
        check.add(checks)
    for parser in checks.choices.values():
        parser.set_defaults(command=partial(_no_pass, parser.get_default("command")))


def _no_pass(run: Callable[..., Exit], options: argparse.Namespace, given: list[str]) -> Exit:
    """Run a check; one that is interrupted before there is anything to write down says no more than one behind it."""
    from bench.check.refusal import RefusedError

    with interruptible():
        try:
            return run(options, given)
        except KeyboardInterrupt:
            raise RefusedError("interrupted: nothing was decided") from None
