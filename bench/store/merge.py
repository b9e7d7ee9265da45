"""Results folders put together on disk: parts of a plan, or a plan on two machines.

Everything is copied and nothing moved: the folders that are read stay as they were, whatever becomes of a merge.
Jobs go through the store, whole or not at all: after an interruption the same merge once more goes on.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.record import Record
from bench.store import Store, aside, journal, planned
from bench.store.files import as_json, open_regular, reason, shown, writing_atomically
from bench.store.planned import read_plans
from bench.store.scan import Scan, look
from bench.store.verified import hash_file, load


@dataclass
class Merged:
    """What became of a merge."""

    taken: int = 0
    """Jobs that were copied."""
    there: int = 0
    """Jobs that the folder had before, byte for byte."""
    replaced: int = 0
    """Of those taken: jobs that had not been done before, and whose earlier end was set aside."""
    conflicts: list[str] = field(default_factory=list)
    """Jobs that ended in several ways, each with where, how they differ and which one is kept."""
    problems: list[str] = field(default_factory=list)
    """What could not be read or trusted, and was left where it is."""


@dataclass(frozen=True)
class _Source:
    """A folder that is merged."""

    root: Path
    scan: Scan
    runs: Mapping[str, str]
    """Ids of its runs -> what they are called in the merged folder."""

    def record(self, id: str) -> Record | None:
        """A job's record as it will stand in the merged folder; None where it has gone since the scan."""
        found = Store(self.root).record(id)
        if found is None or found.run is None:
            return found
        return found.model_copy(update={"run": self.runs.get(found.run, found.run)})


def merge(folders: Sequence[Path], store: Store) -> Merged:
    """Copy all that ``folders`` hold into the store's folder. Its lock must be held.

    A job that several hold is there once: one that is done before one that is not, then what is there already, then
    that of the first folder named. Where a job that is done takes the place of one that is not, that one is set aside.

    Raises:
        BenchError: when one of them is no results folder, or a newer version of nst-bench wrote it.
        OSError: when something cannot be written; what was merged by then is whole.
    """
    done = Merged()
    plans = [read_plans(folder) for folder in folders]
    own = read_plans(store.root) if os.path.lexists(store.root / planned.FILE) else None
    scan = store.scan()
    done.problems += [scan.warning] if scan.warning else []
    for folder, found in zip(folders, plans, strict=True):
        done.problems += [f"{folder}: {problem}" for problem in found.problems]
    planned.unite([*([own] if own else []), *plans], store.root)
    sources = [_open(folder, store.root, done) for folder in folders]
    for source in sources:
        _copy_inputs(source.root, store.root, done)
    for id in dict.fromkeys(id for source in sources for id in source.scan.jobs):
        _settle(id, sources, store, done)
    return done


def _open(folder: Path, target: Path, done: Merged) -> _Source:
    holder = Store(folder).holder()
    if holder is not None:
        done.problems.append(
            f"{folder}: a run is at work here ({holder.describe()}): what it ends from now on is left to another merge"
        )
    scan = look(folder, load(folder))
    done.problems += [f"{folder}: {shown(foreign.path)}: {foreign.reason}: not merged" for foreign in scan.foreign]
    runs = journal.read(folder)
    done.problems += [f"{folder}: {problem}" for problem in runs.problems]
    return _Source(folder, scan, {report.id: journal.adopt(target, report) for report in runs.runs})


def _copy_inputs(source: Path, target: Path, done: Merged) -> None:
    """Pictures and clips are called by their contents: of those that are there already none is another."""
    try:
        paths = sorted((source / "inputs").iterdir())
    except FileNotFoundError:
        return
    for path in paths:
        if path.name.startswith(".") or (target / "inputs" / path.name).is_file():
            continue
        try:
            found = os.fdopen(open_regular(path), "rb")
        except OSError as error:
            done.problems.append(f"{source}: inputs/{shown(path.name)}: {reason(error)}: not merged")
            continue
        with found, writing_atomically(target / "inputs" / path.name) as file:
            shutil.copyfileobj(found, file)


def _settle(id: str, sources: Sequence[_Source], store: Store, done: Merged) -> None:
    """One job: which of its ends is kept, and what is said of the others."""
    offered = [(source, record) for source in sources if id in source.scan.jobs and (record := source.record(id))]
    here = store.record(id)
    found = [*([(store.root, here)] if here else []), *((source.root, record) for source, record in offered)]
    if not found:
        return
    where, kept = min(found, key=lambda one: one[1].status != "done")
    others = [(root, record) for root, record in found if as_json(record) != as_json(kept)]
    if kept is here:
        done.there += 1
    elif not _copy(where, kept, store, done, replacing=here):
        return
    done.conflicts += [_conflict(where, kept, root, record) for root, record in others]


def _copy(source: Path, record: Record, store: Store, done: Merged, replacing: Record | None) -> bool:
    """Bring a job over; False where its files are no longer what they were a moment ago."""
    folder, own = store.scratch(record.id), Store(source).folder(record.id)
    for name, expected in record.files.items():
        try:
            shutil.copyfile(own / name, folder / name, follow_symlinks=False)
            lost = hash_file(folder / name)[0] != expected
        except FileNotFoundError:
            lost = True
        if lost:
            done.problems.append(f"{source}: {record.id[:12]}: {shown(name)} has changed meanwhile: not merged")
            return False
    if replacing is not None:
        place = store.folder(record.id).relative_to(store.root)
        aside.set_aside(store.root, [aside.Foreign(place, f"{replacing.status}; {source} has it done")])
        done.replaced += 1
    store.publish(folder, record)
    done.taken += 1
    return True


def _conflict(where: Path, kept: Record, other: Path, left: Record) -> str:
    if kept.status != left.status:
        what = f"{kept.status} in {where}, {left.status} in {other}"
    elif kept.files.get("image.png") != left.files.get("image.png"):
        what = f"{kept.status} in {where} and in {other}, with another picture"
    else:
        what = f"{kept.status} in {where} and in {other}, in another time or on another machine"
    return f"{kept.id[:12]}: {what}: that of {where} is kept"
