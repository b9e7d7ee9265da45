"""Two hundred faults, drawn from a seed: whatever happens, running the same command again completes the plan.

An episode is a fresh results folder, a handful of faults, and then a plain run. Faults of jobs strike once, whichever
run the job comes up in; faults of the machine strike at a random moment of a run of their own. What is left must be what
an undisturbed run leaves.
"""

import contextlib
import csv
import hashlib
import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import pytest

from bench.manifest import load
from bench.plan import make_plan
from tests.bench.small import SMALL, three_pictures
from tests.faults import worker
from tests.faults.driver import drive

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="tmpfs and /proc are Linux's")]

EPISODES, FAULTS_EACH = 40, 5

#: With the real worker, which takes seconds to start: how many episodes, and seconds of a run in which a fault may come.
REAL_EPISODES, REAL_SPAN = 2, 5.0

#: What happens to the machine; what happens to a job is the worker's own list.
MACHINE = ("runner killed", "worker killed", "interrupted", "disk full", "torn record", "torn picture", "lost picture")

#: 2 pairs x 2 starts x 6 seeds.
MANIFEST = SMALL + "    repeats: 6\n"

#: What differs from run to run in a record, and says nothing about the result.
PASSING = ("started", "finished", "run", "tries")

#: What a real job says about the machine.
MEASURED = ("timing", "memory", "environment")


@pytest.fixture(scope="module")
def processes():
    """Starts processes that have all modules loaded already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.faults.driver"])
    return context


@pytest.fixture
def disk(tmp_path):
    """A file system of 4 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", place], capture_output=True, text=True)
    if mounted.returncode and not os.environ.get("CI"):
        pytest.skip(f"only root can mount a small disk to fill: {mounted.stderr.strip()}")
    assert mounted.returncode == 0, mounted.stderr
    yield place
    subprocess.run(["umount", "-l", place], check=True)


@pytest.fixture(scope="module")
def undisturbed(processes, tmp_path_factory):
    """The manifest, and what a run without faults leaves, with the stand-in or the real worker."""
    folder = tmp_path_factory.mktemp("undisturbed")
    three_pictures(folder)
    (folder / "small.yaml").write_text(MANIFEST)

    @cache
    def left(real):
        results = folder / f"real-{real}"
        episode = Episode(processes, folder / "small.yaml", results, folder / f"own-{real}", real)
        assert episode.run() == 0, episode.said
        return contents(results)

    return folder / "small.yaml", left


class Episode:
    """Runs of one manifest into one results folder."""

    def __init__(self, processes, manifest, results, own, real=False):
        self.real = real
        self.processes, self.manifest, self.results, self.own = processes, manifest, results, own
        self.jobs = list(make_plan(load(manifest)).jobs)
        (own / "faults").mkdir(parents=True)

    @property
    def said(self):
        return (self.own / "said").read_text()

    def workers(self):
        """Process ids of all workers of the stand-in so far, and of their children."""
        with contextlib.suppress(FileNotFoundError):
            return [int(line) for line in (self.own / "workers").read_text().split()]
        return []

    def run(self, meanwhile=lambda process: None, slots=1):
        """One run to its end; its exit code. What is done before it must not be carried out again."""
        done = sound(self.results)
        (self.own / "carried-out").write_text("")
        process = self.processes.Process(target=drive, args=(self.manifest, self.results, self.own, slots, self.real))
        process.start()
        meanwhile(process)
        process.join(60)
        assert process.exitcode is not None, "the run hangs"
        again = done.intersection((self.own / "carried-out").read_text().split())
        assert not again, f"done, and carried out again: {again}"
        return process.exitcode

    def tidy(self):
        for pid in self.workers():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def children(pid):
    """Process ids of the children of a process: of a run, its workers."""
    with contextlib.suppress(FileNotFoundError):
        return [int(id) for path in Path(f"/proc/{pid}/task").glob("*/children") for id in path.read_text().split()]
    return []


def sound(results):
    """Ids of jobs whose record says done and whose files are all there, unaltered: by means of this test's own."""
    found = set()
    for path in results.glob("jobs/*/*/record.json"):
        with contextlib.suppress(ValueError, OSError, KeyError):
            record = json.loads(path.read_text())
            files = {name: hashlib.sha256((path.parent / name).read_bytes()).hexdigest() for name in record["files"]}
            if record["status"] == "done" and record["id"] == path.parent.name and files == record["files"]:
                found.add(record["id"])
    return found


def contents(results):
    """All that jobs left, less what passes: records without times, curves without their seconds, pictures as they are."""
    found = {}
    for path in (results / "jobs").rglob("*"):
        place = path.relative_to(results)
        if path.name == "record.json":
            record = json.loads(path.read_text())
            assert (
                record["files"].pop("curve.csv") == hashlib.sha256((path.parent / "curve.csv").read_bytes()).hexdigest()
            )
            found[place] = {key: value for key, value in record.items() if key not in (*PASSING, *MEASURED)}
        elif path.name == "curve.csv":
            found[place] = [[row[0], *row[2:]] for row in csv.reader(path.read_text().splitlines())]
        elif path.is_file():
            found[place] = path.read_bytes()
    return found


def strike(kind, episode, draw, disk):
    """One fault of the machine, at a random moment."""
    moment, slots = draw.uniform(0, REAL_SPAN if episode.real else 0.5), draw.choice([1, 2])

    def later(act):
        def meanwhile(process):
            time.sleep(moment)
            with contextlib.suppress(ProcessLookupError):  # it may be over by then
                act(process)

        return meanwhile

    def fill(process):
        filler = disk / "filler"
        with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))

    match kind:
        case "runner killed":
            episode.run(later(lambda process: process.kill()), slots)
        case "interrupted":
            episode.run(
                later(lambda process: os.kill(process.pid, draw.choice([signal.SIGINT, signal.SIGTERM]))), slots
            )
        case "worker killed":

            def kill(process):
                for pid in children(process.pid):
                    os.kill(pid, signal.SIGKILL)

            episode.run(later(kill), slots)
        case "disk full":
            code = episode.run(later(fill), slots)
            assert code in (0, 2, 4), episode.said
            (disk / "filler").unlink(missing_ok=True)
        case _:
            damage(kind, episode, draw)


def damage(kind, episode, draw):
    """Something happens to a result while nobody looks."""
    done = sorted(sound(episode.results))
    if not done:
        episode.run()
        done = sorted(sound(episode.results))
    folder = next(episode.results.glob(f"jobs/*/{draw.choice(done)}"))
    if kind == "torn record":
        other = next(episode.results.glob(f"jobs/*/{draw.choice(done)}/record.json")).read_bytes()
        path = folder / "record.json"
        whole = path.read_bytes()
        path.write_bytes(draw.choice([whole[: draw.randrange(len(whole))], bytes(len(whole)), other]))
        return
    path = folder / draw.choice(["image.png", "curve.csv"])
    if kind == "lost picture":
        path.unlink()
        return
    whole, stat = path.read_bytes(), path.stat()
    if draw.random() < 0.5:
        path.write_bytes(whole[: draw.randrange(len(whole))])
    else:  # as long as before, and of the same date: only its bytes tell
        place = draw.randrange(len(whole))
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def drawn(seed):
    """The faults of an episode."""
    draw = random.Random(seed)
    return draw, [draw.choice((*worker.FAULTS, *MACHINE)) for _ in range(FAULTS_EACH)]


@pytest.mark.parametrize("seed", range(EPISODES))
def test_a_plain_run_completes_the_plan_after_any_faults(seed, processes, undisturbed, disk, tmp_path):
    manifest, left = undisturbed
    draw, faults = drawn(seed)
    episode = Episode(processes, manifest, disk / "results", tmp_path / "own")
    for job, fault in zip(draw.sample(episode.jobs, FAULTS_EACH), faults, strict=True):
        if fault in worker.FAULTS:
            (episode.own / "faults" / job).write_text(fault)
    try:
        for fault in faults:
            if fault in MACHINE:
                strike(fault, episode, draw, disk)
        episode.run()  # a fault of a job may not have come up before, and fails it here
        completes(episode, left(False))
    finally:
        episode.tidy()


@pytest.mark.parametrize("seed", range(REAL_EPISODES))
def test_so_it_does_with_real_pictures(seed, processes, undisturbed, disk, tmp_path):
    manifest, left = undisturbed
    draw = random.Random(seed)
    episode = Episode(processes, manifest, disk / "results", tmp_path / "own", real=True)
    for fault in draw.sample(MACHINE, 3):
        strike(fault, episode, draw, disk)
    completes(episode, left(True))


def completes(episode, expected):
    assert episode.run() == 0, episode.said
    assert sound(episode.results) == set(episode.jobs)
    assert contents(episode.results) == expected
    assert not list((episode.results / "tmp").glob("*"))


def test_every_fault_is_drawn():
    assert {fault for seed in range(EPISODES) for fault in drawn(seed)[1]} == {*worker.FAULTS, *MACHINE}
