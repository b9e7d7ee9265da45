"""What the pages say of times that were taken while the machine did not hold still."""

from pathlib import Path

import pytest

from bench.report import build
from bench.results import frame, load
from bench.runs import RunReport, Steadiness
from bench.store.files import write_json
from tests.bench.report.synthetic_results import Trial, make


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two jobs of a run in which cpu/2 became 25 % slower, two of one that held still."""
    trial = Trial("a", ("cat",), ("waves",), {"init": ["noise", "content"], "size": [64, 96]}, ["init"])
    make(tmp_path, [trial], edit=lambda p, record: record | {"run": f"run-{p['size']}"})
    for size, after in ((64, 1.25), (96, 1.04)):
        steadiness = {"cpu/1": Steadiness(before=1.0, after=1.02), "cpu/2": Steadiness(before=1.0, after=after)}
        report = RunReport(
            id=f"run-{size}", name="a", command=["nst-bench"], started="2026-01-02T03:04:05.000Z", steadiness=steadiness
        )
        write_json(tmp_path / "runs" / f"run-{size}.json", report)
    return tmp_path


def test_the_table_has_how_far_the_machine_was_from_itself(folder: Path) -> None:
    found = frame(load(folder))[["size", "unsteadiness"]].drop_duplicates()
    assert dict(found.itertuples(index=False)) == {64: pytest.approx(0.25), 96: pytest.approx(0.04)}


def test_pages_of_an_unstable_run_say_so_and_no_others(folder: Path) -> None:
    build(folder)
    pages = {path: path.read_text() for path in (folder / "site").rglob("*.html")}
    said = [path for path, text in pages.items() if "did not hold still" in text]
    pages_of_runs = [path for path in said if path.parent.name == "runs"]
    others = [str(path.relative_to(folder / "site")) for path in said if path not in pages_of_runs]
    assert len(pages_of_runs) == 2
    assert {"about.html", "compare.html", "index.html"} < set(others)
    assert [name.partition("/")[0] for name in others if "/" in name] == ["pairs"], "where they stand as well"
    assert "took up to 25 % more or less behind some of these runs" in pages[folder / "site/compare.html"]
    assert "while 2 times were taken: a fixed piece of work took 25 % more or less" in pages[folder / "site/about.html"]


def test_results_without_a_journal_are_what_they_were(folder: Path) -> None:
    for path in (folder / "runs").iterdir():
        path.write_text("torn")
    assert frame(load(folder))["unsteadiness"].isna().all()
