"""Looking ahead and encoding behind: in order, never far, and what goes wrong there is told."""

import threading
import time

import pytest

from bench.worker.making.video.ahead import prefetched
from bench.worker.making.video.behind import handed_on


def alive(name):
    return [thread for thread in threading.enumerate() if thread.name == name]


def test_what_is_fetched_ahead_comes_whole_and_in_order():
    with prefetched(iter(range(100)), depth=3) as items:
        assert list(items) == list(range(100))
    assert not alive("look ahead")


def test_nothing_is_fetched_further_ahead_than_asked():
    fetched = []

    def items():
        for k in range(50):
            fetched.append(k)
            yield k

    with prefetched(items(), depth=3) as found:
        for k in found:
            time.sleep(0.002)
            # Those that wait, one in the thread's hand, and the one that is looked at.
            assert len(fetched) <= k + 3 + 2


def test_what_goes_wrong_ahead_is_raised_behind_what_came_before():
    def items():
        yield 1
        yield 2
        raise ValueError("torn")

    with prefetched(items()) as found:
        assert [next(found), next(found)] == [1, 2]
        with pytest.raises(ValueError, match="torn"):
            next(found)
    assert not alive("look ahead")


def test_who_leaves_early_leaves_no_thread_behind():
    def endless():
        k = 0
        while True:
            yield k
            k += 1

    with prefetched(endless()) as found:
        assert [next(found), next(found)] == [0, 1]
    assert not alive("look ahead")


def test_everything_handed_on_is_done_in_order_before_the_block_is_left():
    done = []

    def work(thing):
        time.sleep(0.002)
        done.append(thing)

    with handed_on(work, depth=2) as hand_on:
        for k in range(20):
            hand_on(k)
    assert done == list(range(20))
    assert not alive("behind")


@pytest.mark.parametrize("count", [1, 30])
def test_work_that_fails_is_told_and_no_more_is_done(count):
    done = []

    def work(thing):
        done.append(thing)
        raise OSError("disk full")

    def hand_all_on():
        with handed_on(work, depth=2) as hand_on:
            for k in range(count):
                hand_on(k)

    with pytest.raises(OSError, match="disk full"):
        hand_all_on()
    assert done == [0]
    assert not alive("behind")


def test_an_error_of_the_one_who_hands_on_is_told_and_the_rest_is_dropped():
    begun, go_on = threading.Event(), threading.Event()
    done = []

    def work(thing):
        begun.set()
        go_on.wait(5)
        done.append(thing)

    def leave_early():
        with handed_on(work, depth=4) as hand_on:
            for k in range(3):
                hand_on(k)
            begun.wait(5)
            threading.Timer(0.05, go_on.set).start()
            raise KeyError("mine")

    with pytest.raises(KeyError):
        leave_early()
    assert done == [0]
    assert not alive("behind")
