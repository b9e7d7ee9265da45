"""Pages of tasks that have no curve and no loss, and what they leave beside their pictures."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest

from bench import results
from bench.record import PlannedJob, Record
from bench.report import build
from bench.report.single import write
from tests.bench.report import reading
from tests.bench.report.synthetic_results import Trial, make, pattern, png, sha256

FEATURES = {"positive.conv1_1": 0.53, "largest.conv1_1": 3.9, "positive.conv2_1": 0.25, "largest.conv2_1": 6.5}
BLEND = {"unknowns": 24083.0, "seam": 8.53, "seam_pasted": 74.6, "seam_target": 5.38, "error": 2e-7}
BESIDE = {"features": ("layer-conv1_1.png", "layer-conv2_1.png"), "blend": ("mask.png", "pasted.png")}


def without_evaluations(folder: Path, job: PlannedJob) -> None:
    """A record as a task leaves it that optimises nothing."""
    place = folder / "jobs" / job.id[:2] / job.id
    record = json.loads((place / "record.json").read_text())
    task = job.parameters["task"]
    pictures = {name: png(pattern(f"{job.id} {name}")) for name in BESIDE[str(task)]}
    for name, data in pictures.items():
        (place / name).write_bytes(data)
    (place / "curve.csv").unlink()
    size = {name: record["outcome"][name] for name in ("width", "height")}
    nothing = {"evaluations": 0, "updates": 0, "picture_evaluation": None}
    numbers: dict[str, Any] = {"numbers": BLEND, "out_of_gamut": 0.018}
    if task == "features":
        numbers = {"numbers": FEATURES, "out_of_gamut": None}
    record["outcome"] = size | nothing | numbers
    record["diagnosis"] = None
    record["files"] = {"image.png": record["files"]["image.png"]} | {n: sha256(d) for n, d in pictures.items()}
    if task == "blend":
        record["weights"] = "none"
    (place / "record.json").write_text(Record.model_validate(record).model_dump_json())


TRIALS = [
    Trial("maps", ("cat",), ("",), {"pooling": ["max", "average"]}, ["pooling"], "features"),
    Trial(
        "fuse", ("town",), ("stars",), {"blend": ["paste", "poisson", "mixed"]}, ["blend"], "blend",
        fixed={"backbone": None, "weights": None, "pooling": None, "width": None},
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("others")
    plan = make(folder, TRIALS)
    for job in plan.jobs.values():
        without_evaluations(folder, job)
    build([folder])
    return folder


@pytest.fixture(scope="module")
def trees(folder: Path) -> dict[str, Element]:
    return {name: reading.tree(text) for name, text in reading.pages(folder / "site").items()}


def page(folder: Path, trees: dict[str, Element], **wanted: str) -> Element:
    for job in results.load(folder).plan.jobs.values():
        if all(job.parameters.get(name) == value for name, value in wanted.items()):
            return trees[f"runs/{job.id[:12]}.html"]
    raise AssertionError(wanted)


def facts(root: Element) -> list[str]:
    """The figures beside the picture."""
    lists = (found for found in root.iter("dl") if found.attrib["class"] == "facts figures")
    return [" ".join(map(reading.text_of, row)) for row in next(lists).iter("div")]


def extras(root: Element) -> Element:
    (found,) = (section for section in root.iter("section") if section.attrib.get("class") == "extras")
    return found


def captions(root: Element) -> list[str]:
    return [reading.text_of(caption) for caption in extras(root).iter("figcaption")]


def test_every_link_of_the_site_leads_somewhere_and_nothing_is_missed(folder: Path) -> None:
    assert reading.broken_links(folder / "site") == []
    assert results.load(folder).problems == ()


def test_nothing_is_said_of_a_loss_where_there_is_none(trees: dict[str, Element]) -> None:
    for name in ("index.html", *(name for name in trees if name.startswith(("runs/", "pairs/", "grids/")))):
        assert re.findall(r"\blosse?s?\b", reading.text_of(trees[name]).lower()) == [], name


def test_features_have_their_own_figures_and_a_picture_for_each_layer(folder: Path, trees: dict[str, Element]) -> None:
    root = page(folder, trees, task="features", pooling="max")
    assert facts(root)[0].startswith("time of the pass")
    assert facts(root)[3:] == [
        "responses above 0, conv1_1 53.0 %",
        "largest response, conv1_1 3.90",
        "responses above 0, conv2_1 25.0 %",
        "largest response, conv2_1 6.50",
    ]
    assert captions(root) == ["conv1_1", "conv2_1"]


def test_a_blend_shows_all_it_came_from_and_every_other_way(folder: Path, trees: dict[str, Element]) -> None:
    root = page(folder, trees, task="blend", blend="poisson")
    assert captions(root) == ["mask", "source", "target", "pasted", "Poisson blending", "mixed gradients"]
    mixed = next(j.id for j in results.load(folder).plan.jobs.values() if j.parameters.get("blend") == "mixed")
    assert [a.attrib["href"] for a in extras(root).iter("a")][-1] == f"../runs/{mixed[:12]}.html"


def test_beside_a_blend_stand_those_across_the_same_seam(tmp_path: Path) -> None:
    grid = {"blend": ["paste", "poisson", "mixed"], "blend_seam": ["source", "flat"]}
    alone = {"backbone": None, "weights": None, "pooling": None, "width": None}

    def seamless(p: Any) -> dict[str, Any]:
        return {"blend_seam": None} if p["blend"] == "paste" else {}

    plan = make(tmp_path, [Trial("fuse", ("town",), ("stars",), grid, (), "blend", fixed=alone, override=seamless)])
    for job in plan.jobs.values():
        without_evaluations(tmp_path, job)
    build([tmp_path])
    trees = {name: reading.tree(text) for name, text in reading.pages(tmp_path / "site").items()}
    ids = {(job.parameters["blend"], job.parameters["blend_seam"]): job.id[:12] for job in plan.jobs.values()}
    for seam in ("source", "flat"):
        for one, other in (("poisson", "mixed"), ("mixed", "poisson")):
            beside = extras(page(tmp_path, trees, task="blend", blend=one, blend_seam=seam))
            links = [a.attrib["href"].partition("#")[0] for a in beside.iter("a")]
            assert f"../runs/{ids[other, seam]}.html" in links
            assert f"../runs/{ids[other, 'flat' if seam == 'source' else 'source']}.html" not in links
    pasted = extras(page(tmp_path, trees, task="blend", blend="paste"))
    links = [a.attrib["href"] for a in pasted.iter("a")]
    assert {f"../runs/{ids[way, 'source']}.html" for way in ("poisson", "mixed")} <= set(links), "the first of each"


def test_a_picture_that_no_network_made_names_none(folder: Path, trees: dict[str, Element]) -> None:
    told = reading.text_of(page(folder, trees, task="blend", blend="mixed"))
    assert "Made with" not in told
    assert reading.text_of(trees["index.html"]).count("backbone vgg19") == 2  # those of the features, by their pooling


def test_tables_have_a_column_for_each_figure_of_a_run_and_none_for_each_layer(
    folder: Path, trees: dict[str, Element]
) -> None:
    heads = [reading.text_of(th) for th in next(trees["table.html"].iter("thead")).iter("th")]
    assert heads[-7:] == ["time", "peak memory", "pixels", "seam", "seam pasted", "seam in target", "error"]
    table = results.frame(results.load(folder))
    assert list(table.columns[-9:]) == [f"numbers.{name}" for name in (*FEATURES, *BLEND)]
    blended = table[table["task"] == "blend"]
    assert blended["numbers.seam"].tolist() == [8.53] * 3
    assert blended["numbers.largest.conv1_1"].tolist() == [None] * 3


def test_pairs_of_runs_are_found_whatever_their_own_figures_say(trees: dict[str, Element]) -> None:
    told = reading.text_of(trees["compare.html"])
    assert "without a partner" not in told
    assert "Losses are not compared" not in told


def test_one_of_them_alone_takes_its_pictures_along(folder: Path, tmp_path: Path) -> None:
    id = next(job.id for job in results.load(folder).plan.jobs.values() if job.parameters["task"] == "features")
    root = reading.tree(write(folder, [id[:12]], tmp_path).read_text())
    assert captions(root) == ["conv1_1", "conv2_1"]
    assert all(link.startswith(("data:", "#")) for link in reading.links(root) if "http" not in link)


def test_a_picture_beside_the_own_that_is_gone_is_told(tmp_path: Path) -> None:
    plan = make(tmp_path, TRIALS[:1])
    for job in plan.jobs.values():
        without_evaluations(tmp_path, job)
    (first, *_) = plan.jobs
    (tmp_path / "jobs" / first[:2] / first / "layer-conv2_1.png").unlink()
    build([tmp_path])
    root = reading.tree((tmp_path / "site" / "runs" / f"{first[:12]}.html").read_text())
    assert captions(root) == ["conv1_1"]
    assert "layer-conv2_1.png is missing" in reading.text_of(root)
