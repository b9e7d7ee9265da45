"""Which jobs will not fit into memory, said before they start. No torch here."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench.amounts import roughly
from bench.plan import Job
from bench.prediction.forecast import Forecasts


def misfits(
    jobs: Sequence[Job], forecasts: Forecasts, device: str, slots: int = 1, name: Callable[[Job], str] | None = None
) -> list[str]:
    """A sentence for each job that is predicted to need more memory than is free: ``cat x waves, size 4096: ...``.

    Jobs that fit one at a time, but not as many as there are slots, get one sentence together.

    Args:
        jobs: that are still to run.
        forecasts: of these jobs.
        device: that all slots share, for the message.
        slots: at work at the same time.
        name: what a job is called; its pictures and size if left out.
    """
    free = forecasts.free_bytes
    found: list[str] = []
    fitting: list[int] = []
    for job in jobs:
        called = name(job) if name else f"{job.label}, size {job.parameters['size']}"
        if job.id in forecasts.too_large:
            found.append(f"{called}: will not fit: {forecasts.too_large[job.id]}")
        elif (prediction := forecasts.jobs.get(job.id)) and prediction.peak_bytes is not None and free is not None:
            if prediction.peak_bytes > free:
                needed = roughly(prediction.peak_bytes)
                found.append(f"{called}: needs about {needed}, {roughly(free)} are free on {device}")
            else:
                fitting.append(prediction.peak_bytes)
    together = sum(sorted(fitting)[-slots:])
    # Of what is free, each worker counts what it holds itself: of several, the smallest of their figures is known.
    if slots > 1 and free is not None and together > free:
        found.append(
            f"{slots} jobs at a time may need {roughly(together)}, {roughly(free)} are free on {device}: "
            "run fewer at a time (--jobs)"
        )
    return list(dict.fromkeys(found))
