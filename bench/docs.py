"""Writes the parts of docs/ that the code knows best: ``python -m bench.docs``. A test fails when they are stale."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nst.samples
from bench.manifest.parameters import KINDS, MEANINGS
from nst.recipes import RECIPES, Recipe
from nst.settings import FIELDS, Settings, group

_DOCS = Path(__file__).resolve().parent.parent / "docs"

#: Groups of settings in the order of the documentation, and what they are about.
_GROUPS = {
    "network": "The network",
    "picture": "The pictures",
    "style-picture": "The style picture",
    "stages": "Coarse to fine",
    "start": "The start",
    "content": "The content loss",
    "style": "The style loss",
    "variation": "Total variation and gamut",
    "optimiser": "The optimiser",
    "record": "The record",
    "features": "Features",
    "blend": "Blending",
    "video": "Video",
}


def parameters() -> str:
    """The tables of docs/manifest.md."""
    parts = ["| parameter | values | meaning |", "|---|---|---|"]
    parts.append(f"| `recipe` | a name of [recipes.md](recipes.md) | {MEANINGS['recipe']} |")
    for key, title in _GROUPS.items():
        parts += ["", f"### {title}", "", "| parameter | values | meaning |", "|---|---|---|"]
        parts += [f"| `{name}` | {KINDS[name].values} | {MEANINGS[name]} |" for name in group(key)]
    return "\n".join(parts)


def recipes() -> str:
    """The table and the sections of docs/recipes.md."""
    heads = ("recipe", "network sees", "content", "style", "total variation, gamut", "start", "optimiser")
    rows = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    rows += [f"| {' | '.join(_row(recipe))} |" for recipe in RECIPES.values()]
    return "\n\n".join(["\n".join(rows), *(_section(recipe) for recipe in RECIPES.values())])


def _row(recipe: Recipe) -> tuple[str, ...]:
    s = recipe.settings
    statistic = (
        "Wasserstein-2"
        if s.style_statistic == "wasserstein"
        else f"Gram/{_DIVISOR[str(s.gram_divisor)]}, {s.style_reduction}"
    )
    return (
        f"[{recipe.name}](#{recipe.name})",
        f"{s.backbone}, {s.pooling} pooling, {s.pixels} pixels",
        f"{_number(s.content_weight)} x {s.content_reduction} at {_text(s.content_layers)}",
        f"{_number(s.style_weight)} x {statistic} at {_text(s.style_layers)}, {_text(s.style_layer_weights)}",
        _priors(s),
        f"{s.size} px, {s.size_rule}, from {s.init}",
        f"{_optimizer(s)}, {s.evaluations} evaluations",
    )


def _priors(s: Settings) -> str:
    found = [f"{_number(s.tv_weight)} x {s.tv}"] if s.tv_weight else []
    found += [f"{_number(s.gamut_weight)} x gamut"] if s.gamut_weight else []
    return ", ".join(found) or "none"


_DIVISOR = {"none": "1", "positions": "M", "elements": "(N M)"}


def _optimizer(s: Settings) -> str:
    if s.optimizer == "adam":
        return f"Adam {_number(s.learning_rate)}"
    search = "" if s.line_search == "none" else f", {s.line_search}"
    return f"L-BFGS {_number(s.learning_rate)}, history {s.history}{search}"


def _section(recipe: Recipe) -> str:
    lines = [f"## {recipe.name}", "", f"`{recipe.formula}`", "", f"Source: {recipe.source}.", ""]
    lines += [f"Made for {_MADE_FOR[recipe.made_for]}.", "", "| | |", "|---|---|"]
    for key, title in _GROUPS.items():
        values = [f"{name} {_text(getattr(recipe.settings, name))}" for name in group(key) if _counts(recipe, name)]
        if values:
            what = title.removeprefix("The ")
            lines.append(f"| {what[0].lower()}{what[1:]} | {', '.join(values)} |")
    if recipe.open:
        lines += ["", "Left open by the source or done otherwise there, and chosen here:", ""]
        lines += [f"- {choice}" for choice in recipe.open]
    return "\n".join(lines)


_MADE_FOR = {
    "imagenet": "torchvision's ImageNet weights",
    "caffe": "the VGG weights converted from Caffe (a file such as vgg19-d01eb7cb.pth)",
    "random": "random weights",
    "compact": "the backbone `compact` and the weights that come with it",
}

#: Shown for every recipe; other settings only where they are not what they are without a recipe.
_ALWAYS = frozenset(
    {"backbone", "pooling", "pixels", "size", "size_rule", "init", "optimizer", "learning_rate", "evaluations",
     "content_layers", "content_weight", "content_reduction", "style_layers", "style_weight", "style_layer_weights",
     "gram_divisor", "style_reduction"}
)  # fmt: skip


def _counts(recipe: Recipe, name: str) -> bool:
    s = recipe.settings
    if s.style_statistic == "wasserstein" and name in ("gram_divisor", "style_reduction"):
        return False
    if s.optimizer == "adam" and name in ("history", "line_search", "curvature_gate", "max_change"):
        return False
    if name in ("history", "curvature_gate") or (name == "betas" and s.optimizer == "adam"):
        return True
    return name in _ALWAYS or getattr(s, name) != FIELDS[name].default


def _number(value: Any) -> str:
    return f"{value:g}"


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return " ".join(_text(item) for item in value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def samples() -> str:
    """The tables of docs/samples.md."""
    parts = []
    kinds = {
        "Photographs": nst.samples.photographs(),
        "Styles": nst.samples.styles(),
        "Cut-outs": nst.samples.cut_outs(),
    }
    for title, names in kinds.items():
        parts += [f"## {title}", "", "| sample | |", "|---|---|"]
        parts += [f"| `sample:{name}` | {nst.samples.describe(name)} |" for name in names]
        parts.append("")
    return "\n".join(parts).rstrip()


#: Page -> what stands between its generated marks; the rest of a page is written by hand.
PAGES = {"manifest.md": parameters, "recipes.md": recipes, "samples.md": samples}

_MARKS = re.compile(r"(<!-- generated -->\n).*?\n?<!-- end -->", re.DOTALL)


def renewed(name: str) -> str:
    """A page of docs/ with its generated part as it should be."""
    page = (_DOCS / name).read_text(encoding="utf-8")
    return _MARKS.sub(lambda match: match[1] + PAGES[name]() + "\n<!-- end -->", page)


if __name__ == "__main__":
    for name in PAGES:
        (_DOCS / name).write_text(renewed(name), encoding="utf-8")
