"""What ``pytest --benchmark-json`` writes, as far as times can be compared by it. Pure: dicts in, runs out."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from bench.machine.fingerprint import fingerprint


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Stats(_File):
    data: list[float] | None = None
    """Seconds of one iteration, a figure for each round, in the order they ran; None where they were not saved."""


class Measured(_File):
    """A benchmark in one run."""

    name: str
    """``test_gram[True]``."""
    fullname: str
    """``tests/benchmarks/test_hot_paths.py::test_gram[True]``."""
    options: dict[str, Any] = {}
    stats: Stats

    @property
    def way(self) -> dict[str, Any]:
        """Options that change what is measured; others say how often."""
        return {name: self.options.get(name) for name in ("timer", "disable_gc", "warmup")}


class Cpu(_File):
    """What py-cpuinfo found; its clock as measured is none of it."""

    brand_raw: str | None = None
    count: int | None = None


class Machine(_File):
    """What pytest-benchmark says of a machine and of its Python."""

    system: str | None = None
    release: str | None = None
    machine: str | None = None
    processor: str | None = None
    python_version: str | None = None
    python_implementation: str | None = None
    cpu: Cpu = Cpu()


class Commit(_File):
    id: str = ""
    dirty: bool = False


class Content(_File):
    """A file."""

    machine_info: Machine
    commit_info: Commit
    benchmarks: list[Measured]
    ended: datetime = Field(alias="datetime")
    """When the run ended, in UTC."""
    version: str = ""
    """Of pytest-benchmark."""

    @field_validator("ended")
    @classmethod
    def _in_utc(cls, moment: datetime) -> datetime:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        counted = Counter(benchmark.fullname for benchmark in self.benchmarks)
        if twice := [name for name, count in counted.items() if count > 1]:
            raise ValueError(f"{twice[0]} stands in it twice")
        return self


@dataclass(frozen=True)
class Run:
    """A run of a suite, in a process of its own."""

    name: str
    """Of its file, as people are told it."""
    content: Content

    @property
    def benchmarks(self) -> dict[str, Measured]:
        return {benchmark.fullname: benchmark for benchmark in self.content.benchmarks}

    @property
    def environment(self) -> dict[str, Any]:
        """Its machine, by the names of docs/results.md, and ``python_implementation``."""
        info = self.content.machine_info
        return {
            "cpu": info.cpu.brand_raw or info.processor or None,
            "cores": info.cpu.count,
            "machine": info.machine,
            "os": f"{info.system}-{info.release}" if info.system else None,
            "python": info.python_version,
            "python_implementation": info.python_implementation,
        }

    @property
    def machine(self) -> dict[str, Any]:
        """What has to be equal for times to be comparable: not its clock as measured, nor its name."""
        found = self.environment
        return fingerprint(found) | {"python_implementation": found["python_implementation"]}

    @property
    def commit(self) -> str | None:
        """Its first digits; None outside of version control."""
        commit = self.content.commit_info
        if not re.fullmatch("[0-9a-f]{12,}", commit.id):
            return None
        return commit.id[:12] + ("+changes" if commit.dirty else "")


@dataclass(frozen=True)
class Suite:
    """A side: a file, or a folder of files."""

    role: Literal["base", "head"]
    given: str
    """As the user named it."""
    runs: tuple[Run, ...]
    """In the order of their names."""
    folder: bool = False
    reason: str = ""
    """Why it cannot be read although it is no garbage: no such file, an empty one."""
