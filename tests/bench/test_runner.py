import json

import pytest

from bench.errors import BenchError, Exit
from bench.manifest import load
from bench.plan import make_plan
from bench.planned import store_plan
from bench.runner import Interrupt, run
from bench.store import Store
from tests.bench.small import SMALL, FakeEngine, Heard, done, failed


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "results")


def carry_out(plan, store, outcome=None, interrupt=None):
    engine, heard = FakeEngine(outcome), Heard()
    summary = run(plan, store, engine, heard, interrupt or Interrupt())
    return summary, engine, heard


def test_every_job_gets_its_record(plan, store):
    summary, engine, heard = carry_out(plan, store)
    assert summary.exit_code == Exit.FINE
    assert heard.lines == [
        "4 to run, 0 done",
        "one x left noise: done",
        "one x left content: done",
        "one x right noise: done",
        "one x right content: done",
    ]
    assert engine.closed
    for job in plan.jobs.values():
        found = store.record(job.id)
        assert (found.status, found.parameters, found.outcome.final_loss) == ("done", job.parameters, 1.5)
        assert (store.folder(job.id) / "image.png").read_bytes() == b"picture of " + job.id.encode()


def test_a_second_run_has_nothing_to_do(plan, store):
    carry_out(plan, store)
    summary, engine, heard = carry_out(plan, store)
    assert (summary.exit_code, summary.skipped, engine.orders) == (Exit.FINE, 4, [])
    assert heard.lines == ["0 to run, 4 done"]


def test_a_failure_is_recorded_with_its_reason_and_the_rest_goes_on(plan, store):
    bad = list(plan.jobs)[1]
    summary, _, heard = carry_out(plan, store, lambda o: failed(o) if o.id == bad else done(o))
    assert summary.exit_code == Exit.JOBS_FAILED
    assert heard.lines[2] == "one x left content: failed"
    assert heard.lines[-1] == "one x right content: done"
    assert store.record(bad).failure.message == "it broke"


def test_only_what_is_not_done_runs_again(plan, store):
    bad = list(plan.jobs)[1]
    carry_out(plan, store, lambda o: failed(o, status="crashed") if o.id == bad else done(o))
    summary, engine, _ = carry_out(plan, store)
    assert [order.id for order in engine.orders] == [bad]
    assert summary.exit_code == Exit.FINE
    assert store.record(bad).status == "done"


def test_a_runner_that_is_killed_loses_the_running_job_only(plan, store):
    third = list(plan.jobs)[2]

    def outcome(order):
        if order.id == third:
            (order.folder / "half-a-picture.png").write_bytes(b"half")
            raise SystemExit  # as far as the store can tell, kill -9
        return done(order)

    with pytest.raises(SystemExit):
        carry_out(plan, store, outcome)
    assert store.finished(plan.jobs) == set(list(plan.jobs)[:2])
    store.acquire()
    _, engine, _ = carry_out(plan, store)
    assert [order.id for order in engine.orders] == list(plan.jobs)[2:]
    assert not list(store.root.rglob("half-a-picture.png"))


def test_ctrl_c_once_finishes_the_job_that_runs_and_keeps_it(plan, store):
    interrupt = Interrupt()

    def outcome(order):
        if order.id == list(plan.jobs)[1]:
            interrupt.request()
        return done(order)

    summary, _, heard = carry_out(plan, store, outcome, interrupt)
    assert summary.exit_code == Exit.INTERRUPTED
    assert heard.lines[2:] == [
        "finishing the job that runs; Ctrl-C again stops it now",
        "one x left content: done",
    ]
    assert store.finished(plan.jobs) == set(list(plan.jobs)[:2])


def test_ctrl_c_twice_stops_the_job_that_runs(plan, store):
    interrupt = Interrupt()

    def outcome(order):
        if order.id == list(plan.jobs)[1]:
            interrupt.request()
            interrupt.request()
        return done(order)

    summary, engine, _ = carry_out(plan, store, outcome, interrupt)
    assert summary.exit_code == Exit.INTERRUPTED
    assert engine.closed
    assert store.finished(plan.jobs) == {next(iter(plan.jobs))}


def test_a_full_disk_ends_the_run_with_a_message_and_keeps_what_ended(plan, store, monkeypatch):
    second = list(plan.jobs)[1]
    publish = store.publish

    def full(folder, record):
        if record.id == second:
            raise OSError(28, "No space left on device", str(folder))
        publish(folder, record)

    monkeypatch.setattr(store, "publish", full)
    with pytest.raises(BenchError) as caught:
        carry_out(plan, store)
    assert str(caught.value) == (
        f"{store.root / 'tmp' / second}: cannot be written: No space left on device. "
        "Jobs that ended are kept; run the same command again to go on"
    )
    assert store.finished(plan.jobs) == {next(iter(plan.jobs))}


def test_workers_read_stored_copies_of_the_pictures(plan, store, folder):
    from nst import images

    _, engine, _ = carry_out(plan, store)
    (stored,) = (file.path for file in engine.orders[0].inputs["content"])
    assert stored.parent == store.root / "inputs"
    assert (images.read(stored) == images.read(folder / "one.png")).all()
    assert len(list(stored.parent.iterdir())) == 3


def test_workers_get_every_part_of_a_mix(manifest, store):
    text = SMALL.replace("right: right.png}", "right: right.png, m: {mix: {left: 0.7, right: 0.3}}}")
    plan = make_plan(load(manifest(text.replace("grid:", "pairs: [[one, m]]\n    grid:"))))
    _, engine, _ = carry_out(plan, store)
    assert {role: [file.weight for file in files] for role, files in engine.orders[0].inputs.items()} == {
        "content": [1.0],
        "style": [0.7, 0.3],
    }
    recorded = store.record(engine.orders[0].id).inputs["style"]
    assert [(part.label, part.weight) for part in recorded.parts] == [("left", 0.7), ("right", 0.3)]


def test_a_stored_picture_that_was_altered_or_lost_is_made_again(plan, store):
    _, engine, _ = carry_out(plan, store)
    (stored,) = (file.path for file in engine.orders[0].inputs["content"])
    good = stored.read_bytes()
    stored.write_bytes(engine.orders[0].inputs["style"][0].path.read_bytes())
    (store.folder(engine.orders[0].id) / "record.json").unlink()
    carry_out(plan, store)
    assert stored.read_bytes() == good
    stored.unlink()
    carry_out(plan, store)  # nothing to run, but the site shows it
    assert stored.read_bytes() == good


def test_a_picture_that_changes_after_planning_fails_its_jobs_in_words(plan, store, folder):
    (folder / "left.png").write_bytes((folder / "right.png").read_bytes())
    summary, engine, _ = carry_out(plan, store)
    assert len(summary.failed) == 2
    assert len(engine.orders) == 2
    failure = store.record(summary.failed[0]).failure
    assert failure.message == f"{folder / 'left.png'}: changed since the run began: start it again"


def test_an_interrupt_during_the_last_job_is_no_interruption(plan, store):
    interrupt = Interrupt()

    def outcome(order):
        if order.id == list(plan.jobs)[-1]:
            interrupt.request()
        return done(order)

    summary, _, _ = carry_out(plan, store, outcome, interrupt)
    assert summary.exit_code == Exit.FINE


def test_the_plan_is_written_down_with_the_manifest_as_it_was(plan, store):
    store_plan(plan, store, ["nst-bench", "run", "small.yaml"])
    stored = json.loads((store.root / "plan.json").read_text())
    assert stored["manifest_text"] == plan.loaded.source.text
    assert stored["warnings"] == plan.warnings
    assert len(plan.warnings) == 1
    assert stored["experiments"] == [
        {
            "name": "main",
            "task": "transfer",
            "axes": {"init": ["noise", "content"]},
            "compare": ["init"],
            "jobs": list(plan.jobs),
        }
    ]
