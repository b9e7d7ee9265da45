"""Where the figures come from, however many machines, recipes and manifests; and whether a run is still at work."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench import merging
from bench.record import StoredManifest
from bench.report import about
from bench.report.model import Model, gather
from bench.results import load
from bench.runs import RunReport
from bench.store import Store, journal
from tests.bench.report import reading
from tests.bench.report.one_page import model_of, tree_of
from tests.bench.report.synthetic_results import Trial, failed, make


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Model:
    folder = tmp_path_factory.mktemp("small")
    make(
        folder,
        [Trial("a", ("cat",), ("waves",), {"seed": [0, 1, 2], "gram_divisor": ["elements", "pixels"]})],
        edit=lambda p, r: failed(r, "oom", f"{p['seed']} GiB wanted") if p["gram_divisor"] == "pixels" else r,
    )
    return model_of(folder)


def section(root: Any, heading: str) -> Any:
    (found,) = [e for e in root.iter("section") if e.attrib.get("aria-labelledby") == heading]
    return found


def test_failures_are_told_by_reason_with_a_way_to_all_of_them(small: Model) -> None:
    told = reading.text_of(section(tree_of("about", about.about(small, failures_page="failures.html")), "failed"))
    assert told == (
        "What failed, and why cat × waves, seed 0 · gram_divisor pixels and 2 others: out of memory … GiB wanted "
        "All of it, run by run, with how to run it again."
    )


def test_a_recipe_tells_what_its_runs_agree_in_and_where_they_differ(small: Model) -> None:
    text = reading.text_of(section(tree_of("about", about.about(small)), "recipe-1"))
    assert text.startswith("Recipe cmu-16726 6 runs with these further parameters gram_divisorelements or pixels ")
    assert "style_reductionmean" in text
    assert "line_search" not in text


def test_manifests_of_merged_results_stand_one_after_the_other(small: Model) -> None:
    plans = {
        f"in {name}": small.results.plan.model_copy(
            update={
                "command": ["nst-bench", "run", name],
                "warnings": [f"of {name}", "of both"],
                "manifest_text": f"name: {name}",
            }
        )
        for name in ("one", "two")
    }
    root = tree_of("about", about.about(small, plans))
    assert reading.text_of(section(root, "manifest-2")).startswith("The manifest in two start-and-size.yaml, SHA-256 ")
    assert reading.text_of(section(root, "again")).startswith(
        "To run it again nst-bench run one in one, planned 2026-01-02T03:04:05Z. nst-bench run two in two, planned"
    )
    (warnings,) = [e for e in root.iter("ul") if e.attrib.get("class") == "warnings"]
    assert [reading.text_of(e) for e in warnings] == ["of one", "of both", "of two"]


def test_included_manifests_stand_behind_the_one_that_includes_them(small: Model) -> None:
    included = [StoredManifest(path=f"/home/me/{name}.yaml", text=f"name: {name}", sha256="0" * 64) for name in "ab"]
    plan = small.results.plan.model_copy(update={"manifest_text": "manifests: [a.yaml, b.yaml]", "included": included})
    root = tree_of("about", about.about(small, {"both": plan}))
    assert reading.text_of(section(root, "manifest")).endswith("manifests: [a.yaml, b.yaml]")
    assert [reading.text_of(section(root, f"manifest-{k}")) for k in (2, 3)] == [
        f"The manifest {name} {name}.yaml, SHA-256 {'0' * 64} name: {name}" for name in "ab"
    ]


def test_a_manifest_that_two_machines_ran_stands_once_and_each_machine_names_its_folder(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("laptop", "server")]
    for number, folder in enumerate(folders):
        make(
            folder,
            [Trial("a", ("cat",), ("waves",))],
            edit=lambda _, record, number=number: (
                record | {"environment": {**record["environment"], "device_name": f"processor {number}"}}
            ),
        )
    results = merging.load(folders)
    root = tree_of("about", about.about(gather(results, {})))
    headings = [reading.text_of(e) for e in root.iter("h2")]
    assert [text for text in headings if text.startswith(("Machine", "The manifest"))] == [
        "Machine 1: processor 0",
        "Machine 2: processor 1",
        "The manifest",
    ]
    assert reading.text_of(section(root, "machine-2")).startswith("Machine 2: processor 1 1 run of server ")


def test_with_ten_thousand_runs_of_all_kinds_the_page_stays_small(small: Model) -> None:
    done, bad = (next(r for r in small.runs.values() if (r.status == "done") == fine) for fine in (True, False))
    assert done.record is not None
    assert done.record.timing is not None
    timing = done.record.timing.model_copy(update={"valid": False, "invalid_reason": "another job"})
    runs = {}
    for k in range(10_000):
        one = done if k % 2 else bad
        assert one.record is not None
        record = one.record.model_copy(
            update={"environment": {**{f"fact {n}": n for n in range(45)}, "host": k % 50}, "run": f"run-{k % 40}"}
            | ({"timing": timing} if k % 2 else {})
        )
        runs[str(k)] = replace(
            one, id=str(k), record=record, network=f"net {k % 300}", reason=f"reason {'abcdefgh'[k % 8]}",
            parameters=one.parameters | {"recipe": f"recipe {k % 30}", "epsilon": k}, unsteadiness=0.2,
        )  # fmt: skip
    results = replace(small.results, plan=small.results.plan.model_copy(update={
        "warnings": [f"warning {k}" for k in range(300)], "manifest_text": "a: b\n" * 5000,
    }))  # fmt: skip
    root = tree_of("about", about.about(Model(results, (), runs, ())))
    assert len(list(root.iter())) < 3000
    notes = [reading.text_of(e) for e in root.iter("p") if e.attrib.get("class") == "note"]
    assert [note for note in notes if note.startswith("and ")] == [
        "and 200 more, in plan.json.",
        "and 44 more, each named on the pages of its runs.",
        "and 24 more, each told on the pages of its runs.",
        "and 4900 more, in results.csv.",
        "and 30 more, each told on the pages of its runs.",
        "and 200 more, each named on the pages of its runs.",
    ]
    text = reading.text_of(root)
    assert "5000 times must not be compared" in text
    assert "epsilon" in text
    assert "or 120 and 329 more" in text


class TestProgress:
    @pytest.fixture
    def store(self, tmp_path: Path) -> Store:
        """Four jobs of which one is done, and one failed."""
        ending = {0: lambda r: r, 1: lambda r: failed(r)}
        make(
            tmp_path,
            [Trial("a", ("cat",), ("waves",), {"seed": [0, 1, 2, 3]})],
            edit=lambda p, r: ending.get(p["seed"], lambda _: None)(r),
        )
        return Store(tmp_path)

    def begun(self, store: Store) -> RunReport:
        store.acquire(["nst-bench", "run", "x"])
        return journal.begin(store.root, name="x", command=["nst-bench"])

    def test_while_a_run_is_at_work_the_page_says_how_far_it_is(self, store: Store) -> None:
        self.begun(store)
        try:
            assert about.progress(load(store.root)) == (
                "1 of 4 runs done; this page was made while the run went on: reload for more"
            )
        finally:
            store.release()

    def test_when_it_has_ended_nothing_is_said_though_the_lock_is_held(self, store: Store) -> None:
        report = self.begun(store)
        journal.end(store.root, report, ended="complete")
        try:
            assert about.progress(load(store.root)) == ""
        finally:
            store.release()

    def test_nothing_is_said_of_a_run_that_was_killed(self, store: Store) -> None:
        self.begun(store)
        store.release()
        assert about.progress(load(store.root)) == ""

    def test_nothing_is_written_where_no_run_was(self, store: Store) -> None:
        before = sorted(store.root.rglob("*"))
        assert about.progress(load(store.root)) == ""
        assert sorted(store.root.rglob("*")) == before

    def test_of_merged_results_one_at_work_is_enough(self, store: Store, tmp_path: Path) -> None:
        self.begun(store)
        try:
            assert about.progress(load(store.root), [tmp_path / "other", store.root]).startswith("1 of 4 runs done; ")
        finally:
            store.release()
