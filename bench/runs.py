"""What is written down about a run as a whole: ``runs/<id>.json`` in a results folder, one for every start."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

#: More than this between the fixed convolution before and after a run, as a ratio less 1, marks it unstable.
UNSTABLE = 0.10


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="null")


class Steadiness(_Model):
    """Seconds of a fixed convolution on a slot, before and after its jobs (:mod:`bench.machine.steadiness`)."""

    before: float
    after: float | None = None
    """None where the run ended before it could be measured again."""

    @property
    def apart(self) -> float | None:
        """How far the two are apart: the larger over the smaller, less 1."""
        if self.after is None:
            return None
        return max(self.before, self.after) / min(self.before, self.after) - 1


class Predicted(_Model):
    """What was predicted before the run, and how far off that was. Of jobs that ended as done and were predicted."""

    jobs: int
    seconds: float
    """Of all these jobs together, as predicted."""
    actual_seconds: float
    peak_bytes: int | None = None
    """The largest of any job, as predicted."""
    actual_peak_bytes: int | None = None
    median_seconds_off: float
    """Median over jobs of |predicted / actual - 1|."""
    median_peak_off: float | None = None


class RunReport(_Model):
    """One run: when, by which command, on what, and how it ended."""

    schema_version: int = 1
    id: str
    """UTC start and process id: ``20260102T030405-1234``."""
    name: str
    command: list[str]
    started: str
    finished: str | None = None
    """None where the runner was killed."""
    ended: Literal["complete", "some failed", "interrupted", "stopped at a failure", "error"] | None = None
    slots: list[str] = []
    statuses: dict[str, int] = {}
    """Jobs of this run by status."""
    skipped: int = 0
    """Jobs that were done before."""
    steadiness: dict[str, Steadiness] = {}
    """By slot."""
    unstable: bool = False
    """Some slot's steadiness is more than :data:`UNSTABLE` apart: times of this run are not to be compared."""
    predicted: Predicted | None = None
    environment: dict[str, dict[str, Any]] = {}
    """By slot."""
