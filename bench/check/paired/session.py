"""All that a comparison needs, made ready before the first measurement and cleared away behind the last."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from bench.check.model import Comparison, Limits, Side
from bench.check.naming import names, places
from bench.check.paired.agreeing import disagreements
from bench.check.paired.comparing import Outcome, Target, compare
from bench.check.paired.meter import Meter
from bench.check.paired.sides import Code, Role, check_code, prepare, same
from bench.check.refusal import RefusedError
from bench.check.stored.against import Against, refuse_other_jobs, refuse_other_machine, side_of
from bench.check.stored.alone import Measured, measure
from bench.check.stored.baseline import Baseline
from bench.engines import Order
from bench.engines.local import LocalEngine
from bench.machine.devices import Slot
from bench.plan import Job, Plan
from bench.runner.orders import Orders
from bench.store import Store
from bench.store.files import utc
from nst.images import PictureError


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
    whole: bool = True
    """Whether all jobs of the manifest were asked for."""


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
        found = self._told("compare", self.sides(), outcome, started)
        if same(*self.codes.values()):
            note = "both sides are the same commit under the same interpreter: there is nothing to tell apart"
            return found.model_copy(update={"notes": [note]})
        return found

    def against(self, baseline: Baseline, path: Path, tell: Callable[[str], None], *, allowed: bool) -> Comparison:
        """The head against times that were kept; what is found slower is measured once more.

        Args:
            path: of the baseline, for messages.
            allowed: whether it may be another machine's, for information.

        Raises:
            RefusedError: for a baseline that cannot be compared with.
        """
        started, informational = now(), ""
        refuse_other_jobs(baseline, [job.id for job in self.asked.jobs])

        def agreed(environment: Mapping[str, Any]) -> None:
            nonlocal informational
            informational = refuse_other_machine(baseline, environment, allowed=allowed)

        held, again = Against(baseline, targets(self.asked), self.asked.limits, self.odd), Measured()
        first = self.measure_alone(tell, agreed)
        if not first.reasons and (flagged := held.flagged(first)):
            again = self.measure_alone(tell, only=flagged)
        outcome = Outcome(held.benchmarks(first, again, whole=self.asked.whole), [*first.reasons, *again.reasons])
        note = f"the baseline is of {baseline.taken[:10]}: what the machine did then and does now is in the difference"
        found = self._told("baseline", [side_of(baseline, path), *self.sides()], outcome, started)
        return found.model_copy(update={"notes": [note], "informational": informational})

    def measure_alone(
        self,
        tell: Callable[[str], None],
        agreed: Callable[[Mapping[str, Any]], None] = lambda environment: None,
        only: Collection[str] | None = None,
    ) -> Measured:
        """The head by itself (:func:`bench.check.stored.alone.measure`); ``only``: ids of the jobs."""
        listed = [
            target
            for target in targets(self.asked)
            if target.id not in self.odd and (only is None or target.id in only)
        ]
        return measure(self.meter, listed, self.asked.limits, self.asked.phases, tell, agreed)

    def _told(
        self, kind: Literal["compare", "baseline"], sides: list[Side], outcome: Outcome, started: str
    ) -> Comparison:
        asked = self.asked
        return Comparison(
            kind=kind,
            title=asked.plan.name,
            manifest=str(asked.manifest),
            manifest_sha256=asked.plan.loaded.sha256_of_all,
            command=list(asked.command),
            started=started,
            finished=now(),
            limits=asked.limits,
            sides=sides,
            benchmarks=outcome.benchmarks,
            reasons=outcome.reasons or ([] if outcome.benchmarks else [self._nothing()]),
        )

    def _nothing(self) -> str:
        if not self.asked.jobs:
            return "the manifest has no job to measure"
        return f"no job has a phase {' or '.join(self.asked.phases)} that takes any time"

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
            check_code(code)
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
        role: LocalEngine([asked.place], _log(asked, role), program=code.command, home=code.home)
        for role, code in codes.items()
    }

    def order(id: str, folder: Path) -> Order:
        try:
            return orders.order(asked.plan.jobs[id], folder)
        except PictureError as error:
            raise RefusedError(str(error)) from None

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
    return utc(datetime.now(UTC))
