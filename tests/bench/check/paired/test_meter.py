"""Turns, fresh workers, and what becomes of a side that fails."""

import pytest

from bench.check.paired.meter import PAUSE, Meter, Step, schedule
from bench.engines import Ended, Order, Probe, Started

BOTH = ("base", "head")


def turns(number, jobs, rounds, *, together):
    return " ".join(f"{step.job}{step.role[0]}" for step in schedule(number, jobs, rounds, BOTH, together=together))


def test_sides_take_turns_job_by_job_and_go_first_by_turns():
    assert turns(0, ["x"], 4, together=True) == "xb xh xh xb xb xh xh xb"
    assert turns(1, ["x"], 2, together=True) == "xh xb xb xh"
    assert turns(0, ["x", "y"], 2, together=True) == "xb xh yh yb xh xb yb yh"


def test_where_workers_may_not_live_together_a_side_does_all_its_jobs_first():
    assert turns(0, ["x", "y"], 2, together=False) == "xb yb xb yb xh yh xh yh"
    assert turns(1, ["x"], 1, together=False) == "xh xb"


def test_each_side_goes_first_equally_often_over_an_even_number_of_pairs():
    for jobs in (["x"], ["x", "y"], ["x", "y", "z"]):
        firsts = {}
        for number in range(8):
            seen = set()
            for step in schedule(number, jobs, 3, BOTH, together=True):
                if step.job not in seen:
                    seen.add(step.job)
                    firsts.setdefault(step.job, []).append(step.role)
        assert all(found.count("base") == found.count("head") == 4 for found in firsts.values())


def test_one_side_alone_is_measured_in_the_order_of_its_jobs():
    assert schedule(3, ["x", "y"], 1, ("head",), together=True) == [Step("head", "x"), Step("head", "y")]


class Side:
    """An engine that writes into a log what it was given, and ends it at once as told."""

    def __init__(self, name, log, ends=None):
        self.name, self.log, self.ends = name, log, ends or {}
        self.work, self.content = {}, None
        self.slots = ("cpu",)
        self._given = None
        self._count = 0

    def submit(self, order, slot):
        assert self._given is None, "one order at a time"
        self._given = order
        self.log.append(f"{self.name} {order.id if isinstance(order, Order) else order.kind}")

    def next_event(self, timeout):
        order, self._given = self._given, None
        if isinstance(order, Probe):
            return Ended(order.id, "done", {"seconds": 1.0})
        if order is None:
            return None
        self._count += 1
        end = self.ends.get(order.id, "done")
        if end == "hangs":
            self._given = order
            return Started(order.id)
        if isinstance(end, BaseException):
            raise end
        if end != "done":
            return Ended(order.id, end, {"failure": {"message": "it broke"}})
        assert order.folder.is_dir()
        done = self.work.get(order.id, 60)
        outcome = {"evaluations": done, "updates": done - 1, "final_loss": None if done == 13 else 1.0}
        timing = {"optimise": float(self._count), "valid": True, "contract": "wall/1"}
        return Ended(order.id, "done", self.content or {"timing": timing, "outcome": outcome}, {"side": self.name})

    def stop(self, slot):
        self._given = None
        self.log.append(f"{self.name} stopped")

    def close(self):
        self.log.append(f"{self.name} closed")


@pytest.fixture
def log():
    return []


def meter(tmp_path, log, base=None, head=None, **options):
    engines = {"base": Side("base", log, base), "head": Side("head", log, head)}
    engines["head"].work = options.pop("head_work", {})
    engines["head"].content = options.pop("head_content", None)
    pauses = options.pop("pauses", [])
    return Meter(
        engines,
        lambda id, folder: Order(id, {}, {}, "random:0", folder),
        tmp_path,
        **({"together": True, "pause": pauses.append} | options),
    )


def test_a_pair_is_two_fresh_workers_that_load_together_and_then_take_turns(tmp_path, log):
    found = meter(tmp_path, log).pair(0, ["x", "y"], 1)
    assert log == [
        *("base steadiness", "head steadiness", "base x", "head x", "head y", "base y"),
        *("base stopped", "head stopped"),
    ]
    times = {
        id: (taken.first, *([one["optimise"] for one in taken.timings(role)] for role in BOTH))
        for id, taken in found.items()
    }
    assert times == {"x": ("base", [1.0], [1.0]), "y": ("head", [2.0], [2.0])}


def test_where_they_may_not_live_together_nothing_is_started_beforehand(tmp_path, log):
    meter(tmp_path, log, together=False).pair(0, ["x"], 2)
    assert log == ["base x", "base x", "base stopped", "head x", "head x", "base stopped", "head stopped"]


def test_a_worker_is_given_time_to_tidy_up_before_the_other_is_measured(tmp_path, log):
    pauses = []
    meter(tmp_path, log, pauses=pauses).pair(0, ["x"], 2)
    assert pauses == [PAUSE] * 4


def test_a_job_that_fails_on_one_side_is_not_measured_further_in_this_pair(tmp_path, log):
    found = meter(tmp_path, log, head={"x": "oom"}).pair(0, ["x", "y"], 2)
    assert found["x"].failure == "head: oom: it broke"
    assert found["y"].failure == ""
    assert [line for line in log if line.endswith(" x")] == ["base x", "head x"]
    assert {role: len(found["y"].timings(role)) for role in BOTH} == {"base": 2, "head": 2}


def test_a_job_that_hangs_is_ended(tmp_path, log):
    seconds = iter(range(0, 100_000, 100))
    found = meter(tmp_path, log, base={"x": "hangs"}, now=lambda: next(seconds)).pair(0, ["x"], 1)
    assert found["x"].failure == "base: timeout: no end after 900 s"


def test_workers_are_ended_whatever_happens(tmp_path, log):
    with pytest.raises(KeyboardInterrupt):
        meter(tmp_path, log, head={"x": KeyboardInterrupt()}).pair(0, ["x"], 1)
    assert log[-2:] == ["base stopped", "head stopped"]


def test_what_workers_said_of_where_they_run_is_kept(tmp_path, log):
    made = meter(tmp_path, log)
    made.pair(0, ["x"], 1)
    assert made.environments == {"base": {"side": "base"}, "head": {"side": "head"}}
    made.close()
    assert log[-2:] == ["base closed", "head closed"]


def test_a_side_that_does_less_is_not_faster(tmp_path, log):
    found = meter(tmp_path, log, head_work={"x": 10}).pair(0, ["x", "y"], 2)
    assert found["x"].failure == (
        "the sides did not do the same: base: 60 evaluations, 59 updates, timed by wall/1; "
        "head: 10 evaluations, 9 updates, timed by wall/1"
    )
    assert found["y"].failure == ""


def test_a_loss_that_is_not_finite_says_nothing_of_time(tmp_path, log):
    found = meter(tmp_path, log, head_work={"x": 13}).pair(0, ["x"], 1)
    assert found["x"].failure == "head: its loss was not finite: nothing can be said of its time"


@pytest.mark.parametrize("content", [{"timing": {}}, {"outcome": {}}, {"timing": {"valid": True}, "outcome": None}])
def test_a_worker_that_does_not_tell_what_is_needed(tmp_path, log, content):
    found = meter(tmp_path, log, head_content=content).pair(0, ["x"], 1)
    assert found["x"].failure.startswith("head: its worker does not tell what is needed: ")
