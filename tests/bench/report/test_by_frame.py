"""What pages know of the frames of a video, and how they draw it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench.frames import read_frames
from bench.report import curves, frame_curves
from bench.report.by_frame import Frames
from bench.report.curves import Series
from tests.bench.report.synthetic_videos import COUNT, CUT, STEP, frames_csv


@pytest.fixture
def frames(tmp_path: Path) -> Frames:
    (tmp_path / "frames.csv").write_bytes(frames_csv("warm"))
    return Frames(read_frames(tmp_path / "frames.csv"))


def test_frames_know_their_length_their_shots_and_their_terms(frames: Frames) -> None:
    assert (frames.start, frames.step, frames.cuts) == (0.0, pytest.approx(STEP), (CUT,))
    assert list(frames.terms) == ["content", "style", "temporal"]
    assert np.sum(list(frames.terms.values()), axis=0) == pytest.approx(frames.column("loss"))


def test_a_frame_is_found_in_the_middle_of_its_time(frames: Frames) -> None:
    assert frames.place(1) == pytest.approx((0.0, STEP / 2))
    assert frames.place(COUNT) == pytest.approx(((COUNT - 1) * STEP, (COUNT - 0.5) * STEP))
    assert frames.place(COUNT + 1) is None


def test_frames_of_different_lengths_have_none_in_common(frames: Frames) -> None:
    uneven = frames.columns["time"].copy()
    uneven[5:] += STEP
    changing = Frames({**frames.columns, "time": uneven})
    assert (changing.step, changing.stamps, frames.stamps) == (None, tuple(uneven), ())
    # A container of milliseconds rounds them.
    assert Frames({**frames.columns, "time": np.round(frames.columns["time"], 3)}).step == pytest.approx(STEP, rel=0.01)


def test_time_stamps_of_a_long_clip_are_too_many_for_a_page(tmp_path: Path) -> None:
    (tmp_path / "frames.csv").write_bytes(frames_csv("warm", 2001))
    columns = read_frames(tmp_path / "frames.csv")
    columns["time"] = columns["time"] ** 1.5
    long = Frames(columns)
    assert (long.step, long.stamps) == (None, ())
    shorter = Frames({name: values[:2000] for name, values in columns.items()})
    assert len(shorter.stamps) == 2000


def test_a_single_frame_has_a_place_and_no_length(frames: Frames) -> None:
    alone = Frames({name: values[:1] for name, values in frames.columns.items()})
    assert (alone.step, alone.cuts, alone.place(1)) == (None, (), (0.0, 0.0))
    assert [chart.title for chart in frame_curves.of_run("a", alone).charts] == [
        "Loss by frame",
        "Seconds of work by frame",
    ], "no flicker was told"


def test_loss_work_and_flicker_are_drawn_apart_by_shots(frames: Frames) -> None:
    drawn = frame_curves.of_run("a", frames)
    charts, legend = drawn.charts, drawn.legend
    assert [chart.title for chart in charts] == [
        "Loss by frame", "Seconds of work by frame", "Flicker, 8-bit levels by frame",
    ]  # fmt: skip
    assert [name for name, _, _ in legend] == ["total", "content", "style", "temporal"]
    for chart in charts:
        assert [mark.label for mark in chart.marks] == ["shot 2"]
        assert all(len(line.pieces) == 2 for line in chart.lines)
    assert [len(chart.lines) for chart in charts] == [4, 1, 1]
    assert [chart.y0 for chart in charts[1:]] == [0.0, 0.0], "what is no loss is drawn from 0"


def test_a_term_that_no_axis_could_show_beside_the_others_is_named_instead(frames: Frames) -> None:
    small = np.full(COUNT, 1e-4)
    drawn = frame_curves.of_run("a", Frames({**frames.columns, "gamut": small, "tv": np.zeros(COUNT)}))
    assert drawn.faint == ("gamut",)
    assert [line.label for line in drawn.charts[0].lines] == ["total", "content", "style", "temporal"]
    assert frame_curves.of_run("a", frames).faint == ()


def test_the_table_has_every_frame_of_a_short_clip_and_of_a_long_one_where_shots_begin(frames: Frames) -> None:
    short = frame_curves.table(frames)
    assert (len(short.rows), short.left_out) == (COUNT, 0)
    assert [number for number, begins, _ in short.rows if begins] == [CUT]
    texts = dict(zip(short.heads, (figure.text for figure in short.rows[1][2]), strict=True))
    assert texts == {
        "time": "0.08\u202fs", "evaluations": "40", "loss": "920.0", "work": "750\u202fms", "flicker": "1.68",
        "visible": "97.0\u202f%",
    }  # fmt: skip
    assert [figure.text for figure in short.rows[0][2]][-2:] == ["–", "–"], "the first frame of a shot has none"
    many = {name: np.concatenate([values] * 10) for name, values in frames.columns.items()}
    many |= {"frame": np.arange(1, 241), "time": np.arange(240) * STEP}
    long = frame_curves.table(Frames(many))
    assert {number for number, begins, _ in long.rows if begins} == set(Frames(many).cuts)
    assert len(long.rows) + long.left_out == 240
    assert len(long.rows) <= 2 * frame_curves.MOST_ROWS


class TestAxisThatIsNotLogarithmic:
    def test_begins_at_nothing_and_reaches_above_the_highest(self) -> None:
        chart = curves.chart("t", "x", [Series("a", "a", (1, 2, 3), (0.0, 4.0, 2.0), 0, 0)], logarithmic=False)
        assert chart is not None
        assert (chart.y0, chart.y1) == (0.0, pytest.approx(4.16))
        assert [tick.label for tick in chart.y_ticks] == ["0", "1", "2", "3", "4"]
        assert float(chart.lines[0].pieces[0].split()[0].partition(",")[2]) == chart.bottom

    def test_breaks_where_there_is_no_number(self) -> None:
        y = (1.0, float("nan"), 2.0, float("inf"), 3.0)
        chart = curves.chart("t", "x", [Series("a", "a", tuple(range(5)), y, 0, 0)], logarithmic=False)
        assert chart is not None
        assert len(chart.lines[0].pieces) == 3

    def test_nothing_but_zeros_is_drawn_on_the_axis(self) -> None:
        chart = curves.chart("t", "x", [Series("a", "a", (1, 2), (0.0, 0.0), 0, 0)], logarithmic=False)
        assert chart is not None
        assert chart.y1 == 1.0

    def test_points_that_one_line_passes_through_are_left_out_as_on_the_other(self) -> None:
        straight = Series("a", "a", tuple(range(1000)), tuple(float(k) for k in range(1000)), 0, 0)
        chart = curves.chart("t", "x", [straight], logarithmic=False)
        assert chart is not None
        assert len(chart.lines[0].pieces[0].split()) == 2
