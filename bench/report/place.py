"""Where a site may go: beside the files of its results, never among them, and over nobody else's pages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.errors import BenchError
from bench.report import seen
from bench.report.files import LIST

#: Folders of a results folder that hold nothing but what runs put there; a run sets all else in ``jobs`` aside.
_OF_RUNS = frozenset({"jobs", "inputs", "runs", "plans", "tmp", "set-aside"})


def check(site: Path, folders: Sequence[Path]) -> None:
    """Whether a site of these results folders may be written there. Reads no more than it must, writes nothing.

    Raises:
        BenchError: when files of the results, or pages that somebody else made, would be in danger.
    """
    if site.exists() and not site.is_dir():
        raise BenchError(f"{site}: a file; a site needs a folder")
    place = site.resolve()
    for folder in folders:
        real = folder.resolve()
        if place == real or (place.is_relative_to(real) and place.relative_to(real).parts[0] in _OF_RUNS):
            raise BenchError(
                f"{site}: lies among the results in {folder}; choose another folder for the site, such as "
                f"{folder / 'site'}"
            )
    # A build that was killed before it had a list has left the folder for what it remembers.
    if (site / "index.html").exists() and not any((site / name).exists() for name in (LIST, seen.FOLDER)):
        raise BenchError(
            f"{site / 'index.html'}: not made by nst-bench, which would write over it; choose another folder for the "
            "site, or move that page away"
        )
