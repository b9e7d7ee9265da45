"""The command as continuous integration uses it: real jobs at 32 pixels, through a worker."""

import json
import re
from pathlib import Path

import pytest

from bench.check.exact.metrics import METRICS, OF_A_JOB
from bench.cli import main
from tests.bench.small import SMALL

ROOT = Path(__file__).parents[4]

ONE = SMALL.replace("styles: {left: left.png, right: right.png}", "styles: {left: left.png}").replace(
    "grid: {init: [noise, content]}\n    compare: [init]", "defaults: {init: noise}"
)
CHECK = ["check", "exact", "small.yaml", "--devices", "cpu"]
BASELINE = Path("results/baselines/exact.yml")


@pytest.fixture(autouse=True)
def _stand_in_the_folder(monkeypatch, folder):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.chdir(folder)


def test_a_baseline_is_missed_made_off_and_accepted_anew(manifest, capsys):
    manifest(ONE)
    assert main(CHECK) == 3
    assert "results/baselines/exact.yml: there is no such file" in capsys.readouterr().out
    expected = Path("results/check/exact-small/passing-exact.yml").read_text()
    assert [line.strip() for line in expected.splitlines() if line.endswith(":")] == [
        "small:",
        "cpu:",
        '"main: one x left":',
        "site:",
    ]

    BASELINE.parent.mkdir()
    BASELINE.write_text(expected.replace("updates: {expected: 2,", "updates: {expected: 3,"))
    assert main([*CHECK, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["sentence"] == (
        "1 of 11 counters is off: main: one x left: updates: 2, 33.3 % less than the 3 of the baseline, its margin 0"
    )
    assert told["next_step"] == "nst-bench check exact small.yaml --devices cpu --json --update accepts these figures"
    assert Path(told["data"]["replacement"]).read_text() == expected
    (off,) = [row for row in told["rows"] if row["verdict"] == "regression"]
    assert off["place"] == {"path": "small.yaml", "line": 7, "column": 3}

    assert main([*CHECK, "--only", "main", "--update"]) == 0
    assert BASELINE.read_text() == expected
    assert not Path("results/small").exists()


def test_a_job_that_fails_is_no_verdict(manifest, capsys):
    manifest(ONE.replace("weights: random", "weights: none.pth"))
    Path("none.pth").write_bytes(b"no weights")
    assert main([*CHECK, "--out", "out"]) == 3
    said = capsys.readouterr().out
    assert "main: one x left: failed: " in said
    assert not Path("out/passing-exact.yml").exists()


def test_a_baseline_with_a_mistake_is_told_before_anything_is_counted(manifest, capsys):
    manifest(ONE)
    Path("mine.yml").write_text("small: {tpu: {}}\n")
    assert main([*CHECK, "--baseline", "mine.yml"]) == 2
    assert capsys.readouterr().err.splitlines()[-2:] == [
        "mine.yml:1:9: small.tpu: unknown: expected one of cpu, cuda",
        "    1 | small: {tpu: {}}",
    ]


def test_every_counter_and_its_margin_are_documented():
    page = (ROOT / "docs" / "check.md").read_text().partition("**The rule.**")[0]
    listed = re.findall(r"^\| `(?:site: )?(\w+)` \| .* \| ([\d.]+)(?: %)? \|$", page, re.MULTILINE)
    assert {name: float(margin) / 100 for name, margin in listed} == {name: m.margin for name, m in METRICS.items()}
    assert [name for name, _ in listed][: len(OF_A_JOB)] == [metric.name for metric in OF_A_JOB]


def test_the_gates_own_manifest_has_a_baseline_and_is_the_one_that_it_is_of():
    from bench.check.exact.baseline import read
    from bench.check.naming import names
    from bench.manifest import load
    from bench.plan import make_plan

    rows = read(ROOT / "results" / "baselines" / "exact.yml").rows("perf", "cpu")
    jobs = {name: id for id, name in names(make_plan(load(ROOT / "manifests" / "perf.yaml"))).items()}
    assert {name: row.job for name, row in rows.items() if row.job} == jobs
    assert list(rows)[-1] == "site"
