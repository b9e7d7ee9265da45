"""The grid of an experiment: any two to four of its axes laid out, the others chosen.

Without the script (``grid.js``) the page has the first two axes, for the first value of each of the others, and the way
to every pair of inputs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from bench.report import balance, layers, words
from bench.report.asked import Block
from bench.report.format import count, counted
from bench.report.inputs import Input
from bench.report.model import Experiment, Run
from bench.report.opening import Opening, opening
from bench.report.site import Page, Site
from bench.report.walls import told

ROLES = ("style", "content")
#: Cells of the page without the script, at most so many of them across, and links to pairs.
MOST, WIDE, PAIRS = 100, 10, 120
#: Values of an axis that can be chosen and hidden.
VALUES = 50


@dataclass(frozen=True)
class Heading:
    axis: str
    text: str
    input: Input | None = None


@dataclass(frozen=True)
class Row:
    heading: Heading | None
    cells: tuple[Run | None, ...]


@dataclass(frozen=True)
class GridPage:
    experiment: Experiment
    told: str
    runs: str
    across: str
    down: str
    """Names of the axes that are laid out, empty for none."""
    sides: tuple[tuple[str, str, str], ...]
    """Name, words and axis of each side that an axis can lie on."""
    axes: tuple[tuple[str, str, tuple[str, ...]], ...]
    """All axes: name, what to call it, values; of very many the first, and the words say so."""
    columns: tuple[Heading, ...]
    rows: tuple[Row, ...]
    shown: str
    """The values of the other axes."""
    left_out: str
    pairs: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    """Content, then style and page; or nothing, then whatever is the only input."""
    more_pairs: int
    layers: str
    asked: Block | None
    """What documents found of it."""
    balance: str
    opening: Opening | None
    """What its manifest says, where that is one of several."""


def address(experiment: Experiment) -> str:
    return f"grids/{experiment.anchor}.html"


def pages(site: Site) -> list[Page]:
    return [Page(address(e), "grid", partial(_page, site, e), "index.html") for e in site.model.experiments]


def axes(experiment: Experiment) -> dict[str, dict[Any, Heading]]:
    """All that varies, with the headings of its values: first what is laid out across, then down, then the others.

    Inputs come first where both vary; else what is compared does.
    """
    found: dict[str, dict[Any, Heading]] = {}
    for role in ROLES:
        given = [one for run in experiment.runs if (one := getattr(run, role))]
        headings = {one.key: Heading(role, one.label, one) for one in given}
        if len(headings) > 1:
            found[role] = headings
    compared = [name for name in experiment.plan.compare if name in experiment.axes]
    first = (*found, *compared) if len(found) == 2 else (*compared, *found)
    for name, values in experiment.axes.items():
        found[name] = {value: Heading(name, words.value(name, value)) for value in values}
    return {name: found[name] for name in dict.fromkeys((*first, *found))}


def place(experiment: Experiment, run: Run, axis: str) -> Any:
    """Where a run stands on one of :func:`axes`."""
    if axis not in ROLES:
        return experiment.value(run, axis)
    given = getattr(run, axis)
    return given.key if given else None


def _page(site: Site, experiment: Experiment) -> GridPage:
    varied = axes(experiment)
    across, down = (*varied, "", "")[:2]
    columns = list(varied.get(across, {None: None}).items())
    rows = list(varied.get(down, {None: None}).items())
    left_out = _left_out(across, down, len(columns), len(rows))
    columns = columns[: max(WIDE, MOST // len(rows))]
    rows = rows[: max(1, MOST // len(columns))]
    rest = [name for name in varied if name not in (across, down)]
    cells: dict[tuple[Any, Any], Run] = {}
    for run in experiment.runs:
        if all(place(experiment, run, name) in (next(iter(varied[name])), None) for name in rest):
            at = (place(experiment, run, down) if down else None, place(experiment, run, across) if across else None)
            cells.setdefault(at, run)
    pairs, more = _pairs(experiment, site.pair_pages)
    return GridPage(
        experiment=experiment,
        told=told(experiment),
        runs=counted(len(experiment.runs), "run", "runs"),
        across=across,
        down=down,
        sides=(
            ("x", "across", across),
            ("y", "down", down),
            ("sx", "across, in groups", ""),
            ("sy", "down, in groups", ""),
        ),
        axes=tuple(_axis(name, [heading.text for heading in of.values()]) for name, of in varied.items()),
        columns=tuple(heading for _, heading in columns if heading),
        rows=tuple(Row(heading, tuple(cells.get((row, column)) for column, _ in columns)) for row, heading in rows),
        shown=" · ".join(_setting(name, next(iter(varied[name].values()))) for name in rest),
        left_out=left_out,
        pairs=pairs,
        more_pairs=more,
        layers=next(iter(layers.addresses(experiment).values()), ""),
        asked=site.asked.get(experiment.name),
        balance=next(iter(balance.addresses(experiment).values()), ""),
        opening=opening(experiment),
    )


def _axis(name: str, values: Sequence[str]) -> tuple[str, str, tuple[str, ...]]:
    more = f", first {VALUES} of {count(len(values))}" if len(values) > VALUES else ""
    return name, words.shorten(name, 40) + more, tuple(values[:VALUES])


def _setting(name: str, heading: Heading) -> str:
    return heading.text if name in words.BARE else f"{name} {words.shorten(heading.text, 40)}"


def _left_out(across: str, down: str, columns: int, rows: int) -> str:
    if columns * rows <= MOST:
        return ""
    what = f"{count(columns)} values of {across}" + (f" and {count(rows)} of {down}" if down else "")
    return f"There are {what}; the first of them stand here."


def _pairs(
    experiment: Experiment, pair_pages: Mapping[tuple[str, str], str]
) -> tuple[tuple[tuple[str, tuple[tuple[str, str], ...]], ...], int]:
    """The first page of each pair of inputs by content, and how many more there are."""
    found: dict[str, list[tuple[str, str]]] = {}
    seen = set()
    for run in experiment.runs:
        pair = (place(experiment, run, "content"), place(experiment, run, "style"))
        if pair in seen:
            continue
        seen.add(pair)
        if len(seen) <= PAIRS:
            # With one input only, that is what the link is called.
            content = run.content.label if run.content and run.style else ""
            only = run.style or run.content
            page = pair_pages[experiment.name, run.id]
            found.setdefault(content, []).append((only.label if only else run.title, page))
    return tuple((content, tuple(links)) for content, links in found.items()), max(0, len(seen) - PAIRS)
