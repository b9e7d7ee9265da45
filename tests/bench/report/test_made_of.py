"""What runs are made of and came from, as pages tell it: mixes, regions, notes, warnings, attempts, sizes, verdicts."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest

from bench.pairing import Descent, compare
from bench.report import build
from bench.results import curve, frame, load
from tests.bench.report import reading
from tests.bench.report.synthetic_results import make_refined


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made-of")
    make_refined(folder)
    build(folder)
    return folder


@pytest.fixture(scope="module")
def trees(folder: Path) -> dict[str, Element]:
    return {name: reading.tree(text) for name, text in reading.pages(folder / "site").items()}


def page(trees: dict[str, Element], title: str, having: str = "") -> Element:
    """The first run's page with a title."""
    return next(root for root in reading.runs(trees, title) if having in reading.text_of(root))


def test_what_the_planner_found_worth_knowing_is_on_the_about_page(trees: dict[str, Element]) -> None:
    (warnings,) = [e for e in trees["about.html"].iter("ul") if e.attrib.get("class") == "warnings"]
    assert [reading.text_of(item) for item in warnings] == ["recipe x was made for y", "cat: alpha kept"]


@pytest.mark.parametrize(
    ("style", "told"),
    [
        ("mix", ["waves 70.0 %", "stars 30.0 %"]),
        (
            "regions",
            [
                "waves in sky.png",
                "stars 75.0 % in mask:left",
                "waves 25.0 % in mask:left, only its mask:top",
            ],
        ),
    ],
)
def test_a_style_s_parts_are_shown_with_weight_and_masks(
    trees: dict[str, Element], style: str, told: list[str]
) -> None:
    root = page(trees, f"cat × {style}")
    (parts,) = [e for e in root.iter("ul") if e.attrib.get("class") == "parts"]
    assert [reading.text_of(item) for item in parts] == told
    assert len(list(parts.iter("img"))) == len(told)
    shares = [float(value) for _, kind, value, _ in reading.figures(root) if kind == "part-share"]
    assert shares == {"mix": [0.7, 0.3], "regions": [0.75, 0.25]}[style]


def test_a_plain_style_has_no_parts(trees: dict[str, Element]) -> None:
    assert not [e for e in page(trees, "cat × waves").iter() if e.attrib.get("class") == "parts"]


def test_hashes_of_parts_and_masks_are_there_once(trees: dict[str, Element], folder: Path) -> None:
    (given,) = {
        job.inputs["style"].model_dump_json()
        for job in load(folder).plan.jobs.values()
        if job.inputs["style"].label == "regions"
    }
    text = reading.text_of(page(trees, "cat × regions"))
    for part in json.loads(given)["parts"]:
        for name in ("sha256", "mask_sha256", "style_mask_sha256"):
            assert part[name] is None or text.count(part[name]) == 1


def test_what_was_done_to_an_input_is_noted(trees: dict[str, Element]) -> None:
    assert "content notealpha kept" in reading.text_of(page(trees, "cat × mix"))


def test_attempts_that_were_given_up_are_told_with_their_seeds(trees: dict[str, Element]) -> None:
    root = page(trees, "cat × mix", "given up")
    verdicts = [reading.text_of(e) for e in root.iter("p") if e.attrib.get("class") == "verdict"]
    assert verdicts[1:] == [
        "given up seed 1, after 40 evaluations: stalled, the loss fell by 0.1% in all",
        "given up seed 2654435770, after 1 evaluation: diverged, the loss rose",
    ]
    found = {kind: (value, text) for _, kind, value, text in reading.figures(root)}
    assert found["noise-seed"] == ("1013904243", "1013904243")
    assert found["phase restarts"][0] == "0.321"


def test_each_phase_keeps_its_colour_whatever_others_there_are(trees: dict[str, Element]) -> None:
    def colours(root: Element) -> list[str]:
        return [e.attrib["class"] for e in root.iter() if e.tag.endswith("rect")]

    with_restarts = colours(page(trees, "cat × mix", "given up"))
    without = colours(page(trees, "cat × waves"))
    assert with_restarts == [f"f{k}" for k in range(8)] * 2
    assert without == [f"f{k}" for k in (0, 1, 2, 3, 5, 6, 7)] * 2


def test_the_numbers_behind_a_verdict_are_the_record_s(trees: dict[str, Element]) -> None:
    (behind,) = [e for e in page(trees, "cat × waves").iter("details") if e.attrib.get("class") == "numbers-behind"]
    assert {kind: (float(value), text) for _, kind, value, text in reading.figures(behind)} == {
        "number fall": (0.987, "98.7 %"),
        "number overshoot": (1.25, "1.25 ×"),
        "number settled_at": (37.0, "37"),
    }


def test_structure_says_over_how_many_scales(trees: dict[str, Element]) -> None:
    texts = {text for root in trees.values() for _, kind, _, text in reading.figures(root) if kind == "structure"}
    assert texts == {"0.500 (3)"}


def test_a_run_s_own_curve_shows_every_size_apart(trees: dict[str, Element]) -> None:
    root = page(trees, "cat × waves", "went through")
    (svg,) = [e for e in root.iter() if e.attrib.get("class") == "chart" and "data-x" in e.attrib]
    lines = [e for e in svg.iter() if e.tag.endswith("polyline") and e.attrib["data-term"] == "total"]
    assert [len(line.attrib["points"].split()) for line in lines] == [40, 40, 40]
    (marks,) = [e for e in svg.iter() if e.attrib.get("class") == "marks"]
    assert [reading.text_of(e) for e in marks if e.tag.endswith("text")] == ["32 px", "48 px", "64 px"]
    assert len([e for e in marks if e.tag.endswith("line")]) == 2
    assert (
        "This run went through 32 px, then 48 px, then 64 px. Each size has a loss of its own: heights left and "
        "right of an upright line do not compare, and a step there is no change for better or worse."
    ) in reading.text_of(root)
    heads = [reading.text_of(e) for e in root.iter("th") if e.attrib.get("scope") == "col"]
    assert heads == ["evaluation", "time", "size", "total", "content", "style"]


def test_a_run_of_one_size_is_not_marked(trees: dict[str, Element]) -> None:
    root = page(trees, "cat × mix")
    assert not [e for e in root.iter() if e.attrib.get("class") == "marks"]
    assert "went through" not in reading.text_of(root)


def test_beside_other_runs_only_the_last_size_is_drawn(trees: dict[str, Element], folder: Path) -> None:
    root, results = next(r for name, r in trees.items() if name.startswith("pairs/sizes-")), load(folder)
    assert (
        "Of runs that began at smaller sizes, only what they did at the last one is drawn: losses of different "
        "sizes do not compare."
    ) in reading.text_of(root)
    lines = [e for e in root.iter() if e.tag.endswith("polyline")]
    assert [len(line.attrib["points"].split()) for line in lines] == [40] * 4
    staged = {id for id, job in results.plan.jobs.items() if job.parameters["coarse_sizes"]}
    shown = {
        int(e.attrib["data-evaluation"])
        for e in root.iter("td")
        if e.attrib.get("data-run") in staged and list(reading.figures(e))
    }
    assert (min(shown), max(shown)) == (80, 119)


def test_time_to_the_same_loss_is_taken_at_the_last_size(folder: Path) -> None:
    """At the small sizes losses are lower from the first evaluation on."""
    results = load(folder)
    runs = frame(results)
    sizes = runs[runs["experiment"] == "sizes"]
    (contrast,) = compare(sizes, "coarse_sizes", lambda id: Descent.of(curve(results, id))).contrasts
    table = curve(results, contrast.pairs[0].b)
    assert contrast.pairs[0].reach_b == table["seconds"].iloc[-1]


def test_every_link_leads_somewhere(folder: Path) -> None:
    assert reading.broken_links(folder / "site") == []


def test_how_much_repeats_agree_is_told_on_their_pages(tmp_path: Path) -> None:
    make_refined(tmp_path)
    jobs = list(load(tmp_path).records)[:2]
    images = [load(tmp_path).records[job].files["image.png"] for job in jobs]
    one = {"jobs": jobs, "images": images, "structure": 0.8125, "difference": 12.5, "pairs": 1}
    stale = {**one, "jobs": jobs[::-1], "images": ["of an earlier picture"] * 2, "structure": 0.25}
    (tmp_path / "agreement.json").write_text(json.dumps([one, stale]))
    build(tmp_path)
    found = {
        (name.split("/")[0], run, kind, float(value))
        for name, text in reading.pages(tmp_path / "site").items()
        for run, kind, value, _ in reading.figures(reading.tree(text))
        if kind.startswith("agreement")
    }
    expected = {
        (job, kind, value) for job in jobs for kind, value in (("agreement", 0.8125), ("agreement-difference", 12.5))
    }
    assert {row[1:] for row in found if row[0] == "runs"} == expected
    assert {row[2:] for row in found if row[0] == "pairs"} == {("agreement", 0.8125), ("agreement-difference", 12.5)}
