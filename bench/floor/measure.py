"""The bare network, the whole step and the convolutions, timed in turns: ``python -m bench.floor.measure``.

Reads what is asked, as JSON, from standard input; prints what was found. Imports torch.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from bench.floor import bare, paper
from bench.floor.model import Asked, Compiled, Floor, Timed
from bench.floor.step import Step
from bench.machine import environment
from bench.worker.counting import Flops
from nst import backbones
from nst.arithmetic import set_exact
from nst.settings import from_values

#: Rounds, at least.
FEWEST = 5
#: Passes of each before anything is timed.
WARMUP = 2

#: Convolutions of 3 x 3 that are tried for the ceiling: channels in and out, and the side, as VGG has them.
CONVOLUTIONS = ((64, 256), (128, 128), (256, 64), (512, 32))


def measure(asked: Asked) -> Floor:
    """Time what was asked for."""
    set_exact()
    settings = from_values(asked.parameters)
    network = backbones.from_settings(settings, asked.device)
    clock = _Clock(asked.device)
    step = Step(network, settings, asked.height, asked.width)
    deepest = paper.deepest(network.shape, settings)
    once = bare.passes(network.exact, deepest, step.pictures)
    work: dict[str, Callable[[], Tensor]] = {"bare": once, "step": step}
    for channels, side in CONVOLUTIONS:
        work[f"{channels} channels, {side} x {side}"] = _convolution(channels, side, step.pictures)
    gflop = {name: _gflop(call) for name, call in work.items()}
    held = step.held()
    for call in work.values():
        for _ in range(WARMUP):
            call()
    compiled = _compiled(step, clock) if asked.compile else None
    if compiled is not None and not compiled[1].failure:
        work["compiled"] = compiled[0]
    times = _in_turns(work, asked.seconds, clock)
    found = {name: Timed(seconds=statistics.median(times[name]), gflop=gflop[name]) for name in gflop}
    shape = max((name for name in gflop if name not in ("bare", "step")), key=lambda name: found[name].gflops)
    ratios = [step / own for step, own in zip(times["step"], times["bare"], strict=True)]
    low, middle, high = statistics.quantiles(ratios, n=4, method="inclusive")
    return Floor(
        asked=asked,
        deepest=deepest,
        machine=machine(asked.device),
        torch=torch.__version__,
        threads=torch.get_num_threads(),
        rounds=len(ratios),
        bare=found["bare"],
        step=found["step"],
        ratio=middle,
        ratios=(low, high),
        ceiling=found[shape],
        ceiling_shape=shape,
        memory=held,
        compiled=None if compiled is None else _told(compiled[1], times, gflop["step"]),
    )


def _compiled(step: Step, clock: _Clock) -> tuple[Callable[[], Tensor], Compiled]:
    """The compiled step, and how long its first call took or why there was none."""
    call = step.compiled()
    try:
        seconds = clock.time(call)
        call()
    except Exception as error:  # of whatever torch, its compiler or the C++ compiler beneath it make
        lines = [line for line in str(error).splitlines() if line.strip()]
        return call, Compiled(failure=(lines or [type(error).__name__])[0])
    return call, Compiled(seconds=seconds)


def _told(compiled: Compiled, times: Mapping[str, Sequence[float]], gflop: float) -> Compiled:
    """With its times; the operations are counted as those of the step."""
    if compiled.failure:
        return compiled
    own = times["compiled"]
    ratio = statistics.median(one / plain for one, plain in zip(own, times["step"], strict=True))
    return compiled.model_copy(update={"step": Timed(seconds=statistics.median(own), gflop=gflop), "ratio": ratio})


def _convolution(channels: int, side: int, like: Tensor) -> Callable[[], Tensor]:
    """A convolution forward, and back to its input."""
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(1, channels, side, side, generator=generator).to(like)
    kernel = torch.randn(channels, channels, 3, 3, generator=generator).to(like)
    back = torch.ones_like(features)

    def once() -> Tensor:
        variable = features.detach().requires_grad_(True)
        (gradient,) = torch.autograd.grad(F.conv2d(variable, kernel, padding=1), variable, back)
        return gradient

    return once


def _gflop(call: Callable[[], Tensor]) -> float:
    with Flops() as flops:
        call()
    return float(flops.total) / 1e9


def _in_turns(work: Mapping[str, Callable[[], Tensor]], seconds: float, clock: _Clock) -> dict[str, list[float]]:
    """Seconds of each piece of work, one pass of each a round: what else the machine does meets all of them."""
    times: dict[str, list[float]] = {name: [] for name in work}
    start = time.perf_counter()
    while len(times["bare"]) < FEWEST or time.perf_counter() - start < seconds:
        for name, call in work.items():
            times[name].append(clock.time(call))
    return times


class _Clock:
    """Times a call; on CUDA until the device has done it."""

    def __init__(self, device: str) -> None:
        self._device = device

    def time(self, call: Callable[[], Tensor]) -> float:
        wait(self._device)
        start = time.perf_counter()
        call()
        wait(self._device)
        return time.perf_counter() - start


def wait(device: str) -> None:
    """Until a device has done what it was given."""
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def machine(device: str) -> str:
    """What a device calls itself."""
    if device.startswith("cuda"):
        return str(torch.cuda.get_device_name(device))
    return str(environment.processor()["cpu"])


if __name__ == "__main__":
    print(measure(Asked.model_validate_json(sys.stdin.read())).model_dump_json())
