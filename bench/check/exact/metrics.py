"""What is counted, and how far each figure may be off where the baseline does not say otherwise. Pure."""

from __future__ import annotations

from dataclasses import dataclass

Figure = int | float


@dataclass(frozen=True)
class Metric:
    name: str
    margin: float
    """Share of the expected figure by which it may be off, in either direction."""
    reason: str
    """Why that margin."""


_COUNTED = "counted, not measured: the same at every time and on every machine"
_SHAPES = "told by the shapes of tensors: the same at every time and on every machine"

#: Of a job, in the order of a baseline.
OF_A_JOB = (
    Metric("flops", 0.0, _SHAPES),
    Metric("evaluation_flops", 0.0, _SHAPES),
    Metric("evaluations", 0.0, _COUNTED),
    Metric("updates", 0.0, _COUNTED),
    Metric("forwards", 0.0, _COUNTED),
    Metric("unknowns", 0.0, _COUNTED),
    Metric("parameters", 0.0, _SHAPES),
    Metric("network_bytes", 0.0, _SHAPES),
    Metric("state_bytes", 0.0, _SHAPES),
    Metric("peak_bytes", 0.02, "work space of cuBLAS and cuDNN differs between their versions and GPUs"),
    Metric("final_loss", 0.05, "processors and numbers of threads round differently (docs/check.md has figures)"),
)

#: Of the site that shows them all.
OF_THE_SITE = (
    Metric("files", 0.0, _COUNTED),
    Metric("bytes", 0.05, "pages tell times and the machine, and versions of Pillow compress pictures differently"),
)

METRICS = {metric.name: metric for metric in (*OF_A_JOB, *OF_THE_SITE)}

#: The row of a baseline that belongs to no job.
SITE = "site"
