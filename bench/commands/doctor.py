"""``nst-bench doctor``: what works on this machine, and what is missing."""

from __future__ import annotations

import argparse
from pathlib import Path

from bench.commands.shared import Commands
from bench.errors import Exit


def add(commands: Commands) -> None:
    parser = commands.add_parser("doctor", help="what works on this machine and what is missing")
    parser.add_argument("--out", type=Path, default=Path("results"), metavar="FOLDER", help="results folder to look at")
    parser.add_argument("--json", action="store_true", help="print it as JSON")
    parser.set_defaults(command=doctor)


def doctor(options: argparse.Namespace, _: list[str]) -> Exit:
    from bench.machine.doctor import examine

    report = examine(options.out)
    print(report.model_dump_json(indent=1) if options.json else report.text)
    return report.exit_code
