"""Progress in a log, and to nobody."""

import io

from bench.progress import (
    Lines,
    Quiet,
)
from bench.runner import Interrupt, run
from bench.runner.options import Options
from bench.store import Store
from tests.bench.small import FakeEngine, Takes, done, failed


def test_a_log_gets_one_line_per_job(plan, tmp_path):
    stream = io.StringIO()
    bad = list(plan.jobs)[1]
    engine = FakeEngine(lambda o: failed(o, "disk on fire") if o.id == bad else done(o))
    run(plan, Store(tmp_path / "r"), engine, Lines(plan, stream, now=lambda: 0.0), Interrupt())
    assert stream.getvalue().splitlines() == [
        "4 jobs to run",
        "[1/4] one x left, init noise: 2.5 s, loss 1.5, 0:00 left",
        "[2/4] one x left, init content: failed: disk on fire, 0:00 left",
        "[3/4] one x right, init noise: 2.5 s, loss 1.5, 0:00 left",
        "[4/4] one x right, init content: 2.5 s, loss 1.5",
    ]


def test_a_log_tells_of_every_try(plan, tmp_path):
    stream, tries = io.StringIO(), iter([True, True])
    engine = FakeEngine(lambda o: failed(o, "it died", "crashed") if next(tries, None) else done(o))
    only = Options(only=frozenset([next(iter(plan.jobs))]))
    listener = Lines(plan, stream, engine.time.now)
    run(plan, Store(tmp_path / "r"), engine, listener, Interrupt(), options=only, clock=engine.time.clock)
    assert stream.getvalue().splitlines() == [
        "1 job to run",
        "one x left, init noise: crashed: it died; again in 1 s",
        "one x left, init noise: crashed: it died; again in 2 s",
        "[1/1] one x left, init noise: 2.5 s, loss 1.5, try 3",
    ]


def test_quiet_only_answers_ctrl_c(plan, tmp_path):
    interrupt, stream = Interrupt(), io.StringIO()

    def outcome(order):
        interrupt.request()
        return Takes(1.0, failed)

    run(plan, Store(tmp_path / "r"), FakeEngine(outcome), Quiet(stream), interrupt)
    assert stream.getvalue() == "finishing the job that runs; Ctrl-C again stops it now\n"


# -- words ---------------------------------------------------------------------------------------
