"""What a job's watch finds around it, by a fake driver and a counted presence."""

import time
from types import SimpleNamespace

import torch

from bench.machine import gpu
from bench.worker.memory import resident
from bench.worker.timing import Conditions
from bench.worker.watch import Surroundings, Watch
from tests.bench.machine.nvml import h100, properties


class Alone:
    """A presence that writes down when it comes and goes."""

    def __init__(self, others=0):
        self.log, self._others = [], others

    def enter(self):
        self.log.append("enter")

    def leave(self):
        self.log.append("leave")
        return self._others


def around(driver=None, presence=None):
    found = None if driver is None else gpu.match(driver, properties())
    return Surroundings("cuda:0", 1, found, presence or Alone())


def test_what_is_recorded_within_optimising_is_timed_apart_and_ends_nothing():
    watch = Watch("cpu", lambda progress: None, 1)
    with watch.phase("optimise"):
        with watch.phase("warmup"):
            time.sleep(0.3)
        before = resident()
        held = torch.ones(2**24)
        watch.stepping(False, "it failed")
    with watch.phase("optimise"), watch.phase("warmup"):
        watch.stepping(True, "")
    assert watch.clock.seconds["warmup"] >= 0.3 > watch.clock.seconds["optimise"]
    assert watch.stop()[1].peak_bytes - before >= held.nbytes / 2
    assert (watch.graph, watch.no_graph) == (True, "it failed")


def test_a_processor_tells_nothing_but_who_was_there():
    presence = Alone(others=2)
    watch = Surroundings("cpu", 3, None, presence)
    watch.attempt_begins()
    watch.stage_ended()
    assert watch.leave() == Conditions("cpu", sharing=3, others=2)
    assert presence.log == ["enter", "leave"]


def test_energy_and_heat_are_what_the_counters_went_on_by():
    joules, slow = iter([1_000, 251_000]), iter([5, 905])
    watch = around(
        h100(
            nvmlDeviceGetTotalEnergyConsumption=lambda _: next(joules),
            nvmlDeviceGetViolationStatus=lambda *_: SimpleNamespace(violationTime=next(slow)),
        )
    )
    watch.attempt_begins()
    watch.stage_ended()
    found = watch.leave()
    assert (found.energy_joules, found.heat_ns, found.processes) == (250.0, 900, 1)
    assert found.before == found.after is not None


def test_of_several_sizes_all_count_and_of_several_attempts_the_last():
    joules = iter([0, 1_000, 3_000, 7_000, 15_000])
    presence = Alone()
    watch = around(h100(nvmlDeviceGetTotalEnergyConsumption=lambda _: next(joules)), presence)
    watch.attempt_begins()  # 0
    watch.stage_ended()  # 1 J
    watch.attempt_begins()  # 3 J
    watch.stage_ended()  # 7 J
    watch.stage_ended()  # 15 J
    assert watch.leave().energy_joules == 12.0
    assert presence.log == ["enter", "leave"]


def test_without_a_counter_there_is_no_energy():
    watch = around(h100(nvmlDeviceGetTotalEnergyConsumption=None))
    watch.attempt_begins()
    watch.stage_ended()
    assert watch.leave().energy_joules is None


def test_a_process_that_came_or_went_meanwhile_was_there():
    counts = iter([1, 3])
    watch = around(h100(nvmlDeviceGetComputeRunningProcesses=lambda _: [None] * next(counts)))
    watch.attempt_begins()
    watch.stage_ended()
    assert watch.leave().processes == 3


def test_a_job_that_never_optimised_was_nowhere():
    assert around(h100()).leave() == Conditions("cuda:0")
