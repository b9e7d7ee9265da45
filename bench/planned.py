"""What a run set out to do, beside its results: ``plan.json`` in a results folder."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from datetime import UTC, datetime

from bench import record as records
from bench.plan import Plan
from bench.store import Store, write_json


def store_plan(plan: Plan, store: Store, command: list[str]) -> None:
    """Write down what this run sets out to do; the reporter reads it. A plan that has not changed is left alone."""
    manifest, source = plan.loaded.manifest, plan.loaded.source
    stored = records.StoredPlan(
        name=plan.name,
        title=manifest.title or plan.name,
        intro=manifest.intro,
        manifest_path=str(plan.loaded.path),
        manifest_text=source.text,
        manifest_sha256=hashlib.sha256(source.text.encode()).hexdigest(),
        command=command,
        created=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        warnings=plan.warnings,
        experiments=plan.experiments,
        jobs={
            job.id: records.PlannedJob(
                id=job.id,
                parameters=dict(job.parameters),
                inputs={role: given.picture for role, given in job.inputs.items()},
            )
            for job in plan.jobs.values()
        },
    )
    path = store.root / "plan.json"
    with suppress(OSError, ValueError):
        earlier = records.StoredPlan.model_validate_json(path.read_bytes())
        if earlier == stored.model_copy(update={"created": earlier.created}):
            return
    write_json(path, stored)
