"""The loss curves of a pair of inputs: lines, their legend, and their values as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.report import curves
from bench.report import format as fmt
from bench.report.curves import Chart, Series
from bench.report.format import Figure
from bench.report.model import Experiment, Run

#: Columns of the table of losses, and about how many cells it has.
LOSSES, CELLS = 12, 240


@dataclass(frozen=True)
class Legend:
    run: Run
    label: str
    colour: int
    dash: int


@dataclass(frozen=True)
class CurveTable:
    """Losses by evaluation, one column a run."""

    heads: tuple[tuple[Run, str], ...]
    rows: tuple[tuple[int, tuple[Figure | None, ...]], ...]


def legend_of(experiment: Experiment, runs: Sequence[Run]) -> tuple[Legend, ...]:
    """The first axis is told by colour, the second by dashes, so that a reader can find either by eye."""
    names = sorted(
        (n for n in experiment.axes if len({experiment.value(run, n) for run in runs}) > 1),
        key=lambda n: experiment.plan.compare.index(n) if n in experiment.plan.compare else 99,
    )
    used: set[tuple[int, int]] = set()
    legend = []
    free = iter([(c, d) for d in range(curves.DASHES) for c in range(curves.COLOURS)])
    for run in runs:
        at = [experiment.axes[n].index(experiment.value(run, n)) for n in names]
        # With one axis only, dashes repeat what colour says, for those who cannot tell the colours apart.
        wanted = (at[0] if at else 0, at[1] if len(at) > 1 else at[0] % curves.DASHES if at else 0)
        if wanted in used or wanted[0] >= curves.COLOURS or wanted[1] >= curves.DASHES:
            wanted = next((pair for pair in free if pair not in used), (0, 0))
        used.add(wanted)
        legend.append(Legend(run, experiment.settings(run) or run.title, *wanted))
    return tuple(legend)


def charts(legend: tuple[Legend, ...]) -> tuple[Chart, ...]:
    found = []
    for title, x_title, by_time in (
        ("Loss by evaluation", "evaluation", False),
        ("Loss by time", "time since the optimisation began", True),
    ):
        series = []
        for e in legend:
            if e.run.curve and (e.run.timing_valid or not by_time):
                x, rows = e.run.curve.seconds if by_time else e.run.curve.evaluation, e.run.curve.last_size
                series.append(Series(e.run.id, e.label, x[rows], e.run.curve.total[rows], e.colour, e.dash))
        drawn = curves.chart(title, x_title, series, seconds=by_time)
        if drawn:
            found.append(drawn)
    return tuple(found)


def losses(legend: Sequence[Legend]) -> CurveTable:
    """Of the first :data:`LOSSES` runs."""
    entries = []
    for e in legend[:LOSSES]:
        if e.run.curve:
            curve, rows = e.run.curve, e.run.curve.last_size
            entries.append((e.run, e.label, dict(zip(curve.evaluation[rows], curve.total[rows], strict=True))))
    most = min(curves.MOST_ROWS, CELLS // max(1, len(entries)))
    longest = sorted({at for _, _, row in entries for at in row})
    # Every run's last row is kept: it is the one that the page's other figures speak of.
    kept = {longest[k] for k in curves.sampled(len(longest), max(2, most - len(entries)))}
    kept |= {max(row) for _, _, row in entries}
    figures = tuple(
        (int(at), tuple(fmt.loss(row[at], "curve-loss") if at in row else None for _, _, row in entries))
        for at in sorted(kept)
    )
    return CurveTable(tuple((run, label) for run, label, _ in entries), figures)
