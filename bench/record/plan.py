"""What is written down about a plan: ``plan.json`` holds one :class:`StoredPlan`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from bench.record.job import SCHEMA_VERSION, InputPicture, Value


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="null")


class PlannedJob(_Model):
    """A job as the plan knows it, before anything ran."""

    id: str
    parameters: dict[str, Value]
    inputs: dict[str, InputPicture]

    @property
    def frames(self) -> int:
        """Of the clip that it is made of, in a video."""
        return next(iter(self.inputs.values())).frames


class PlannedFinding(_Model):
    """What a document found, and what in our own figures would show the same; all values as resolved."""

    question: str
    document: str
    """Name of the recipe whose write-up says so."""
    said: str
    """What the document found."""
    trained: bool = False
    """Whether the document's results came with weights trained on ImageNet."""
    learned: bool = False
    """Whether what it found rests on that: with random weights nothing can be said."""
    figure: str
    """A name of :mod:`bench.findings.figures`."""
    where: dict[str, list[Value]] = {}
    """What the runs are like that count: any of these values, of every parameter and role; for people."""
    jobs: list[str] | None = None
    """Those runs; None: all of the experiment."""
    along: str | None = None
    """Of runs that differ in one axis alone: the axis, a parameter or a zip."""
    start: dict[str, Value] = {}
    """Where it starts: its value by the parameter's name, or those of a step of the zip."""
    end: dict[str, Value] = {}
    than: str | None = None
    """Of all runs of two experiments: the name of the other."""
    than_jobs: list[str] | None = None
    """Its runs that count; None: all."""
    change: Literal["lower", "higher", "same"] | None = None
    """Of the two forms above: how the end stands to the start, or this experiment to the other."""
    within: float | None = None
    """For the same: how far apart two figures may be, relative to the smaller."""
    by: float | None = None
    """For lower and higher of pairs: how far apart two figures must be, relative to the smaller."""
    at_least: float | None = None
    """Of every run by itself."""
    at_most: float | None = None
    always: bool = False
    """Whether every run must show it."""


class PlannedExperiment(_Model):
    name: str
    task: str
    axes: dict[str, list[Value]]
    """Parameters that vary, in the manifest's order, with their values as resolved; ``seed`` where it repeats."""
    zips: dict[str, dict[str, list[Value]]] = {}
    """Name of a zip -> parameter -> its value at each step, as resolved."""
    compare: list[str]
    """Axes, zips among them, that the report pairs up: runs that differ in nothing else."""
    jobs: list[str]
    findings: list[PlannedFinding] = []
    open: dict[str, str] = {}
    """What the document leaves open: a parameter, or words -> what was chosen."""
    manifest_title: str = ""
    """Of the manifest that it is of, where another one includes that."""
    manifest_intro: str = ""
    """What that one says of its experiments, in Markdown."""


class StoredManifest(_Model):
    """A manifest that another one includes."""

    path: str
    text: str
    sha256: str


class StoredPlan(_Model):
    """What the last run of a results folder set out to do."""

    schema_version: int = SCHEMA_VERSION
    name: str
    title: str
    intro: str
    """Markdown."""
    accent: str = Field("", pattern=r"^(#[0-9a-fA-F]{3}|#[0-9a-fA-F]{6})?$")
    """``#rgb`` or ``#rrggbb``, the site's colour for links and marks; empty: none."""
    manifest_path: str
    manifest_text: str
    manifest_sha256: str
    included: list[StoredManifest] = []
    """What it includes, in the order in which their experiments come."""
    command: list[str]
    created: str
    warnings: list[str] = []
    """What the planner thought worth knowing."""
    open: dict[str, str] = {}
    """What the documents leave open, of all experiments."""
    experiments: list[PlannedExperiment]
    jobs: dict[str, PlannedJob]
