"""``nst-bench check calibrate``: this code against itself. What can this machine tell apart?"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from bench.check.outputs import output_options, publish
from bench.commands.check.options import asked, check_slowdown, job_options, limit_options, measure_options
from bench.commands.shared import Commands, say
from bench.errors import BenchError, Exit

if TYPE_CHECKING:
    from bench.check.calibrated.calibration import Calibration
    from bench.check.model import Comparison
    from bench.check.paired.session import Asked


def add(commands: Commands) -> None:
    parents = [job_options(), limit_options(), measure_options(), output_options()]
    parser = commands.add_parser("calibrate", parents=parents, help="what differences this machine can tell")
    parser.add_argument("--comparisons", type=int, default=2, metavar="N", help="how many comparisons (2)")
    parser.add_argument(
        "--slowdown", type=float, metavar="FACTOR", help="slow one side down, to count how often that is seen"
    )
    parser.set_defaults(command=run)


def run(options: argparse.Namespace, given: list[str]) -> Exit:
    from bench.check.calibrated.told import told
    from bench.check.pages import render_report

    if options.comparisons < 1:
        raise BenchError(f"--comparisons {options.comparisons}: expected 1 or more")
    check_slowdown("--slowdown", options.slowdown)
    wanted = asked(options, given, say, "calibrate")
    made = _measure(wanted, options.comparisons, options.slowdown)
    shown = told(made)
    return publish(shown, made, wanted.folder, as_json=options.json, page=render_report(shown))


def _measure(wanted: Asked, comparisons: int, slowdown: float | None) -> Calibration:
    """Make the comparisons; each is written down as it ends, and all of them kept for later checks of this machine."""
    from bench.check.calibrated.calibration import calibration, home, keep, save
    from bench.check.paired.session import ready
    from bench.inputs.downloads import cache_folder

    found: list[Comparison] = []
    with ready(wanted, {"base": None, "head": None}, say, slowdown=slowdown) as sides:
        for number in range(1, comparisons + 1):
            say(f"comparison {number} of {comparisons}")
            found.append(sides.compare(say))
            say(f"comparison {number} of {comparisons}: {found[-1].verdict}")
            made = calibration(found, slowdown)
            save(wanted.folder / "calibration.json", made)
            if found[-1].reasons:
                break
    if slowdown is None and not made.reasons:
        keep(home(cache_folder(), made.title, made.fingerprint), made)
    return made
