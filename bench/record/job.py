"""What is written down about a job: ``jobs/<id[:2]>/<id>/record.json`` holds one :class:`Record`."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

SCHEMA_VERSION = 1

Status = Literal["done", "failed", "oom", "timeout", "crashed"]

#: Identity of the weights of a job without a network.
NO_WEIGHTS = "none"

#: Terms of the loss that no layer has: what a picture costs by itself, or beside the frame before it. A parameter
#: ``<name>_weight`` multiplies each.
PRIORS = ("tv", "gamut", "temporal")

#: A parameter's value as it stands in manifests, records and tables.
Value = bool | int | float | str | list[str] | list[int] | list[float] | None


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="null")


class InputPart(_Model):
    """One picture of a style that is made of several."""

    label: str
    source: str
    sha256: str
    weight: float
    """Its share, relative to the others of its region."""
    mask: str | None = None
    """Where in the result it applies, as the manifest names it."""
    mask_sha256: str | None = None
    style_mask: str | None = None
    """Which part of the style picture counts."""
    style_mask_sha256: str | None = None


class InputPicture(_Model):
    """A picture that a job reads, under the label the manifest gives it."""

    label: str
    source: str
    """As the manifest names it: ``sample:chelsea`` or a path; of a mix, its parts in words."""
    sha256: str
    """Of the file's bytes; for a sample, of its name and version; for a mix, of its parts."""
    notes: list[str] = []
    """What was done to the file: an animation's first frame taken, a colour profile converted, alpha kept."""
    parts: list[InputPart] = []
    """The pictures of a mix, or of a style with regions."""
    frames: int = 1
    """That can be read; more than one of a clip."""


class Attempt(_Model):
    """A run that was given up for another seed."""

    seed: int
    evaluations: int
    verdict: str
    reason: str


class Quality(_Model):
    """Figures of the saved picture that no network had a part in (docs/results.md); None where nothing compares."""

    structure: float | None = None
    structure_scales: int | None = None
    style_distance: float | None = None
    colour_distance: float | None = None
    colourfulness: float | None = None
    content_colourfulness: float | None = None
    style_colourfulness: float | None = None


class Pull(_Model):
    """How strongly each weighted term pulls at a picture: the L2 norm of its gradient there, in loss per white.

    By the names of the terms; None where a gradient is not finite.
    """

    start: dict[str, float | None]
    """At the picture that the last size began with."""
    end: dict[str, float | None]
    """At the result as it was evaluated, before clipping and rounding."""


class Outcome(_Model):
    """What the job reached. Losses are weighted: the terms add up to the total.

    A task that optimises nothing has no losses: its ``evaluations`` and ``updates`` are 0, what would be told of them
    is None.
    """

    width: int
    height: int
    evaluations: int
    """Forward and backward passes of the objective."""
    updates: int
    """Changes made to the picture; trial points of a line search are none."""
    picture_evaluation: int | None
    """Position on the curve of the picture that was saved: the last with a finite loss; of a line search, the best."""
    start_loss: float | None = None
    """Of the last size, where a run goes through several."""
    final_loss: float | None = None
    """Loss of that picture as it was evaluated, before clipping and rounding."""
    saved_loss: float | None = None
    """Of the picture as it was saved: clipped to [0, 1], rounded to 8 bits, with the content's colours where asked."""
    terms: dict[str, float | None] = {}
    """The final loss by term: ``content.conv4_2``, ``style.conv1_1``, ..., ``tv``, ``gamut``."""
    out_of_gamut: float | None
    """Fraction of channel values outside [0, 1] before saving clips them; None of a picture that shows something
    else than colours."""
    seed: int | None = None
    """Of the noise that the picture came from: another than the parameter after a restart."""
    attempts: list[Attempt] = []
    """Given up before this one."""
    quality: Quality = Quality()
    pull: Pull | None = None
    """Where the parameter ``balance`` asks for it."""
    numbers: dict[str, float] = {}
    """Figures of the task's own (docs/tasks.md)."""
    notes: list[str] = []
    """What was done to the result on its way into a file, such as sound encoded anew."""


class Diagnosis(_Model):
    """How the run went, judged from its curve and picture, with the sentence that says why."""

    verdict: Literal["converged", "falling", "unsteady", "stalled", "diverged", "non-finite", "out-of-gamut"]
    reason: str
    numbers: dict[str, float] = {}
    """What decided, by the names of :class:`nst.diagnosis.Diagnosis`."""


class GpuState(_Model):
    """What the driver of an NVIDIA GPU tells at one moment; None where it does not."""

    sm_mhz: int | None = None
    """Clock of its processors."""
    memory_mhz: int | None = None
    temperature_celsius: int | None = None
    power_watts: float | None = None
    power_limit_watts: float | None = None
    utilisation: float | None = None
    """Share of the driver's last sampling period (up to a second) in which it computed, 0 to 1."""
    slowed_by: list[str] | None = None
    """What holds its clocks down, in words (:data:`bench.machine.gpu.REASONS`); empty: nothing."""


class Timing(_Model):
    """Seconds by phase, under the named contract (docs/results.md). ``optimise`` is the headline."""

    contract: str = "wall/1"
    decode: float
    weights: float
    targets: float
    warmup: float
    restarts: float = 0.0
    """Optimising in attempts that were given up."""
    optimise: float
    save: float
    assess: float = 0.0
    batch: int = 1
    """Jobs that were made together, this one included; every time is then its share of theirs, and not valid."""
    reused: list[str] = []
    """Phases that were given work which an earlier job of the same worker had done, some or all of it."""
    graph: bool = False
    """Whether steps were replayed from a CUDA graph, at the last size if there are several."""
    no_graph: str | None = None
    """Why steps were not, on a GPU where they should have been."""
    valid: bool
    invalid_reason: str | None = None
    """All reasons why ``optimise`` must not be compared, joined."""
    gpu_before: GpuState | None = None
    """When ``optimise`` began; None without an NVIDIA GPU."""
    gpu_after: GpuState | None = None
    energy_joules: float | None = None
    """Of the whole GPU during ``optimise``, from its own counter; None where it has none. Never estimated."""


class Memory(_Model):
    """Peak memory while optimising, in bytes; None where the system cannot tell."""

    peak_bytes: int | None
    before_bytes: int | None
    """When ``optimise`` began: network and targets are there."""
    method: str
    kept_bytes: int | None = None
    """Pictures and targets that the worker held then for this job and others; part of both where ``method`` counts
    the memory that they lie in."""


class Failure(_Model):
    """Why a job is not done: one sentence for people, and the traceback for whoever mends it.

    The bytes are known of jobs that ran out of memory, as far as the system tells.
    """

    message: str
    details: str = ""
    requested_bytes: int | None = None
    """The allocation that failed."""
    peak_bytes: int | None = None
    """The most that the worker had before it."""
    free_bytes: int | None = None
    """What was free when it failed."""


class Try(_Model):
    """An earlier try of a job whose worker or machine went away."""

    status: Literal["crashed", "lost"]
    message: str
    started: str
    finished: str


class Record(_Model):
    """Everything about one job that ended, whichever way."""

    schema_version: int = SCHEMA_VERSION
    id: str
    status: Status
    name: str
    """Name of the manifest that the job was first run for."""
    parameters: dict[str, Value]
    inputs: dict[str, InputPicture]
    """By role: ``content``, ``style``, both or one."""
    weights: str
    """Identity of the network's weights: a hash, scheme and seed of random ones, or :data:`NO_WEIGHTS`."""
    algorithm: int
    failure: Failure | None = None
    outcome: Outcome | None = None
    diagnosis: Diagnosis | None = None
    timing: Timing | None = None
    memory: Memory | None = None
    environment: dict[str, Any]
    tries: list[Try] = []
    """Before this one, in the same run."""
    run: str | None = None
    """Id of the run that made it: ``runs/<id>.json`` (:class:`bench.runs.RunReport`)."""
    files: dict[str, str]
    """File name beside the record -> SHA-256 of its bytes."""
    started: str
    finished: str
    """UTC, ISO 8601."""
