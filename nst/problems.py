"""From pictures and settings to what is minimised and where it starts, at one size."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nst import masks
from nst.backbones import Backbone
from nst.images import Pixels
from nst.kept import Kept
from nst.masks import Mask
from nst.objectives import ContentDistance, Objective, Prior, Term
from nst.pixels import PIXELS, Colour
from nst.resolution import SettingsError, layer_weights
from nst.settings import Settings
from nst.stages import smallest_side
from nst.statistics import GramDistance, StyleFeatures, WassersteinDistance, as_guide
from nst.variation import FORMS, outside

StyleDistance = GramDistance | WassersteinDistance


@dataclass(frozen=True)
class StylePart:
    """One style picture of a run, sized."""

    picture: Pixels
    weight: float = 1.0
    """Its share in the mix of a region, relative to the others there."""
    region: Mask | None = None
    """Where in the result it applies; None: everywhere."""
    source: Mask | None = None
    """Which part of the style picture counts; None: all of it."""


def to_tensor(picture: Pixels) -> Tensor:
    """(H, W, 3) array -> contiguous (1, 3, H, W) tensor."""
    return torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1)))[None]


def objective(
    backbone: Backbone,
    settings: Settings,
    height: int,
    width: int,
    *,
    content: Pixels | None = None,
    styles: Sequence[StylePart] = (),
    kept: Kept | None = None,
) -> Objective:
    """What a run minimises for a result of ``height`` x ``width`` pixels.

    Args:
        backbone: on the device and in the precision of the run.
        settings: of the run; those of a picture that is not there are ignored.
        height: of the result.
        width: of the result.
        content: of the result's size.
        styles: of any sizes. Parts of one region (the same mask, or none) are a mix.
        kept: where targets are looked for, and left for later runs.

    Raises:
        SettingsError: when a picture is too small for a layer that is read.
    """
    _check_sizes(
        backbone, settings, [("the result", height, width), *(("a style", *p.picture.shape[:2]) for p in styles)]
    )
    kept = kept or Kept()
    terms: list[Term] = []
    with torch.no_grad():
        if content is not None and settings.content_layers is not None:
            terms += _content_terms(backbone, settings, content, kept)
        if styles and settings.style_layers is not None:
            regions: dict[str, list[StylePart]] = {}
            for part in styles:
                regions.setdefault(part.region.sha256 if part.region else "", []).append(part)
            for parts in regions.values():
                terms += _style_terms(backbone, settings, height, width, parts, kept)
    return Objective(backbone, terms, _priors(settings), settings.pixel_range)


def _priors(settings: Settings) -> list[Prior]:
    white, found = settings.pixel_range, []
    if settings.tv_weight:
        assert settings.tv is not None
        found.append(Prior("tv", settings.tv_weight, FORMS[settings.tv]))
    if settings.gamut_weight:
        found.append(Prior("gamut", settings.gamut_weight, lambda pictures: outside(pictures / white)))
    return found


def temporal(backbone: Backbone, settings: Settings, before: Pixels, visible: NDArray[np.bool_]) -> Prior:
    """What it costs a frame to differ from the one before it, where both show the same.

    The short-term temporal loss of Ruder, Dosovitskiy & Brox 2016 (arXiv 1604.08610, section 4): the squares of the
    differences, each pixel counted or not, over the number of all values.

    Args:
        backbone: for the device and the precision.
        settings: of the run.
        before: (H, W, 3) the result before, moved, white 1.
        visible: (H, W) where it counts.
    """
    assert settings.temporal_weight is not None
    white = settings.pixel_range
    target = to_tensor(before).to(backbone.mean)
    counts = torch.from_numpy(visible).to(backbone.mean)

    def cost(pictures: Tensor) -> Tensor:
        return (counts * (pictures / white - target).square()).flatten(1).mean(1)

    return Prior("temporal", settings.temporal_weight, cost)


def _check_sizes(backbone: Backbone, settings: Settings, pictures: Iterable[tuple[str, int, int]]) -> None:
    read = (*(settings.content_layers or ()), *(settings.style_layers or ()))
    needed, tap = smallest_side(read, backbone.shape)
    small = [
        f"size: {name} becomes {width} x {height} pixels, and {tap} needs {needed} on each side"
        for name, height, width in pictures
        if min(height, width) < needed
    ]
    if small:
        raise SettingsError(small)


def _content_terms(backbone: Backbone, settings: Settings, picture: Pixels, kept: Kept) -> list[Term]:
    """Targets of the content: the picture's own features, each layer at the content weight."""
    layers, weight, reduction = settings.content_layers, settings.content_weight, settings.content_reduction
    assert layers is not None
    assert weight is not None
    assert reduction is not None
    features = kept.recall(
        "targets",
        ("content", kept.token(backbone), backbone.mean.dtype, layers, kept.digest(picture)),
        lambda: backbone(to_tensor(picture).to(backbone.mean), layers),
    )
    return [Term(f"content.{layer}", layer, weight, ContentDistance(features[layer], reduction)) for layer in layers]


def _style_terms(
    backbone: Backbone, settings: Settings, height: int, width: int, parts: Sequence[StylePart], kept: Kept
) -> list[Term]:
    """Terms of the styles that share a region.

    A region counts by its area: each pixel is then drawn to its style as strongly as without regions.
    """
    layers, factors = settings.style_layers, settings.style_layer_weights
    assert layers is not None
    assert factors is not None
    assert settings.style_weight is not None
    region = parts[0].region
    area = 1.0 if region is None else float(masks.resize(region, height, width).mean())
    distances = kept.recall(
        "targets",
        _style_key(backbone, settings, height, width, parts, kept),
        lambda: _style_distances(backbone, settings, height, width, parts),
    )
    channels = tuple(backbone.shape.channels(layer) for layer in layers)
    return [
        Term(f"style.{layer}", layer, settings.style_weight * factor * area, distance)
        for layer, factor, distance in zip(layers, layer_weights(factors, channels), distances, strict=True)
    ]


def _style_key(
    backbone: Backbone, settings: Settings, height: int, width: int, parts: Sequence[StylePart], kept: Kept
) -> tuple[Hashable, ...]:
    """All that decides :func:`_style_distances`; the weights of the terms do not.

    The result's size does where an undivided Gram matrix grows with it, or a mask is brought to it.
    """
    region = parts[0].region
    sized = region is not None or settings.gram_divisor == "none"
    return (
        "style",
        kept.token(backbone),
        backbone.mean.dtype,
        settings.style_layers,
        settings.style_statistic,
        settings.gram_divisor,
        settings.style_reduction,
        (height, width) if sized else None,
        region.sha256 if region else None,
        *((kept.digest(p.picture), p.weight, p.source.sha256 if p.source else None) for p in parts),
    )


def _style_distances(
    backbone: Backbone, settings: Settings, height: int, width: int, parts: Sequence[StylePart]
) -> list[StyleDistance]:
    """Of each style layer, the distance to a mix of styles."""
    layers = settings.style_layers
    assert layers is not None
    features = [backbone(to_tensor(part.picture).to(backbone.mean), layers) for part in parts]
    total = sum(part.weight for part in parts)
    distances = []
    for layer in layers:
        rows, columns = backbone.shape.positions(layer, height, width)
        mix = [
            StyleFeatures(
                own[layer],
                part.weight / total,
                _guide(part.source, own[layer].shape[2], own[layer].shape[3], backbone.mean),
            )
            for own, part in zip(features, parts, strict=True)
        ]
        guide = _guide(parts[0].region, rows, columns, backbone.mean)
        distances.append(_style_distance(settings, mix, rows, columns, guide))
    return distances


def _style_distance(
    settings: Settings, mix: Sequence[StyleFeatures], rows: int, columns: int, guide: Tensor | None
) -> StyleDistance:
    if settings.style_statistic == "wasserstein":
        return WassersteinDistance.to(mix, guide)
    assert settings.gram_divisor is not None
    assert settings.style_reduction is not None
    return GramDistance.to(mix, rows, columns, settings.gram_divisor, settings.style_reduction, guide)


def _guide(mask: Mask | None, rows: int, columns: int, like: Tensor) -> Tensor | None:
    """A mask at a layer's resolution, (1, 1, rows, columns)."""
    if mask is None:
        return None
    return as_guide(torch.from_numpy(masks.resize(mask, rows, columns))[None, None].to(like))


def start(
    settings: Settings,
    height: int,
    width: int,
    *,
    seed: int,
    content: Pixels | None = None,
    style: Pixels | None = None,
    style_colour: Colour | None = None,
) -> Tensor:
    """The start picture (1, 3, H, W), values about 0 to 1, on the CPU: every device starts from the same.

    Args:
        settings: ``init`` and the noise.
        height: of the result.
        width: of the result.
        seed: of the noise.
        content: of that size; needed for ``init: content``.
        style: of that size; needed for ``init: style``.
        style_colour: from :func:`mean_colour`, for noise about it; without, it is about mid-grey.
    """
    if settings.init in ("content", "style"):
        picture = content if settings.init == "content" else style
        assert picture is not None
        return to_tensor(picture)
    if settings.init == "grey":
        return torch.full((1, 3, height, width), 0.5)
    if settings.init == "uniform":
        return noise("uniform", 0.5, 0.5, height, width, seed)
    if settings.init == "normal":
        return noise("normal", 0.5, 0.25, height, width, seed)
    centre, kind, spread = settings.noise_centre, settings.noise, settings.noise_spread
    assert centre is not None
    assert kind is not None
    assert spread is not None
    about = {"mean": PIXELS[settings.pixels].mean_colour, "style": style_colour or 0.5}
    colour = about[centre] if isinstance(centre, str) else centre
    return noise(kind, colour, spread, height, width, seed)


def mean_colour(styles: Sequence[StylePart]) -> Colour | None:
    """RGB in [0, 1], the mean over all styles by their weights; None without any."""
    if not styles:
        return None
    colours = [part.picture.mean((0, 1), dtype=np.float64) for part in styles]
    red, green, blue = np.average(colours, axis=0, weights=[part.weight for part in styles])
    return float(red), float(green), float(blue)


def noise(kind: str, centre: float | tuple[float, ...], spread: float, height: int, width: int, seed: int) -> Tensor:
    """Noise (1, 3, H, W): ``uniform`` on centre +- spread, or ``normal`` about it with that deviation; not clipped."""
    generator = torch.Generator().manual_seed(seed)
    middle = torch.tensor(centre).expand(3).view(1, 3, 1, 1)
    if kind == "uniform":
        return middle - spread + 2 * spread * torch.rand(1, 3, height, width, generator=generator)
    return middle + spread * torch.randn(1, 3, height, width, generator=generator)
