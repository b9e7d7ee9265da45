"""What is written down about a job, and about a plan: the two JSON files of a results folder.

``jobs/<id[:2]>/<id>/record.json`` holds one :class:`Record`; ``plan.json`` holds one :class:`StoredPlan`.
Both are plain data: no torch, no pictures, nothing but what a reader in ten years needs.
docs/results.md explains every field to people who read the files without this package.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

SCHEMA_VERSION = 1

Status = Literal["done", "failed", "oom", "timeout", "crashed"]

#: A parameter's value as it stands in manifests, records and tables.
Value = bool | int | float | str | list[str] | list[float] | None


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="null")


class InputPicture(_Model):
    """A picture that a job reads, under the label the manifest gives it."""

    label: str
    source: str
    """As the manifest names it: ``sample:chelsea`` or a path."""
    sha256: str
    """Of the file's bytes; for a sample, of its name and version."""


class Outcome(_Model):
    """What the optimisation reached. Losses are weighted: the terms add up to the total."""

    width: int
    height: int
    evaluations: int
    """Forward and backward passes of the objective."""
    updates: int
    """Changes made to the picture: one less than the evaluations unless the run broke off."""
    picture_evaluation: int
    """Position on the curve of the picture that was saved: the last one with a finite loss."""
    start_loss: float | None
    final_loss: float | None
    """Loss of the saved picture, before rounding to 8 bits."""
    terms: dict[str, float | None]
    """The final loss by term: ``content.conv4_2``, ``style.conv1_1``, ..., ``tv``."""
    out_of_gamut: float
    """Fraction of channel values outside [0, 1] before saving clips them."""


class Diagnosis(_Model):
    """How the run went, judged from its curve, with the sentence that says why."""

    verdict: Literal["converged", "falling", "unsteady", "stalled", "diverged", "non-finite"]
    reason: str


class Timing(_Model):
    """Seconds by phase, under the named contract (docs/results.md). ``optimise`` is the headline."""

    contract: str = "wall/1"
    decode: float
    weights: float
    targets: float
    warmup: float
    optimise: float
    save: float
    valid: bool
    invalid_reason: str | None = None


class Memory(_Model):
    """Peak memory while optimising, in bytes; None where the system cannot tell."""

    peak_bytes: int | None
    before_bytes: int | None
    method: str


class Failure(_Model):
    """Why a job is not done: one sentence for people, and the traceback for whoever mends it."""

    message: str
    details: str = ""


class Record(_Model):
    """Everything about one job that ended, whichever way."""

    schema_version: int = SCHEMA_VERSION
    id: str
    status: Status
    name: str
    """Name of the manifest that the job was first run for."""
    parameters: dict[str, Value]
    conventions: dict[str, Value]
    """What the recipe fixes beside the parameters: Gram divisor, reductions, taps, noise."""
    inputs: dict[str, InputPicture]
    """By role: ``content``, ``style``, both or one."""
    weights: str
    """Identity of the network's weights: a hash, or scheme and seed of random ones."""
    algorithm: int
    failure: Failure | None = None
    outcome: Outcome | None = None
    diagnosis: Diagnosis | None = None
    timing: Timing | None = None
    memory: Memory | None = None
    environment: dict[str, Any]
    files: dict[str, str]
    """File name beside the record -> SHA-256 of its bytes."""
    started: str
    finished: str
    """UTC, ISO 8601."""


class PlannedJob(_Model):
    """A job as the plan knows it, before anything ran."""

    id: str
    parameters: dict[str, Value]
    inputs: dict[str, InputPicture]


class PlannedExperiment(_Model):
    name: str
    task: str
    axes: dict[str, list[Value]]
    """Parameters that vary, in the manifest's order, with their values; ``seed`` where it repeats."""
    compare: list[str]
    """Axes that the report pairs up: runs that differ in nothing else."""
    jobs: list[str]


class StoredPlan(_Model):
    """What the last run of a results folder set out to do."""

    schema_version: int = SCHEMA_VERSION
    name: str
    title: str
    intro: str
    manifest_path: str
    manifest_text: str
    manifest_sha256: str
    command: list[str]
    created: str
    experiments: list[PlannedExperiment]
    jobs: dict[str, PlannedJob]
