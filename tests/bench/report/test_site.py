"""The site as a whole: every figure is a record's, every link leads somewhere, nothing is done twice."""

from __future__ import annotations

import itertools
import json
import math
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from PIL import Image

from bench.pairing import Descent, compare
from bench.report import assets, build
from bench.results import Results, curve, frame, load
from bench.worker.timing import PHASES
from tests.bench.report import reading
from tests.bench.report.synthetic_results import Trial, failed, make

TRIALS = [
    Trial("start", grid={"init": ["noise", "content"], "size": [48, 64]}, compare=["init", "size"]),
    Trial("texture", (), ("waves", "stars"), grid={"seed": [0, 1]}, task="texture"),
    Trial("layers", ("cat",), (), {"content_layers": [["conv1_1"], ["conv2_2"]]}, ["content_layers"], "reconstruct"),
]


def mishaps(p: Any, record: dict[str, Any]) -> dict[str, Any] | None:
    """One run of each kind of ending."""
    match (p["content"], p["style"], p["init"], p["size"]):
        case ("cat", "stars", "noise", 64):
            return failed(record, "oom", "3.1 GiB wanted, 1.2 GiB free")
        case ("town", "stars", "noise", 64):
            return None
        case ("town", "stars", "content", 64):
            record["diagnosis"] = {"verdict": "diverged", "reason": "the loss rose a hundredfold"}
            record["outcome"] |= {"final_loss": None, "terms": {"style.conv1_1": None}}
        case ("town", "waves", "noise", 48):
            record["timing"] |= {"valid": False, "invalid_reason": "another job shared the device"}
    return record


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


def test_there_is_a_page_for_the_gallery_each_pair_each_run_and_the_rest(trees: dict[str, Element]) -> None:
    kinds = [name.partition("/")[0] for name in trees]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "about.html": 1, "compare.html": 1, "curves.html": 1, "failures.html": 1, "index.html": 1, "table.html": 1,
        "view.html": 1, "grids": 3, "layers": 1, "pairs": 4 + 2 + 1, "runs": 16 + 4 + 2,
    }  # fmt: skip


class TestFigures:
    def test_every_time_loss_and_memory_on_every_page_is_the_record_s(
        self, trees: dict[str, Element], results: Results
    ) -> None:
        seen: dict[str, int] = {}
        for name, root in trees.items():
            for run, kind, value, _ in reading.figures(root):
                record = results.records.get(run)
                expected = _measured(record, kind) if record else None
                if kind in _MEASURED:
                    assert expected is not None, f"{name}: a figure ({kind}) of no run"
                    assert float(value) == expected, f"{name}: {kind} of {run}"
                    seen[kind] = seen.get(kind, 0) + 1
        assert set(seen) == set(_MEASURED)

    def test_every_run_that_is_done_shows_its_loss_and_time_on_the_page_of_its_pair(
        self, trees: dict[str, Element], results: Results
    ) -> None:
        pairs = [root for name, root in trees.items() if name.startswith("pairs/")]
        shown = {(run, kind) for root in pairs for run, kind, _, _ in reading.figures(root)}
        finite = {id for id, r in results.records.items() if r.outcome and r.outcome.final_loss is not None}
        assert {(id, "loss") for id in finite} | {(id, "seconds") for id in finite} <= shown

    def test_what_was_not_measured_is_on_no_page(self, trees: dict[str, Element], results: Results) -> None:
        without = set(results.plan.jobs) - {id for id, r in results.records.items() if r.status == "done"}
        assert len(without) == 2
        for root in trees.values():
            assert not [f for f in reading.figures(root) if f[0] in without]

    def test_phases_and_terms_are_the_record_s(self, trees: dict[str, Element], results: Results) -> None:
        seen = 0
        for name, root in trees.items():
            for section in root.iter("section"):
                heading = section.attrib.get("aria-labelledby")
                if not name.startswith("runs/") or heading not in ("time", "terms"):
                    continue
                record = results.records[section.attrib["data-run"]]
                assert record.timing is not None
                assert record.outcome is not None
                phases = ("decode", "weights", "targets", "warmup", "optimise", "save", "assess")
                expected = {p: getattr(record.timing, p) for p in phases} if heading == "time" else record.outcome.terms
                shown = {
                    reading.text_of(row.find("dt")).strip(): float(next(reading.figures(row, "?"))[2])
                    for row in section.iter("div")
                    if row.find("dt") is not None and list(reading.figures(row, "?"))
                }
                assert shown == {key: value for key, value in expected.items() if value is not None}, name
                seen += len(shown)
        assert seen > 100

    def test_tables_of_curves_hold_the_curve_s_own_values(self, trees: dict[str, Element], results: Results) -> None:
        seen = 0
        tables = {id: curve(results, id).set_index("evaluation") for id, r in results.records.items() if r.files}
        for name, root in trees.items():
            for element in root.iter():
                if "data-evaluation" not in element.attrib:
                    continue
                row = tables[element.attrib["data-run"]].loc[int(element.attrib["data-evaluation"])]
                for _, kind, value, _ in reading.figures(element):
                    if kind in ("loss", "curve-loss"):
                        assert float(value) == row["total"], name
                        seen += 1
                    elif kind == "curve-seconds":
                        assert float(value) == row["seconds"], name
        assert seen > 1000

    def test_lines_of_curves_pass_through_the_curve_s_values(self, trees: dict[str, Element], results: Results) -> None:
        seen = 0
        for name, svg in _charts(trees):
            (left, x0), (right, x1) = json.loads(svg.attrib["data-x"])
            (top, y1), (bottom, y0) = json.loads(svg.attrib["data-y"])
            by_time = "by time" in reading.text_of(svg)
            for line in (e for e in svg.iter() if e.tag.endswith("polyline")):
                table = curve(results, line.attrib["data-run"])
                term = line.attrib["data-term"]
                columns = ["total"] if term == "total" else [c for c in table if str(c).startswith(term)]
                points = list(
                    zip(table["seconds" if by_time else "evaluation"], table[columns].sum(axis=1), strict=True)
                )
                drawn = [tuple(map(float, p.split(","))) for p in line.attrib["points"].split()]
                assert len(drawn) == len(points), name
                for (px, py), (x, y) in zip(drawn, points, strict=True):
                    assert px == pytest.approx(left + (x - x0) / (x1 - x0) * (right - left), abs=0.006)
                    assert py == pytest.approx(bottom - (math.log10(y) - y0) / (y1 - y0) * (bottom - top), abs=0.006)
                    seen += 1
        assert seen > 1000

    def test_ratios_and_medians_are_those_of_the_comparison(self, trees: dict[str, Element], results: Results) -> None:
        runs = frame(results)
        found = compare(runs[runs["experiment"] == "start"], "init", lambda id: Descent.of(curve(results, id)))
        (contrast,) = found.contrasts
        (section, *_) = [e for e in trees["compare.html"].iter("section") if e.attrib.get("class") == "contrast"]
        shown = {(run, kind, float(value)) for run, kind, value, _ in reading.figures(section)}
        expected = set()
        for pair in contrast.pairs:
            ratios = {"time-ratio": pair.seconds_ratio, "loss-ratio": pair.loss_ratio, "reach": pair.reach_b}
            expected |= {(pair.b, kind, value) for kind, value in ratios.items() if value is not None}
            expected |= {(pair.a, "reach", pair.reach_a)} if pair.reach_a is not None else set()
        for spread in (contrast.seconds, contrast.loss, contrast.reach):
            assert spread is not None
            expected |= {("", "ratio", value) for value in (spread.median, spread.lower, spread.upper)}
            expected.add(("", "difference", spread.difference))
        assert len(expected) > 20
        assert expected <= shown

    def test_a_time_that_is_not_valid_stands_in_no_ratio(self, trees: dict[str, Element], results: Results) -> None:
        (untimed,) = [id for id, r in results.records.items() if r.timing and not r.timing.valid]
        kinds = {kind for root in trees.values() for run, kind, _, _ in reading.figures(root) if run == untimed}
        assert "seconds" in kinds
        assert "time-ratio" not in kinds

    def test_no_ratio_of_losses_is_shown_between_sizes(self, trees: dict[str, Element]) -> None:
        notes = [reading.text_of(e) for e in trees["compare.html"].iter() if e.attrib.get("class") == "note"]
        assert notes[0] == (
            "Losses are not compared: when size changes, the loss is another function, "
            "and a lower number does not mean a better picture."
        )
        (section,) = [e for e in trees["compare.html"].iter("section") if "64" in (reading.text_of(e)[:30])]
        assert "loss-ratio" not in {kind for _, kind, _, _ in reading.figures(section)}


_QUALITY = (
    "structure", "style_distance", "colour_distance", "colourfulness", "content_colourfulness", "style_colourfulness",
)  # fmt: skip
_MEASURED = ("loss", "seconds", "per-evaluation", "peak-memory", "start-loss", "out-of-gamut", *_QUALITY)


def _measured(record: Any, kind: str) -> float | None:
    return {
        "loss": lambda: record.outcome.final_loss,
        "seconds": lambda: record.timing.optimise,
        "per-evaluation": lambda: record.timing.optimise / record.outcome.evaluations,
        "peak-memory": lambda: record.memory.peak_bytes,
        "start-loss": lambda: record.outcome.start_loss,
        "out-of-gamut": lambda: record.outcome.out_of_gamut,
        **{name: lambda name=name: getattr(record.outcome.quality, name) for name in _QUALITY},
    }.get(kind, lambda: None)()


def _charts(trees: dict[str, Element]) -> Iterator[tuple[str, Element]]:
    for name, root in trees.items():
        yield from ((name, e) for e in root.iter() if e.attrib.get("class") == "chart" and "data-x" in e.attrib)


class TestWords:
    def test_the_findings_come_first_with_their_figures_and_pairs(self, trees: dict[str, Element]) -> None:
        (findings,) = [e for e in trees["index.html"].iter() if e.attrib.get("class") == "findings"]
        assert [reading.text_of(item) for item in findings.iter("li")] == [
            "Starting from the content reached the final loss of noise in 27.8 % of its time (median of 5 pairs, "
            "quartiles 27.8 % to 27.8 %; faster in 5 of 5, p = 0.063). For the same evaluations it took 1.01 × the "
            "time (slower in 5 of 5, p = 0.063) and ended at 0.237 × the loss (lower in 6 of 6, p = 0.031).",
            "Size 64 px took 1.78 × the time of size 48 px "
            "(median of 5 pairs, quartiles 1.78 × to 1.78 ×; slower in 5 of 5, p = 0.063).",
            "content_layers conv2_2 took 1.00 × the time of content_layers conv1_1 (one pair).",
        ]

    def test_runs_that_ended_otherwise_are_counted_and_shown_as_such(self, trees: dict[str, Element]) -> None:
        text = reading.text_of(trees["index.html"])
        assert "22 runs: 20 done (1 of them diverged), 1 out of memory, 1 not run yet." in text
        told = {"blank": set(), "badge warn": set()}
        for name, root in trees.items():
            for element in root.iter() if name.startswith("pairs/") else ():
                told.get(element.attrib.get("class", ""), set()).add(reading.text_of(element))
        assert told == {
            "blank": {"out of memory3.1 GiB wanted, 1.2 GiB free", "not run yet"},
            "badge warn": {"diverged"},
        }

    def test_what_failed_is_told_with_the_reason(self, trees: dict[str, Element]) -> None:
        (failures,) = [e for e in trees["about.html"].iter() if e.attrib.get("class") == "failures"]
        assert [reading.text_of(e) for e in failures] == [
            "cat × stars, noise · 64 px: out of memory 3.1 GiB wanted, 1.2 GiB free",
            "town × stars, content · 64 px: diverged the loss rose a hundredfold",
        ]

    def test_random_weights_are_named_as_such(self, tmp_path: Path) -> None:
        make(tmp_path, [Trial("a", ("cat",), ("waves",), {"init": ["noise"]}, fixed={"weights": "random:3"})])
        text = reading.text_of(reading.tree((build(tmp_path).index).read_text()))
        assert "weights random:3/he-normal" in text
        assert "This picture comes from random, untrained weights" in text

    def test_pictures_of_trained_weights_carry_no_such_sentence(self, trees: dict[str, Element]) -> None:
        assert not any("untrained" in reading.text_of(root) for root in trees.values())

    @pytest.mark.parametrize("what", ["nothing done", "one run", "no experiment"])
    def test_small_results_make_no_claim(self, tmp_path: Path, what: str) -> None:
        trial = Trial("a", ("cat",), ("waves",), {"init": ["noise", "content"]}, ["init"])
        kept = "noise" if what == "one run" else ""
        make(
            tmp_path,
            [] if what == "no experiment" else [trial],
            edit=lambda p, record: record if p["init"] == kept else None,
        )
        root = reading.tree(build(tmp_path).index.read_text())
        assert not [e for e in root.iter() if e.attrib.get("class") == "findings"]
        assert {kind for _, kind, _, _ in reading.figures(root)} == ({"loss", "seconds"} if kept else set())
        assert reading.broken_links(tmp_path / "site") == []


class TestPages:
    def test_every_link_leads_somewhere(self, folder: Path) -> None:
        assert reading.broken_links(folder / "site") == []

    def test_pages_obey_a_strict_content_security_policy(self, trees: dict[str, Element]) -> None:
        for name, root in trees.items():
            for tag, attribute, value in reading.attributes(root):
                assert attribute != "style", name
                assert not attribute.startswith("on"), name
                assert not re.match(r"\s*(data|javascript|https?):", value), f"{name}: {tag} {attribute}={value}"
            assert not list(root.iter("style"))
            assert [(e.attrib["src"][-16:], "type" in e.attrib) for e in root.iter("script")] == [
                ("assets/report.js", False)
            ]

    def test_every_picture_has_its_size_its_words_and_waits_its_turn(
        self, trees: dict[str, Element], folder: Path
    ) -> None:
        for name, root in trees.items():
            for image in root.iter("img"):
                assert image.attrib["alt"], name
                assert image.attrib["decoding"] == "async"
                assert (image.attrib.get("loading") == "lazy") != (image.attrib.get("fetchpriority") == "high"), name
                with Image.open((folder / "site" / name).parent / image.attrib["src"]) as shown:
                    given = int(image.attrib["width"]), int(image.attrib["height"])
                    assert shown.width / shown.height == pytest.approx(given[0] / given[1], rel=0.02)
                    assert shown.width <= given[0], f"{name}: enlarged"

    def test_headings_descend_one_step_at_a_time(self, trees: dict[str, Element]) -> None:
        for name, root in trees.items():
            levels = [int(e.tag[1]) for e in root.iter() if re.fullmatch("h[1-6]", str(e.tag))]
            assert levels[0] == 1, name
            assert all(b - a <= 1 for a, b in itertools.pairwise(levels)), name

    def test_originals_are_byte_for_byte_the_run_s_picture(self, folder: Path, results: Results) -> None:
        kept = {p.read_bytes() for p in (folder / "site" / "img").glob("*.png")}
        assert {
            (results.folders[id] / "image.png").read_bytes() for id, r in results.records.items() if r.files
        } <= kept

    def test_style_and_script_stay_small(self, folder: Path) -> None:
        assert (folder / "site/assets/report.css").stat().st_size <= 45_000
        assert (folder / "site/assets/report.js").stat().st_size <= 51 * 1024


def test_small_copies_keep_transparency(tmp_path: Path) -> None:
    plan = make(tmp_path, [Trial("a", ("cat",), ("waves",))], edit=lambda p, record: record | {"files": {}})
    (id,) = plan.jobs
    shape = Image.new("RGBA", (400, 400), (200, 30, 30, 255))
    shape.paste((0, 0, 0, 0), (0, 0, 400, 200))
    shape.save(tmp_path / "jobs" / id[:2] / id / "image.png")
    build(tmp_path)
    copies = [Image.open(path) for path in (tmp_path / "site" / "img").glob("*.webp")]
    kept = [copy for copy in copies if copy.mode == "RGBA"]
    assert sorted(copy.width for copy in kept) == [192, 384, 400]
    for copy in kept:
        assert copy.getchannel("A").getpixel((copy.width // 2, 5)) == 0
        red = copy.getpixel((copy.width // 2, copy.height - 5))
        assert red == pytest.approx((200, 30, 30, 255), abs=6)


def _luminance(colour: str) -> float:
    """Relative luminance by WCAG 2."""
    values = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_colours_of_lines_and_phases_stand_out_by_day_and_by_night() -> None:
    css = assets.style().decode()
    used = set(re.findall(r"\.[fs]\d \{ (?:fill|stroke): var\(--(c\d)\)", css))
    assert used == {f"c{k}" for k in range(8)}
    assert len(re.findall(r"\.f\d \{", css)) == len(PHASES)
    for scheme in css.split("@media (prefers-color-scheme: dark)"):
        block = re.search(r":root \{(.*?)\}", scheme, re.DOTALL)
        assert block is not None
        colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block[1]))
        paper = _luminance(colours["paper"])
        for name in sorted(used):
            high, low = sorted((paper, _luminance(colours[name])), reverse=True)
            assert (high + 0.05) / (low + 0.05) >= 4.5, name
        assert len({colours[name] for name in used}) == 8


def test_building_imports_neither_torch_nor_scikit_image(tmp_path: Path) -> None:
    make(tmp_path, TRIALS[:1])
    program = (
        "import sys, pathlib; from bench.report import build; build(pathlib.Path(sys.argv[1])); "
        "print(sorted({'torch', 'torchvision', 'skimage', 'nst', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
