"""What runs where and when: rules of the schedule, told with a clock that is a number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.plan import Job
from bench.runner.scheduling import Decision, Schedule


def jobs(count):
    return [Job(str(number), {}, {}, "random:0") for number in range(count)]


def take(schedule, slot, now=0.0):
    job = schedule.take(slot, now)
    return job and job.id


FINAL = Decision(final=True)
LEFT_TO_THE_NEXT_RUN = Decision(final=False)


def again_in(seconds):
    return Decision(final=False, wait=seconds)


def test_jobs_go_to_free_slots_in_their_order():
    schedule = Schedule(jobs(3))
    assert [take(schedule, "a"), take(schedule, "b")] == ["0", "1"]
    assert {slot: running.job.id for slot, running in schedule.running.items()} == {"a": "0", "b": "1"}
    schedule.ended("b", "done", 1.0)
    assert take(schedule, "b") == "2"
    schedule.ended("b", "done", 2.0)
    assert take(schedule, "b") is None
    assert not schedule.over
    schedule.ended("a", "done", 3.0)
    assert schedule.over


def test_a_slot_has_one_job_at_a_time():
    schedule = Schedule(jobs(2))
    schedule.take("a", 0.0)
    with pytest.raises(ValueError, match="slot a is busy"):
        schedule.take("a", 0.0)


@pytest.mark.parametrize("status", ["done", "failed", "oom", "timeout"])
def test_an_end_that_tells_of_the_job_counts_at_once(status):
    schedule = Schedule(jobs(1))
    schedule.take("a", 0.0)
    assert schedule.ended("a", status, 1.0) == FINAL
    assert schedule.over


@pytest.mark.parametrize("status", ["crashed", "lost"])
def test_a_worker_that_went_away_is_forgiven_twice_with_waits_that_double(status):
    schedule = Schedule(jobs(1), retries=2, backoff=1.5)
    schedule.take("a", 0.0)
    assert schedule.ended("a", status, 10.0) == again_in(1.5)
    assert take(schedule, "a", 11.49) is None
    assert take(schedule, "a", 11.5) == "0"
    assert schedule.ended("a", status, 12.0) == again_in(3.0)
    assert take(schedule, "a", 15.0) == "0"
    assert schedule.ended("a", status, 16.0) == FINAL
    assert schedule.over


def test_no_wait_is_longer_than_a_minute():
    schedule = Schedule(jobs(1), retries=20)
    waits = []
    for _ in range(9):
        schedule.take("a", 1e6)
        waits.append(schedule.ended("a", "crashed", 0.0).wait)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_no_retries_where_none_are_wanted():
    schedule = Schedule(jobs(1), retries=0)
    schedule.take("a", 0.0)
    assert schedule.ended("a", "crashed", 0.0) == FINAL


def test_others_run_while_a_job_waits_and_it_comes_next_once_it_is_due():
    schedule = Schedule(jobs(4))
    schedule.take("a", 0.0)
    schedule.ended("a", "crashed", 0.0)
    assert take(schedule, "a", 0.5) == "1"
    schedule.ended("a", "done", 0.9)
    assert take(schedule, "a", 0.9) == "2"
    schedule.ended("a", "done", 1.0)
    assert take(schedule, "a", 1.0) == "0"
    assert take(schedule, "b", 1.0) == "3"


def test_a_job_may_be_tried_again_in_another_slot():
    schedule = Schedule(jobs(2), retries=1, backoff=0.0)
    schedule.take("a", 0.0)
    schedule.ended("a", "lost", 0.0)
    assert take(schedule, "b", 0.0) == "0"
    assert schedule.ended("b", "lost", 0.0) == FINAL


def test_time_counts_from_the_start_of_a_job_and_again_for_every_try():
    schedule = Schedule(jobs(1), limit=lambda job: 60.0, backoff=0.0)
    schedule.take("a", 0.0)
    assert (schedule.overdue(1e6), schedule.wake(1e6)) == ([], None)  # its worker is still to come
    schedule.began("a", 100.0)
    assert schedule.wake(100.0) == 60.0
    assert (schedule.overdue(159.9), schedule.overdue(160.0)) == ([], ["a"])
    schedule.ended("a", "crashed", 160.0)
    schedule.take("a", 160.0)
    assert schedule.overdue(1e6) == []
    schedule.began("a", 200.0)
    assert schedule.overdue(259.9) == []


def test_every_job_may_have_its_own_limit_or_none():
    schedule = Schedule(jobs(2), limit=lambda job: {"0": None, "1": 5.0}[job.id])
    for slot in ("a", "b"):
        schedule.take(slot, 0.0)
        schedule.began(slot, 0.0)
    assert schedule.overdue(1e9) == ["b"]


def test_it_wakes_for_what_comes_first():
    schedule = Schedule(jobs(2), limit=lambda job: 60.0, backoff=2.0)
    schedule.take("a", 0.0)
    schedule.began("a", 0.0)
    schedule.take("b", 0.0)
    schedule.ended("b", "crashed", 10.0)
    assert [schedule.wake(now) for now in (10.0, 11.5)] == [2.0, 0.5]
    assert [schedule.wake(now) for now in (12.0, 13.0)] == [48.0, 47.0]  # what is due only wants a slot
    schedule.stop()
    assert schedule.wake(10.0) == 50.0


def test_once_stopped_nothing_new_starts_and_what_runs_may_end():
    schedule = Schedule(jobs(3))
    schedule.take("a", 0.0)
    schedule.stop()
    assert take(schedule, "b") is None
    assert not schedule.over
    assert schedule.ended("a", "done", 1.0) == FINAL
    assert schedule.over
    assert schedule.waiting == 2


def test_a_job_that_waits_to_be_tried_again_is_left_when_all_stops():
    schedule = Schedule(jobs(1))
    schedule.take("a", 0.0)
    schedule.ended("a", "crashed", 0.0)
    schedule.stop()
    assert schedule.over
    assert take(schedule, "a", 1e6) is None


def test_a_worker_that_goes_away_while_all_stops_blames_no_job():
    schedule = Schedule(jobs(1))
    schedule.take("a", 0.0)
    schedule.stop()
    assert schedule.ended("a", "crashed", 0.0) == LEFT_TO_THE_NEXT_RUN
    assert (schedule.over, schedule.waiting) == (True, 1)


def test_the_first_failure_stops_all_where_that_is_asked_for():
    schedule = Schedule(jobs(4), fail_fast=True)
    schedule.take("a", 0.0)
    schedule.take("b", 0.0)
    schedule.ended("a", "oom", 1.0)
    assert schedule.stopped_at_failure
    assert take(schedule, "a", 1.0) is None
    assert schedule.ended("b", "done", 2.0) == FINAL
    assert (schedule.over, schedule.waiting) == (True, 2)


def test_a_crash_is_a_failure_only_after_its_retries():
    schedule = Schedule(jobs(2), fail_fast=True, retries=1, backoff=0.0)
    schedule.take("a", 0.0)
    schedule.ended("a", "crashed", 0.0)
    assert not schedule.stopped_at_failure
    schedule.take("a", 0.0)
    schedule.ended("a", "crashed", 0.0)
    assert schedule.stopped_at_failure


def test_a_failure_after_ctrl_c_is_not_what_stopped_the_run():
    schedule = Schedule(jobs(2), fail_fast=True)
    schedule.take("a", 0.0)
    schedule.stop()
    schedule.ended("a", "failed", 0.0)
    assert not schedule.stopped_at_failure


STATUSES = st.sampled_from(["done", "failed", "oom", "timeout", "crashed", "lost"])


@given(
    count=st.integers(0, 12),
    slots=st.integers(1, 4),
    retries=st.integers(0, 3),
    choose=st.data(),
)
def test_every_job_ends_exactly_once_whatever_happens_in_whatever_slot(count, slots, retries, choose):
    """Random ends in random order over random slots; time passes at random too."""
    todo = jobs(count)
    schedule = Schedule(todo, retries=retries, backoff=0.5)
    names = [f"slot {number}" for number in range(slots)]
    now, ended, starts, tries = 0.0, [], [], dict.fromkeys((job.id for job in todo), 0)
    while not schedule.over:
        for slot in names:
            if slot not in schedule.running and (job := schedule.take(slot, now)):
                tries[job.id] += 1
                starts += [job.id] if job.id not in starts else []
        running = [run.job.id for run in schedule.running.values()]
        assert len(set(running)) == len(running)
        if schedule.running:
            slot = choose.draw(st.sampled_from(sorted(schedule.running)))
            job = schedule.running[slot].job
            if schedule.ended(slot, choose.draw(STATUSES), now).final:
                ended.append(job.id)
            now += choose.draw(st.sampled_from([0.0, 0.3, 2.0]))
        else:
            now += schedule.wake(now)
    assert sorted(ended) == sorted(job.id for job in todo)
    assert starts == [job.id for job in todo]
    assert all(1 <= number <= 1 + retries for number in tries.values())
