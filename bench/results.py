"""A results folder as tables: the plan with its records.

Pure functions: nothing here writes. A file that cannot be read becomes a :class:`Problem` beside the rest.
"""

from __future__ import annotations

import gc
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import pandas as pd
from pydantic import BaseModel, ValidationError

from bench import repeats
from bench.curves import read_curve
from bench.errors import BenchError
from bench.machine.fingerprint import machine
from bench.record import SCHEMA_VERSION, PlannedJob, Record, StoredPlan
from bench.repeats import Repeats
from bench.runs import RunReport
from bench.store import journal
from bench.store.files import read_regular

_Model = TypeVar("_Model", bound=BaseModel)

#: Columns of :func:`frame` that are not parameters, before and after them.
LEADING = ("experiment", "id", "content", "style", "content_sha256", "style_sha256")
MEASURED = (
    "status", "diagnosis", "loss", "start_loss", "seconds", "seconds_per_evaluation", "timing_valid", "machine",
    "unsteadiness", "evaluations_done", "updates_done", "restarts_done", "peak_bytes", "picture_width",
    "picture_height", "structure", "structure_scales", "style_distance", "colour_distance", "colourfulness",
    "content_colourfulness", "style_colourfulness",
)  # fmt: skip

#: What columns of a task's own figures begin with; they stand behind all others.
OWN = "numbers."


def is_measured(column: str) -> bool:
    """Whether a column of :func:`frame` holds what came of a run rather than what it was asked."""
    return column in MEASURED or column.startswith(OWN)


class Problem(NamedTuple):
    """A file of the results folder that could not be used."""

    id: str
    message: str


class Part(NamedTuple):
    """One of several results folders that were merged."""

    label: str
    folder: Path
    plan: StoredPlan


@dataclass(frozen=True)
class Results:
    """What a results folder says. ``folders`` leads from a job to the folder its files lie in."""

    folder: Path
    plan: StoredPlan
    records: Mapping[str, Record]
    folders: Mapping[str, Path]
    problems: tuple[Problem, ...]
    agreement: Mapping[str, Repeats] = field(default_factory=dict)
    """By job: the group of repeats it belongs to, with how much they agree."""
    runs: Mapping[str, RunReport] = field(default_factory=dict)
    """What happened here, run by run."""
    parts: tuple[Part, ...] = ()
    """The folders that it was merged from (:mod:`bench.merging`); empty where it is one folder's."""
    ids: Mapping[str, str] = field(default_factory=dict)
    """By job: its id in its own folder, where folders were merged."""

    def job_id(self, job: str) -> str:
        """What people know a job by: its id in its own folder."""
        return self.ids.get(job, job)

    @property
    def inputs(self) -> tuple[Path, ...]:
        """Where copies of the input pictures lie: a folder for each that was merged."""
        return tuple(part.folder / "inputs" for part in self.parts) or (self.folder / "inputs",)

    @cached_property
    def machines(self) -> Mapping[str, str]:
        """By job that has a record: which machine it was (:func:`bench.machine.fingerprint.machine`)."""
        return {id: machine(record.environment) for id, record in self.records.items()}

    @cached_property
    def main_machine(self) -> str | None:
        """Of those, the one with most valid times; None where there is none."""
        timed = Counter(self.machines[id] for id, one in self.records.items() if one.timing and one.timing.valid)
        return max(timed, key=timed.__getitem__, default=None)

    def unsteadiness(self, id: str) -> float | None:
        """How much longer or shorter the same piece of work took after the run that made a job than before it, of
        its slots the one where that was most; None where it is not known."""
        record = self.records.get(id)
        report = self.runs.get(record.run or "") if record else None
        apart = [one.apart for one in report.steadiness.values() if one.apart is not None] if report else []
        return max(apart, default=None)


def plan_of(folder: Path) -> Path:
    """The file that makes a folder one of results. Raises BenchError where there is none."""
    if not folder.is_dir():
        reason = "a file" if folder.exists() else "no such folder"
        raise BenchError(f"{folder}: {reason}; expected a results folder, as `nst-bench run` leaves it")
    path = folder / "plan.json"
    if not path.is_file():
        raise BenchError(f"{folder}: no plan.json in it; expected a results folder, as `nst-bench run` leaves it")
    return path


def load(folder: Path) -> Results:
    """Read the plan and every record below ``folder``; one that cannot be read is listed under ``problems`` instead.

    Raises BenchError when there is no folder, no plan, or a plan that this version cannot read.
    """
    path = plan_of(folder)
    try:
        plan = _read(path, StoredPlan)
    except ValueError as error:
        raise BenchError(f"{path} {error}") from None

    records: dict[str, Record] = {}
    folders: dict[str, Path] = {}
    problems: list[Problem] = []
    with _keeping_all():
        for name, path in _job_folders(folder / "jobs"):
            folders[name] = path
            try:
                record = _read(path / "record.json", Record)
                if record.id != name:
                    raise ValueError(f"describes the job {record.id}, not the one its folder is named after")
                records[name] = record
            except ValueError as error:
                problems.append(Problem(name, f"record.json {error}"))
    reports = {report.id: report for report in journal.read(folder).runs}
    return Results(folder, plan, records, folders, tuple(problems), _agreement(folder, records), reports)


@contextmanager
def _keeping_all() -> Iterator[None]:
    """Without looking for garbage: where nothing is, that takes as long as the reading, by ten thousand records."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _job_folders(jobs: Path) -> Iterator[tuple[str, Path]]:
    """Every job with its folder, ``jobs/<id[:2]>/<id>``, in the order of their names."""
    for shard in _folders(jobs):
        for name in _folders(jobs / shard):
            if not name.startswith("."):
                yield name, jobs / shard / name


def _folders(path: Path) -> list[str]:
    try:
        with os.scandir(path) as entries:
            return sorted(entry.name for entry in entries if entry.is_dir())
    except OSError:
        return []


def _agreement(folder: Path, records: Mapping[str, Record]) -> dict[str, Repeats]:
    """What was measured of pictures that are still those of the records."""
    found: dict[str, Repeats] = {}
    for one in repeats.read(folder):
        now = [records[job].files.get("image.png") for job in one.jobs if job in records]
        if now == one.images:
            found |= dict.fromkeys(one.jobs, one)
    return found


def _read(path: Path, model: type[_Model]) -> _Model:
    """Raises ValueError with one sentence."""
    try:
        text = read_regular(path)
    except FileNotFoundError:
        raise ValueError("is missing") from None
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from None
    try:
        found = model.model_validate_json(text)
        if getattr(found, "schema_version", 0) <= SCHEMA_VERSION:
            return found
    except ValidationError:
        pass  # once more and slowly, for the words to say what is wrong in, and for encodings that json knows
    return _read_slowly(text, model)


def _read_slowly(text: bytes, model: type[_Model]) -> _Model:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"is not JSON: {error}") from None
    version = data.get("schema_version") if isinstance(data, dict) else None
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise ValueError(
            f"written by a newer version of nst-bench (schema {version}, this one reads {SCHEMA_VERSION}); "
            "update nst-bench to read it"
        )
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole file"
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise ValueError(f"does not read as a {model.__name__}: {where}: {first['msg']}{more}") from None


def frame(results: Results) -> pd.DataFrame:
    """One row per planned job, in the plan's order (a job that two experiments share has a row in each).

    Columns: :data:`LEADING`, every parameter by its name (lists as tuples), :data:`MEASURED`, and every figure of a
    task's own as ``numbers.<name>``. ``status`` is the record's, ``not run`` without one, ``unreadable`` for a torn
    one. What was not measured is None.
    """
    names: dict[str, None] = {}
    for planned in results.plan.jobs.values():
        names.update(dict.fromkeys(planned.parameters))
    own: dict[str, None] = {}
    for id in results.plan.jobs:
        record = results.records.get(id)
        own.update({OWN + name: None for name in (record.outcome.numbers if record and record.outcome else ())})
    torn = {problem.id for problem in results.problems}
    rows = [
        dict.fromkeys(own)
        | _row(experiment.name, job, results.records.get(id), id in torn, names)
        | {"unsteadiness": results.unsteadiness(id), "machine": results.machines.get(id)}
        for experiment in results.plan.experiments
        for id in experiment.jobs
        if (job := results.plan.jobs.get(id)) is not None
    ]
    return pd.DataFrame(rows, columns=[*LEADING, *names, *MEASURED, *own], dtype=object)


def _row(experiment: str, job: PlannedJob, record: Record | None, torn: bool, names: Iterable[str]) -> dict[str, Any]:
    row: dict[str, Any] = {"experiment": experiment, "id": job.id}
    for role in ("content", "style"):
        picture = job.inputs.get(role)
        row[role] = picture.label if picture else None
        row[f"{role}_sha256"] = picture.sha256 if picture else None
    for name in names:
        value = job.parameters.get(name)
        row[name] = tuple(value) if isinstance(value, list) else value
    row.update(dict.fromkeys(MEASURED))
    row["status"] = "unreadable" if torn else "not run"
    if record is None:
        return row
    row["status"] = record.status
    row["diagnosis"] = record.diagnosis.verdict if record.diagnosis else None
    if record.outcome:
        outcome = record.outcome
        row |= {"loss": outcome.final_loss, "start_loss": outcome.start_loss}
        row |= {"evaluations_done": outcome.evaluations, "updates_done": outcome.updates}
        row |= {"restarts_done": len(outcome.attempts)}
        row |= {"picture_width": outcome.width, "picture_height": outcome.height}
        row |= outcome.quality.model_dump()
        row |= {OWN + name: value for name, value in outcome.numbers.items()}
    if record.timing:
        row |= {"seconds": record.timing.optimise, "timing_valid": record.timing.valid}
        if record.outcome and record.outcome.evaluations > 0:
            row["seconds_per_evaluation"] = record.timing.optimise / record.outcome.evaluations
    if record.memory:
        row["peak_bytes"] = record.memory.peak_bytes
    return row


def curve(results: Results, id: str) -> pd.DataFrame:
    """The curve of a job: columns evaluation, seconds, size, total and one per term, a row per evaluation.

    Losses of different sizes are those of different functions: :func:`last_size` has what may be compared.
    Raises ValueError, with a sentence for people, when there is none or it cannot be read.
    """
    if id not in results.folders:
        raise ValueError("curve.csv is missing")
    return pd.DataFrame(read_curve(results.folders[id] / "curve.csv"))


def last_size(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of a curve that belong to the size of the result."""
    rows: pd.DataFrame = table.loc[table["size"] == table["size"].iloc[-1]]
    return rows
