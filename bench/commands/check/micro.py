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

from bench.check.outputs import output_options
from bench.commands.shared import Commands
from bench.errors import BenchError, Exit

if TYPE_CHECKING:
    from bench.check.model import Limits
    from bench.check.suite import Run, Suite


def add(commands: Commands) -> None:
    parser = commands.add_parser(
        "pytest-benchmark", parents=[output_options()], help="two runs of a suite under pytest-benchmark"
    )
    what = "a file of pytest --benchmark-json, or a folder of such files, one for each run"
    parser.add_argument("base", type=Path, metavar="BASE", help=what)
    parser.add_argument("head", type=Path, metavar="HEAD", help="the same")
    parser.add_argument(
        "--pairs", type=int, metavar="N", help="blocks that rounds are cut into (16); of folders, runs in each"
    )
    parser.add_argument("--delta", type=float, metavar="SHARE", help="difference that matters (0.1: 10 %% slower)")
    parser.add_argument("--alpha", type=float, metavar="LEVEL", help="how often a bound may be wrong (0.0125)")
    parser.add_argument(
        "--floor",
        type=float,
        metavar="SECONDS",
        help="difference that does not matter, however large its share (three times the timer's resolution)",
    )
    parser.add_argument(
        "--allow-different-machine", action="store_true", help="compare across machines, for information only"
    )
    parser.set_defaults(command=run)


def run(options: argparse.Namespace, given: list[str]) -> Exit:
    from bench.check import micro
    from bench.check.outputs import HOME, publish
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
    return publish(told(found), found, options.out or HOME / found.title, as_json=options.json)


def read(path: Path, role: Literal["base", "head"]) -> Suite:
    """A side from disk; what is missing or empty is told by its ``reason``.

    Raises:
        BenchError: where a file holds something else.
    """
    from bench.check.suite import Suite

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

    from bench.check.suite import Content, Run

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
    from pydantic import ValidationError

    from bench.check.model import Limits

    given = {name: getattr(options, name) for name in ("alpha", "delta", "floor", "pairs")}
    chosen = {name: value for name, value in given.items() if value is not None}
    runs = (*base.runs, *head.runs)
    chosen.setdefault("floor", 3 * resolution(_timers(runs)))
    if base.folder:
        chosen.setdefault("pairs", max(1, len(base.runs)))
    try:
        return Limits(**chosen)
    except ValidationError as error:
        first = error.errors()[0]
        raise BenchError(f"--{first['loc'][0]} {first['input']}: {first['msg'].lower()}") from error


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
