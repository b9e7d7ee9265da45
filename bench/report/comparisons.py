"""Comparisons as sentences, tables and pictures side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from bench import pairing
from bench import results as res
from bench.report import format as fmt
from bench.report import words
from bench.report.format import Figure
from bench.report.groups import Side
from bench.report.model import Experiment, Model, Run
from bench.report.site import Page, Site

Sentence = tuple[str | Figure, ...]

#: With fewer pairs a quartile is little more than one of them: the extremes are shown instead.
QUARTILES_FROM = 4


@dataclass(frozen=True)
class SummaryRow:
    """One quantity of a contrast: B against A."""

    quantity: str
    pairs: int
    ratio: Figure
    low: Figure
    high: Figure
    range_name: str
    below: int
    above: int
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

    def curve_of(id: str) -> pd.DataFrame | None:
        drawn = model.runs[id].curve  # read once, for the charts
        columns = ("seconds", "size", "total")
        return pd.DataFrame({name: getattr(drawn, name) for name in columns}) if drawn else None

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
            sentence=sentence(found, contrast),
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


def sentence(found: pairing.Comparison, contrast: pairing.Contrast) -> Sentence:
    """What the pairs say, in one sentence; that there is nothing to say, if there is no pair."""
    a, b = words.subject(found.axis, contrast.a), words.subject(found.axis, contrast.b)
    name = words.value(found.axis, contrast.a)
    if not contrast.pairs:
        return (f"{words.capital(b)} against {a}: no two finished runs differ in this and in nothing else.",)
    first: list[str | Figure] = []
    then: list[str | Figure] = []
    if contrast.seconds:
        first = [" took ", fmt.ratio(contrast.seconds.median), f" the time of {a} {_over(contrast.seconds.n)}"]
    if contrast.loss:
        n = contrast.loss.n
        of = " the loss" if first else f" the loss of {a}"
        told = f" (lower in {contrast.loss.below} of {n})" if n > 1 else "" if first else f" {_over(n)}"
        then = [" ended at ", fmt.ratio(contrast.loss.median, "loss-ratio"), of + told]
    if contrast.reach_pairs:
        then += [" and" if then else "", *_reached(contrast, name)]
    if first and then:
        return (words.capital(b), *first, ". It", *then, ".")
    if first or then:
        return (words.capital(b), *first, *then, ".")
    return (f"{words.capital(b)} against {a}: no pair of runs has times or losses that may be compared.",)


def _over(n: int) -> str:
    return "(one pair)" if n == 1 else f"(median of {n} pairs)"


def _reached(contrast: pairing.Contrast, name: str) -> Sentence:
    n, of = contrast.reach_pairs, f"the final loss of {name}"
    if contrast.reach is None:
        return (f" never reached {of}" + ("" if n == 1 else f" in any of {n} pairs"),)
    figure, unit = reach_figure(contrast.reach.median)
    where = "" if contrast.reach.n == n else f" (in {contrast.reach.n} of {n} pairs; in the others it never did)"
    return (f" reached {of} after ", figure, f"{unit} its time{where}")


def several(found: pairing.Comparison) -> Sentence:
    """Three values or more in one sentence: the times against the first."""
    timed = [(c, c.seconds) for c in found.contrasts if c.seconds]
    if not timed:
        return ()
    first, *rest = timed
    parts: list[str | Figure] = [f"Against {words.subject(found.axis, first[0].a)}, "]
    for k, (contrast, spread) in enumerate(timed):
        joint = "" if k == 0 else " and " if k == len(timed) - 1 else ", "
        parts += [f"{joint}{words.value(found.axis, contrast.b)}{' took' if k == 0 else ''} ", fmt.ratio(spread.median)]
        if any(other.n != first[1].n for _, other in rest):
            parts.append(f" {_over(spread.n)}")
    same = all(other.n == first[1].n for _, other in rest)
    over = "" if not same else " (one pair each)" if first[1].n == 1 else f" (medians of {first[1].n} pairs)"
    return (*parts, f" the time{over}.")


def reach_figure(ratio: float) -> tuple[Figure, str]:
    """``38 %`` of its time below 1, ``1.30 ×`` its time above."""
    if ratio > 1:
        return fmt.ratio(ratio, "reach-ratio"), ""
    percent = fmt.share(ratio, "reach-ratio")
    return percent, " of"


def _summary(contrast: pairing.Contrast) -> tuple[SummaryRow, ...]:
    rows = []
    for quantity, spread, unit in (
        ("time", contrast.seconds, fmt.seconds),
        ("final loss", contrast.loss, fmt.loss),
        ("time to the same loss", contrast.reach, fmt.seconds),
    ):
        if spread is None:
            continue
        few = spread.n < QUARTILES_FROM
        rows.append(
            SummaryRow(
                quantity=quantity,
                pairs=spread.n,
                ratio=fmt.ratio(spread.median),
                low=fmt.ratio(spread.least if few else spread.lower),
                high=fmt.ratio(spread.most if few else spread.upper),
                range_name="lowest to highest" if few else "quartiles",
                below=spread.below,
                above=spread.above,
                difference=unit(spread.difference, "difference"),
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
        None if seconds is None else fmt.seconds(seconds, "reach") for seconds in (pair.reach_a, pair.reach_b)
    )
    return PairView(a.title, experiment.settings(a, without), sides, reach_a, reach_b)
