"""What a backbone is made of: layers, the tensors they hold and how they step over what they read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Kind = Literal["conv", "bn", "relu", "pool", "fire", "block"]


class Window(NamedTuple):
    """How a layer steps over what it reads, along one side."""

    kernel: int = 1
    stride: int = 1
    padding: int = 0
    ceil: bool = False
    """Whether a last, incomplete window counts."""

    def positions(self, side: int) -> int:
        """Windows that fit on ``side`` positions; 0 where none does."""
        free = side + 2 * self.padding - self.kernel
        count = (free + self.stride - 1 if self.ceil else free) // self.stride + 1
        if self.ceil and (count - 1) * self.stride >= side + self.padding:
            count -= 1  # a window has to start on the picture or its left padding
        return max(0, count) if side else 0


#: Every position by itself.
SAME = Window()


@dataclass(frozen=True)
class Layer:
    """One step of a backbone: a single operation, or a module that is read whole."""

    name: str
    kind: Kind
    key: str
    """Where torchvision keeps its tensors, without a leading ``features.``."""
    inputs: int
    channels: int
    window: Window = SAME
    inner: int = 0
    """Channels of a fire module's squeeze or a residual block's 3 x 3 convolution."""
    bias: bool = True

    @property
    def shortcut(self) -> bool:
        """Whether a residual block projects its input, which has another size than its output."""
        return self.kind == "block" and (self.window.stride > 1 or self.inputs != self.channels)

    @property
    def tensors(self) -> dict[str, tuple[int, ...]]:
        """Shapes of its weights and batch statistics by torchvision's name, without the key."""
        if self.kind == "conv":
            return _convolution("", self.inputs, self.channels, self.window.kernel, bias=self.bias)
        if self.kind == "bn":
            return _norm("", self.channels)
        if self.kind == "fire":
            half = self.channels // 2
            return {
                **_convolution("squeeze.", self.inputs, self.inner, 1),
                **_convolution("expand1x1.", self.inner, half, 1),
                **_convolution("expand3x3.", self.inner, half, 3),
            }
        if self.kind == "block":
            sizes = ((self.inputs, self.inner, 1), (self.inner, self.inner, 3), (self.inner, self.channels, 1))
            found: dict[str, tuple[int, ...]] = {}
            for i, (inputs, outputs, kernel) in enumerate(sizes, start=1):
                found |= _convolution(f"conv{i}.", inputs, outputs, kernel, bias=False) | _norm(f"bn{i}.", outputs)
            if self.shortcut:
                found |= _convolution("downsample.0.", self.inputs, self.channels, 1, bias=False)
                found |= _norm("downsample.1.", self.channels)
            return found
        return {}


def _convolution(name: str, inputs: int, outputs: int, kernel: int, *, bias: bool = True) -> dict[str, tuple[int, ...]]:
    tensors: dict[str, tuple[int, ...]] = {f"{name}weight": (outputs, inputs, kernel, kernel)}
    return tensors | {f"{name}bias": (outputs,)} if bias else tensors


def _norm(name: str, channels: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}{kind}": (channels,) for kind in ("weight", "bias", "running_mean", "running_var")}
