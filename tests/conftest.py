"""For all tests, before any of them imports torch."""

import atexit
import os
import shutil
import signal
import tempfile

import pytest

from bench.engines.local import worker_environment
from bench.manifest import load
from bench.plan import make_plan
from tests.bench.small import SMALL, three_pictures

# As in a worker: on a machine that is busy elsewhere, spinning threads make the tests many times slower.
os.environ.update({k: v for k, v in worker_environment(os.environ).items() if k == "OMP_WAIT_POLICY"})

# Processes of one machine tell each other there that they measure: tests side by side must not disturb one another.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ["TMPDIR"] = tempfile.tempdir = tempfile.mkdtemp(prefix="nst-bench-tests-")
    atexit.register(shutil.rmtree, tempfile.tempdir, ignore_errors=True)

# A shell that starts the tests in the background has them ignore Ctrl-C, and every process that they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config):
    """Side by side, a file stays with one process, where its fixtures are.

    Not by an option in pyproject.toml: with one, pytest-benchmark takes tests for being side by side whenever they run.
    """
    if getattr(config.option, "numprocesses", None) and config.option.dist == "no":
        config.option.dist = "loadfile"


def pytest_collection_modifyitems(items):
    """Files with slow tests first: side by side, the last process would else be left alone with one at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)  # stable: files and their tests stay in order


@pytest.fixture
def folder(tmp_path):
    """A folder with three small pictures."""
    three_pictures(tmp_path)
    return tmp_path


@pytest.fixture
def manifest(folder):
    """Writes a manifest into the folder of pictures."""

    def write(text=SMALL):
        path = folder / "small.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def plan(manifest):
    return make_plan(load(manifest()))
