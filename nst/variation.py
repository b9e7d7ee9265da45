"""What is asked of a picture by itself: total variation, in the four forms that engines use, and a gamut."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor
from torch.nn import functional as F


def _across(pictures: Tensor) -> Tensor:
    return pictures[..., :, 1:] - pictures[..., :, :-1]


def _down(pictures: Tensor) -> Tensor:
    return pictures[..., 1:, :] - pictures[..., :-1, :]


def _mean(values: Tensor) -> Tensor:
    """0 where there is nothing to average: a picture one pixel wide has no horizontal neighbours."""
    flat = values.flatten(1)
    return flat.mean(1) if flat.shape[1] else flat.sum(1)


def mean_squares(pictures: Tensor) -> Tensor:
    """Mean square difference between horizontal neighbours plus that between vertical ones."""
    return _mean(_across(pictures).square()) + _mean(_down(pictures).square())


def sum_absolute(pictures: Tensor) -> Tensor:
    """Sum of absolute differences between neighbours: neural-style-pt, gordicaleksa."""
    return _across(pictures).abs().flatten(1).sum(1) + _down(pictures).abs().flatten(1).sum(1)


def half_sum_squares(pictures: Tensor) -> Tensor:
    """Half the sum of squared differences, last row and column left out: what jcjohnson/neural-style differentiates."""
    squares = _across(pictures)[..., :-1, :].square() + _down(pictures)[..., :, :-1].square()
    return squares.flatten(1).sum(1) / 2


def nine_point(pictures: Tensor) -> Tensor:
    """Mean squares over a nine-point stencil, the edge repeated beyond itself: crowsonkb/style-transfer-pytorch.

    2 (mean dx^2 / 3 + mean dy^2 / 3 + means over both diagonals / 12).
    """
    padded = F.pad(pictures, (1, 1, 1, 1), mode="replicate")
    inner = padded[..., 1:-1, 1:-1]
    right, below = padded[..., 1:-1, 2:] - inner, padded[..., 2:, 1:-1] - inner
    falling = padded[..., 1:, 1:] - padded[..., :-1, :-1]
    rising = padded[..., 1:, :-1] - padded[..., :-1, 1:]
    straight = _mean(right.square()) + _mean(below.square())
    diagonal = _mean(falling.square()) + _mean(rising.square())
    return 2 * (straight / 3 + diagonal / 12)


def outside(pictures: Tensor) -> Tensor:
    """Mean square by which values lie below black, 0, or above white, 1: (B, 3, H, W) -> (B,).

    Its gradient draws them back, where cutting them off would leave an optimiser with curvature that is not there.
    """
    return (pictures - pictures.clamp(0, 1)).square().flatten(1).mean(1)


#: Name -> function of pictures (B, 3, H, W), in the optimiser's units, to (B,).
FORMS: dict[str, Callable[[Tensor], Tensor]] = {
    "mean-squares": mean_squares,
    "sum-absolute": sum_absolute,
    "half-sum-squares": half_sum_squares,
    "nine-point": nine_point,
}
