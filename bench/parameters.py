"""The parameters of a job: their names, types and what each means. One field is one parameter.

The same model reads ``defaults`` of a manifest, makes the ``grid`` (a list of each), checks ``--set`` and writes
the JSON Schema for editors. A new parameter is one more field here and its use in :mod:`bench.tasks`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from typing import Annotated, Any, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, create_model
from pydantic_core import PydanticCustomError

from nst.images import SIZE_RULES
from nst.layers import BACKBONES
from nst.recipes import RECIPES


def nearest(word: str, known: Iterable[str]) -> str:
    """``; did you mean x?`` or nothing."""
    near = difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else ""


def wrong(value: object, expected: str, hint: str = "") -> PydanticCustomError:
    word = (
        {None: "null", True: "true", False: "false"}.get(value)
        if value is None or value is True or value is False
        else None
    )
    shown = word or (value if isinstance(value, str) else repr(value))
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    shown = repr(shown) if isinstance(value, str) else shown
    # Braces would be read as placeholders by pydantic's message templates, so the text goes in as one.
    return PydanticCustomError("parameter", "{text}", {"text": f"{shown}: expected {expected}{hint}"})


def number(whole: bool, low: float, high: float, expected: str) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:  # NaN too
            raise wrong(value, expected)
        if whole and value != int(value):
            raise wrong(value, expected)
        return int(value) if whole else float(value)

    return check


def choice(known: Iterable[str]) -> Callable[[Any], str]:
    names = list(known)

    def check(value: Any) -> str:
        if value not in names or not isinstance(value, str):
            hint = nearest(value, names) if isinstance(value, str) else ""
            raise wrong(value, "one of " + ", ".join(names), hint)
        return value

    return check


def _layers(value: Any) -> list[str]:
    """A layer or a list of layers, by name or torchvision index; which of them exist depends on the backbone."""
    items = value if isinstance(value, list) else [value]
    if not items or not all(isinstance(i, str | int) and not isinstance(i, bool) and str(i) for i in items):
        raise wrong(value, "a layer name or a list of them, such as [conv1_1, conv2_1]")
    return [str(item) for item in items]


def _weights_source(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise wrong(value, "imagenet, random, random:<seed>, or the path of a .pth or .safetensors file")
    word, colon, seed = value.partition(":")
    if word == "random" and colon:
        if not re.fullmatch(r"[0-9]{1,10}", seed):
            raise wrong(value, "random:<seed> with a whole number of up to 10 digits, such as random:7")
        return f"random:{int(seed)}"
    if word not in {"random", "imagenet"} and not value.endswith((".pth", ".pt", ".safetensors")):
        expected = "imagenet, random, random:<seed>, or the path of a .pth or .safetensors file"
        raise wrong(value, expected, nearest(value, ["imagenet", "random"]))
    return "random:0" if value == "random" else value


def _layer_weights(value: Any) -> str | list[float]:
    expected = "sum, average, or a list with one number from 0 to 1e30 per style layer"
    if isinstance(value, list) and value:
        if all(isinstance(v, int | float) and not isinstance(v, bool) and 0 <= v <= 1e30 for v in value):
            return [float(v) for v in value]
    elif value in ("sum", "average"):
        return str(value)
    raise wrong(value, expected)


def checked(check: Callable[[Any], Any]) -> BeforeValidator:
    return BeforeValidator(check)


INITS = ("noise", "content", "uniform", "normal")
OPTIMIZERS = ("lbfgs", "adam")
POOLINGS = ("max", "average")
PRECISIONS = ("float32", "float64")

Count = Annotated[int, checked(number(True, 1, 1_000_000, "a whole number from 1 to 1,000,000"))]
Weight = Annotated[float, checked(number(False, 0, 1e30, "a number from 0 to 1e30, such as 1e6"))]
Positive = Annotated[float, checked(number(False, 1e-30, 1e30, "a number above 0"))]
Side = Annotated[int, checked(number(True, 16, 16384, "a whole number of pixels from 16 to 16384"))]
Seed = Annotated[int, checked(number(True, 0, 2**32 - 1, "a whole number from 0 to 4294967295"))]
Width = Annotated[float, checked(number(False, 1 / 64, 8, "a factor from 0.015625 to 8, 1 for the published network"))]
Layers = Annotated[list[str], checked(_layers)]
RecipeName = Annotated[str, checked(choice(RECIPES))]
Backbone = Annotated[str, checked(choice(BACKBONES))]
Weights = Annotated[str, checked(_weights_source)]
Pooling = Annotated[str, checked(choice(POOLINGS))]
SizeRule = Annotated[str, checked(choice(SIZE_RULES))]
Init = Annotated[str, checked(choice(INITS))]
OptimizerName = Annotated[str, checked(choice(OPTIMIZERS))]
LayerWeights = Annotated[list[float] | str, checked(_layer_weights)]
Precision = Annotated[str, checked(choice(PRECISIONS))]


class Parameters(BaseModel):
    """What a manifest may set for a job; what it leaves out comes from the recipe."""

    model_config = ConfigDict(extra="forbid", strict=True)

    recipe: RecipeName | None = Field(None, description="Named conventions, and defaults for all other parameters.")
    backbone: Backbone | None = Field(None, description="Network of the features.")
    weights: Weights | None = Field(
        None, description="imagenet, random, random:<seed>, or a .pth or .safetensors file."
    )
    width: Width | None = Field(None, description="Factor on the channels of every layer; 1 is the published network.")
    pooling: Pooling | None = Field(None, description="Between blocks: max or average.")
    size: Side | None = Field(None, description="Pixels, measured as size_rule says.")
    size_rule: SizeRule | None = Field(
        None,
        description="stretch: size x size; long, short, height: that side; area: about size squared in all.",
    )
    init: Init | None = Field(
        None, description="Start picture: content, the recipe's noise, or uniform or normal noise."
    )
    seed: Seed | None = Field(None, description="Of the noise. repeats gives 0, 1, 2, ...")
    evaluations: Count | None = Field(None, description="Forward and backward passes.")
    optimizer: OptimizerName | None = Field(None, description="lbfgs or adam.")
    learning_rate: Positive | None = Field(None, description="Step length.")
    history: Count | None = Field(None, description="Pairs that L-BFGS keeps.")
    content_layers: Layers | None = Field(None, description="Layers of the content loss, in any dialect.")
    content_weight: Weight | None = Field(None, description="Factor on the content loss of each layer.")
    style_layers: Layers | None = Field(None, description="Layers of the style loss, in any dialect.")
    style_weight: Weight | None = Field(None, description="Factor on the style loss.")
    style_layer_weights: LayerWeights | None = Field(
        None, description="sum: 1 each; average: 1/n each; or one factor per style layer."
    )
    tv_weight: Weight | None = Field(None, description="Factor on the total variation.")
    precision: Precision | None = Field(None, description="float32 (IEEE) or float64.")


NAMES: tuple[str, ...] = tuple(Parameters.model_fields)


def _distinct(values: list[Any]) -> list[Any]:
    for i, value in enumerate(values):
        if value in values[:i]:
            raise wrong(value, "each value once")
    return values


def _grid_model() -> Any:
    fields: dict[str, Any] = {}
    for name, info in Parameters.model_fields.items():
        value = get_args(info.annotation)[0]  # of "X | None": in a grid a value is always given
        listed = Annotated[list[value], Field(min_length=1), AfterValidator(_distinct)]  # type: ignore[valid-type]
        fields[name] = (listed | None, Field(None, description=info.description))
    return create_model("Grid", __config__=ConfigDict(extra="forbid", strict=True), **fields)


Grid = _grid_model()
