"""The pages of what went wrong: by reason, with links, and how to run it again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench.record import StoredPlan
from bench.report import failures
from bench.report.failures import Failures, command
from bench.report.model import Model
from bench.report.pictures import Broken
from tests.bench.report import reading
from tests.bench.report.one_page import model_of, tree_of
from tests.bench.report.synthetic_results import Trial, failed, make

SEEDS = list(range(8))
RUN = "nst-bench run manifests/start-and-size.yaml"


def mishaps(p: Any, record: dict[str, Any]) -> dict[str, Any] | None:
    """By seed, one of each kind."""
    match p["seed"]:
        case 0:
            return failed(record, "oom", "3.1 GiB wanted, 1.2 GiB free")
        case 1:
            return failed(record, "oom", "2.95 GiB wanted, 900 MiB free")
        case 2:
            return failed(record, "oom", "3.5 GiB wanted, 1.1 GiB free")
        case 3:
            return failed(
                record, "failed", "the weights do not fit:\n  conv1_1 has (1,)\n\n  expected (4, 3, 3, 3)\n a\n b"
            )
        case 4:
            return None
        case 5:
            record["diagnosis"] = {"verdict": "diverged", "reason": "the loss rose a hundredfold"}
        case 6:
            record["diagnosis"] = {"verdict": "stalled", "reason": "it came to rest"}
    return record


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    folder = tmp_path_factory.mktemp("results")
    plan = make(folder, [Trial("a", ("cat",), ("waves",), {"seed": SEEDS})], edit=mishaps)
    last = next(id for id, job in plan.jobs.items() if job.parameters["seed"] == 7)
    return model_of(folder, {last: Broken("image.png is missing")})


@pytest.fixture(scope="module")
def page(model: Model) -> Failures:
    (only,) = failures.failures(model)
    return only


def told(page: Failures) -> list[tuple[str, str, int]]:
    return [(group.kind, group.reason, group.count) for group in page.groups]


def test_runs_are_grouped_by_what_happened_and_why_whatever_the_numbers(page: Failures) -> None:
    assert told(page) == [
        ("failed", "the weights do not fit:", 1),
        ("out of memory", "… GiB wanted, … GiB free", 2),
        ("out of memory", "2.95 GiB wanted, 900 MiB free", 1),
        ("diverged", "the loss rose a hundredfold", 1),
        ("not shown", "image.png is missing", 1),
    ]


def test_the_summary_counts_runs_and_what_is_to_come_is_no_failure(page: Failures) -> None:
    assert page.summary == ("6 of 8 runs did not end well: 1 failed, 3 out of memory, 1 diverged, 1 not shown")
    assert page.waiting == "1 run is not run yet"


def test_a_message_s_further_lines_and_the_traceback_s_end_are_there(page: Failures) -> None:
    group = page.groups[0]
    assert group.further == (" conv1_1 has (1,)", " expected (4, 3, 3, 3)", "a")
    assert group.details == "Traceback:\n  File x"


def test_commands_run_again_what_failed_and_all_that_is_missing(page: Failures) -> None:
    assert [again.command for again in page.retried] == [f"{RUN} --retry-failed"]
    assert [again.command for again in page.resumed] == [RUN]
    assert page.diverged


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["nst-bench", "run", "a b.yaml"], "nst-bench run 'a b.yaml' --retry-failed"),
        (["nst-bench", "run", "x", "--only", "*", "--only=y", "--out", "o"], "nst-bench run x --out o --retry-failed"),
        (["nst-bench", "run", "x", "--retry-failed"], "nst-bench run x --retry-failed"),
        ([], "nst-bench run start-and-size --retry-failed"),
    ],
)
def test_the_command_is_the_plan_s_own_without_what_chose_some_jobs(
    model: Model, given: list[str], expected: str
) -> None:
    plan = model.results.plan.model_copy(update={"command": given})
    assert command(plan, "--retry-failed") == expected


def test_merged_results_have_a_command_for_each(model: Model) -> None:
    (page,) = failures.failures(model, dict.fromkeys(("laptop", "server"), model.results.plan))
    assert [again.name for again in page.retried] == ["laptop", "server"]
    notes = [reading.text_of(e) for e in tree_of("failures", page).iter("p") if e.attrib.get("class") == "note"]
    assert notes[:2] == ["In laptop", "In server"]


class TestPage:
    def test_every_run_is_linked_and_its_own_numbers_are_told_where_they_differ(
        self, model: Model, page: Failures
    ) -> None:
        root = tree_of("failures", page)
        sections = [e for e in root.iter("section") if e.attrib.get("class") == "trouble"]
        assert reading.text_of(sections[1]) == (
            "out of memory … GiB wanted, … GiB free 2 times Details of the first; the others' are on their pages"
            "Traceback: File x cat × waves, seed 0 3.1 GiB wanted, 1.2 GiB free "
            "cat × waves, seed 2 3.5 GiB wanted, 1.1 GiB free"
        )
        linked = [link for section in sections for link in reading.links(section)]
        troubled = [trouble.run for group in page.groups for trouble in group.troubles]
        assert linked == [run.page for run in troubled if run]

    def test_details_are_folded(self, page: Failures) -> None:
        folded = list(tree_of("failures", page).iter("details"))
        assert len(folded) == 3
        assert not [e for e in folded if "open" in e.attrib]

    def test_commands_are_there_to_be_copied(self, page: Failures) -> None:
        commands = [e for e in tree_of("failures", page).iter("pre") if e.attrib.get("class") == "command"]
        assert [reading.text_of(e) for e in commands] == [f"{RUN} --retry-failed", RUN]

    def test_what_is_hostile_is_text(self, tmp_path: Path) -> None:
        word = "</script><script>window.__xss=1</script>{{7*7}}"

        def edit(p: Any, record: dict[str, Any]) -> dict[str, Any]:
            gone = failed(record, message=f"{word}\n{word}")
            return gone | {"failure": {"message": f"{word}\n{word}", "details": word}}

        make(tmp_path, [Trial("a", (word,), ("x" * 5000,))], edit=edit)
        (page,) = failures.failures(model_of(tmp_path))
        root = tree_of("failures", page)
        assert len(list(root.iter("script"))) == 1
        assert reading.text_of(root).count(word) >= 3


def test_where_all_went_well_there_is_no_page(tmp_path: Path) -> None:
    make(tmp_path, [Trial("a", ("cat",), ("waves",), {"seed": [0, 1]})], edit=lambda p, r: r if p["seed"] else None)
    assert failures.failures(model_of(tmp_path)) == ()


def test_a_job_that_no_page_shows_is_named(tmp_path: Path) -> None:
    make(tmp_path, [Trial("a", ("cat",), ("waves",))])
    stray = tmp_path / "jobs" / "ab" / "abc"
    stray.mkdir(parents=True)
    (stray / "record.json").write_text("{")
    (page,) = failures.failures(model_of(tmp_path))
    (group,) = page.groups
    assert (group.kind, group.troubles[0].run, group.troubles[0].id) == ("not shown", None, "abc")
    assert "abc" in reading.text_of(tree_of("failures", page))


class TestMany:
    @pytest.fixture(scope="class")
    @staticmethod
    def pages(tmp_path_factory: pytest.TempPathFactory) -> tuple[Failures, ...]:
        """250 runs that ran out of memory and five that failed, from one that did."""
        folder = tmp_path_factory.mktemp("many")
        plan = make(folder, [Trial("a", ("cat",), ("waves",))], edit=lambda p, r: failed(r, "oom", "all of it"))
        model = model_of(folder)
        (run,) = model.runs.values()
        many = {f"{k:064x}": replaced(run, k) for k in range(255)}
        assert plan.jobs
        return failures.failures(Model(model.results, (), many, ()))

    def test_a_page_lists_a_hundred_runs(self, pages: tuple[Failures, ...]) -> None:
        assert [sum(len(group.troubles) for group in page.groups) for page in pages] == [100, 100, 55]
        assert [page.page for page in pages] == ["failures.html", "failures-2.html", "failures-3.html"]
        listed = [trouble.id for page in pages for group in page.groups for trouble in group.troubles]
        assert len(set(listed)) == 255

    def test_a_group_goes_on_at_the_next_page(self, pages: tuple[Failures, ...]) -> None:
        found = [[(g.kind, g.count, len(g.troubles), g.continued) for g in page.groups] for page in pages]
        assert found == [
            [("failed", 5, 5, False), ("out of memory", 250, 95, False)],
            [("out of memory", 250, 100, True)],
            [("out of memory", 250, 55, True)],
        ]

    def test_pages_lead_to_one_another(self, pages: tuple[Failures, ...]) -> None:
        root = tree_of("failures", pages[1])
        (nav,) = [e for e in root.iter("nav") if e.attrib["aria-label"] == "Pages of failures"]
        assert list(reading.links(nav)) == [page.page for page in pages]
        assert [e.text for e in nav if "aria-current" in e.attrib] == ["2"]

    def test_a_page_stays_small(self, pages: tuple[Failures, ...]) -> None:
        assert len(list(tree_of("failures", pages[1]).iter())) < 1000


def replaced(run: Any, k: int) -> Any:
    from dataclasses import replace

    if k < 5:
        return replace(run, id=f"{k:064x}", status="failed", status_text="failed", reason=f"no layer {k}")
    return replace(run, id=f"{k:064x}")


def test_a_plan_reads_back_with_its_accent_and_refuses_what_is_no_colour(model: Model) -> None:
    plan = model.results.plan.model_copy(update={"accent": "#07a"})
    assert StoredPlan.model_validate_json(plan.model_dump_json()) == plan
    with pytest.raises(ValueError, match="accent"):
        StoredPlan.model_validate(json.loads(plan.model_dump_json()) | {"accent": "red;}"})
