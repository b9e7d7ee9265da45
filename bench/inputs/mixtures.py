"""Styles made of several pictures: mixes by weight, and regions by mask. To the rest they are one input."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bench.inputs.picture import Input
from bench.record import InputPart, InputPicture
from nst import images, masks
from nst.images import Picture
from nst.masks import Mask

#: Height of the picture that stands for a mix on pages.
_PREVIEW = 256


@dataclass(frozen=True)
class Part:
    """One picture of a mix, with where it applies."""

    given: Input
    weight: float = 1.0
    mask: Mask | None = None
    style_mask: Mask | None = None

    @property
    def recorded(self) -> InputPart:
        return InputPart(
            label=self.given.picture.label,
            source=self.given.picture.source,
            sha256=self.given.picture.sha256,
            weight=self.weight,
            mask=self.mask.source if self.mask else None,
            mask_sha256=self.mask.sha256 if self.mask else None,
            style_mask=self.style_mask.source if self.style_mask else None,
            style_mask_sha256=self.style_mask.sha256 if self.style_mask else None,
        )


@dataclass(frozen=True)
class Mixture(Input):
    """An input of several pictures; :meth:`read` draws what stands for it on pages, no job reads that."""

    parts: tuple[Part, ...] = ()


def mixture(label: str, parts: Sequence[Part]) -> Mixture:
    """Several styles as one, for pictures sized like the first. A picture that comes twice has both its weights."""
    parts = _merged(parts)
    recorded = [part.recorded for part in parts]
    told = [(p.sha256, p.weight, p.mask_sha256, p.style_mask_sha256) for p in recorded]
    picture = InputPicture(
        label=label,
        source=_words(recorded),
        sha256=hashlib.sha256(json.dumps(told).encode()).hexdigest(),
        notes=[f"{part.given.picture.label}: {note}" for part in parts for note in part.given.notes],
        parts=recorded,
    )
    first = parts[0].given
    notes = tuple(picture.notes)
    return Mixture(picture, first.width, first.height, lambda: _preview(parts), notes, parts=tuple(parts))


def _words(parts: Sequence[InputPart]) -> str:
    """``0.7 waves + 0.3 night``, ``waves in mask:left + night in mask:right``."""
    shared = Counter(part.mask_sha256 for part in parts)
    return " + ".join(
        (f"{part.weight:g} " if shared[part.mask_sha256] > 1 else "")
        + part.label
        + (f" (its {part.style_mask})" if part.style_mask else "")
        + (f" in {part.mask}" if part.mask else "")
        for part in parts
    )


def _merged(parts: Sequence[Part]) -> list[Part]:
    found: dict[tuple[str | None, ...], Part] = {}
    for part in parts:
        told = part.recorded
        key = (told.sha256, told.mask_sha256, told.style_mask_sha256)
        found[key] = replace(part, weight=part.weight + found[key].weight) if key in found else part
    return list(found.values())


def _preview(parts: Sequence[Part]) -> Picture:
    """Every region with its styles side by side, each as large a share of it as its weight."""
    regions: dict[str | None, list[Part]] = {}
    for part in parts:
        regions.setdefault(part.recorded.mask_sha256, []).append(part)
    total = np.zeros((_PREVIEW, _PREVIEW, 3), dtype=np.float32)
    cover = np.zeros((_PREVIEW, _PREVIEW, 1), dtype=np.float32)
    for mixed in regions.values():
        mask = mixed[0].mask
        region = np.ones((_PREVIEW, _PREVIEW)) if mask is None else masks.resize(mask, _PREVIEW, _PREVIEW)
        shown_by = _columns(region.sum(axis=0), [part.weight for part in mixed])
        for number, part in enumerate(mixed):
            share = (region * (shown_by == number))[..., None].astype(np.float32)
            total += share * images.fit(part.given.read().pixels, _PREVIEW, _PREVIEW)
            cover += share
    grey = 0.5 * np.maximum(1 - cover, 0)  # where no region is
    return Picture(images.to_bytes((total / np.maximum(cover, 1) + grey).astype(np.float32)))


def _columns(content: NDArray[np.floating], weights: Sequence[float]) -> NDArray[np.intp]:
    """Which of the parts each column shows, so that their shares of ``content`` are as their weights."""
    middle = (np.cumsum(content) - content / 2) / content.sum()
    ends = np.cumsum(weights) / sum(weights)
    owners: NDArray[np.intp] = np.minimum(np.searchsorted(ends, middle, side="right"), len(weights) - 1)
    return owners
