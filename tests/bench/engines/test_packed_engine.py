"""Packs, on an engine that carries nothing out: who goes with whom, and what becomes of a pack that ends badly."""

from pathlib import Path

import pytest

from bench.engines import Ended, Order, Pack, Probe, Progressed, Started
from bench.engines.packed import PackedEngine


class Behind:
    """Takes what it is given; tests say what is heard of it."""

    def __init__(self, slots=("cpu",)):
        self.slots, self.given, self.stopped, self.events, self.closed = slots, [], [], [], False

    def submit(self, order, slot):
        self.given.append((slot, order))

    def next_event(self, timeout):
        return self.events.pop(0) if self.events else None

    def stop(self, slot):
        self.stopped.append(slot)

    def close(self):
        self.closed = True


@pytest.fixture
def behind():
    return Behind()


def order(id, batch="waves"):
    return Order(id, {}, {}, "none", Path(), batch)


def filled(behind, *orders, most=4):
    """An engine with an order in each of its first slots, after one question."""
    engine = PackedEngine(behind, most)
    for slot, one in zip(engine.slots, orders, strict=False):
        engine.submit(one, slot)
    assert engine.next_event(0) is None
    return engine


def given(behind):
    """By slot, ids of what was given: of a pack, those of its orders."""
    return [(slot, [o.id for o in one.orders] if isinstance(one, Pack) else one.id) for slot, one in behind.given]


def heard(engine):
    found = []
    while (event := engine.next_event(0)) is not None:
        found.append(event)
    return found


def test_every_slot_of_the_engine_behind_stands_for_as_many_as_a_pack_holds():
    engine = PackedEngine(Behind(("cpu", "cuda:0")), 2)
    assert engine.slots == ("cpu #1", "cpu #2", "cuda:0 #1", "cuda:0 #2")
    assert engine.independent == ("cpu #1", "cuda:0 #1")


def test_what_goes_together_is_given_as_one_and_the_rest_waits(behind):
    filled(behind, order("a"), order("b", "night"), order("c"), order("d", "night"))
    assert given(behind) == [("cpu", ["a", "c"])]


def test_what_goes_with_nothing_is_given_as_it_is(behind):
    filled(behind, order("a", ""), order("b", ""), order("c"))
    assert given(behind) == [("cpu", "a")]


def test_each_slot_behind_gets_its_own():
    behind = Behind(("cpu/1", "cpu/2"))
    engine = filled(behind, *map(order, "abcd"), most=2)
    assert given(behind) == [("cpu/1", ["a", "b"]), ("cpu/2", ["c", "d"])]
    with pytest.raises(RuntimeError, match="busy"):
        engine.submit(order("e"), "cpu/1 #2")


def test_what_is_heard_of_a_pack_is_told_of_each_of_its_orders(behind):
    engine = filled(behind, order("a"), order("b"))
    pack = behind.given[0][1].id
    ends = {id: {"status": status, "content": {"of": id}} for id, status in (("a", "done"), ("b", "failed"))}
    behind.events = [
        Started(pack),
        Progressed(pack, 10, 3.0, (3.0, None)),
        Ended(pack, "done", {"orders": ends}, {"device": "cpu"}),
    ]
    assert heard(engine) == [
        Started("a"), Started("b"), Progressed("a", 10, 3.0), Progressed("b", 10, None),
        Ended("a", "done", {"of": "a"}, {"device": "cpu"}), Ended("b", "failed", {"of": "b"}, {"device": "cpu"}),
    ]  # fmt: skip


def test_nothing_new_is_given_before_all_ends_of_a_pack_are_told(behind):
    engine = filled(behind, order("a"), order("b"), most=2)
    ends = {id: {"status": "done", "content": {}} for id in "ab"}
    behind.events = [Ended(behind.given[0][1].id, "done", {"orders": ends})]
    assert engine.next_event(0).id == "a"
    engine.submit(order("c"), "cpu #1")
    assert engine.next_event(0).id == "b"
    engine.submit(order("d"), "cpu #2")
    assert engine.next_event(0) is None
    assert given(behind) == [("cpu", ["a", "b"]), ("cpu", ["c", "d"])]


@pytest.mark.parametrize("status", ["crashed", "lost", "oom", "failed"])
def test_a_pack_that_ends_badly_is_begun_again_one_by_one(behind, status):
    engine = filled(behind, order("a"), order("b"))
    behind.events = [Ended(behind.given[0][1].id, status, {"failure": {"message": "something"}})]
    assert heard(engine) == []
    for id, end in (("a", "done"), ("b", "crashed")):
        engine.next_event(0)
        assert given(behind)[-1] == ("cpu", id)
        behind.events = [Ended(id, end)]
        assert heard(engine) == [Ended(id, end)]
    assert len(behind.given) == 3


def test_what_is_stopped_takes_its_pack_along_which_is_begun_again_without_it(behind):
    engine = filled(behind, order("a"), order("b"), order("c"))
    engine.stop("cpu #2")
    assert behind.stopped == ["cpu"]
    engine.next_event(0)
    assert given(behind)[-1] == ("cpu", ["a", "c"])


def test_what_waits_is_stopped_by_not_being_begun(behind):
    engine = filled(behind, order("a"), order("b", "night"))
    engine.stop("cpu #2")
    behind.events = [Ended("a", "done")]
    assert heard(engine) == [Ended("a", "done")]
    assert behind.stopped == []
    assert given(behind) == [("cpu", "a")]


def test_probes_go_alone(behind):
    engine = filled(behind, Probe("p", "steadiness"), order("a"), order("b"))
    assert given(behind) == [("cpu", "p")]
    behind.events = [Ended("p", "done", {"seconds": 1.0})]
    assert heard(engine) == [Ended("p", "done", {"seconds": 1.0})]
    engine.next_event(0)
    assert given(behind)[-1] == ("cpu", ["a", "b"])


def test_closing_closes_the_engine_behind(behind):
    PackedEngine(behind, 2).close()
    assert behind.closed


def test_what_waits_for_a_slot_that_has_gone_is_lost(behind):
    behind.slots = ("cpu on a", "cpu on b")
    engine = PackedEngine(behind, 2)
    for slot, one in zip(engine.slots, [order("1"), order("2"), order("3"), order("4")], strict=True):
        engine.submit(one, slot)
    behind.slots = ("cpu on b",)
    found = heard(engine)
    assert [(event.id, event.status) for event in found] == [("1", "lost"), ("2", "lost")]
    assert given(behind) == [("cpu on b", ["3", "4"])]


def test_a_pack_whose_slot_has_gone_is_lost_order_by_order(behind):
    behind.slots = ("cpu on a",)
    engine = filled(behind, order("1"), order("2"), most=2)
    behind.slots = ()
    ((_, pack),) = behind.given
    behind.events = [Ended(pack.id, "lost", {"failure": {"message": "the node went away"}})]
    assert engine.next_event(0) is None  # each by itself will show, where there is room for it
    assert [(event.id, event.status) for event in heard(engine)] == [("1", "lost"), ("2", "lost")]
