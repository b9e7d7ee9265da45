"""A run on the fake engine, and how its jobs may end."""

from bench.engines import Ended
from bench.runner import run
from bench.runner.interrupts import Interrupt
from bench.runner.options import Options
from tests.bench.small import FakeEngine, Heard, done


def carry_out(
    plan, store, outcome=None, interrupt=None, *, slots=("cpu",), heard=None, engine=None, todo=None, **options
):
    engine, heard = engine or FakeEngine(outcome, slots), heard or Heard()
    summary = run(
        plan,
        store,
        engine,
        heard,
        interrupt or Interrupt(),
        todo=todo,
        options=Options(**options),
        clock=engine.time.clock,
    )
    return summary, engine, heard


def crashed(order, message="the worker process was ended by SIGSEGV", status="crashed"):
    return Ended(
        order.id, status, {"failure": {"message": message, "details": "Segmentation fault\n"}}, {"device": "cpu"}
    )


def in_turn(plan, **by_number):
    """An outcome by the number of the job in the plan (``j0``, ``j1``): a list has one for every try."""
    ids, tries = list(plan.jobs), {}

    def outcome(order):
        chosen = by_number.get(f"j{ids.index(order.id)}", done)
        if isinstance(chosen, list):
            tries[order.id] = tries.get(order.id, 0) + 1
            chosen = chosen[tries[order.id] - 1]
        return chosen(order) if callable(chosen) else chosen

    return outcome


def submitted(engine, plan):
    """``(seconds, slot, number of the job)`` in the order of starts."""
    ids = list(plan.jobs)
    return [
        (round(when, 2), slot, ids.index(id)) for when, what, slot, id in engine.log if what == "submit" and id in ids
    ]


def asking(interrupt, then=done, times=1):
    def outcome(order):
        for _ in range(times):
            interrupt.request()
        return then(order)

    return outcome
