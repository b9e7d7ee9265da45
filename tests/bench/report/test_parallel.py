"""One function on many things: in order, with its exceptions, and whatever becomes of a process."""

from __future__ import annotations

import os
import pickle
import signal
import threading
import time
from pathlib import Path

import pytest

from bench.report import parallel
from bench.report.parallel import DiedError, mapped

HERE = os.getpid()


@pytest.fixture(autouse=True)
def two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    """And no threads, whatever other tests have left behind."""
    monkeypatch.setattr(parallel, "processors", lambda: 2)
    monkeypatch.setattr(threading, "active_count", lambda: 1)


def forked() -> int:
    assert os.getpid() != HERE, "this ends the process: it must not be that of the tests"
    return os.getpid()


def test_results_come_in_order_from_two_other_processes() -> None:
    found = mapped(lambda n: (n * n, forked(), time.sleep(0.001)), range(200))
    assert [square for square, *_ in found] == [n * n for n in range(200)]
    assert len({process for _, process, _ in found}) == 2


def test_items_and_function_need_not_be_picklable() -> None:
    items = [lambda n=n: n + forked() * 0 for n in range(70)]
    assert mapped(lambda item: item(), items) == list(range(70))


@pytest.mark.parametrize("count", [0, 1, 63])
def test_a_few_items_are_not_worth_a_process(count: int) -> None:
    assert mapped(lambda n: (n, os.getpid()), range(count)) == [(n, HERE) for n in range(count)]


def test_a_process_with_threads_is_not_forked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "active_count", lambda: 2)
    assert set(mapped(lambda n: os.getpid(), range(64))) == {HERE}
    names = set(mapped(lambda n: (os.getpid(), time.sleep(0.005), threading.get_ident()), range(64), threads=True))
    assert {pid for pid, *_ in names} == {HERE}
    assert len(names) == 2


def test_inside_a_process_of_its_own_it_starts_no_more() -> None:
    found = mapped(lambda n: set(mapped(lambda m: os.getpid(), range(64))) == {forked()}, range(2), least=2)
    assert found == [True, True]


def test_the_first_exception_surfaces_as_itself() -> None:
    def picky(n: int) -> int:
        if n in (40, 41, 60):
            raise KeyError(n)
        return forked()

    with pytest.raises(KeyError) as caught:
        mapped(picky, range(64))
    assert caught.value.args == (40,)


def test_what_cannot_travel_is_told_in_words() -> None:
    class OwnError(Exception):
        def __init__(self, a: int, b: int) -> None:
            super().__init__(f"{a} and {b}")

    def raising(n: int) -> None:
        raise OwnError(1, 2)

    with pytest.raises(RuntimeError, match=r"^OwnError: 1 and 2$"):
        mapped(raising, range(64))
    with pytest.raises((AttributeError, pickle.PicklingError), match="pickle"):
        mapped(lambda n: lambda: n, range(64))


class TestDeath:
    def test_costs_the_item_that_kills_and_no_other(self) -> None:
        def deadly(n: int) -> int:
            if n in (5, 6, 63):
                os.kill(forked(), signal.SIGKILL)
            return n

        found = mapped(deadly, range(64), lost=lambda n: -n)
        assert found == [-n if n in (5, 6, 63) else n for n in range(64)]

    def test_by_another_s_hand_costs_nothing(self, tmp_path: Path) -> None:
        def killed_once(n: int) -> int:
            if n == 7 and not (tmp_path / "killed").exists():
                (tmp_path / "killed").touch()
                os.kill(forked(), signal.SIGKILL)
            return n

        assert mapped(killed_once, range(64)) == list(range(64))

    def test_is_an_error_where_nothing_can_stand_for_the_item(self) -> None:
        with pytest.raises(DiedError, match=r"^the process died that worked on 9$"):
            mapped(lambda n: os._exit(forked() and 3) if n == 9 else n, range(64))

    def test_no_process_is_left_behind(self) -> None:
        pids = set(mapped(lambda n: (forked(), time.sleep(0.001))[0], range(64)))
        for pid in pids:
            with pytest.raises(ProcessLookupError):
                os.kill(pid, 0)
