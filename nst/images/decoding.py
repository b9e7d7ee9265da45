"""From a file's bytes to upright 8-bit sRGB, with alpha beside it and notes on what was done."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from nst.images.base import Bytes, PictureError, Plane, read_file
from nst.images.profiles import to_srgb
from nst.images.transparency import carry_on, shape_in_alpha_alone

#: 178 megapixels: the size above which Pillow itself refuses, stated here so that it cannot drift.
MAX_PIXELS = 178_956_970

#: The mode in which a picture is colour-managed; all others are, or become, RGB.
_BASE = {"1": "L", "L": "L", "LA": "L", "La": "L", "CMYK": "CMYK", "LAB": "LAB"}


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture as decoded."""

    pixels: Bytes
    """uint8 (height, width, 3), sRGB, upright, not multiplied by alpha; unseen pixels carry on the seen ones' colours
    (:mod:`nst.images.transparency`)."""
    alpha: Plane | None = None
    """uint8 (height, width); None when the picture is opaque throughout."""
    notes: tuple[str, ...] = ()
    """What a reader of results should know: frames left out, a profile converted or ignored, alpha kept."""

    @classmethod
    def of(cls, values: Bytes) -> Picture:
        """From uint8 (height, width, 3), or (height, width, 4) with alpha."""
        if values.shape[2] == 3:
            return cls(values)
        return cls(np.ascontiguousarray(values[..., :3]), np.ascontiguousarray(values[..., 3]))


def read(path: Path) -> Bytes:
    """Decode a picture file: the pixels of :func:`open_picture`, uint8 (height, width, 3).

    Raises:
        PictureError: when the file is missing, no picture, broken, or larger than :data:`MAX_PIXELS`.
    """
    return decode(read_file(path), str(path))


def decode(data: bytes, name: str) -> Bytes:
    """As :func:`read`, from bytes; ``name`` is for messages."""
    return open_picture(data, name).pixels


def open_picture(data: bytes, name: str) -> Picture:
    """Decode a picture: upright (EXIF), converted to sRGB (ICC), 8 bits, alpha apart; of an animation the first frame.

    The same bytes give the same picture, and :func:`nst.images.encode_png` of it, read again, gives it once more.

    Args:
        data: a file's content, in any format that Pillow reads.
        name: for messages.

    Raises:
        PictureError: when they are no picture, broken, or more than :data:`MAX_PIXELS`.
    """
    stored = _load(data, name)
    base, alpha = _split(stored.image)
    converted, colour_notes = to_srgb(base, stored.profile)
    pixels = np.asarray(converted, dtype=np.uint8)
    notes = stored.notes + colour_notes
    if alpha is not None:
        if shape_in_alpha_alone(pixels, alpha):
            notes += ("all that is seen has one colour: to let a network see the shape, lay it on a background",)
        pixels = carry_on(pixels, alpha)
        notes += ("alpha kept",)
    return Picture(pixels, alpha, notes)


def stored_values(data: bytes, name: str) -> Bytes:
    """The values as they stand in a file, uint8 (height, width, 3), upright; profile and alpha are ignored.

    For pictures whose values are data rather than colours: masks.

    Raises:
        PictureError: as :func:`open_picture`.
    """
    base, _ = _split(_load(data, name).image)
    return np.asarray(base.convert("RGB"), dtype=np.uint8)


@dataclass(frozen=True)
class _Stored:
    """The first frame of a file, upright, with 8 bits per channel, in a mode of its own."""

    image: Image.Image
    profile: bytes | None
    notes: tuple[str, ...]


def _load(data: bytes, name: str) -> _Stored:
    """Everything that reads bytes from elsewhere.

    Decoders answer damaged files with whatever came up (struct.error, zlib.error, EOFError, IndexError, KeyError,
    even AttributeError), so here alone every exception means: damaged.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the size is decided below; doubtful metadata is left out
            with Image.open(BytesIO(data)) as opened:
                return _first_frame(opened, name)
    except PictureError:
        raise
    except Image.DecompressionBombError as error:
        raise PictureError(f"{name}: more than {MAX_PIXELS} pixels are refused: scale it down first") from error
    except UnidentifiedImageError as error:
        raise PictureError(f"{name}: not a picture in a format that Pillow reads") from error
    except Exception as error:
        raise PictureError(f"{name}: damaged picture: {str(error) or type(error).__name__}") from error


def _first_frame(opened: ImageFile.ImageFile, name: str) -> _Stored:
    width, height = opened.size
    if width * height > MAX_PIXELS:
        raise PictureError(
            f"{name}: {width} x {height} pixels: more than {MAX_PIXELS} are refused: scale it down first"
        )
    notes: tuple[str, ...] = ()
    if _is_deep(opened):
        if opened.format == "TIFF" and len(opened.tile) > 1 and opened.tile[0][0] == "raw" and _in_planes(opened):
            raise PictureError(
                f"{name}: 16 bits per channel in separate planes, uncompressed, are not read: "
                "save it with interleaved channels or 8 bits"
            )
        notes += ("16 bits per channel: the upper 8 are used",)
        clear = opened.info.get("transparency")
        if isinstance(clear, tuple):  # PNG may declare one colour transparent, here in 16 bits too
            opened.info["transparency"] = tuple(value >> 8 for value in clear)
    opened.load()
    try:
        image = ImageOps.exif_transpose(opened)
    except Exception:
        image = opened.copy()
        notes += ("damaged EXIF data ignored: the picture may not stand upright",)
    notes += _on_frames(opened)  # comes last: it moves on in the file
    profile = image.info.get("icc_profile")
    return _Stored(_eight_bits(image, name), profile if isinstance(profile, bytes) else None, notes)


def _is_deep(opened: ImageFile.ImageFile) -> bool:
    """Whether channels of colour, or alpha, have 16 bits. Pillow keeps 16 bits for grey alone; of others it takes the
    upper byte (v >> 8, where v / 257 rounded would be right: a quarter of all values come out one level off).
    Before loading, the raw mode of the tiles tells; a TIFF in planes names its depth in a tag.
    """
    if opened.mode.startswith("I") or opened.mode == "F":
        return False
    depths = getattr(opened, "tag_v2", {}).get(258, ())
    return any(";16" in str(tile[3]) for tile in opened.tile) or 16 in depths


def _in_planes(opened: ImageFile.ImageFile) -> bool:
    return bool(getattr(opened, "tag_v2", {}).get(284) == 2)


def _on_frames(opened: ImageFile.ImageFile) -> tuple[str, ...]:
    """A note when the file holds more than the one frame that is used."""
    try:
        count = int(getattr(opened, "n_frames", 1))
    except Exception:  # a later frame is damaged; the first one is fine
        return ("animated: the first frame is used",)
    if count < 2:
        return ()
    if opened.format in ("TIFF", "MPO"):  # pages, or views of a camera with two lenses
        return (f"{count} pictures in one file: the first is used",)
    return (f"animated, {count} frames: the first is used",)


def _eight_bits(picture: Image.Image, name: str) -> Image.Image:
    """Grey pictures of 16 bits, 32 bits or floating point as 8 bits; Pillow itself would clip them to white.

    16 bits are scaled from 0..65535; floating point is taken as 0..1. Other ranges have no agreed meaning.
    """
    if not (picture.mode.startswith("I") or picture.mode == "F"):
        return picture
    values = np.asarray(picture, dtype=np.float64)
    top = 1.0 if picture.mode == "F" else 65535.0
    if not np.isfinite(values).all() or values.min() < 0 or values.max() > top:
        raise PictureError(
            f"{name}: grey values from {values.min():g} to {values.max():g}: expected 0 to {top:g} "
            f"in a picture of this kind ({picture.mode})"
        )
    grey = Image.fromarray(np.rint(values * (255 / top)).astype(np.uint8))
    clear = picture.info.get("transparency")
    if isinstance(clear, int):  # PNG may declare one grey transparent
        grey.putalpha(Image.fromarray(np.where(values == clear, 0, 255).astype(np.uint8)))
    return grey


def _split(image: Image.Image) -> tuple[Image.Image, Plane | None]:
    """Colours of mode L, RGB, CMYK or LAB, not multiplied by alpha; and alpha, unless all is opaque."""
    base = _BASE.get(image.mode, "RGB")
    if not image.has_transparency_data:
        return image.convert(base), None
    if image.mode == "La":
        image = image.convert("LA")
    whole = image.convert("RGBA")
    alpha = np.asarray(whole.getchannel("A"), dtype=np.uint8)
    # Grey goes by its red channel: convert("L") would weigh three equal ones, and may round.
    colours = whole.getchannel("R") if base == "L" else whole.convert("RGB")
    return colours, None if (alpha == 255).all() else alpha
