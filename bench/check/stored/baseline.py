"""A baseline: the times of one side as they were measured, to be compared with later, or to be followed over commits.

Every time is kept, not what was made of it: rules change, samples do not.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from bench.check.model import Limits
from bench.check.refusal import RefusedError
from bench.store.files import read_json, write_json

SCHEMA_VERSION = 1
#: Bytes that no baseline comes near: a thousand benchmarks of a hundred workers have 10 MB.
_MOST = 2**27


def moment(text: str) -> datetime:
    """A time in ISO 8601 as UTC; one without a zone is taken for UTC.

    Raises:
        ValueError: when it is none.
    """
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _checked(text: str) -> str:
    moment(text)
    return text


When = Annotated[str, AfterValidator(_checked)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Samples(_Model):
    """The times of one benchmark."""

    id: str
    name: str
    phase: str = "optimise"
    work: str = ""
    """What was timed, by which contract (:attr:`bench.check.paired.meter.Round.work`)."""
    samples: list[list[Seconds]]
    """Seconds of each round, worker by worker in the order of measurement. The first worker is measured and not
    counted, as pair 0 is."""
    invalid: list[str] = []
    """For each worker why its times must not be compared; empty: they may. No entry at all: all of them may."""

    @model_validator(mode="after")
    def _one_reason_each(self) -> Samples:
        if self.invalid and len(self.invalid) != len(self.samples):
            raise ValueError(f"{len(self.invalid)} reasons for {len(self.samples)} workers")
        return self

    @property
    def counted(self) -> tuple[float, ...]:
        """The figure of each worker that counts, in seconds: the median of its rounds."""
        reasons = self.invalid or [""] * len(self.samples)
        workers = list(zip(self.samples, reasons, strict=True))[1:]
        return tuple(median(rounds) for rounds, reason in workers if rounds and not reason)


class Baseline(_Model):
    """The file of one side's samples."""

    schema_version: int = SCHEMA_VERSION
    title: str
    """Name of the manifest, or of the suite."""
    manifest: str = ""
    """Its path as given; empty where there is none."""
    manifest_sha256: str = ""
    commit: str | None = None
    """With ``+changes`` where the checkout differed from it."""
    committed: When | None = None
    """When that commit was made, in ISO 8601, where it is known."""
    taken: When
    """When it was measured: UTC, ISO 8601."""
    fingerprint: dict[str, Any]
    """What times depend on: figures of machines that differ in it must not be compared."""
    environment: dict[str, Any] = {}
    """As the worker described it (docs/results.md)."""
    limits: Limits = Limits()
    benchmarks: list[Samples]

    @model_validator(mode="after")
    def _each_once(self) -> Baseline:
        counted = Counter((one.id, one.phase) for one in self.benchmarks)
        for (id, phase), count in counted.items():
            if count > 1:
                raise ValueError(f"the benchmark {id[:12]}, phase {phase}, is in it twice")
        return self

    @property
    def at(self) -> datetime:
        """Where it stands in a history: when its commit was made, or else when it was measured."""
        return moment(self.committed or self.taken)


def read(path: Path) -> Baseline:
    """A baseline from its file.

    Raises:
        RefusedError: when there is none, or it is no baseline, or of a newer version.
    """
    if not path.exists():
        raise RefusedError(f"{path}: no such baseline: nst-bench check record MANIFEST makes one")
    try:
        return read_json(path, Baseline, SCHEMA_VERSION, _MOST)
    except ValueError as error:
        raise RefusedError(f"{path}: {error}") from None


def write(path: Path, baseline: Baseline) -> None:
    """Whole or not at all."""
    write_json(path, baseline)
