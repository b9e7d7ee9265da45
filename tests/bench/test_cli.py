"""The command line as people use it: real processes, real jobs at 32 pixels."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from bench.cli import main
from bench.commands.shared import say
from bench.store import Store
from tests.bench.small import SMALL

#: About tests.bench.small.SMALL.
WARNING = (
    "warning: recipe cmu-16726 was made for torchvision's ImageNet weights; on random weights its factors may be off: "
    "set weights: imagenet"
)

NST_BENCH = [sys.executable, "-m", "bench"]


def call(*arguments, cwd):
    return subprocess.run([*NST_BENCH, *map(str, arguments)], capture_output=True, text=True, cwd=cwd, timeout=300)


@pytest.fixture(autouse=True)
def _import_from_anywhere(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))


def test_from_manifest_to_site_and_back_again_without_torch(manifest, folder):
    """run, run again, report: one long story because each part needs the one before."""
    path = manifest()
    first = call("run", path.name, cwd=folder)
    assert first.returncode == 0, first.stderr
    said = first.stderr.splitlines()
    assert (said[0], said[2]) == (WARNING, "4 jobs to run")
    assert re.fullmatch(r"predicted: .+ s in all, up to .+ MB a job", said[1])
    assert any(re.fullmatch(r"predicted .+, took .+ \(median job .+ off\); peak memory .+ off", line) for line in said)
    assert first.stderr.splitlines()[-1] == "4 of 4 jobs done. Results: results/small"
    site = folder / "results" / "small" / "site"
    assert first.stdout.strip() == "results/small/site/index.html"

    def files():  # beside what a build remembers of how they lie there
        found = (p for p in site.rglob("*") if p.is_file())
        return {p.relative_to(site): p.read_bytes() for p in found if ".cache" not in p.parts}

    made = files()

    again = call("run", path.name, cwd=folder)
    assert again.stderr.splitlines() == [
        WARNING,
        "0 jobs to run, 4 already done",
        "4 of 4 jobs done. Results: results/small",
    ]

    for page in site.rglob("*.html"):
        page.unlink()
    code = (
        "import sys; sys.modules['torch'] = None\n"  # importing torch now raises
        "from bench.cli import main; sys.exit(main(['report', 'results/small']))"
    )
    report = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=folder)
    assert report.returncode == 0, report.stderr
    assert files() == made


def test_mixes_regions_and_sizes_go_all_the_way(manifest, folder):
    from nst import images

    (folder / "half.png").write_bytes(images.encode_png(np.array([[[255] * 3, [0] * 3]], dtype=np.uint8)))
    text = SMALL.replace(
        "right: right.png}",
        "right: right.png, both: {mix: {left: 3, right: 1}}, "
        "halves: {regions: [{style: both, mask: half.png}, {style: right, mask: 'mask:right'}]}}",
    )
    text = text.replace(
        "grid: {init: [noise, content]}", "pairs: [[one, both], [one, halves]]\n    defaults: {size: 32}"
    )
    text = text.replace("    compare: [init]", "    grid: {coarse_sizes: [[], [16]]}\n    compare: [coarse_sizes]")
    found = call("run", manifest(text).name, "--no-measure", cwd=folder)
    assert found.returncode == 0, found.stderr
    records = [json.loads(path.read_text()) for path in (folder / "results" / "small").glob("jobs/*/*/record.json")]
    assert sorted((r["inputs"]["style"]["label"], r["outcome"]["evaluations"]) for r in records) == [
        ("both", 3), ("both", 6), ("halves", 3), ("halves", 6),
    ]  # fmt: skip
    runs = [path.read_text() for path in (folder / "results" / "small" / "site" / "runs").iterdir()]
    assert sum("half.png" in page for page in runs) == 2
    assert sum("This run went through" in page for page in runs) == 2


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is POSIX")
def test_a_run_killed_in_the_middle_goes_on_where_it_was(manifest, folder):
    path = manifest(SMALL.replace("evaluations: 3", "evaluations: 40"))
    store = Store(folder / "out")
    process = subprocess.Popen(
        [*NST_BENCH, "run", path.name, "--out", "out", "--no-measure"], cwd=folder, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 120
    while not list(store.root.glob("jobs/*/*/record.json")):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.kill()
    process.wait()
    kept = {p: p.stat().st_mtime_ns for p in store.root.glob("jobs/*/*/record.json")}
    assert 1 <= len(kept) < 4

    again = call("run", path.name, "--out", "out", "--no-measure", cwd=folder)
    assert again.returncode == 0, again.stderr
    assert f"{4 - len(kept)} jobs to run, {len(kept)} already done".replace("1 jobs", "1 job") in again.stderr
    assert {p: p.stat().st_mtime_ns for p in kept} == kept
    assert len(list(store.root.glob("jobs/*/*/record.json"))) == 4
    assert not (store.root / "tmp").exists() or not list((store.root / "tmp").iterdir())


@pytest.mark.skipif(os.name != "posix", reason="SIGINT to a process is POSIX")
def test_ctrl_c_keeps_what_is_finished_and_exits_130(manifest, folder):
    # So long that on a busy machine, too, few end between the line that tells of the first and the signal.
    path = manifest(SMALL.replace("evaluations: 3", "evaluations: 600"))
    process = subprocess.Popen(
        [*NST_BENCH, "run", path.name, "--no-measure"],
        cwd=folder,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    for line in process.stderr:
        if line.startswith("[1/4]"):
            process.send_signal(signal.SIGINT)
            break
    rest = process.stderr.read()
    assert process.wait(60) == 130
    assert "finishing the job that runs; Ctrl-C again stops it now" in rest
    assert "Traceback" not in rest
    kept = len(list((folder / "results" / "small").glob("jobs/*/*/record.json")))
    assert kept in (1, 2)  # the signal may fall between two jobs
    assert rest.splitlines()[-1] == (
        f"{kept} of 4 jobs done; interrupted: run the same command again to go on. Results: results/small"
    )


def test_a_failed_job_is_on_the_site_with_its_reason_and_the_exit_code_is_4(manifest, folder):
    import torch

    torch.save({"features.0.weight": torch.zeros(1)}, folder / "odd.pth")
    text = SMALL.replace("grid: {init: [noise, content]}\n    compare: [init]", "grid: {weights: [random, odd.pth]}")
    found = call("run", manifest(text).name, "--no-measure", cwd=folder)
    assert found.returncode == 4, found.stderr
    message = "weight of conv1_1 has shape (1,), but vgg19 at width 0.0625 needs (4, 3, 3, 3)"
    assert found.stderr.count(f"failed: {message}") == 1
    assert found.stderr.count("failed: for the same reason as before") == 1
    assert "2 of 4 jobs done, 2 failed: the site says why" in found.stderr
    assert message in (folder / "results" / "small" / "site" / "about.html").read_text()


def test_a_bad_manifest_writes_nothing_and_exits_2(manifest, folder, monkeypatch, capsys):
    manifest(SMALL.replace("size: 32", "sise: 32"))
    monkeypatch.chdir(folder)
    before = sorted(folder.rglob("*"))
    for command in ("run", "plan"):
        assert main([command, "small.yaml"]) == 2
    assert sorted(folder.rglob("*")) == before
    assert "did you mean size?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["run", "nothing.yaml"], 2, "nothing.yaml: no such manifest"),
        (["run", "small.yaml", "--set", "size=huge"], 2, "--set size=huge: 'huge': expected a whole number"),
        (["run", "small.yaml", "--devices", "gpu"], 2, "--devices gpu: expected auto, cpu, cuda, cuda:<n>, or several"),
        (["run", "small.yaml", "--devices", "cuda:²"], 2, "expected auto, cpu, cuda, cuda:<n>, or several"),
        (["run", "small.yaml", "--devices", "cuda:99"], 2, "--devices cuda:99: there is no cuda:99; this machine has "),
        (
            ["run", "small.yaml", "--jobs", "0"],
            2,
            "--jobs 0: expected how many jobs run on a device at a time, 1 or more",
        ),
        (
            ["run", "small.yaml", "--only", "nothing"],
            2,
            "--only nothing: matches no job: expected an experiment (main)",
        ),
        (["plan", "small.yaml", "--only", "mian"], 2, "did you mean main?"),
        (["status", "nowhere"], 2, "nowhere: no such folder; expected a results folder"),
        (["clean", "."], 2, "no plan.json in it; expected a results folder"),
        (["run", "small.yaml", "--out", "one.png"], 2, "one.png"),
        (["run", "x" * 5000], 2, "not the name of a manifest"),
        (["run", "small.yaml", "--out", "bad\udcff"], 2, "the command line holds bytes that are not UTF-8"),
        (["report", "nowhere"], 2, "nowhere"),
        (["report", "one.png"], 2, "one.png"),
    ],
)
def test_wrong_usage_gets_one_message_and_no_traceback(manifest, folder, monkeypatch, capsys, arguments, code, message):
    manifest()
    monkeypatch.chdir(folder)
    before = sorted(folder.rglob("*"))
    assert main(arguments) == code
    assert sorted(folder.rglob("*")) == before
    said = capsys.readouterr().err
    assert message in said
    assert "Traceback" not in said


def test_a_site_that_cannot_be_written_gets_a_message(manifest, folder, monkeypatch, capsys):
    manifest()
    monkeypatch.chdir(folder)
    assert main(["run", "small.yaml", "--no-site", "--no-measure", "--set", "evaluations=1"]) == 0
    (folder / "results" / "small" / "site").write_text("a file where a folder should be")
    assert main(["report", "results/small"]) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("results/small/site")
    assert "Traceback" not in said


def test_a_mistake_of_ours_is_told_apart_from_a_regression(monkeypatch, capsys):
    import bench.manifest

    monkeypatch.setattr(bench.manifest, "find", lambda _: 1 / 0)
    assert main(["plan", "quickstart"]) == 70
    assert "This is a mistake in nst-bench, not in your input" in capsys.readouterr().err


def test_plan_lists_the_jobs_and_writes_nothing(manifest, folder, monkeypatch, capsys):
    manifest()
    monkeypatch.chdir(folder)
    before = sorted(folder.rglob("*"))
    assert main(["plan", "small.yaml", "--no-measure"]) == 0
    said = capsys.readouterr()
    assert said.err == f"{WARNING}\n"
    lines = said.out.splitlines()
    assert [line.split("  ", 1)[1] for line in lines[:-1]] == [
        "to do    one x left, init noise",
        "to do    one x left, init content",
        "to do    one x right, init noise",
        "to do    one x right, init content",
    ]
    assert lines[-1] == "4 jobs: 0 done, 4 to run, in results/small"
    assert sorted(folder.rglob("*")) == before


def test_plan_as_json(manifest, folder, monkeypatch, capsys):
    manifest()
    monkeypatch.chdir(folder)
    assert main(["plan", "small.yaml", "--json", "--no-measure", "--set", "init=noise"]) == 0
    said = capsys.readouterr()
    found = json.loads(said.out)
    assert (found["name"], len(found["jobs"]), found["jobs"][0]["done"]) == ("small", 2, False)
    assert [f"warning: {text}" for text in found["warnings"]] == said.err.splitlines() == [WARNING]


def test_the_schema_accepts_what_ships_and_refuses_a_typo(capsys):
    import jsonschema
    import yaml

    from bench.manifest import find

    assert main(["schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    validator = jsonschema.Draft7Validator(schema)
    validator.check_schema(schema)
    manifest = yaml.safe_load(find("quickstart").read_text())
    assert list(validator.iter_errors(manifest)) == []
    manifest["images"]["styles"] |= {
        "mixed": {"mix": {"waves": 0.7, "night": 1}},
        "parted": {"regions": [{"style": "mixed", "mask": "mask:left", "weight": 2}]},
    }
    assert list(validator.iter_errors(manifest)) == []
    for wrong in ({"mix": {}}, {"regions": [{"style": "waves"}]}, {"mixx": {"waves": 1}}):
        manifest["images"]["styles"]["mixed"] = wrong
        assert list(validator.iter_errors(manifest))
    manifest["images"]["styles"] = {}
    assert list(validator.iter_errors(manifest)) == []
    manifest["experimentz"] = 1
    assert list(validator.iter_errors(manifest))


def test_what_is_said_moves_no_cursor(capsys):
    say("the file \x1b[2Jname\r of\x07\nsomebody, naïve: ×")
    assert capsys.readouterr().err == "the file \\x1b[2Jname\\r of\\x07\nsomebody, naïve: ×\n"
