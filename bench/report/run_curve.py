"""The curve of a run on its page: drawn term by term, and a few rows of it as a table."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from bench.report import curves, words
from bench.report import format as fmt
from bench.report.curves import Chart, Series
from bench.report.format import Figure
from bench.report.model import Curve, Run

#: Rows of the curve's table, and points of a line: the record has them all.
MOST_ROWS = 8
MOST_POINTS = 60


@dataclass(frozen=True)
class CurveTable:
    heads: tuple[str, ...]
    rows: tuple[tuple[int, Markup], ...]
    """Evaluation, and the cells of its figures."""
    left_out: int
    """Rows that only the file has."""


def sizes(curve: Curve) -> tuple[str, ...]:
    """That the curve goes through; empty where there is only one."""
    told = [words.value("size", size) for _, size in curve.sizes]
    return tuple(told) if len(told) > 1 else ()


def chart(run: Run) -> tuple[Chart | None, tuple[tuple[str, int, int], ...]]:
    if run.curve is None:
        return None, ()
    evaluation = run.curve.evaluation
    lines = {"total": run.curve.total, **{n: y for n, y in run.curve.terms.items() if any(v > 0 for v in y)}}
    if len(lines) == 2:
        # One term alone is the total: a second line would lie on the first.
        lines = {"total": run.curve.total}
    begins = [(evaluation[k], words.value("size", size)) for k, size in run.curve.sizes]
    breaks = tuple(at for at, _ in begins[1:])
    series = [
        Series(run.id, name, evaluation, y, k, k % curves.DASHES, name, breaks)
        for k, (name, y) in enumerate(lines.items())
    ]
    drawn = curves.chart("Loss by evaluation", "evaluation", series, marks=begins if breaks else (), most=MOST_POINTS)
    return drawn, tuple((s.label, s.colour, s.dash) for s in series)


def table(c: Curve) -> CurveTable:
    staged = bool(sizes(c))
    evaluation, seconds, size, total, terms = c.evaluation, c.seconds, c.size, c.total, c.terms
    kept = curves.sampled(len(total), MOST_ROWS)
    rows = []
    for k in kept:
        figures = [fmt.seconds(seconds[k], "curve-seconds")]
        if staged:
            figures.append(fmt.whole(size[k], "curve-size", "px"))
        figures.append(fmt.loss(total[k], "curve-loss"))
        figures += [fmt.loss(y[k], "curve-term") for y in terms.values()]
        rows.append((int(evaluation[k]), Markup("").join(map(_cell, figures))))
    heads = ("time", *(("size",) if staged else ()), "total", *terms)
    return CurveTable(heads, tuple(rows), len(total) - len(kept))


def _cell(figure: Figure) -> Markup:
    """As ``figure`` of macros.html.j2, for the many of a curve; words and digits of ours need no escaping."""
    if figure.value is None:
        return Markup(f'<td><span class="{figure.kind} none">{figure.text}</span></td>')
    return Markup(f'<td><data class="{figure.kind}" value="{figure.value}">{figure.text}</data></td>')
