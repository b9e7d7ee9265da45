"""Which differences between neighbours the result is to have: the guidance field, and what it asks for."""

from __future__ import annotations

import numpy as np

from nst.blending.inputs import Field, Inside


def demand(source: Field, target: Field, inside: Inside, *, mixed: bool, across: bool) -> Field:
    """The right side of the equations for the *change* from target to result, (height, width, channels).

    For neighbours p and q the result's difference is to be v(p, q): that of the source, or, mixed, that of the two
    which is larger in magnitude, in each channel for itself and the source's where they are equal (Perez et al. 2003,
    equations 11 and 13). The change is then to have v less the target's difference, and a pixel's demand is the sum
    over its neighbours. Where v is the target's difference, nothing is asked for: exactly nothing.

    Args:
        source, target: of a window, (height, width, channels).
        inside: the pixels to be made; values elsewhere in what is returned mean nothing.
        across: whether a pixel inside and its neighbour outside follow v too, as in equation 7; otherwise their
            difference is to be 0.
    """
    asked = np.zeros_like(target)
    for axis in (0, 1):
        wanted, present = np.diff(source, axis=axis), np.diff(target, axis=axis)
        if mixed:
            np.copyto(wanted, present, where=np.abs(present) > np.abs(wanted))
        if not across:
            wanted[np.diff(inside, axis=axis)] = 0  # of two truth values: whether they differ
        wanted -= present
        add_divergence(asked, wanted, axis)
    return asked


def add_divergence(asked: Field, differences: Field, axis: int) -> None:
    """Add what differences between neighbours along an axis ask of each of the two, in place.

    The equation of pixel p sums f(p) - f(q) over its neighbours q: a difference f(q) - f(p) counts for q and
    against p.
    """
    along = np.moveaxis(asked, axis, 0)  # views: writing into them writes into ``asked``
    steps = np.moveaxis(differences, axis, 0)
    along[1:] += steps
    along[:-1] -= steps
