"""Watching a job: the time of its phases, and what goes on around the one that counts. Imports torch: for workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import torch

from bench.machine.exclusive import Presence
from bench.machine.gpu import Gpu, find
from bench.record import GpuState, Memory
from bench.worker.memory import PeakMemory
from bench.worker.timing import Conditions, PhaseClock
from nst.kept import Kept
from nst.observing import Attempt
from nst.synthesis import Progress

Number = TypeVar("Number", int, float)


class Watch:
    """Times the phases of a run, and looks after the one that counts: its memory, and what goes on around it."""

    def __init__(self, device: str, on_progress: Callable[[Progress], None], sharing: int) -> None:
        gpu = find(device)
        place = gpu.uuid if gpu is not None else device
        self.clock = PhaseClock(torch.cuda.synchronize if device.startswith("cuda") else lambda: None)
        self.kept = Kept()
        self._memory = PeakMemory(device)
        self._around = Surroundings(device, sharing, gpu, Presence(place, siblings=sharing == 1))
        self._on_progress = on_progress
        self._kept_bytes: int | None = None
        self.graph = False
        """Whether the last steps were replayed from a CUDA graph."""
        self.no_graph = ""
        """Why some were not although that was wanted."""
        self._attempting = self._optimising = False
        self._found: tuple[Conditions, Memory] | None = None

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        if self._optimising:
            with self.clock.phase(name):
                yield
            return
        self._optimising = name == "optimise"
        if self._optimising:
            self._before()
        elif self._kept_bytes is not None:
            self.stop()
        with self.clock.phase(name):
            yield
        if self._optimising:
            self._optimising = False
            self._around.stage_ended()

    def progressed(self, progress: Progress) -> None:
        self._on_progress(progress)

    def stepping(self, recorded: bool, why_not: str) -> None:
        self.graph, self.no_graph = recorded, why_not or self.no_graph

    def gave_up(self, attempt: Attempt) -> None:
        self.clock.move("optimise", "restarts")
        self._attempting = False

    def stop(self) -> tuple[Conditions, Memory]:
        """What was found while it optimised. The second call returns what the first did."""
        if self._found is None:
            memory = self._memory.stop().model_copy(update={"kept_bytes": self._kept_bytes})
            self._found = (self._around.leave(), memory)
        return self._found

    def _before(self) -> None:
        if not self._attempting:
            self._attempting = True
            self._around.attempt_begins()
        if self._kept_bytes is None:
            self._kept_bytes = self.kept.bytes
            self._memory.start()


class Surroundings:
    """Looks around when a job begins to optimise and when it has; never while it does.

    Args:
        device: ``cpu`` or ``cuda:<n>``.
        sharing: jobs that the run has there at a time.
        gpu: None for a processor, or where nothing is told of the GPU.
        presence: what others see of this process.
    """

    def __init__(self, device: str, sharing: int, gpu: Gpu | None, presence: Presence) -> None:
        self._gpu, self._presence = gpu, presence
        self._device, self._sharing = device, sharing
        self._before: GpuState | None = None
        self._after: GpuState | None = None
        self._energy: tuple[float | None, float | None] = (None, None)
        self._heat: tuple[int | None, int | None] = (None, None)
        self._processes: list[int] = []
        self._entered = False

    def attempt_begins(self) -> None:
        """Before an attempt's first evaluation that counts."""
        if not self._entered:
            self._entered = True
            self._presence.enter()
        if self._gpu is not None:
            self._count_processes(self._gpu)
            self._before, self._after = self._gpu.state(), None
            self._heat = (self._gpu.heat_ns(), None)
            self._energy = (self._gpu.energy(), None)

    def stage_ended(self) -> None:
        """Behind the last evaluation of a size, which may be that of the attempt."""
        if self._gpu is not None:
            self._energy = (self._energy[0], self._gpu.energy())
            self._heat = (self._heat[0], self._gpu.heat_ns())
            self._after = self._gpu.state()
            self._count_processes(self._gpu)

    def leave(self) -> Conditions:
        """Others no longer see this process; what was found."""
        return Conditions(
            self._device,
            self._sharing,
            others=self._presence.leave(),
            processes=max(self._processes, default=None),
            before=self._before,
            after=self._after,
            heat_ns=_difference(*self._heat),
            energy_joules=_difference(*self._energy),
        )

    def _count_processes(self, gpu: Gpu) -> None:
        found = gpu.processes()
        if found is not None:
            self._processes.append(found)


def _difference(before: Number | None, after: Number | None) -> Number | None:
    return None if before is None or after is None else after - before
