"""``nst-bench check pytest-benchmark``: the rule of the gate for benchmarks that pytest-benchmark ran."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from bench.check.outputs import output_folder, output_options, publish
from bench.commands.check.options import limit_options, limits
from bench.commands.shared import Commands
from bench.errors import BenchError, Exit

if TYPE_CHECKING:
    from bench.check.micro.suite import Run, Suite
    from bench.check.model import Limits


def add(commands: Commands) -> None:
    parents = [limit_options(), output_options()]
    parser = commands.add_parser("pytest-benchmark", parents=parents, help="two runs of a suite of micro-benchmarks")
    what = "a file of pytest --benchmark-json, or a folder of such files, one for each run"
    parser.add_argument("base", type=Path, metavar="BASE", help=what)
    parser.add_argument("head", type=Path, metavar="HEAD", help="the same")
    parser.add_argument(
        "--allow-different-machine", action="store_true", help="compare across machines, for information only"
    )
    parser.set_defaults(command=run)


def run(options: argparse.Namespace, given: list[str]) -> Exit:
    from bench.check.micro import compare as micro
    from bench.check.pages import render
    from bench.check.told import told

    if options.base.is_dir() is not options.head.is_dir() and options.base.exists() and options.head.exists():
        raise BenchError(f"{options.base} and {options.head}: expected two files or two folders")
    base, head = read(options.base, "base"), read(options.head, "head")
    found = micro.compare(
        base,
        head,
        _limits(options, base, head),
        command=["nst-bench", *given],
        now=datetime.now(UTC),
        allow_different_machine=options.allow_different_machine,
    )
    folder = output_folder(options, f"pytest-benchmark-{found.title}")
    report = told(found)
    return publish(report, found, folder, as_json=options.json, page=render(found, report))


def read(path: Path, role: Literal["base", "head"]) -> Suite:
    """A side from disk; what is missing or empty is told by its ``reason``.

    Raises:
        BenchError: where a file holds something else.
    """
    from bench.check.micro.suite import Suite

    folder = path.is_dir()
    files = sorted(path.glob("*.json")) if folder else [path]
    if not path.exists():
        return Suite(role, str(path), (), reason=f"{path}: no such file or folder")
    if not files:
        return Suite(role, str(path), (), folder, f"{path} holds no *.json")
    empty = next((file for file in files if not file.read_bytes().strip()), None)
    if empty is not None:  # pytest-benchmark leaves one behind where nothing could be measured
        return Suite(role, str(path), (), folder, f"{empty} is empty: nothing was measured")
    return Suite(role, str(path), tuple(map(_read, files)), folder)


def _read(file: Path) -> Run:
    from pydantic import ValidationError

    from bench.check.micro.suite import Content, Run

    try:
        return Run(str(file), Content.model_validate(json.loads(file.read_bytes())))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        said = first["msg"].removeprefix("Value error, ")
        what = f"{where}: {said}" if where else said
        raise BenchError(f"{file} is not what pytest --benchmark-json writes: {what}") from error
    except (ValueError, RecursionError) as error:
        raise BenchError(f"{file} is not JSON: {error}") from error


def _limits(options: argparse.Namespace, base: Suite, head: Suite) -> Limits:
    """What the files say stands in for what the options do not: the timer's resolution, the runs in a folder."""
    otherwise: dict[str, float] = {"floor": 3 * resolution(_timers((*base.runs, *head.runs)))}
    if base.folder:
        otherwise["pairs"] = max(1, len(base.runs))
    return limits(options, otherwise)


def _timers(runs: Iterable[Run]) -> set[str]:
    return {str(one.options.get("timer")) for run in runs for one in run.content.benchmarks}


def resolution(timers: Iterable[str]) -> float:
    """Seconds, of the coarsest of Python's clocks among them, as this machine has them; of others nothing is known.

    Args:
        timers: names such as ``perf_counter``.
    """
    known = [time.get_clock_info("perf_counter").resolution]
    for name in timers:
        with suppress(ValueError):
            known.append(time.get_clock_info(name).resolution)  # type: ignore[arg-type]
    return max(known)
