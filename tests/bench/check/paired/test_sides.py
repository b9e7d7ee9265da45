"""Which code runs under which interpreter: commits, interpreters, both, and names that are none."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bench.check.paired import sides
from bench.check.paired.sides import environment, prepare
from bench.check.refusal import RefusedError
from bench.errors import BenchError

ROOT = Path(__file__).parents[4]


def git(folder, *arguments):
    own = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(folder), *own, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A checkout with three commits: without a worker, with one (tagged v1), and the last."""
    folder = tmp_path / "checkout"
    (folder / "bench").mkdir(parents=True)
    (folder / "nst").mkdir()
    git(tmp_path, "init", "-q", "-b", "main", str(folder))
    for name, text in (("bench/a.py", "1"), ("nst/a.py", "1")):
        (folder / name).write_text(text)
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "first")
    git(folder, "tag", "v0")
    (folder / "bench/worker").mkdir()
    (folder / "bench/worker/__init__.py").write_text("")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "second")
    git(folder, "tag", "v1")
    (folder / "bench/a.py").write_text("2")
    git(folder, "commit", "-q", "-a", "-m", "third")
    monkeypatch.setattr(sides, "_repository", lambda: folder)
    return folder


@pytest.fixture
def python(tmp_path):
    """A virtual environment, as far as its looks go."""
    path = tmp_path / "elsewhere" / "bin" / "python"
    path.parent.mkdir(parents=True)
    path.symlink_to(sys.executable)
    return path


def test_a_commit_is_unpacked_and_the_repository_left_as_it_was(repository, tmp_path):
    code = prepare("v1", "base", tmp_path / "scratch")
    assert (code.home / "bench/a.py").read_text() == "1"
    head = subprocess.check_output(["git", "-C", str(repository), "rev-parse", "v1"], text=True)
    assert (code.side.given, code.side.commit, code.python) == ("v1", head[:12], sys.executable)
    assert not code.own
    git(repository, "diff", "--exit-code", "HEAD")
    assert subprocess.check_output(["git", "-C", str(repository), "worktree", "list"]).count(b"\n") == 1


def test_an_interpreter_or_an_environment_runs_this_very_code(python, tmp_path):
    for number, given in enumerate((python, python.parent.parent)):
        code = prepare(str(given), "head", tmp_path / str(number))
        assert code.python == str(python), "a link is what makes it an environment: it is not followed"
        assert (code.home / "bench/check/paired/sides.py").read_bytes() == Path(sides.__file__).read_bytes()
        assert not code.own


def test_a_commit_under_an_interpreter(repository, python, tmp_path):
    code = prepare(f"v1@{python}", "base", tmp_path / "scratch")
    assert (code.python, code.side.given) == (str(python), f"v1@{python}")
    assert (code.home / "bench/a.py").read_text() == "1"


def test_without_a_name_it_is_a_copy_of_this_code(tmp_path):
    code = prepare(None, "head", tmp_path)
    assert code.own
    assert code.side.given == "this code"
    assert code.command == [sys.executable, "-P", "-m", "bench.worker"]
    told = subprocess.run(
        [sys.executable, "-P", "-c", "import bench; print(bench.__file__)"],
        env=environment(code),
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(told.stdout.strip()) == code.home / "bench/__init__.py"
    assert not list(code.home.rglob("__pycache__/*.opt*"))


def test_names_that_are_neither(repository, tmp_path):
    with pytest.raises(BenchError) as error:
        prepare("v9", "base", tmp_path / "a")
    assert str(error.value) == (
        f"v9: no commit of {repository}, and no interpreter (give one with its path). In a shallow clone, fetch it "
        "first: git fetch --depth=1 origin v9:v9"
    )
    assert error.value.exit_code == 2
    with pytest.raises(BenchError, match=r"^/nowhere/python: no interpreter there: expected a Python, or a virtual"):
        prepare("v1@/nowhere/python", "base", tmp_path / "b")
    with pytest.raises(BenchError, match="no commit of"):
        prepare("--output=/tmp/x", "base", tmp_path / "c")


def test_a_commit_that_has_no_worker_yet_cannot_be_measured(repository, tmp_path):
    with pytest.raises(RefusedError, match=r"^v0 \([0-9a-f]{12}\) has no worker to measure: it is older than"):
        prepare("v0", "base", tmp_path / "scratch")


def test_outside_of_any_checkout_there_are_no_commits(tmp_path, monkeypatch):
    package = tmp_path / "site-packages" / "bench"
    shutil.copytree(ROOT / "bench" / "check", package / "check")
    (package / "__init__.py").write_text("")
    monkeypatch.setattr(sides.bench, "__file__", str(package / "__init__.py"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", os.fspath(tmp_path))
    with pytest.raises(BenchError, match="no checkout of nst-bench to take commits from: fatal: not a git repository"):
        prepare("v1", "base", tmp_path / "scratch")
