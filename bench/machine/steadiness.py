"""Does the machine hold still? A fixed piece of work, timed before and after a run. Imports torch: for workers.

A convolution forward and backward, of a shape that spends its time as networks do: arithmetic, with threads that wait
for each other. It is no measure of a machine, only of whether it was as fast at the end as at the beginning.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import torch
from torch.nn import functional as F

#: Pictures x channels in x side, and channels out, of a convolution of 3 x 3: 0.3 GFLOP forward and twice that
#: backward on a processor (about 10 ms on two cores), 77 GFLOP forward on a GPU.
SHAPES = {"cpu": (1, 32, 128, 64), "cuda": (1, 256, 256, 256)}

#: Seconds of passes behind the warm-up, and how many there are at least.
BUDGET = 0.2
FEWEST = 11
WARMUP = 3


def measure(device: str, now: Callable[[], float] = time.perf_counter) -> dict[str, float]:
    """Time the fixed work on a device, in about a quarter of a second.

    Returns:
        ``seconds``: median of a forward and backward pass; ``spread``: interquartile range over it; ``passes``: how
        many were timed. The median, because a machine that others use half of the time is not as fast as at its best.
    """
    once = _work(device)
    for _ in range(WARMUP):
        once()
    times: list[float] = []
    start = now()
    while len(times) < FEWEST or now() - start < BUDGET:
        began = now()
        once()
        times.append(now() - began)
    low, middle, high = statistics.quantiles(times, n=4, method="inclusive")
    return {"seconds": middle, "spread": (high - low) / middle, "passes": float(len(times))}


def _work(device: str) -> Callable[[], None]:
    """One pass, complete when it returns."""
    cuda = device.startswith("cuda")
    batch, inputs, side, outputs = SHAPES["cuda" if cuda else "cpu"]
    generator = torch.Generator().manual_seed(0)  # nobody else's random numbers are touched
    features = torch.randn(batch, inputs, side, side, generator=generator).to(device).requires_grad_()
    kernel = torch.randn(outputs, inputs, 3, 3, generator=generator).to(device).requires_grad_()

    def once() -> None:
        loss = F.conv2d(features, kernel, padding=1).square().sum()
        torch.autograd.grad(loss, (features, kernel))
        if cuda:
            torch.cuda.synchronize(device)

    return once
