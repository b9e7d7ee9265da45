"""Curves laid over each other: one drawing for each experiment, which the script turns into one of any runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bench.pairing import SAME_OBJECTIVE
from bench.report import curves, words
from bench.report import format as fmt
from bench.report.curves import Chart, Series
from bench.report.drawn import Curve
from bench.report.format import Figure
from bench.report.model import Experiment, Model, Run
from bench.report.site import Page, Site

#: Elements that the drawings and tables of the page may take, so that it stays light: experiments share them.
ELEMENTS = 2600
#: More experiments than this have no drawing here.
MOST_OVERLAYS = 24
#: What an overlay takes before its first line, and what each line adds to drawing, legend and head of the table.
_OWN, _LINE = 60, 6


@dataclass(frozen=True)
class Drawn:
    run: Run
    label: str
    value: str
    """Of the axis that colours stand for."""
    colour: int
    dash: int
    curve: Curve


@dataclass(frozen=True)
class Overlay:
    experiment: Experiment
    axis: str
    """What colours stand for; empty where every run has its own."""
    chart: Chart
    lines: tuple[Drawn, ...]
    runs: int
    """That have a curve; not all of them need be drawn."""
    mixed: bool
    """Losses of these runs are not on one scale."""
    staged: bool
    """Some run came from smaller sizes, whose losses are left out."""
    table: tuple[tuple[int, tuple[Figure | None, ...]], ...]
    """Losses by evaluation, one column a line."""

    @property
    def legend(self) -> tuple[tuple[str, tuple[Drawn, ...]], ...]:
        """Runs by the value that their colour stands for."""
        found: dict[str, list[Drawn]] = {}
        for line in self.lines:
            found.setdefault(line.value, []).append(line)
        return tuple((value, tuple(lines)) for value, lines in found.items())


@dataclass(frozen=True)
class CurvesPage:
    overlays: tuple[Overlay, ...]
    left_out: tuple[Experiment, ...]
    """Experiments with curves that are not drawn here."""
    colours: tuple[str, ...]
    """Columns that colours may stand for where the script draws."""


def pages(site: Site) -> list[Page]:
    if not any(run.curve for run in site.model.runs.values()):
        return []
    return [Page("curves.html", "curves", lambda: page(site.model))]


def page(model: Model) -> CurvesPage:
    with_curves = [e for e in model.experiments if any(run.curve for run in e.runs)]
    shown = with_curves[:MOST_OVERLAYS]
    found = [overlay(e, ELEMENTS // len(shown)) for e in shown]
    return CurvesPage(tuple(o for o in found if o), tuple(with_curves[MOST_OVERLAYS:]), colours(model))


def colours(model: Model) -> tuple[str, ...]:
    """Columns with several values: axes to be compared, of which the script takes the first, other axes, inputs, and
    what moves with an axis."""
    experiments, runs = model.experiments, model.runs.values()
    labels: dict[str, set[str]] = {"experiment": {words.clean(e.name) for e in experiments}}
    for role in ("content", "style"):
        labels[role] = {words.clean(i.label) for run in runs if (i := getattr(run, role))}
    names = [axis for e in experiments for axis in e.plan.compare if axis in e.axes]
    names += [axis for e in experiments for axis in e.axes]
    names += [name for name, found in labels.items() if len(found) > 1]
    return tuple(dict.fromkeys([*names, *(name for e in experiments for name in e.varying)]))


def room(elements: int, runs: int) -> tuple[int, int]:
    """Lines of an overlay, and rows of its table, that so many elements have room for."""
    lines = max(1, min(runs, curves.MOST_LINES, (elements - _OWN) // (2 * _LINE)))
    rows = (elements - _OWN - _LINE * lines) // (2 * lines + 2)
    return lines, max(2, min(rows, curves.MOST_ROWS))


def overlay(experiment: Experiment, elements: int) -> Overlay | None:
    """Runs evenly chosen where there is no room for all; None when no curve has anything to draw."""
    runs = [(run, run.curve) for run in experiment.runs if run.curve]
    lines, rows = room(elements, len(runs))
    chosen = [runs[k] for k in curves.sampled(len(runs), lines)] if lines > 1 else runs[:1]
    axis = coloured_by(experiment, [run for run, _ in chosen])
    values = [experiment.value(run, axis) if axis else run.id for run, _ in chosen]
    order = list(dict.fromkeys(values if not axis else [v for v in experiment.axes[axis] if v in values]))
    drawn = tuple(
        Drawn(run, _label(experiment, run), words.value(axis, value) if axis else "", *look(order.index(value)), curve)
        for (run, curve), value in zip(chosen, values, strict=True)
    )
    series = [
        Series(d.run.id, d.label, d.curve.evaluation[d.curve.last_size], d.curve.total[d.curve.last_size],
               d.colour, d.dash)
        for d in drawn
    ]  # fmt: skip
    chart = curves.chart(f"Loss by evaluation, {words.clean(experiment.name)}", "evaluation", series)
    if chart is None:
        return None
    return Overlay(
        experiment=experiment,
        axis=axis,
        chart=chart,
        lines=drawn,
        runs=len(runs),
        mixed=_mixed(experiment),
        staged=any(len(d.curve.sizes) > 1 for d in drawn),
        table=_table(drawn, rows),
    )


def look(k: int) -> tuple[int, int]:
    """Colour and dashes of the k-th value; the first 24 differ. Dashes tell them apart without colours too."""
    return k % curves.COLOURS, (k + k // 12) % curves.DASHES


def coloured_by(experiment: Experiment, runs: list[Run]) -> str:
    """The first axis to be compared, else the first, that these runs differ in."""
    axes = [axis for axis in (*experiment.plan.compare, *experiment.axes) if axis in experiment.axes]
    return next((axis for axis in axes if len({experiment.value(run, axis) for run in runs}) > 1), "")


def _label(experiment: Experiment, run: Run) -> str:
    return ", ".join(text for text in (run.title, experiment.settings(run)) if text)


def _mixed(experiment: Experiment) -> bool:
    pairs = {tuple(i.sha256 if i else None for i in (run.content, run.style)) for run in experiment.runs}
    return len(pairs) > 1 or any(name not in SAME_OBJECTIVE for name in experiment.varying)


def _table(drawn: tuple[Drawn, ...], rows: int) -> tuple[tuple[int, tuple[Figure | None, ...]], ...]:
    columns: list[dict[float, Any]] = []
    for line in drawn:
        part = line.curve.last_size
        columns.append(dict(zip(line.curve.evaluation[part], line.curve.total[part], strict=True)))
    every = sorted({at for column in columns for at in column})
    return tuple(
        (int(at), tuple(fmt.loss(column[at], "curve-loss") if at in column else None for column in columns))
        for at in (every[k] for k in curves.sampled(len(every), rows))
    )
