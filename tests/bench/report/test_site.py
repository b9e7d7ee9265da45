"""The site as a whole: which pages there are, that every link leads somewhere, and what pages and pictures keep to."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
from PIL import Image

from bench.report import assets, build
from bench.results import Results
from bench.worker.timing import PHASES
from tests.bench.report import reading
from tests.bench.report.synthetic_results import Trial, make
from tests.bench.report.whole_site import TRIALS


def test_there_is_a_page_for_the_gallery_each_pair_each_run_and_the_rest(trees: dict[str, Element]) -> None:
    kinds = [name.partition("/")[0] for name in trees]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "about.html": 1, "compare.html": 1, "curves.html": 1, "failures.html": 1, "index.html": 1, "table.html": 1,
        "view.html": 1, "grids": 3, "layers": 1, "pairs": 4 + 2 + 1, "runs": 16 + 4 + 2,
    }  # fmt: skip


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
