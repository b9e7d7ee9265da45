"""Which jobs will not fit into memory, said before they start. No torch here."""

from __future__ import annotations

from collections.abc import Sequence

from bench.plan import Job
from bench.prediction.forecast import Forecasts


def misfits(jobs: Sequence[Job], forecasts: Forecasts, device: str, slots: int = 1) -> list[str]:
    """A sentence for each job that is predicted to need more memory than is free: ``cat x waves, size 4096: ...``.

    Jobs that fit one at a time, but not as many as there are slots, get one sentence together.

    Args:
        jobs: that are still to run.
        forecasts: of these jobs.
        device: that all slots share, for the message.
        slots: at work at the same time.
    """
    free = forecasts.free_bytes
    found: list[str] = []
    fitting: list[int] = []
    for job in jobs:
        name = f"{job.label}, size {job.parameters['size']}"
        if job.id in forecasts.too_large:
            found.append(f"{name}: will not fit: {forecasts.too_large[job.id]}")
        elif (prediction := forecasts.jobs.get(job.id)) and prediction.peak_bytes is not None and free is not None:
            if prediction.peak_bytes > free:
                found.append(f"{name}: needs about {size(prediction.peak_bytes)}, {size(free)} are free on {device}")
            else:
                fitting.append(prediction.peak_bytes)
    together = sum(sorted(fitting)[-slots:])
    # Of what is free, each worker counts what it holds itself: of several, the smallest of their figures is known.
    if slots > 1 and free is not None and together > free:
        found.append(
            f"{slots} jobs at a time may need {size(together)}, {size(free)} are free on {device}: "
            "run fewer at a time (--jobs)"
        )
    return list(dict.fromkeys(found))


def size(count: float) -> str:
    """Bytes for people: ``850 MB``, ``1.4 GB``, ``31 GB``."""
    for unit, name in ((1e9, "GB"), (1e6, "MB")):
        if count >= 0.9995 * unit:
            return f"{count / unit:.1f} {name}" if count < 9.95 * unit and unit == 1e9 else f"{count / unit:.0f} {name}"
    return f"{count / 1e3:.0f} kB"
