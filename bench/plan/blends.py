"""Whether there is something to blend, and somewhere to blend it: told before anything runs."""

from __future__ import annotations

from collections.abc import Mapping

from bench.inputs.mixtures import Mixture
from bench.inputs.picture import Input
from bench.plan.misfit import Misfit
from nst import images, masks
from nst.images import PictureError, check_size
from nst.settings import Settings
from nst.stages import result_size, source_size


def unblendable(settings: Settings, pair: Mapping[str, Input]) -> Misfit | None:
    """Why the pictures of a job cannot be blended as it asks; None where they can, or nothing is to be."""
    if settings.blend_offset is not None:
        return _no_source(pair["style"]) or _off_target(settings, pair["content"], pair["style"])
    if settings.blend not in (None, "none"):
        return _no_region(settings, pair["content"], pair["style"])
    return None


def _no_source(given: Input) -> Misfit | None:
    """What keeps a picture from being the source of a blend."""
    label = given.picture.label
    if isinstance(given, Mixture):
        reason = "is made of several pictures: the source of a blend is one, with the mask in its alpha channel"
    elif given.inside is None:
        reason = (  # a channel that hides nothing is dropped when a picture is read
            "has no mask: its alpha channel is missing, or opaque throughout: save it with all transparent that is not "
            "to be blended"
        )
    elif not given.inside:
        reason = "is an empty mask: nothing of it is opaque by half or more"
    else:
        return None
    return Misfit((), f"style {label!r} {reason}", ("styles", label))


def _off_target(settings: Settings, target: Input, source: Input) -> Misfit | None:
    own = target.width, target.height
    width, height = result = result_size(settings, settings.size, *own)
    across, down = source_size((source.width, source.height), own, result)
    try:
        check_size(*own, *result)
        check_size(source.width, source.height, across, down)
    except PictureError as error:
        return Misfit(("size",), str(error))
    column, row = settings.blend_offset or (0, 0)
    if 0 <= column <= width - across and 0 <= row <= height - down:
        return None
    told = f"blend_offset: [{column}, {row}]: style {source.picture.label!r}"
    if not (-across < column < width and -down < row < height):
        told = f"{told}, {across} x {down} pixels there, lies wholly outside of the result, {width} x {height} pixels"
    elif reason := _mask_off_target(settings, source, (across, down), (width, height)):
        told = f"{told}: {reason}"
    else:
        return None
    return Misfit(("blend_offset", "size"), told)


def _mask_off_target(settings: Settings, source: Input, size: tuple[int, int], result: tuple[int, int]) -> str:
    """Why nothing of the mask lies on a result that only part of the source lies on; empty if something does."""
    from nst.blending import BlendError, covered  # takes a while to import, and few manifests blend across a border

    alpha = source.read().alpha
    assert alpha is not None
    mask = images.resize_alpha(alpha, size[1], size[0], resampling=settings.resampling)
    column, row = settings.blend_offset or (0, 0)
    try:
        covered(mask, result[1], result[0], offset=(column, row))
    except BlendError as error:
        return str(error)
    return ""


def _no_region(settings: Settings, content: Input, style: Input) -> Misfit | None:
    """What keeps a transfer from being blended back."""
    regions = [part.mask for part in style.parts if part.mask] if isinstance(style, Mixture) else []
    if not regions:
        return Misfit(
            ("blend",),
            f"blend: {settings.blend}: style {style.picture.label!r} applies everywhere, so there is no region to "
            "blend into the content: give it regions",
        )
    width, height = result_size(settings, settings.size, content.width, content.height)
    if (masks.union(regions, height, width) >= masks.HALF).any():
        return None
    return Misfit(
        ("blend",),
        f"blend: {settings.blend}: the masks of style {style.picture.label!r} hold no pixel by half or more, so there "
        "is nothing to blend",
    )
