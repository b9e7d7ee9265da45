"""From pairs to verdicts: what is found slower is measured again, what is not whole is never a pass."""

import pytest

from bench.check.model import Limits, Verdict
from bench.check.paired.comparing import Target, compare, pair, seconds
from bench.check.paired.meter import Round, Taken
from bench.errors import BenchError

LIMITS = Limits(pairs=8, rounds=1, floor=0.0)
X, Y = Target("x", "main: x", 3, 5), Target("y", "main: y", 3, 5)


def timing(optimise, **more):
    return {"optimise": optimise, "targets": 0.0, "valid": True, "reused": [], **more}


def once(optimise, **more):
    return Round(timing(optimise, **more), 60, 59, finite=True)


class Meter:
    """Gives times that are made up.

    ``slower``: by job, factors of the head for the first series and the confirming one. ``wrong``: by (series, number,
    job) what is to happen instead.
    """

    def __init__(self, slower=None, wrong=None, extra=None):
        self.slower, self.wrong, self.extra = slower or {}, wrong or {}, extra or {}
        self.asked = []
        self.series = -1

    def pair(self, number, jobs, rounds):
        self.series += number == 0
        self.asked.append((self.series, number, tuple(jobs)))
        found = {}
        for job in jobs:
            wrong = self.wrong.get((self.series, number, job))
            if isinstance(wrong, BaseException):
                raise wrong
            factor = self.slower.get(job, (1.0, 1.0))[self.series]
            base = 1.0 + number / 100
            found[job] = Taken("base", {"base": [once(base, **self.extra)], "head": [once(base * factor)]})
            if wrong:
                found[job].failure = wrong
        return found


def told(outcome):
    return {(one.name, one.phase): (str(one.verdict), one.reason) for one in outcome.benchmarks}


def run(meter, *targets, limits=LIMITS, phases=("optimise",), odd=None, tell=lambda text: None):
    return compare(meter, targets or (X,), limits, phases, tell, odd)


def test_equal_sides():
    meter = Meter()
    outcome = run(meter, X, Y)
    assert told(outcome) == {("main: x", "optimise"): ("no change", ""), ("main: y", "optimise"): ("no change", "")}
    assert outcome.reasons == []
    assert [number for _, number, _ in meter.asked] == list(range(9))
    first = outcome.benchmarks[0]
    assert (first.id, first.line, first.column, len(first.pairs), first.confirming) == ("x", 3, 5, 9, [])
    assert first.first.n == 8, "pair 0 does not count"


def test_what_is_slower_is_measured_once_more_alone_with_as_many_pairs():
    meter = Meter({"x": (1.3, 1.3)})
    outcome = run(meter, X, Y)
    assert told(outcome) == {("main: x", "optimise"): ("regression", ""), ("main: y", "optimise"): ("no change", "")}
    assert [(series, number, jobs) for series, number, jobs in meter.asked if series] == [
        (1, number, ("x",)) for number in range(9)
    ]
    found = outcome.benchmarks[0]
    assert (len(found.confirming), found.second.n, found.second.verdict) == (9, 8, Verdict.REGRESSION)


def test_what_is_not_found_again_is_no_regression_and_no_pass():
    assert told(run(Meter({"x": (1.3, 1.0)}))) == {
        ("main: x", "optimise"): ("inconclusive", "found slower, but 8 fresh pairs did not confirm it")
    }


def test_an_improvement_is_not_measured_again():
    meter = Meter({"x": (0.7, 1.0)})
    assert told(run(meter)) == {("main: x", "optimise"): ("improvement", "")}
    assert meter.series == 0


def test_a_job_that_fails_is_measured_no_further_and_named():
    meter = Meter(wrong={(0, 2, "x"): "head: oom: it broke"})
    outcome = run(meter, X, Y)
    assert told(outcome) == {
        ("main: x", "optimise"): ("inconclusive", "head: oom: it broke"),
        ("main: y", "optimise"): ("no change", ""),
    }
    assert [jobs for _, _, jobs in meter.asked] == [("x", "y")] * 3 + [("y",)] * 6


def test_a_failure_while_confirming_is_no_pass_either():
    outcome = run(Meter({"x": (1.3, 1.3)}, wrong={(1, 4, "x"): "base: crashed: gone"}))
    assert told(outcome) == {("main: x", "optimise"): ("inconclusive", "base: crashed: gone")}


@pytest.mark.parametrize(
    ("wrong", "reasons"),
    [
        (KeyboardInterrupt(), ["interrupted after 7 of 8 pairs"]),
        (BenchError("cpu: no worker starts: no module torch"), ["cpu: no worker starts: no module torch"]),
    ],
)
def test_what_ended_early_keeps_its_pairs_and_passes_nothing(wrong, reasons):
    outcome = run(Meter(wrong={(0, 8, "x"): wrong}))
    assert outcome.reasons == reasons
    assert told(outcome) == {("main: x", "optimise"): ("inconclusive", "not all pairs were measured")}
    assert len(outcome.benchmarks[0].pairs) == 8


def test_interrupted_before_anything_was_measured():
    outcome = run(Meter(wrong={(0, 0, "x"): KeyboardInterrupt()}))
    assert outcome.reasons == ["interrupted after 0 of 8 pairs"]
    assert told(outcome) == {("main: x", "optimise"): ("inconclusive", "not all pairs were measured")}


def test_a_regression_that_was_being_confirmed_when_it_was_interrupted():
    outcome = run(Meter({"x": (1.3, 1.3)}, wrong={(1, 8, "x"): KeyboardInterrupt()}))
    assert told(outcome) == {("main: x", "optimise"): ("inconclusive", "not all pairs were measured")}
    assert outcome.reasons == ["interrupted after 8 of 8 pairs, 7 of 8 pairs confirming"]


def test_too_few_pairs_are_not_measured_at_all():
    meter = Meter()
    outcome = run(meter, limits=Limits(pairs=6, floor=0.0))
    assert outcome.reasons == ["6 pairs say nothing: at a level of 0.0125 7 are needed"]
    assert told(outcome) == {("main: x", "optimise"): ("inconclusive", "nothing was measured")}
    assert meter.asked == []


def test_jobs_that_cannot_be_compared_are_not_measured():
    meter = Meter()
    outcome = run(meter, X, Y, odd={"x": "the base (v1) makes another job of it"})
    assert told(outcome)["main: x", "optimise"] == ("inconclusive", "the base (v1) makes another job of it")
    assert {jobs for _, _, jobs in meter.asked} == {("y",)}


def test_a_phase_is_a_benchmark_and_one_that_a_job_does_not_have_is_none():
    outcome = run(Meter({"x": (1.3, 1.3)}), phases=("optimise", "targets"))
    assert told(outcome) == {("main: x", "optimise"): ("regression", "")}


def test_pairs_that_must_not_be_compared_are_left_out_and_said():
    meter = Meter(extra={"valid": False, "invalid_reason": "another process computed on cuda:0"})
    assert told(run(meter)) == {
        ("main: x", "optimise"): (
            "inconclusive",
            "no pair: at a level of 0.0125 at least 7 are needed; "
            "12 of 12 pairs were left out: base: another process computed on cuda:0",
        )
    }
    assert len(meter.asked) == 9 + 4, "half as many are tried in their place"
    taken = Taken("head", {"base": [once(1.0)], "head": [once(1.0, valid=False, invalid_reason="hot")]})
    assert pair(3, taken, "optimise").invalid == "head: hot"


class Disturbed(Meter):
    """Something else is timed during pairs 2 and 5 of x."""

    def pair(self, number, jobs, rounds):
        found = super().pair(number, jobs, rounds)
        if number in (2, 5):
            found["x"].rounds["head"] = [once(1.0, valid=False, invalid_reason="another job was timed")]
        return found


def test_a_pair_that_was_disturbed_is_measured_again():
    meter = Disturbed()
    outcome = run(meter, X, Y)
    assert told(outcome) == {("main: x", "optimise"): ("no change", ""), ("main: y", "optimise"): ("no change", "")}
    assert [jobs for _, number, jobs in meter.asked if number > 8] == [("x",), ("x",)]
    assert outcome.benchmarks[0].first.n == 8
    assert [pair.number for pair in outcome.benchmarks[0].pairs if pair.invalid] == [2, 5]


def test_a_phase_of_which_an_earlier_round_did_the_work_says_nothing():
    rounds = [timing(2.0), timing(0.1, reused=["targets"]), timing(1.0)]
    for number, one in enumerate(rounds):
        one["targets"] = float(number)
    assert seconds(rounds, "targets") == [0.0, 2.0]
    assert seconds(rounds, "optimise") == [2.0, 0.1, 1.0]


def test_every_pair_is_told():
    said = []
    run(Meter({"x": (1.3, 1.3)}), X, Y, limits=Limits(pairs=7, floor=0.0), tell=said.append)
    assert said[:2] == ["pair 0 of 7 (warming up, not counted)", "pair 1 of 7 (2 jobs)"]
    assert said[8:10] == ["confirming pair 0 of 7 (warming up, not counted)", "confirming pair 1 of 7 (1 job)"]
