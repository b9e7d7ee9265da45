"""Videos of a run and of a pair, played in step; what stands on their pages, and what pairs say of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest

from bench import results
from bench.report import build, players
from bench.report.model import gather
from tests.bench.report import reading, test_video
from tests.bench.report.synthetic_results import Trial, make, sha256
from tests.bench.report.synthetic_videos import COUNT, STEP, make_uneven, make_videos, mean_flicker
from tests.bench.report.tiny_video import webm

HALF = {
    "question": "Is a warm start half as restless?",
    "figure": "flicker",
    "along": "frames",
    "start": {"frames": "independent"},
    "end": {"frames": "warm"},
    "change": "lower",
    "by": 1.0,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("videos")
    make_videos(folder, styles=("waves", "stars"), findings=[HALF])
    assert build(folder).problems == ()
    return folder


@pytest.fixture(scope="module")
def trees(folder: Path) -> dict[str, Element]:
    return {name: reading.tree(text) for name, text in reading.pages(folder / "site").items()}


@pytest.fixture(scope="module")
def run_name(folder: Path) -> str:
    plan = results.load(folder).plan
    warm = next(job for job in plan.jobs.values() if job.parameters["frames"] == "warm")
    return f"runs/{warm.id[:12]}.html"


def pair(trees: dict[str, Element]) -> Element:
    return next(root for name, root in trees.items() if name.startswith("pairs/") and "waves" in name)


def classed(root: Element, tag: str, name: str) -> Iterator[Element]:
    return (e for e in root.iter(tag) if name in e.attrib.get("class", "").split())


def test_every_link_leads_somewhere(folder: Path) -> None:
    assert reading.broken_links(folder / "site") == []


def test_source_and_result_share_one_bar_that_waits_for_the_script(trees: dict[str, Element], run_name: str) -> None:
    (group,) = classed(trees[run_name], "div", "players")
    assert float(group.attrib["data-step"]) == pytest.approx(STEP)
    videos = list(group.iter("video"))
    assert [video.attrib["aria-label"] for video in videos] == ["source of pan × waves", "result of pan × waves"]
    for video in videos:
        assert {"controls", "loop", "playsinline"} <= video.attrib.keys()
    (bar,) = classed(group, "div", "play-bar")
    assert "hidden" in bar.attrib
    assert {video.attrib["width"] for video in videos} == {"96"}, "equal in size"
    assert "pictures stand for them" in reading.text_of(group)


def test_frames_of_different_lengths_are_told_when_each_begins(tmp_path: Path) -> None:
    make_videos(tmp_path)
    make_uneven(tmp_path, 6)
    build(tmp_path)
    for page in [*(tmp_path / "site/runs").glob("*.html"), *(tmp_path / "site/pairs").glob("*.html")]:
        (group,) = classed(reading.tree(page.read_text()), "div", "players")
        assert "data-step" not in group.attrib
        expected = [(k if k < 5 else k + 1) * STEP for k in range(COUNT)]
        assert [float(at) for at in group.attrib["data-stamps"].split()] == pytest.approx(expected, abs=1e-4)


def test_the_source_has_a_poster_of_its_own_where_one_fits(tmp_path: Path) -> None:
    still = test_video.frame(9)
    page = test_video.add(tmp_path, {"result.webm": webm(), "source.webm": webm() + b"\0", "source.png": still})
    record = next((tmp_path / "jobs").glob("*/*/record.json"))
    told = json.loads(record.read_text())
    (record.parent / "image.png").write_bytes(test_video.frame(7))
    told["files"]["image.png"] = sha256(test_video.frame(7))
    record.write_text(json.dumps(told))
    build(tmp_path)
    videos = list(reading.tree(page.read_text()).iter("video"))
    assert len({video.attrib["poster"] for video in videos}) == 2
    assert "Beside it" not in page.read_text(), "a still of the source is no picture of the task's own"


def test_frames_of_the_strip_have_their_numbers_in_the_clip_their_times_and_their_places(
    trees: dict[str, Element], run_name: str
) -> None:
    (strip,) = classed(trees[run_name], "ol", "strip")
    captions = [reading.text_of(e) for e in strip.iter("figcaption")]
    assert (captions[0], captions[12], len(captions)) == ("1 0.00 s", "13 1.00 s", COUNT)
    places = [float(a.attrib["data-at"]) for a in strip.iter("a")]
    assert places == pytest.approx([(k + 0.5) * STEP for k in range(COUNT)])


def test_a_pair_has_the_source_once_and_every_result_with_its_settings(trees: dict[str, Element]) -> None:
    (group,) = classed(pair(trees), "div", "players")
    assert [v.attrib["aria-label"].partition(" of ")[0] for v in group.iter("video")] == [
        "source", "frames independent", "frames warm",
    ]  # fmt: skip
    captions = [reading.text_of(e) for e in group.iter("figcaption")]
    assert captions[2].startswith("frames warm flicker 1.69 time per frame 781 ms")
    links = [a.attrib["href"] for e in group.iter("figcaption") for a in e.iter("a")]
    assert sum(link.startswith("../runs/") for link in links) == 2


def test_the_page_of_a_run_leads_to_all_videos_of_its_pair(trees: dict[str, Element], run_name: str) -> None:
    (link,) = (a for a in trees[run_name].iter("a") if reading.text_of(a) == "In step with the other runs of this pair")
    assert re.fullmatch(r"\.\./pairs/clips-pan-waves-\w+\.html#videos", link.attrib["href"])


def test_strips_of_a_pair_are_those_of_few_runs(
    trees: dict[str, Element], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(list(classed(pair(trees), "ol", "strip"))) == 2
    monkeypatch.setattr(players, "MOST_STRIPS", 1)
    build(folder, site=tmp_path)
    (text, *_) = (text for name, text in reading.pages(tmp_path).items() if name.startswith("pairs/"))
    assert not list(classed(reading.tree(text), "ol", "strip"))
    assert len(list(reading.tree(text).iter("video"))) == 3


def test_more_videos_than_a_browser_plays_at_a_time_are_counted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(players, "MOST", 2)
    loaded = results.load(folder)
    model = gather(loaded, {})
    together = players.of_pair((run, run.id) for run in model.runs.values())
    assert together is not None
    assert (len(together.players), together.left_out) == (2, 3)


def test_only_pages_with_videos_load_the_script_that_plays_them(
    trees: dict[str, Element], folder: Path, run_name: str, tmp_path: Path
) -> None:
    having = {
        name for name, root in trees.items() for e in root.iter("script") if e.attrib["src"].endswith("players.js")
    }
    assert having == {name for name, root in trees.items() if any(root.iter("video"))}
    assert run_name in having
    assert (folder / "site/assets/players.js").stat().st_size <= 6_000
    make(tmp_path, [Trial("a", ("cat",), ("waves",))])
    build(tmp_path)
    assert not (tmp_path / "site/assets/players.js").exists()


def test_pages_with_videos_obey_a_strict_content_security_policy(trees: dict[str, Element]) -> None:
    for name, root in trees.items():
        for tag, attribute, value in reading.attributes(root):
            assert attribute != "style", name
            assert not attribute.startswith("on"), name
            assert not re.match(r"\s*(data|javascript|https?):", value), f"{name}: {tag} {attribute}={value}"
        assert all("src" in script.attrib for script in root.iter("script"))


def test_loss_work_and_flicker_are_drawn_on_both_pages(trees: dict[str, Element], run_name: str) -> None:
    for root, lines in ((trees[run_name], [4, 1, 1]), (pair(trees), [2, 2, 2])):
        (section,) = classed(root, "section", "frames")
        drawn = [e for e in section.iter() if e.attrib.get("class") == "chart"]
        assert [len([g for g in svg.iter() if "data-look" in g.attrib]) for svg in drawn] == lines
        assert all("shot 2" in reading.text_of(svg) for svg in drawn)


def test_what_was_measured_stands_on_the_page_of_a_run_with_its_unit(trees: dict[str, Element], run_name: str) -> None:
    rows = (row for listed in trees[run_name].iter("dl") for row in listed.iter("div"))
    told = [" ".join(map(reading.text_of, row)) for row in rows]
    for words in (
        "flicker (8-bit levels) 1.69", "flicker of the source (8-bit levels) 1.25", "time per frame 781 ms",
        "frames 24", "shots 2", "final loss, mean of its frames 940.0",
    ):  # fmt: skip
        assert words in told
    assert not any(words.startswith("loss at the start") for words in told)
    assert "single frames 24 pictures, with hashes in record.json" in told


def test_pairs_say_how_much_steadier_and_at_what_price(trees: dict[str, Element]) -> None:
    told = reading.text_of(trees["compare.html"])
    assert (
        "Frames warm had 0.400 × the flicker of frames independent (median of 2 pairs, from 0.400 × to "
        "0.400 ×; steadier in 2 of 2, p = 0.5). It took 1.50 × the time per frame (slower in 2 of 2, "
        "p = 0.5)."
    ) in told
    assert "Losses are not compared: when frames changes" in told
    (table,) = trees["compare.html"].iter("table")
    heads = [reading.text_of(row[0]) for row in table.iter("tr")][1:]
    assert heads == ["flicker (8-bit levels)", "time per frame", "time for the same evaluations"]
    assert "less flicker" in told, "which way is better"


def test_the_script_gets_the_same_numbers(folder: Path) -> None:
    script = (folder / "site/data/pairs-0.js").read_text()
    quantities = json.loads(re.fullmatch(r"nst\.pairs\(0,(.*)\);\n", script)[1])["quantities"]  # type: ignore[index]
    flicker, work, _ = quantities
    assert (flicker["kind"], work["kind"]) == ("quality", "seconds")
    assert flicker["ratios"] == pytest.approx([0.4, 0.4])
    assert work["ratios"] == pytest.approx([1.5, 1.5])


def test_times_that_must_not_be_compared_are_not_and_flicker_is(tmp_path: Path) -> None:
    make_videos(tmp_path)
    for path in (tmp_path / "jobs").glob("*/*/record.json"):
        record = json.loads(path.read_text())
        record["timing"] |= {"valid": False, "invalid_reason": "2 jobs at a time shared cpu"}
        path.write_text(json.dumps(record))
    build(tmp_path)
    told = reading.text_of(reading.tree((tmp_path / "site/compare.html").read_text()))
    assert "had 0.400 × the flicker of frames independent (one pair)." in told
    assert "the time per frame" not in told
    (page,) = (tmp_path / "site/pairs").glob("*.html")
    assert "Seconds of work by frame" not in page.read_text()


def test_a_finding_asks_whether_flicker_is_at_most_half(trees: dict[str, Element], tmp_path: Path) -> None:
    told = reading.text_of(trees["index.html"])
    assert "Is a warm start half as restless?" in told
    assert re.search(
        r"The flicker is half or less in 2 of 2 pairs: median 4\.2\d* with frames independent, 1\.6\d* with frames warm",
        told,
    )
    make_videos(tmp_path, findings=[{**HALF, "by": 1.0, "start": HALF["end"], "end": HALF["start"]}])
    build(tmp_path)
    assert "in 0 of 1 pair" in reading.text_of(reading.tree((tmp_path / "site/index.html").read_text()))


def test_tables_have_columns_of_their_own(folder: Path, trees: dict[str, Element]) -> None:
    heads = [reading.text_of(th) for th in next(trees["table.html"].iter("thead")).iter("th")]
    assert heads[-5:] == ["frame count", "shots", "flicker", "flicker of source", "time per frame"]
    frame = results.frame(results.load(folder))
    assert set(frame["numbers.flicker"]) == {mean_flicker("independent"), mean_flicker("warm")}
    script = (folder / "site/data/runs.js").read_text()
    figures = json.loads(script.removeprefix("nst.runs(").removesuffix(");\n"))["figures"]
    kinds = {column["name"]: column["kind"] for column in figures}
    assert (kinds["frame count"], kinds["flicker"], kinds["time per frame"]) == ("count", "quality", "seconds")


@pytest.mark.parametrize(
    ("damage", "told"),
    [(None, "frames.csv is missing"), (b"frame,time\n1,0\n", "frames.csv: has no column evaluations, loss")],
)
def test_frames_that_cannot_be_read_are_told_and_the_videos_still_play(
    damage: bytes | None, told: str, tmp_path: Path
) -> None:
    plan = make_videos(tmp_path)
    (first, *_) = plan.jobs
    path = tmp_path / "jobs" / first[:2] / first / "frames.csv"
    path.unlink()
    if damage is not None:
        path.write_bytes(damage)
    built = build(tmp_path)
    assert [problem for problem in built.problems if told in problem] == list(built.problems)
    assert len(built.problems) == 1
    root = reading.tree((tmp_path / "site/runs" / f"{first[:12]}.html").read_text())
    assert told in reading.text_of(root)
    assert len(list(root.iter("video"))) == 2
    assert not {"data-step", "data-stamps"} & next(classed(root, "div", "players")).attrib.keys()
    assert not list(classed(root, "section", "frames"))


def test_a_video_alone_takes_its_player_along(folder: Path, tmp_path: Path) -> None:
    from bench.report.single import write

    (id, *_) = results.load(folder).plan.jobs
    text = write(folder, [id[:12]], tmp_path).read_text()
    assert "Videos of one group play in step" not in text, "comments stay at home"
    assert "function together(group)" in text
    root: Any = reading.tree(text)
    assert [s.attrib["src"][:16] for s in root.iter("source")] == ["data:video/webm;"] * 2
