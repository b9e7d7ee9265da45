"""What several commands have in common: options, finding and planning a manifest, saying things to people."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.plan import Plan
    from bench.report.pictures import Originals
    from bench.results import Results

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
    parser.add_argument(
        "--only", action="append", default=[], metavar="GLOB", help="only jobs that match a pattern; repeatable"
    )
    parser.add_argument(
        "--shard", type=_shard, metavar="I/N", help="only part I of N; each into a folder of its own, then merge"
    )
    return parser


def device_options() -> argparse.ArgumentParser:
    """The options of commands that start workers."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument(
        "--devices", default="auto", metavar="DEVICES", help="auto (default), cpu, cuda, or several: cuda:0,cuda:2"
    )
    parser.add_argument("--jobs", type=int, metavar="N", help="jobs at a time on each device (1)")
    parser.add_argument("--no-measure", action="store_true", help="predict nothing, and do not watch for disturbances")
    return parser


def load_plan(options: argparse.Namespace, tell: Callable[[str], None]) -> Plan:
    """The plan of the manifest that was named; its warnings go to ``tell``."""
    from bench.manifest import find, load
    from bench.manifest.fixing import set_defaults
    from bench.plan import make_plan

    plan = make_plan(set_defaults(load(find(options.manifest)), options.set), tell)
    for warning in plan.warnings:
        tell(f"warning: {warning}")
    return plan


def chosen_jobs(options: argparse.Namespace, plan: Plan) -> frozenset[str] | None:
    """Ids of the jobs that ``--only`` and, where a command has it, ``--shard`` ask for; None for all."""
    from bench.plan.selection import select

    part = getattr(options, "shard", None)
    if not options.only and part is None:
        return None
    return frozenset(id for id in select(plan, options.only) if part is None or part.holds(id))


def results_folder(options: argparse.Namespace, plan: Plan) -> Path:
    """Where results go; parts of a plan run side by side, so that each has its own folder."""
    part = f"-{options.shard.number}-of-{options.shard.of}" if options.shard else ""
    folder: Path = options.out or Path("results") / f"{plan.name}{part}"
    return folder


def _shard(text: str) -> Any:
    from bench.plan.selection import shard

    try:
        return shard(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def say(text: str) -> None:
    """To people, on standard error: standard output is for what other programs read.

    A terminal that was closed, or a full disk behind it, must not end a run; and what somebody named a file or a test
    must not move its cursor.
    """
    from bench.store.files import shown

    with suppress(OSError):
        print("\n".join(map(shown, text.split("\n"))), file=sys.stderr, flush=True)


def silence(text: str) -> None:
    """Says nothing."""


def read(folders: Sequence[Path]) -> Results:
    """What results folders say; of several, as if they were one. What of them is not in it is told."""
    from bench.merging import load

    found = load(folders)
    tell_of_others(folders)
    return found


def tell_of_others(folders: Sequence[Path]) -> None:
    """Say which jobs lie in results folders that belong to other manifests than those that ran there last: what is
    read and rendered are the jobs of one manifest a folder."""
    from bench.store.planned import FOLDER, read_plans

    for folder in folders:
        if not (folder / FOLDER).is_dir():
            continue
        plans = read_plans(folder)
        for plan in plans.earlier:
            if left := len(plan.jobs.keys() - plans.current.jobs.keys()):
                jobs = "1 job" if left == 1 else f"{left:,} jobs"
                say(
                    f"warning: {folder}: without {jobs} of the manifest {plan.name}, which ran here before "
                    f"{plans.current.name}; to have those: nst-bench run {plan.manifest_path} --out {folder}"
                )


def render(
    folders: Sequence[Path],
    address: Callable[[str], None] = print,
    *,
    site: Path | None = None,
    originals: Originals = "copy",
    templates: Path | None = None,
) -> Path:
    """The site of results folders; the address of its first page goes to ``address``, and comes back.

    Args:
        site: where it goes; of one folder, beside its results unless said otherwise.
        originals: what becomes of the lossless pictures.
        templates: the user's own.
    """
    from bench.report import build

    built = build(folders, site=site, originals=originals, templates=templates)
    if built.problems:
        first, *others = built.problems
        more = f"; and {len(others)} more, all named on the site" if others else ""
        say(f"warning: run {first}{more}")
    address(str(built.index))
    return built.index
