"""A site of every ending, built once a file; a folder for a site alone, with sources of pictures beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest

from bench.report import build
from bench.report.pictures import Source
from bench.results import Results, load
from tests.bench.report import reading
from tests.bench.report.picture_files import drawn
from tests.bench.report.synthetic_results import make
from tests.bench.report.whole_site import TRIALS, mishaps


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    make(folder, TRIALS, edit=mishaps)
    build(folder)
    return folder


@pytest.fixture(scope="module")
def results(folder: Path) -> Results:
    return load(folder)


@pytest.fixture(scope="module")
def trees(folder: Path) -> dict[str, Element]:
    """Every page, by html5lib in strict mode: an error of the standard fails all that follows."""
    return {name: reading.tree(text) for name, text in reading.pages(folder / "site").items()}


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
