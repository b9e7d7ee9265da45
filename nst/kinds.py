"""What a setting may be: the checks behind manifests, ``--set`` and keyword arguments alike; no torch.

A check takes what a person wrote and returns it in one form, or raises :class:`RefusedError` with what was expected.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from numbers import Real
from pathlib import Path
from typing import Any

from nst.groups import Group


class RefusedError(ValueError):
    """A value that a setting cannot have; the text says what was given and what was expected."""

    def __init__(self, value: object, expected: str, hint: str = "") -> None:
        word = "null" if value is None else str(value).lower() if isinstance(value, bool) else None
        shown = word or (value if isinstance(value, str) else repr(value))
        shown = shown if len(shown) <= 60 else shown[:57] + "..."
        shown = repr(shown) if isinstance(value, str) else shown
        super().__init__(f"{shown}: expected {expected}{hint}")


def nearest(word: str, known: Iterable[str]) -> str:
    """``; did you mean x?`` or nothing."""
    return _nearest(word, tuple(known))


@lru_cache(maxsize=1000)
def _nearest(word: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(word.lower(), known, n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else ""


@dataclass(frozen=True)
class Kind:
    """The values that a setting may have."""

    type: Any
    """Python type of a checked value."""
    values: str
    """For the tables of the documentation."""
    check: Callable[[Any], Any]


def setting(default: Any, group: Group, kind: Kind, meaning: str) -> Any:
    """A field of :class:`nst.settings.Settings`, with what the documentation and the checks go by."""
    return field(default=default, metadata={"group": group, "kind": kind, "meaning": meaning})


def _is_number(value: object) -> bool:
    """NumPy's numbers are some too."""
    return isinstance(value, Real) and not isinstance(value, bool)


def number(whole: bool, low: float, high: float, expected: str) -> Callable[[Any], Any]:
    """A number within bounds; NaN, booleans and text are none."""

    def check(value: Any) -> Any:
        if not _is_number(value) or not low <= value <= high:
            raise RefusedError(value, expected)
        if whole and value != int(value):
            raise RefusedError(value, expected)
        return int(value) if whole else float(value)

    return check


def choice(known: Iterable[str]) -> Callable[[Any], str]:
    """One of a few words."""
    names = list(known)

    def check(value: Any) -> str:
        if not isinstance(value, str) or value not in names:
            hint = nearest(value, names) if isinstance(value, str) else ""
            raise RefusedError(value, "one of " + ", ".join(names), hint)
        return value

    return check


def one_of(known: Iterable[str]) -> Kind:
    names = tuple(known)
    return Kind(str, ", ".join(f"`{name}`" for name in names), choice(names))


def _numbers(low: float, high: float, whole: bool, expected: str, length: int | None = None) -> Callable[[Any], Any]:
    single = number(whole, low, high, expected)

    def check(value: Any) -> list[Any]:
        if length is None and isinstance(value, int | float):
            return [single(value)]
        if not isinstance(value, list | tuple) or (length is not None and len(value) != length):
            raise RefusedError(value, expected)
        try:
            return [single(item) for item in value]
        except RefusedError:
            raise RefusedError(list(value), expected) from None

    return check


def _layers(value: Any) -> list[str]:
    """A layer or a list of layers, by name or torchvision index; which of them exist depends on the backbone."""
    items = list(value) if isinstance(value, list | tuple) else [value]
    if not items or not all(isinstance(i, str | int) and not isinstance(i, bool) and str(i) for i in items):
        raise RefusedError(value, "a layer name or a list of them, such as [conv1_1, conv2_1]")
    return [str(item) for item in items]


def _weights_source(value: Any) -> str:
    expected = "imagenet, packaged, random, random:<seed>, or the path of a .pth or .safetensors file"
    if isinstance(value, Path):
        value = str(value)
    if not isinstance(value, str) or not value:
        raise RefusedError(value, expected)
    word, colon, seed = value.partition(":")
    if word == "random" and colon:
        if not re.fullmatch(r"[0-9]{1,10}", seed):
            raise RefusedError(value, "random:<seed> with a whole number of up to 10 digits, such as random:7")
        return f"random:{int(seed)}"
    words = ("imagenet", "packaged", "random")
    if word not in words and not value.endswith((".pth", ".pt", ".safetensors")):
        raise RefusedError(value, expected, nearest(value, words))
    return "random:0" if value == "random" else value


#: Words for style_layer_weights and what they stand for.
LAYER_WEIGHTS = ("sum", "average", "channels")


def _layer_weights(value: Any) -> str | list[float]:
    if isinstance(value, list | tuple) and value:
        if all(_is_number(v) and 0 <= v <= 1e30 for v in value):
            return [float(v) for v in value]
    elif isinstance(value, str) and value in LAYER_WEIGHTS:
        return value
    raise RefusedError(value, "sum, average, channels, or a list with one number from 0 to 1e30 per style layer")


#: Words for noise_centre.
CENTRES = ("mean", "style")


def _centre(value: Any) -> float | str:
    if isinstance(value, str) and value in CENTRES:
        return value
    if not _is_number(value) or not -10 <= value <= 10:
        raise RefusedError(value, "mean, style, or a number from -10 to 10, 0 for black and 1 for white")
    return float(value)


def _switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise RefusedError(value, "true or false")
    return value


COUNT = Kind(int, "from 1", number(True, 1, 1_000_000, "a whole number from 1 to 1,000,000"))
RETRIES = Kind(int, "0 to 100", number(True, 0, 100, "a whole number from 0 to 100"))
WEIGHT = Kind(float, "from 0", number(False, 0, 1e30, "a number from 0 to 1e30, such as 1e6"))
POSITIVE = Kind(float, "above 0", number(False, 1e-30, 1e30, "a number above 0"))
SCALE = Kind(float, "1/16 to 16", number(False, 1 / 16, 16, "a factor from 0.0625 to 16"))
FRACTION = Kind(float, "0 to below 1", number(False, 0, 0.999999, "a number from 0 to below 1"))
SIDE = Kind(int, "16 to 16384", number(True, 16, 16384, "a whole number of pixels from 16 to 16384"))
SEED = Kind(int, "0 to 4294967295", number(True, 0, 2**32 - 1, "a whole number from 0 to 4294967295"))
WIDTH = Kind(float, "1/64 to 8", number(False, 1 / 64, 8, "a factor from 0.015625 to 8, 1 for the published network"))
SIDES = Kind(
    list[int] | int,
    "16 to 16384; a list, smallest first; `[]` for none",
    _numbers(16, 16384, True, "a whole number of pixels from 16 to 16384, or a list of them, smallest first"),
)
COUNTS = Kind(
    list[int] | int,
    "from 1; a list of such numbers",
    _numbers(1, 1_000_000, True, "a whole number from 1 to 1,000,000, or a list of them"),
)
BETAS = Kind(list[float], "two numbers", _numbers(0, 0.999999, False, "two numbers from 0 to below 1", length=2))
OFFSET = Kind(
    list[int],
    "two numbers of pixels",
    _numbers(-16384, 16384, True, "two whole numbers of pixels, right and down, from -16384 to 16384", length=2),
)
LAYERS = Kind(list[str] | str, "a layer or a list", _layers)
WEIGHTS = Kind(
    str, "`imagenet`, `packaged`, `random`, `random:<seed>`, a path relative to the manifest", _weights_source
)
LAYER_FACTORS = Kind(
    list[float] | str, ", ".join(f"`{word}`" for word in LAYER_WEIGHTS) + ", a list of numbers", _layer_weights
)
CENTRE = Kind(float | str, ", ".join(f"`{word}`" for word in CENTRES) + ", a number", _centre)
SWITCH = Kind(bool, "`true`, `false`", _switch)
