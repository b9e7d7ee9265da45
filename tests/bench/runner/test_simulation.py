"""What a run costs its driver, with a tenth of the jobs and of the slots that the documents have figures of."""

import json

import pytest

from bench.runner import simulation
from bench.runner.simulation import main, simulate


def test_every_job_ends_once_though_workers_die_and_machines_go():
    cost = simulate(2000, 96)
    assert (cost.jobs, cost.slots) == (2000, 96)
    assert cost.tries > 2000
    assert cost.plan_bytes < cost.peak_bytes


def test_the_cost_of_a_job_does_not_grow_with_the_slots():
    """Ten times the slots may not cost twice the time: processors of two runs are compared, the better of two each."""
    few, many = (min(simulate(2000, slots).microseconds_a_job for _ in range(2)) for slots in (80, 800))
    assert many < 2 * few


def test_it_prints_what_it_found(capsys):
    assert main(["--jobs", "100", "--slots", "8"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["jobs"], told["slots"]) == (100, 8)


def test_jobs_that_do_not_end_are_told_of(monkeypatch):
    monkeypatch.setattr(simulation, "_CRASHES", 1.0)
    with pytest.raises(RuntimeError, match=r"10 jobs were to be done, but ended as \{'crashed': 10\}"):
        simulate(10, 8)
