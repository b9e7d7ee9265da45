"""The bare network, the whole step and the convolutions, timed in turns: ``python -m bench.floor.measure``.

Reads what is asked, as JSON, from standard input; prints what was found. Imports torch.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from bench.floor import bare, paper
from bench.floor.model import Asked, Bytes, Floor, Timed
from bench.machine import environment
from bench.prediction.tracking import Tracker
from bench.worker.counting import Flops
from nst import backbones, problems
from nst.arithmetic import set_exact
from nst.backbones import Backbone
from nst.objectives import evaluate
from nst.optimizers.bowl import Bowl
from nst.optimizers.held import held_bytes
from nst.problems import StylePart
from nst.settings import Settings, from_values
from nst.synthesis import make_optimizer

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
    step = _Step(network, settings, asked)
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
    times = _in_turns(work, asked.seconds, clock)
    found = {name: Timed(seconds=statistics.median(times[name]), gflop=gflop[name]) for name in work}
    shape = max((name for name in work if name not in ("bare", "step")), key=lambda name: found[name].gflops)
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
    )


class _Step:
    """A step as a run makes it: the objective, its gradient, and the optimiser's update, with a full history."""

    def __init__(self, network: Backbone, settings: Settings, asked: Asked) -> None:
        rng = np.random.default_rng(0)
        content, style = (rng.random((asked.height, asked.width, 3), dtype=np.float32) for _ in range(2))
        self._settings = settings
        self._shape = network.shape
        self._objective = problems.objective(
            network,
            settings,
            asked.height,
            asked.width,
            content=None if settings.content_layers is None else content,
            styles=[] if settings.style_layers is None else [StylePart(style)],
        )
        start = problems.noise("uniform", 0.5, 0.5, asked.height, asked.width, seed=0).to(network.mean)
        self.pictures = start * settings.pixel_range
        self._optimizer = make_optimizer(settings)
        self._fill()

    def __call__(self) -> Tensor:
        terms, gradient = evaluate(self._objective, self.pictures)
        self._optimizer.step(self.pictures, terms.sum(0), gradient)
        return self.pictures

    def _fill(self) -> None:
        """Take in as many pairs as the history holds."""
        bowl = Bowl(torch.rand_like(self.pictures))
        for _ in range((self._settings.history or 0) + 1):
            self._optimizer.step(self.pictures, *bowl(self.pictures))

    def held(self) -> Bytes:
        """What a step holds at its peak, block by block, and what it cannot do without."""
        self()  # what is made once and kept is there
        with (tracker := Tracker()):
            self()
        now = most = 0
        for event in tracker.events:
            now += event
            most = max(most, now)
        size = self.pictures.element_size()
        _, _, height, width = self.pictures.shape
        state = held_bytes(self._optimizer)
        targets = paper.targets(self._shape, self._settings, height, width, size)
        return Bytes(
            activations=paper.activations(self._shape, self._settings, height, width, size),
            optimiser=state,
            targets=targets,
            pictures=2 * self.pictures.numel() * size,
            peak=most + state + targets + self.pictures.numel() * size,
        )


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
