"""``nst-bench check``: the regression gate. A check is a module here with ``add``, listed in :data:`CHECKS`."""

from __future__ import annotations

from types import ModuleType

from bench.commands.check import calibrate, compare, exact, history, micro, record
from bench.commands.shared import Commands

CHECKS: tuple[ModuleType, ...] = (exact, compare, record, calibrate, micro, history)


def add(commands: Commands) -> None:
    parser = commands.add_parser("check", help="the regression gate: has anything become slower?")
    checks = parser.add_subparsers(metavar="CHECK", required=True)
    for check in CHECKS:
        check.add(checks)
