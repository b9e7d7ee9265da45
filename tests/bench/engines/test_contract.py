"""What every engine keeps: one suite over the fake engine, the local one and Ray's."""

import random
import time

import pytest

from bench.engines import Ended, InputFile, Pack, Probe, Progressed, Started
from tests.bench.engines.kits import ENGINES, cluster, order_in, with_weights


@pytest.fixture(scope="module")
def two_nodes():
    with cluster(num_cpus=2) as made:
        yield made


@pytest.fixture(params=["fake", "local", pytest.param("ray", marks=pytest.mark.ray)])
def engine(request, tmp_path):
    if request.param == "ray":
        request.getfixturevalue("two_nodes")
    engine = ENGINES[request.param](tmp_path)
    yield engine
    engine.close()


@pytest.fixture
def order(tmp_path):
    return lambda what="work", name="job", **inputs: order_in(tmp_path, what, name, **inputs)


def next_event(engine):
    event = engine.next_event(20)
    assert event is not None, "the engine said nothing for 20 s"
    return event


def to_end(engine):
    """All events up to the next end."""
    events = [next_event(engine)]
    while not isinstance(events[-1], Ended):
        events.append(next_event(engine))
    return events


def carry_out(engine, given, slot):
    engine.submit(given, slot)
    return to_end(engine)


def test_slots_have_names_of_their_own_and_keep_them(engine):
    first, second = engine.slots
    assert first != second
    assert list(engine.slots) == [first, second]


def test_an_order_begins_goes_on_and_ends(engine, order):
    started, *progressed, ended = carry_out(engine, order(), engine.slots[0])
    assert started == Started("job")
    assert {(event.id, event.evaluations, event.loss) for event in progressed} == {("job", 1, 2.0)}
    assert (ended.id, ended.status, ended.content) == ("job", "done", {"files": {}})
    assert ended.environment


def test_a_measurement_is_an_order_too(engine):
    ended = carry_out(engine, Probe("probe", "trial", {"size": 32}), engine.slots[1])[-1]
    assert (ended.status, ended.content) == ("done", {"measured": "trial", "of": {"size": 32}})


def test_an_order_finds_its_pictures_masks_and_weights_and_leaves_files_in_its_folder(engine, order, tmp_path):
    content, style, mask, weights = (tmp_path / name for name in ("content.png", "style.png", "mask.png", "own.pth"))
    for path in (content, style, mask, weights):
        path.write_bytes(b"%" + path.name.encode())
    given = order(content=content, style=InputFile(style, 0.5, mask=str(mask), style_mask="mask:left"))
    ended = carry_out(engine, with_weights(given, weights), engine.slots[0])[-1]
    assert ended.status == "done"
    assert (tmp_path / "job" / "read.bin").read_bytes() == b"%content.png%style.png%mask.png%own.pth"
    assert set(ended.content["files"]) == {"read.bin"}


def test_a_pack_ends_with_what_each_of_its_orders_came_to(engine, order, tmp_path):
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"a picture")
    ended = carry_out(engine, Pack("pack", [order(name=n, content=picture) for n in ("a", "b")]), engine.slots[0])[-1]
    assert (ended.id, ended.status, list(ended.content["orders"])) == ("pack", "done", ["a", "b"])
    assert [(tmp_path / name / "read.bin").read_bytes() for name in ("a", "b")] == [b"a picture"] * 2


def test_a_slot_has_one_order_at_a_time(engine, order):
    slot = engine.slots[0]
    engine.submit(order("hang", "first"), slot)
    with pytest.raises(RuntimeError, match=r"is busy with first"):
        engine.submit(order(), slot)


def test_all_slots_work_at_the_same_time(engine, order):
    for name, slot in zip("ab", engine.slots, strict=True):
        engine.submit(order("hang", name), slot)
    begun = set()
    while begun != {"a", "b"}:
        event = next_event(engine)
        begun |= {event.id} if isinstance(event, Started) else set()


def test_a_worker_that_dies_takes_its_own_order_with_it_and_no_other(engine, order):
    one, other = engine.slots
    engine.submit(order("hang", "innocent"), one)
    ended = carry_out(engine, order("exit", "guilty"), other)[-1]
    assert (ended.id, ended.status) == ("guilty", "crashed")
    ended = carry_out(engine, order("work", "next"), other)[-1]
    assert (ended.id, ended.status) == ("next", "done")
    with pytest.raises(RuntimeError, match=r"is busy with innocent"):
        engine.submit(order(), one)


def test_an_end_is_told_as_the_worker_tells_it(engine, order):
    ended = carry_out(engine, order("oom"), engine.slots[0])[-1]
    assert (ended.status, ended.content) == ("oom", {"failure": {"message": "too much"}})
    assert carry_out(engine, order("work", "next"), engine.slots[0])[-1].status == "done"


def test_a_job_that_talks_without_end_is_heard_meanwhile(engine, order):
    """Its time counts from its start, which must therefore be known at once."""
    began = time.monotonic()
    engine.submit(order("talk"), engine.slots[0])
    assert next_event(engine) == Started("job")
    heard = [next_event(engine).evaluations for _ in range(3)]
    assert time.monotonic() - began < 8
    assert heard == sorted(set(heard))


def test_nothing_is_told_while_nothing_happens(engine):
    assert engine.next_event(0.05) is None
    assert engine.next_event(0) is None


class TestStop:
    def test_silences_the_order_and_frees_the_slot(self, engine, order):
        slot = engine.slots[0]
        engine.submit(order("hang", "stopped"), slot)
        assert isinstance(next_event(engine), Started)
        engine.stop(slot)
        assert engine.next_event(0.3) is None
        assert {event.id for event in carry_out(engine, order("work", "next"), slot)} == {"next"}

    def test_drops_what_was_not_asked_for_yet(self, engine, order):
        slot = engine.slots[0]
        carry_out(engine, order("work", "before"), slot)
        engine.submit(order("work", "stopped"), slot)
        engine.stop(slot)
        assert engine.next_event(0.5) is None

    def test_leaves_the_same_order_to_be_begun_again(self, engine, order):
        slot = engine.slots[0]
        for _ in range(3):
            engine.submit(order("hang"), slot)
            assert next_event(engine) == Started("job")
            engine.stop(slot)
        started, *_, ended = carry_out(engine, order("work"), slot)
        assert (started, ended.status) == (Started("job"), "done")

    def test_does_nothing_to_a_slot_that_is_free(self, engine, order):
        one, other = engine.slots
        engine.submit(order("hang"), one)
        for slot in (other, one, one):
            engine.stop(slot)
        assert engine.next_event(0.2) is None


def test_close_may_be_called_twice_and_while_work_is_under_way(engine, order):
    engine.submit(order("hang"), engine.slots[0])
    next_event(engine)
    engine.close()
    engine.close()


@pytest.mark.parametrize("seed", [1, 2])
def test_every_order_ends_once_whatever_becomes_of_workers(engine, order, seed):
    """Thirty jobs, of which some crash, run out of memory or hang, and slots stopped at random moments."""
    draw = random.Random(seed)
    todo = [order(draw.choice(["work", "work", "work", "exit", "oom", "hang"]), f"job {n}") for n in range(30)]
    names, free, running, ended = [one.id for one in todo], list(engine.slots), {}, []
    hangs = {one.id for one in todo if one.parameters["what"] == "hang"}
    while todo or running:
        while todo and free:
            slot, one = free.pop(), todo.pop()
            running[one.id] = slot
            engine.submit(one, slot)
        if draw.random() < 0.1 or set(running) <= hangs:
            job = draw.choice(list(running))
            engine.stop(running[job])
        else:
            event = next_event(engine)
            assert event.id in running
            assert isinstance(event, Started | Progressed | Ended)
            if not isinstance(event, Ended):
                continue
            job = event.id
        free.append(running.pop(job))
        ended.append(job)
    assert sorted(ended) == sorted(names)
