"""How a run went, told from its curve alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: A loss that settled before it fell by this share of its start never got going.
_PROGRESS = 0.1
#: A loss that fell by less than this share over the last tenth of the evaluations has converged.
_SETTLED = 0.01


@dataclass(frozen=True)
class Diagnosis:
    """A verdict and the numbers that decided it."""

    verdict: str
    reason: str


def diagnose(total: NDArray[np.float64]) -> Diagnosis | None:
    """Judge a curve of total losses, one per evaluation; None for a single one, which tells nothing.

    Verdicts: ``non-finite`` (a loss overflowed or became NaN), ``diverged`` (it ended above its start),
    ``stalled`` (it settled before it had fallen by a tenth), ``converged`` (it fell and settled), ``unsteady``
    (it rose again at the end, though not above its start), ``falling`` (it was
    still going down).
    """
    finite = np.isfinite(total)
    if not finite.all():
        first = int(np.argmin(finite))
        return Diagnosis("non-finite", f"the loss stopped being a finite number at evaluation {first}")
    if len(total) < 2:
        return None
    start, final = float(total[0]), float(total[-1])
    if final > start:
        return Diagnosis("diverged", f"the loss ended at {_ratio(final, start)} its start")
    fall = 1 - final / start if start > 0 else 1.0
    recent = float(total[-max(2, len(total) // 10)])
    settling = 1 - final / recent if recent > 0 else 0.0
    if settling < -_SETTLED:
        return Diagnosis("unsteady", f"the last tenth of the evaluations raised the loss by {-settling:.1%}")
    if settling < _SETTLED and fall < _PROGRESS and len(total) >= 10:
        return Diagnosis(
            "stalled",
            f"the loss fell by {fall:.1%} in all, and by {settling:.2%} in the last tenth of the evaluations",
        )
    if settling < _SETTLED:
        return Diagnosis("converged", f"the last tenth of the evaluations lowered the loss by {settling:.2%}")
    return Diagnosis("falling", f"the last tenth of the evaluations still lowered the loss by {settling:.1%}")


def _ratio(value: float, reference: float) -> str:
    return f"{value / reference:.3g} times" if reference > 0 else "more than"
