"""Trials on workers, with an engine that needs none."""

from bench.engines import Ended, Progressed, Started
from bench.prediction.through import through

TOLD = {"seconds": {"evaluations": [0.1, 0.3]}, "free_bytes": 100, "took": 1.0}


class Engine:
    """Ends every probe as ``ends`` says, by slot; a slot that it does not name never ends."""

    def __init__(self, ends):
        self.slots, self.ends = tuple(ends), ends
        self.submitted, self.stopped, self.events = [], [], []

    def submit(self, order, slot):
        self.submitted.append((order.kind, dict(order.content), slot))
        self.events += [Started(order.id), Progressed(order.id, 1, None)]
        if self.ends[slot]:
            status, content = self.ends[slot]
            self.events.append(Ended(order.id, status, content))

    def next_event(self, timeout):
        return self.events.pop(0) if self.events else None

    def stop(self, slot):
        self.stopped.append(slot)


def clock():
    """Two seconds pass between two looks."""
    return iter(range(0, 10_000, 2)).__next__


def test_a_trial_is_a_probe_and_its_end_the_answer():
    engine = Engine({"cpu": ("done", TOLD)})
    assert through(engine, ["cpu"])({"what": "ever"}) == TOLD
    assert engine.submitted == [("trial", {"what": "ever"}, "cpu")]
    assert engine.stopped == []


def test_all_slots_measure_at_once_and_the_slowest_counts():
    slow = {"seconds": {"evaluations": [0.5, 0.5]}, "free_bytes": 120, "took": 0.5}
    engine = Engine({"cpu": ("done", TOLD), "cpu/1": ("done", slow)})
    assert through(engine, engine.slots)({}) == {"seconds": slow["seconds"], "free_bytes": 100, "took": 1.0}
    assert [slot for _, _, slot in engine.submitted] == ["cpu", "cpu/1"]


def test_each_trial_has_a_name_of_its_own():
    names = []
    engine = Engine({"cpu": ("done", TOLD)})
    submit = engine.submit
    engine.submit = lambda order, slot: (names.append(order.id), submit(order, slot))
    measure = through(engine, ["cpu"])
    measure({}), measure({})
    assert names == ["trial-1-cpu", "trial-2-cpu"]


def test_a_crash_is_an_answer():
    assert through(Engine({"cpu": ("crashed", {"failure": {"message": "it died"}})}), ["cpu"])({}) is None


def test_out_of_memory_in_one_slot_is_an_answer_for_all():
    engine = Engine({"cpu": ("done", TOLD), "cpu/1": ("oom", {})})
    assert through(engine, engine.slots)({}) == {"out_of_memory": True}


def test_a_trial_that_hangs_is_stopped():
    engine = Engine({"cpu": ("done", TOLD), "cpu/1": None})
    assert through(engine, engine.slots, patience=20, now=clock())({}) is None
    assert engine.stopped == ["cpu/1"]


def test_who_asks_to_stop_does_not_wait():
    engine = Engine({"cpu": None})
    assert through(engine, ["cpu"], stopped=lambda: True)({}) is None
    assert engine.stopped == ["cpu"]


def test_what_is_left_of_an_earlier_order_is_passed_over():
    engine = Engine({"cpu": ("done", TOLD)})
    engine.events = [Ended("another", "crashed")]
    assert through(engine, ["cpu"])({}) == TOLD
