"""What is written down about a job, and about a plan: the two JSON files of a results folder.

Both are plain data: no torch, no pictures, nothing but what a reader in ten years needs.
docs/results.md explains every field to people who read the files without this package.
"""

from bench.record.job import (
    NO_WEIGHTS,
    PRIORS,
    SCHEMA_VERSION,
    Attempt,
    Diagnosis,
    Failure,
    GpuState,
    InputPart,
    InputPicture,
    Memory,
    Outcome,
    Pull,
    Quality,
    Record,
    Status,
    Timing,
    Try,
    Value,
)
from bench.record.plan import PlannedExperiment, PlannedFinding, PlannedJob, StoredManifest, StoredPlan

__all__ = [
    "NO_WEIGHTS",
    "PRIORS",
    "SCHEMA_VERSION",
    "Attempt",
    "Diagnosis",
    "Failure",
    "GpuState",
    "InputPart",
    "InputPicture",
    "Memory",
    "Outcome",
    "PlannedExperiment",
    "PlannedFinding",
    "PlannedJob",
    "Pull",
    "Quality",
    "Record",
    "Status",
    "StoredManifest",
    "StoredPlan",
    "Timing",
    "Try",
    "Value",
]
