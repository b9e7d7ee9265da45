"""``nst-bench check compare``: are jobs slower than with other code, in another environment, or than they were?"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from bench.check.outputs import HOME, output_options, publish
from bench.commands.check.options import asked, interruptible, job_options, limit_options
from bench.commands.shared import Commands, say
from bench.errors import BenchError, Exit

if TYPE_CHECKING:
    from bench.check.model import Comparison

#: How much slower a self-test makes the head.
SLOWDOWN = 1.25


def add(commands: Commands) -> None:
    parents = [job_options(), limit_options(), output_options()]
    parser = commands.add_parser("compare", parents=parents, help="paired times of two sides")
    parser.add_argument("--base", metavar="SIDE", help="REF, PYTHON or REF@PYTHON: a commit, an interpreter, or both")
    parser.add_argument("--head", metavar="SIDE", help="likewise (default: this code under this interpreter)")
    parser.add_argument("--self-test", action="store_true", help="this code against itself, slowed down: is it seen?")
    parser.set_defaults(command=run)


def run(options: argparse.Namespace, given: list[str]) -> Exit:
    from bench.check.session import ready
    from bench.check.told import told

    if options.self_test and (options.base or options.head):
        raise BenchError("--self-test: this code is compared with itself: --base and --head have no place beside it")
    if not (options.self_test or options.base):
        raise BenchError("--base: expected a commit, an interpreter or a virtual environment to compare with")
    wanted = asked(options, given, say)
    slowdown = SLOWDOWN if options.self_test else None
    with interruptible(), ready(wanted, {"base": options.base, "head": options.head}, say, slowdown=slowdown) as sides:
        found = sides.compare(say)
    code = publish(told(found), found, options.out or HOME / wanted.plan.name, as_json=options.json)
    return _tested(found) if options.self_test else code


def _tested(found: Comparison) -> Exit:
    """Whether the gate saw what it had to see, in every benchmark."""
    missed = [benchmark.name for benchmark in found.benchmarks if benchmark.verdict != "regression"]
    if missed or not found.benchmarks:
        say(f"self-test failed: {SLOWDOWN:g} times the time was not seen in {', '.join(missed) or 'anything'}")
        return Exit.INCONCLUSIVE
    say(f"self-test passed: {SLOWDOWN:g} times the time was seen in every benchmark")
    return Exit.FINE
