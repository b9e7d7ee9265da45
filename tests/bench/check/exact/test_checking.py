"""What is written, and when: a check from the baseline's file to the next one."""

import json

import pytest

from bench.check.exact.baseline import read
from bench.check.exact.checking import Asked, check
from bench.check.exact.counted import Counted, Gathered
from bench.check.exact.report import report
from bench.errors import BenchError, Exit

BASELINE = "exact.yml"


def counted(flops=100, **more):
    return Counted("main: one", "3f" * 32, (7, 3), {"flops": flops, "updates": 2}, **more)


@pytest.fixture
def run(plan, tmp_path):
    """Checks the small plan with what was counted; the check, and its exit code."""

    def run(*benchmarks, update=False, whole=True, **gathered):
        baseline, folder = tmp_path / BASELINE, tmp_path / "out"
        asked = Asked(plan, ["nst-bench", "check"], "cpu", baseline, folder, whole)
        found = check(asked, read(baseline), lambda: Gathered(tuple(benchmarks), **gathered), update=update)
        return found, report(found).verdict.exit_code

    return run


def test_without_a_baseline_there_is_no_verdict_but_a_file_that_would_pass(run, tmp_path):
    found, code = run(counted())
    assert (code, found.reasons) == (
        Exit.INCONCLUSIVE,
        [f"{tmp_path / BASELINE}: there is no such file, so there is nothing to compare with"],
    )
    assert found.replacement == str(tmp_path / "out" / "passing-exact.yml")
    assert not (tmp_path / BASELINE).exists()
    (tmp_path / "out" / "passing-exact.yml").rename(tmp_path / BASELINE)
    found, code = run(counted())
    assert (code, found.reasons, found.replacement) == (Exit.FINE, [], "")


def test_a_baseline_of_other_manifests_is_none(run, tmp_path):
    (tmp_path / BASELINE).write_text("other: {cpu: {}}\nsmall: {cuda: {}}\n")
    found, code = run(counted())
    assert (code, found.reasons) == (Exit.INCONCLUSIVE, [f"{tmp_path / BASELINE}: expects nothing of small on cpu"])


@pytest.mark.parametrize("flops", [99, 101])
def test_off_in_either_direction_fails_and_writes_the_file_that_would_pass(run, tmp_path, flops):
    run(counted(), update=True)
    before = (tmp_path / BASELINE).read_text()
    _, code = run(counted(flops))
    assert code == Exit.REGRESSION
    assert (tmp_path / BASELINE).read_text() == before
    (tmp_path / "out" / "passing-exact.yml").rename(tmp_path / BASELINE)
    assert run(counted(flops))[1] == Exit.FINE


def test_a_check_that_passes_leaves_no_file_of_an_earlier_one(run, tmp_path):
    run(counted())
    assert list((tmp_path / "out").iterdir()) != []
    run(counted(), update=True)
    assert list((tmp_path / "out").iterdir()) == []


def test_an_update_writes_what_moved_and_says_so(run, tmp_path):
    found, code = run(counted(), update=True)
    assert (code, found.notes) == (Exit.FINE, [f"written to {tmp_path / BASELINE}: main: one: new"])
    found, code = run(counted(101), update=True)
    assert (code, found.notes) == (Exit.FINE, [f"written to {tmp_path / BASELINE}: main: one: flops: 100 -> 101"])
    assert [counter.expected for counter in found.benchmarks[0].counters] == [101, 2]
    found, code = run(counted(101), update=True)
    assert (code, found.notes) == (Exit.FINE, [f"{tmp_path / BASELINE} holds these figures already"])


@pytest.mark.parametrize(
    "gathered",
    [
        {"benchmarks": [Counted("main: one", "3f" * 32, reason="failed: it broke")]},
        {"benchmarks": [counted(again={"updates": 3})]},
        {"benchmarks": []},
        {"benchmarks": [], "reasons": ("interrupted: nothing was compared",)},
    ],
    ids=["failed", "inexact", "empty", "interrupted"],
)
@pytest.mark.parametrize("update", [False, True])
def test_what_is_not_whole_is_no_pass_and_writes_nothing(run, tmp_path, gathered, update):
    run(counted(), update=True)
    before = (tmp_path / BASELINE).read_text()
    found, code = run(*gathered["benchmarks"], reasons=gathered.get("reasons", ()), update=update)
    assert code == Exit.INCONCLUSIVE
    assert (tmp_path / BASELINE).read_text() == before
    assert (found.replacement, (tmp_path / "out").exists()) == ("", False)
    left = f"{tmp_path / BASELINE} was left as it is: not everything could be counted"
    assert found.reasons == [*gathered.get("reasons", ()), *([left] if update else [])]


def test_a_changed_manifest_is_no_pass_until_it_is_accepted(run):
    run(counted(), update=True)
    other = Counted("main: one", "4a" * 32, (7, 3), {"flops": 100, "updates": 2})
    found, code = run(other)
    assert (code, found.benchmarks[0].reason) == (
        Exit.INCONCLUSIVE,
        "the manifest has changed: the job is 4a4a4a4a4a4a, the baseline is of 3f3f3f3f3f3f",
    )
    assert (run(other, update=True)[1], run(other)[1], run(counted())[1]) == (0, 0, Exit.INCONCLUSIVE)


def test_everything_counted_is_in_the_data_compared_or_not(run):
    found, _ = run(counted())
    data = json.loads(found.model_dump_json())
    assert data["benchmarks"][0]["figures"] == {"flops": 100, "updates": 2}
    assert (data["kind"], data["title"], data["device"]) == ("exact", "small", "cpu")


def test_a_file_that_cannot_be_written_is_said_in_a_sentence(run, tmp_path):
    (tmp_path / "out").write_text("in the way")
    with pytest.raises(BenchError, match=r"passing-exact.yml: cannot be written: "):
        run(counted())
