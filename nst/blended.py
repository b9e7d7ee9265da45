"""After a style transfer: what was made inside the style's regions, set back into the photograph. No torch here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nst import masks
from nst.images import Bytes, Pixels
from nst.masks import Mask
from nst.resolution import SettingsError
from nst.settings import Settings


@dataclass(frozen=True)
class Blended:
    """A result, and what it was blended from."""

    picture: Pixels
    """(height, width, 3), not clipped."""
    stylised: Bytes
    """As it was made, all of it."""
    mask: Bytes
    """(height, width, 3): white where that was blended into the photograph, black elsewhere."""


def regions_to_blend(settings: Settings, content: bool, regions: Sequence[Mask | None]) -> tuple[Mask, ...]:
    """The masks whose union is blended back; none where nothing is to be.

    Args:
        settings: of the run.
        content: whether there is a photograph.
        regions: of each style.

    Raises:
        SettingsError: when something is to be blended and there is no photograph, or a style that applies everywhere.
    """
    if settings.blend in (None, "none") or not content:
        return ()
    found = tuple(region for region in regions if region is not None)
    if len(found) < len(regions) or not found:
        raise SettingsError(
            [f"blend: {settings.blend}: this style applies everywhere, so there is no region to blend: give it regions"]
        )
    return found


def blended(kind: str, made: Bytes, regions: Sequence[Mask], content: Pixels, *, across: bool = True) -> Blended:
    """What was made, inside the regions, in the photograph.

    Args:
        kind: ``paste``, ``poisson`` or ``mixed``.
        made: uint8 (height, width, 3), as it would be saved.
        regions: whose union counts, as far as it covers pixels by half or more.
        content: float32 (height, width, 3) in [0, 1].
        across: as :func:`nst.blending.blend` takes it.

    Raises:
        BlendError: when no pixel is inside by half or more.
    """
    from nst.blending import blend, paste  # takes a while to import, and few runs want it

    mask = masks.union(regions, *made.shape[:2])
    if kind == "paste":
        picture = paste(made, mask, content)
    else:
        picture = blend(made, mask, content, mixed=kind == "mixed", across=across)
    return Blended(picture.astype(np.float32), made, masks.shown(mask >= masks.HALF))
