"""All that a comparison needs, made ready before the first measurement and cleared away behind the last."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from bench.check.model import Comparison, Limits, Side
from bench.check.naming import names, places
from bench.check.paired.agreeing import disagreements
from bench.check.paired.comparing import Outcome, Target, compare
from bench.check.paired.meter import Meter, Taken
from bench.check.paired.sides import Code, Role, prepare
from bench.check.refusal import RefusedError
from bench.check.stored.alone import against, refuse_other_jobs, refuse_other_machine, samples, side_of
from bench.check.stored.baseline import Baseline, Samples
from bench.engines import Order
from bench.engines.local import LocalEngine
from bench.machine.devices import Slot
from bench.plan import Job, Plan
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
    phases: Sequence[str]
    folder: Path
    """For what workers print, which messages refer to."""


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
        return self._told("compare", self.sides(), outcome, started)

    def against(self, baseline: Baseline, path: Path, tell: Callable[[str], None], *, allowed: bool) -> Comparison:
        """The head against times that were kept.

        Args:
            path: of the baseline, for messages.
            allowed: whether it may be another machine's, for information.

        Raises:
            RefusedError: for a baseline that cannot be compared with, and jobs that fail.
        """
        started, informational, outcome = now(), "", Outcome()
        refuse_other_jobs(baseline, [job.id for job in self.asked.jobs])

        def agreed(environment: Mapping[str, Any]) -> None:
            nonlocal informational
            informational = refuse_other_machine(baseline, environment, allowed=allowed)

        try:
            outcome = against(baseline, self.measure_alone(tell, agreed), targets(self.asked), self.asked.limits)
        except KeyboardInterrupt:
            outcome.reasons.append("interrupted before all was measured")
        note = f"the baseline is of {baseline.taken[:10]}: what the machine did then and does now is in the difference"
        found = self._told("baseline", [side_of(baseline, path), *self.sides()], outcome, started)
        return found.model_copy(update={"notes": [note], "informational": informational})

    def _told(
        self, kind: Literal["compare", "baseline"], sides: list[Side], outcome: Outcome, started: str
    ) -> Comparison:
        asked = self.asked
        return Comparison(
            kind=kind,
            title=asked.plan.name,
            manifest=str(asked.manifest),
            manifest_sha256=asked.plan.loaded.sha256,
            command=list(asked.command),
            started=started,
            finished=now(),
            limits=asked.limits,
            sides=sides,
            benchmarks=outcome.benchmarks,
            reasons=outcome.reasons or ([] if outcome.benchmarks else ["the manifest has no job to measure"]),
        )

    def measure_alone(
        self, tell: Callable[[str], None], agreed: Callable[[Mapping[str, Any]], None] = lambda environment: None
    ) -> list[Samples]:
        """The head by itself: a fresh worker for each pair that there would be, and one before, which does not count.

        Args:
            agreed: is shown the environment once the first worker has told it, and raises where it is of no use.

        Raises:
            RefusedError: when a job fails, of which there would be no baseline.
        """
        listed, limits = targets(self.asked), self.asked.limits
        taken: dict[str, list[Taken]] = {}
        for number in range(limits.pairs + 1):
            for id, one in self.meter.pair(number, [target.id for target in listed], limits.rounds).items():
                taken.setdefault(id, []).append(one)
                if one.failure:
                    name = next(target.name for target in listed if target.id == id)
                    raise RefusedError(f"{name}: {one.failure}")
            if number == 0:
                agreed(self.meter.environments.get("head", {}))
            tell(f"worker {number} of {limits.pairs}" + (" (warming up, not counted)" if number == 0 else ""))
        found = [samples(target, phase, taken[target.id]) for target in listed for phase in self.asked.phases]
        return [one for one in found if any(one.samples)]

    def sides(self) -> list[Side]:
        return [
            code.side.model_copy(update={"environment": self.meter.environments.get(role, {})})
            for role, code in self.codes.items()
        ]


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
            under = "" if code.python in code.side.given else f", under {code.python}"
            tell(f"{code.side.role}: {code.side.label}{under}")
        odd: dict[str, str] = {}
        for code in codes.values():
            if not code.own:
                odd |= disagreements(asked.plan, code, asked.manifest, asked.fixed)
        meter = _meter(asked, codes, scratch)
        try:
            yield Ready(asked, codes, odd, meter)
        finally:
            meter.close()
            for role in codes:
                _remove_empty(_log(asked, role))


def _meter(asked: Asked, codes: Mapping[Role, Code], scratch: Path) -> Meter:
    orders = Orders(asked.plan, Store(scratch / "results"))
    orders.store_pictures(asked.jobs)
    engines = {
        role: LocalEngine([asked.place], _log(asked, role), code.command, home=code.home)
        for role, code in codes.items()
    }

    def order(id: str, folder: Path) -> Order:
        return orders.order(asked.plan.jobs[id], folder)

    # A GPU counts the processes that compute on it, idle ones too: there one side works after the other.
    return Meter(engines, order, scratch / "made", together=asked.place.device == "cpu" and len(codes) > 1)


def _log(asked: Asked, role: Role) -> Path:
    return asked.folder / f"{role}.log"


def _remove_empty(log: Path) -> None:
    if log.is_file() and not log.stat().st_size:
        log.unlink()


def _slower(code: Code, factor: float) -> Code:
    side = code.side.model_copy(update={"given": f"{code.side.given}, slowed to {factor:g} times its time"})
    return replace(code, side=side, worker=("-m", "bench.check.paired.slowed", str(factor)))


def targets(asked: Asked) -> list[Target]:
    """Every job that is measured."""
    named, placed = names(asked.plan), places(asked.plan)
    return [Target(job.id, named[job.id], *placed[job.id]) for job in asked.jobs]


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
