"""Two runs that time on one device at the same time must both know; nothing else may ever get in the way of a job."""

import subprocess
import sys
import textwrap

import pytest

from bench.machine import exclusive
from bench.machine.exclusive import Presence, Stretch, overlap, spent


@pytest.fixture
def clock():
    class Clock:
        time = 100

        def __call__(self):
            return self.time

    return Clock()


@pytest.fixture
def presence(tmp_path, clock):
    return lambda device="cpu", **given: Presence(device, folder=tmp_path / "timing", now=clock, **given)


def files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_job_alone_meets_nobody_and_leaves_nothing_behind(presence, tmp_path):
    one = presence()
    one.enter()
    assert len(files(tmp_path)) == 1
    assert one.leave() == 0
    assert files(tmp_path) == []


@pytest.mark.parametrize("order", ["one first", "other first"])
def test_of_two_that_overlap_both_know_whichever_ends_first(presence, clock, order, tmp_path):
    one, other = presence(), presence()
    one.enter()
    clock.time = 200
    other.enter()
    clock.time = 300
    pair = (one, other) if order == "one first" else (other, one)
    assert pair[0].leave() == 1
    clock.time = 400
    assert pair[1].leave() == 1
    assert files(tmp_path) == []


def test_a_long_job_knows_of_every_short_one_within_it(presence, clock):
    long = presence()
    long.enter()
    for _ in range(3):
        clock.time += 10
        short = presence()
        short.enter()
        clock.time += 10
        assert short.leave() == 1
    clock.time += 10
    assert long.leave() == 3


def test_jobs_one_after_the_other_do_not_meet_while_a_third_needs_their_files(presence, clock):
    long, first, second = presence(), presence(), presence()
    long.enter()
    clock.time = 200
    first.enter()
    clock.time = 300
    assert first.leave() == 1
    clock.time = 400
    second.enter()
    clock.time = 500
    assert second.leave() == 1  # the long one
    assert long.leave() == 2


def test_another_device_is_another_matter(presence):
    one, other = presence("GPU-1"), presence("GPU-2")
    one.enter()
    other.enter()
    assert (one.leave(), other.leave()) == (0, 0)


def test_slots_of_one_run_are_left_to_those_who_count_them(presence):
    one, other = presence(siblings=False), presence(siblings=False)
    one.enter()
    other.enter()
    assert (one.leave(), other.leave()) == (0, 0)


def in_another_process(folder, then):
    """A process that times on the CPU, says so, and does as it is told."""
    code = f"""
        import os, sys
        from pathlib import Path
        from bench.machine.exclusive import Presence
        presence = Presence("cpu", folder=Path({str(folder)!r}))
        presence.enter()
        print("in", flush=True)
        sys.stdin.readline()
        {then}
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "in\n"
    return process


def test_another_process_is_met_and_meets(tmp_path):
    process = in_another_process(tmp_path / "timing", "print(presence.leave())")
    one = Presence("cpu", folder=tmp_path / "timing")
    one.enter()
    assert one.leave() == 1
    assert process.communicate("\n")[0] == "1\n"


def test_one_that_was_killed_before_is_ignored_and_tidied_away(tmp_path):
    process = in_another_process(tmp_path / "timing", "")
    process.kill()
    process.communicate()
    assert len(files(tmp_path)) == 1
    one = Presence("cpu", folder=tmp_path / "timing")
    one.enter()
    assert one.leave() == 0
    assert files(tmp_path) == []


def test_one_that_was_killed_meanwhile_was_met(tmp_path):
    one = Presence("cpu", folder=tmp_path / "timing")
    one.enter()
    process = in_another_process(tmp_path / "timing", "")
    process.kill()
    process.communicate()
    assert one.leave() == 1
    assert files(tmp_path) == []


def test_one_that_was_at_work_before_and_was_killed_meanwhile_was_met(tmp_path):
    process = in_another_process(tmp_path / "timing", "")
    one = Presence("cpu", folder=tmp_path / "timing")
    one.enter()
    process.kill()
    process.communicate()
    assert one.leave() == 1


@pytest.mark.parametrize(
    ("began", "ended", "alive", "expected"),
    [
        (10, 20, False, False),
        (10, 100, False, True),
        (120, 130, False, True),
        (200, 210, False, True),
        (201, 210, False, False),
        (10, None, True, True),
        (201, None, True, False),
        (10, None, False, False),
        (150, None, False, True),
    ],
    ids=[
        "over before", "over at the beginning", "within", "begun at the end", "begun after",
        "still at work", "at work only since", "died, last seen before", "died within",
    ],
)  # fmt: skip
def test_stretches_overlap_where_they_share_a_moment(tmp_path, began, ended, alive, expected):
    assert overlap(Stretch(tmp_path, began, 1, ended, alive), 100, 200) == expected


def test_files_are_spent_once_all_at_work_began_after_them(tmp_path):
    over, late, working = (
        Stretch(tmp_path / name, began, 1, ended, ended is None)
        for name, began, ended in (("over", 10, 20), ("late", 10, 60), ("working", 50, None))
    )
    assert spent([over, late, working]) == [tmp_path / "over"]
    assert spent([over, late]) == [tmp_path / "over", tmp_path / "late"]


def test_files_of_others_are_no_business_of_this_module(presence, tmp_path):
    folder = tmp_path / "timing" / "cpu"
    folder.mkdir(parents=True)
    (folder / "notes.txt").write_text("keep me")
    (folder / f"1.2.3.{'a' * 32}").symlink_to(folder / "notes.txt")
    one = presence()
    one.enter()
    assert one.leave() == 0
    assert (folder / "notes.txt").read_text() == "keep me"


def test_where_no_files_can_be_left_a_job_goes_on_and_nobody_is_seen(presence, tmp_path):
    (tmp_path / "timing").write_text("a file where a folder should be")
    one = presence()
    one.enter()
    assert one.leave() == 0


def test_a_file_system_without_locks_is_no_obstacle(presence, tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError("no locks available")

    monkeypatch.setattr(exclusive.fcntl, "flock", refuse)
    one = presence()
    one.enter()
    assert one.leave() == 0
    assert files(tmp_path) == []


def test_every_user_may_leave_files_and_remove_only_their_own(presence, tmp_path):
    one = presence()
    one.enter()
    one.leave()
    for folder in (tmp_path / "timing", tmp_path / "timing" / "cpu"):
        assert folder.stat().st_mode & 0o7777 == 0o1777
