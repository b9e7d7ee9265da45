"""Style as statistics of features: Gram matrices, and means with covariances; whole or within a region.

A *guide* restricts a statistic to a region (Gatys et al. 2017, 'Controlling Perceptual Factors in Neural Style
Transfer'): features are multiplied by it before their statistics are taken. It is scaled so that its squares sum to
the number of positions M, as those of ones do (:func:`as_guide`). Every statistic is then that of a picture as large,
full of what the region holds, and every divisor and reduction keeps its meaning.

Every function keeps the pictures of a batch apart: input (B, ...), output (B, ...).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from nst.settings import GramDivisor, Reduction

#: Added to the diagonal of covariances, so that flat pictures have a square root with a gradient (crowsonkb's value).
_RIDGE = 1e-4


@dataclass(frozen=True)
class StyleFeatures:
    """One style picture's features at a layer, (1, N, h, w), with its share in a mix and the region to look at."""

    features: Tensor
    share: float = 1.0
    guide: Tensor | None = None
    """(1, 1, h, w) from :func:`as_guide`; None: everywhere."""


def as_guide(shares: Tensor) -> Tensor:
    """How much of each position lies in a region, (1, 1, h, w) in [0, 1], scaled to squares with a mean of 1."""
    tiny = torch.finfo(shares.dtype).tiny  # where nothing lies inside, the statistics are 0
    return shares * shares.square().mean().clamp_min(tiny).rsqrt()


def positions(features: Tensor) -> int:
    """M of features (B, N, h, w)."""
    return int(features.shape[2] * features.shape[3])


def gram(features: Tensor, divisor: GramDivisor, guide: Tensor | None = None) -> Tensor:
    """Gram matrices F F^T of features (B, N, h, w), divided as named; returns (B, N, N)."""
    flat = (features if guide is None else features * guide).flatten(2)
    matrices = products(flat)
    if divisor == "none":
        return matrices
    m = positions(features)
    return matrices / (m if divisor == "positions" else m * features.shape[1])


class _Products(torch.autograd.Function):
    """Its gradient (D + D^T) F takes one product. torch takes two, one for each factor, and adds what came of the
    second, which lies in memory the other way round, to all other gradients of the layer: on a processor that took
    longer than the products themselves.
    """

    @staticmethod
    def forward(ctx: Any, flat: Tensor) -> Tensor:
        ctx.save_for_backward(flat)
        return torch.bmm(flat, flat.mT)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (flat,) = ctx.saved_tensors
        both = gradient + gradient.mT
        if flat.stride(1) == 1:  # channels last: what comes back lies as the features do
            return torch.bmm(flat.mT, both).mT
        return torch.bmm(both, flat)


def products(flat: Tensor) -> Tensor:
    """F F^T of (B, N, M); returns (B, N, N). It can be differentiated once."""
    found: Tensor = _Products.apply(flat)
    return found


def sum_squares(target: Tensor) -> Tensor:
    """What a relative distance is divided by, (1 or B, ...) -> (1 or B,); 1 where all of the target is 0."""
    squares = target.square().flatten(1).sum(1)
    return torch.where(squares > 0, squares, torch.ones_like(squares))


@dataclass(frozen=True)
class GramDistance:
    """(G - A)^2 of pictures against a target, under a divisor and a reduction."""

    target: Tensor
    """(1, N, N), for as many positions as the pictures have."""
    divisor: GramDivisor
    reduction: Reduction
    guide: Tensor | None = None
    waits: ClassVar[bool] = False

    @classmethod
    def to(
        cls,
        styles: Sequence[StyleFeatures],
        height: int,
        width: int,
        divisor: GramDivisor,
        reduction: Reduction,
        guide: Tensor | None = None,
    ) -> GramDistance:
        """Distance to a mix of styles, for pictures whose layer has ``height`` x ``width`` positions.

        Targets are blended by share: with shares that add up to 1 the gradient is that of the weighted sum of
        the distances to each. An undivided Gram matrix grows with the number of positions it sums over, and the
        published formulas assume pictures of one size; scaling by the ratio keeps their meaning for any two.
        """
        targets = []
        for style in styles:
            own = gram(style.features, divisor, style.guide) * style.share
            targets.append(own * (height * width / positions(style.features)) if divisor == "none" else own)
        return cls(torch.stack(targets).sum(0), divisor, reduction, guide)

    def __call__(self, features: Tensor) -> Tensor:
        """(B, N, h, w) -> (B,)."""
        squares = (gram(features, self.divisor, self.guide) - self.target).square().flatten(1)
        if self.reduction == "mean":
            return squares.mean(1)
        total = squares.sum(1)
        if self.reduction == "relative":
            return total / sum_squares(self.target)
        if self.reduction == "quarter":
            return total / (4 * features.shape[1] ** 2 * positions(features) ** 2)
        return total

    def together(self, distances: Sequence[GramDistance]) -> GramDistance:
        """See :class:`nst.objectives.Distance`."""
        _check_guides(distances)
        return replace(self, target=in_rows([one.target for one in distances]))


def in_rows(targets: Sequence[Tensor]) -> Tensor:
    """(1, ...) of each picture of a batch as (B, ...); (1, ...) where all have the same one."""
    first = targets[0]
    return first if all(one is first for one in targets) else torch.cat(list(targets))


def _check_guides(distances: Sequence[GramDistance | WassersteinDistance]) -> None:
    if any(one.guide is not None for one in distances):
        raise ValueError("styles in regions have no batch")


def moments(features: Tensor, guide: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Means (B, N) and covariances (B, N, N) over positions, in float64.

    Features are taken less their mean before they are multiplied: the difference of large second moments would leave
    nothing but rounding of a flat picture's covariance.
    """
    flat, m = features.flatten(2), positions(features)
    mean = flat.mean(2) if guide is None else flat @ guide.square().flatten() / m
    # That the mean depends on the features changes no covariance: differences from it add up to 0.
    centred = flat - mean.detach()[:, :, None]
    if guide is not None:
        centred = centred * guide.flatten(2)
    return mean.double(), products(centred).double() / m


@dataclass(frozen=True)
class WassersteinDistance:
    """Squared Wasserstein-2 distance between Gaussians with the features' means and covariances, over N.

    mean (m - m')^2 + 1/N tr(C + C' - 2 (C'^1/2 C C'^1/2)^1/2); Gelbrich 1990; as a style loss: crowsonkb.

    Matrices N x N are float64 whatever the features are. The root of a product of two covariances halves the digits
    that are left of its small eigenvalues: in float32 the distance is off by 0.2 % and its gradient by up to 3 % where
    a layer has fewer positions than channels.
    """

    mean: Tensor
    """(1, N) of the style."""
    covariance: Tensor
    """(1, N, N), ridge included."""
    root: Tensor
    """Its square root."""
    guide: Tensor | None = None
    waits: ClassVar[bool] = True

    @classmethod
    def to(cls, styles: Sequence[StyleFeatures], guide: Tensor | None = None) -> WassersteinDistance:
        """Distance to a mix of styles by share: to the mean and covariance of all their features thrown together."""
        found = [(style.share, *moments(style.features, style.guide)) for style in styles]
        mean = torch.stack([share * own for share, own, _ in found]).sum(0)
        spread = [share * (covariance + _outer(own - mean)) for share, own, covariance in found]
        covariance = _ridged(torch.stack(spread).sum(0))
        return cls(mean, covariance, _root(covariance), guide)

    def __call__(self, features: Tensor) -> Tensor:
        """(B, N, h, w) -> (B,)."""
        mean, covariance = moments(features, self.guide)
        covariance = _ridged(covariance)
        middle = self.root @ covariance @ self.root
        # The trace of a root is the sum of the eigenvalues' roots: its gradient, unlike an eigenvector's, is tame
        # where eigenvalues coincide. None is below the ridge's square but by rounding, which has no gradient.
        eigenvalues = torch.linalg.eigvalsh((middle + middle.mT) / 2)
        cross = eigenvalues.clamp_min(_RIDGE**2 / 4).sqrt().sum(1)
        traces = _trace(covariance) + _trace(self.covariance)
        distance: Tensor = (mean - self.mean).square().mean(1) + (traces - 2 * cross) / features.shape[1]
        return distance.clamp_min(0).to(features.dtype)  # at its minimum rounding takes it below

    def together(self, distances: Sequence[WassersteinDistance]) -> WassersteinDistance:
        """See :class:`nst.objectives.Distance`."""
        _check_guides(distances)
        mean, covariance, root = (
            in_rows([getattr(one, name) for one in distances]) for name in ("mean", "covariance", "root")
        )
        return WassersteinDistance(mean, covariance, root)


def _outer(vectors: Tensor) -> Tensor:
    return vectors[:, :, None] * vectors[:, None, :]


def _ridged(covariance: Tensor) -> Tensor:
    return covariance + _RIDGE * torch.eye(covariance.shape[1], dtype=covariance.dtype, device=covariance.device)


def _trace(matrices: Tensor) -> Tensor:
    return matrices.diagonal(dim1=1, dim2=2).sum(1)


def _root(matrices: Tensor) -> Tensor:
    """Symmetric square root of positive semi-definite matrices (B, N, N)."""
    values, vectors = torch.linalg.eigh(matrices)
    root: Tensor = (vectors * values.clamp_min(0).sqrt()[:, None, :]) @ vectors.mT
    return root
