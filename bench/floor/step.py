"""A step as a run makes it, of one picture or of several at a time. Imports torch."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from bench.floor import paper
from bench.floor.model import Bytes
from bench.prediction.tracking import Tracker
from nst import problems
from nst.backbones import Backbone
from nst.objectives import Minimised, Objective, evaluate, together
from nst.optimizers.bowl import Bowl
from nst.optimizers.held import held_bytes
from nst.problems import StylePart
from nst.settings import Settings
from nst.synthesis import make_optimizer


class _Compiled:
    """An objective through torch.compile, for pictures of one shape."""

    def __init__(self, objective: Objective) -> None:
        self.tf32 = objective.tf32
        # Not a bound method: torch keeps what it compiled by function, and another objective has another network.
        self._call = torch.compile(lambda pictures: objective(pictures), dynamic=False)

    def __call__(self, pictures: Tensor) -> Tensor:
        terms: Tensor = self._call(pictures)
        return terms


class Step:
    """The objective, its gradient, and the optimiser's update, with a full history.

    Args:
        network: as the settings name it, on its device.
        settings: whose losses and optimiser.
        height: of the pictures.
        width: of the pictures.
        batch: pictures at a time, each with a content and a style of its own.
    """

    def __init__(self, network: Backbone, settings: Settings, height: int, width: int, batch: int = 1) -> None:
        rng = np.random.default_rng(0)

        def one() -> Objective:
            content, style = (rng.random((height, width, 3), dtype=np.float32) for _ in range(2))
            return problems.objective(
                network,
                settings,
                height,
                width,
                content=None if settings.content_layers is None else content,
                styles=[] if settings.style_layers is None else [StylePart(style)],
            )

        self._settings = settings
        self._shape = network.shape
        self._objective = together([one() for _ in range(batch)])
        start = problems.noise("uniform", 0.5, 0.5, height, width, seed=0).to(network.mean)
        self.pictures = (start * settings.pixel_range).repeat(batch, 1, 1, 1)
        self._optimizer = make_optimizer(settings)
        # As many pairs as the history holds.
        bowl = Bowl(torch.rand_like(self.pictures))
        for _ in range((settings.history or 0) + 1):
            self._optimizer.step(self.pictures, *bowl(self.pictures))

    def __call__(self) -> Tensor:
        """One step of all pictures; gives them."""
        return self._follow(self._objective)

    def compiled(self) -> Callable[[], Tensor]:
        """Such a step with network and losses compiled, which happens when it is called first."""
        compiled = _Compiled(self._objective)
        return lambda: self._follow(compiled)

    def _follow(self, objective: Minimised) -> Tensor:
        terms, gradient = evaluate(objective, self.pictures)
        self._optimizer.step(self.pictures, terms.sum(0), gradient)
        return self.pictures

    def held(self) -> Bytes:
        """What a step of one picture holds at its peak, block by block, and what it cannot do without."""
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
