"""The two sides of a comparison: which code runs, under which interpreter, got ready before anything is measured.

A side is named ``REF``, a commit of the checkout; ``PYTHON``, an interpreter or a virtual environment, which then runs
this very code, so that only the environment differs; or ``REF@PYTHON``. Its code is copied to a folder of its own: what
is edited or fetched meanwhile changes nothing, and nothing is left in the repository.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import bench
from bench.check.model import Side
from bench.check.refusal import RefusedError
from bench.engines.local import worker_environment
from bench.errors import BenchError
from bench.machine.environment import commit_of

#: Packages that a worker needs.
PACKAGES = ("bench", "nst")

#: Seconds that an interpreter gets to answer.
PATIENCE = 60

#: What this code is called where no commit was named.
OWN = "this code"

Role = Literal["base", "head"]


@dataclass(frozen=True)
class Code:
    """A side, ready to start workers."""

    side: Side
    python: str
    home: Path
    """Folder of the packages."""
    worker: tuple[str, ...] = ("-m", "bench.worker")

    @property
    def command(self) -> list[str]:
        return [self.python, "-P", *self.worker]

    @property
    def who(self) -> str:
        """For messages: ``the base (main)``."""
        return f"the {self.side.role} ({self.side.label})"

    @property
    def own(self) -> bool:
        """Whether it is this code under this interpreter."""
        return self.side.given == OWN


def prepare(given: str | None, role: Role, scratch: Path) -> Code:
    """Make a side ready: its code copied, its interpreter found.

    Args:
        given: as the user named it; None: this code and this interpreter.
        scratch: folder for the copy.

    Raises:
        BenchError: for a name that is neither a commit nor an interpreter.
        RefusedError: for a commit that cannot be measured.
    """
    ref, python = _split(given)
    home = scratch / role
    if ref is None:
        own = Path(bench.__file__).resolve().parent.parent
        for package in PACKAGES:
            shutil.copytree(own / package, home / package, ignore=shutil.ignore_patterns("__pycache__"))
        commit = commit_of(own)
    else:
        commit = _extract(ref, home)
    return Code(Side(role=role, given=given or OWN, commit=commit), python or sys.executable, home)


def same(base: Code, head: Code) -> bool:
    """Whether two sides that were named are one: the same commit, unchanged, under the same interpreter."""
    commits = {base.side.commit, head.side.commit}
    known = len(commits) == 1 and not any(commit is None or commit.endswith("+changes") for commit in commits)
    return known and base.python == head.python and base.worker == head.worker and not (base.own and head.own)


def check_code(code: Code) -> None:
    """See that a side runs its own code: a wrapper script may lose the variable that says where it lies.

    Raises:
        RefusedError: when it does not, or does not start at all.
    """
    told = ask(code, ["-c", "import bench; print(bench.__file__)"], PATIENCE, "loading its code")
    where = told.stdout.strip()
    if told.returncode or not where:
        lines = told.stderr.strip().splitlines()
        raise RefusedError(
            f"{code.who}: {code.python} cannot load its code: {lines[-1] if lines else 'it said nothing'}"
        )
    if not Path(where).resolve().is_relative_to(code.home.resolve()):
        raise RefusedError(f"{code.who}: {code.python} loads {where} instead of {code.home}: does it keep PYTHONPATH?")


def ask(code: Code, arguments: Sequence[str], patience: int, doing: str) -> subprocess.CompletedProcess[str]:
    """What a side's interpreter answers, with its code.

    Args:
        arguments: behind ``python -P``.
        patience: seconds that it gets.
        doing: what that is, for messages.

    Raises:
        RefusedError: when it does not start, or does not end.
    """
    command = [code.python, "-P", *arguments]
    try:
        return subprocess.run(command, capture_output=True, text=True, env=environment(code), timeout=patience)
    except subprocess.TimeoutExpired:
        raise RefusedError(f"{code.who}: {doing} took more than {patience} s") from None
    except OSError as error:
        raise RefusedError(f"{code.who}: {code.python} cannot be started: {error.strerror}") from None


def environment(code: Code) -> dict[str, str]:
    """Environment variables of the side's processes."""
    return worker_environment(os.environ, home=code.home)


def _split(given: str | None) -> tuple[str | None, str | None]:
    """The commit and the interpreter of a side, as far as they are named."""
    if given is None:
        return None, None
    if (python := _interpreter(given)) is not None:
        return None, python
    ref, at, path = given.rpartition("@")
    if at and (python := _interpreter(path)) is not None:
        return ref or None, python
    path = path if at else given
    if path.startswith(("./", "../", "~")) or Path(path).is_absolute():
        raise BenchError(f"{path}: no interpreter there: expected a Python, or a virtual environment")
    return given, None


def _interpreter(text: str) -> str | None:
    """A path to a Python, or to a virtual environment, as an absolute path; links are not followed, which make it one.

    A name without a separator is a commit's.
    """
    if not any(separator and separator in text for separator in (os.sep, os.altsep)):
        return None
    path = Path(text).absolute()
    for found in (path, path / "bin" / "python", path / "Scripts" / "python.exe"):
        if found.is_file() and os.access(found, os.X_OK):
            return str(found)
    return None


def _extract(ref: str, home: Path) -> str:
    """Unpack a commit; its id. ``git archive`` leaves no trace in the repository, whatever becomes of this process."""
    repository = _repository()
    found = _git(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    if found.returncode:
        raise BenchError(
            f"{ref}: no commit of {repository}, and no interpreter (give one with its path). In a shallow clone, "
            f"fetch it first: git fetch --depth=1 origin {ref}:{ref}"
        )
    commit = found.stdout.decode().strip()
    packed = _git(repository, "archive", "--format=tar", commit, *PACKAGES)
    if packed.returncode:
        raise RefusedError(f"{ref} ({commit[:12]}) has no packages bench and nst: {_said(packed)}")
    home.mkdir(parents=True)
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(home, filter="data")
    if not (home / "bench" / "worker").is_dir():
        raise RefusedError(f"{ref} ({commit[:12]}) has no worker to measure: it is older than bench/worker")
    return commit[:12]


def _repository() -> Path:
    """The checkout that commits are taken from: this code's own, else the one that the user stands in."""
    own = Path(bench.__file__).resolve().parent.parent
    if (own / ".git").exists():
        return own
    found = _git(Path.cwd(), "rev-parse", "--show-toplevel")
    if found.returncode:
        raise BenchError(f"{Path.cwd()}: no checkout of nst-bench to take commits from: {_said(found)}")
    return Path(found.stdout.decode().strip())


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, timeout=300)
    except FileNotFoundError:
        raise BenchError("git is not installed: a commit can only be compared where it is") from None
    except subprocess.TimeoutExpired:
        raise BenchError(f"git {arguments[0]} in {folder}: no end after 300 s") from None


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = done.stderr.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else f"git ended with {done.returncode}"
