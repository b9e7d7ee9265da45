"""Sums and checks over the rows of a batch, each row for itself."""

from __future__ import annotations

from torch import Tensor

_CHUNK = 1024


def sums(values: Tensor) -> Tensor:
    """(B, n) -> (B,), to the same bits whatever else is in the batch.

    torch splits one long row between threads but not several, which rounds differently. Sums of short chunks, and
    then their sum, are split by row in any case; they are also more accurate.
    """
    whole = values.shape[1] // _CHUNK * _CHUNK
    rest = values[:, whole:].sum(1)
    if whole == 0:
        return rest
    return values[:, :whole].view(len(values), -1, _CHUNK).sum(2).sum(1) + rest


def movable(losses: Tensor, gradient: Tensor, active: Tensor | None) -> Tensor:
    """(B,) bool: active rows with a finite loss and a finite gradient (B, n).

    A sum is finite if all its parts are; where it overflows all the same, no product with the gradient would be.
    """
    finite = losses.isfinite() & sums(gradient).isfinite()
    return finite if active is None else finite & active.to(finite.device)


def shaped(mask: Tensor, like: Tensor) -> Tensor:
    """(B,) -> (B, 1, 1, ...), to go with ``like`` (B, ...)."""
    return mask.view(-1, *[1] * (like.ndim - 1))
