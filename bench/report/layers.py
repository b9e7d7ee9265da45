"""What each layer keeps: one page for each pair of inputs of an experiment that varies layers, to click through.

The page has all pictures with their layers, in the network's order; the script (``layers.js``) shows one of them large
and goes from layer to layer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from bench.pairing import Step
from bench.report import words
from bench.report.inputs import Input
from bench.report.model import Experiment, Run
from bench.report.site import Page, Site
from bench.report.walls import told

LAYERS = ("content_layers", "style_layers")
#: Pictures on a page. Settings beyond that go to the next one.
MOST = 120


@dataclass(frozen=True)
class Shown:
    run: Run
    at: tuple[int, ...]
    """Its place on each of the page's axes."""
    name: str
    """Its layers, in words."""


@dataclass(frozen=True)
class Setting:
    """Pictures that differ in their layers only."""

    text: str
    """Empty where layers are all that varies."""
    shown: tuple[Shown, ...]


@dataclass(frozen=True)
class LayersPage:
    experiment: Experiment
    title: str
    told: str
    """What all runs have in common."""
    content: Input | None
    style: Input | None
    axes: tuple[tuple[str, tuple[str, ...]], ...]
    """Axes of layers, one or two, and their values from the first layer to the last, then sets of layers."""
    settings: tuple[Setting, ...]
    pair: str
    before: str
    after: str


def axes(experiment: Experiment) -> tuple[str, ...]:
    """The axes of an experiment that layers vary along: parameters, and zips that one is part of."""
    return tuple(n for n in experiment.axes if any(name in LAYERS for name in experiment.zips.get(n, (n,))))[:2]


def addresses(experiment: Experiment) -> dict[str, str]:
    """The page of each run, by its id; of none, where no layers vary."""
    return {run.id: name for name, runs in _found(experiment) for run in runs}


def pages(site: Site) -> list[Page]:
    made = []
    for experiment in site.model.experiments:
        found = _found(experiment)
        around = ["", *(name for name, _ in found), ""]
        for k, (name, runs) in enumerate(found):
            pair = site.pair_pages[experiment.name, runs[0].id]
            view = partial(_page, experiment, runs, pair, around[k], around[k + 2])
            made.append(Page(name, "layers", view, "index.html"))
    return made


def _found(experiment: Experiment) -> list[tuple[str, list[Run]]]:
    """Names of pages and their runs, those of one setting together."""
    along = axes(experiment)
    if not along:
        return []
    pairs: dict[Any, dict[tuple[Any, ...], list[Run]]] = {}
    rest = [name for name in experiment.axes if name not in along]
    for run in experiment.runs:
        setting = tuple(experiment.value(run, name) for name in rest)
        pairs.setdefault(run.pair, {}).setdefault(setting, []).append(run)
    found: list[list[Run]] = []
    for settings in pairs.values():
        found.append([])
        for runs in settings.values():
            if found[-1] and len(found[-1]) + len(runs) > MOST:
                found.append([])
            found[-1] += runs
    return [(f"layers/{experiment.anchor}-{n}.html", runs) for n, runs in enumerate(found, start=1)]


def _page(experiment: Experiment, runs: Sequence[Run], pair: str, before: str, after: str) -> LayersPage:
    along = {name: ordered(name, experiment.axes[name]) for name in axes(experiment)}
    settings: dict[str, list[Shown]] = {}
    for run in runs:
        at = tuple(values.index(experiment.value(run, name)) for name, values in along.items())
        texts = [words.value(name, values[k]) for k, (name, values) in zip(at, along.items(), strict=True)]
        name = texts[0] if len(texts) == 1 else " · ".join(f"{n} {t}" for n, t in zip(along, texts, strict=True))
        settings.setdefault(experiment.settings(run, tuple(along)), []).append(Shown(run, at, name))
    return LayersPage(
        experiment=experiment,
        title=runs[0].title,
        told=told(experiment),
        content=runs[0].content,
        style=runs[0].style,
        axes=tuple((name, tuple(words.value(name, value) for value in values)) for name, values in along.items()),
        settings=tuple(Setting(text, tuple(sorted(shown, key=lambda s: s.at))) for text, shown in settings.items()),
        pair=pair,
        before=before,
        after=after,
    )


def ordered(name: str, values: Sequence[Any]) -> list[Any]:
    """Single layers from the first of the network to the last, then sets of them as the manifest has them."""

    def key(place: int) -> tuple[Any, ...]:
        layers = _layers(name, values[place])
        return (0, *_natural(layers[0])) if len(layers) == 1 else (1, place)

    return [values[place] for place in sorted(range(len(values)), key=key)]


def _layers(name: str, value: Any) -> Sequence[str]:
    if isinstance(value, Step):
        value = next(of for zipped, of in zip(value.names, value.values, strict=True) if zipped in LAYERS)
    return value if isinstance(value, list | tuple) else (str(value),)


def _natural(layer: str) -> tuple[Any, ...]:
    """``conv10_2`` after ``conv9_1``: words as words, numbers as numbers."""
    return tuple((part.isdigit(), int(part) if part.isdigit() else 0, part) for part in re.split(r"(\d+)", layer))
