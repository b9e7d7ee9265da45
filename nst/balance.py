"""Which terms of an objective carry its gradient: how strongly each of them pulls at a picture.

A weighted sum is descended along the sum of its terms' gradients, so a term counts by its gradient, whatever its value:
one with a loss orders of magnitude below the others', and a gradient to match, is ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from torch import Tensor

from nst.objectives import Objective, evaluate


@dataclass(frozen=True)
class Ends:
    """A figure of each term, by name, at both ends of the last size."""

    start: Mapping[str, float]
    end: Mapping[str, float]


def pull(objective: Objective, picture: Tensor) -> dict[str, float]:
    """By term, the L2 norm over all values of a picture of the weighted term's gradient, in loss per white.

    Each term is evaluated by itself, through the network's layers up to its own: that takes longer than one pass for
    all of them, and never more memory than an evaluation.

    Args:
        objective: its terms, weights and unit of white.
        picture: (1, 3, H, W), black 0 and white ``objective.pixel_range``. A change of all its values that has the
            length of one value from black to white changes a term by its norm at most, to first order.

    Returns:
        a norm, 0 or more, for each of ``objective.names``, in their order; not finite where a gradient is not.
    """
    return {name: _norm(_alone(objective, name), picture) for name in objective.names}


def _alone(objective: Objective, name: str) -> Objective:
    """The objective without its other terms."""
    terms = [term for term in objective.terms if term.name == name]
    return replace(objective, terms=terms, priors=[prior for prior in objective.priors if prior.name == name])


def _norm(objective: Objective, picture: Tensor) -> float:
    _, gradient = evaluate(objective, picture)
    # Per white, whatever white is to the optimiser. In float64, as squares of float32 may leave its range.
    return float(gradient.double().norm()) * objective.pixel_range
