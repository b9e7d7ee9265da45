"""All that a comparison needs, made ready before the first measurement and cleared away behind the last."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from bench.check.agreeing import disagreements
from bench.check.comparing import Outcome, Target, compare
from bench.check.meter import Meter
from bench.check.model import Comparison, Limits, Side
from bench.check.sides import Code, Role, prepare
from bench.engines import Order
from bench.engines.local import LocalEngine
from bench.machine.devices import Slot
from bench.plan import Job, Plan
from bench.progress.words import describe
from bench.runner.orders import Orders
from bench.store import Store


@dataclass(frozen=True)
class Asked:
    """What the user wants compared."""

    plan: Plan
    manifest: Path
    jobs: Sequence[Job]
    fixed: Sequence[str]
    """``--set``."""
    place: Slot
    command: Sequence[str]
    limits: Limits
    phases: Sequence[str] = ("optimise",)


@dataclass(frozen=True)
class Ready:
    """Sides that can be measured."""

    asked: Asked
    codes: Mapping[Role, Code]
    odd: Mapping[str, str]
    """Why jobs cannot be compared, by id."""
    meter: Meter

    def compare(self, tell: Callable[[str], None]) -> Comparison:
        """One comparison; may be made again."""
        asked, started = self.asked, now()
        outcome = compare(self.meter, targets(asked), asked.limits, asked.phases, tell, self.odd)
        return Comparison(
            kind="compare",
            title=asked.plan.name,
            manifest=str(asked.manifest),
            manifest_sha256=asked.plan.loaded.sha256,
            command=list(asked.command),
            started=started,
            finished=now(),
            limits=asked.limits,
            sides=self.sides(),
            benchmarks=outcome.benchmarks,
            reasons=reasons(outcome),
        )

    def sides(self) -> list[Side]:
        return [
            code.side.model_copy(update={"environment": self.meter.environments.get(role, {})})
            for role, code in self.codes.items()
        ]


def reasons(outcome: Outcome) -> list[str]:
    return outcome.reasons or ([] if outcome.benchmarks else ["the manifest has no job to measure"])


@contextmanager
def ready(
    asked: Asked, named: Mapping[Role, str | None], tell: Callable[[str], None], *, slowdown: float | None = None
) -> Iterator[Ready]:
    """Make sides ready; their workers are ended and their files removed behind it.

    Args:
        named: the sides, each as its user named it; None: this code.
        slowdown: factor by which the head is made slower than it is.

    Raises:
        BenchError: for a side that cannot be measured.
    """
    with tempfile.TemporaryDirectory(prefix="nst-bench-check-") as folder:
        scratch = Path(folder)
        codes = {role: prepare(given, role, scratch) for role, given in named.items()}
        if slowdown is not None:
            codes["head"] = _slower(codes["head"], slowdown)
        for code in codes.values():
            tell(f"{code.side.role}: {code.side.label}, {code.python}")
        odd: dict[str, str] = {}
        for code in codes.values():
            if not code.own:
                odd |= disagreements(asked.plan, code, asked.manifest, asked.fixed)
        meter = _meter(asked, codes, scratch)
        try:
            yield Ready(asked, codes, odd, meter)
        finally:
            meter.close()


def _meter(asked: Asked, codes: Mapping[Role, Code], scratch: Path) -> Meter:
    orders = Orders(asked.plan, Store(scratch / "results"))
    orders.store_pictures(asked.jobs)
    engines = {
        role: LocalEngine([asked.place], scratch / f"{role}.log", code.command, home=code.home)
        for role, code in codes.items()
    }

    def order(id: str, folder: Path) -> Order:
        return orders.order(asked.plan.jobs[id], folder)

    # A GPU counts the processes that compute on it, idle ones too: there one side works after the other.
    return Meter(engines, order, scratch / "made", together=asked.place.device == "cpu" and len(codes) > 1)


def _slower(code: Code, factor: float) -> Code:
    side = code.side.model_copy(update={"given": f"{code.side.given}, slowed to {factor:g} times its time"})
    return replace(code, side=side, worker=("-m", "bench.check.slowed", str(factor)))


def targets(asked: Asked) -> list[Target]:
    """Every job, named after the first experiment that it belongs to, at the line where that begins."""
    found = []
    source = asked.plan.loaded.source
    homes = {id: experiment.name for experiment in reversed(asked.plan.experiments) for id in experiment.jobs}
    for job in asked.jobs:
        line, column = source.key_place(("experiments", homes[job.id]))
        found.append(Target(job.id, f"{homes[job.id]}: {describe(asked.plan, job)}", line, column))
    return found


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
