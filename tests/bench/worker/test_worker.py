"""The worker itself, behind the local engine, with jobs of a few lines in place of torch; the slow tests take the real."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench import store
from bench.engines import Ended, InputFile, Order, Probe, Progressed, Started
from bench.engines.local import LocalEngine
from bench.inputs import stored
from bench.machine.devices import Slot
from bench.manifest import load
from bench.plan import make_plan
from bench.plan.resolve import weights_source
from tests.bench.engines.listening import carry_out, is_alive, is_gone, told

ROOT = Path(__file__).parents[3]

FAKES = """
import ctypes, errno, os, subprocess, sys, types
from types import SimpleNamespace

class Part(dict):
    model_dump = dict.copy

def execute(parameters, inputs, weights, folder, *, device, sharing, on_progress, parts):
    what = parameters["what"]
    files = {}
    if what == "work":
        on_progress(SimpleNamespace(loss=float("nan"), evaluations=4))
        files = {"seen": repr((inputs, weights, str(folder), device, sharing)), "graphs": kept.graphs}
    if what == "print":
        print("from Python")
        subprocess.run(["echo", "from a program"])
    if what == "full disk":
        raise OSError(errno.ENOSPC, "No space left on device", "/results/image.png")
    if what == "bytes":
        bytearray(10**12)
    if what == "numpy":
        import numpy
        numpy.ones((1000, 1000, 1000, 1000))
    if what == "limit":
        import resource
        from bench.machine import allowance
        files = {"left": allowance.left()}
    if what == "cuda":
        raise RuntimeError("CUDA error: an illegal memory access was encountered")
    if what == "mistake":
        raise ValueError("a  mistake\\nof two lines")
    if what == "picture":
        from nst.images import PictureError
        raise PictureError("one.png: cannot be read")
    if what == "segfault":
        ctypes.string_at(0)
    if what == "nan":
        files = {"loss": float("nan")}
    if what == "hold the lock":
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]).pid
        on_progress(SimpleNamespace(loss=1.0, evaluations=child))
        ctypes.PyDLL(None).sleep(60)
    return SimpleNamespace(outcome=Part(), diagnosis=None, timing=Part(), memory=Part(), files=files)

def module(name, **content):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__dict__.update(content)
    package, _, last = name.rpartition(".")
    if package in sys.modules:
        setattr(sys.modules[package], last, sys.modules[name])

import bench, nst
module("torch", ones=lambda size: SimpleNamespace(sum=lambda: 0))
module("nst.arithmetic", set_exact=lambda: None)
module("nst.metrics", assess=lambda *pictures: None)
module("bench.machine.environment", describe=lambda device: {"device": device, "pid": os.getpid()})
kept = SimpleNamespace()
module("bench.worker.execution", execute=execute, warm_for=lambda device: kept)
module("bench.machine.steadiness", measure=lambda device: {"seconds": 0.25})
module("bench.prediction")
module("bench.prediction.trial", run=lambda content, device: {"of": content, "on": device})
from bench.worker.main import main
main(sys.argv[1:])
"""


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "fakes.py"
    path.write_text(FAKES)
    return str(path)


@pytest.fixture
def start(tmp_path, script):
    engines = []

    def start(*arguments):
        command = [sys.executable, script, *arguments]
        engines.append(LocalEngine([Slot("cpu", "cpu")], tmp_path / "worker.log", command))
        return engines[-1]

    yield start
    for engine in engines:
        engine.close()


@pytest.fixture
def engine(start):
    return start()


@pytest.fixture
def order(tmp_path):
    def order(what, name="job"):
        return Order(name, {"what": what}, {"content": [InputFile(tmp_path / "one.png", 0.5)]}, "random:0", tmp_path)

    return order


@pytest.mark.parametrize(("given", "graphs"), [([], False), (["--graphs", "auto"], True)])
def test_a_job_from_order_to_end(start, order, tmp_path, given, graphs):
    started, progressed, ended = carry_out(start("--sharing", "3", *given), order("work"))
    assert (started, progressed) == (Started("job"), Progressed("job", 4, None))
    inputs = {"content": [InputFile(tmp_path / "one.png", 0.5)]}
    assert ended.content == {
        "outcome": {},
        "diagnosis": None,
        "timing": {},
        "memory": {},
        "files": {"seen": repr((inputs, "random:0", str(tmp_path), "cpu", 3)), "graphs": graphs},
    }


def test_measurements(engine):
    steadiness = carry_out(engine, Probe("before", "steadiness"))[-1]
    trial = carry_out(engine, Probe("how long", "trial", {"size": 32}))[-1]
    assert (steadiness.content, trial.content) == ({"seconds": 0.25}, {"of": {"size": 32}, "on": "cpu"})


def test_what_is_printed_goes_to_the_log(engine, order, tmp_path):
    assert carry_out(engine, order("print"))[-1].status == "done"
    assert sorted((tmp_path / "worker.log").read_text().splitlines()) == ["from Python", "from a program"]


@pytest.mark.parametrize(
    ("what", "status", "message"),
    [
        ("full disk", "no-space", "/results/image.png: No space left on device"),
        ("mistake", "failed", "ValueError: a mistake of two lines"),
        ("picture", "failed", "one.png: cannot be read"),
        ("nan", "failed", "ValueError: Out of range float values are not JSON compliant: nan"),
        ("segfault", "crashed", "the worker process was ended by SIGSEGV while it ran this job"),
    ],
)
def test_what_goes_wrong_is_told(engine, order, what, status, message):
    if what == "nan" and sys.version_info < (3, 12):
        message = message.removesuffix(": nan")
    assert told(carry_out(engine, order(what))[-1]) == ("job", status, message)


def test_a_mistake_keeps_its_traceback_and_the_worker(engine, order):
    end = carry_out(engine, order("mistake"))[-1]
    assert 'raise ValueError("a  mistake' in end.content["failure"]["details"]
    assert carry_out(engine, order("work"))[-1].environment["pid"] == end.environment["pid"]


def test_a_segfault_leaves_the_traceback_of_python(engine, order):
    details = carry_out(engine, order("segfault"))[-1].content["failure"]["details"]
    assert "Fatal Python error: Segmentation fault" in details
    assert "in execute" in details


def test_after_an_error_of_cuda_the_worker_is_replaced(engine, order):
    end = carry_out(engine, order("cuda"))[-1]
    assert told(end) == ("job", "failed", "RuntimeError: CUDA error: an illegal memory access was encountered")
    assert carry_out(engine, order("work"))[-1].environment["pid"] != end.environment["pid"]


class TestMemory:
    @pytest.mark.parametrize(("what", "requested"), [("bytes", None), ("numpy", 8 * 10**12)])
    def test_that_runs_out_is_told_with_its_bytes(self, engine, order, what, requested):
        end = carry_out(engine, order(what))[-1]
        failure = end.content["failure"]
        assert (end.status, failure["requested_bytes"]) == ("oom", requested)
        assert 10**6 < failure["peak_bytes"] < 10**9
        assert failure["free_bytes"] > 10**6
        asked = "more" if requested is None else "8.0 TB"
        assert failure["message"].startswith(f"out of memory on cpu: asked for {asked} with ")

    def test_has_the_limit_of_the_command_line(self, start, order):
        left = carry_out(start("--memory", "50000000"), order("limit"))[-1].content["files"]["left"]
        assert 45e6 < left <= 50e6

    def test_is_limited_to_what_the_engine_grants(self, engine, order, monkeypatch):
        monkeypatch.setattr(engine, "_memory", lambda slot: 200_000_000)
        left = carry_out(engine, order("limit"))[-1].content["files"]["left"]
        assert 100e6 < left < 200e6  # what the worker holds already counts

    def test_limit_is_renewed_for_every_job(self, engine, order, monkeypatch):
        for granted in (200_000_000, 400_000_000):
            monkeypatch.setattr(engine, "_memory", lambda slot, granted=granted: granted)
            left = carry_out(engine, order("limit"))[-1].content["files"]["left"]
            assert granted - 100e6 < left < granted

    def test_is_freed_by_the_end_of_a_worker_before_the_end_is_told(self, engine, order):
        end = carry_out(engine, order("bytes"))[-1]
        assert not is_alive(end.environment["pid"])


RUNNER = """
import sys, time
from pathlib import Path
from bench.machine.devices import Slot
from bench.engines import Order
from bench.engines.local import LocalEngine

engine = LocalEngine([Slot("cpu", "cpu")], Path("worker.log"), [sys.executable, "fakes.py"])
engine.submit(Order("job", {"what": sys.argv[1]}, {}, "random:0", Path()), "cpu")
while (event := engine.next_event(10)) is not None:
    if hasattr(event, "evaluations"):
        print(engine._workers["cpu"].pid, event.evaluations, flush=True)
        time.sleep(60)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="process groups are of POSIX")
def test_the_worker_and_its_children_die_with_the_runner_whatever_they_do(script, tmp_path):
    """The hardest case: the runner is killed, and the worker is deep in C with Python's lock held."""
    command = [sys.executable, "-c", RUNNER, "hold the lock"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    runner = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True)
    worker, child = map(int, runner.stdout.readline().split())
    assert is_alive(worker)
    assert is_alive(child)
    runner.kill()
    runner.communicate()
    assert is_gone(worker)
    assert is_gone(child)


def test_a_worker_started_by_hand_ends_with_its_input(script):
    done = subprocess.run(
        [sys.executable, script],
        input="",
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=30,
    )
    assert done.returncode == 0
    assert [json.loads(line)["event"] for line in done.stdout.splitlines()] in ([], ["ready"])


SIZES = """\
name: sizes
images:
  contents: {one: one.png}
  styles: {left: left.png}
defaults: {weights: random, width: 0.0625, evaluations: 3}
experiments:
  main:
    grid: {size: SIZES}
"""


@pytest.mark.slow
class TestWithTorch:
    """Real jobs: the worker as the engine starts it."""

    @pytest.fixture
    def jobs(self, manifest, tmp_path):
        """Orders at the sizes given, of one network."""

        def jobs(*sizes):
            plan = make_plan(load(manifest(SIZES.replace("SIZES", str([*sizes])))))
            results = store.Store(tmp_path / "results")
            for number, job in enumerate(plan.jobs.values()):
                folder = tmp_path / f"scratch-{number}"
                folder.mkdir(exist_ok=True)
                inputs = {role: stored.store_input(results, given) for role, given in job.inputs.items()}
                weights = weights_source(str(job.parameters["weights"]), job.folder)
                yield Order(str(job.parameters["size"]), job.parameters, inputs, weights, folder)

        return jobs

    @pytest.fixture
    def start(self, tmp_path):
        engines = []

        def start(*arguments):
            command = [sys.executable, "-P", "-m", "bench.worker", "--device", "cpu", *arguments]
            engines.append(
                LocalEngine([Slot("cpu", "cpu", {"OMP_NUM_THREADS": "1"})], tmp_path / "worker.log", command)
            )
            return engines[-1]

        yield start
        for engine in engines:
            engine.close()

    def test_a_job_that_does_not_fit_says_what_it_asked_for(self, start, jobs):
        small, large = jobs(32, 1024)
        engine = start("--memory", "60000000")
        assert carry_out_slowly(engine, small).status == "done"
        end = carry_out_slowly(engine, large)
        failure = end.content["failure"]
        assert end.status == "oom"
        assert failure["requested_bytes"] > failure["free_bytes"] - 8e6  # in pages, and arenas of the C library
        assert failure["free_bytes"] < 60e6
        assert failure["message"].startswith("out of memory on cpu: asked for ")
        assert carry_out_slowly(engine, small).status == "done"

    def test_a_jobs_peak_does_not_depend_on_the_job_before(self, start, jobs):
        """Within 45 MB (10 MB as a rule; 94 MB where what the job before had freed was not given back)."""
        small, large = jobs(64, 512)
        alone = peak(carry_out_slowly(start(), small))
        engine = start()
        large_one, after = (peak(carry_out_slowly(engine, job)) for job in (large, small))
        assert large_one - alone > 100e6
        assert abs(after - alone) < 45e6


def peak(ended):
    """Peak bytes of a job, without what the worker keeps for others."""
    memory = ended.content["memory"]
    return memory["peak_bytes"] - (memory.get("kept_bytes") or 0)


def carry_out_slowly(engine, order):
    engine.submit(order, "cpu")
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        event = engine.next_event(1)
        if isinstance(event, Ended):
            return event
    raise AssertionError("the job did not end within 120 s")
