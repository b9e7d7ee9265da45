"""How far off predictions were. No torch here."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median

from bench.prediction.forecast import Forecasts
from bench.runs import Predicted

#: Seconds and peak bytes of jobs that ended as done, by id.
Took = Mapping[str, tuple[float, int | None]]


def compare(forecasts: Forecasts, took: Took) -> Predicted | None:
    """What was predicted beside what it was; None where no job that ended as done was predicted.

    Args:
        forecasts: made before.
        took: seconds (all phases of :class:`bench.record.Timing` together) and peak bytes of the jobs that are done.
    """
    both = [(forecasts.jobs[job], *actual) for job, actual in took.items() if job in forecasts.jobs]
    if not both:
        return None
    peaks = [
        (prediction.peak_bytes, peak)
        for prediction, _, peak in both
        if prediction.peak_bytes is not None and peak is not None
    ]
    return Predicted(
        jobs=len(both),
        seconds=sum(prediction.seconds for prediction, _, _ in both),
        actual_seconds=sum(seconds for _, seconds, _ in both),
        peak_bytes=max((foretold for foretold, _ in peaks), default=None),
        actual_peak_bytes=max((peak for _, peak in peaks), default=None),
        median_seconds_off=median(_off(prediction.seconds, seconds) for prediction, seconds, _ in both),
        median_peak_off=median(_off(foretold, peak) for foretold, peak in peaks) if peaks else None,
    )


def in_words(predicted: Predicted) -> str:
    """``predicted 48 s, took 51 s (median job 4 % off); peak memory 2 % off``."""
    jobs = f"median job {_percent(predicted.median_seconds_off)} off" if predicted.jobs > 1 else ""
    jobs = jobs or f"{_percent(predicted.median_seconds_off)} off"
    text = f"predicted {duration(predicted.seconds)}, took {duration(predicted.actual_seconds)} ({jobs})"
    if predicted.median_peak_off is None:
        return text
    return f"{text}; peak memory {_percent(predicted.median_peak_off)} off"


def duration(seconds: float) -> str:
    """Seconds for people: ``4.2 s``, ``48 s``, ``12 min``, ``3 h 20 min``."""
    if seconds < 120:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


def _off(foretold: float, actual: float) -> float:
    return abs(foretold / actual - 1) if actual else 0.0


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
