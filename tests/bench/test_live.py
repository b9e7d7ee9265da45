"""The site while a run goes on: one build at a time, with pauses, at low priority, and nothing left of it."""

import os
import sys
import threading
import time
from pathlib import Path

import pytest

from bench.cli import main
from bench.commands.live import FACTOR, PAUSE, Refresher, Watched, pause
from tests.bench.report.synthetic_results import Trial, make
from tests.bench.small import Heard


def script(code):
    return [sys.executable, "-c", code]


def until(condition, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def follow(tmp_path):
    """A refresher that carries out a program instead of a build; closed at the end."""
    made = []

    def make(code, rest=lambda took: 0.0):
        said = []
        made.append(Refresher(tmp_path, said.append, script(code), rest))
        return made[-1], said

    yield make
    for refresher in made:
        refresher.close()


def gone(process):
    """Whether nothing is left of a process, not even its entry."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


def test_the_pause_grows_with_the_build():
    assert (pause(0.1), pause(30.0)) == (PAUSE, FACTOR * 30.0) == (10.0, 300.0)


class TestRefresher:
    def test_it_builds_when_it_is_asked_and_no_sooner(self, follow, tmp_path):
        out = tmp_path / "built"
        refresher, said = follow(f"open({str(out)!r}, 'a').write('x')")
        time.sleep(0.1)
        assert not out.exists()
        refresher.ask()
        until(lambda: out.exists() and out.read_text() == "x")
        assert said == []

    def test_what_is_asked_during_a_build_is_one_more_build_after_it(self, follow, tmp_path):
        out, go = tmp_path / "built", tmp_path / "go"
        refresher, _ = follow(
            f"import os, time\nopen({str(out)!r}, 'a').write('<')\n"
            f"while not os.path.exists({str(go)!r}): time.sleep(0.01)\nopen({str(out)!r}, 'a').write('>')"
        )
        refresher.ask()
        until(lambda: out.exists() and out.read_text() == "<")
        for _ in range(5):
            refresher.ask()
        go.write_text("")
        until(lambda: out.read_text() == "<><>")
        time.sleep(0.2)
        assert out.read_text() == "<><>"

    def test_it_rests_between_builds_as_long_as_the_last_one_says(self, follow, tmp_path):
        out, rested = tmp_path / "built", []
        refresher, _ = follow(
            f"import time; time.sleep(0.2); open({str(out)!r}, 'a').write('x')",
            lambda took: rested.append(took) or 60.0,
        )
        refresher.ask()
        until(lambda: rested)
        refresher.ask()
        time.sleep(0.2)
        assert out.read_text() == "x"
        assert rested[0] >= 0.2

    def test_a_failure_is_told_once_with_its_last_line_and_it_is_tried_again(self, follow, tmp_path):
        out = tmp_path / "tried"
        refresher, said = follow(f"open({str(out)!r}, 'a').write('x'); raise SystemExit('no room\\nfor a site\\n')")
        for count in (1, 2):
            refresher.ask()
            until(lambda count=count: out.exists() and len(out.read_text()) == count)
        refresher.close()
        assert said == ["warning: the site could not be rendered meanwhile: for a site. It is when the run ends"]

    def test_a_program_that_cannot_be_started_is_told_like_any_failure(self, tmp_path):
        said = []
        refresher = Refresher(tmp_path, said.append, [str(tmp_path / "none")])
        refresher.ask()
        until(lambda: said)
        refresher.close()
        assert said == [
            "warning: the site could not be rendered meanwhile: No such file or directory. It is when the run ends"
        ]

    @pytest.mark.skipif(os.name != "posix", reason="process groups and kill -0 are POSIX")
    def test_closing_ends_a_build_with_all_it_has_started_and_says_nothing(self, follow, tmp_path):
        out = tmp_path / "pids"
        child = "import time; time.sleep(60)"
        refresher, said = follow(
            "import os, subprocess, sys, time\n"
            f"helper = subprocess.Popen([sys.executable, '-c', {child!r}])\n"
            f"open({str(out)!r}, 'w').write(f'{{os.getpid()}} {{helper.pid}}\\n')\ntime.sleep(60)"
        )
        refresher.ask()
        until(lambda: out.exists() and out.read_text().endswith("\n"))
        own, helper = map(int, out.read_text().split())
        before = time.monotonic()
        refresher.close()
        assert time.monotonic() - before < 5
        assert gone(own)
        # The helper is the system's to bury; it is dead, whether or not that has been done.
        until(lambda: gone(helper) or "State:\tZ" in Path(f"/proc/{helper}/status").read_text())
        assert said == []
        refresher.ask()  # and nothing begins any more
        assert [thread for thread in threading.enumerate() if thread.name == "site-refresher"] == []

    @pytest.mark.skipif(not hasattr(os, "getpriority"), reason="nice is POSIX")
    def test_it_takes_what_the_jobs_leave(self, follow, tmp_path):
        out = tmp_path / "nice"
        refresher, _ = follow(
            f"import os, time; time.sleep(0.3); open({str(out)!r}, 'w').write(str(os.getpriority(os.PRIO_PROCESS, 0)))"
        )
        refresher.ask()
        until(lambda: out.exists() and out.read_text())
        assert out.read_text() == "19"


def test_what_it_builds_is_the_site_of_the_results(tmp_path):
    make(tmp_path, [Trial("a", ("cat",), ("waves",))])
    said = []
    refresher = Refresher(tmp_path, said.append)
    refresher.ask()
    until(lambda: said or (tmp_path / "site" / ".files.json").exists())
    refresher.close()
    assert said == []
    assert (tmp_path / "site" / "index.html").is_file()


class Asked:
    def __init__(self):
        self.calls = []

    def ask(self):
        self.calls.append("ask")

    def close(self):
        self.calls.append("close")


class TestWatched:
    @pytest.fixture
    def heard(self, plan):
        asked, inner = Asked(), Heard()
        return Watched(inner, asked), asked.calls, inner, list(plan.jobs.values())

    def end(self, watched, job):
        class Record:
            status = "done"

        watched.job_ended(job, Record())

    def test_every_end_of_a_job_asks_but_the_last_which_closes(self, heard):
        watched, calls, inner, jobs = heard
        watched.started(jobs[:3], 1, ["cpu"])
        for job in jobs[:3]:
            self.end(watched, job)
        assert calls == ["ask", "ask", "close"]
        assert inner.lines[0] == "3 to run, 1 done"
        assert len(inner.lines) == 4

    def test_a_run_that_is_asked_to_stop_has_no_more_builds(self, heard):
        watched, calls, inner, jobs = heard
        watched.started(jobs, 0, ["cpu"])
        watched.stopping("finishing the job that runs")
        assert calls == ["close"]
        assert inner.lines[-1] == "finishing the job that runs"

    def test_whatever_happened_it_is_closed_in_the_end(self, heard):
        watched, calls, _, _ = heard
        watched.stop()
        assert calls == ["close"]


class TestCommand:
    @pytest.fixture(autouse=True)
    def _stand_in_the_folder(self, monkeypatch, folder):
        monkeypatch.chdir(folder)

    def test_a_run_with_a_live_site_ends_with_the_whole_of_it(self, manifest, folder, capsys):
        manifest()
        assert main(["run", "small.yaml", "--site", "--no-measure", "--only", "*init noise"]) == 0
        said = capsys.readouterr()
        assert (
            "the site follows as jobs end, reload it for more: results/small/site/index.html" in said.err.splitlines()
        )
        assert "warning: the site" not in said.err
        assert said.out.strip() == "results/small/site/index.html"
        page = (folder / said.out.strip()).read_text()
        assert "while the run went on" not in page
        assert not list((folder / "results" / "small" / "site").rglob("*.part"))

    def test_a_live_site_and_none_are_an_error_of_usage(self, manifest, capsys):
        manifest()
        with pytest.raises(SystemExit) as stopped:
            main(["run", "small.yaml", "--site", "--no-site"])
        assert stopped.value.code == 2
        assert "argument --no-site: not allowed with argument --site" in capsys.readouterr().err
