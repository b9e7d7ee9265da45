"""Comparisons as sentences, tables and pictures side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bench import pairing
from bench import results as res
from bench.report import format as fmt
from bench.report import words
from bench.report.format import Figure
from bench.report.groups import Side
from bench.report.model import Experiment, Model, Run
from bench.report.site import Page, Site
from bench.report.verdicts import QUARTILES_FROM, p_value, ratio, several, verdict
from bench.report.verdicts import Sentence as Sentence


@dataclass(frozen=True)
class SummaryRow:
    """One quantity of a contrast: B against A."""

    quantity: str
    pairs: int
    ratio: Figure
    low: Figure
    high: Figure
    range_name: str
    wins: int
    losses: int
    ties: int
    p: Figure | None
    """Of the sign test; None for a single pair."""
    difference: Figure


@dataclass(frozen=True)
class PairView:
    title: str
    settings: str
    sides: tuple[Side, Side]
    reach_a: Figure | None
    """Time until the first reached its own final loss; None where nothing can be said."""
    reach_b: Figure | None
    """Time until the second reached that loss; None if it never did."""


@dataclass(frozen=True)
class ContrastView:
    anchor: str
    title: str
    sentence: Sentence
    summary: tuple[SummaryRow, ...]
    pairs: tuple[PairView, ...]
    unmatched: tuple[tuple[Run, str, str], ...]
    """Run, its settings, the reason."""


@dataclass(frozen=True)
class ComparisonView:
    experiment: Experiment
    axis: str
    notes: tuple[str, ...]
    contrasts: tuple[ContrastView, ...]
    finding: Sentence
    """What all of it says, for the first page; empty while no pair is done."""


def pages(site: Site) -> list[Page]:
    return [Page("compare.html", "compare", lambda: site.compared)]


def comparisons(model: Model) -> tuple[ComparisonView, ...]:
    """One for every axis that an experiment's manifest lists under ``compare``."""
    runs = res.frame(model.results)

    def curve_of(id: str) -> pairing.Descent | None:
        drawn = model.runs[id].curve  # read once, for the charts
        return pairing.Descent(drawn.seconds[drawn.last_size], drawn.total[drawn.last_size]) if drawn else None

    views = []
    for experiment in model.experiments:
        rows = runs[runs["experiment"] == experiment.name]
        for axis in experiment.plan.compare:
            zipped = experiment.zips.get(axis, ())
            if rows.empty or not (zipped or axis in runs.columns):
                continue
            values = experiment.axes.get(axis) if zipped else experiment.plan.axes.get(axis)
            found = pairing.compare(rows, axis, curve_of, values, zipped)
            if found.contrasts:
                views.append(_view(model, experiment, found))
    return tuple(views)


def _view(model: Model, experiment: Experiment, found: pairing.Comparison) -> ComparisonView:
    notes = []
    if found.parameters != (found.axis,):
        together = " together" if len(found.parameters) > 1 else ""
        notes.append(f"{_and(found.parameters)} {_changes(found.parameters)}{together} along {found.axis}.")
    if found.in_step:
        notes.append(f"{_and(found.in_step)} {_changes(found.in_step)} in step with {found.axis}.")
    if not found.losses_comparable:
        moved = [name for name in (*found.parameters, *found.in_step) if name not in pairing.SAME_OBJECTIVE]
        notes.append(
            f"Losses are not compared: when {_and(moved)} {_changes(moved)}, the loss is another function, "
            "and a lower number does not mean a better picture."
        )
    without = (found.axis, *found.parameters, *found.in_step)
    contrasts = tuple(
        ContrastView(
            anchor=f"{experiment.anchor}-{words.slug(found.axis, found.axis)[:40]}-{index}",
            title=f"{words.value(found.axis, contrast.b)} against {words.value(found.axis, contrast.a)}",
            sentence=verdict(found, contrast),
            summary=_summary(contrast),
            pairs=tuple(_pair(model, experiment, found, contrast, pair, without) for pair in contrast.pairs),
            unmatched=tuple(
                (model.runs[u.id], experiment.settings(model.runs[u.id]), u.reason) for u in contrast.unmatched
            ),
        )
        for index, contrast in enumerate(found.contrasts, start=1)
    )
    finding: Sentence = ()
    if len(contrasts) > 1:
        finding = several(found)
    elif found.contrasts[0].pairs:
        finding = contrasts[0].sentence
    return ComparisonView(experiment, found.axis, tuple(notes), contrasts, finding)


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _changes(names: Sequence[str]) -> str:
    return "changes" if len(names) == 1 else "change"


def _summary(contrast: pairing.Contrast) -> tuple[SummaryRow, ...]:
    whole = "time for the same evaluations" if contrast.per_evaluation is None else "time of the whole run"
    rows = []
    for quantity, spread, unit in (
        ("time to the same loss", contrast.reach, fmt.seconds),
        (whole, contrast.seconds, fmt.seconds),
        ("time per evaluation", contrast.per_evaluation, fmt.seconds),
        ("final loss", contrast.loss, fmt.loss),
    ):
        if spread is None:
            continue
        few = spread.n < QUARTILES_FROM
        never = math.isinf(spread.difference)
        rows.append(
            SummaryRow(
                quantity=quantity,
                pairs=spread.n,
                ratio=ratio(spread.median),
                low=ratio(spread.least if few else spread.lower),
                high=ratio(spread.most if few else spread.upper),
                range_name="lowest to highest" if few else "quartiles",
                wins=spread.wins,
                losses=spread.losses,
                ties=spread.ties,
                p=p_value(spread.p) if spread.n > 1 else None,
                difference=Figure("difference", None, "never") if never else unit(spread.difference, "difference"),
            )
        )
    return tuple(rows)


def _pair(
    model: Model,
    experiment: Experiment,
    found: pairing.Comparison,
    contrast: pairing.Contrast,
    pair: pairing.Pair,
    without: Sequence[str],
) -> PairView:
    a, b = model.runs[pair.a], model.runs[pair.b]
    sides = (
        Side(words.value(found.axis, contrast.a), a, None, None),
        Side(
            words.value(found.axis, contrast.b),
            b,
            None if pair.seconds_ratio is None else fmt.ratio(pair.seconds_ratio, "time-ratio"),
            None
            if pair.loss_ratio is None or not found.losses_comparable
            else fmt.ratio(pair.loss_ratio, "loss-ratio"),
        ),
    )
    reach_a, reach_b = (
        None if seconds is None or math.isinf(seconds) else fmt.seconds(seconds, "reach")
        for seconds in (pair.reach_a, pair.reach_b)
    )
    return PairView(a.title, experiment.settings(a, without), sides, reach_a, reach_b)
