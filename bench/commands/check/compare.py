"""``nst-bench check compare``: are jobs slower than with other code, in another environment, or than they were?"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from bench.check.outputs import output_options, publish
from bench.commands.check.options import asked, check_slowdown, job_options, limit_options, measure_options
from bench.commands.shared import Commands, say
from bench.errors import BenchError, Exit

if TYPE_CHECKING:
    from bench.check.model import Comparison

#: How much slower a self-test makes the head, unless told otherwise.
SLOWDOWN = 1.25


def add(commands: Commands) -> None:
    parents = [job_options(), limit_options(), measure_options(), output_options()]
    parser = commands.add_parser("compare", parents=parents, help="paired times of two sides")
    base = parser.add_mutually_exclusive_group(required=True)
    base.add_argument("--base", metavar="SIDE", help="REF, PYTHON or REF@PYTHON: a commit, an interpreter, or both")
    base.add_argument("--baseline", type=Path, metavar="FILE", help="times of check record, of this machine")
    base.add_argument(
        "--self-test",
        type=float,
        nargs="?",
        const=SLOWDOWN,
        metavar="FACTOR",
        help=f"this code against itself, slowed down ({SLOWDOWN:g}): is it seen?",
    )
    parser.add_argument("--head", metavar="SIDE", help="likewise (default: this code under this interpreter)")
    parser.add_argument(
        "--allow-different-machine", action="store_true", help="compare with another's baseline, for information"
    )
    parser.add_argument("--calibration", type=Path, metavar="FILE", help="of check calibrate (default: this machine's)")
    parser.set_defaults(command=run)


def run(options: argparse.Namespace, given: list[str]) -> Exit:
    from bench.check.pages import render
    from bench.check.paired.tested import tested
    from bench.check.told import told

    _refuse_contradictions(options)
    found, folder = _against_baseline(options, given) if options.baseline else _against_side(options, given)
    report = tested(told(found), options.self_test) if options.self_test else told(found)
    return publish(report, found, folder, as_json=options.json, page=render(found, report))


def _refuse_contradictions(options: argparse.Namespace) -> None:
    check_slowdown("--self-test", options.self_test)
    if options.self_test and options.head:
        raise BenchError("--self-test: this code is compared with itself: --head has no place beside it")
    if options.allow_different_machine and not options.baseline:
        raise BenchError("--allow-different-machine: both sides run on this machine; it goes with --baseline")
    if options.calibration and options.baseline:
        raise BenchError("--calibration: it tells of pairs, and times of then and now are none")


def _against_side(options: argparse.Namespace, given: list[str]) -> tuple[Comparison, Path]:
    """What was found, and the folder for it."""
    from bench.check.calibrated.calibration import held_against, home, load
    from bench.check.paired.session import ready
    from bench.inputs.downloads import cache_folder
    from bench.machine.fingerprint import fingerprint

    known = load(options.calibration) if options.calibration else None
    if options.calibration and known is None:
        raise BenchError(f"{options.calibration}: no calibration that can be read: nst-bench check calibrate makes one")
    wanted = asked(options, given, say, "compare")
    with ready(wanted, {"base": options.base, "head": options.head}, say, slowdown=options.self_test) as sides:
        found = sides.compare(say)
    mark = fingerprint(found.sides[-1].environment)
    return held_against(found, known or load(home(cache_folder(), found.title, mark)), mark), wanted.folder


def _against_baseline(options: argparse.Namespace, given: list[str]) -> tuple[Comparison, Path]:
    from bench.check.paired.session import ready
    from bench.check.stored import baseline as stored

    baseline = stored.read(options.baseline)
    then = {"pairs": baseline.limits.pairs, "rounds": baseline.limits.rounds}
    wanted = asked(options, given, say, "compare", otherwise=then)
    with ready(wanted, {"head": options.head}, say) as sides:
        found = sides.against(baseline, options.baseline, say, allowed=options.allow_different_machine)
    return found, wanted.folder
