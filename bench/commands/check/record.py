"""``nst-bench check record``: the times of this code on this machine, kept to be compared with later."""

from __future__ import annotations

import argparse
from pathlib import Path

from bench.commands.check.options import asked, job_options, measure_options
from bench.commands.shared import Commands, say
from bench.errors import Exit


def add(commands: Commands) -> None:
    parents = [job_options(), measure_options()]
    parser = commands.add_parser("record", parents=parents, help="keep times of this code as a baseline")
    parser.add_argument("--pairs", type=int, metavar="N", help="how many fresh workers, one more is dropped (16)")
    parser.add_argument("file", type=Path, metavar="FILE", help="where they go, as JSON")
    parser.set_defaults(command=run)


def run(options: argparse.Namespace, given: list[str]) -> Exit:
    import bench
    from bench.check.fingerprint import fingerprint
    from bench.check.paired.session import now, ready
    from bench.check.refusal import RefusedError
    from bench.check.stored.alone import committed
    from bench.check.stored.baseline import Baseline, write

    wanted = asked(options, given, say, "record")
    if not wanted.jobs:
        raise RefusedError("no job to measure: nothing was recorded")
    with ready(wanted, {"head": None}, say) as sides:
        measured = sides.measure_alone(say)
        (side,) = sides.sides()
    repository = Path(bench.__file__).resolve().parent.parent
    baseline = Baseline(
        title=wanted.plan.name,
        manifest=options.manifest,
        manifest_sha256=wanted.plan.loaded.sha256,
        commit=side.commit,
        committed=committed(side.commit, repository),
        taken=now(),
        fingerprint=fingerprint(side.environment),
        environment=side.environment,
        limits=wanted.limits,
        benchmarks=measured,
    )
    write(options.file, baseline)
    print(options.file)
    return Exit.FINE
