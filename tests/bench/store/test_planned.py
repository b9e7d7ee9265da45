"""Which jobs of a results folder a manifest claims."""

import json

import pytest

from bench.errors import BenchError
from bench.manifest import load
from bench.plan import make_plan
from bench.store import Store
from bench.store.planned import read_plans, store_plan
from tests.bench.small import SMALL


@pytest.fixture
def store(tmp_path):
    root = tmp_path / "results"
    root.mkdir()
    return Store(root)


@pytest.fixture
def other(manifest):
    """A plan of another name, with two of the four jobs of ``plan`` and two of its own."""
    text = SMALL.replace("name: small", "name: other").replace("[noise, content]", "[noise, style]")
    return make_plan(load(manifest(text)))


def kept(store):
    return sorted(path.name for path in (store.root / "plans").glob("*"))


def test_a_manifest_claims_its_jobs(store, plan):
    assert store_plan(plan, store, ["nst-bench", "run", "small"]) is None
    plans = read_plans(store.root)
    assert (plans.current.name, plans.earlier, plans.problems) == ("small", (), ())
    assert list(plans.claimed) == list(plan.jobs)


def test_a_manifest_of_another_name_leaves_the_first_its_jobs(store, plan, other):
    store_plan(plan, store, [])
    store_plan(other, store, [])
    assert kept(store) == ["small.json"]
    plans = read_plans(store.root)
    assert (plans.current.name, [one.name for one in plans.earlier]) == ("other", ["small"])
    assert set(plans.claimed) == {*plan.jobs, *other.jobs}
    assert len(plans.claimed) == 6


def test_the_first_manifest_run_again_is_the_current_one_and_no_other_besides(store, plan, other):
    for one in (plan, other, plan):
        store_plan(one, store, [])
    assert kept(store) == ["other.json"]
    assert read_plans(store.root).current.name == "small"


def test_a_manifest_that_changed_claims_what_it_says_now(store, plan, manifest):
    store_plan(plan, store, [])
    changed = make_plan(load(manifest(SMALL.replace("[noise, content]", "[noise, style]"))))
    store_plan(changed, store, [])
    assert kept(store) == []
    assert set(read_plans(store.root).claimed) == set(changed.jobs)


def test_a_plan_that_did_not_change_is_left_as_it_is(store, plan):
    store_plan(plan, store, [])
    before = (store.root / "plan.json").stat().st_mtime_ns
    store_plan(plan, store, [])
    assert (store.root / "plan.json").stat().st_mtime_ns == before


def test_a_plan_that_cannot_be_read_is_set_aside_not_written_over(store, plan):
    (store.root / "plan.json").write_text("{")
    warning = store_plan(plan, store, [])
    (moved,) = (store.root / "set-aside").iterdir()
    reason = (
        "does not read as a StoredPlan: the whole file: Invalid JSON: EOF while parsing an object at line 1 column 1"
    )
    assert warning == f"plan.json {reason}. Set aside in set-aside/{moved.name}"
    assert (moved / "plan.json").read_text() == "{"
    assert json.loads((moved / "why.json").read_text()) == [{"path": "plan.json", "reason": reason}]
    assert list(read_plans(store.root).claimed) == list(plan.jobs)


def test_a_plan_of_a_newer_version_is_not_written_over(store, plan):
    store_plan(plan, store, [])
    text = (store.root / "plan.json").read_text().replace('"schema_version": 1', '"schema_version": 2, "more": 0', 1)
    (store.root / "plan.json").write_text(text)
    with pytest.raises(BenchError) as caught:
        store_plan(plan, store, [])
    assert str(caught.value) == (
        f"{store.root}/plan.json: was written by a newer nst-bench (schema 2, this one reads 1): update it, or use --out"
    )
    assert (store.root / "plan.json").read_text() == text


def test_a_kept_plan_that_cannot_be_read_is_told(store, plan, other):
    store_plan(plan, store, [])
    store_plan(other, store, [])
    (store.root / "plans" / "small.json").write_text("[]")
    (store.root / "plans" / ".DS_Store").write_text("")
    assert read_plans(store.root).problems == (
        "plans/small.json does not read as a StoredPlan: the whole file: Input should be an object",
    )


def test_a_folder_that_holds_no_results_is_told_in_words(tmp_path):
    expected = "expected a results folder, as `nst-bench run` leaves it"
    (tmp_path / "file").write_text("")
    (tmp_path / "empty").mkdir()
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "plan.json").mkdir()
    for name, message in (
        ("nowhere", f": no such folder; {expected}"),
        ("file", f": no folder; {expected}"),
        ("empty", f": no plan.json in it; {expected}"),
        ("torn", "/plan.json is no plain file"),
    ):
        with pytest.raises(BenchError) as caught:
            read_plans(tmp_path / name)
        assert str(caught.value) == f"{tmp_path / name}{message}"


def test_what_documents_found_and_leave_open_is_kept_for_the_report(store, manifest):
    finding = "{question: 'Is it?', document: cmu-16726, said: it is, expect: {figure: seconds, at_most: 3}}"
    text = SMALL.replace("    compare: [init]", f"    open: {{noise: uniform}}\n    findings: [{finding}]")
    plan = make_plan(load(manifest(f"{text}open: {{size: 256}}\n")))
    store_plan(plan, store, ["nst-bench", "run", "small"])
    kept = read_plans(store.root).current
    (found,) = kept.experiments[0].findings
    assert (found.question, found.figure, found.at_most, found.trained) == ("Is it?", "seconds", 3.0, True)
    assert (kept.open, kept.experiments[0].open) == ({"size": "256"}, {"noise": "uniform"})
