"""``nst-bench status``: how a results folder stands."""

from __future__ import annotations

import argparse
from pathlib import Path

from bench.commands.shared import Commands
from bench.errors import Exit


def add(commands: Commands) -> None:
    parser = commands.add_parser("status", help="how a results folder stands")
    parser.add_argument("results", type=Path, metavar="RESULTS", help="a results folder")
    parser.add_argument("--json", action="store_true", help="print it as JSON")
    parser.set_defaults(command=status)


def status(options: argparse.Namespace, _: list[str]) -> Exit:
    from bench.store import status as look

    found = look.status(options.results)
    print(found.as_json() if options.json else look.as_text(found).rstrip("\n"))
    return Exit.FINE
