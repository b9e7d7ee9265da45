"""Results folders put into one: every job once, nothing lost, nothing half."""

import json

import numpy as np
import pytest

from bench.errors import BenchError
from bench.plan.selection import Shard
from bench.record import StoredPlan
from bench.store import Store, journal
from bench.store import merge as merging
from bench.store.merge import merge
from bench.store.planned import read_plans
from bench.store.scan import look
from bench.store.verified import Verified
from tests.bench.report.synthetic_results import Trial, failed, make
from tests.bench.store.records import tree

TRIAL = Trial("seeds", ("cat",), ("waves", "stars"), {"seed": [0, 1, 2, 3]})


def shards(tmp_path, of, edit=lambda p, record: record):
    """A plan in so many parts, each in a folder of its own."""
    folders = [tmp_path / f"part-{number}" for number in range(1, of + 1)]
    for number, folder in enumerate(folders, 1):
        part = Shard(number, of)

        def own(p, record, part=part):
            return edit(p, record) if part.holds(record["id"]) else None

        make(folder, [TRIAL], edit=own)
    return folders


@pytest.fixture
def store(tmp_path):
    found = Store(tmp_path / "merged")
    found.acquire(["nst-bench", "merge"])
    yield found
    found.release()


def jobs(root):
    return {path.name for path in root.glob("jobs/*/*")}


def test_shards_become_what_one_run_leaves(tmp_path, store):
    make(tmp_path / "whole", [TRIAL])
    folders = shards(tmp_path, 3)
    before = [tree(folder) for folder in folders]
    done = merge(folders, store)
    assert (done.taken, done.there, done.conflicts, done.problems) == (8, 0, [], [])
    whole, merged = tree(tmp_path / "whole"), tree(store.root)
    for name, content in whole.items():
        assert merged[name].strip() == content.strip(), name
    assert [tree(folder) for folder in folders] == before
    scan = look(store.root, Verified())
    assert (len(scan.done), scan.foreign) == (8, [])


def test_a_merge_made_twice_takes_nothing_the_second_time(tmp_path, store):
    folders = shards(tmp_path, 2)
    merge(folders, store)
    before = tree(store.root)
    done = merge(folders, store)
    assert (done.taken, done.there, done.conflicts) == (0, 8, [])
    assert {name: data for name, data in tree(store.root).items() if not name.startswith(".")} == {
        name: data for name, data in before.items() if not name.startswith(".")
    }


def test_what_a_folder_has_already_stays_and_more_comes_to_it(tmp_path, store):
    one, two = shards(tmp_path, 2)
    merge([one], store)
    had = jobs(store.root)
    done = merge([two], store)
    assert (len(had), done.taken, len(jobs(store.root))) == (len(jobs(one)), len(jobs(two)), 8)


def slower(p, record):
    record["timing"]["optimise"] *= 2
    return record


class TestConflicts:
    def test_of_two_that_are_done_the_first_is_kept_and_both_are_named(self, tmp_path, store):
        make(tmp_path / "a", [TRIAL])
        make(tmp_path / "b", [TRIAL], edit=slower)
        done = merge([tmp_path / "a", tmp_path / "b"], store)
        id = next(iter(jobs(store.root)))
        assert (done.taken, len(done.conflicts)) == (8, 8)
        a, b = tmp_path / "a", tmp_path / "b"
        assert (
            f"{id[:12]}: done in {a} and in {b}, in another time or on another machine: that of {a} is kept"
            in done.conflicts
        )
        assert all(store.record(id) == Store(a).record(id) for id in jobs(store.root))

    def test_another_picture_is_told_from_another_time(self, tmp_path, store):
        make(tmp_path / "a", [TRIAL])
        make(tmp_path / "b", [TRIAL], draw=lambda p, content, style: np.zeros((8, 8, 3), np.uint8))
        done = merge([tmp_path / "a", tmp_path / "b"], store)
        assert all("with another picture: " in told for told in done.conflicts)

    def test_a_job_that_is_done_is_kept_wherever_it_stands(self, tmp_path, store):
        make(tmp_path / "a", [TRIAL], edit=lambda p, record: failed(record, "crashed"))
        make(tmp_path / "b", [TRIAL])
        done = merge([tmp_path / "a", tmp_path / "b"], store)
        assert look(store.root, Verified()).done == jobs(store.root)
        assert len(done.conflicts) == 8
        a, b = tmp_path / "a", tmp_path / "b"
        assert all(told.endswith(f": done in {b}, crashed in {a}: that of {b} is kept") for told in done.conflicts)

    def test_what_was_not_done_is_set_aside_for_what_is(self, tmp_path, store):
        make(tmp_path / "a", [TRIAL], edit=lambda p, record: failed(record, "oom"))
        make(tmp_path / "b", [TRIAL])
        merge([tmp_path / "a"], store)
        ended_before = {id: store.record(id) for id in jobs(store.root)}
        done = merge([tmp_path / "b"], store)
        assert (done.taken, done.replaced) == (8, 8)
        for id, record in ended_before.items():
            (kept,) = store.root.glob(f"set-aside/*/jobs/{id[:2]}/{id}/record.json")
            assert json.loads(kept.read_text())["status"] == record.status == "oom"

    def test_what_is_done_is_never_replaced(self, tmp_path, store):
        make(tmp_path / "a", [TRIAL])
        make(tmp_path / "b", [TRIAL], edit=slower)
        merge([tmp_path / "b"], store)
        done = merge([tmp_path / "a"], store)
        assert (done.taken, done.there, len(done.conflicts)) == (0, 8, 8)
        assert all(told.endswith(f"that of {store.root} is kept") for told in done.conflicts)
        assert store.record(next(iter(jobs(store.root)))).timing.optimise == pytest.approx(2 * 0.0123 * 40)


class TestNothingIsHalf:
    @pytest.mark.parametrize("step", range(1, 17, 3))
    def test_after_an_interruption_and_the_same_again_completes_it(self, tmp_path, store, monkeypatch, step):
        folders, copied = shards(tmp_path, 2), []
        copy = merging.shutil.copyfile

        def interrupted(source, target, **how):
            copied.append(source)
            if len(copied) == step:
                target.write_bytes(source.read_bytes()[:10])
                raise KeyboardInterrupt
            return copy(source, target, **how)

        monkeypatch.setattr(merging.shutil, "copyfile", interrupted)
        with pytest.raises(KeyboardInterrupt):
            merge(folders, store)
        scan = look(store.root, Verified())
        assert (len(scan.done), scan.foreign) == ((step - 1) // 2, [])
        assert len(read_plans(store.root).claimed) == 8
        done = merge(folders, store)
        assert (done.taken, done.there) == (8 - (step - 1) // 2, (step - 1) // 2)
        assert len(look(store.root, Verified()).done) == 8

    def test_what_cannot_be_trusted_is_named_and_left_where_it_is(self, tmp_path, store):
        (folder,) = shards(tmp_path, 1)
        torn = next(iter(sorted(folder.glob("jobs/*/*/image.png"))))
        torn.write_bytes(b"torn")
        done = merge([folder], store)
        assert done.taken == 7
        (problem,) = done.problems
        assert problem == (
            f"{folder}: {torn.parent.relative_to(folder)}: image.png is not the file that its record names: other "
            "bytes: not merged"
        )
        assert torn.read_bytes() == b"torn"

    def test_a_file_that_changes_while_it_is_copied_is_not_taken_for_the_job(self, tmp_path, store, monkeypatch):
        (folder,) = shards(tmp_path, 1)
        copy = merging.shutil.copyfile

        def altered(source, target, **how):
            copy(source, target, **how)
            if source.name == "image.png":
                target.write_bytes(b"altered")

        monkeypatch.setattr(merging.shutil, "copyfile", altered)
        done = merge([folder], store)
        assert (done.taken, len(done.problems)) == (0, 8)
        assert jobs(store.root) == set()


class TestRuns:
    def report(self, folder, command, ended=None):
        told = {"id": "20260102T030405-7", "name": "x", "command": command, "started": "2026-01-02T03:04:05Z"}
        (folder / "runs").mkdir(exist_ok=True)
        (folder / "runs" / f"{told['id']}.json").write_text(json.dumps({**told, "ended": ended}))

    def of_run(self, p, record):
        return {**record, "run": "20260102T030405-7"}

    def test_of_one_id_on_two_machines_stay_two_and_records_follow(self, tmp_path, store):
        folders = shards(tmp_path, 2, self.of_run)
        for folder in folders:
            self.report(folder, ["nst-bench", folder.name])
        for _ in range(2):
            merge(folders, store)
            runs = {report.id: report.command[1] for report in journal.read(store.root).runs}
            assert runs == {"20260102T030405-7": "part-1", "20260102T030405-7-2": "part-2"}
            made_by = {id: runs[store.record(id).run] for id in jobs(store.root)}
            assert made_by == {id: folder.name for folder in folders for id in jobs(folder)}

    def test_that_were_at_work_at_the_first_merge_have_their_end_after_the_next(self, tmp_path, store):
        (folder,) = shards(tmp_path, 1, self.of_run)
        for ended in (None, "complete"):
            self.report(folder, ["nst-bench"], ended)
            merge([folder], store)
            (run,) = journal.read(store.root).runs
            assert (run.id, run.ended) == ("20260102T030405-7", ended)

    def test_at_work_are_told_of(self, tmp_path, store):
        (folder,) = shards(tmp_path, 1)
        other = Store(folder)
        other.acquire(["nst-bench", "run", "x"])
        try:
            (told,) = merge([folder], store).problems
        finally:
            other.release()
        assert told.startswith(f"{folder}: a run is at work here (process ")
        assert told.endswith("nst-bench run x): what it ends from now on is left to another merge")


def change(folder, **fields):
    plan = StoredPlan.model_validate_json((folder / "plan.json").read_text())
    (folder / "plan.json").write_text(plan.model_copy(update=fields).model_dump_json())


class TestPlans:
    def test_the_last_of_the_first_folders_manifest_is_the_current_one(self, tmp_path, store):
        folders = shards(tmp_path, 3)
        for folder, created in zip(folders, ("2026-01-02", "2026-01-04", "2026-01-03"), strict=True):
            change(folder, created=created)
        merge(folders, store)
        plans = read_plans(store.root)
        assert (plans.current.created, plans.earlier) == ("2026-01-04", ())

    def test_all_jobs_stay_claimed_whatever_manifest_claims_them(self, tmp_path, store):
        one, two, three = tmp_path / "one", tmp_path / "two", tmp_path / "three"
        make(one, [TRIAL])
        make(two, [Trial("others", ("town",), ("waves",), {"seed": [5, 6]})])
        make(three, [Trial("thirds", ("town",), ("stars",), {"seed": [7]})])
        change(two, name="another")
        for _ in range(2):
            merge([one, two, three], store)
            plans = read_plans(store.root)
            assert set(plans.claimed) == jobs(store.root) == jobs(one) | jobs(two) | jobs(three)
            assert plans.current.name == "start-and-size"
            assert len(list((store.root / "plans").iterdir())) == 2


def test_a_folder_without_results_is_refused(tmp_path, store):
    (tmp_path / "empty").mkdir()
    with pytest.raises(BenchError, match=r"empty: no plan\.json in it; expected a results folder"):
        merge([tmp_path / "empty"], store)


def test_pictures_come_along_and_are_never_written_over(tmp_path, store):
    (folder,) = shards(tmp_path, 1)
    names = sorted(path.name for path in (folder / "inputs").iterdir())
    (store.root / "inputs").mkdir()
    (store.root / "inputs" / names[0]).write_bytes(b"encoded by another version")
    merge([folder], store)
    assert sorted(path.name for path in (store.root / "inputs").iterdir()) == names
    assert (store.root / "inputs" / names[0]).read_bytes() == b"encoded by another version"
    assert (store.root / "inputs" / names[1]).read_bytes() == (folder / "inputs" / names[1]).read_bytes()
