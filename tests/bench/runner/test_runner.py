"""What is run, where, and what is written down of it."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.engines import Ended, Progressed, Standing
from bench.errors import Exit
from bench.manifest import load
from bench.plan import make_plan
from bench.runner import select
from bench.runner.interrupts import Interrupt
from bench.runner.summary import Summary, Took
from bench.store import Store
from bench.store.planned import store_plan
from tests.bench.runner.running import carry_out, crashed, in_turn, submitted
from tests.bench.small import SMALL, FakeEngine, Takes, done, failed


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
    assert heard.summary == summary
    assert engine.closed
    for job in plan.jobs.values():
        found = store.record(job.id)
        assert (found.status, found.parameters, found.outcome.final_loss) == ("done", job.parameters, 1.5)
        assert (store.folder(job.id) / "image.png").read_bytes() == b"picture of " + job.id.encode()


def test_a_second_run_has_nothing_to_do(plan, store):
    carry_out(plan, store)
    summary, engine, heard = carry_out(plan, store, steadiness=True)
    assert (summary.exit_code, summary.skipped, engine.log) == (Exit.FINE, 4, [(0, "close", None, None)])
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
    carry_out(plan, store, in_turn(plan, j1=failed))
    summary, engine, _ = carry_out(plan, store)
    assert [order.id for order in engine.orders] == [bad]
    assert summary.exit_code == Exit.FINE
    assert store.record(bad).status == "done"


def test_only_some_jobs_where_only_they_are_asked_for(plan, store):
    carry_out(plan, store, only=frozenset([list(plan.jobs)[2]]))
    summary, engine, heard = carry_out(plan, store, only=frozenset(list(plan.jobs)[1:3]))
    assert [order.id for order in engine.orders] == [list(plan.jobs)[1]]
    assert heard.lines[0] == "1 to run, 1 done"
    assert (summary.total, summary.skipped, summary.exit_code) == (2, 1, Exit.FINE)


def test_only_what_failed_where_that_is_asked_for(plan, store):
    carry_out(plan, store, in_turn(plan, j1=failed), only=frozenset(list(plan.jobs)[:2]))
    summary, engine, _ = carry_out(plan, store, retry_failed=True)
    assert [order.id for order in engine.orders] == [list(plan.jobs)[1]]
    assert (summary.total, summary.skipped, summary.sentence()) == (4, 1, "2 of 4 jobs done")


def test_a_caller_may_choose_first_and_run_what_it_chose(plan, store):
    todo = select(plan, store, only=set(list(plan.jobs)[3:]))
    _, engine, _ = carry_out(plan, store, todo=todo)
    assert [order.id for order in engine.orders] == [job.id for job in todo.jobs] == list(plan.jobs)[3:]


def test_every_record_names_its_run(plan, store):
    carry_out(plan, store, in_turn(plan, j1=failed), run_id="20260102T030405-12")
    assert {store.record(id).run for id in plan.jobs} == {"20260102T030405-12"}


def test_a_record_tells_when_its_worker_began_and_ended(plan, store):
    summary, _, _ = carry_out(plan, store, lambda o: Takes(10.0, done, ((5.0, 2.0),), starting=4.0))
    first = store.record(next(iter(plan.jobs)))
    assert (first.started, first.finished) == ("2026-01-02T03:04:09.000Z", "2026-01-02T03:04:19.000Z")
    assert list(summary.took.values()) == [Took(seconds=10.0, phases=pytest.approx(3.6), peak_bytes=100)] * 4


def test_all_slots_are_kept_busy_in_the_order_of_the_plan(plan, store):
    outcome = in_turn(
        plan, j0=lambda o: Takes(10.0, done), j1=lambda o: Takes(3.0, done), j2=lambda o: Takes(4.0, done)
    )
    summary, engine, _ = carry_out(plan, store, outcome, slots=["cuda:0", "cuda:1"])
    assert submitted(engine, plan) == [(0, "cuda:0", 0), (0, "cuda:1", 1), (3, "cuda:1", 2), (7, "cuda:1", 3)]
    assert summary.exit_code == Exit.FINE
    assert store.finished(plan.jobs) == set(plan.jobs)


def test_a_slot_gets_its_next_job_before_the_last_one_is_written_down(plan, store, monkeypatch):
    order = []
    publish, engine = store.publish, FakeEngine(lambda o: order.append(f"start {o.id}") or Takes(1.0, done))
    monkeypatch.setattr(store, "publish", lambda f, r: order.append(f"write {r.id}") or publish(f, r))
    carry_out(plan, store, engine=engine)
    a, b, c, d = plan.jobs
    assert order == [
        f"start {a}",
        f"start {b}",
        f"write {a}",
        f"start {c}",
        f"write {b}",
        f"start {d}",
        f"write {c}",
        f"write {d}",
    ]


def test_a_slot_that_ends_while_another_job_waits_to_be_written_goes_first(plan, store, monkeypatch):
    order = []
    publish, engine = store.publish, FakeEngine(lambda o: order.append("start") or Takes(1.0, done), ["a", "b"])
    monkeypatch.setattr(store, "publish", lambda f, r: order.append("write") or publish(f, r))
    carry_out(plan, store, engine=engine)
    assert order == ["start"] * 4 + ["write"] * 4


def test_what_ended_is_written_though_workers_talk_without_end(plan, store):
    """A queue that is never empty must not keep a result from the disk."""
    first, second = list(plan.jobs)[:2]

    class Talkative(FakeEngine):
        def next_event(self, timeout):
            if second in self.busy.values() and store.record(first) is None:
                self.talked += 1
                assert self.talked < 1000
                return Progressed(second, 1, 1.0)
            return super().next_event(timeout)

        talked = 0

    carry_out(plan, store, engine=Talkative(lambda o: Takes(1.0, done)))
    assert store.finished(plan.jobs) == set(plan.jobs)


def test_a_slot_that_appears_later_is_used(plan, store):
    engine = FakeEngine(slots=[])

    def outcome(order):
        engine.slots = ["node1", "node2"]
        return Takes(1.0, done)

    engine.outcome = outcome
    next_event = engine.next_event
    engine.next_event = lambda timeout: (engine.slots or engine.slots.append("node1")) and next_event(timeout)
    carry_out(plan, store, engine=engine)
    assert [slot for _, slot, _ in submitted(engine, plan)] == ["node1", "node2", "node1", "node2"]


def test_words_of_a_worker_that_nobody_asked_are_no_end_of_another_job(plan, store):
    engine = FakeEngine()
    spoken = iter([Ended("someone else", "failed"), Progressed("someone else", 1, 1.0)])
    next_event = engine.next_event
    engine.next_event = lambda timeout: next(spoken, None) or next_event(timeout)
    summary, _, _ = carry_out(plan, store, engine=engine)
    assert summary.statuses == {"done": 4}


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
            "zips": {},
            "compare": ["init"],
            "jobs": list(plan.jobs),
            "findings": [],
            "open": {},
            "manifest_title": "",
            "manifest_intro": "",
        }
    ]


def test_the_sentence_tells_all_that_a_run_can_come_to():
    summary = Summary(
        total=9, skipped=2, ended={"a": "done", "b": "oom"}, unheard="progress could no longer be shown (x)"
    )
    summary.interrupted = True
    assert summary.sentence() == (
        "3 of 9 jobs done, 1 failed: the records say why; progress could no longer be shown (x); "
        "interrupted: run the same command again to go on"
    )


ENDS = st.sampled_from(["done", "failed", "oom", "crashed", "lost", "hang"])


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    slots=st.integers(1, 3),
    retries=st.integers(0, 2),
    ends=st.lists(st.tuples(ENDS, st.sampled_from([0.0, 0.5, 3.0])), min_size=1, max_size=30),
    press=st.one_of(st.none(), st.floats(0.0, 20.0)),
)
def test_no_job_is_lost_or_done_twice_whatever_happens(
    plan, tmp_path_factory, monkeypatch, slots, retries, ends, press
):
    """Random ends over random slots, with or without Ctrl-C; then an undisturbed run completes the plan."""
    monkeypatch.setattr("os.fsync", lambda _: None)
    store = Store(tmp_path_factory.mktemp("results"))
    drawn = iter(ends)

    def outcome(order):
        end, seconds = next(drawn, ("done", 1.0))
        if end == "hang":
            return Takes(0, None)
        finish = {"done": done}.get(end, lambda o: crashed(o, status=end))
        return Takes(seconds, finish)

    interrupt, engine = Interrupt(), FakeEngine(outcome, [f"slot{n}" for n in range(slots)])
    next_event = engine.next_event

    def pressed(timeout):
        if press is not None and engine.time.seconds >= press:
            interrupt.requests = 1
        return next_event(timeout)

    engine.next_event = pressed
    published = []
    publish = store.publish
    store.publish = lambda folder, record: published.append(record.id) or publish(folder, record)
    summary, _, heard = carry_out(
        plan, store, engine=engine, interrupt=interrupt, retries=retries, limit=lambda job: 5.0
    )

    assert len(set(published)) == len(published) == len(summary.ended)
    assert set(summary.ended) == {id for id in plan.jobs if store.record(id)}
    assert len(summary.ended) + summary.not_started == 4
    assert summary.not_started == 0 or summary.interrupted
    assert all(len(store.record(id).tries) <= retries for id in published)
    firsts = list(dict.fromkeys(order.id for order in engine.orders))
    assert firsts == list(plan.jobs)[: len(firsts)]
    assert heard.summary == summary

    before = {id for id, status in summary.ended.items() if status == "done"}
    _, engine, _ = carry_out(plan, store)
    assert {order.id for order in engine.orders} == set(plan.jobs) - before
    assert store.finished(plan.jobs) == set(plan.jobs)


class Cluster(FakeEngine):
    """Machines of a slot each; the first that is given a second job goes away with it."""

    def __init__(self, *names):
        super().__init__(lambda order: Takes(10.0, done), [f"cpu on {name}" for name in names])
        self.lost = ()

    @property
    def standing(self):
        return Standing(len(self.slots), 0, len(self.slots), self.lost)

    def submit(self, order, slot):
        super().submit(order, slot)
        if not self.lost and len(self.orders) > len(self.slots):
            self.slots.remove(slot)
            self.lost = (slot.removeprefix("cpu on "),)
            self._events = [event for event in self._events if event[2] != slot]
            self._at(1.0, slot, Ended(order.id, "lost", {"failure": {"message": "the node went away"}}))


def test_what_a_machine_loses_runs_elsewhere_with_the_try_recorded(plan, store):
    engine = Cluster("a", "b", "c")
    summary, _, heard = carry_out(plan, store, engine=engine)
    assert summary.statuses == {"done": 4}
    tries = [[(one.status, one.message) for one in store.record(id).tries] for id in plan.jobs]
    assert sorted(tries) == [[], [], [], [("lost", "the node went away")]]
    assert [(told.nodes, told.lost) for told in heard.machines_told] == [(3, ()), (2, ("a",))]


def test_a_machine_that_joins_gets_work(plan, store):
    def joined(order):
        engine.slots[1:] = ["cpu on b"]
        return Takes(10.0, done)

    engine = FakeEngine(joined, ["cpu on a"])
    carry_out(plan, store, engine=engine)
    assert {slot for _, slot, _ in submitted(engine, plan)} == {"cpu on a", "cpu on b"}
