"""What several commands have in common: options, finding and planning a manifest, telling of warnings."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.plan import Plan

#: What ``add_subparsers`` returns; argparse does not export the class.
Commands = Any


def manifest_options() -> argparse.ArgumentParser:
    """The options of commands that read a manifest, as a parent parser."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("manifest", metavar="MANIFEST", help="a YAML file, or the name of one that ships")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="results folder (default: results/<name>)")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="fix a parameter for all jobs; repeatable"
    )
    return parser


def load_plan(options: argparse.Namespace) -> Plan:
    from bench.fixing import set_defaults
    from bench.manifest import find, load
    from bench.plan import make_plan

    return make_plan(set_defaults(load(find(options.manifest)), options.set), say)


def results_folder(options: argparse.Namespace, plan: Plan) -> Path:
    folder: Path = options.out or Path("results") / plan.name
    return folder


def say(text: str) -> None:
    """To people, on standard error: standard output is for what other programs read."""
    print(text, file=sys.stderr)


def say_warnings(plan: Plan) -> None:
    for warning in plan.warnings:
        say(f"warning: {warning}")


def render(results: Path) -> None:
    """The site of a results folder; prints its address."""
    from bench.report import build

    site = build(results)
    if site.problems:
        say(f"{len(site.problems)} files could not be read: {site.problems[0]} (the site names all)")
    print(site.index)
