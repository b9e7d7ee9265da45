"""Writes the parts of docs/ that the code knows best: ``python -m bench.docs``. A test fails when they are stale."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path

import nst.samples
from bench.parameters import Parameters
from nst.recipes import RECIPES, Recipe

_DOCS = Path(__file__).resolve().parent.parent / "docs"

_ALLOWED = {
    "recipe": "a name of [recipes.md](recipes.md)",
    "backbone": "`vgg19`, `vgg16`",
    "weights": "`imagenet`, `random`, `random:<seed>`, a path relative to the manifest",
    "width": "1/64 to 8",
    "pooling": "`max`, `average`",
    "size": "16 to 16384",
    "size_rule": "`stretch`, `long`, `short`, `height`, `area`",
    "init": "`content`, `noise`, `uniform`, `normal`",
    "seed": "0 to 4294967295",
    "evaluations": "from 1",
    "optimizer": "`lbfgs`, `adam`",
    "learning_rate": "above 0",
    "history": "from 1; L-BFGS only",
    "content_layers": "a layer or a list",
    "content_weight": "from 0",
    "style_layers": "a layer or a list",
    "style_weight": "from 0",
    "style_layer_weights": "`sum`, `average`, a list of numbers",
    "tv_weight": "from 0",
    "precision": "`float32`, `float64`",
}


def parameters() -> str:
    """The table of docs/manifest.md."""
    rows = ["| parameter | values | meaning |", "|---|---|---|"]
    for name, field in Parameters.model_fields.items():
        rows.append(f"| `{name}` | {_ALLOWED[name]} | {field.description} |")
    return "\n".join(rows)


def recipes() -> str:
    """The sections of docs/recipes.md."""
    return "\n\n".join(_section(recipe) for recipe in RECIPES.values())


def _section(recipe: Recipe) -> str:
    layers = recipe.style_layer_weights
    parameters = {
        "backbone": f"{recipe.backbone}, {recipe.pooling} pooling",
        "content": f"{', '.join(recipe.content_layers)}, weight {recipe.content_weight:g}",
        "style": f"{', '.join(recipe.style_layers)}, weight {recipe.style_weight:g}, by layer: "
        + (layers if isinstance(layers, str) else ", ".join(f"{weight:g}" for weight in layers)),
        "total variation": f"weight {recipe.tv_weight:g}",
        "picture": f"{recipe.size} px, {recipe.size_rule}, from {recipe.init}",
        "optimiser": f"{recipe.optimizer}, step {recipe.learning_rate:g}"
        + (f", history {recipe.history}" if recipe.optimizer == "lbfgs" else "")
        + f", {recipe.evaluations} evaluations",
        "conventions": ", ".join(f"{key} {value}" for key, value in asdict(recipe.conventions).items()),
    }
    lines = [f"## {recipe.name}", "", f"`{recipe.summary}`", "", f"Source: {recipe.source}.", "", "| | |", "|---|---|"]
    lines += [f"| {key} | {value} |" for key, value in parameters.items()]
    if recipe.open:
        lines += ["", "Left open by the source, and chosen here:", "", *(f"- {choice}" for choice in recipe.open)]
    return "\n".join(lines)


def samples() -> str:
    """The tables of docs/samples.md."""
    parts = []
    for title, names in (("Photographs", nst.samples.photographs()), ("Styles", nst.samples.styles())):
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
