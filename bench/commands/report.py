"""``nst-bench report``: the site again, from the records alone."""

from __future__ import annotations

import argparse
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from bench.commands.shared import Commands, render, say, tell_of_others
from bench.errors import BenchError, Exit

#: Characters of the folders' names that go into the name of a folder for several.
_NAMED = 48


def add(commands: Commands) -> None:
    parser = commands.add_parser("report", help="render the site of one or more results folders again")
    parser.add_argument("results", type=Path, nargs="+", metavar="RESULTS", help="results folders; several become one")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where the site goes (default: RESULTS/site)")
    parser.add_argument(
        "--originals",
        choices=("copy", "link", "none"),
        default="copy",
        help="lossless pictures: copied into the site (default), linked where they lie, or left out",
    )
    parser.add_argument("--templates", type=Path, metavar="DIR", help="templates of your own, over those that ship")
    parser.add_argument("--open", action="store_true", help="open it in a browser")
    parser.add_argument(
        "--single-file",
        type=_runs,
        metavar="RUN[,RUN...]",
        help="one file of one run, or of a comparison, instead of the site",
    )
    parser.set_defaults(command=report)


def report(options: argparse.Namespace, _: list[str]) -> Exit:
    folders: list[Path] = options.results
    refuse_twice(folders)
    if options.single_file:
        from bench.commands.shared import read
        from bench.report.single import write

        page = write(read(folders), options.single_file, out=options.out, templates=options.templates)
        print(page)
    else:
        site = options.out or (site_of(folders) if len(folders) > 1 else None)
        page = render(folders, site=site, originals=options.originals, templates=options.templates)
        tell_of_others(folders)
    if options.open:
        open_page(page)
    return Exit.FINE


def refuse_twice(folders: Sequence[Path]) -> None:
    """Raises BenchError when two of them are the same folder."""
    seen: dict[Path, Path] = {}
    for folder in folders:
        real = folder.resolve()
        if real in seen:
            raise BenchError(f"{folder}: named twice (as {seen[real]}): each results folder counts once")
        seen[real] = folder


def site_of(folders: Sequence[Path]) -> Path:
    """Where the site of several results folders goes: ``results/a+b/site`` for ``results/a`` and ``results/b``."""
    real = [folder.resolve() for folder in folders]
    try:
        parent = Path(os.path.commonpath([folder.parent for folder in real]))
    except ValueError:  # on two drives
        parent = real[0].parent
    name = "+".join(folder.name for folder in real)
    if len(name) > _NAMED:
        whole = hashlib.sha256("\0".join(map(str, real)).encode("utf-8", "replace")).hexdigest()
        name = f"{name[:_NAMED].rstrip('+')}-{whole[:6]}"
    place = parent / name / "site"
    here = Path.cwd()
    return place.relative_to(here) if place.is_relative_to(here) else place


def open_page(page: Path) -> None:
    """In a browser, if there is one; it never fails. The address is said in any case."""
    import webbrowser

    address = page.resolve().as_uri()
    try:
        opened = webbrowser.open(address)
    except (webbrowser.Error, OSError):
        opened = False
    say(f"opened {address}" if opened else f"no browser could be opened here; the address is {address}")


def _runs(text: str) -> list[str]:
    runs = [part.strip() for part in text.split(",")]
    if all(runs):
        return runs
    raise argparse.ArgumentTypeError(f"{text!r}: expected ids of runs, with commas between: 3f9a,b07c")
