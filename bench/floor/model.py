"""What ``nst-bench floor`` is asked, and what it found. No torch here."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

#: Raised where what the numbers mean changes.
SCHEMA = 1


class Asked(BaseModel):
    """One step to measure."""

    model_config = ConfigDict(frozen=True)

    recipe: str
    parameters: dict[str, Any]
    """All settings, as of a job."""
    width: int
    height: int
    """Of the picture, in pixels."""
    device: str
    """``cpu`` or ``cuda:<n>``."""
    compile: bool = False
    """Whether the step is measured by torch.compile, too."""
    seconds: float
    """That the measuring may take, beside warming up; a minimum of rounds is made in any case."""


class Timed(BaseModel):
    """One piece of work."""

    model_config = ConfigDict(frozen=True)

    seconds: float
    """Of one pass: the median over the rounds."""
    gflop: float
    """Of one pass, a multiplication and an addition as two, in 10^9."""

    @property
    def gflops(self) -> float:
        """10^9 operations per second."""
        return self.gflop / self.seconds


class Compiled(BaseModel):
    """The step with its network and losses put through torch.compile."""

    model_config = ConfigDict(frozen=True)

    step: Timed | None = None
    """None where it could not be compiled."""
    ratio: float | None = None
    """Over the step as it is: the median of the rounds' ratios."""
    seconds: float = 0.0
    """That the first step took, which compiles; less where torch finds in its cache what it compiled before."""
    failure: str = ""

    def pays_after(self, step: Timed) -> float | None:
        """Steps after which the compiling is made up for, at the given time of a step; None: never."""
        if self.step is None or self.step.seconds >= step.seconds:
            return None
        return self.seconds / (step.seconds - self.step.seconds)


class Bytes(BaseModel):
    """Of memory."""

    model_config = ConfigDict(frozen=True)

    activations: int
    """Features that the gradient needs (:func:`bench.floor.paper.activations`)."""
    optimiser: int
    """What it holds when its history is full."""
    targets: int
    """Content features and style statistics."""
    pictures: int
    """The picture, and its gradient."""
    peak: int
    """The most that tensors held at a time during a step, counted block by block; without the network's weights."""

    @property
    def paper(self) -> int:
        """What cannot be done without."""
        return self.activations + self.optimiser + self.targets + self.pictures


class Floor(BaseModel):
    """How far from its limit a machine is."""

    model_config = ConfigDict(frozen=True)

    schema_version: int = SCHEMA
    asked: Asked
    deepest: str
    """The last layer that is computed."""
    machine: str
    torch: str
    threads: int
    rounds: int
    bare: Timed
    step: Timed
    ratio: float
    """Step over bare: the median of the rounds' ratios."""
    ratios: tuple[float, float]
    """The quartiles of the rounds' ratios."""
    ceiling: Timed
    """The fastest of the convolutions tried, forward and back to its input."""
    ceiling_shape: str
    memory: Bytes
    compiled: Compiled | None = None
    """None where nobody asked for it."""

    @property
    def share(self) -> float:
        """Of the ceiling that the step achieves, by operations per second."""
        return self.step.gflops / self.ceiling.gflops
