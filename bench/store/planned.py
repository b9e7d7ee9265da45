"""What runs set out to do, beside their results: which jobs of a results folder a manifest claims.

``plan.json`` is the plan of the last run. When a manifest of another name runs into the same folder, the plan that
was there is kept as ``plans/<name>.json``, so that its jobs stay claimed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bench import record as records
from bench.errors import BenchError
from bench.record import SCHEMA_VERSION, PlannedJob, StoredPlan
from bench.store.aside import Foreign, set_aside
from bench.store.files import NewerError, as_json, is_litter, read_json, shown, utc, write_atomically

if TYPE_CHECKING:
    from bench.plan import Plan
    from bench.store import Store

FILE, FOLDER = "plan.json", "plans"


def store_plan(plan: Plan, store: Store, command: list[str]) -> str | None:
    """Write down what this run sets out to do; the reporter reads it. A plan that has not changed is left alone.

    The store's lock must be held.

    Returns:
        A warning, if the plan that was there could not be read and was set aside.

    Raises:
        BenchError: when a newer version of nst-bench wrote the plan that is there.
    """
    manifest, source = plan.loaded.manifest, plan.loaded.source
    stored = records.StoredPlan(
        name=plan.name,
        title=manifest.title or plan.name,
        intro=manifest.intro,
        accent=manifest.accent,
        manifest_path=str(plan.loaded.path),
        manifest_text=source.text,
        manifest_sha256=plan.loaded.sha256,
        included=[
            records.StoredManifest(path=str(part.path), text=part.source.text, sha256=part.sha256)
            for part in plan.loaded.parts
            if part is not plan.loaded
        ],
        command=command,
        created=utc(datetime.now(UTC)),
        warnings=plan.warnings,
        open=manifest.open,
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
    return _keep(stored, store.root)


def _keep(stored: StoredPlan, root: Path) -> str | None:
    warning, path = None, root / FILE
    if os.path.lexists(path):
        try:
            earlier = read_json(path, StoredPlan, SCHEMA_VERSION)
            if earlier == stored.model_copy(update={"created": earlier.created}):
                return None
            if earlier.name != stored.name:
                write_atomically(root / FOLDER / f"{earlier.name}.json", as_json(earlier))
        except NewerError as error:
            raise BenchError(f"{path}: {error}, or use --out") from None
        except ValueError as error:
            moved = set_aside(root, [Foreign(Path(FILE), str(error))])
            warning = f"{FILE} {error}. Set aside in {moved}"
    write_atomically(path, as_json(stored))
    # Its own earlier plan claims nothing any more. By its exact name: some disks take x and X for the same.
    with suppress(OSError):
        for kept in (root / FOLDER).iterdir():
            if kept.name == f"{stored.name}.json":
                kept.unlink()
    return warning


@dataclass(frozen=True)
class Plans:
    """The plans of a results folder."""

    current: StoredPlan
    """Of the last run."""
    earlier: tuple[StoredPlan, ...]
    """Of other manifests that ran here, by name."""
    problems: tuple[str, ...]
    """Plans that cannot be read, each with the reason: what they claim is not known."""

    @property
    def claimed(self) -> Mapping[str, PlannedJob]:
        """Every job that some manifest claims."""
        found = dict(self.current.jobs)
        for plan in self.earlier:
            found = {**plan.jobs, **found}
        return found


def read_plans(root: Path) -> Plans:
    """The plans of a results folder.

    Raises:
        BenchError: when there is no folder, it is no results folder, or its ``plan.json`` cannot be read.
    """
    expected = "expected a results folder, as `nst-bench run` leaves it"
    if not root.is_dir():
        raise BenchError(f"{root}: {'no folder' if root.exists() else 'no such folder'}; {expected}")
    if not os.path.lexists(root / FILE):
        raise BenchError(f"{root}: no {FILE} in it; {expected}")
    try:
        current = read_json(root / FILE, StoredPlan, SCHEMA_VERSION)
    except ValueError as error:
        raise BenchError(f"{root / FILE} {error}") from None
    earlier, problems = [], []
    for path in _listed(root / FOLDER):
        try:
            earlier.append(read_json(path, StoredPlan, SCHEMA_VERSION))
        except ValueError as error:
            problems.append(f"{FOLDER}/{shown(path.name)} {error}")
    return Plans(current, tuple(earlier), tuple(problems))


def unite(found: Sequence[Plans], root: Path) -> None:
    """Have a results folder claim all that the plans of several folders claim.

    The first folder's manifest stays or becomes the current one, as whichever folder ran it last has it. Plans that
    claim something besides are kept beside it, those of the same name too. The store's lock must be held.

    Args:
        found: plans of folders, those of ``root`` first where it has any.
        root: the results folder.
    """
    plans = [plan for one in found for plan in (one.current, *one.earlier)]
    current = max((plan for plan in plans if plan.name == plans[0].name), key=lambda plan: plan.created)
    _write_new(root / FILE, current)
    claimed = set(current.jobs)
    for plan in sorted(plans, key=lambda plan: plan.created, reverse=True):
        if not claimed.issuperset(plan.jobs):
            claimed |= plan.jobs.keys()
            _keep_beside(plan, root / FOLDER)


def _keep_beside(plan: StoredPlan, folder: Path) -> None:
    """Under its name, or that with a number where another plan of that name is kept already."""
    number = 1
    while True:
        path = folder / (f"{plan.name}.json" if number == 1 else f"{plan.name}.{number}.json")
        if not os.path.lexists(path) or path.read_bytes() == as_json(plan):
            return _write_new(path, plan)
        number += 1


def _write_new(path: Path, plan: StoredPlan) -> None:
    """A plan that is there as it is stays untouched."""
    with suppress(FileNotFoundError):
        if path.read_bytes() == as_json(plan):
            return
    write_atomically(path, as_json(plan))


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".json" and not is_litter(path.name))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise BenchError(f"{folder}: cannot be read: {error.strerror}") from error
