"""A blend job: the part of a picture that its alpha channel shows, in another picture. Nothing here uses a network."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.record import Outcome, Quality
from bench.worker.making import Order, Product, Watcher, read_pictures, save
from bench.worker.warm import Warm
from nst import images, masks, metrics
from nst.blending import BlendError, blend, covered, paste, reconstruct
from nst.images import Bytes, Pixels
from nst.kept import fit
from nst.stages import result_size, source_size


def make(order: Order, warm: Warm, watch: Watcher) -> Product:
    settings = order.settings
    assert settings.blend_offset is not None
    column, row = settings.blend_offset
    across_seam = settings.blend_seam != "flat"
    offset = (column, row)
    with watch.phase("decode"):
        content, _ = read_pictures(order.task, order.inputs, warm)
        drawn = warm.picture(order.inputs["style"][0].path)
        assert content is not None
        if drawn.alpha is None:
            raise BlendError("the source has no mask: its alpha channel is missing, or opaque throughout")
        own = content.pixels.shape[1], content.pixels.shape[0]
        width, height = result_size(settings, settings.size, *own)
        across, down = source_size((drawn.pixels.shape[1], drawn.pixels.shape[0]), own, (width, height))
        target = fit(warm.kept, content.pixels, height, width, settings.resampling)
        source = fit(warm.kept, drawn.pixels, down, across, settings.resampling)
        mask = images.resize_alpha(drawn.alpha, down, across, resampling=settings.resampling)
    watch.kept = warm.kept
    with watch.phase("optimise"):
        if settings.blend == "paste":
            result = paste(source, mask, target, offset=offset)
        else:
            result = blend(source, mask, target, mixed=settings.blend == "mixed", offset=offset, across=across_seam)
    inside = covered(mask, height, width, offset=offset)
    with watch.phase("save"):
        image = images.to_bytes(result.astype(np.float32))
        copied = result if settings.blend == "paste" else paste(source, mask, target, offset=offset)
        pasted, before = images.to_bytes(copied.astype(np.float32)), images.to_bytes(target)
        alpha = None if content.alpha is None else images.resize_alpha(content.alpha, height, width)
        beside = {"mask.png": masks.shown(inside), "pasted.png": pasted}
        encoded = {name: images.encode_png(one) for name, one in beside.items()}
        files = save(order.folder, {"image.png": images.encode_png(image, alpha), **encoded})
    with watch.phase("assess"):
        quality = Quality(**asdict(metrics.assess(image, before, None)))
        numbers = {
            "unknowns": float(inside.sum()),
            "seam": _seam(image, inside),
            "seam_pasted": _seam(pasted, inside),
            "seam_target": _seam(before, inside),
            "error": _rebuilding(target),
        }
    outcome = Outcome(
        width=width,
        height=height,
        evaluations=0,
        updates=0,
        picture_evaluation=None,
        out_of_gamut=float(((result < 0) | (result > 1)).mean()),
        quality=quality,
        numbers=numbers,
    )
    return Product(outcome, None, files)


def _rebuilding(picture: Pixels) -> float:
    """Largest error of a picture rebuilt from its gradients and one pixel, before rounding to single precision hides
    it."""
    exact = picture.astype(np.float64)
    return float(np.abs(reconstruct(exact) - exact).max())


def _seam(picture: Bytes, inside: NDArray[np.bool_]) -> float:
    """Mean difference, over all channels in 8-bit levels, between neighbours of which one is inside and one is not;
    0 where there are none."""
    levels: NDArray[Any] = picture.astype(np.float64)
    steps = [
        np.abs(np.diff(levels, axis=axis))[np.diff(inside.astype(np.int8), axis=axis) != 0].ravel() for axis in (0, 1)
    ]
    found = np.concatenate(steps)
    return float(found.mean()) if found.size else 0.0
