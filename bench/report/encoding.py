"""A picture's bytes -> its WebP copies: which there are, what they are called, and how they are made.

A picture has a thumbnail, a larger one, and a copy to look at, none larger than itself: one that is no longer than 192
pixels has only the first, one no longer than 384 only the first two, the last of them at its own size.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import PIL
from PIL import Image, UnidentifiedImageError, features

#: Longer side in pixels -> WebP quality of the thumbnails.
THUMBNAILS = {192: 70, 384: 80}
#: The copy to look at has the picture's own size, up to this longer side.
FULL, FULL_QUALITY = 2048, 80
#: Where encoding slower stops making files smaller.
METHOD = 4

#: What copies depend on beside the picture. Another one gives them other names.
RECIPE = (
    f"192q70 384q80 full{FULL}q{FULL_QUALITY} lanczos webp-m{METHOD} "
    f"pillow-{PIL.__version__} libwebp-{features.version('webp')}"
)

#: Kinds of file that are read, and their suffixes. Some of those that Pillow knows beside these start programs.
SUFFIXES = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp", "GIF": "gif", "BMP": "bmp", "TIFF": "tif"}

Size = tuple[int, int]


class UnreadableError(Exception):
    """Why a picture cannot be shown, to be put after its file's name."""


@dataclass(frozen=True)
class Step:
    """One copy: ``192``, ``384`` or ``full``."""

    name: str
    size: Size
    quality: int


def key(digest: str) -> str:
    """Twelve hex digits that the names of a picture's files begin with, by the SHA-256 of its bytes."""
    return hashlib.sha256(f"{digest} {RECIPE}".encode()).hexdigest()[:12]


@lru_cache
def steps(size: Size) -> tuple[Step, ...]:
    """The copies of a picture, from small to large."""
    found: tuple[Step, ...] = ()
    for longest, quality in THUMBNAILS.items():
        found += (Step(str(longest), _fit(size, longest), quality),)
        if max(size) <= longest:
            return found
    return (*found, Step("full", _fit(size, FULL), FULL_QUALITY))


def _fit(size: Size, longest: int) -> Size:
    scale = min(1.0, longest / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def look(data: bytes) -> tuple[Size, str]:
    """Size in pixels and suffix, from the head of a file.

    Raises:
        UnreadableError: when it is no picture of a kind that is shown.
    """
    with _opened(data) as image:
        return image.size, SUFFIXES[image.format or ""]


def copies(data: bytes, wanted: Sequence[Step]) -> list[bytes]:
    """WebP files of a picture.

    Raises:
        UnreadableError: when it is broken.
    """
    with _opened(data) as image:
        try:
            # Converted afresh: neither EXIF nor a colour profile of the source travels into the copies.
            pixels = image.convert("RGBA" if image.has_transparency_data else "RGB")
            pixels.info.clear()
            return [_webp(pixels, step) for step in wanted]
        except MemoryError:
            raise UnreadableError(
                f"has {image.width} x {image.height} pixels, for which the memory is too small"
            ) from None
        except Exception as error:  # a broken file raises whatever its decoder did not expect
            raise UnreadableError(f"cannot be read: {error}") from None


def _webp(pixels: Image.Image, step: Step) -> bytes:
    small = pixels if step.size == pixels.size else pixels.resize(step.size, Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "WEBP", quality=step.quality, method=METHOD)
    return out.getvalue()


def _opened(data: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            return Image.open(io.BytesIO(data), formats=list(SUFFIXES))
    except UnidentifiedImageError:
        raise UnreadableError("cannot be read: not a picture") from None
    except Image.DecompressionBombError:
        raise UnreadableError("has too many pixels to show") from None
    except Exception as error:
        raise UnreadableError(f"cannot be read: {error}") from None
