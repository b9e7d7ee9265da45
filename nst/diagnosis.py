"""How a run went, told from its curve and its picture, with the numbers that decided.

The limits below come from some 700 runs of this engine at 48 to 96 pixels with random weights, whose pictures and
curves were looked at: each stands in a gap between the runs that looked well and those that did not.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

VERDICTS = ("converged", "falling", "unsteady", "stalled", "diverged", "non-finite", "out-of-gamut")
#: Verdicts after which a start from another seed may do better: the picture shows where the optimiser broke
#: down. Not ``out-of-gamut``, whose causes (a step length, the objective) are the same for every seed.
BAD = frozenset({"stalled", "diverged", "non-finite"})

#: A loss that changes by less than this share over the last tenth of the evaluations has settled ...
_SETTLED = 0.01
#: ... unless that was still this much of the run's average pace: then it is slow, not settled ...
_EVEN_PACE = 0.5
#: ... or fell by less than this in all: then it did not move, at whatever pace.
_MEASURABLE = 1e-4
#: A loss that ended further above its start than this diverged; one that settled less far below it never got going.
_PROGRESS = 0.1
#: Nor did one that settled before it fell by this much, while the picture still is the noise it began with.
_PROGRESS_FROM_NOISE = 0.5
#: Correlation with the start from which the picture still is that start.
_SAME_PICTURE = 0.9
#: Neighbouring pixels, and colour channels, of white noise correlate by less than this in ...
_WHITE = 0.15
#: ... starts of this many pixels; smaller ones cannot be told from noise.
_ENOUGH_PIXELS = 24 * 24
#: A step that raised the loss to this many times its start was thrown far off, and spoilt the optimiser's memory ...
_OVERSHOOT = 100.0
#: ... from which it has recovered once its pace is this many times the average; until then it creeps.
_AWAKE = 2.0
#: A shorter run may just not have got going yet.
_ENOUGH_EVALUATIONS = 10
#: A run that ends this far above its lowest loss is unsteady; an optimiser's jitter stays below.
_ABOVE_LOWEST = 0.2
#: So is one whose tail rises by this many times what it gains.
_OUTWEIGHED = 2.0
#: Below this share of its start a float32 loss is rounding, and its ups and downs mean nothing.
_ROUNDING = 1e-12
#: A value further outside [0, 1] than this is far out ...
_FAR = 0.25
#: ... and a picture with this share of them is out of gamut.
_FAR_SHARE = 0.1
_LARGEST = float(np.finfo(np.float64).max)


@dataclass(frozen=True)
class Diagnosis:
    """A verdict, the sentence that says why, and the numbers behind it."""

    verdict: str
    """One of :data:`VERDICTS`."""
    reason: str
    numbers: dict[str, float] = field(default_factory=dict)
    """All finite; one that is not defined is left out: the curve's where the start loss is 0 or a loss is not finite,
    the picture's where none is given, the start's below 24 x 24 pixels, a correlation where a picture is flat.

    Of the curve, whose tail is the last tenth of the evaluations, two at least:
    ``fall``: 1 - final / start loss. ``last_tenth``: 1 - lowest loss of the tail / loss before the tail.
    ``pace``: loss lowered per evaluation by the tail / by the whole run.
    ``rises_at_end``: all rises within the tail, summed / loss before the tail.
    ``above_lowest``: final / lowest loss - 1. ``overshoot``: highest / start loss.
    ``settled_at``: first evaluation within 1 % of the lowest loss. ``non_finite_at``: first evaluation lost.

    Of the picture: ``out_of_gamut``: share of values outside [0, 1]. ``far_out_of_gamut``: outside [-0.25, 1.25].
    ``non_finite_values``: share. ``correlation_with_start``: of its values, each channel less its mean.
    ``start_structure``: largest correlation between neighbouring pixels, or channels, of the start: about 0 in
    white noise, above 0.2 in pictures.
    """


def diagnose(
    total: NDArray[np.float64],
    picture: NDArray[np.floating] | None = None,
    start: NDArray[np.floating] | None = None,
    *,
    line_search: bool = False,
) -> Diagnosis | None:
    """Judge a run; None for a single evaluation, which tells nothing.

    ``non-finite``: a loss or the picture overflowed or became NaN. ``diverged``: the loss ended more than a tenth
    above its start. ``stalled``: it came to rest before it got anywhere. ``out-of-gamut``: a tenth of the values or
    more lie far outside [0, 1]. ``unsteady``: the loss rose at the end, or went to and fro. ``falling``: it was
    still going down. ``converged``: it settled.

    A picture that still is its start is a bad sign only where the start was noise: a start from the content may
    have little to do. A run from a picture is stalled when its loss never fell, or fell by less than a tenth after
    an overshoot by orders of magnitude. Steps that are all too short look like little to do and cannot be told apart.

    Args:
        total: (K,) total losses, one per evaluation; of one stage, where a run has several.
        picture: (H, W, 3), not clipped.
        start: (H, W, 3), where the run began.
        line_search: some evaluations are trial points of a line search, which may lie high or overflow
            and are not where the run stands: the curve is judged by its running minimum.
    """
    picture_numbers = {} if picture is None else _of_picture(picture, start)
    broken = _non_finite(total, line_search)
    if broken is not None:
        reason = f"the loss stopped being a finite number at evaluation {broken}"
        return Diagnosis("non-finite", reason, {"non_finite_at": float(broken)} | picture_numbers)
    if share := picture_numbers.get("non_finite_values"):
        return Diagnosis("non-finite", f"{share:.2%} of the picture's values are not finite numbers", picture_numbers)
    if len(total) < 2:
        return None
    curve = np.fmin.accumulate(total) if line_search else total
    if curve[0] > 0:
        numbers = _of_curve(curve) | picture_numbers
        return Diagnosis(*_judge(numbers, len(curve)), numbers)
    if curve[-1] > 0:
        return Diagnosis("diverged", "the loss was 0 at the start and is not at the end", picture_numbers)
    return Diagnosis("converged", "the loss was 0 at the start and is at the end", picture_numbers)


def _judge(n: dict[str, float], evaluations: int) -> tuple[str, str]:
    """The verdict and its reason: the first rule that holds."""
    tail = f"the last {_tail(evaluations)} evaluations"
    fall, last, rises = n["fall"], n["last_tenth"], n["rises_at_end"]
    if fall < -_PROGRESS:
        return "diverged", f"the loss ended at {1 - fall:.3g} times its start"
    if reason := _stalled(n, evaluations):
        return "stalled", reason
    if n.get("far_out_of_gamut", 0) >= _FAR_SHARE:
        return "out-of-gamut", (
            f"{n['out_of_gamut']:.0%} of the picture's values lie outside [0, 1], "
            f"{n['far_out_of_gamut']:.0%} by more than {_FAR}"
        )
    if 1 - fall < _ROUNDING:
        return "converged", f"the loss fell to less than {_ROUNDING:g} of its start, where only rounding is left"
    if n["above_lowest"] >= _ABOVE_LOWEST:
        return "unsteady", f"the loss ended {_share(n['above_lowest'])} above its lowest"
    if rises >= _SETTLED and rises >= _OUTWEIGHED * last:
        return "unsteady", f"{tail} raised the loss by {_share(rises)} in all, against a gain of {max(last, 0):.1%}"
    if last >= _SETTLED:
        return "falling", f"{tail} still lowered the loss by {last:.1%}"
    if n["pace"] >= _EVEN_PACE and (fall >= _MEASURABLE or evaluations < _ENOUGH_EVALUATIONS):
        return (
            "falling",
            f"the loss fell by only {fall:.2%}, but in {tail} still at {n['pace']:.2g} times its average pace",
        )
    if fall <= 0:
        return "unsteady", f"the loss ended at {1 - fall:.3f} times its start"
    if fall < _PROGRESS:
        return "converged", f"the loss fell by only {fall:.2%} and settled: little was to be done"
    return "converged", f"{tail} changed the loss by {abs(last):.2%}"


def _stalled(n: dict[str, float], evaluations: int) -> str:
    """Why a run counts as stalled; empty if it does not."""
    fall, last, pace = n["fall"], n["last_tenth"], n["pace"]
    if fall == 0 and n["rises_at_end"] == 0 and n["overshoot"] == 1:
        return f"none of {evaluations} evaluations lowered the loss"
    thrown = n["overshoot"] >= _OVERSHOOT
    idle = abs(last) < _SETTLED and (pace < _EVEN_PACE or fall < _MEASURABLE)
    if thrown:
        idle = idle or pace < _AWAKE
    if evaluations < _ENOUGH_EVALUATIONS or not idle:
        return ""
    from_noise = n.get("start_structure", 1) < _WHITE
    from_picture = not from_noise and "start_structure" in n
    still_noise = from_noise and n.get("correlation_with_start", 0) >= _SAME_PICTURE
    if fall >= (_PROGRESS_FROM_NOISE if still_noise else _PROGRESS):
        return ""
    if from_picture and fall > 0 and not thrown:
        return ""
    text = (
        f"the loss fell by {fall:.2%} in all, by {max(last, 0):.2%} in the last {_tail(evaluations)} evaluations"
        if fall > 0
        else f"the loss ended at {1 - fall:.3f} times its start"
    )
    if thrown:
        text += f", after it had shot up to {n['overshoot']:.1g} times its start"
    if still_noise:
        text += f", and the picture still is the noise it began with (correlation {n['correlation_with_start']:.2f})"
    return text


def _share(value: float) -> str:
    return f"{value:.1%}" if value < 10 else f"{value:.2g} times"


def _non_finite(total: NDArray[np.float64], line_search: bool) -> int | None:
    """Evaluation from which the run was lost, if it was.

    A line search steps back from a point that overflows, and is lost only if the tail never does.
    """
    finite = np.isfinite(total)
    if finite.all():
        return None
    if line_search and finite[0]:
        if finite[-_tail(len(total)) :].any():
            return None
        return int(np.flatnonzero(finite)[-1]) + 1
    return int(np.argmin(finite))


def _tail(evaluations: int) -> int:
    """Length of the last tenth of a run, which is compared with the evaluation before it."""
    return min(evaluations - 1, max(2, evaluations // 10))


def _of_curve(curve: NDArray[np.float64]) -> dict[str, float]:
    """Numbers of a finite curve of two evaluations or more that begins above 0."""
    steps, first = _tail(len(curve)), float(curve[0])
    before = len(curve) - 1 - steps
    # One evaluation may spike and come back; the median of three there does not let it pose as the level.
    level = float(np.median(curve[max(0, before - 1) : before + 2])) if before > 0 else first
    lowest = float(curve[before + 1 :].min())
    with np.errstate(over="ignore"):
        rises = float(np.diff(curve[before:]).clip(min=0).sum())
    numbers = {
        "fall": 1 - _ratio(float(curve[-1]), first),
        "last_tenth": 1 - _ratio(lowest, level) if level > 0 else 0.0,
        "rises_at_end": _ratio(rises, level),
        "above_lowest": max(0.0, _ratio(float(curve[-1]), float(curve.min())) - 1),
        "pace": (level - lowest) / (first - lowest) * (len(curve) - 1) / steps if first > lowest else 0.0,
        "settled_at": float(np.argmax(np.minimum.accumulate(curve) <= 1.01 * curve.min())),
        "overshoot": _ratio(float(curve.max()), first),
    }
    # Losses may lie further apart than floats reach, and JSON has no infinity.
    return {name: float(np.clip(value, -_LARGEST, _LARGEST)) for name, value in numbers.items()}


def _ratio(loss: float, reference: float) -> float:
    """Of two losses, 0 over 0 being 0."""
    if loss == 0:
        return 0.0
    return loss / reference if reference > 0 else _LARGEST


def _of_picture(picture: NDArray[np.floating], start: NDArray[np.floating] | None) -> dict[str, float]:
    """Numbers of the picture, and of what it kept of its start."""
    if not picture.size:
        return {}
    lost = float(np.mean(~np.isfinite(picture)))
    if lost:
        return {"non_finite_values": lost}
    numbers = {
        "out_of_gamut": float(np.mean((picture < 0) | (picture > 1))),
        "far_out_of_gamut": float(np.mean((picture < -_FAR) | (picture > 1 + _FAR))),
    }
    if start is None or start.shape != picture.shape or start.shape[0] * start.shape[1] < _ENOUGH_PIXELS:
        return numbers
    if not np.isfinite(start).all():
        return numbers
    before, after = _centred(start), _centred(picture)
    structure = _structure(before)
    kept = _correlation(before, after)
    if structure is not None:
        numbers["start_structure"] = structure
    if kept is not None:
        numbers["correlation_with_start"] = kept
    return numbers


def _centred(picture: NDArray[np.floating]) -> NDArray[np.float64]:
    """Each channel less its mean, scaled to a largest value of 1 so that squares of a blown-up picture stay finite."""
    values = picture.astype(np.float64)
    values /= max(1.0, float(np.abs(values).max()))
    values -= values.mean((0, 1))
    values[..., np.ptp(picture, axis=(0, 1)) == 0] = 0  # what a flat channel's mean leaves is rounding
    return values


def _correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float | None:
    """Of values less their means; None where one does not vary."""
    scale = float(np.sqrt(np.square(a).sum() * np.square(b).sum()))
    return float((a * b).sum()) / scale if scale > 0 else None


def _structure(picture: NDArray[np.float64]) -> float | None:
    """Largest correlation, either sign, of a centred picture with itself a pixel on and between its channels."""
    pairs = [(picture[:, 1:], picture[:, :-1]), (picture[1:], picture[:-1])]
    pairs += [(picture[..., i], picture[..., i - 1]) for i in range(picture.shape[2])]
    found = [abs(value) for a, b in pairs if (value := _correlation(a, b)) is not None]
    return max(found, default=None)
