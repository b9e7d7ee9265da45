"""A results folder of videos that nobody made: clips, frames and ``frames.csv`` beside the records, as jobs of the task
leave them.

Times, losses and flicker are simple formulas, so that a test can say what a page must show.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.record import Record, StoredPlan
from tests.bench.report.synthetic_results import Trial, make, png, sha256
from tests.bench.report.tiny_video import webm

#: Of a clip: frames, seconds from each to the next, and that with which the second shot begins.
COUNT, STEP, CUT = 24, 1 / 12, 16
STEADIER = {"independent": 1.0, "warm": 0.4}
#: Seconds of work for a frame.
WORK = {"independent": 0.5, "warm": 0.75}
FLICKER_SOURCE = 1.25

Clip = Callable[[str, str], bytes]
"""The bytes of a video: of which run (a value of ``frames``, or the source), and from which content."""


def flicker(mode: str, number: int) -> float | None:
    """Of a frame, in 8-bit levels; None at the beginning of a shot."""
    return None if number in (1, CUT) else STEADIER[mode] * (4.0 + 0.1 * (number % 5))


def mean_flicker(mode: str) -> float:
    known = [value for number in range(1, COUNT + 1) if (value := flicker(mode, number)) is not None]
    return float(np.mean(known))


def frames_csv(mode: str, count: int = COUNT, step: float = STEP) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    terms = ["content.conv4_2", "style.conv1_1", "style.conv2_1", *(["temporal"] if mode == "warm" else [])]
    writer.writerow(
        ["frame", "time", "evaluations", "loss", *terms, "seconds", "flicker", "visible", "cut"],
    )
    for number in range(1, count + 1):
        loss = 900.0 + 10 * (number % 7) + (400 if number >= CUT else 0)
        shares = [0.25, 0.5, 0.25] if mode != "warm" else [0.25, 0.5, 0.125, 0.125]
        own = flicker(mode, number)
        begins = number in (1, CUT)
        writer.writerow(
            [number, repr((number - 1) * step), 40, repr(loss), *(repr(loss * share) for share in shares),
             repr(WORK[mode] * (1.5 if begins else 1.0)), "" if own is None else repr(own), "" if begins else "0.97",
             int(begins)]
        )  # fmt: skip
    return out.getvalue().encode()


def make_videos(
    folder: Path,
    *,
    contents: Sequence[str] = ("pan",),
    styles: Sequence[str] = ("waves",),
    clip: Clip = lambda mode, content: webm(COUNT, round(1000 * STEP)) + f"{mode} {content}".encode(),
    draw: Callable[[str, str, int], np.ndarray[Any, Any]] | None = None,
    findings: Sequence[Mapping[str, Any]] = (),
) -> StoredPlan:
    """Two runs of every pair: ``frames: independent`` and ``frames: warm``."""
    grid = {"frames": ["independent", "warm"]}
    plan = make(folder, [Trial("clips", contents, styles, grid, ["frames"], "video", findings=findings)])
    for job in plan.jobs.values():
        mode, content = str(job.parameters["frames"]), job.inputs["content"].label
        place = folder / "jobs" / job.id[:2] / job.id
        (place / "curve.csv").unlink()
        shown = {
            number: png((draw or _frame)(mode, content, number))
            for number in dict.fromkeys(round(at) for at in np.linspace(1, COUNT, min(COUNT, 24)))
        }
        files = {
            "image.png": shown[COUNT // 2],
            "source.webm": clip("source", content),
            "result.webm": clip(mode, content),
            "frames.csv": frames_csv(mode),
            **{f"frame-{number:05d}.png": data for number, data in shown.items()},
        }
        record = json.loads((place / "record.json").read_text())
        for name, data in files.items():
            (place / name).parent.mkdir(exist_ok=True)
            (place / name).write_bytes(data)
        record["files"] = {name: sha256(data) for name, data in files.items()}
        record["outcome"] = {
            "width": 96, "height": 64, "evaluations": 40 * COUNT, "updates": 39 * COUNT, "picture_evaluation": None,
            "final_loss": 940.0, "saved_loss": 950.0, "out_of_gamut": 0.01, "numbers": numbers(mode),
        }  # fmt: skip
        record["timing"]["optimise"] = WORK[mode] * (COUNT + 1)
        (place / "record.json").write_text(Record.model_validate(record).model_dump_json())
    return plan


def make_uneven(folder: Path, number: int = 6) -> None:
    """Let that frame, and all behind it, begin a step later than they did."""
    for path in folder.glob("jobs/*/*/frames.csv"):
        head, *rows = path.read_text().splitlines()
        fields = [row.split(",") for row in rows]
        later = [[k, repr(float(at) + STEP) if int(k) >= number else at, *rest] for k, at, *rest in fields]
        path.write_text("\n".join([head, *map(",".join, later)]) + "\n")


def numbers(mode: str) -> dict[str, float]:
    return {
        "frames": COUNT,
        "flicker": mean_flicker(mode),
        "flicker_source": FLICKER_SOURCE,
        "seconds_per_frame": WORK[mode] * (COUNT + 1) / COUNT,
        "shots": 2,
    }


def _frame(mode: str, content: str, number: int) -> np.ndarray[Any, Any]:
    """Grey that grows lighter from frame to frame."""
    return np.full((64, 96, 3), 40 + 8 * number + (3 if mode == "warm" else 0), np.uint8)
