"""Jobs, times and ends in the words that people read while a run goes on."""

from __future__ import annotations

from bench.amounts import several
from bench.engines import Standing
from bench.plan import Job, Plan
from bench.record import Record, Try


def describe(plan: Plan, job: Job) -> str:
    """``cat x waves, init noise``: the pictures and what varies in the job's experiments."""
    values = ((name, job.parameters[name]) for name in plan.axes[job.id])
    settings = [f"{name} {_short(value)}" for name, value in values if value is not None]
    return ", ".join([job.label, *settings])


def _short(value: object) -> str:
    if isinstance(value, list):
        items = [_short(item) for item in value]
        if any(isinstance(item, int | float) for item in value):  # -40+-40 would be a sum
            return f"[{', '.join(items)}]"
        return "+".join(items) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def clock(seconds: float | None) -> str:
    """``1:05`` or ``2:03:00``; ``?`` for None."""
    if seconds is None:
        return "?"
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def opening(todo: int, done: int) -> str:
    jobs = "job" if todo == 1 else "jobs"
    return f"{todo} {jobs} to run" + (f", {done} already done" if done else "")


def machines(standing: Standing) -> str:
    """``3 nodes, 8 GPUs, 1 node lost``."""
    parts = [several(standing.nodes, "node")]
    parts.append(several(standing.gpus, "GPU") if standing.gpus else several(standing.slots, "slot"))
    if standing.lost:
        parts.append(f"{several(len(standing.lost), 'node')} lost ({', '.join(standing.lost)})")
    return ", ".join(parts)


def rate(per_minute: float | None) -> str:
    """``12 jobs/min``; empty where nothing can be said yet."""
    if per_minute is None:
        return ""
    return f"{per_minute:.1f} jobs/min" if per_minute < 9.95 else f"{per_minute:,.0f} jobs/min"


def result(record: Record, told: set[str]) -> str:
    """``12.3 s, loss 4.56``, or why it failed; a reason in ``told`` was said in full before."""
    if record.status != "done" or record.outcome is None or record.timing is None:
        reason = record.failure.message if record.failure else "no reason given"
        said = "for the same reason as before" if reason in told else reason
        told.add(reason)
        return f"{record.status}: {said}"
    loss = record.outcome.final_loss
    shown = "" if not record.outcome.evaluations else ", no finite loss" if loss is None else f", loss {loss:.4g}"
    verdict = record.diagnosis.verdict if record.diagnosis else ""
    marked = f", {verdict}" if verdict not in ("", "converged", "falling") else ""
    tries = f", try {len(record.tries) + 1}" if record.tries else ""
    return f"{record.timing.optimise:.1f} s{shown}{marked}{tries}"


def again(earlier: Try, wait: float) -> str:
    """``crashed: the worker process was ended by SIGKILL; again in 2 s``."""
    return f"{earlier.status}: {earlier.message}; again in {wait:g} s"
