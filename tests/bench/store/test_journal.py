"""What is written down about runs."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from bench.runs import RunReport, Steadiness
from bench.store import journal
from bench.store.files import utc
from bench.store.lock import Holder

THEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ID = f"20260102T030405-{os.getpid()}"


def begin(root, at=THEN, **known):
    return journal.begin(root, name="small", command=["nst-bench", "run", "small"], now=lambda: at, **known)


def holder(process=None, since=THEN):
    return Holder(process=process or os.getpid(), host="box", user="u", since=utc(since), command=[])


def test_a_run_is_written_down_when_it_begins_and_again_when_it_ends(tmp_path):
    steadiness = {"cpu": Steadiness(before=0.5)}
    begun = begin(tmp_path, slots=["cpu"], steadiness=steadiness)
    assert journal.read(tmp_path).runs == (begun,)
    assert begun == RunReport(
        id=ID, name="small", command=["nst-bench", "run", "small"], started="2026-01-02T03:04:05.000Z", slots=["cpu"],
        steadiness=steadiness,
    )  # fmt: skip
    noted = journal.note(tmp_path, begun, environment={"cpu": {"os": "Linux"}})
    after = {"cpu": Steadiness(before=0.5, after=0.75)}
    later = THEN + timedelta(seconds=90)
    ended = journal.end(
        tmp_path, noted, ended="complete", now=lambda: later, statuses={"done": 3}, steadiness=after, unstable=True
    )
    assert journal.read(tmp_path).runs == (ended,)
    changed = {"ended": "complete", "finished": "2026-01-02T03:05:35.000Z", "statuses": {"done": 3}, "unstable": True}
    assert ended == begun.model_copy(update={**changed, "steadiness": after, "environment": {"cpu": {"os": "Linux"}}})


def test_what_no_report_holds_is_refused(tmp_path):
    with pytest.raises(ValueError, match="unheard_of"):
        begin(tmp_path, unheard_of=1)
    assert journal.read(tmp_path).runs == ()


def test_runs_that_begin_in_one_second_have_ids_of_their_own(tmp_path):
    assert [begin(tmp_path).id for _ in range(3)] == [ID, f"{ID}-2", f"{ID}-3"]
    assert [report.id for report in journal.read(tmp_path).runs] == [ID, f"{ID}-2", f"{ID}-3"]


def test_runs_are_told_in_the_order_they_began(tmp_path):
    for hours in (3, 1, 2):
        begin(tmp_path, THEN + timedelta(hours=hours))
    assert [report.started[11:13] for report in journal.read(tmp_path).runs] == ["04", "05", "06"]


def test_a_run_without_an_end_is_at_work_or_was_killed(tmp_path):
    killed, working = begin(tmp_path), begin(tmp_path, THEN + timedelta(hours=1))
    runs = journal.read(tmp_path)
    held = holder(since=THEN + timedelta(minutes=59))
    assert runs.at_work(held) == working
    assert [journal.how_it_ended(report, working) for report in runs.runs] == ["killed", "at work"]
    assert [journal.how_it_ended(report, None) for report in runs.runs] == ["killed", "killed"]
    assert journal.how_it_ended(journal.end(tmp_path, killed, ended="interrupted"), None) == "interrupted"


def test_nobody_is_at_work_whose_process_does_not_hold_the_lock(tmp_path):
    begin(tmp_path)
    runs = journal.read(tmp_path)
    for held in (None, Holder(), holder(process=os.getpid() + 1), holder(since=THEN + timedelta(seconds=1))):
        assert runs.at_work(held) is None


def test_reports_that_cannot_be_read_are_told_and_the_others_read(tmp_path):
    begun = begin(tmp_path)
    folder = tmp_path / "runs"
    (folder / "a.json").write_text("")
    (folder / "b.json").mkdir()
    os.mkfifo(folder / "c.json")
    (folder / "d.json").symlink_to("d.json")
    (folder / "e.json").write_text(begun.model_dump_json())
    (folder / "f.json").write_text(begun.model_dump_json().replace('"schema_version":1', '"schema_version":9'))
    (folder / ".DS_Store").write_text("")
    (folder / f".{ID}.json.77.tmp").write_text("")
    read = journal.read(tmp_path)
    assert read.runs == (begun,)
    assert read.problems == (
        "runs/a.json does not read as a RunReport: the whole file: Invalid JSON: EOF while parsing a value at line 1 column 0",
        "runs/b.json is no plain file",
        "runs/c.json is no plain file",
        "runs/d.json is a symbolic link",
        f"runs/e.json describes the run {ID}",
        "runs/f.json was written by a newer nst-bench (schema 9, this one reads 1): update it",
    )


def test_a_folder_without_runs_has_none(tmp_path):
    assert journal.read(tmp_path) == journal.Journal((), ())
