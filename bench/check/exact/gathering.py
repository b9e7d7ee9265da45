"""Counting a manifest's jobs, by workers: each job twice, once by itself and once in a run like any other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.check.exact.counted import Counted, Figures, Gathered
from bench.check.exact.deciding import inexact
from bench.check.exact.metrics import SITE
from bench.check.naming import names, places
from bench.engines import Ended, Engine, Probe, as_plain
from bench.errors import BenchError
from bench.plan import Job, Plan
from bench.progress import Quiet
from bench.record import Record
from bench.report import build
from bench.runner import session
from bench.runner.interrupts import Interrupt
from bench.runner.orders import Orders
from bench.store import Store
from bench.store.files import end_threads
from bench.tasks import TASKS
from nst.images import PictureError

#: Seconds between two looks at whether to stop.
_LOOK = 0.2


@dataclass(frozen=True)
class _Told:
    """What a worker said of one job."""

    figures: Figures
    environment: Mapping[str, Any]
    reason: str = ""


def gather(
    plan: Plan,
    only: frozenset[str] | None,
    store: Store,
    engine: Engine,
    command: Sequence[str],
    tell: Callable[[str], None],
) -> Gathered:
    """Count the jobs of a plan in an empty results folder, and what its site comes to.

    Args:
        only: ids of the jobs to count; None: all, and the site.
        store: of the folder, whose lock is held.
        engine: with one slot; closed at the end.
        command: as it was typed.
        tell: takes sentences for people.
    """
    jobs = [job for job in plan.jobs.values() if only is None or job.id in only]
    try:
        told = _count(plan, jobs, store, engine)
        choices = session.Choices(command, only=only, retries=0, timeout=None, measure=False)
        if session.carry_out(plan, store, engine, choices, lambda _: Quiet(), tell).summary.interrupted:
            raise KeyboardInterrupt
        named = names(plan)
        benchmarks = [_counted(plan, job, named[job.id], store.record(job.id), told[job.id]) for job in jobs]
        notes = inexact(benchmarks)
        if only is not None:
            notes.append("the site was not counted: it shows all jobs, and not all were asked for")
        elif not any(one.reason for one in benchmarks):
            end_threads()  # so that pages are made on all processors
            benchmarks.append(Counted(SITE, figures=_site(build([store.root]).index.parent)))
    except KeyboardInterrupt:
        return Gathered(reasons=("interrupted: nothing was compared",))
    except BenchError as error:  # no worker starts, or the disk is full
        return Gathered(reasons=(str(error),))
    finally:
        engine.close()
    environment = next((one.environment for one in told.values() if one.environment), {})
    return Gathered(tuple(benchmarks), environment, notes=tuple(notes))


def _count(plan: Plan, jobs: Sequence[Job], store: Store, engine: Engine) -> dict[str, _Told]:
    """What the worker counts of each job, by id.

    Raises:
        KeyboardInterrupt: when it was asked to stop.
    """
    (slot,) = engine.slots
    orders, interrupt = Orders(plan, store), Interrupt()
    found: dict[str, _Told] = {}
    with interrupt.on_signals():
        orders.store_pictures(jobs, lambda: interrupt.requests > 0)
        for job in jobs:
            if interrupt.requests:
                raise KeyboardInterrupt
            try:
                order = orders.order(job, store.root)
            except PictureError as error:
                found[job.id] = _Told({}, {}, str(error))
                continue
            content = {"parameters": dict(order.parameters), "inputs": as_plain(order.inputs), "weights": order.weights}
            engine.submit(Probe(job.id, "count", content), slot)
            found[job.id] = _told(_end(engine, job.id, interrupt))
    return found


def _end(engine: Engine, id: str, interrupt: Interrupt) -> Ended:
    while not interrupt.requests:
        event = engine.next_event(_LOOK)
        if isinstance(event, Ended) and event.id == id:
            return event
    raise KeyboardInterrupt


def _told(ended: Ended) -> _Told:
    if ended.status != "done":
        failure = ended.content.get("failure", {})
        return _Told({}, ended.environment, f"{ended.status}: {failure.get('message', 'no reason given')}")
    return _Told({name: figure for name, figure in ended.content.items() if figure is not None}, ended.environment)


def _counted(plan: Plan, job: Job, name: str, record: Record | None, told: _Told) -> Counted:
    """A job with what its record says and what was counted apart; the figures of both were counted twice."""
    place = places(plan)[job.id]
    reason = told.reason or _why_not(record)
    if reason or record is None or record.outcome is None:
        return Counted(name, job.id, place, reason=reason or "the run left no record of it")
    outcome = record.outcome
    if not TASKS[str(job.parameters["task"])].optimises:
        again = {figure: value for figure, value in outcome.numbers.items() if figure in told.figures}
        return Counted(name, job.id, place, told.figures, again)
    if outcome.final_loss is None or "final_loss" not in told.figures:
        return Counted(name, job.id, place, reason="its loss was never finite, so that nothing it did can be trusted")
    found = {"evaluations": outcome.evaluations, "updates": outcome.updates, "final_loss": outcome.final_loss}
    return Counted(name, job.id, place, told.figures, found)


def _why_not(record: Record | None) -> str:
    if record is None or record.status == "done":
        return ""
    return f"{record.status}: {record.failure.message if record.failure else 'no reason given'}"


def _site(folder: Path) -> Figures:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {"files": len(files), "bytes": sum(path.stat().st_size for path in files)}
