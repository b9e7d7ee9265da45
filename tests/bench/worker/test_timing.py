"""The contract wall/1: phases apart, and every reason why a time must not be compared."""

import pytest

from bench.record import GpuState
from bench.worker.timing import PHASES, Conditions, PhaseClock, objection


class Clock:
    def __init__(self):
        self.time, self.log = 0.0, []

    def __call__(self):
        self.log.append("look")
        return self.time


def test_the_device_is_waited_for_at_both_ends_of_a_phase_and_never_inside():
    clock = Clock()
    phases = PhaseClock(lambda: clock.log.append("wait"), clock)
    with phases.phase("optimise"):
        clock.log.append("work")
        clock.time += 2.5
    assert clock.log == ["wait", "look", "work", "wait", "look"]
    assert phases.seconds == {**dict.fromkeys(PHASES, 0.0), "optimise": 2.5}


def test_a_phase_may_come_in_pieces_and_be_booked_elsewhere():
    clock = Clock()
    phases = PhaseClock(lambda: None, clock)
    for _ in range(2):
        with phases.phase("optimise"):
            clock.time += 1.0
    phases.move("optimise", "restarts")
    assert (phases.seconds["optimise"], phases.seconds["restarts"]) == (0.0, 2.0)


def test_a_phase_within_another_is_no_part_of_it():
    clock = Clock()
    phases = PhaseClock(lambda: None, clock)
    with phases.phase("optimise"):
        clock.time += 1.0
        for _ in range(2):
            with phases.phase("warmup"):
                clock.time += 4.0
        clock.time += 2.0
    with phases.phase("save"):
        clock.time += 0.5
    assert phases.seconds == {**dict.fromkeys(PHASES, 0.0), "warmup": 8.0, "optimise": 3.0, "save": 0.5}


def test_a_phase_that_the_contract_does_not_know_is_refused():
    with pytest.raises(KeyError, match="lunch"), PhaseClock(lambda: None).phase("lunch"):
        pass


HOT = GpuState(temperature_celsius=91, slowed_by=["power limit", "hardware slowdown for heat"])
COOL = GpuState(temperature_celsius=45, slowed_by=["power limit"])


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({}, None),
        ({"device": "cuda:0", "processes": 1, "before": COOL, "after": COOL, "heat_ns": 0}, None),
        ({"sharing": 2}, "2 jobs at a time shared cpu"),
        ({"others": 1}, "another job was timed on cpu at the same time, by another run"),
        ({"others": 3}, "3 other jobs were timed on cpu at the same time, by another run"),
        ({"device": "cuda:0", "processes": 2}, "another process computed on cuda:0"),
        ({"device": "cuda:0", "processes": 5, "sharing": 3}, "3 jobs at a time shared cuda:0; 2 other processes computed on cuda:0"),
        ({"before": COOL, "after": HOT}, "the GPU was slowed down: hardware slowdown for heat (91 °C)"),
        ({"before": HOT}, "the GPU was slowed down: hardware slowdown for heat (91 °C)"),
        ({"after": GpuState(slowed_by=["power brake"])}, "the GPU was slowed down: power brake"),
        ({"before": COOL, "after": COOL, "heat_ns": 1_230_000_000}, "the GPU was slowed down: 1.23 s for heat (45 °C)"),
        ({"sharing": 2, "others": 1}, "2 jobs at a time shared cpu; another job was timed on cpu at the same time, by another run"),
    ],
    ids=[
        "alone", "a GPU at its power limit", "two slots", "another run", "three", "a process", "slots and processes",
        "heat at the end", "heat at the beginning", "power brake", "heat in between", "all reasons",
    ],
)  # fmt: skip
def test_reasons_against_a_time(found, expected):
    assert objection(Conditions(**{"device": "cpu", **found})) == expected
