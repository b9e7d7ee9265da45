"""``nst-bench report``: the site again, from the records alone."""

from __future__ import annotations

import argparse
from pathlib import Path

from bench.commands.shared import Commands, render
from bench.errors import Exit


def add(commands: Commands) -> None:
    parser = commands.add_parser("report", help="render the site of a results folder again")
    parser.add_argument("results", type=Path, metavar="RESULTS", help="a results folder")
    parser.set_defaults(command=report)


def report(options: argparse.Namespace, _: list[str]) -> Exit:
    render(options.results)
    return Exit.FINE
