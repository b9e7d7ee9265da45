"""Which jobs of a plan may be made together, as one batch. No torch here: whether they can, workers see again."""

from __future__ import annotations

import json
from collections.abc import Iterable

from bench.inputs.mixtures import Mixture
from bench.plan import Job
from bench.tasks import TASKS
from nst.resolution import apart, shared
from nst.settings import from_values
from nst.stages import result_size, stages

#: Jobs in a batch with ``--pack auto``: beyond these nothing was gained on a processor, and little on its way there.
AUTO = {"cpu": 8, "cuda": 32}


def batch(job: Job) -> str:
    """The same text for all jobs that may be made together with this one; empty where none may.

    That is one network, one task, one size of the result, and settings that differ in how it starts at the most.
    """
    task, settings = TASKS[str(job.parameters["task"])], from_values(job.parameters)
    lead, *_ = job.inputs.values()
    parts = [part for given in job.inputs.values() if isinstance(given, Mixture) for part in given.parts]
    regions = any(part.recorded.mask for part in parts)
    if task.maker != "synthesis" or regions or apart(settings):
        return ""
    sizes = [result_size(settings, stage.size, lead.width, lead.height) for stage in stages(settings)]
    return json.dumps([job.weights, sizes, shared(job.parameters)], sort_keys=True)


def sorted_by_batch(jobs: Iterable[Job]) -> list[Job]:
    """Jobs that may be made together one after another, where the first of them stood."""
    return [job for group in _groups(jobs) for job in group]


def _groups(jobs: Iterable[Job]) -> list[list[Job]]:
    found: dict[str, list[Job]] = {}
    for job in jobs:
        found.setdefault(batch(job) or job.id, []).append(job)
    return list(found.values())


def size(wanted: int | str, jobs: Iterable[Job], device: str, peak_bytes: int | None, free_bytes: int | None) -> int:
    """How many jobs go into a batch: what was asked for, but no more than there are to go together.

    Args:
        wanted: a number, or ``auto``: :data:`AUTO`, and no more than fit into memory by their predictions.
        jobs: that are still to run.
        device: ``cpu`` or ``cuda``.
        peak_bytes: of the largest job; None where nothing is known.
        free_bytes: on the device, likewise.
    """
    if wanted == 1:
        return 1  # without a look at the jobs, of which there may be a hundred thousand
    most = max(map(len, _groups(jobs)), default=1)
    if isinstance(wanted, int):
        return min(wanted, most)
    fitting = free_bytes // peak_bytes if peak_bytes and free_bytes else most
    return max(1, min(AUTO[device], fitting, most))
