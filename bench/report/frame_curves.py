"""What became of each frame of a video, drawn: its loss, the work it took and its flicker; and as a table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bench.report import curves
from bench.report import format as fmt
from bench.report.by_frame import Frames
from bench.report.curves import Chart, Series
from bench.report.format import Figure
from bench.report.pair_curves import Legend

#: Rows of the table: the file has all.
MOST_ROWS = 24
#: Columns of ``frames.csv`` that are drawn, and the titles of their charts; losses go over decades.
_DRAWN = {"loss": "Loss", "seconds": "Seconds of work", "flicker": "Flicker, 8-bit levels"}
#: A term that never is so large a share of the greatest loss is not drawn: the axis would be about it alone.
_FAINT = 1e-3
_HEADS = ("time", "evaluations", "loss", "work", "flicker", "visible")


@dataclass(frozen=True)
class FrameCharts:
    """Those of one run."""

    charts: tuple[Chart, ...]
    legend: tuple[tuple[str, int, int], ...]
    """Of the first, by names, colours and dashes; empty where that has one line."""
    faint: tuple[str, ...]
    """Terms of the loss that are too small to be drawn beside the others."""


@dataclass(frozen=True)
class FrameTable:
    heads: tuple[str, ...]
    rows: tuple[tuple[int, bool, tuple[Figure, ...]], ...]
    """Number of a frame, whether a shot begins there, and its figures."""
    left_out: int
    """Rows that only the file has."""


def of_run(id: str, frames: Frames) -> FrameCharts:
    """The charts of a run: its loss with the terms of that, its work and its flicker."""
    most = max((loss for loss in frames.column("loss") if math.isfinite(loss)), default=0.0)
    there = {name: values for name, values in frames.terms.items() if any(value > 0 for value in values)}
    terms = {name: values for name, values in there.items() if any(value >= _FAINT * most for value in values)}
    lines = {"total": frames.column("loss"), **(terms if len(there) > 1 else {})}
    legend = tuple((name, k % curves.COLOURS, k % curves.DASHES) for k, name in enumerate(lines))
    losses = [_series(id, frames, lines[name], name, colour, dash, name) for name, colour, dash in legend]
    alone = [name for name in _DRAWN if name != "loss"]
    drawn = [_chart("loss", losses, frames)]
    drawn += [_chart(of, [_series(id, frames, frames.column(of), of, 0, 0, of)], frames) for of in alone]
    return FrameCharts(
        charts=tuple(chart for chart in drawn if chart),
        legend=legend if len(legend) > 1 else (),
        faint=tuple(name for name in there if name not in terms),
    )


def of_runs(legend: Sequence[Legend]) -> tuple[Chart, ...]:
    """The charts of several runs of one clip, laid over each other."""
    listed = [(entry, entry.run.frames) for entry in legend if entry.run.frames]
    if not listed:
        return ()
    drawn = []
    for of in _DRAWN:
        series = [
            _series(e.run.id, frames, frames.column(of), e.label, e.colour, e.dash, of)
            for e, frames in listed
            if e.run.timing_valid or of != "seconds"
        ]
        drawn.append(_chart(of, series, listed[0][1], "The page of each run has its values as a table."))
    return tuple(chart for chart in drawn if chart)


def table(frames: Frames) -> FrameTable:
    """Some of the frames, evenly spread, and those at which a shot begins."""
    begins = [row for row, number in enumerate(frames.numbers) if number in frames.cuts]
    kept = sorted({*curves.sampled(len(frames.numbers), MOST_ROWS), *begins[:MOST_ROWS]})
    rows = tuple((frames.numbers[row], row in begins, _figures(frames, row)) for row in kept)
    return FrameTable(_HEADS, rows, len(frames.numbers) - len(kept))


def _figures(frames: Frames, row: int) -> tuple[Figure, ...]:
    def at(name: str) -> float | None:
        value = float(frames.columns[name][row])
        return None if value != value else value  # what is empty was not measured

    return (
        fmt.moment(float(frames.columns["time"][row]), "frame-time"),
        fmt.whole(int(frames.columns["evaluations"][row]), "frame-evaluations"),
        fmt.loss(at("loss"), "frame-loss"),
        fmt.seconds(at("seconds"), "frame-seconds"),
        fmt.quality(at("flicker"), "frame-flicker"),
        fmt.share(at("visible"), "frame-visible"),
    )


def _series(id: str, frames: Frames, y: Sequence[float], label: str, colour: int, dash: int, term: str) -> Series:
    x = tuple(map(float, frames.numbers))
    return Series(id, label, x, tuple(y), colour, dash, term, tuple(map(float, frames.cuts)))


def _chart(of: str, series: Sequence[Series], frames: Frames, values: str = Chart.values) -> Chart | None:
    shots = [(float(cut), f"shot {number}") for number, cut in enumerate(frames.cuts, start=2)]
    return curves.chart(
        f"{_DRAWN[of]} by frame",
        "frame",
        series,
        marks=shots,
        logarithmic=of == "loss",
        values=values,
    )
