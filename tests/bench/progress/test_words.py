"""Jobs, times and ends in words."""

import io

import pytest

from bench.engines import Ended
from bench.manifest import load
from bench.plan import make_plan
from bench.progress import (
    Lines,
    clock,
    describe,
    result,
)
from bench.record import Record
from bench.runner import Interrupt, run
from bench.store import Store
from tests.bench.small import SMALL, FakeEngine, done, failed


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, "?"), (0, "0:00"), (59.6, "1:00"), (65, "1:05"), (7380, "2:03:00")]
)
def test_a_clock_people_can_read(seconds, text):
    assert clock(seconds) == text


def test_a_job_is_described_by_its_pictures_and_what_varies_in_its_own_experiments(manifest):
    text = SMALL + "  other:\n    pairs: [[one, left]]\n    grid: {content_layers: [conv1_1, [conv1_1, conv2_1]]}\n"
    text += "  sizes:\n    pairs: [[one, left]]\n    grid: {coarse_sizes: [[], [16, 24]], init: [style]}\n"
    plan = make_plan(load(manifest(text)))
    said = [describe(plan, job) for job in plan.jobs.values()]
    assert said[3:] == [
        "one x right, init content",
        "one x left, content_layers conv1_1",
        "one x left, content_layers conv1_1+conv2_1",
        "one x left, coarse_sizes none",
        "one x left, coarse_sizes [16, 24]",
    ]


@pytest.mark.parametrize(
    ("verdict", "said"),
    [("converged", ""), ("falling", ""), ("stalled", ", stalled"), ("out-of-gamut", ", out-of-gamut")],
)
def test_a_verdict_that_matters_is_said(plan, tmp_path, verdict, said):
    store = Store(tmp_path / "r")

    def stuck(order):
        end = done(order)
        end.content["diagnosis"]["verdict"] = verdict
        return end

    run(plan, store, FakeEngine(stuck), Lines(plan, io.StringIO()), Interrupt())
    record = store.record(next(iter(plan.jobs)))
    assert isinstance(record, Record)
    assert result(record, set()) == f"2.5 s, loss 1.5{said}"


def test_nothing_is_said_of_a_loss_where_nothing_was_optimised(plan, tmp_path):
    store = Store(tmp_path / "r")

    def looked(order):
        end = done(order)
        end.content["outcome"] |= {"evaluations": 0, "final_loss": None, "start_loss": None}
        return Ended(order.id, "done", {**end.content, "diagnosis": None}, end.environment)

    run(plan, store, FakeEngine(looked), Lines(plan, io.StringIO()), Interrupt())
    record = store.record(next(iter(plan.jobs)))
    assert isinstance(record, Record)
    assert result(record, set()) == "2.5 s"


def test_the_same_reason_is_said_in_full_once(plan, tmp_path):
    stream = io.StringIO()
    run(plan, Store(tmp_path / "r"), FakeEngine(lambda o: failed(o, "a long story")), Lines(plan, stream), Interrupt())
    said = stream.getvalue()
    assert said.count("failed: a long story") == 1
    assert said.count("failed: for the same reason as before") == 3
