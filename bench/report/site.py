"""What a site is made of: its pages, and what the makers of pages know in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bench.record import StoredPlan
from bench.report.model import Experiment, Model, Run
from bench.report.pictures import Originals

if TYPE_CHECKING:
    from bench.report.asked import Block
    from bench.report.comparisons import ComparisonView


@dataclass(frozen=True)
class Page:
    """One HTML file. ``view`` is called where the page is rendered, which may be another process."""

    name: str
    """Of the file, from the site's folder: ``runs/3f9a0b1c2d3e.html``."""
    template: str
    """``run`` for ``run.html.j2``."""
    view: Callable[[], Any]
    nav: str = ""
    """File of the entry of the navigation that it belongs to, if that is another page."""

    @property
    def root(self) -> str:
        """The way back to the site's folder."""
        return "../" * self.name.count("/")


def page_names(stem: str, several: int) -> tuple[str, ...]:
    """Files of what goes over several pages, at least one: ``table.html``, ``table-2.html``, ..."""
    return (f"{stem}.html", *(f"{stem}-{number}.html" for number in range(2, several + 1)))


@dataclass(frozen=True)
class Site:
    """Everything that pages are made from. A maker of pages takes it and gives :class:`Page`."""

    model: Model
    compared: tuple[ComparisonView, ...]
    pair_pages: Mapping[tuple[str, str], str]
    """Name of an experiment and id of a run -> its pair page there."""
    plans: Mapping[str, StoredPlan] = field(default_factory=dict)
    """Of every folder that the results were merged from, by what it is called; or the one, by its own name."""
    originals: Originals = "copy"
    failures_page: str = ""
    """The first of them; empty where nothing went wrong."""
    asked: Mapping[str, Block] = field(default_factory=dict)
    """By the name of an experiment: what documents found, and what our runs say."""


Makers = tuple[Callable[[Site], "list[Page]"], ...]


@dataclass(frozen=True)
class Row:
    """A run within an experiment: what the table of runs and the site's data have one row for."""

    experiment: Experiment
    run: Run


def rows(model: Model) -> tuple[Row, ...]:
    """In the plan's order; a run that two experiments share has a row in each."""
    return tuple(Row(experiment, run) for experiment in model.experiments for run in experiment.runs)
