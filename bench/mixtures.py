"""Styles made of several pictures: mixes by weight, and regions by mask. To the rest they are one input."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.inputs import Input
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
    """Several styles as one, for pictures sized like the first."""
    recorded = [part.recorded for part in parts]
    told = [(p.sha256, p.weight, p.mask_sha256, p.style_mask_sha256) for p in recorded]
    picture = InputPicture(
        label=label,
        source=" + ".join(_words(part) for part in recorded),
        sha256=hashlib.sha256(json.dumps(told).encode()).hexdigest(),
        notes=[f"{part.given.picture.label}: {note}" for part in parts for note in part.given.notes],
        parts=recorded,
    )
    first = parts[0].given
    return Mixture(picture, first.width, first.height, lambda: _preview(parts), tuple(picture.notes), tuple(parts))


def _words(part: InputPart) -> str:
    where = "" if part.mask is None else f" in {part.mask}"
    of = "" if part.style_mask is None else f", {part.style_mask} of it"
    return f"{part.weight:g} {part.label}{where}{of}"


def _preview(parts: Sequence[Part]) -> Picture:
    """Every part where its mask is, or all side by side, as wide as their weights."""
    pictures = [images.fit(part.given.read().pixels, _PREVIEW, _PREVIEW) for part in parts]
    total = np.zeros((_PREVIEW, _PREVIEW, 3), dtype=np.float32)
    cover = np.zeros((_PREVIEW, _PREVIEW, 1), dtype=np.float32)
    ends = np.cumsum([part.weight for part in parts]) / sum(part.weight for part in parts)
    x = (np.arange(_PREVIEW) + 0.5) / _PREVIEW
    begin = 0.0
    for part, picture, end in zip(parts, pictures, ends, strict=True):
        if part.mask is not None:
            share = masks.resize(part.mask, _PREVIEW, _PREVIEW)[..., None]
        else:
            share = np.broadcast_to(((x >= begin) & (x < end))[None, :, None], cover.shape).astype(np.float32)
        total, cover, begin = total + share * picture, cover + share, float(end)
    shown = np.where(cover > 0, total / np.maximum(cover, 1e-6), 0.5) * np.minimum(cover, 1) + 0.5 * (
        1 - np.minimum(cover, 1)
    )
    return Picture(images.to_bytes(shown.astype(np.float32)))
