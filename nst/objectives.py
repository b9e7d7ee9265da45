"""What is minimised: distances of features (content), of Gram matrices (style), and roughness (TV).

Every function keeps pictures of a batch apart: input (B, ...), output (B,), so that a batch optimises B
independent problems and no mean over the batch scales their gradients.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from nst.backbones import Backbone
from nst.recipes import Conventions, GramDivisor, Reduction


def gram(features: Tensor, divisor: GramDivisor) -> Tensor:
    """Gram matrices F F^T of features (B, N, h, w), divided as named; returns (B, N, N)."""
    flat = features.flatten(2)
    matrices = torch.bmm(flat, flat.transpose(1, 2))
    channels, positions = flat.shape[1:]
    return matrices / {"none": 1, "positions": positions, "elements": channels * positions}[divisor]


def content_distance(features: Tensor, target: Tensor, reduction: Reduction) -> Tensor:
    """(F - P)^2 per picture, mean over N M or sum; (B, N, h, w) x (B or 1, N, h, w) -> (B,)."""
    squares = (features - target).square().flatten(1)
    return squares.sum(1) if reduction == "sum" else squares.mean(1)


def style_distance(features: Tensor, target: Tensor, conventions: Conventions) -> Tensor:
    """(G - A)^2 per picture under the recipe's divisor and reduction; returns (B,).

    ``target`` is the style's Gram matrix (B or 1, N, N) for as many positions as ``features`` has:
    see :func:`style_target`.
    """
    squares = (gram(features, conventions.gram_divisor) - target).square().flatten(1)
    if conventions.style_reduction == "mean":
        return squares.mean(1)
    total = squares.sum(1)
    if conventions.style_reduction == "quarter":
        channels, positions = features.shape[1], features.shape[2] * features.shape[3]
        return total / (4 * channels**2 * positions**2)
    return total


def style_target(features: Tensor, positions: int, divisor: GramDivisor) -> Tensor:
    """Gram matrix of the style for a picture with another number of positions.

    An undivided Gram matrix grows with the number of positions it sums over; the published formulas assume
    style and picture of one size. Scaling by the ratio keeps their meaning for any two sizes and changes
    nothing where they are equal.
    """
    own = features.shape[2] * features.shape[3]
    matrices = gram(features, divisor)
    return matrices * (positions / own) if divisor == "none" else matrices


def total_variation(pictures: Tensor) -> Tensor:
    """Mean square difference between horizontal neighbours plus that between vertical ones; (B,)."""
    across = (pictures[..., :, 1:] - pictures[..., :, :-1]).square().flatten(1).mean(1)
    down = (pictures[..., 1:, :] - pictures[..., :-1, :]).square().flatten(1).mean(1)
    return across + down


@dataclass(frozen=True)
class Term:
    """One layer's part in the objective: weight x distance to the target."""

    layer: str
    weight: float
    target: Tensor


@dataclass(frozen=True)
class Objective:
    """The weighted sum that a run minimises, kept apart by term."""

    backbone: Backbone
    conventions: Conventions
    content: Sequence[Term]
    style: Sequence[Term]
    tv_weight: float

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the terms, in the order of :meth:`__call__`'s rows."""
        terms = [f"content.{term.layer}" for term in self.content] + [f"style.{term.layer}" for term in self.style]
        return (*terms, "tv") if self.tv_weight else tuple(terms)

    def __call__(self, pictures: Tensor) -> Tensor:
        """Weighted terms of each picture: (B, 3, H, W) -> (terms, B)."""
        features = self.backbone(pictures, [term.layer for term in (*self.content, *self.style)])
        rows = [
            term.weight * content_distance(features[term.layer], term.target, self.conventions.content_reduction)
            for term in self.content
        ]
        rows += [
            term.weight * style_distance(features[term.layer], term.target, self.conventions) for term in self.style
        ]
        if self.tv_weight:
            rows.append(self.tv_weight * total_variation(pictures))
        return torch.stack(rows)
