"""Whether the pictures of a job get sizes that its network and this machine can do something with."""

from __future__ import annotations

from collections.abc import Mapping

from bench.inputs.mixtures import Mixture
from bench.inputs.picture import Input
from bench.plan.blends import unblendable
from bench.plan.misfit import Misfit
from nst import sheets
from nst.images import MAX_PIXELS, PictureError, check_size
from nst.layers import topology
from nst.settings import Settings
from nst.stages import needed_side, result_size, shown_filters, stages, style_size


def misfit(settings: Settings, pair: Mapping[str, Input]) -> Misfit | None:
    """The first picture of a job, the result included, that leaves the deepest layer no position, that is blown up, or
    that cannot be blended as asked.

    Args:
        settings: of the job.
        pair: its pictures by role; the size of the result follows the first.
    """
    if found := unblendable(settings, pair) or _sheet_too_large(settings, next(iter(pair.values()))):
        return found
    if settings.blend_offset is not None:  # a blend has sizes of its own, and no layer
        return None
    needed, tap = needed_side(settings)
    role, lead = next(iter(pair.items()))
    for stage in stages(settings):
        result = result_size(settings, stage.size, lead.width, lead.height)
        sized = [(role, lead, result)]
        for own in files(pair["style"]) if "style" in pair else ():
            sized.append(("style", own, style_size(settings, stage.size, own.width, own.height, result)))
        for name, own, (width, height) in sized:
            names = ("coarse_sizes", "size") if stage.size in (settings.coarse_sizes or ()) else ("size",)
            names = names if (width, height) == result else ("style_scale", *names)
            if min(width, height) < needed:
                small = f"becomes {width} x {height} pixels, and {tap} needs {needed} on each side"
                return Misfit(names, f"{name} {own.picture.label!r} {small}")
            try:
                check_size(own.width, own.height, width, height)
            except PictureError as error:
                return Misfit(names, f"{name} {own.picture.label!r}: {error}")
    return None


def _sheet_too_large(settings: Settings, given: Input) -> Misfit | None:
    """Whether the sheet of features would be a picture that nothing opens."""
    if settings.feature_layers is None or settings.feature_filters is None:
        return None
    shape = topology(settings.backbone, settings.width)
    shown = shown_filters(settings.feature_layers, settings.feature_filters, shape)
    across, down = result_size(settings, settings.size, given.width, given.height)
    height, width = sheets.sheet_size(shown, down, across)
    if height * width <= MAX_PIXELS:
        return None
    large = f"the sheet of {sum(shown)} filters of {across} x {down} pixels becomes {width} x {height}"
    return Misfit(
        ("feature_filters", "size", "feature_layers"),
        f"{large}: more than {MAX_PIXELS} pixels are refused: fewer filters, or a smaller size",
    )


def files(given: Input) -> tuple[Input, ...]:
    """The pictures that an input is made of: itself, or the parts of a mix."""
    return tuple(part.given for part in given.parts) if isinstance(given, Mixture) else (given,)
