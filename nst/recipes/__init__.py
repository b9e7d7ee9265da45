"""Named conventions: what a style-transfer engine, paper or course computes, written out in full; no torch.

"Style weight 1e6" means nothing without the rest of the formula. A recipe is a function that returns all settings;
its docstring gives formula and source. A new recipe is one more function in a module here, named like the recipe
with underscores, under :func:`~nst.recipes.registry.recipe`.
"""

from nst.recipes import courses, engines, own
from nst.recipes.registry import RECIPES, Recipe

DEFAULT_RECIPE = "cmu-16726"

__all__ = ["DEFAULT_RECIPE", "RECIPES", "Recipe", "courses", "engines", "own"]
