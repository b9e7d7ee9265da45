"""Commands of the gate with made-up workers, from their arguments to their exit codes."""

import pytest

from bench import cli
from bench.check.paired import session, sides
from tests.bench.check.made_up import Workers
from tests.bench.small import SMALL


@pytest.fixture
def small(manifest, tmp_path, monkeypatch):
    """A manifest of four jobs, and a folder to stand in, with a cache of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NST_CACHE_DIR", str(tmp_path / "cache"))
    return str(manifest(SMALL))


@pytest.fixture
def agreed(monkeypatch):
    """Sides that are asked for their plan agree; what they say else is tested where it is asked."""
    monkeypatch.setattr(session, "disagreements", lambda *_: {})
    monkeypatch.setattr(sides, "commit_of", lambda root: "1a2b3c4d5e6f+changes")


@pytest.fixture
def check(small, agreed, monkeypatch):
    """Runs a check with made-up workers; its exit code."""

    def run(*arguments, workers=None):
        monkeypatch.setattr(session, "LocalEngine", workers or Workers())
        monkeypatch.setattr("bench.check.paired.meter.PAUSE", 0.0)
        arguments = [small if argument == "MANIFEST" else argument for argument in arguments]
        return cli.main(["check", *arguments, "--devices", "cpu"])

    return run
