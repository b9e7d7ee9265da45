"""What parts of building a site of ten thousand runs take, with several times of what each takes to spare; the whole
is in tests/browser/test_scale_in_browser.py.

Limits are in seconds of the processor's time, which other programs on the machine take less from than from the clock.
``pytest tests/benchmarks/test_site_scale.py -s`` prints what was measured.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench.curves import read_curve
from bench.report import encoding, parallel, pictures, seen, source_files
from bench.report.files import SiteFiles
from bench.report.pictures import Source
from bench.results import load
from tests.benchmarks.many import make_many

pytestmark = pytest.mark.slow

RUNS = 10_000
PICTURES = 2_000


@contextmanager
def within(limit: float, what: str) -> Iterator[None]:
    before = time.process_time()
    yield
    took = time.process_time() - before
    print(f"\n{what}: {took:.2f} s, of at most {limit} s", end=" ")
    assert took <= limit


@pytest.fixture(scope="module", autouse=True)
def settled() -> Iterator[None]:
    """Files count as old the moment they are written, so that nobody has to wait until they are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seen, "YOUNG", -(10**18))
        yield


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("many")
    make_many(folder, RUNS)
    return folder


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Source]:
    """As many pictures of 512 pixels, each with bytes of its own: what follows the end of a PNG is part of no picture."""
    folder = tmp_path_factory.mktemp("pictures")
    out = io.BytesIO()
    Image.new("RGB", (512, 512), "teal").save(out, "PNG")
    for number in range(PICTURES):
        (folder / f"{number}.png").write_bytes(out.getvalue() + number.to_bytes(2))
    return {str(number): Source(folder / f"{number}.png") for number in range(PICTURES)}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, sources: dict[str, Source]) -> Path:
    """With all copies of the pictures, which nobody looks at."""
    files = SiteFiles(tmp_path_factory.mktemp("site"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoding, "copies", lambda data, steps: [data[-8:] for _ in steps])
        pictures.make(sources, files)
    files.finish()
    assert files.written == PICTURES * 4
    return files.root


def test_records_are_read(results: Path) -> None:
    with within(5, "all records"):
        found = load(results)
    assert (len(found.records), found.problems) == (len(found.plan.jobs), ())
    assert len(found.records) >= RUNS


def test_curves_of_300_evaluations_are_read(results: Path) -> None:
    paths = [path / "curve.csv" for path in load(results).folders.values()]
    with within(8, f"{len(paths)} curves"):
        rows = sum(len(read_curve(path)["total"]) for path in paths)
    assert rows == 300 * len(paths)


def test_pictures_that_are_there_cost_a_look(
    site: Path, sources: dict[str, Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_files, "content", None)
    files = SiteFiles(site)
    with within(1, "pictures of an unchanged site"):
        found, made = pictures.make(sources, files)
    assert (len(found), made, files.written) == (PICTURES, 0, 0)


def test_encoding_is_shared_among_processors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told, not judged: how much two processors are worth is the machine's affair."""
    rng, (y, x) = np.random.default_rng(0), np.mgrid[0:512, 0:512]
    for number in range(24):
        waves = 120 + 90 * np.sin(x / (9 + number) + y / 23)[..., None] + rng.normal(0, 9, (512, 512, 3))
        Image.fromarray(waves.clip(0, 255).astype(np.uint8)).save(tmp_path / f"{number}.png", compress_level=1)
    sources = {str(number): Source(tmp_path / f"{number}.png") for number in range(24)}
    found = {}
    for many in (1, 2):
        monkeypatch.setattr(parallel, "processors", lambda many=many: many)
        began = time.perf_counter()
        found[many], made = pictures.make(sources, SiteFiles(tmp_path / f"site{many}"))
        print(
            f"\n{(time.perf_counter() - began) / 24 * 1e3:.1f} ms for a picture of 512 pixels, {many} processes",
            end=" ",
        )
        assert made == 72
    assert found[1] == found[2]
