"""A folder for a site, and sources of pictures in the results beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bench.report.pictures import Source
from tests.bench.report.picture_files import drawn


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "results" / "site"


@pytest.fixture
def source(tmp_path: Path) -> Callable[..., Source]:
    """A PNG of a size, in a folder of its own as jobs have, or a file of other bytes."""
    numbers = iter(range(1000))

    def source(width: int = 8, height: int = 8, *, data: bytes | None = None, shade: int = 0) -> Source:
        path = tmp_path / "results" / "jobs" / str(next(numbers)) / "image.png"
        path.parent.mkdir(parents=True)
        path.write_bytes(data) if data is not None else drawn(width, height, shade).save(path)
        return Source(path)

    return source
