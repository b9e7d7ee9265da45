"""What is minimised: distances of features (content), of their statistics (style), and what the picture itself costs.

Every distance keeps the pictures of a batch apart: input (B, ...), output (B,), so that a batch optimises B
independent problems and no mean over the batch scales their gradients.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Protocol

import torch
from torch import Tensor

from nst.arithmetic import convolutions
from nst.backbones import Backbone
from nst.settings import Reduction
from nst.statistics import in_rows, sum_squares


@dataclass(frozen=True)
class ContentDistance:
    """(F - P)^2 per picture: mean over N M, sum, half the sum, or the sum over that of P^2."""

    target: Tensor
    """(1 or B, N, h, w)."""
    reduction: Reduction
    waits: ClassVar[bool] = False

    def __call__(self, features: Tensor) -> Tensor:
        """(B, N, h, w) -> (B,)."""
        squares = (features - self.target).square().flatten(1)
        if self.reduction == "mean":
            return squares.mean(1)
        if self.reduction == "relative":
            return squares.sum(1) / sum_squares(self.target)
        return squares.sum(1) * (0.5 if self.reduction == "half" else 1.0)

    def together(self, distances: Sequence[ContentDistance]) -> ContentDistance:
        """See :class:`Distance`."""
        return replace(self, target=in_rows([one.target for one in distances]))


class Distance(Protocol):
    """Of features to a target."""

    @property
    def waits(self) -> bool:
        """Whether the host has to wait for numbers from the device."""

    def __call__(self, features: Tensor) -> Tensor:
        """(B, N, h, w) -> (B,)."""

    def together(self, distances: Sequence[Any]) -> Distance:
        """One distance for a batch from those of its pictures, all of this one's kind.

        Raises:
            ValueError: where they differ in more than the target.
        """


@dataclass(frozen=True)
class Term:
    """One part of the objective: weight x distance at a layer. Terms of one name are shown as their sum."""

    name: str
    layer: str
    weight: float
    distance: Distance


@dataclass(frozen=True)
class Prior:
    """One part of the objective that no network has a say in: weight x what a picture costs by itself."""

    name: str
    weight: float
    cost: Callable[[Tensor], Tensor]
    """Pictures (B, 3, H, W), white as in :attr:`Objective.pixel_range` -> (B,)."""


@dataclass(frozen=True)
class Objective:
    """The weighted sum that a run minimises, kept apart by term."""

    backbone: Backbone
    terms: Sequence[Term]
    priors: Sequence[Prior] = ()
    pixel_range: float = 1.0
    """What white is in the pictures given."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the terms, in the order of :meth:`__call__`'s rows."""
        return tuple(dict.fromkeys([*(term.name for term in self.terms), *(prior.name for prior in self.priors)]))

    @property
    def tf32(self) -> bool:
        """Whether GPUs may multiply in TF32 for it, which is the network's to say."""
        return self.backbone.tf32

    @property
    def waits(self) -> bool:
        """Whether an evaluation makes the host wait for numbers from the device."""
        return any(term.distance.waits for term in self.terms)

    def __call__(self, pictures: Tensor) -> Tensor:
        """Weighted terms of each picture: (B, 3, H, W), black 0 and white :attr:`pixel_range` -> (terms, B)."""
        seen = pictures if self.pixel_range == 1 else pictures / self.pixel_range
        features = self.backbone(seen, [term.layer for term in self.terms])
        rows: dict[str, Tensor] = {}
        for term in self.terms:
            value = term.weight * term.distance(features[term.layer])
            rows[term.name] = rows[term.name] + value if term.name in rows else value
        for prior in self.priors:
            rows[prior.name] = prior.weight * prior.cost(pictures)
        return torch.stack(list(rows.values()))


def together(objectives: Sequence[Objective]) -> Objective:
    """One objective for B pictures, each with targets of its own; a single one is given back.

    Args:
        objectives: of one picture each, all by one network.

    Raises:
        ValueError: where they differ in more than their targets.
    """
    first = objectives[0]
    if len(objectives) == 1:
        return first
    terms = []
    for same in zip(*(one.terms for one in objectives), strict=True):
        if len({(term.name, term.layer, term.weight, type(term.distance)) for term in same}) > 1:
            raise ValueError("objectives of different terms have no batch")
        terms.append(replace(same[0], distance=same[0].distance.together([term.distance for term in same])))
    return replace(first, terms=terms)


class Minimised(Protocol):
    """What :func:`evaluate` needs of an :class:`Objective`."""

    @property
    def tf32(self) -> bool: ...

    def __call__(self, pictures: Tensor) -> Tensor: ...


def evaluate(objective: Minimised, pictures: Tensor) -> tuple[Tensor, Tensor]:
    """One evaluation: weighted terms (T, B) and the gradient of each picture's total, (B, 3, H, W)."""
    variable = pictures.detach().requires_grad_(True)
    with convolutions(objective.tf32):
        terms = objective(variable)
        (gradient,) = torch.autograd.grad(terms.sum(), variable)
    return terms.detach(), gradient
