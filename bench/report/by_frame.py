"""What became of each frame of a video, as the pages take it: read once, on all processors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from bench.frames import NEEDED, read_frames
from bench.record import Record
from bench.report.parallel import mapped
from bench.results import Results

TASK = "video"
#: Frames are of one length if none is off by more than so much of it: containers round time stamps.
_STEADY = 0.05
#: Time stamps that a page carries for its players: about 14 kB.
_STAMPS = 2000


@dataclass(frozen=True, eq=False)
class Frames:
    """The frames of a clip as columns. Kept as arrays, which go from process to process at little cost."""

    columns: Mapping[str, np.ndarray[Any, Any]]
    """Those of :data:`bench.frames.NEEDED`, and a column for each term of the loss."""

    def column(self, name: str) -> tuple[Any, ...]:
        return tuple(self.columns[name].tolist())

    @property
    def numbers(self) -> tuple[int, ...]:
        """Of the frames, from 1."""
        return self.column("frame")

    @property
    def terms(self) -> dict[str, tuple[float, ...]]:
        """The layers of each term of the loss summed, by what stands before the first dot of their names."""
        found: dict[str, list[np.ndarray[Any, Any]]] = {}
        for name, values in self.columns.items():
            if name not in NEEDED:
                found.setdefault(name.partition(".")[0], []).append(values)
        return {term: tuple(np.sum(layers, axis=0).tolist()) for term, layers in found.items()}

    @property
    def cuts(self) -> tuple[int, ...]:
        """Frames at which a shot begins, without that which begins the clip."""
        return tuple(self.columns["frame"][1:][self.columns["cut"][1:] == 1].tolist())

    @property
    def start(self) -> float:
        """Time stamp of the first frame, in seconds."""
        return float(self.columns["time"][0])

    @cached_property
    def step(self) -> float | None:
        """Seconds from frame to frame; None where they are not all equally long."""
        times = self.columns["time"]
        if len(times) < 2:
            return None
        apart = float(times[-1] - times[0]) / (len(times) - 1)
        return apart if bool((np.abs(np.diff(times) - apart) <= _STEADY * apart).all()) else None

    @property
    def stamps(self) -> tuple[float, ...]:
        """Time stamps of frames that are not all equally long, in seconds; none where they are, or are too many."""
        return self.column("time") if self.step is None and len(self.columns["time"]) <= _STAMPS else ()

    def place(self, number: int) -> tuple[float, float] | None:
        """Time stamp of a frame, and the middle of its time on the screen; None where the table has no such frame.

        Whoever asks a player for the very moment at which a frame begins may be shown the one before.
        """
        (rows,) = np.nonzero(self.columns["frame"] == number)
        if not len(rows):
            return None
        times, row = self.columns["time"], int(rows[0])
        ends = [*times[1:].tolist(), 2 * times[-1] - times[-2] if len(times) > 1 else times[-1]]
        return float(times[row]), (float(times[row]) + ends[row]) / 2


def is_video(record: Record) -> bool:
    """Whether a job's evaluations are those of many frames, and have no curve in common."""
    return record.parameters.get("task") == TASK


def read(results: Results) -> dict[str, Frames | str]:
    """Of every job that should have them: its frames, or the sentence that says why they cannot be read."""
    wanted = [id for id in results.plan.jobs if (record := results.records.get(id)) and _has_frames(record)]
    paths = [results.folders[id] / "frames.csv" for id in wanted]
    return dict(zip(wanted, mapped(_read, paths, least=256), strict=True))


def _has_frames(record: Record) -> bool:
    return "frames.csv" in record.files or (record.status == "done" and is_video(record))


def _read(path: Path) -> Frames | str:
    try:
        return Frames(read_frames(path))
    except ValueError as error:
        return str(error)
