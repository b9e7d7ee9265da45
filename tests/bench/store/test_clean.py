"""What `nst-bench clean` removes, and what never."""

import json
import os
import re
from pathlib import Path

import pytest

from bench.errors import BenchError, Exit
from bench.record import StoredPlan
from bench.store import Store
from bench.store.clean import clean
from bench.store.lock import Lock
from tests.bench.report.synthetic_results import MIXES, Trial, make, sha256
from tests.bench.store.records import tree


@pytest.fixture
def root(tmp_path):
    """Eight jobs with their pictures; four of them, and one of the styles, no plan claims any more."""
    root = tmp_path / "results"
    make(root, [Trial("styles", grid={"seed": [0, 1]})])
    plan = json.loads((root / "plan.json").read_text())
    plan["jobs"] = {id: job for id, job in plan["jobs"].items() if job["inputs"]["style"]["label"] == "waves"}
    (root / "plan.json").write_text(json.dumps(plan))
    return root


def jobs(root):
    return {path.name for path in root.glob("jobs/*/*")}


def all_jobs(root):
    """Of every result that is there, as a plan has them."""
    records = [json.loads(path.read_text()) for path in root.glob("jobs/*/*/record.json")]
    return {found["id"]: {name: found[name] for name in ("id", "parameters", "inputs")} for found in records}


def claimed(root):
    return set(json.loads((root / "plan.json").read_text())["jobs"])


def no_question(text):
    raise AssertionError(f"asked: {text}")


class Said(list):
    def __call__(self, line):
        self.append(line)


def test_only_what_no_manifest_claims_goes(root):
    before = tree(root)
    spare = jobs(root) - claimed(root)
    said = Said()
    cleaned = clean(root, yes=True, ask=no_question, say=said)
    after = tree(root)
    gone = {name for name in before if name not in after}
    style = sha256(b"style stars")[:16]
    assert gone == {name for name in before if Path(name).parent.name in spare} | {f"inputs/{style}.png"}
    assert {name: data for name, data in after.items() if not name.startswith(".lock")} == {
        name: data for name, data in before.items() if name not in gone
    }
    assert (cleaned.removed, len(spare), cleaned.bytes) == (True, 4, sum(len(before[name]) for name in gone))
    of_jobs = sum(len(before[name]) for name in gone if name.startswith("jobs"))
    of_inputs = len(before[f"inputs/{style}.png"])
    assert said == [
        f"jobs/       4 jobs that no manifest claims, {of_jobs / 1000:.1f} kB",
        f"inputs/     1 picture that no job reads, {of_inputs / 1000:.1f} kB",
        f"{cleaned.bytes / 1000:.1f} kB freed",
    ]
    assert all(path.is_dir() and any(path.iterdir()) for path in (root / "jobs").iterdir())


def test_a_second_time_there_is_nothing_to_remove(root):
    clean(root, yes=True)
    said = Said()
    assert clean(root, ask=no_question, say=said).spare == ()
    assert said == ["nothing to remove"]


def test_a_dry_run_tells_the_same_and_removes_nothing(root):
    before = tree(root)
    said = Said()
    cleaned = clean(root, dry_run=True, ask=no_question, say=said)
    assert {name: data for name, data in tree(root).items() if not name.startswith(".lock")} == before
    assert (cleaned.removed, len(cleaned.spare)) == (False, 5)
    assert [re.sub(r", [0-9.]+ kB", "", line) for line in said] == [
        "jobs/       4 jobs that no manifest claims",
        "inputs/     1 picture that no job reads",
    ]


@pytest.mark.parametrize("answer", [True, False])
def test_it_asks_first(root, answer):
    asked, before = [], len(jobs(root))

    def ask(text):
        asked.append(text)
        return answer

    said = Said()
    assert clean(root, ask=ask, say=said).removed == answer
    assert asked == [f"Remove all this from {root}?"]
    assert len(jobs(root)) == (4 if answer else before)
    assert (said[-1] == "nothing removed") != answer


def test_with_nobody_to_ask_nothing_is_removed(root):
    before = jobs(root)
    with pytest.raises(BenchError) as caught:
        clean(root, say=Said())
    assert str(caught.value) == f"{root}: nobody here to ask, so nothing was removed: add --yes to remove all this"
    assert caught.value.exit_code == Exit.USAGE
    assert jobs(root) == before


def test_jobs_of_an_earlier_manifest_are_claimed(root):
    plan = json.loads((root / "plan.json").read_text())
    before = jobs(root)
    (root / "plans").mkdir()
    make(root.parent / "other", [Trial("styles", grid={"seed": [0, 1]})])
    whole = StoredPlan.model_validate_json((root.parent / "other" / "plan.json").read_bytes())
    (root / "plans" / "other.json").write_text(whole.model_copy(update={"name": "other"}).model_dump_json())
    clean(root, yes=True, say=Said())
    assert jobs(root) == before > set(plan["jobs"])


def test_a_plan_that_cannot_be_read_might_claim_anything(root):
    (root / "plans").mkdir()
    (root / "plans" / "other.json").write_text("[]")
    with pytest.raises(BenchError) as caught:
        clean(root, yes=True)
    assert str(caught.value) == (
        f"{root}: plans/other.json does not read as a StoredPlan: the whole file: Input should be an object: "
        "what it claims is not known, so nothing is removed"
    )


def test_jobs_that_are_named_stay_with_their_pictures(root):
    spare = sorted(jobs(root) - claimed(root))
    clean(root, claimed=spare[:1], yes=True, say=Said())
    assert jobs(root) == claimed(root) | set(spare[:1])
    assert (root / "inputs" / f"{sha256(b'style stars')[:16]}.png").is_file()


def test_pictures_and_masks_of_mixes_stay(tmp_path):
    make(tmp_path, [Trial("mixes", ("cat",), ("regions",))], mixes=MIXES)
    mask = tmp_path / "inputs" / f"mask-{sha256(b'style sky.png')[:16]}.png"
    mask.write_text("")
    (tmp_path / "inputs" / f"mask-{'0' * 16}.png").write_text("")
    before = {path.name for path in (tmp_path / "inputs").iterdir()}
    clean(tmp_path, yes=True, say=Said())
    assert {path.name for path in (tmp_path / "inputs").iterdir()} == before - {f"mask-{'0' * 16}.png"}
    assert mask.is_file()


def test_things_set_aside_and_left_by_killed_runs_go(root):
    clean(root, yes=True, say=Said())
    (root / "set-aside" / "20260102T030405Z" / "jobs").mkdir(parents=True)
    (root / "set-aside" / "20260102T030405Z" / "why.json").write_text("[]")
    (root / "tmp" / ("ab" * 32)).mkdir(parents=True)
    (root / "tmp" / "x").write_text("12345")
    for id in ("ab" * 32, min(claimed(root))):
        (root / "parts" / id).mkdir(parents=True)
        (root / "parts" / id / "frame-00001.png").write_text("123")
    said = Said()
    clean(root, yes=True, say=said)
    assert said == [
        "set-aside/  1 folder of things set aside, 2 bytes",
        "parts/      1 job that was begun and that no manifest claims, 3 bytes",
        "tmp/        2 things left by runs that were killed, 5 bytes",
        "10 bytes freed",
    ]
    assert not (root / "set-aside").exists()
    assert not (root / "tmp").exists()
    assert [path.name for path in (root / "parts").iterdir()] == [min(claimed(root))]


def test_a_result_that_a_killed_run_had_moved_aside_goes_back_to_its_place(root):
    id = min(claimed(root))
    store = Store(root)
    (root / "tmp").mkdir()
    store.folder(id).rename(root / "tmp" / f"{id}.earlier")
    clean(root, yes=True, say=Said())
    assert store.finished([id]) == {id}
    assert not (root / "tmp").exists()


def test_a_folder_at_work_is_left_alone(root):
    store = Store(root)
    store.acquire(["nst-bench", "run", "x"])
    store.scratch("ab" * 32)
    before = tree(root)
    with pytest.raises(BenchError, match=rf"another run is at work here \(process {os.getpid()} on .*\): wait for it$"):
        clean(root, yes=True)
    assert (tree(root), (root / "tmp" / ("ab" * 32)).is_dir()) == (before, True)
    store.release()


def test_what_a_run_claims_that_came_first_to_the_lock_stays(root, monkeypatch):
    plan = root / "plan.json"
    of_that_run = jobs(root)
    claims_all = json.dumps({**json.loads(plan.read_text()), "jobs": all_jobs(root)})
    take = Lock.acquire

    def after_a_run(self, *arguments, **given):
        plan.write_text(claims_all)
        take(self, *arguments, **given)

    monkeypatch.setattr(Lock, "acquire", after_a_run)
    clean(root, yes=True)
    assert jobs(root) == of_that_run


def test_links_are_removed_and_never_followed(root, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").write_text("")
    spare = [char * 64 for char in "abc"]
    for id in spare[1:]:
        (root / "jobs" / id[:2]).mkdir(exist_ok=True)
    (root / "jobs" / "aa").mkdir(exist_ok=True)
    (root / "jobs" / "aa" / spare[0]).symlink_to(elsewhere)
    (root / "jobs" / "bb" / spare[1]).mkdir()
    (root / "jobs" / "bb" / spare[1] / "out").symlink_to(elsewhere)
    (root / "jobs" / "cc" / spare[2]).symlink_to(spare[2])
    for folder in ("inputs", "tmp", "set-aside"):
        (root / folder).mkdir(exist_ok=True)
        (root / folder / "out").symlink_to(elsewhere)
        (root / folder / "loop").symlink_to("loop")
    clean(root, yes=True, say=Said())
    assert jobs(root) == claimed(root)
    assert not os.path.lexists(root / "inputs" / "out")
    assert [path.name for path in elsewhere.iterdir()] == ["precious"]


@pytest.mark.parametrize("name", ["jobs", "inputs", "set-aside", "tmp"])
def test_nothing_is_removed_through_a_link(root, tmp_path, name):
    if (root / name).exists():
        (root / name).rename(tmp_path / "elsewhere")
    else:
        (tmp_path / "elsewhere").mkdir()
    (root / name).symlink_to(tmp_path / "elsewhere")
    before = tree(tmp_path / "elsewhere")
    with pytest.raises(BenchError) as caught:
        clean(root, yes=True)
    assert str(caught.value) == f"{root / name}: is a symbolic link; nothing is removed through one"
    assert tree(tmp_path / "elsewhere") == before


def test_names_that_cannot_be_printed_go_like_others(root):
    for name in (b"caf\xe9", b"a\nb", b"-rf", b" "):
        (root / "inputs" / os.fsdecode(name)).write_text("")
    clean(root, yes=True, say=Said())
    assert all(re.fullmatch(r"[0-9a-f]{16}\.png", path.name) for path in (root / "inputs").iterdir())


def test_what_is_no_job_and_no_input_is_none_of_its_business(root):
    for name in ("notes.txt", "jobs/notes.txt", "jobs/zz", "site/index.html", "worker.log", "plans/x.txt"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text("")
    clean(root, yes=True, say=Said())
    assert all((root / name).is_file() for name in ("notes.txt", "jobs/notes.txt", "site/index.html", "worker.log"))


def test_what_cannot_be_removed_is_named(root, monkeypatch):
    def rename(path, target):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("pathlib.Path.rename", rename)
    first = min(jobs(root) - claimed(root))
    with pytest.raises(BenchError) as caught:
        clean(root, yes=True, say=Said())
    assert str(caught.value) == (
        f"{root}/jobs/{first[:2]}/{first}: cannot be removed: Permission denied; what was removed before it is gone"
    )


def test_a_folder_without_a_plan_is_refused(tmp_path):
    (tmp_path / "jobs" / "ab" / ("ab" * 32)).mkdir(parents=True)
    with pytest.raises(BenchError) as caught:
        clean(tmp_path, yes=True)
    assert (
        str(caught.value) == f"{tmp_path}: no plan.json in it; expected a results folder, as `nst-bench run` leaves it"
    )
    assert (tmp_path / "jobs" / "ab" / ("ab" * 32)).is_dir()
