"""Videos and frames beside a run's record."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from bench.report import build
from tests.bench.report import reading
from tests.bench.report.synthetic_results import Trial, make, png
from tests.bench.report.tiny_video import webm


def add(folder: Path, files: Mapping[str, bytes], told: Mapping[str, bytes] | None = None) -> Path:
    """A results folder with one run that has these files beside its record, which tells of ``told``; its page."""
    plan = make(folder, [Trial("a", ("cat",), ("waves",), {"size": [32]})])
    (id,) = plan.jobs
    job = folder / "jobs" / id[:2] / id
    record = json.loads((job / "record.json").read_text())
    for name, data in {**files, **(told or {})}.items():
        record["files"][name] = hashlib.sha256(data).hexdigest()
    for name, data in files.items():
        (job / name).parent.mkdir(exist_ok=True)
        (job / name).write_bytes(data)
    (job / "record.json").write_text(json.dumps(record))
    return folder / "site" / "runs" / f"{id[:12]}.html"


def frame(number: int) -> bytes:
    return png(np.full((12, 16, 3), number % 256, np.uint8))


def test_a_run_without_them_says_nothing_of_videos(tmp_path: Path) -> None:
    page = add(tmp_path, {})
    build(tmp_path)
    assert "<video" not in page.read_text()
    assert not (tmp_path / "site" / "video").exists()


def test_source_and_result_stand_side_by_side_in_the_browser_s_own_player(tmp_path: Path) -> None:
    page = add(tmp_path, {"result.webm": webm(), "source.webm": webm() + b"\0"})
    build(tmp_path)
    root = reading.tree(page.read_text())
    videos = list(root.iter("video"))
    assert [video.attrib["aria-label"] for video in videos] == ["source of cat × waves", "result of cat × waves"]
    for video in videos:
        assert {"controls", "width", "height"} <= video.attrib.keys()
        assert video.attrib["preload"] == "metadata"
    assert ["poster" in video.attrib for video in videos] == [False, True]
    assert reading.broken_links(tmp_path / "site") == []
    copies = [(page.parent / next(iter(video)).attrib["src"]).read_bytes() for video in videos]
    assert copies == [webm() + b"\0", webm()]


def test_frames_make_a_strip_of_at_most_24_in_the_order_people_count(tmp_path: Path) -> None:
    page = add(tmp_path, {f"frames/{k}.png": frame(k) for k in range(1, 101)})
    build(tmp_path)
    text = page.read_text()
    strip = next(e for e in reading.tree(text).iter("ol") if e.attrib["class"] == "strip")
    numbers = [int(reading.text_of(e)) for e in strip.iter("figcaption")]
    assert (len(numbers), numbers[:3], numbers[-1]) == (24, [1, 5, 10], 100)
    assert "24 of its 100 frames, evenly spread" in text
    assert len(list(strip.iter("img"))) == 24


def test_a_video_that_is_missing_or_another_one_is_named_on_its_page(tmp_path: Path) -> None:
    page = add(tmp_path, {"result.webm": webm()}, told={"lost.mp4": b"gone", "result.webm": b"other bytes"})
    built = build(tmp_path)
    text = page.read_text()
    assert "<video" not in text
    for problem in (
        "lost.mp4 is missing",
        "result.webm is not the file that the record describes: its SHA-256 differs",
    ):
        assert problem in text
        assert any(told.endswith(problem) for told in built.problems)


@pytest.mark.parametrize(
    "name", ["../../../outside.mp4", "/etc/passwd.mp4", "frames/../../x.webm", "a/b/c.mp4", ".x.mp4"]
)
def test_no_name_leads_out_of_the_job_s_folder(name: str, tmp_path: Path) -> None:
    (tmp_path / "outside.mp4").write_bytes(b"secret")
    folder = tmp_path / "results"
    folder.mkdir()
    page = add(folder, {}, told={name: b"secret"})
    build(folder)
    assert "<video" not in page.read_text()
    assert not (folder / "site" / "video").exists()


def test_a_second_build_writes_nothing_and_a_video_that_is_gone_is_swept(tmp_path: Path) -> None:
    add(tmp_path, {"result.webm": webm()})
    build(tmp_path)
    assert [path.read_bytes() for path in (tmp_path / "site" / "video").iterdir()] == [webm()]
    assert build(tmp_path).written == 0
    add(tmp_path, {})
    build(tmp_path)
    assert not (tmp_path / "site" / "video").exists()
