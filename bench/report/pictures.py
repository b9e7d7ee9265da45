"""Pictures for the site: the lossless original copied, and small WebP copies that later builds reuse."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import PIL
from PIL import Image, UnidentifiedImageError, features

from bench.report.files import SiteFiles

#: Longer side in pixels -> WebP quality. Method 4 is where encoding slower stops making files smaller.
SIZES = {192: 70, 384: 80}
METHOD = 4
#: A picture above this many pixels is not a result of this program and would fill the memory.
MOST_PIXELS = 16384 * 16384

_MADE_BY = f"webp-m{METHOD}-alpha pillow-{PIL.__version__} libwebp-{features.version('webp')}"


@dataclass(frozen=True)
class Picture:
    """A picture on the site, in pixels; ``copies`` are (file, width) from small to large."""

    key: str
    """Twelve digits that its copies are named by: ``img/<key>-192.webp``."""
    original: str
    width: int
    height: int
    copies: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Source:
    """A file to show: where it lies, what to call it, and its SHA-256 if that was written down."""

    path: Path
    stem: str
    sha256: str | None = None


@dataclass(frozen=True)
class Broken:
    """Why a picture is not shown."""

    reason: str


def make(sources: Mapping[str, Source], files: SiteFiles) -> tuple[dict[str, Picture | Broken], int]:
    """Put every source on the site. Gives them by key, and how many small copies had to be made."""
    prepared: dict[str, Picture | Broken] = {}
    made = 0
    # Threads, not processes: Pillow lets go of the interpreter while it resizes and encodes.
    with ThreadPoolExecutor() as pool:
        for key, result in zip(sources, pool.map(lambda s: _prepare(s, files.root), sources.values()), strict=True):
            if isinstance(result, Broken):
                prepared[key] = result
                continue
            picture, fresh = result
            for name, data in fresh.items():
                files.put(name, data)
            made += sum(name.endswith(".webp") for name in fresh)
            for name in (picture.original, *(name for name, _ in picture.copies)):
                files.has(name)
            prepared[key] = picture
    return prepared, made


def _prepare(source: Source, root: Path) -> tuple[Picture, dict[str, bytes]] | Broken:
    """The picture and the files that are not on the site yet."""
    try:
        data = source.path.read_bytes()
    except FileNotFoundError:
        return Broken(f"{source.path.name} is missing")
    except OSError as error:
        return Broken(f"{source.path.name} cannot be read: {error.strerror}")
    digest = hashlib.sha256(data).hexdigest()
    if source.sha256 is not None and digest != source.sha256.removeprefix("sha256:"):
        return Broken(f"{source.path.name} is not the file that the record describes: its SHA-256 differs")
    fresh: dict[str, bytes] = {}
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > MOST_PIXELS:
                return Broken(f"{source.path.name} has {image.width} x {image.height} pixels, too many to show")
            key = hashlib.sha256(f"{digest} {_MADE_BY}".encode()).hexdigest()[:12]
            original = f"img/{key}.png"
            names = {longest: f"img/{key}-{step}.webp" for step, longest in _steps(image.size).items()}
            copies = tuple((name, _fit(image.size, longest)[0]) for longest, name in names.items())
            missing = [name for name, _ in copies if not (root / name).is_file()]
            if missing:
                image.load()
                for longest, name in names.items():
                    if name in missing:
                        fresh[name] = _webp(image, longest)
            if not (root / original).is_file():
                fresh[original] = data
            return Picture(key, original, image.width, image.height, copies), fresh
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        reason = "not a picture" if isinstance(error, UnidentifiedImageError) else str(error)
        return Broken(f"{source.path.name} cannot be read: {reason}")


def _steps(size: tuple[int, int]) -> dict[int, int]:
    """Step -> longer side of the copy: none is larger than the picture."""
    longest = max(size)
    return {step: min(step, longest) for k, step in enumerate(SIZES) if k == 0 or longest > list(SIZES)[k - 1]}


def _fit(size: tuple[int, int], longest: int) -> tuple[int, int]:
    scale = longest / max(size)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _quality(longest: int) -> int:
    return next((quality for step, quality in SIZES.items() if longest <= step), SIZES[max(SIZES)])


def _webp(image: Image.Image, longest: int) -> bytes:
    # Converted afresh: neither EXIF nor a colour profile of the source travels into the copy.
    small = image.convert("RGBA" if image.has_transparency_data else "RGB")
    if longest < max(image.size):
        small = small.resize(_fit(image.size, longest), Image.Resampling.LANCZOS)
    small.info.clear()
    out = io.BytesIO()
    small.save(out, "WEBP", quality=_quality(longest), method=METHOD)
    return out.getvalue()
