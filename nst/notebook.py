"""Style transfer in a few lines: what a notebook needs, with the same settings and checks as a manifest."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from nst import backbones, images, making, masks, samples
from nst.arithmetic import exact
from nst.diagnosis import Diagnosis
from nst.groups import SYNTHESIS, TRANSFER, Group
from nst.images import Picture
from nst.made import Made
from nst.preparing import StyleSource
from nst.recipes import RECIPES
from nst.resolution import SettingsError, checked, complete
from nst.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

#: A picture, or what :func:`load` takes.
Given = Picture | str | Path
#: A style as the functions here take it: a picture, several with equal weights, or pictures by their weights.
Style = Given | Sequence[Given] | Sequence[tuple[Given, float]]


@dataclass(frozen=True)
class Result:
    """A picture and how it came about. In a notebook it shows itself."""

    made: Made
    settings: Settings
    recipe: str
    alpha: images.Plane | None

    @property
    def picture(self) -> images.Bytes:
        """uint8 (height, width, 3), as it is saved."""
        return self.made.image

    @property
    def diagnosis(self) -> Diagnosis | None:
        """How the run went, with the numbers that decided."""
        return self.made.diagnosis

    @property
    def curve(self) -> pd.DataFrame:
        """One row per evaluation: ``evaluation``, ``seconds``, ``size``, ``total`` and every weighted term."""
        import pandas as pd

        columns = {"evaluation": range(len(self.made.curve)), "seconds": self.made.seconds, "size": self.made.sizes}
        terms = dict(zip(self.made.terms, self.made.curve.T, strict=True))
        return pd.DataFrame({**columns, "total": self.made.totals, **terms})

    def save(self, path: str | Path) -> None:
        """Write the picture as PNG, with the content's transparency."""
        Path(path).write_bytes(self._repr_png_())

    def _repr_png_(self) -> bytes:
        return images.encode_png(self.picture, self.alpha)


def load(source: str | Path) -> Picture:
    """A picture: a file in any format that Pillow reads, or ``sample:<name>``.

    Raises:
        PictureError: when the file is missing, no picture, or damaged.
        UnknownSampleError: for a sample that does not exist; names the nearest.
    """
    text = str(source)
    if text.startswith("sample:"):
        return Picture.of(samples.load(text.removeprefix("sample:")))
    return images.open_picture(images.read_file(Path(source)), text)


def transfer(content: Picture | str | Path, style: Style, **settings: Any) -> Result:
    """The content of one picture in the style of another, or of several.

    Args:
        content: see :func:`load`.
        style: a picture; or a list of pictures, or of pairs (picture, weight), which are mixed.
        **settings: ``recipe`` and any setting of :mod:`nst.settings` by name; ``device`` (``cpu``, ``cuda``; the
            first CUDA device where there is one); ``regions``: one mask per style, such as
            ``["mask:left", "mask:right"]``, file names, or None for everywhere.

    Raises:
        SettingsError: for settings that do not exist or do not go together.
        WeightsError: when the network's weights cannot be had.
    """
    return _run(content, style, settings)


def texture(style: Style, **settings: Any) -> Result:
    """A texture with the style's statistics; arguments as :func:`transfer`."""
    return _run(None, style, settings)


def reconstruct(content: Picture | str | Path, **settings: Any) -> Result:
    """A picture rebuilt from its features alone; arguments as :func:`transfer`."""
    return _run(content, None, settings)


def _run(original: Given | None, style: Style | None, given: Mapping[str, Any]) -> Result:
    given = dict(given)
    device = _device(given.pop("device", None))
    regions = given.pop("regions", None)
    content = None if original is None else _picture(original, "content")
    sources = _styles(style, regions)
    recipe, settings = complete(checked(given), _groups(content is not None, style is not None))
    if warning := RECIPES[recipe].mismatch(settings.weights, settings.pixels):
        warnings.warn(warning, stacklevel=3)
    network = backbones.from_settings(settings, device)
    with exact():
        made = making.make(network, settings, content=None if content is None else content.pixels, styles=sources)
    alpha = None
    if content is not None and content.alpha is not None:
        alpha = images.resize_alpha(content.alpha, *made.image.shape[:2])
    return Result(made, settings, recipe, alpha)


def _groups(content: bool, style: bool) -> tuple[Group, ...]:
    """Groups of settings that a run with these pictures uses."""
    if content and style:
        return TRANSFER
    return (*SYNTHESIS, "content" if content else "style")


def _device(name: str | None) -> torch.device:
    try:
        return torch.device(name or ("cuda" if torch.cuda.is_available() else "cpu"))
    except RuntimeError:
        raise SettingsError([f"device: {name!r}: expected cpu, cuda or cuda:<n>"]) from None


def _picture(given: Any, name: str) -> Picture:
    if isinstance(given, str | Path):
        return load(given)
    if not isinstance(given, Picture):
        kind = type(given).__name__
        raise SettingsError([f"{name} is of type {kind}: expected a picture of nst.load, a path or sample:<name>"])
    return given


def _weighted(item: Any) -> tuple[Picture, float]:
    picture, weight = item if isinstance(item, tuple) and len(item) == 2 else (item, 1.0)
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight < math.inf:
        raise SettingsError([f"style: a weight is {weight!r}: expected a number above 0"])
    return _picture(picture, "style"), float(weight)


def _styles(style: Style | None, regions: Sequence[str | Path | None] | None) -> list[StyleSource]:
    if style is None:
        if regions is not None:
            raise SettingsError(["regions: a reconstruction has no style to place: leave them out"])
        return []
    pairs = [_weighted(item) for item in (list(style) if isinstance(style, list | tuple) else [style])]
    if not pairs:
        raise SettingsError(["style is an empty list: expected one picture or more"])
    if isinstance(regions, str | Path):
        regions = [regions]
    if regions is not None and len(regions) != len(pairs):
        raise SettingsError([f"regions has {len(regions)} masks for {len(pairs)} styles"])
    drawn = {source: masks.read(str(source), Path()) for source in regions or () if source is not None}
    return [
        StyleSource(picture.pixels, weight, drawn[region] if region is not None else None)
        for (picture, weight), region in zip(pairs, regions or [None] * len(pairs), strict=True)
    ]
