"""``nst-bench clean``: remove what no manifest claims."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bench.commands.shared import Commands, say
from bench.errors import Exit


def add(commands: Commands) -> None:
    parser = commands.add_parser("clean", help="remove what no manifest claims; asks first")
    parser.add_argument("results", type=Path, metavar="RESULTS", help="a results folder")
    parser.add_argument("manifests", nargs="*", metavar="MANIFEST", help="manifests that claim their jobs too")
    parser.add_argument("--dry-run", action="store_true", help="only list what would go")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.set_defaults(command=clean)


def clean(options: argparse.Namespace, _: list[str]) -> Exit:
    from bench.manifest import find, load
    from bench.plan import make_plan
    from bench.store import clean as cleaning

    claimed = {id for name in options.manifests for id in make_plan(load(find(name)), say).jobs}
    cleaning.clean(
        options.results,
        claimed=claimed,
        dry_run=options.dry_run,
        yes=options.yes,
        ask=_ask if sys.stdin.isatty() else None,
    )
    return Exit.FINE


def _ask(question: str) -> bool:
    say(f"{question} [y/N]")
    return sys.stdin.readline().strip().lower() in ("y", "yes")
