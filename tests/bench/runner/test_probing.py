"""Slots are probed before the first and after the last job."""

import pytest

from bench.engines import Ended
from bench.errors import Exit
from bench.runner.interrupts import Interrupt
from bench.runs import Steadiness
from tests.bench.runner.running import asking, carry_out, in_turn, submitted
from tests.bench.small import FakeEngine, Takes, done


def probes(engine):
    return [(when, slot, id) for when, what, slot, id in engine.log if what == "submit" and id.startswith("steadiness")]


def test_a_slot_is_probed_before_its_first_and_after_its_last_job(plan, store):
    seconds = iter([0.25, 0.5])
    engine = FakeEngine(lambda o: Takes(10.0, done), probe=lambda slot: next(seconds))
    summary, _, _ = carry_out(plan, store, engine=engine, steadiness=True)
    assert probes(engine) == [(0, "cpu", "steadiness/measure/cpu"), (40.25, "cpu", "steadiness/measure/cpu")]
    assert summary.steadiness == {"cpu": Steadiness(before=0.25, after=0.5)}


def test_slots_are_probed_one_after_another_once_all_workers_have_started(plan, store):
    engine = FakeEngine(lambda o: Takes(10.0, done), ["a", "b"], probe=lambda slot: {"a": 1.0, "b": 2.0}[slot])
    summary, _, _ = carry_out(plan, store, engine=engine, steadiness=True)
    assert probes(engine) == [
        (0, "a", "steadiness/start/a"),
        (0, "b", "steadiness/start/b"),
        (2, "a", "steadiness/measure/a"),
        (3, "b", "steadiness/measure/b"),
        (25, "a", "steadiness/start/a"),
        (25, "b", "steadiness/start/b"),
        (27, "a", "steadiness/measure/a"),
        (28, "b", "steadiness/measure/b"),
    ]
    assert submitted(engine, plan)[:2] == [(5, "a", 0), (5, "b", 1)]
    assert summary.steadiness == {"a": Steadiness(before=1.0, after=1.0), "b": Steadiness(before=2.0, after=2.0)}


class Machines(FakeEngine):
    """Slots by machine: ``cpu/1 on a``."""

    def machine_of(self, slot):
        return slot.partition(" on ")[2]


def test_slots_of_several_machines_are_probed_one_on_each_at_a_time(plan, store):
    engine = Machines(lambda o: Takes(10.0, done), ["cpu/1 on a", "cpu/2 on a", "cpu/1 on b"])
    summary, _, _ = carry_out(plan, store, engine=engine, steadiness=True)
    measured = [(when, slot) for when, slot, id in probes(engine) if id.startswith("steadiness/measure")]
    assert measured[:3] == [(1, "cpu/1 on a"), (1, "cpu/1 on b"), (2, "cpu/2 on a")]
    assert len(summary.steadiness) == 3


def test_a_slot_that_has_gone_by_the_end_keeps_its_first_figure(plan, store):
    engine = Machines(lambda o: Takes(10.0, done), ["cpu on a", "cpu on b"])

    def outcome(order):
        if len(engine.orders) == 4:
            engine.slots.remove("cpu on a")
        return Takes(10.0, done)

    engine.outcome = outcome
    summary, _, _ = carry_out(plan, store, engine=engine, steadiness=True)
    assert summary.steadiness == {"cpu on a": Steadiness(before=1.0), "cpu on b": Steadiness(before=1.0, after=1.0)}


def test_slots_that_get_no_job_are_not_probed(plan, store):
    engine = FakeEngine(slots=["a", "b", "c", "d", "e", "f"])
    summary, _, _ = carry_out(plan, store, engine=engine, steadiness=True)
    assert sorted(summary.steadiness) == ["a", "b", "c", "d"]


@pytest.mark.parametrize("trouble", [Ended("steadiness/measure/cpu", "crashed"), Takes(0, None)])
def test_a_probe_that_crashes_or_hangs_is_left_out_and_the_jobs_run(plan, store, trouble):
    summary, engine, _ = carry_out(plan, store, engine=FakeEngine(probe=lambda slot: trouble), steadiness=True)
    assert (summary.steadiness, summary.statuses) == ({}, {"done": 4})
    assert engine.time.seconds == pytest.approx(0.0 if isinstance(trouble, Ended) else 60.0, abs=0.2)


def test_a_probe_that_fails_at_the_end_leaves_the_first_figure(plan, store):
    answers = iter([1.0, Ended("steadiness/measure/cpu", "crashed")])
    summary, _, _ = carry_out(plan, store, engine=FakeEngine(probe=lambda slot: next(answers)), steadiness=True)
    assert summary.steadiness == {"cpu": Steadiness(before=1.0, after=None)}


def test_the_probe_after_comes_after_ctrl_c_too(plan, store):
    interrupt = Interrupt()
    summary, _, _ = carry_out(plan, store, in_turn(plan, j1=asking(interrupt)), interrupt, steadiness=True)
    assert summary.exit_code == Exit.INTERRUPTED
    assert summary.steadiness == {"cpu": Steadiness(before=1.0, after=1.0)}


def test_the_environment_of_every_slot_is_told(plan, store):
    engine = FakeEngine(lambda o: Takes(5.0, lambda o: Ended(o.id, "failed", {}, {"threads": 2})), ["a", "b"])
    summary, _, _ = carry_out(plan, store, engine=engine)
    assert summary.environment == {"a": {"threads": 2}, "b": {"threads": 2}}
    summary, _, _ = carry_out(
        plan, store, lambda o: Takes(0, None), slots=["x"], limit=lambda job: 1.0, steadiness=True
    )
    assert summary.environment == {"x": {"device": "x"}}


def test_a_job_stopped_at_its_limit_has_the_environment_its_slot_last_told(plan, store):
    carry_out(plan, store, lambda o: Takes(0, None), limit=lambda job: 1.0, steadiness=True)
    assert store.record(next(iter(plan.jobs))).environment == {"device": "cpu"}
