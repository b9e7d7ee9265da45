"""``nst-bench check record``: the times of this code on this machine, kept to be compared with later."""

from __future__ import annotations

import argparse
from pathlib import Path

from bench.commands.check.options import asked, job_options, measure_options
from bench.commands.shared import Commands, say
from bench.errors import BenchError, Exit


def add(commands: Commands) -> None:
    parents = [job_options(), measure_options()]
    parser = commands.add_parser("record", parents=parents, help="keep times of this code as a baseline")
    parser.add_argument("--pairs", type=int, metavar="N", help="how many fresh workers, one more is dropped (16)")
    parser.add_argument("file", type=Path, metavar="FILE", help="where they go, as JSON")
    parser.set_defaults(command=run)


def run(options: argparse.Namespace, given: list[str]) -> Exit:
    import bench
    from bench.check.naming import names
    from bench.check.paired.session import now, ready
    from bench.check.refusal import RefusedError
    from bench.check.rule import fewest
    from bench.check.stored.alone import committed
    from bench.check.stored.baseline import Baseline, write
    from bench.machine.fingerprint import fingerprint

    wanted = asked(options, given, say, "record")
    if not wanted.jobs:
        raise RefusedError("no job to measure: nothing was recorded")
    if wanted.limits.pairs < (need := fewest(wanted.limits.alpha)):
        raise RefusedError(f"{wanted.limits.pairs} workers could never be compared with: at least {need} are needed")
    _see_that_it_can_be_written(options.file)
    with ready(wanted, {"head": None}, say) as sides:
        measured = sides.measure_alone(say)
        (side,) = sides.sides()
    named = {job: name for job, name in names(wanted.plan).items() if job in measured.failures}
    reasons = [*measured.reasons, *(f"{name}: {measured.failures[job]}" for job, name in named.items())]
    if not measured.samples and not reasons:
        reasons = [f"no job has a phase {' or '.join(wanted.phases)} that takes any time"]
    if reasons:
        raise RefusedError(f"{'; '.join(reasons)}: nothing was recorded")
    repository = Path(bench.__file__).resolve().parent.parent
    baseline = Baseline(
        title=wanted.plan.name,
        manifest=options.manifest,
        manifest_sha256=wanted.plan.loaded.sha256_of_all,
        commit=side.commit,
        committed=committed(side.commit, repository),
        taken=now(),
        fingerprint=fingerprint(side.environment),
        environment=side.environment,
        limits=wanted.limits,
        benchmarks=measured.samples,
    )
    write(options.file, baseline)
    print(options.file)
    return Exit.FINE


def _see_that_it_can_be_written(file: Path) -> None:
    """Before minutes of measuring rather than after."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("ab"):
            pass
        if not file.stat().st_size:
            file.unlink()
    except OSError as error:
        raise BenchError(f"{file}: cannot be written: {error.strerror}") from None
