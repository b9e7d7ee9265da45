"""Curves drawn and packed: ticks, lines, and what may be left out of them."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from bench.report import build, curve_data, curves, curves_page, thinning, ticks
from bench.report.drawn import Curve
from bench.report.model import gather
from bench.report.packing import DIGITS, json_text
from bench.results import load
from tests.bench.report import reading
from tests.bench.report.synthetic_results import Trial, failed, make


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.0, 3.0, [1.0, 10.0, 100.0, 1000.0]),
        (-12.0, 12.0, [1e-12, 1e-8, 1e-4, 1.0, 1e4, 1e8, 1e12]),
        (1.0, 2.0, [10.0, 30.0, 100.0]),
        (math.log10(4.0), math.log10(11.0), [5.0, 7.0, 10.0]),
        (math.log10(4.0), math.log10(4.4), [4.0, 4.1, 4.2, 4.3, 4.4]),
    ],
)
def test_a_log_axis_has_three_to_seven_ticks(low: float, high: float, expected: list[float]) -> None:
    assert ticks.log_ticks(low, high) == pytest.approx(expected)


def test_labels_of_a_log_axis_have_the_digits_they_need() -> None:
    drawn = curves.chart("t", "x", [curves.Series("r", "l", (0.0, 1.0), (1e-6, 2e7), 0, 0)])
    assert drawn is not None
    assert [tick.label for tick in drawn.y_ticks] == ["10⁻⁶", "10⁻⁴", "0.01", "1", "100", "10\u202f000", "10⁶"]


def test_a_linear_axis_has_round_ticks() -> None:
    assert ticks.linear_ticks(0, 299) == [0, 100, 200]
    assert ticks.linear_ticks(0, 0.0123) == pytest.approx([0, 0.005, 0.01])


def test_thinning_keeps_ends_and_spikes() -> None:
    points = [(float(k), 50.0 if k == 777 else math.sin(k)) for k in range(5000)]
    thin = thinning.thinned(points, 200)
    assert len(thin) <= 200
    assert (thin[0], thin[-1]) == (points[0], points[-1])
    assert (777.0, 50.0) in thin
    assert thin == sorted(thin)


def test_a_long_smooth_line_is_drawn_closely_with_few_points_and_a_spike_of_it_to_its_top() -> None:
    x = tuple(map(float, range(3000)))
    y = tuple(1e9 if k == 777 else 9000 * (k + 1) ** -1.1 for k in range(3000))
    drawn = curves.chart("t", "x", [curves.Series("r", "l", x, y, 0, 0)])
    assert drawn is not None
    (piece,) = drawn.lines[0].pieces
    points = [(float(px), float(py)) for px, py in (point.split(",") for point in piece.split())]
    assert len(points) <= 40
    height = (drawn.bottom - drawn.top) / (drawn.y1 - drawn.y0)
    for k in range(3000):
        px = drawn.left + k / 2999 * (drawn.right - drawn.left)
        assert _height(points, min(round(px, 2), points[-1][0])) == pytest.approx(
            drawn.bottom - (math.log10(y[k]) - drawn.y0) * height, abs=0.6 if abs(k - 777) > 1 and k > 2 else 15
        )
    assert min(py for _, py in points) == pytest.approx(drawn.bottom - (9 - drawn.y0) * height, abs=0.01)


def test_a_table_of_a_long_curve_keeps_its_ends() -> None:
    rows = curves.sampled(10_000)
    assert (len(rows), rows[0], rows[-1]) == (60, 0, 9_999)
    assert curves.sampled(3) == [0, 1, 2]


def test_a_curve_breaks_where_its_loss_is_not_a_positive_number() -> None:
    y = (4.0, 2.0, math.nan, 1.0, 0.0, math.inf)
    drawn = curves.chart("t", "x", [curves.Series("r", "l", (0.0, 1.0, 2.0, 3.0, 4.0, 5.0), y, 0, 0)])
    assert drawn is not None
    assert [len(piece.split()) for piece in drawn.lines[0].pieces] == [2, 2]
    assert drawn.x1 == 3.0


@pytest.mark.parametrize("y", [(math.nan,), (0.0, -1.0), ()])
def test_a_curve_with_nothing_to_draw_draws_nothing(y: tuple[float, ...]) -> None:
    assert curves.chart("t", "x", [curves.Series("r", "l", tuple(map(float, range(len(y)))), y, 0, 0)]) is None


def test_a_curve_that_never_changes_still_has_an_axis() -> None:
    drawn = curves.chart("t", "x", [curves.Series("r", "l", (0.0, 1.0), (5.0, 5.0), 0, 0)])
    assert drawn is not None
    assert drawn.y0 < math.log10(5.0) < drawn.y1
    assert 2 <= len(drawn.y_ticks) <= 7


def test_lines_through_the_points_followed_pass_every_other_one_closely() -> None:
    points = [(float(k), -1.1 * math.log10(k + 1)) for k in range(2000)]
    kept = thinning.followed(points, 0.01, 60)
    assert kept is not None
    assert len(kept) <= 30
    assert (kept[0], kept[-1]) == (points[0], points[-1])
    assert max(abs(_height(kept, x) - y) for x, y in points) <= 0.01 + 1e-9


def test_a_spike_of_one_point_is_followed_to_its_top() -> None:
    points = [(float(k), 7.0 if k == 777 else 1.0) for k in range(2000)]
    assert thinning.followed(points, 0.01, 60) == [points[k] for k in (0, 776, 777, 778, 1999)]


def test_what_cannot_be_followed_with_so_few_points_is_not() -> None:
    assert thinning.followed([(float(k), float(k % 2)) for k in range(100)], 0.1, 60) is None


@pytest.mark.parametrize("points", [[], [(0.0, 1.0)], [(0.0, 1.0), (1.0, 5.0)]])
def test_two_points_or_fewer_are_kept(points: list[tuple[float, float]]) -> None:
    assert thinning.followed(points, 0.0, 60) == points


def _height(points: list[tuple[float, float]], x: float) -> float:
    (x0, y0), (x1, y1) = next((a, b) for a, b in itertools.pairwise(points) if a[0] <= x <= b[0])
    return y0 + (y1 - y0) * (x - x0) / (x1 - x0)


class TestPacked:
    def test_a_smooth_curve_comes_back_within_a_pixel(self) -> None:
        curve = _curve([9000 * (k + 1) ** -1.1 + 3 for k in range(500)])
        read = _unpacked(curve)
        heights = [math.log10(loss) for loss in curve.total]
        span = max(heights) - min(heights)
        points = [(row, log) for row, log in read.points if log is not None]
        assert max(abs(_height(points, k) - y) for k, y in enumerate(heights)) <= span / 400
        assert (read.first, len(read.points) < 60) == (0, True)

    def test_of_a_noisy_curve_the_extremes_of_every_stretch_come_back(self) -> None:
        noise = [10.0 ** math.sin(k * k) for k in range(3000)]
        noise[1234] = 1e6
        read = _unpacked(_curve(noise))
        assert len(read.points) <= curve_data.MOST
        assert max(log for _, log in read.points if log is not None) == pytest.approx(6.0)
        assert 1234 in [row for row, _ in read.points]

    def test_a_curve_has_gaps_where_its_loss_is_not_a_positive_number(self) -> None:
        read = _unpacked(_curve([math.nan, 100.0, 10.0, math.inf, -1.0, 10.0, 1.0, math.nan]))
        assert [row for row, _ in read.points] == [1, 2, 3, 5, 6]
        assert [log for _, log in read.points] == pytest.approx([2.0, 1.0, None, 1.0, 0.0], abs=0.001)

    def test_a_curve_that_is_mostly_gaps_stays_small(self) -> None:
        read = _unpacked(_curve([1.0 + k if k % 2 else math.nan for k in range(400)]))
        assert len(read.points) <= curve_data.MOST + 2 * curve_data.MOST_PIECES
        assert sum(log is None for _, log in read.points) == curve_data.MOST_PIECES - 1

    @pytest.mark.parametrize("losses", [[math.nan], [0.0, -1.0], [math.inf] * 3])
    def test_of_a_curve_with_nothing_to_draw_there_is_nothing(self, losses: list[float]) -> None:
        assert curve_data.packed(_curve(losses)) is None

    def test_one_point_is_a_curve(self) -> None:
        read = _unpacked(_curve([5.0]))
        assert (read.points, read.times) == ([(0, pytest.approx(math.log10(5.0)))], [(0, 0.01)])

    def test_steady_times_take_two_points(self) -> None:
        read = _unpacked(_curve([1.0 + k for k in range(300)]))
        assert [row for row, _ in read.times] == [0, 299]
        assert [time for _, time in read.times] == pytest.approx([0.01, 3.0])

    def test_a_pause_comes_back_where_it_was(self) -> None:
        seconds = [0.01 * (k + 1) + (5.0 if k >= 100 else 0.0) for k in range(300)]
        read = _unpacked(_curve([1.0 + k for k in range(300)], seconds))
        times = [(float(row), time) for row, time in read.times]
        assert max(abs(_height(times, k) - at) for k, at in enumerate(seconds)) <= seconds[-1] / 250

    def test_what_was_done_at_smaller_sizes_counts_as_its_pixels(self) -> None:
        sizes = [128] * 40 + [256] * 20 + [512] * 31
        packed = curve_data.packed(_curve([91.0 - k for k in range(91)], sizes=sizes))
        assert packed is not None
        steps, low, high, places = packed["pixels"]
        assert (packed["first"], low, high) == (60, 0.0, 40 / 16 + 20 / 4 + 30)
        assert _placed(steps, low, high, places) == [
            (row, pytest.approx(done, abs=0.01)) for row, done in ((0, 0.0), (40, 2.5), (60, 7.5), (90, 37.5))
        ]

    def test_times_are_of_all_sizes(self) -> None:
        read = _unpacked(_curve([2.0] * 30, sizes=[16] * 10 + [32] * 20))
        assert (read.first, [row for row, _ in read.points], [row for row, _ in read.times]) == (10, [0, 19], [0, 29])

    def test_it_takes_about_250_bytes(self) -> None:
        smooth = _curve([9000 * (k + 1) ** -1.1 + 3 for k in range(1000)])
        noisy = _curve([loss * 10.0 ** (0.1 * math.sin(k * k)) for k, loss in enumerate(smooth.total)])
        assert len(json_text(curve_data.packed(smooth))) <= 200
        assert len(json_text(curve_data.packed(noisy))) <= 290


@dataclass(frozen=True)
class _Read:
    first: int
    points: list[tuple[int, float | None]]
    times: list[tuple[int, float]]


def _curve(losses: list[float], seconds: list[float] | None = None, sizes: list[int] | None = None) -> Curve:
    rows = np.arange(len(losses))
    steady = 0.01 * (rows + 1)
    return Curve(
        {
            "evaluation": rows,
            "seconds": np.array(seconds) if seconds else steady,
            "size": np.array(sizes or [64] * len(losses)),
            "total": np.array(losses),
        }
    )


def _unpacked(curve: Curve) -> _Read:
    """What the script makes of it."""
    packed = curve_data.packed(curve)
    assert packed is not None
    points, times = _placed(packed["at"], *packed["loss"]), _placed(*packed["time"])
    return _Read(packed["first"], points, [(row, time) for row, time in times if time is not None])


def _placed(steps: str, low: float, high: float, places: str) -> list[tuple[int, float | None]]:
    at = _numbers(places, 2)
    rows = itertools.accumulate(_numbers(steps, len(steps) // len(at)))
    return [(row, None if k == curve_data.HOLE else low + (high - low) * k / curve_data.STEPS)
            for row, k in zip(rows, at, strict=True)]  # fmt: skip


def _numbers(text: str, wide: int) -> list[int]:
    found = [DIGITS.index(c) for c in text]
    return [
        sum(d * 64 ** (wide - 1 - n) for n, d in enumerate(found[k : k + wide])) for k in range(0, len(found), wide)
    ]


class TestPage:
    @pytest.mark.parametrize("count", [1, 2, 5, 24])
    def test_however_many_experiments_share_it_it_stays_light(self, count: int) -> None:
        lines, rows = curves_page.room(curves_page.ELEMENTS // count, 500)
        assert 1 <= lines <= curves.MOST_LINES
        assert rows >= 2
        # A line is a group, a title, a piece and a link; a cell holds a figure.
        assert count * (60 + 6 * lines + rows * (2 + 2 * lines)) <= 1.25 * curves_page.ELEMENTS

    def test_few_runs_have_all_their_lines_and_a_long_table(self) -> None:
        assert curves_page.room(curves_page.ELEMENTS, 4) == (4, 60)

    def test_the_first_24_values_have_a_look_of_their_own(self) -> None:
        looks = [curves_page.look(k) for k in range(24)]
        assert len(set(looks)) == 24
        assert looks[:3] == [(0, 0), (1, 1), (2, 2)]

    def test_more_runs_than_can_be_told_apart_are_evenly_chosen_and_that_is_said(self, tmp_path: Path) -> None:
        make(tmp_path, [Trial("many", ("cat",), ("waves",), {"init": ["noise", "content"], "seed": list(range(20))},
                              ["init"], fixed={"size": 16})])  # fmt: skip
        page = curves_page.page(gather(load(tmp_path), {}))
        (overlay,) = page.overlays
        assert (len(overlay.lines), overlay.runs, overlay.axis) == (24, 40, "init")
        assert [(value, len(lines), lines[0].colour) for value, lines in overlay.legend] == [
            ("noise", 12, 0), ("content", 12, 1)
        ]  # fmt: skip
        root = reading.tree(_rendered(tmp_path))
        assert "24 of 40 curves, evenly chosen." in reading.text_of(root)
        assert sum(1 for _ in root.iter()) <= 3000
        assert {len(row) for row in root.iter("tr")} >= {25}

    def test_without_curves_there_is_no_page(self, tmp_path: Path) -> None:
        make(tmp_path, [Trial("one", ("cat",), ("waves",))], edit=lambda p, record: failed(record))
        assert _rendered(tmp_path) == ""

    def test_runs_with_objectives_of_their_own_are_said_to_be(self, tmp_path: Path) -> None:
        make(tmp_path, [Trial("size", ("cat",), ("waves",), {"size": [16, 24]}),
                        Trial("start", ("cat",), ("waves",), {"init": ["noise", "content"]}, fixed={"size": 16})])  # fmt: skip
        sizes, starts = curves_page.page(gather(load(tmp_path), {})).overlays
        assert (sizes.mixed, starts.mixed) == (True, False)


def _rendered(folder: Path) -> str:
    page = build(folder).index.with_name("curves.html")
    return page.read_text(encoding="utf-8") if page.exists() else ""


def test_a_line_names_its_run_by_the_run_s_page_also_where_folders_share_its_id(tmp_path: Path) -> None:
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        make(folder, [Trial("start", ("cat",), ("waves",), {"init": ["noise", "content"]}, fixed={"size": 16})])
    site = build(folders, site=tmp_path / "site").index.parent
    lines = {
        element.attrib["data-page"]
        for path in site.glob("pairs/*")
        for element in reading.tree(path.read_text(encoding="utf-8")).iter()
        if "data-page" in element.attrib
    }
    assert len(lines) == 4
    assert lines == {path.stem for path in site.glob("runs/*.html")}
