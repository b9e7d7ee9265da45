"""Steps as CUDA graphs: what a step gives the GPU to do, recorded once, then started as a whole.

A step is a few hundred kernels. Those of small pictures are over before the host has started the next one; a graph
takes one start for all of them (NVIDIA, CUDA C++ Programming Guide, 'CUDA Graphs'). It is the same kernels on the same
memory, and :class:`~nst.stepping.Stepping` is made so that this is all there is to a step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch

from nst.stepping import Stepping

Work = Callable[[], object]

#: Of several pieces of work, makes what does the same to memory; the work itself has no effect meanwhile.
Recorder = Callable[[Sequence[Work]], Sequence[Work]]


@dataclass(frozen=True)
class Way:
    """How the evaluations and steps of a :class:`~nst.stepping.Stepping` are made: its own methods, or recordings."""

    begin: Work
    advance: Work
    finish: Work
    recorded: bool = False
    why_not: str = ""
    """Why there is no recording although one was wanted."""


def plainly(stepping: Stepping, why_not: str = "") -> Way:
    """Call by call."""
    return Way(stepping.begin, stepping.advance, stepping.finish, why_not=why_not)


def recorded(stepping: Stepping, record: Recorder | None = None) -> Way:
    """From recordings where that is possible, else plainly and saying why.

    Args:
        stepping: that has not begun, on a GPU; the likes of it were rehearsed (:func:`rehearse`).
        record: makes the recordings; None: :func:`capture`.

    Raises:
        torch.OutOfMemoryError: when a step does not fit into memory.
    """
    stepping.reserve()
    if stepping.optimizer.waits:
        return plainly(stepping, "a line search reads every loss before it takes the next step")
    if stepping.objective.waits:
        return plainly(stepping, "the host waits for the eigenvalues of Wasserstein distances")
    works = [stepping.begin, stepping.advance, *([stepping.finish] if stepping.averages else [])]
    try:
        begin, advance, *rest = (record or capture)(works)
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as error:
        return plainly(stepping, f"recording a step failed: {str(error).strip().partition(chr(10))[0]}")
    return Way(begin, advance, rest[0] if rest else stepping.finish, recorded=True)


def capture(works: Sequence[Work]) -> list[Work]:
    """Record what calls would give the current GPU to do; what is returned has it done, as often as it is called.

    Work that is done one after the other shares its memory. So nothing that is to last may be made in it: results go
    into tensors that were there before.

    Raises:
        RuntimeError: where the work does what cannot be recorded, such as waiting for the GPU.
    """
    replays: list[Work] = []
    pool = None
    for work in works:
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=pool, stream=_aside(torch.cuda.current_device())):
            work()
        pool = graph.pool()
        replays.append(graph.replay)
    return replays


def rehearse(works: Sequence[Work]) -> None:
    """Calls, one after the other, where a GPU's recordings are made: libraries take there what they keep."""
    here, aside = torch.cuda.current_stream(), _aside(torch.cuda.current_device())
    aside.wait_stream(here)
    with torch.cuda.stream(aside):
        for work in works:
            work()
    here.wait_stream(aside)


@lru_cache
def _aside(device: int) -> torch.cuda.Stream:
    """The stream of a GPU that is recorded on, which cannot be the default one."""
    return torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
