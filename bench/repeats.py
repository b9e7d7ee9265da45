"""How much the repeats of a job agree: measured once after a run, kept beside the records, shown by the reporter."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError

from bench.record import Record
from bench.store.files import write_atomically

if TYPE_CHECKING:
    from bench.plan import Job
    from bench.record import PlannedJob
    from bench.store import Store

#: In a results folder.
FILE = "agreement.json"


class Repeats(BaseModel):
    """Jobs that differ in nothing but the seed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    jobs: list[str]
    images: list[str]
    """SHA-256 of each job's picture: with others, the figures are out of date."""
    structure: float
    """Mean SSIM of pairs of pictures, 1 when all are the same."""
    difference: float
    """Root mean square difference of pairs, in 8-bit levels."""
    pairs: int


def renew(jobs: Mapping[str, Job] | Mapping[str, PlannedJob], store: Store) -> None:
    """Measure the repeats of a plan anew, once its jobs have ended."""
    if len({job.parameters["seed"] for job in jobs.values()}) < 2:
        return  # no record need be read again
    found: list[Record] = [record for id in jobs if (record := store.record(id))]
    measure(store.root, found, {record.id: store.folder(record.id) for record in found})


def groups(records: Iterable[Record]) -> list[list[Record]]:
    """Jobs from noise that are done and differ in nothing but the seed, two or more together."""
    from nst.settings import NOISE_INITS  # here, as pages are made without nst

    found: dict[str, list[Record]] = {}
    for record in records:
        drawn = record.parameters.get("init") in NOISE_INITS  # other starts repeat the picture, and prove nothing
        if drawn and record.status == "done" and "image.png" in record.files:
            found.setdefault(_alike(record), []).append(record)
    return [group for group in found.values() if len(group) > 1]


def _alike(record: Record) -> str:
    parameters: dict[str, Any] = {name: value for name, value in record.parameters.items() if name != "seed"}
    inputs = {role: picture.sha256 for role, picture in record.inputs.items()}
    return json.dumps([parameters, inputs, record.weights, record.algorithm], sort_keys=True)


def measure(folder: Path, records: Iterable[Record], place: Mapping[str, Path]) -> list[Repeats]:
    """Measure what is not known yet, and write all of it down.

    Args:
        folder: of the results.
        records: of the jobs to group.
        place: from a job to the folder of its picture.
    """
    from nst import images
    from nst.metrics import agreement

    known = {tuple(one.images): one for one in read(folder)}
    measured: list[Repeats] = []
    for group in groups(records):
        hashes = tuple(record.files["image.png"] for record in group)
        jobs = [record.id for record in group]
        if hashes in known:
            measured.append(known[hashes].model_copy(update={"jobs": jobs}))
            continue
        try:
            found = agreement(images.read(place[job] / "image.png") for job in jobs)
        except (images.PictureError, ValueError):
            continue  # a picture that cannot be read is named on the site, and has nothing to agree with
        measured.append(Repeats(jobs=jobs, images=list(hashes), **vars(found)))
    if measured or (folder / FILE).exists():
        write_atomically(folder / FILE, json.dumps([one.model_dump() for one in measured], indent=1).encode())
    return measured


def read(folder: Path) -> list[Repeats]:
    """What was measured last; nothing where the file is missing or no such file."""
    try:
        return [Repeats.model_validate(one) for one in json.loads((folder / FILE).read_bytes())]
    except (OSError, ValueError, TypeError, ValidationError):
        return []
