"""The page of a history: for every benchmark its times over commits, and where its level changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.check.pages import frame
from bench.check.pages.axes import Axis, Tick, axis, times
from bench.check.pages.compare import Facts
from bench.check.stored.history import Change, History, Machine, Point, Series, fact
from bench.report import format as fmt
from bench.report.format import Figure

#: Units of the drawing.
LEFT, RIGHT, TOP, BOTTOM = 66, 506, 46, 222
#: Base lines of the steps' labels, which stand in two rows above the points.
_ROWS = (15, 33)
#: Room for a label of the axis, a day, a step.
_LINE, _DAY, _LABEL = 17, 100, 150
_LARGE, _SMALL = 4.0, 1.5
#: Characters of a commit in a drawing, or of a day.
_DIGITS = 10
#: The factor that an axis spans at the least, so that noise looks like noise.
LEAST = 1.2


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    bar: tuple[float, float]
    """Upper and lower end of the middle half of its workers."""
    title: str


@dataclass(frozen=True)
class Sign:
    """Where a level begins."""

    x: float
    at: tuple[float, float]
    """Where its label begins, or ends where the drawing does."""
    ends: bool
    label: str
    """Empty where there is no room for it."""
    kind: str
    """``regression`` where it became slower, ``improvement`` where it became faster."""


@dataclass(frozen=True)
class Plot:
    id: str
    title: str
    describes: str
    dots: tuple[Dot, ...]
    size: float
    levels: str
    """Path of the levels."""
    signs: tuple[Sign, ...]
    times: tuple[Tick, ...]
    days: tuple[tuple[float, str], ...]
    rows: tuple[tuple[str, str, Figure, Figure, Figure, int], ...]
    """Of its table: commit, day, median, quartiles, workers."""


@dataclass(frozen=True)
class StepRow:
    anchor: str
    machine: str
    name: str
    label: str
    behind: str
    day: str
    before: Figure
    after: Figure
    ratio: Figure
    kind: str
    word: str


@dataclass(frozen=True)
class Group:
    title: str
    facts: Facts
    count: str
    plots: tuple[Plot, ...]


@dataclass(frozen=True)
class View:
    sentence: str
    steps: tuple[StepRow, ...]
    several: bool
    """Machines."""
    machines: tuple[Group, ...]
    left_out: tuple[str, ...]


def render_history(history: History) -> str:
    """The page."""
    return frame.page("history", _view(history), "History of times")


def sentence(history: History) -> str:
    """What it comes to: ``2 steps in 6 benchmarks over 9 files: the latest made ...``."""
    series = len({(series.id, series.phase) for machine in history.machines for series in machine.series})
    where = f" on {len(history.machines)} machines" if len(history.machines) > 1 else ""
    over = f"{fmt.counted(series, 'benchmark', 'benchmarks')}{where} over {fmt.counted(history.files, 'file', 'files')}"
    found = [both for machine in history.machines for both in machine.found]
    if not found:
        return f"no step in {over}"
    latest, step = max(found, key=lambda both: both[1].at)
    told = f"{latest.name} {times(step.ratio)} times as long, at {step.label}"
    return f"{fmt.counted(len(found), 'step', 'steps')} in {over}: the latest made {told}"


def _view(history: History) -> View:
    anchors = {
        id(series): f"m{m + 1}-{k + 1}"
        for m, machine in enumerate(history.machines)
        for k, series in enumerate(machine.series)
    }
    found = [(machine, *both) for machine in history.machines for both in machine.found]
    return View(
        sentence=sentence(history),
        steps=tuple(
            _step_row(machine, series, step, anchors[id(series)])
            for machine, series, step in sorted(found, key=lambda row: row[2].at, reverse=True)
        ),
        several=len(history.machines) > 1,
        machines=tuple(_group(machine, anchors) for machine in history.machines),
        left_out=tuple(history.left_out),
    )


def _group(machine: Machine, anchors: dict[int, str]) -> Group:
    ordered = sorted(machine.series, key=lambda series: -series.worst)
    files = {point.file for series in machine.series for point in series.points}
    return Group(
        machine.title,
        tuple(fact(name, value) for name, value in machine.fingerprint.items() if value is not None),
        fmt.counted(len(files), "file", "files"),
        tuple(_plot(series, anchors[id(series)]) for series in ordered),
    )


def _step_row(machine: Machine, series: Series, step: Change, anchor: str) -> StepRow:
    return StepRow(
        anchor=anchor,
        machine=machine.title,
        name=series.name,
        label=step.label,
        behind=step.previous or "",
        day=step.at[:10],
        before=fmt.seconds(step.before, "level-seconds"),
        after=fmt.seconds(step.after, "level-seconds"),
        ratio=Figure("ratio", repr(step.ratio), times(step.ratio)),
        kind=_kind(step),
        word=word(step),
    )


def word(step: Change) -> str:
    return "slower" if step.ratio > 1 else "faster"


def _kind(step: Change) -> str:
    return "regression" if step.ratio > 1 else "improvement"


def _plot(series: Series, id: str) -> Plot:
    points = series.points
    pitch = (RIGHT - LEFT) / len(points)
    at = [round(LEFT + pitch * (k + 0.5), 2) for k in range(len(points))]
    edges = [0, *(step.index for step in series.steps), len(points)]
    levels = [series.steps[0].before, *(step.after for step in series.steps)] if series.steps else []
    seconds = axis([v for p in points for v in (p.low, p.seconds, p.high)], levels, TOP, BOTTOM, least=LEAST)
    return Plot(
        id=id,
        title=series.name,
        describes=_described(series),
        dots=tuple(_dot(x, point, seconds) for x, point in zip(at, points, strict=True)),
        size=round(min(_LARGE, max(_SMALL, 0.32 * pitch)), 2),
        levels="".join(
            f"M{LEFT + pitch * a:.2f} {seconds.at(level):.2f}H{LEFT + pitch * b:.2f}"
            for a, b, level in zip(edges[:-1], edges[1:], levels, strict=False)
        ),
        signs=_signs(series, pitch),
        times=seconds.times(_LINE),
        days=_days(points, at),
        rows=tuple(_row(point) for point in points),
    )


def _dot(x: float, point: Point, seconds: Axis) -> Dot:
    commit = point.label if point.commit else "no commit known"
    told = f"{commit}, {point.at[:10]}: {fmt.duration(point.seconds)}"
    return Dot(x, seconds.at(point.seconds), (seconds.at(point.high), seconds.at(point.low)), told)


def _signs(series: Series, pitch: float) -> tuple[Sign, ...]:
    """A step's label stands right of its line as far as the drawing goes, in the first row that has room for it."""
    ends = dict.fromkeys(_ROWS, 0.0)
    signs = []
    for step in series.steps:
        x = LEFT + pitch * step.index
        start = min(x, RIGHT - _LABEL)
        row = next((row for row, end in ends.items() if end <= start), None)
        if row is not None:
            ends[row] = start + _LABEL
        label = "" if row is None else f"{step.label[:_DIGITS]} ×{times(step.ratio)}"
        ends_there = start < x
        at = RIGHT if ends_there else round(x, 2)
        signs.append(Sign(round(x, 2), (at, row or _ROWS[0]), ends_there, label, _kind(step)))
    return tuple(signs)


def _days(points: Sequence[Point], at: Sequence[float]) -> tuple[tuple[float, str], ...]:
    """Days under the points, as many as there is room for: the last and the first, and what fits between."""
    middles = [min(max(x, LEFT + 0.3 * _DAY), RIGHT - 0.3 * _DAY) for x in at]
    ordered = list(zip(middles, (point.at[:10] for point in points), strict=True))
    shown: list[tuple[float, str]] = []
    for x, day in (ordered[-1], *ordered):
        if all(abs(x - other) >= _DAY and day != told for other, told in shown):
            shown.append((round(x, 2), day))
    return tuple(sorted(shown))


def _row(point: Point) -> tuple[str, str, Figure, Figure, Figure, int]:
    low, high = fmt.seconds(point.low, "quartile-seconds"), fmt.seconds(point.high, "quartile-seconds")
    commit = point.label if point.commit else fmt.NONE
    return commit, point.at[:10], fmt.seconds(point.seconds, "median-seconds"), low, high, point.workers


def _described(series: Series) -> str:
    first, last = series.points[0], series.points[-1]
    span = f" from {first.at[:10]} to {last.at[:10]}" if len(series.points) > 1 else f" of {first.at[:10]}"
    steps = "; ".join(f"at {step.label} {times(step.ratio)} times as long" for step in series.steps) or "no step"
    return f"{fmt.counted(len(series.points), 'file', 'files')}{span}: {steps}. All points are in the table below."
