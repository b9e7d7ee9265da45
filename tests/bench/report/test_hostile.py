"""Words that people may write anywhere, and that a page must show and never obey."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from bench.report import build
from tests.bench.report import reading
from tests.bench.report.synthetic_results import Trial, failed, make

HOSTILE = [
    "</script><script>window.__xss=1</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}{% raw %}",
    "javascript:alert(1)",
    "../../x",
    "a\u202eb\u2066c\u200f",
    "=1+1",
    "nul\x00 bell\x07 \ufffe",
    "x" * 5000,
    "😀 'quoted' & <b>",
]


@pytest.fixture(scope="module")
def hostile_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    word = HOSTILE[0]
    make(
        folder,
        [
            Trial(HOSTILE[1], HOSTILE, ["waves"], {"recipe": [word, HOSTILE[3]]}, ["recipe"]),
            Trial(word, ["../../x"], HOSTILE[:2], {"content_layers": [[word], ["../x"]]}, ["content_layers"]),
        ],
        edit=lambda p, record: failed(record, message=word) if p["content"] == "=1+1" else record | {"weights": word},
        title=word,
        intro=f"{word}\n\n{HOSTILE[1]}",
        warnings=HOSTILE,
        notes={"waves": HOSTILE},
        mixes={"waves": [{"label": text, "mask": text, "style_mask": text} for text in HOSTILE]},
        manifest=f"{word}\n{HOSTILE[1]}\n\x0c\x00{{{{7*7}}}}\n",
    )
    return build(folder, site=folder / "deep" / "site").index.parent


class TestHostile:
    def test_they_are_text_on_every_page(self, hostile_site: Path) -> None:
        for name, text in reading.pages(hostile_site).items():
            root = reading.tree(text)
            assert len(list(root.iter("script"))) == 1, name
            assert not [a for _, a, _ in reading.attributes(root) if a.startswith("on")], name
            assert not [v for _, a, v in reading.attributes(root) if a in ("href", "src") and ":" in v], name

    def test_they_are_shown_as_they_are(self, hostile_site: Path) -> None:
        text = " ".join(reading.text_of(reading.tree(page)) for page in reading.pages(hostile_site).values())
        for label in HOSTILE[:7]:
            assert label in text
        assert "x" * 5000 in text

    def test_nothing_leaves_the_site_and_file_names_are_plain(self, hostile_site: Path) -> None:
        assert sorted(p.name for p in hostile_site.parent.parent.iterdir()) == ["deep", "inputs", "jobs", "plan.json"]
        assert [p.name for p in hostile_site.parent.iterdir()] == ["site"]
        for path in hostile_site.rglob("*"):
            assert re.fullmatch(r"\.?[a-z0-9-]{0,71}(\.[0-9a-f]{8})?(\.[a-z]+)?", path.name), path.name

    def test_every_link_leads_somewhere(self, hostile_site: Path) -> None:
        assert reading.broken_links(hostile_site) == []

    def test_no_text_of_the_csv_is_a_formula(self, hostile_site: Path) -> None:
        with (hostile_site / "results.csv").open(newline="", encoding="utf-8") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert "'=1+1" in cells
        assert not [c for c in cells if c.startswith(("=", "+", "-", "@")) and not re.fullmatch(r"-?[\d.e+-]+", c)]
