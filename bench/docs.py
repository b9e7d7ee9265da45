"""Writes the parts of docs/ that the code knows best: ``python -m bench.docs``. A test fails when they are stale."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from bench.parameters import Parameters
from nst.recipes import DEFAULT_RECIPE, RECIPES, Recipe

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

_MANIFEST = """\
# Manifests

A manifest is YAML. Numbers are numbers as people write them (`1e6`, `1e-3`); `yes`, `on`, `010` and `1:30` are text; a key given
twice is an error. Unknown keys are errors. Every mistake is named at once, as `file:line:column: where: what is wrong`.

| key | meaning |
|---|---|
| `name` | names the results folder: letters, digits, dots, dashes, underscores |
| `title` | heading of the site; the name if left out |
| `intro` | plain text under the heading |
| `images.contents`, `images.styles` | pictures by label: `sample:<name>`, or a path relative to the manifest |
| `defaults` | parameters of every job |
| `experiments` | experiments by name, at least one |

An experiment:

| key | meaning |
|---|---|
| `task` | `transfer` (the default), `texture`: style alone, `reconstruct`: content alone |
| `pairs` | `{contents: all, styles: [a, b]}`, every chosen content with every chosen style (the default: all with all); or a list, `[[cat, waves], [town, night]]` |
| `defaults` | parameters of this experiment, over those at the top |
| `grid` | lists of values by parameter; every combination is a job |
| `repeats` | how many seeds: `seed`, `seed + 1`, ... (default 1) |
| `compare` | parameters that vary here; the report pairs up runs that differ in nothing else |

A manifest may expand to 100,000 jobs. A job that two experiments share runs once.

## Parameters

In `defaults`, in `grid` (as lists) and in `--set`. What is left out comes from the recipe; where even that says nothing, the
weights are `imagenet`, the width is 1, the seed 0 and the precision `float32`.

{parameters}

Textures and reconstructions start from noise unless told otherwise, whatever the recipe. An optimiser other than the
recipe's brings its own step length: 1 for L-BFGS, 0.02 for Adam. `float32` is IEEE single precision on every device: TF32 is
switched off.

## Layers

Three dialects name the same layer; pages and records use the first.

| dialect | examples for VGG-19 |
|---|---|
| block | `conv4_2`, `relu4_2` |
| ordinal | `conv10`, `relu10` |
| torchvision index | `21`, `22` |

`conv` layers are read before their ReLU, `relu` layers behind it.
"""

_RECIPES = """\
# Recipes

"Style weight 1e6" means nothing without the formula around it. A recipe states all of it: parameters, which a manifest may
override, and conventions, which it may not. F are a layer's features (N channels x M positions), P those of the content, G = F F^T the
Gram matrix, A the style's. Each recipe is held to a float64 reference by `tests/nst/test_recipes.py`. The default is
`{default}`.

{recipes}
"""


def manifest_page() -> str:
    """docs/manifest.md."""
    rows = ["| parameter | values | meaning |", "|---|---|---|"]
    for name, field in Parameters.model_fields.items():
        rows.append(f"| `{name}` | {_ALLOWED[name]} | {field.description} |")
    return _MANIFEST.replace("{parameters}", "\n".join(rows))


def recipes_page() -> str:
    """docs/recipes.md."""
    sections = "\n\n".join(_section(recipe) for recipe in RECIPES.values())
    return _RECIPES.format(default=DEFAULT_RECIPE, recipes=sections)


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


PAGES = {"manifest.md": manifest_page, "recipes.md": recipes_page}


if __name__ == "__main__":
    for name, page in PAGES.items():
        (_DOCS / name).write_text(page(), encoding="utf-8")
