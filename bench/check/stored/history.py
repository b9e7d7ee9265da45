"""Baselines over commits: apart by machine, a series for each benchmark, and where its level changed. No gate."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from pydantic import BaseModel, ConfigDict

from bench.check.refusal import RefusedError
from bench.check.stored import baseline as stored
from bench.check.stored.baseline import Baseline, moment
from bench.check.stored.steps import steps
from bench.store.files import utc

SCHEMA_VERSION = 1
#: Facts that tell machines of one name apart in their titles.
_FACTS = 4


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Point(_Model):
    """A benchmark in one file."""

    file: str
    commit: str | None
    at: str
    """When the commit was made, or else when it was measured: UTC, ISO 8601."""
    seconds: float
    """Median over workers of the median of their rounds."""
    low: float
    high: float
    """First and third quartile of the workers."""
    workers: int
    """That count."""

    @property
    def label(self) -> str:
        """What a step at this point is called: its commit, or its day."""
        return _short(self.commit) if self.commit else self.at[:10]


class Change(_Model):
    """A step of a series."""

    index: int
    """Of the first point of the new level."""
    commit: str | None
    previous: str | None
    """Of the last point of the old level: the change lies behind it, up to and including ``commit``."""
    at: str
    before: float
    after: float
    """The levels in seconds: medians of the points of each."""
    ratio: float
    """After to before."""

    @property
    def label(self) -> str:
        return _short(self.commit) if self.commit else self.at[:10]


class Series(_Model):
    """A benchmark on one machine, in order."""

    id: str
    name: str
    """With its phase where its files have several, and with what was timed where that has changed."""
    phase: str
    points: list[Point]
    steps: list[Change]

    @property
    def worst(self) -> float:
        """The largest step, up or down, as the absolute logarithm of its ratio; 0 where there is none."""
        return max((abs(math.log(step.ratio)) for step in self.steps), default=0.0)


class Machine(_Model):
    """Everything that was measured under one fingerprint."""

    title: str
    fingerprint: dict[str, Any]
    series: list[Series]

    @property
    def found(self) -> list[tuple[Series, Change]]:
        """All steps, the latest first."""
        every = [(series, step) for series in self.series for step in series.steps]
        return sorted(every, key=lambda both: both[1].at, reverse=True)


class History(_Model):
    schema_version: int = SCHEMA_VERSION
    files: int
    """That hold something."""
    machines: list[Machine]
    left_out: list[str]
    """Files of folders that are no baselines, or hold no time, each with the reason."""


@dataclass(frozen=True)
class Found:
    """A baseline and where it lay."""

    path: Path
    baseline: Baseline


def read(given: Sequence[Path]) -> History:
    """The history that files hold.

    Args:
        given: baselines, and folders: of these every ``*.json`` at any depth. A file counts once.

    Raises:
        RefusedError: when a file that was named cannot be read as a baseline, or no file holds a time.
    """
    found, left_out = [], []
    for path, named in _files(given):
        try:
            baseline = stored.read(path)
        except RefusedError as error:
            if named:
                raise
            left_out.append(str(error))
            continue
        if any(samples.counted for samples in baseline.benchmarks):
            found.append(Found(path, baseline))
        else:
            left_out.append(f"{path}: holds no time that may be compared")
    if not found:
        raise RefusedError(_nothing(given, left_out))
    return of(found, left_out)


def of(found: Sequence[Found], left_out: Sequence[str] = ()) -> History:
    """The history of baselines in any order."""
    machines: dict[str, list[Found]] = {}
    for one in sorted(found, key=lambda one: (one.baseline.at, moment(one.baseline.taken), str(one.path))):
        key = json.dumps(one.baseline.fingerprint, sort_keys=True, default=str)
        machines.setdefault(key, []).append(one)
    titles = _titles([some[-1].baseline for some in machines.values()])
    return History(
        files=len(found),
        machines=[
            Machine(title=title, fingerprint=some[-1].baseline.fingerprint, series=_series(some))
            for title, some in zip(titles, machines.values(), strict=True)
        ],
        left_out=list(left_out),
    )


def _files(given: Sequence[Path]) -> Iterable[tuple[Path, bool]]:
    """Each file once, and whether it was named itself."""
    seen: set[Path] = set()
    for path in given:
        inside = sorted(path.rglob("*.json")) if path.is_dir() else [path]
        for file in inside:
            real = file.resolve()
            if real not in seen:
                seen.add(real)
                yield file, not path.is_dir()


def _nothing(given: Sequence[Path], left_out: Sequence[str]) -> str:
    if left_out:
        more = f" (and {len(left_out) - 1} more)" if len(left_out) > 1 else ""
        return f"no file holds anything: {left_out[0]}{more}"
    return f"no file holds anything: {', '.join(map(str, given))} has no *.json; nst-bench check record makes baselines"


def _series(found: Sequence[Found]) -> list[Series]:
    """The series of one machine, in the order in which benchmarks first appear.

    Where other work was timed, or by another contract, a series of its own begins: that is no step of the code's.
    """
    points: dict[tuple[str, str, str], list[Point]] = {}
    names: dict[tuple[str, str], str] = {}
    for one in found:
        for samples in one.baseline.benchmarks:
            counted = samples.counted
            if counted:
                points.setdefault((samples.id, samples.phase, samples.work), []).append(_point(one, counted))
                names[samples.id, samples.phase] = samples.name
    several = len({phase for _, phase, _ in points}) > 1
    works = Counter((id, phase) for id, phase, _ in points)
    return [
        Series(
            id=id,
            name=_called(names[id, phase], phase if several else "", work if works[id, phase] > 1 else ""),
            phase=phase,
            points=some,
            steps=_changes(some),
        )
        for (id, phase, work), some in points.items()
    ]


def _called(name: str, phase: str, work: str) -> str:
    told = ", ".join(filter(None, (phase, work)))
    return f"{name} ({told})" if told else name


def _point(one: Found, counted: Sequence[float]) -> Point:
    low, _, high = quantiles(counted, n=4, method="inclusive") if len(counted) > 1 else (counted[0],) * 3
    return Point(
        file=str(one.path),
        commit=one.baseline.commit,
        at=utc(one.baseline.at),
        seconds=median(counted),
        low=low,
        high=high,
        workers=len(counted),
    )


def _changes(points: Sequence[Point]) -> list[Change]:
    return [
        Change(
            index=step.index,
            commit=points[step.index].commit,
            previous=points[step.index - 1].commit,
            at=points[step.index].at,
            before=math.exp(step.before),
            after=math.exp(step.after),
            ratio=step.ratio,
        )
        for step in steps([math.log(point.seconds) for point in points])
    ]


def _titles(latest: Sequence[Baseline]) -> list[str]:
    """What machines are called; those of one name with the first facts in which they differ."""
    names = [_name({**one.environment, **one.fingerprint}) for one in latest]
    titles = []
    for name, one in zip(names, latest, strict=True):
        alike = [other.fingerprint for other, its in zip(latest, names, strict=True) if its == name]
        differing = [key for key in one.fingerprint if len({str(other.get(key)) for other in alike}) > 1]
        titles.append(", ".join([name, *(" ".join(fact(key, one.fingerprint[key])) for key in differing[:_FACTS])]))
    return titles


def fact(name: str, value: Any) -> tuple[str, str]:
    """A fact of a fingerprint in words: ``ram 8 GiB``. Sizes stand there in whole GiB, power in watts."""
    for ending, unit in (("_bytes", " GiB"), ("_watts", " W")):
        if name.endswith(ending):
            return name.removesuffix(ending).replace("_", " "), "unknown" if value is None else f"{value}{unit}"
    return name.replace("_", " "), "unknown" if value is None else str(value)


def _name(facts: Mapping[str, Any]) -> str:
    known = ("device_name", "gpu", "cpu", "machine", "device")
    return next((str(facts[name]) for name in known if facts.get(name)), "unnamed machine")


def _short(commit: str) -> str:
    """Twelve digits of a commit, and what stands behind it."""
    digits, plus, changes = commit.partition("+")
    return f"{digits[:12]}{plus}{changes}"
