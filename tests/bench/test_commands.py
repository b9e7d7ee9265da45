"""Commands around a run, as people use them: real processes and workers where that is the point, else in this process."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.cli import main
from bench.errors import BenchError
from bench.store import Store
from tests.bench.small import SMALL

NST_BENCH = [sys.executable, "-m", "bench"]


@pytest.fixture(autouse=True)
def _stand_in_the_folder(monkeypatch, folder):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
    monkeypatch.chdir(folder)


@pytest.fixture
def ran(manifest, capsys):
    """Two of the four jobs of the small manifest, done."""
    manifest()
    assert main(["run", "small.yaml", "--only", "one x left*", "--no-measure", "--no-site", "--quiet"]) == 0
    capsys.readouterr()


def test_quiet_says_how_it_ended_and_nothing_else(manifest, capsys):
    manifest()
    assert main(["run", "small.yaml", "--only", "*init noise", "--no-measure", "--no-site", "--quiet"]) == 0
    assert capsys.readouterr().err.splitlines() == ["2 of 2 jobs done. Results: results/small"]


def test_events_are_json_a_line_and_nothing_else_is_on_standard_output(manifest, capsys):
    manifest()
    assert main(["run", "small.yaml", "--only", "one x left, init noise", "--no-measure", "--json"]) == 0
    said = capsys.readouterr()
    events = [json.loads(line) for line in said.out.splitlines()]
    assert [event["event"] for event in events] == ["started", "job-started", "progress", "ended", "finished"]
    assert {event["schema"] for event in events} == {1}
    assert events[-1]["statuses"] == {"done": 1}
    page = (Path(__file__).parents[2] / "docs" / "commands.md").read_text()
    fields = {
        name: set(re.findall(r"`(\w+)`", told))
        for name, told in re.findall(r"^\| `([a-z-]+)` \| (.*) \|$", page, re.MULTILINE)
    }
    for event in events:
        assert set(event) - {"schema", "event", "at"} == fields[event["event"]]
    assert said.err.splitlines()[-1] == "results/small/site/index.html"


def test_plan_tells_what_is_done_and_why_the_rest_is_not(ran, capsys):
    store = Store(Path("results/small"))
    torn, fine = (path.parent for path in sorted(store.root.glob("jobs/*/*/image.png")))
    (torn / "image.png").write_bytes(b"torn")
    before = sorted(store.root.rglob("*"))
    assert main(["plan", "small.yaml", "--no-measure"]) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()[:-1]}
    assert " done " in lines[fine.name[:12]]
    assert lines[torn.name[:12]].endswith(
        "(its result cannot be trusted: image.png is not the file that its record names: other bytes)"
    )
    assert sorted(store.root.rglob("*")) == before


def test_plan_predicts_time_and_memory(manifest, capsys):
    manifest()
    assert main(["plan", "small.yaml", "--only", "*init noise"]) == 0
    said = capsys.readouterr()
    assert re.fullmatch(r"predicted: .* s in all, up to .* MB a job", said.err.splitlines()[-1])
    *jobs, last = said.out.splitlines()
    assert all(re.fullmatch(r"\w{12}  to do +[\d.]+ s +\d+ MB  one x \w+, init noise", line) for line in jobs)
    assert last == "2 of 4 jobs asked for: 0 done, 2 to run, in results/small"


def test_status_tells_how_the_folder_stands(ran, capsys):
    assert main(["status", "results/small"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines if line.startswith(("done", "not run"))] == [
        ["done", "2"],
        ["not", "run", "2"],
    ]
    assert main(["status", "results/small", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["statuses"] == {"done": 2}


def test_clean_removes_what_no_manifest_claims_and_asks_first(ran, manifest, capsys):
    manifest(SMALL.replace("[noise, content]", "[content]").replace("    compare: [init]\n", ""))
    assert main(["run", "small.yaml", "--no-measure", "--no-site", "--quiet"]) == 0
    store = Store(Path("results/small"))
    assert len(list(store.root.glob("jobs/*/*"))) == 3
    assert main(["clean", "results/small"]) == 2  # there is no terminal to ask
    assert "--yes" in capsys.readouterr().err
    assert main(["clean", "results/small", "--dry-run"]) == 0
    assert len(list(store.root.glob("jobs/*/*"))) == 3
    manifest(SMALL)
    assert main(["clean", "results/small", "small.yaml", "--yes"]) == 0  # the manifest as it was claims the third
    assert len(list(store.root.glob("jobs/*/*"))) == 3
    assert main(["clean", "results/small", "--yes"]) == 0
    assert len(list(store.root.glob("jobs/*/*"))) == 2


def test_doctor_finds_this_machine_sound_enough_to_run_tests_on(capsys):
    assert main(["doctor", "--json"]) == 0
    found = {check["name"]: check["level"] for check in json.loads(capsys.readouterr().out)["checks"]}
    assert found["torch"] == "ok"


def test_the_second_runner_leaves_at_once_and_names_the_first(manifest):
    path = manifest(SMALL.replace("evaluations: 3", "evaluations: 400"))
    first = subprocess.Popen([*NST_BENCH, "run", path.name, "--no-measure", "--no-site"], stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while not Path("results/small/lock-holder.json").exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        began = time.monotonic()
        second = subprocess.run([*NST_BENCH, "run", path.name], capture_output=True, text=True, timeout=60)
        assert time.monotonic() - began < 10
    finally:
        first.kill()
        first.wait()
    assert second.returncode == 2
    assert second.stderr.splitlines()[-1].startswith(
        f"results/small: another run is at work here (process {first.pid} on "
    )
    assert "nst-bench run small.yaml --no-measure --no-site): wait for it, or use --out" in second.stderr


def test_a_job_that_takes_too_long_is_stopped_and_run_again_when_asked_for(manifest, capsys):
    manifest(SMALL.replace("evaluations: 3", "evaluations: 100000"))
    command = ["run", "small.yaml", "--only", "one x left, init noise", "--no-measure", "--no-site"]
    assert main([*command, "--timeout", "1.5"]) == 4
    said = capsys.readouterr().err
    assert re.search(r"timeout: stopped after 1.5 s, its time limit: the loss was \S+ after \d+0 evaluations", said)
    assert main(["run", "small.yaml", "--retry-failed", "--no-measure", "--no-site", "--timeout", "0.5"]) == 4
    assert "1 job to run" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (["--timeout", "soon"], "argument --timeout: 'soon': expected seconds above 0, auto or none"),
        (["--timeout", "-1"], "argument --timeout: '-1': expected seconds above 0, auto or none"),
        (["--timeout", "nan"], "argument --timeout: 'nan': expected seconds above 0, auto or none"),
        (["--retries", "-1"], "argument --retries: '-1': expected a whole number from 0 to 100"),
        (["--shard", "3/2"], "argument --shard: '3/2': expected a part and how many there are, such as 1/8 to 8/8"),
        (["--quiet", "--json"], "argument --json: not allowed with argument --quiet"),
    ],
)
def test_options_that_make_no_sense_are_refused(option, message, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["run", "quickstart", *option])
    assert caught.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1] == f"nst-bench run: error: {message}"


def test_the_journal_tells_of_every_run(ran):
    (report,) = (json.loads(path.read_text()) for path in Path("results/small/runs").iterdir())
    assert (report["ended"], report["statuses"], report["slots"]) == ("complete", {"done": 2}, ["cpu"])
    assert report["environment"]["cpu"]["device"] == "cpu"
    records = [json.loads(path.read_text()) for path in Path("results/small").glob("jobs/*/*/record.json")]
    assert {record["run"] for record in records} == {report["id"]}


@pytest.mark.parametrize(("given", "asked"), [([], "never"), (["--graphs", "auto"], "auto")])
def test_workers_are_told_whether_steps_are_to_be_replayed(manifest, monkeypatch, capsys, given, asked):
    def engine(places, log, *, program):
        raise BenchError(" ".join(program[-4:]))

    monkeypatch.setattr("bench.engines.local.LocalEngine", engine)
    manifest()
    assert main(["run", "small.yaml", *given]) == 2
    assert f"-m bench.worker --graphs {asked}" in capsys.readouterr().err


def test_jobs_that_go_together_are_packed_when_asked_for_and_resumed_as_any_other(manifest, capsys):
    manifest()
    assert main(["run", "small.yaml", "--pack", "auto", "--no-measure", "--no-site"]) == 0
    told = capsys.readouterr().err
    assert "up to 4 jobs that differ in pictures, seed or start are made together" in told
    assert "4 of 4 jobs done" in told
    store = Store(Path("results/small"))
    records = [store.record(path.parent.name) for path in store.root.glob("jobs/*/*/record.json")]
    assert [(one.status, one.timing.batch, one.timing.valid) for one in records] == [("done", 4, False)] * 4
    assert main(["run", "small.yaml", "--pack", "2", "--no-measure", "--no-site"]) == 0
    assert "made together" not in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["run", "small.yaml", "--pack", "0"])
    assert "0': expected a whole number from 1 to 1024, or auto" in capsys.readouterr().err


def test_shards_merged_are_the_whole_plan(manifest, capsys):
    manifest()
    for part in ("1/2", "2/2"):
        assert main(["run", "small.yaml", "--shard", part, "--no-measure", "--no-site", "--quiet"]) == 0
    parts = ["results/small-1-of-2", "results/small-2-of-2"]
    told = capsys.readouterr().err.splitlines()
    counts = [
        re.fullmatch(rf"(\d) of \1 jobs done. Results: {part}", line)[1] for part, line in zip(parts, told, strict=True)
    ]
    assert sum(map(int, counts)) == 4
    assert main(["merge", *parts, "--out", "results/small"]) == 0
    assert (
        capsys.readouterr().out
        == "4 jobs taken. Results: results/small; `nst-bench report results/small` makes the site\n"
    )
    assert main(["plan", "small.yaml", "--no-measure"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "4 jobs: 4 done, 0 to run, in results/small"
    assert main(["run", "small.yaml", "--no-measure", "--no-site", "--quiet"]) == 0
    assert capsys.readouterr().err == "4 of 4 jobs done. Results: results/small\n"


def test_a_folder_is_not_merged_with_itself(ran, capsys):
    assert main(["merge", "results/small", "--out", "results/small"]) == 2
    assert "results/small: given twice; name each results folder once" in capsys.readouterr().err
