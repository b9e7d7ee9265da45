"""What `nst-bench status` says."""

import json
import os
from datetime import UTC, datetime, timedelta

import pytest

from bench.errors import BenchError
from bench.store import Store, journal
from bench.store.files import utc
from bench.store.scan import Ended
from bench.store.status import as_text, failures, status
from tests.bench.report.synthetic_results import Trial, failed, make

THEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
#: Of a job at 64 pixels, in the unit of :func:`bench.progress.work`; one at 128 is four times that.
SIZES = [64, 128]


def took(record, seconds, **more):
    """The record of a job that took so long from start to end."""
    return record | {"started": utc(THEN), "finished": utc(THEN + timedelta(seconds=seconds)), **more}


@pytest.fixture
def results(tmp_path):
    """Writes a folder of 16 jobs, of two pictures in two styles at two sizes with two seeds."""

    def write(edit=None):
        trial = Trial("sizes", grid={"size": SIZES, "seed": [0, 1]})
        make(tmp_path / "results", [trial], edit=edit)
        return tmp_path / "results"

    return write


def local(moment):
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"


def test_jobs_are_counted_by_how_they_ended(results):
    def edit(p, record):
        if p["size"] == 128 and p["seed"] == 1:
            return None
        if p["content"] == "cat" and p["size"] == 64:
            return failed(record, "oom" if p["seed"] else "crashed", "broke\nmore of it")
        return record

    found = status(results(edit))
    assert (found.jobs, found.statuses, found.not_run) == (16, {"crashed": 2, "done": 8, "oom": 2}, 4)
    assert (found.spare, found.untrusted, found.notes, found.runs, found.at_work) == (0, 0, [], [], None)


def test_failures_are_grouped_by_their_first_line_the_most_frequent_first():
    def ended(status, reason):
        return Ended(status, reason, None, None)

    found = failures({
        "a": ended("failed", "no such layer\n  details of a"),
        "b": ended("oom", "out of memory"),
        "d": ended("failed", "no such layer\n  details of d"),
        "c": ended("failed", "no such layer\x1b[2J"),
        "e": ended("crashed", None),
        "f": ended("crashed", " \n"),
        "g": ended("done", None),
    })  # fmt: skip
    assert [(group.status, group.reason, group.jobs) for group in found] == [
        ("crashed", "no reason given", ["e", "f"]),
        ("failed", "no such layer", ["a", "d"]),
        ("failed", r"no such layer\x1b[2J", ["c"]),
        ("oom", "out of memory", ["b"]),
    ]


def test_what_no_manifest_claims_is_spare_and_what_cannot_be_trusted_is_noted(results):
    root = results()
    plan = json.loads((root / "plan.json").read_text())
    ids = list(plan["jobs"])
    del plan["jobs"][ids[0]]
    (root / "plan.json").write_text(json.dumps(plan))
    store = Store(root)
    (store.folder(ids[1]) / "image.png").write_text("")
    (root / "jobs" / "notes.txt").write_text("")
    found = status(root)
    assert (found.jobs, found.statuses, found.not_run, found.spare, found.untrusted) == (15, {"done": 14}, 1, 1, 2)
    assert found.notes == [
        f"jobs/{ids[1][:2]}/{ids[1]}: image.png is not the file that its record names: other bytes, and 1 more like it; "
        "the next run sets such things aside"
    ]


def test_jobs_of_an_earlier_manifest_count_as_claimed(results):
    root = results()
    plan = json.loads((root / "plan.json").read_text())
    (root / "plans").mkdir()
    (root / "plans" / "before.json").write_text(json.dumps(plan | {"name": "before"}))
    plan["jobs"] = dict(list(plan["jobs"].items())[:4])
    (root / "plan.json").write_text(json.dumps(plan))
    found = status(root)
    assert (found.name, found.others, found.jobs, found.spare) == ("start-and-size", ["before"], 16, 0)


def test_bytes_are_those_of_the_files(results):
    root = results()
    (root / "parts" / "0f").mkdir(parents=True)
    (root / "parts" / "0f" / "frame-00001.png").write_bytes(b"frame")
    sizes = {
        name: sum(path.stat().st_size for path in (root / name).rglob("*") if path.is_file())
        for name in ("jobs", "inputs", "parts")
    }
    (root / "inputs" / "loop").symlink_to("..")
    sizes["inputs"] += len("..")
    assert status(root).bytes == sizes


# -- seconds left ------------------------------------------------------------------------------------


def half_done(p, record):
    """The small ones took 2 s each, or the first seed's 4 s; the large ones are still to run, at four times the work."""
    return (
        took(record, 4 if p["seed"] == 0 else 2, run="earlier" if p["seed"] == 0 else None) if p["size"] == 64 else None
    )


def test_seconds_left_are_told_from_the_pace_of_what_is_done(results):
    assert status(results(half_done)).seconds_left == pytest.approx(8 * 3 * 4)


def test_jobs_that_failed_are_still_to_run_and_their_times_no_pace(results):
    def edit(p, record):
        done = half_done(p, record)
        return failed(took(done, 1000)) if done and p["seed"] == 0 else done

    assert status(results(edit)).seconds_left == pytest.approx(8 * 2 * 4 + 4 * 2)


@pytest.mark.parametrize(
    "edit", [lambda p, r: None, lambda p, r: r, lambda p, r: r | {"started": "?"} if p["seed"] else None]
)
def test_nothing_is_known_of_the_time_left_when_nothing_is_done_or_left_or_dated(results, edit):
    assert status(results(edit)).seconds_left is None


@pytest.fixture
def at_work(results):
    """A run of two slots that is at work, in this process, on the large jobs."""

    def write(edit):
        root = results(edit)
        store = Store(root)
        store.acquire(["nst-bench", "run", "sizes"])
        stores.append(store)
        report = journal.begin(root, name="start-and-size", command=[], slots=["cpu", "cpu/1"])
        return root, report

    stores = []
    yield write
    for store in stores:
        store.release()


def test_the_run_at_work_is_named_and_its_slots_share_what_is_left(at_work):
    root, report = at_work(half_done)
    found = status(root)
    assert (found.at_work.process, found.at_work.command) == (os.getpid(), ["nst-bench", "run", "sizes"])
    assert [(run.id, run.ended) for run in found.runs] == [(report.id, "at work")]
    assert found.seconds_left == pytest.approx(8 * 3 * 4 / 2)


def test_the_pace_is_that_of_the_run_at_work_and_what_it_tried_is_not_left(at_work):
    root, report = at_work(half_done)

    def edit(p, record):
        if p["size"] == 64:
            return half_done(p, record)
        if (p["content"], p["seed"]) == ("cat", 0):
            return took(record, 20, run=report.id)
        if (p["content"], p["seed"]) == ("cat", 1):
            return failed(took(record, 20, run=report.id))
        return None

    make(root, [Trial("sizes", grid={"size": SIZES, "seed": [0, 1]})], edit=edit)
    assert status(root).seconds_left == pytest.approx(4 * 20 / 2)


# -- in all ------------------------------------------------------------------------------------------


def test_a_folder_is_told_in_aligned_lines(results):
    def edit(p, record):
        if p["size"] == 128 and p["seed"] == 1:
            return None
        if p["content"] == "cat" and p["size"] == 128:
            return failed(took(record, 1), "oom", "out of memory on cpu: 3 bytes too many")
        return took(record, 3 if p["size"] == 64 else 12)

    root = results(edit)
    first = journal.begin(root, name="start-and-size", command=[], now=lambda: THEN)
    second = journal.begin(root, name="start-and-size", command=[], now=lambda: THEN + timedelta(hours=1))
    journal.end(root, second, ended="some failed", statuses={"done": 10, "oom": 2}, unstable=True)
    (root / "runs" / "broken.json").write_text("[]")
    found = status(root)
    ids = failures(Store(root).look().jobs)[0].jobs
    text = as_text(found).replace(str(root), "results/x")
    jobs, inputs = (f"{found.bytes[name] / 1000:,.1f} kB" for name in ("jobs", "inputs"))
    assert (
        text
        == f"""\
results/x: start-and-size

jobs      16
done      10
oom        2
not run    4

oom, 2 jobs: out of memory on cpu: 3 bytes too many
  {ids[0][:12]}, {ids[1][:12]}

left      1:12 at the pace so far
disk      jobs {jobs}, inputs {inputs}
runs      {local(THEN + timedelta(hours=1))}  start-and-size: some failed (10 done, 2 oom), unstable: its times are not to be compared
          {local(THEN)}  start-and-size: killed
note      runs/broken.json does not read as a RunReport: the whole file: Input should be an object
"""
    )
    assert first.id != second.id


def test_a_program_reads_it_as_json(at_work):
    root, report = at_work(half_done)
    found = status(root)
    told = json.loads(found.as_json())
    assert type(found).model_validate(told) == found
    assert set(told) == {
        "folder", "name", "others", "jobs", "statuses", "not_run", "spare", "untrusted", "failures", "at_work",
        "seconds_left", "bytes", "runs", "notes",
    }  # fmt: skip
    assert told["runs"][0]["id"] == report.id


def looks(root):
    """What a write would change; a read may change the time of the last one."""
    stats = ((path, path.lstat()) for path in root.rglob("*"))
    return {path: (stat.st_ino, stat.st_mode, stat.st_size, stat.st_mtime_ns) for path, stat in stats}


def test_it_writes_nothing_into_a_folder_nobody_works_in(results):
    root = results()
    before = looks(root)
    status(root)
    assert looks(root) == before


def test_a_folder_that_holds_no_results_is_refused(tmp_path):
    with pytest.raises(BenchError) as caught:
        status(tmp_path)
    assert (
        str(caught.value) == f"{tmp_path}: no plan.json in it; expected a results folder, as `nst-bench run` leaves it"
    )
