"""What is made of pictures for a site, and pictures to make it of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from bench.report.files import SiteFiles
from bench.report.pictures import Broken, Picture, Source, make


def drawn(width: int, height: int, shade: int = 0) -> Image.Image:
    x, y = np.arange(width), np.arange(height)
    return Image.fromarray(np.add.outer(y * 3 + shade, x * 2)[..., None].repeat(3, 2).astype(np.uint8))


def built(site: Path, *sources: Source, **options: object) -> tuple[list[Picture | Broken], int, SiteFiles]:
    files = SiteFiles(site)
    found, made = make({str(n): one for n, one in enumerate(sources)}, files, **options)  # type: ignore[arg-type]
    files.finish()
    return list(found.values()), made, files


def one(site: Path, source: Source, **options: object) -> Picture:
    ((picture,), _, _) = built(site, source, **options)
    assert isinstance(picture, Picture)
    return picture


def below(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}
