"""Embedded ICC profiles: colours converted to sRGB, by LittleCMS through Pillow."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image, ImageCms

#: Which pictures a profile can speak for, by its colour space. Grey counts as RGB with equal channels.
_SPEAKS_FOR = {"RGB": ("RGB", "L"), "GRAY": ("L",), "CMYK": ("CMYK",), "Lab": ("LAB",)}
_MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK", "Lab": "LAB"}
_KINDS = {"RGB": "RGB", "L": "grey", "CMYK": "CMYK", "LAB": "Lab"}

#: LittleCMS samples a profile coarsely to be fast: a grey curve comes out up to ten levels wrong in the dark. Grey is
#: computed exactly, for 256 values. The others are sampled finely; RGB of primaries and curves is exact to a level.
_PRECISION = {
    "RGB": ImageCms.Flags.HIGHRESPRECALC,
    "L": ImageCms.Flags.NOOPTIMIZE,
    "CMYK": ImageCms.Flags.HIGHRESPRECALC,
    "LAB": ImageCms.Flags.HIGHRESPRECALC,
}


def to_srgb(picture: Image.Image, profile: bytes | None) -> tuple[Image.Image, tuple[str, ...]]:
    """The picture in sRGB, and notes on what was done to get there.

    The intent is relative colorimetric with black point compensation: white stays white, colours that both spaces
    hold stay what they are. A profile that cannot be used is ignored: what it would have said is unknown, and a
    picture without one is taken as sRGB too.

    Args:
        picture: of mode RGB, L, CMYK or LAB.
        profile: the bytes embedded in the file, or None.
    """
    notes: tuple[str, ...] = ()
    if profile:
        try:
            return _converted(picture, profile)
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError, ImportError) as error:
            notes = (f"ICC profile ignored: {_printable(str(error)) or 'it cannot be read'}",)
    if picture.mode == "CMYK":
        notes += ("CMYK without a usable ICC profile: converted by formula, colours are approximate",)
    return picture.convert("RGB"), notes


def _converted(picture: Image.Image, data: bytes) -> tuple[Image.Image, tuple[str, ...]]:
    """Raises ValueError and what ImageCms raises, when the profile is damaged or not for such a picture."""
    profile = ImageCms.ImageCmsProfile(BytesIO(data))
    space = profile.profile.xcolor_space.strip()
    name = _printable(profile.profile.profile_description or "") or "without a name"
    if picture.mode not in _SPEAKS_FOR.get(space, ()):
        raise ValueError(f"'{name}' is for {_printable(space)}, the picture is {_KINDS[picture.mode]}")
    mode = _MODES[space]
    transform = ImageCms.buildTransform(
        profile,
        ImageCms.createProfile("sRGB"),
        mode,
        "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION | _PRECISION[mode],
    )
    if mode == "RGB" and _changes_nothing(transform):
        return picture.convert("RGB"), ()
    note = f"ICC profile '{name}' converted to sRGB"
    if mode == "L":
        return _looked_up(picture, transform), (note,)
    return _applied(picture.convert(mode), transform), (note,)


def _applied(picture: Image.Image, transform: ImageCms.ImageCmsTransform) -> Image.Image:
    converted = ImageCms.applyTransform(picture, transform)
    assert converted is not None  # it is only where the transform works in place
    return converted


def _looked_up(grey: Image.Image, transform: ImageCms.ImageCmsTransform) -> Image.Image:
    """As :func:`_applied`, for the price of 256 pixels."""
    ramp = Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    return Image.fromarray(np.asarray(_applied(ramp, transform), dtype=np.uint8)[0][np.asarray(grey)])


def _changes_nothing(transform: ImageCms.ImageCmsTransform) -> bool:
    """Whether no colour moves by more than a level, as with sRGB itself under any of its many names.

    Converting would then only add rounding: such a picture keeps its pixels.
    """
    levels = np.linspace(0, 255, 18).round().astype(np.uint8)
    grid = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(18, -1, 3)
    moved = _applied(Image.fromarray(grid), transform)
    return bool((np.abs(np.asarray(moved, dtype=np.int16) - grid) <= 1).all())


def _printable(text: str) -> str:
    """Text from a file in a form fit for a page: one line, no control characters, not endless."""
    line = "".join(character for character in text if character.isprintable()).strip()
    return line if len(line) <= 80 else line[:77] + "..."
