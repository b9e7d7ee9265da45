"""``nst-bench merge``: several results folders as one, on disk."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from bench.commands.shared import Commands, say
from bench.errors import Exit

if TYPE_CHECKING:
    from bench.store.merge import Merged


def add(commands: Commands) -> None:
    parser = commands.add_parser("merge", help="put the results of several folders, such as shards, into one")
    parser.add_argument("results", nargs="+", type=Path, metavar="RESULTS", help="a results folder")
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FOLDER",
        help="where it all goes: a new folder, or one with results",
    )
    parser.set_defaults(command=merge)


def merge(options: argparse.Namespace, given: list[str]) -> Exit:
    from bench import repeats
    from bench.merging import names
    from bench.runner.recording import writing
    from bench.store import Store, merge
    from bench.store.planned import read_plans

    names([*options.results, options.out])  # which refuses a folder that is given twice
    for folder in options.results:
        read_plans(folder)  # before anything is made
    store = Store(options.out)
    store.acquire(["nst-bench", *given])
    try:
        with writing(store):
            merged = merge.merge(options.results, store)
            repeats.renew(read_plans(store.root).current.jobs, store)
    finally:
        store.release()
    for problem in merged.problems:
        say(f"warning: {problem}")
    for conflict in merged.conflicts:
        say(f"conflict: {conflict}")
    print(_sentence(merged, options.out))
    return Exit.FINE


def _sentence(merged: Merged, out: Path) -> str:
    """``12 jobs taken, 3 were there already, 1 conflict: nothing was lost, ...``."""
    jobs = "job" if merged.taken == 1 else "jobs"
    text = f"{merged.taken:,} {jobs} taken"
    if merged.replaced:
        text += f", {merged.replaced:,} of them in place of one that was not done and is set aside now"
    if merged.there:
        text += f", {merged.there:,} there already"
    if merged.conflicts:
        several = "conflict" if len(merged.conflicts) == 1 else "conflicts"
        text += f", {len(merged.conflicts):,} {several}, named above; what was not taken lies where it was"
    return f"{text}. Results: {out}; `nst-bench report {out}` makes the site"
