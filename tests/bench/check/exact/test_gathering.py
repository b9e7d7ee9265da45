"""Jobs counted through an engine: what comes together, and what becomes of trouble."""

import signal

import numpy as np
import pytest

from bench.check.exact.gathering import gather
from bench.check.naming import names
from bench.engines import Ended, Probe
from bench.errors import BenchError
from bench.manifest import load
from bench.plan import make_plan
from bench.store import Store
from nst import images
from tests.bench.small import FakeEngine, done, failed

FIGURES = {"flops": 100, "evaluations": 3, "updates": 2, "final_loss": 1.5}
COMMAND = ["nst-bench", "check", "exact", "small"]


class Counting(FakeEngine):
    """Counts as ``count`` says, from what it is asked to figures or to how it ended."""

    def __init__(self, count=lambda order: FIGURES, **given):
        super().__init__(**given)
        self.count = count

    def submit(self, order, slot):
        if not isinstance(order, Probe):
            return super().submit(order, slot)
        assert order.kind == "count"
        found = self.count(order)
        self.probe = lambda _: found if isinstance(found, Ended) else Ended(order.id, "done", found, {"torch": "2.9"})
        return super().submit(order, slot)


@pytest.fixture
def gathered(plan, tmp_path):
    """What comes of counting the small plan on an engine."""

    def run(engine, only=None, plan=plan):
        store = Store(tmp_path / "results")
        store.acquire(COMMAND)
        try:
            return gather(plan, only, store, engine, COMMAND, lambda text: None)
        finally:
            store.release()
            assert engine.closed

    return run


def test_every_job_is_counted_twice_and_the_site_once(gathered, plan):
    engine = Counting()
    found = gathered(engine)
    jobs, site = found.benchmarks[:-1], found.benchmarks[-1]
    assert [(one.name, one.job, one.place) for one in jobs] == [
        (f"main: one x {style}, init {init}", id, (7, 3))
        for (style, init), id in zip(
            [("left", "noise"), ("left", "content"), ("right", "noise"), ("right", "content")], plan.jobs, strict=True
        )
    ]
    assert {tuple(one.figures.items()) for one in jobs} == {tuple(FIGURES.items())}
    assert {tuple(one.again.items()) for one in jobs} == {(("evaluations", 3), ("updates", 2), ("final_loss", 1.5))}
    assert (site.name, site.job, list(site.figures)) == ("site", None, ["files", "bytes"])
    assert site.figures["bytes"] > 1000 * site.figures["files"] > 0
    assert (found.environment, found.reasons, found.notes) == ({"torch": "2.9"}, (), ())
    assert len(engine.orders) == 4


def test_of_some_jobs_there_is_no_site(gathered, plan):
    (first, *_) = plan.jobs
    found = gathered(Counting(), only=frozenset([first]))
    assert [one.job for one in found.benchmarks] == [first]
    assert found.notes == ("the site was not counted: it shows all jobs, and not all were asked for",)


def test_a_job_that_could_not_be_counted_says_why_and_leaves_no_site(gathered):
    def count(order):
        noise = order.content["parameters"]["init"] == "noise"
        return Ended(order.id, "oom", {"failure": {"message": "out of memory"}}) if noise else FIGURES

    found = gathered(Counting(count))
    assert [one.reason for one in found.benchmarks] == ["oom: out of memory", "", "oom: out of memory", ""]


def test_a_job_that_fails_in_the_run_says_why(gathered):
    found = gathered(Counting(outcome=lambda order: failed(order, "it broke")))
    assert [one.reason for one in found.benchmarks] == ["failed: it broke"] * 4


def test_a_loss_that_was_never_finite_holds_nothing(gathered):
    found = gathered(Counting(lambda _: {**FIGURES, "final_loss": None}, outcome=lambda order: done(order, loss=None)))
    assert {one.reason for one in found.benchmarks} == {
        "its loss was never finite, so that nothing it did can be trusted"
    }


def test_figures_that_differ_between_both_counts_are_told(gathered, plan):
    (first, *_) = plan.jobs
    found = gathered(Counting(lambda _: {**FIGURES, "updates": 4}), only=frozenset([first]))
    assert found.notes[0] == "main: one x left, init noise: updates was 4, and 2 when the same job was counted again"


@pytest.mark.parametrize("moment", ["count", "run"])
def test_an_interrupted_count_compares_nothing(gathered, moment):
    def interrupt(then):
        signal.raise_signal(signal.SIGINT)
        return then

    engine = Counting(
        count=lambda _: interrupt(FIGURES) if moment == "count" else FIGURES,
        outcome=lambda order: interrupt(done(order)),
    )
    found = gathered(engine)
    assert (found.benchmarks, found.reasons) == ((), ("interrupted: nothing was compared",))


def test_a_worker_that_does_not_start_is_the_reason(gathered):
    class Broken(Counting):
        def next_event(self, timeout):
            raise BenchError("cpu: no worker starts")

    assert gathered(Broken()).reasons == ("cpu: no worker starts",)


def test_jobs_whose_labels_are_the_same_are_told_apart_by_their_ids(manifest):
    text = """\
name: twins
images: {contents: {a: one.png, "a x b": right.png}, styles: {"b x c": left.png, c: "sample:seigaiha"}}
defaults: {weights: random, width: 0.0625, size: 32, evaluations: 3}
experiments: {main: {pairs: [[a, "b x c"], ["a x b", c], [a, c]]}}
"""
    twins = names(make_plan(load(manifest(text))))
    assert list(twins.values()) == [*(f"main: a x b x c ({id[:8]})" for id in list(twins)[:2]), "main: a x c"]


BLEND = """\
name: fused
images: {contents: {one: one.png}, styles: {left: left.png}}
defaults: {size: 32}
experiments: {fuse: {task: blend}}
"""


def test_a_job_without_evaluations_is_counted_by_figures_of_its_own(gathered, manifest, folder):
    pixels = images.read(folder / "left.png")
    half = np.where(np.arange(48) < 24, 255, 0).astype(np.uint8) * np.ones((40, 1), np.uint8)
    (folder / "left.png").write_bytes(images.encode_png(pixels, half))
    plan = make_plan(load(manifest(BLEND)))

    def blended(order):
        ended = done(order)
        content = dict(ended.content, diagnosis=None)
        content["outcome"] = {
            "width": 32, "height": 32, "evaluations": 0, "updates": 0, "picture_evaluation": None,
            "out_of_gamut": 0.0, "numbers": {"unknowns": 512.0, "seam": 3.5},
        }  # fmt: skip
        return Ended(ended.id, "done", content, ended.environment)

    found = gathered(Counting(lambda order: {"unknowns": 512}, outcome=blended), plan=plan).benchmarks
    assert [(one.name, one.figures, one.again) for one in found[:1]] == [
        ("fuse: one x left", {"unknowns": 512}, {"unknowns": 512.0})
    ]
