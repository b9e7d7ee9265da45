"""Style as statistics of features: Gram matrices, and means with covariances; whole or within a region.

A *guide* g restricts a statistic to a region (Gatys et al. 2017, 'Controlling Perceptual Factors in Neural Style
Transfer'): features are multiplied by it, and the number of positions M becomes sum g^2. A guide of ones everywhere
changes nothing.

Every function keeps the pictures of a batch apart: input (B, ...), output (B, ...).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from nst.settings import GramDivisor, Reduction

#: Added to the diagonal of covariances, so that flat pictures have a square root with a gradient (crowsonkb's value).
_RIDGE = 1e-4


@dataclass(frozen=True)
class StyleFeatures:
    """One style picture's features at a layer, (1, N, h, w), with its share in a mix and the region to look at."""

    features: Tensor
    share: float = 1.0
    guide: Tensor | None = None
    """(1, 1, h, w) in [0, 1]; None: everywhere."""


def positions(features: Tensor, guide: Tensor | None) -> Tensor | int:
    """M: the number of positions, or sum g^2 under a guide, at least one."""
    if guide is None:
        return int(features.shape[2] * features.shape[3])
    return guide.square().sum().clamp_min(1.0)


def raw_gram(features: Tensor, guide: Tensor | None = None) -> Tensor:
    """F F^T of features (B, N, h, w), not divided by anything; returns (B, N, N)."""
    flat = (features if guide is None else features * guide).flatten(2)
    return torch.bmm(flat, flat.transpose(1, 2))


def gram(features: Tensor, divisor: GramDivisor, guide: Tensor | None = None) -> Tensor:
    """Gram matrices of features (B, N, h, w), divided as named; returns (B, N, N)."""
    matrices = raw_gram(features, guide)
    if divisor == "none":
        return matrices
    m = positions(features, guide)
    return matrices / (m if divisor == "positions" else m * features.shape[1])


@dataclass(frozen=True)
class GramDistance:
    """(G - A)^2 of pictures against a target, under a divisor and a reduction."""

    target: Tensor
    """(1, N, N), for as many positions as the pictures have."""
    divisor: GramDivisor
    reduction: Reduction
    guide: Tensor | None = None

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
        target = None
        m = guide.square().sum().clamp_min(1.0) if guide is not None else height * width
        for style in styles:
            own = gram(style.features, divisor, style.guide) * style.share
            if divisor == "none":
                own = own * (m / positions(style.features, style.guide))
            target = own if target is None else target + own
        assert target is not None
        return cls(target, divisor, reduction, guide)

    def __call__(self, features: Tensor) -> Tensor:
        """(B, N, h, w) -> (B,)."""
        squares = (gram(features, self.divisor, self.guide) - self.target).square().flatten(1)
        if self.reduction == "mean":
            return squares.mean(1)
        total = squares.sum(1)
        if self.reduction == "quarter":
            m = positions(features, self.guide)
            return total / (4 * features.shape[1] ** 2 * m**2)
        return total


def moments(features: Tensor, guide: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Means (B, N) and second raw moments (B, N, N), which unlike covariances may be blended."""
    m = positions(features, guide)
    weighted = features if guide is None else features * guide.square()
    return weighted.flatten(2).sum(2) / m, raw_gram(features, guide) / m


def _covariance(mean: Tensor, second: Tensor) -> Tensor:
    ridge = _RIDGE * torch.eye(mean.shape[1], dtype=mean.dtype, device=mean.device)
    return second - mean[:, :, None] * mean[:, None, :] + ridge


def _root(matrices: Tensor) -> Tensor:
    """Symmetric square root of positive semi-definite matrices (B, N, N)."""
    values, vectors = torch.linalg.eigh(matrices)
    root: Tensor = (vectors * values.clamp_min(0).sqrt()[:, None, :]) @ vectors.transpose(1, 2)
    return root


@dataclass(frozen=True)
class WassersteinDistance:
    """Squared Wasserstein-2 distance between Gaussians with the features' means and covariances, over N.

    mean (m - m')^2 + 1/N tr(C + C' - 2 (C'^1/2 C C'^1/2)^1/2); Gelbrich 1990; as a style loss: crowsonkb.
    """

    mean: Tensor
    """(1, N) of the style."""
    covariance: Tensor
    root: Tensor
    """Square root of the covariance, (1, N, N)."""
    guide: Tensor | None = None

    @classmethod
    def to(cls, styles: Sequence[StyleFeatures], guide: Tensor | None = None) -> WassersteinDistance:
        """Distance to a mix of styles: their means and second moments are blended by share."""
        found = [(style.share, *moments(style.features, style.guide)) for style in styles]
        mean = torch.stack([share * own for share, own, _ in found]).sum(0)
        covariance = _covariance(mean, torch.stack([share * own for share, _, own in found]).sum(0))
        return cls(mean, covariance, _root(covariance), guide)

    def __call__(self, features: Tensor) -> Tensor:
        """(B, N, h, w) -> (B,)."""
        mean, second = moments(features, self.guide)
        covariance = _covariance(mean, second)
        middle = self.root @ covariance @ self.root
        # The trace of a root is the sum of the eigenvalues' roots: its gradient, unlike an eigenvector's, is tame
        # where eigenvalues coincide.
        eigenvalues = torch.linalg.eigvalsh((middle + middle.transpose(1, 2)) / 2)
        tiny = torch.finfo(eigenvalues.dtype).eps * _RIDGE**2
        cross = eigenvalues.clamp_min(tiny).sqrt().sum(1)
        traces = covariance.diagonal(dim1=1, dim2=2).sum(1) + self.covariance.diagonal(dim1=1, dim2=2).sum(1)
        distance: Tensor = (mean - self.mean).square().mean(1) + (traces - 2 * cross) / features.shape[1]
        return distance
