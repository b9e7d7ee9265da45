"""The first page: what was found, then every experiment as a wall of pictures, content by style.

However many runs there are, it stays a page: each cell shows one run, a wall is cut to its share of the room and says
so, and experiments that there is no room for are a picture each on a shelf. All the rest is on the experiments' grids
(:mod:`bench.report.grid`); a script puts other settings into the cells.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from bench.report import balance, layers, markdown, words
from bench.report.asked import Block, Overview, overview
from bench.report.comparisons import ComparisonView, Sentence
from bench.report.format import count, counted
from bench.report.model import Experiment, Model, Run
from bench.report.opening import Opening, openings
from bench.report.site import Page, Site
from bench.report.walls import Hanging, Wall, shares, wall

#: Room on the page, in pictures (of a dozen nodes each), how much of it a wall takes beside its pictures, the most
#: pictures of a wall and the least.
ROOM, HEADING, MOST, LEAST = 200, 10, 140, 6
#: Pictures on the shelf.
SHELF = 150
#: Findings on the page, and options of all its pickers. More of these are nodes that nobody reads.
FINDINGS, OPTIONS = 8, 150
#: Findings where the questions of documents are listed below them: those are what the page is for.
BESIDE_QUESTIONS = 2


@dataclass(frozen=True)
class Tile:
    """An experiment as one picture."""

    experiment: Experiment
    run: Run | None
    runs: str


@dataclass(frozen=True)
class Gallery:
    intro: Markup
    findings: tuple[Sentence, ...]
    more: int
    """Findings that are on the page of comparisons only."""
    asked: Mapping[str, Block]
    """By the name of an experiment: what documents found, and what our runs say."""
    overview: Overview | None
    open: Mapping[str, str]
    """What the documents leave open, of all experiments."""
    counts: str
    weights: tuple[str, ...]
    random: str
    walls: tuple[Wall, ...]
    openings: Mapping[str, Opening]
    """By the name of the experiment in front of whose wall it stands."""
    shelf: tuple[Tile, ...]
    unshown: int
    """Experiments that are neither on a wall nor on the shelf."""


def pages(site: Site) -> list[Page]:
    return [Page("index.html", "index", lambda: gallery(site.model, site.compared, site.pair_pages, site.asked))]


def gallery(
    model: Model,
    compared: Sequence[ComparisonView],
    pair_pages: Mapping[tuple[str, str], str],
    asked: Mapping[str, Block] | None = None,
) -> Gallery:
    asked = asked or {}
    findings = tuple(view.finding for view in compared if view.finding)
    hangings = [Hanging.of(experiment) for experiment in model.experiments]
    hung, options = list[Wall](), OPTIONS
    for hanging, most in zip(hangings, rooms([hanging.wanted for hanging in hangings]), strict=False):
        by_layer, by_pull = (next(iter(of.addresses(hanging.experiment).values()), "") for of in (layers, balance))
        hung.append(wall(hanging, most, options, pair_pages, by_layer, by_pull))
        options -= sum(len(picker.options) for picker in hung[-1].pickers)
    rest = model.experiments[len(hung) :]
    questions = overview(asked)
    shown = findings[: BESIDE_QUESTIONS if questions else FINDINGS]
    return Gallery(
        intro=markdown.rendered(model.results.plan.intro),
        findings=shown,
        more=len(findings) - len(shown),
        asked=asked,
        overview=questions,
        open=model.results.plan.open,
        counts=counts(list(model.runs.values())),
        weights=_weights(model),
        random=_random(model),
        walls=tuple(hung),
        openings=openings(one.experiment for one in hung),
        shelf=tuple(_tile(experiment) for experiment in rest[:SHELF]),
        unshown=max(0, len(rest) - SHELF),
    )


def rooms(wanted: Sequence[int]) -> tuple[int, ...]:
    """How many pictures the walls of the first experiments may have; none for those that go onto the shelf.

    ``wanted``: of each experiment's whole wall.
    """
    for walls in range(min(len(wanted), ROOM // HEADING), 0, -1):
        given = shares([HEADING + most for most in wanted[:walls]], ROOM - (len(wanted) - walls))
        found = tuple(min(MOST, share - HEADING) for share in given)
        if all(most >= min(LEAST, all_of_it) for most, all_of_it in zip(found, wanted, strict=False)):
            return found
    return ()


def counts(runs: Sequence[Run]) -> str:
    """``12 runs: 10 done (1 of them diverged), 1 failed, 1 not run yet``."""
    by = Counter(run.status for run in runs)
    told = {status: f"{count(by[status])} {text}" for status, text in words.STATUS.items() if by[status]}
    diverged = sum(run.status == "done" and run.diagnosis in _DIVERGED for run in runs)
    aside = f" ({count(diverged)} of them diverged)" if diverged else ""
    if set(told) == {"done"}:
        return f"{counted(len(runs), 'run', 'runs')}, {'' if len(runs) == 1 else 'all '}done{aside}"
    if "done" in told:
        told["done"] += aside
    return f"{counted(len(runs), 'run', 'runs')}: {', '.join(told.values())}" if told else "no runs planned"


_DIVERGED = (words.DIAGNOSIS["diverged"], words.DIAGNOSIS["non-finite"])


def _weights(model: Model) -> tuple[str, ...]:
    return tuple(dict.fromkeys(run.network for run in model.runs.values() if run.picture and run.network))


def _random(model: Model) -> str:
    """A plain sentence where pictures come from weights that never learned anything."""
    made = [run for run in model.runs.values() if run.picture]
    random = sum(run.random_weights for run in made)
    if not random:
        return ""
    which = (
        f"{count(random)} of these {count(len(made))} pictures come"
        if random < len(made)
        else "This picture comes"
        if random == 1
        else "These pictures come"
    )
    return (
        f"{which} from random, untrained weights, and {'shows' if len(made) == 1 else 'show'} what the statistics "
        "of texture alone can do, not a style that a trained network has learned to see."
    )


def _tile(experiment: Experiment) -> Tile:
    shown = next((run for run in experiment.runs if run.picture), None)
    return Tile(experiment, shown, counted(len(experiment.runs), "run", "runs"))
