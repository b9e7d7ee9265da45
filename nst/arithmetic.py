"""What float32 means: IEEE single precision on every device."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


def set_exact() -> None:
    """For this process: no TF32, which torch allows cuDNN by default, and cuDNN's deterministic algorithms."""
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True


@contextmanager
def convolutions(tf32: bool) -> Iterator[None]:
    """Within a block, convolutions on NVIDIA GPUs may use TF32; only where that is asked for is anything changed."""
    cudnn = torch.backends.cudnn
    before = cudnn.allow_tf32
    if tf32:
        cudnn.allow_tf32 = True
    try:
        yield
    finally:
        if tf32:
            cudnn.allow_tf32 = before


@contextmanager
def exact() -> Iterator[None]:
    """As :func:`set_exact` within a block; what was set before is put back."""
    cudnn, matmul = torch.backends.cudnn, torch.backends.cuda.matmul
    before = cudnn.allow_tf32, matmul.allow_tf32, cudnn.benchmark, cudnn.deterministic
    set_exact()
    try:
        yield
    finally:
        cudnn.allow_tf32, matmul.allow_tf32, cudnn.benchmark, cudnn.deterministic = before
