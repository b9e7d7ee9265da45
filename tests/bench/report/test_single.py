"""One run, or one comparison, as a single file."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np
import pytest

from bench import merging
from bench.errors import BenchError
from bench.report import single
from bench.report.model import short_id
from bench.results import load
from tests.bench.report import reading, test_video
from tests.bench.report.synthetic_results import Trial, failed, make
from tests.bench.report.tiny_video import webm

HOSTILE = "</script><img src=x onerror=alert(1)> {{7*7}} \u202e"


def noise(p: Any, content: str, style: str) -> np.ndarray[Any, Any]:
    """Hardly compressible: at size 640 a PNG of more than 1 MB."""
    return np.random.default_rng(p["seed"]).integers(0, 256, (p["size"], p["size"], 3)).astype(np.uint8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    make(
        folder,
        [Trial("start </title>", ("cat",), (HOSTILE,), {"init": ["noise", "content"], "size": [48, 640]})],
        draw=noise,
        edit=lambda p, record: failed(record) if (p["init"], p["size"]) == ("content", 640) else record,
    )
    return folder


def find(folder: Path, init: str, size: int) -> str:
    jobs = load(folder).plan.jobs
    return next(id for id, job in jobs.items() if (job.parameters["init"], job.parameters["size"]) == (init, size))


def addresses(root: Element) -> Iterator[tuple[str, str]]:
    """Everything that a page could fetch or lead to."""
    for element in root.iter():
        for name in ("src", "srcset", "href", "poster", "data", "action"):
            if name in element.attrib:
                yield str(element.tag), element.attrib[name]


def test_a_run_is_one_file_with_its_pictures_inside_and_links_to_itself_alone(folder: Path, tmp_path: Path) -> None:
    id = find(folder, "noise", 48)
    path = single.write(folder, [id[:8]], tmp_path)
    assert path.parent == tmp_path
    assert re.fullmatch(rf"[a-z0-9-]{{1,70}}-{id[:12]}\.html", path.name)
    root = reading.tree(path.read_text())
    assert all(text.startswith(("data:", "#")) for _, text in addresses(root))
    images = [text for tag, text in addresses(root) if tag == "img"]
    assert len(images) == 3
    original = next(folder.glob(f"jobs/*/{id}/image.png")).read_bytes()
    assert images[0] == "data:image/png;base64," + base64.b64encode(original).decode()
    assert "48 × 48 px, lossless." in reading.text_of(root)
    assert not list(root.iter("nav"))
    assert not list(root.iter("link"))


def test_an_original_of_a_megabyte_is_left_out_and_that_is_said(folder: Path, tmp_path: Path) -> None:
    id = find(folder, "noise", 640)
    root = reading.tree(single.write(folder, [id], tmp_path / "sub" / "x.html").read_text())
    assert (tmp_path / "sub" / "x.html").stat().st_size < 1_500_000
    assert "640 × 640 px, a lossy copy: the original of 1.2 MB is left out." in reading.text_of(root)
    assert next(text for tag, text in addresses(root) if tag == "img").startswith("data:image/webp;base64,")


def test_a_comparison_brings_its_runs_along_and_shows_them_without_a_script(folder: Path, tmp_path: Path) -> None:
    ids = [find(folder, "noise", 48), find(folder, "content", 48), find(folder, "content", 640)]
    path = single.write(folder, ids, tmp_path)
    assert path.name == f"side-by-side-{'-'.join(id[:12] for id in ids)}.html"
    text = path.read_text()
    root = reading.tree(text)
    assert all(address.startswith(("data:", "#")) for _, address in addresses(root))
    still = next(e for e in root.iter("section") if "data-still" in e.attrib)
    assert [e.attrib["data-run"] for e in still.iter("figure")] == ids
    assert len(list(still.iter("img"))) == 2
    assert "failed" in reading.text_of(still)
    rows = [[reading.text_of(cell) for cell in row] for row in still.iter("tr")][1:]
    assert sorted(rows) == [
        ["init", "noise", "content", "content"],
        ["size", "48 px", "48 px", "640 px"],
    ]
    found = {e.attrib["data-name"]: json.loads(e.text or "") for e in root.iter("script") if "data-name" in e.attrib}
    assert found["runs"]["ids"] == "".join(id[:12] for id in ids)
    assert (found["runs"]["count"], len(found["part-000"]["parameters"])) == (3, 3)


def test_what_people_wrote_stays_text(folder: Path, tmp_path: Path) -> None:
    ids = [find(folder, "noise", 48), find(folder, "content", 48)]
    for chosen in (ids, ids[:1]):
        root = reading.tree(single.write(folder, chosen, tmp_path).read_text())
        assert not [e for e in root.iter("img") if "onerror" in e.attrib]
        assert HOSTILE[:30] in "".join(root.itertext())
        scripts = [e for e in root.iter("script") if "data-name" not in e.attrib]
        assert len(scripts) == 1


def test_nothing_of_the_results_folder_changes(folder: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    single.write(folder, [find(folder, "noise", 48)], tmp_path)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_user_s_picture_goes_along_whether_or_not_its_tag_ends_in_a_slash(folder: Path, tmp_path: Path) -> None:
    template = '{% extends "default/run.html.j2" %}{% block main %}<img src="{{ picture }}" alt=""/>{% endblock %}'
    picture = "{{ view.run.picture.copies[0][0]|url }}"
    (tmp_path / "run.html.j2").write_text(template.replace("{{ picture }}", picture))
    path = single.write(folder, [find(folder, "noise", 48)], tmp_path, templates=tmp_path)
    assert [address[:11] for _, address in addresses(reading.tree(path.read_text())) if address[0] != "#"] == [
        "data:image/"
    ]


def test_nothing_is_said_of_files_that_do_not_come_along(folder: Path, tmp_path: Path) -> None:
    text = reading.text_of(reading.tree(single.write(folder, [find(folder, "noise", 48)], tmp_path).read_text()))
    assert "results.csv" not in text
    assert "its grid" not in text


def test_a_video_goes_along(tmp_path: Path) -> None:
    page = test_video.add(tmp_path, {"result.webm": webm()})
    root = reading.tree(single.write(tmp_path, [page.stem]).read_text())
    (source,) = root.iter("source")
    assert source.attrib["src"] == "data:video/webm;base64," + base64.b64encode(webm()).decode()


class TestMistakes:
    @pytest.mark.parametrize(
        ("chosen", "message"),
        [
            (["cat x waves"],
             "--single-file cat x waves: not the beginning of an id: expected four hexadecimal digits or more, such as "
             "{first}; they name the pages in the site's folder runs"),
            (["{first:.3}"],
             "--single-file {first:.3}: not the beginning of an id: expected four hexadecimal digits or more, such as "
             "{first}; they name the pages in the site's folder runs"),
            (["ffffffff"], "--single-file ffffffff: matches no job of start-and-size: expected the beginning of an id, such as {first}"),
            (["{first}", "{first:.8}"],
             "--single-file {first},{first:.8}: expected one run, or two to 4 different ones"),
            ([], "--single-file : expected one run, or two to 4 different ones"),
        ],
    )  # fmt: skip
    def test_what_names_no_run_is_told_what_does(
        self, chosen: list[str], message: str, folder: Path, tmp_path: Path
    ) -> None:
        first = next(iter(load(folder).plan.jobs))[:12]
        with pytest.raises(BenchError) as error:
            single.write(folder, [text.format(first=first) for text in chosen], tmp_path)
        assert str(error.value) == message.format(first=first)
        assert not list(tmp_path.iterdir())

    def test_a_beginning_that_several_share(
        self, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        plan = json.loads((folder / "plan.json").read_text())
        ids = [f"abcd{k}" + "0" * 59 for k in range(6)]
        job = next(iter(plan["jobs"].values()))
        plan["jobs"] = {id: job | {"id": id} for id in ids}
        plan["experiments"] = []
        (tmp_path / "plan.json").write_text(json.dumps(plan))
        with pytest.raises(BenchError) as error:
            single.write(tmp_path, ["abcd"])
        listed = ", ".join(id[:12] for id in ids[:4])
        assert str(error.value) == f"--single-file abcd: matches 6 jobs: give more digits of one of {listed}, ..."

    def test_the_same_job_of_two_folders_is_told_by_its_pages(self, tmp_path: Path) -> None:
        folders = [tmp_path / name for name in ("laptop", "server")]
        for one in folders:
            make(one, [Trial("start", ("cat",), ("waves",))])
        both = merging.load(folders)
        (id,) = load(folders[0]).plan.jobs
        pages = [short_id(key) for key in both.plan.jobs]
        with pytest.raises(BenchError) as error:
            single.write(both, [id[:12]])
        assert str(error.value) == (
            f"--single-file {id[:12]}: matches 2 jobs: give more digits of one of "
            f"{pages[0]} (laptop), {pages[1]} (server)"
        )
        path = single.write(both, [pages[0], pages[1][:8].upper()], tmp_path)
        assert path.name == f"side-by-side-{pages[0]}-{pages[1]}.html"
        text = reading.text_of(reading.tree(path.read_text()))
        assert "laptop" in text
        assert "server" in text

    def test_a_file_too_large_for_mail(self, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(single, "MOST", 100_000)
        with pytest.raises(BenchError) as error:
            single.write(folder, [find(folder, "noise", 640)], tmp_path)
        assert re.fullmatch(
            r"--single-file [0-9a-f]{64}: the file would have [\d.]+ kB, and mail takes about 100.0 kB: "
            r"choose fewer runs, or smaller pictures",
            str(error.value),
        )
        assert not list(tmp_path.iterdir())

    @pytest.mark.parametrize("name", ["x.htm", "X.HTML"])
    def test_a_name_that_ends_as_pages_do_is_the_file_s(self, folder: Path, tmp_path: Path, name: str) -> None:
        assert single.write(folder, [find(folder, "noise", 48)], tmp_path / name) == tmp_path / name
        assert (tmp_path / name).is_file()

    def test_another_file_is_not_taken_for_a_folder(self, folder: Path, tmp_path: Path) -> None:
        (tmp_path / "notes.txt").write_text("mine")
        with pytest.raises(BenchError) as error:
            single.write(folder, [find(folder, "noise", 48)], tmp_path / "notes.txt")
        assert str(error.value) == (
            f"{tmp_path / 'notes.txt'}: a file; --out expects a name that ends in .html, or a folder"
        )

    def test_a_place_that_cannot_be_written_to(self, folder: Path, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(BenchError, match=r"file/x\.html: cannot be written: "):
            single.write(folder, [find(folder, "noise", 48)], tmp_path / "file" / "x.html")
