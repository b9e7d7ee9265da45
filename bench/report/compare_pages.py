"""Pages of comparisons: all on one, with pictures side by side; the long ones again on pages of their own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from bench.pairing import Pair
from bench.report import format as fmt
from bench.report.comparisons import ComparisonView, ContrastView
from bench.report.format import Figure, counted
from bench.report.groups import Side, own_figures
from bench.report.model import Model, Run
from bench.report.site import Page, Site, page_names
from bench.report.verdicts import ratio

#: A page stays light with so many pairs side by side, of a contrast and of all together, and with so many contrasts
#: told in full; the rest have pages of their own.
BESIDE, BESIDE_IN_ALL, IN_FULL = 12, 30, 12
#: Runs without a partner that are listed below the pairs.
LONELY = 20
#: Rows of a table.
ROWS = 100


@dataclass(frozen=True)
class PairView:
    """Two pictures side by side."""

    title: str
    settings: str
    sides: tuple[Side, Side]
    reach_a: Figure | None
    """Time until the first reached its own final loss; None where nothing can be said."""
    reach_b: Figure | None
    """Time until the second reached that loss; None if it never did."""

    @property
    def runs(self) -> str:
        """Their short ids: what the script makes links from."""
        return " ".join(side.run.short_id for side in self.sides if side.run)


@dataclass(frozen=True)
class PairRow:
    """A pair in a table."""

    a: Run
    b: Run
    settings: str
    ratios: tuple[Figure | None, ...]
    """By the quantities of the contrast."""

    @property
    def runs(self) -> str:
        return f"{self.a.short_id} {self.b.short_id}"


@dataclass(frozen=True)
class Lonely:
    """A run without a partner."""

    run: Run
    settings: str
    reason: str


@dataclass(frozen=True)
class Section:
    """A contrast on the page of all."""

    comparison: ComparisonView
    contrast: ContrastView
    full: bool
    pairs: tuple[PairView, ...]
    unmatched: tuple[Lonely, ...]
    count: str
    """How many pairs of how many are shown."""
    page: str
    """Where the rest is; empty where all of it is here."""


@dataclass(frozen=True)
class ContrastPage:
    """A part of a contrast's pairs as a table."""

    comparison: ComparisonView
    contrast: ContrastView
    rows: tuple[PairRow, ...]
    unmatched: tuple[Lonely, ...]
    count: str
    pages: tuple[str, ...]
    place: int


def pages(site: Site) -> list[Page]:
    both = [(view, contrast) for view in site.compared for contrast in view.contrasts]
    shown = shares([len(contrast.found.pairs) for _, contrast in both[:IN_FULL]], BESIDE, BESIDE_IN_ALL)
    sections, further = [], []
    for k, (view, contrast) in enumerate(both):
        here = shown[k] if k < len(shown) else 0
        whole = here == len(contrast.found.pairs) and len(contrast.found.unmatched) <= LONELY and k < IN_FULL
        names = () if whole else _names(contrast)
        sections.append(partial(_section, site.model, view, contrast, here, k < IN_FULL, names[0] if names else ""))
        further += [
            Page(name, "contrast", partial(_page, site.model, view, contrast, names, place), "compare.html")
            for place, name in enumerate(names)
        ]
    return [Page("compare.html", "compare", lambda: tuple(section() for section in sections)), *further]


def shares(wanted: Sequence[int], most: int, in_all: int) -> list[int]:
    """How many each may show: as many as it wants and at most ``most``, evenly where that is more than ``in_all``."""
    given = [0] * len(wanted)
    for _ in range(most):
        for k, want in enumerate(wanted):
            if given[k] < want and sum(given) < in_all:
                given[k] += 1
    return given


def _names(contrast: ContrastView) -> tuple[str, ...]:
    rows = max(len(contrast.found.pairs), len(contrast.found.unmatched))
    return page_names(f"compare/{contrast.anchor}", math.ceil(rows / ROWS))


def _section(model: Model, view: ComparisonView, contrast: ContrastView, here: int, full: bool, page: str) -> Section:
    pairs, unmatched = contrast.found.pairs, contrast.found.unmatched
    lonely = unmatched[:LONELY] if full else ()
    total = counted(len(pairs), "pair", "pairs")
    return Section(
        comparison=view,
        contrast=contrast,
        full=full,
        pairs=tuple(_beside(model, view, contrast, pair) for pair in varied(model, pairs, here)),
        unmatched=tuple(_lonely(model, view, id, reason) for id, reason in lonely),
        count=f"{fmt.count(here)} of {total}" if 0 < here < len(pairs) else total,
        page=page,
    )


def varied(model: Model, pairs: Sequence[Pair], count: int) -> list[Pair]:
    """So many of the pairs, of as many different pictures as there are, in their order."""
    if count >= len(pairs):
        return list(pairs)
    by_title: dict[str, list[int]] = {}
    for k, pair in enumerate(pairs):
        by_title.setdefault(model.runs[pair.a].title, []).append(k)
    # The first of each, then the second of each, ...
    turns = sorted((turn, k) for places in by_title.values() for turn, k in enumerate(places))
    return [pairs[k] for k in sorted(k for _, k in turns[:count])]


def _page(
    model: Model, view: ComparisonView, contrast: ContrastView, names: tuple[str, ...], place: int
) -> ContrastPage:
    part = slice(place * ROWS, (place + 1) * ROWS)
    pairs = contrast.found.pairs
    rows = [_row(model, view, contrast, k) for k in range(len(pairs))[part]]
    total = counted(len(pairs), "pair", "pairs")
    return ContrastPage(
        comparison=view,
        contrast=contrast,
        rows=tuple(rows),
        unmatched=tuple(_lonely(model, view, id, reason) for id, reason in contrast.found.unmatched[part]),
        count=total
        if len(rows) == len(pairs)
        else f"{fmt.count(part.start + 1)} to {fmt.count(part.start + len(rows))} of {total}",
        pages=names,
        place=place,
    )


def _row(model: Model, view: ComparisonView, contrast: ContrastView, k: int) -> PairRow:
    pair = contrast.found.pairs[k]
    a, b = model.runs[pair.a], model.runs[pair.b]
    ratios = []
    for quantity in contrast.quantities:
        of_a, of_b = quantity.sides[k]
        there = of_a is not None and of_b is not None and of_a > 0
        ratios.append(ratio(of_b / of_a) if there and of_a and of_b is not None else None)
    return PairRow(a, b, view.experiment.settings(a, view.step), tuple(ratios))


def _lonely(model: Model, view: ComparisonView, id: str, reason: str) -> Lonely:
    run = model.runs[id]
    return Lonely(run, view.experiment.settings(run), reason)


def _beside(model: Model, view: ComparisonView, contrast: ContrastView, pair: Pair) -> PairView:
    a, b = model.runs[pair.a], model.runs[pair.b]
    time, loss = pair.seconds_ratio, pair.loss_ratio if view.found.losses_comparable else None
    sides = (
        Side(contrast.names[0], a, None, None, own_figures(a)),
        Side(
            contrast.names[1],
            b,
            None if time is None else fmt.ratio(time, "time-ratio"),
            None if loss is None else fmt.ratio(loss, "loss-ratio"),
            own_figures(b, a, view.axis),
        ),
    )
    reach = [None if s is None or math.isinf(s) else fmt.seconds(s, "reach") for s in (pair.reach_a, pair.reach_b)]
    return PairView(a.title, view.experiment.settings(a, view.step), sides, reach[0], reach[1])
