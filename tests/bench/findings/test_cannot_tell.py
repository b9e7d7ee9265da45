"""What our runs cannot tell: from an unsteady machine, unlike losses, random weights, or pairs that are all tied."""

import pytest

from bench.runs import RunReport, Steadiness
from bench.store.files import write_json
from tests.bench.findings.counted import START
from tests.bench.report.synthetic_results import Trial

ALONG_SIZE = {"along": "size", "start": {"size": 64}, "end": {"size": 128}}


@pytest.mark.parametrize("after", [1.08, 1.4])
def test_times_of_a_machine_that_did_not_hold_still_are_not_compared(answered, tmp_path, after):
    report = RunReport(
        id="run", name="a", command=["nst-bench"], started="2026-01-02T03:04:05.000Z",
        steadiness={"cpu": Steadiness(before=after, after=1.0)},
    )  # fmt: skip
    write_json(tmp_path / "runs" / "run.json", report)
    found = answered(
        {"figure": "seconds", **START, "change": "higher"},
        {"figure": "seconds_to_loss", **START, "change": "lower"},
        {"figure": "seconds", "at_most": 1e6},
        {"figure": "structure", **START, "change": "higher"},
        edit=lambda p, record: record | {"run": "run"},
    )
    held = after < 1.1
    assert [one.word == "agrees" for one in found] == [held, held, held, True]
    assert [one.word for one in found if one.word != "agrees"] == ([] if held else ["cannot tell"] * 3)
    assert [one.unsteady for one in found] == ([0] * 4 if held else [pytest.approx(0.4)] * 3 + [0])


def test_losses_of_different_functions_are_never_the_same(answered):
    (found,) = answered({"figure": "seconds_to_loss", **ALONG_SIZE, "change": "lower"}, grid={"size": [64, 128]})
    assert (found.word, found.apart) == ("cannot tell", ("size",))


def test_pairs_that_went_the_same_way_say_nothing_of_which_goes_bad_more_often(answered):
    def stalls(p, record):
        if p["init"] == "noise" and (p["style"], p["content"]) == ("waves", "cat"):
            record["diagnosis"] = {"verdict": "stalled", "reason": "it did not move"}
        return record

    asked = {"figure": "bad", **START}
    less, more, same = answered(
        {**asked, "change": "lower"}, {**asked, "change": "higher"}, {**asked, "change": "same", "within": 0.1},
        edit=stalls,
    )  # fmt: skip
    assert [(one.word, one.showing, one.measured, one.tied) for one in (less, more, same)] == [
        ("agrees", 1, 4, 3),
        ("disagrees", 0, 4, 3),
        ("cannot tell", 3, 4, 0),
    ]


def test_where_nothing_goes_bad_it_cannot_be_told_what_goes_bad_more_often(answered):
    (found,) = answered({"figure": "bad", **START, "change": "lower"})
    assert (found.word, found.showing, found.measured, found.tied) == ("cannot tell", 0, 4, 4)


@pytest.mark.parametrize(("weights", "word"), [("random:0", "cannot tell"), ("imagenet", "agrees")])
def test_what_was_learned_cannot_be_told_from_random_weights_but_is_shown(answered, weights, word):
    learned, plain = answered(
        {"figure": "structure", "at_least": 0.5, "learned": True},
        {"figure": "structure", "at_least": 0.5},
        fixed={"weights": weights},
    )
    assert (learned.word, learned.showing, learned.measured) == (word, 8, 8)
    assert learned.random == (8 if weights == "random:0" else 0)
    assert learned.untaught is (weights == "random:0")
    assert plain.word == "agrees"


def test_whole_losses_of_different_functions_tell_nothing_but_their_terms_may(answered):
    along = {"along": "size", "start": {"size": 64}, "end": {"size": 128}, "change": "same", "within": 0.01}
    loss, term, start = answered(
        {"figure": "final_loss", **along},
        {"figure": "terms.content.conv2_2", **along},
        {"figure": "final_loss", **START, "change": "lower"},
        grid={"size": [64, 128], "init": ["noise", "content"]},
    )
    assert (loss.word, loss.showing, loss.apart) == ("cannot tell", 8, ("size",))
    assert (term.word, term.apart) == ("agrees", ())
    assert (start.word, start.apart) == ("agrees", ())


@pytest.mark.parametrize(("figure", "apart"), [("saved_loss", ()), ("final_loss", ("precision",))])
def test_of_precisions_the_loss_is_compared_that_exact_layers_tell(answered, figure, apart):
    along = {"along": "precision", "start": {"precision": "float32"}, "end": {"precision": "bfloat16"}}
    (found,) = answered(
        {"figure": figure, **along, "change": "same", "within": 1.0}, grid={"precision": ["float32", "bfloat16"]}
    )
    assert found.apart == apart


def test_whole_losses_of_experiments_with_other_functions_tell_nothing(answered):
    asked = {"figure": "final_loss", "change": "lower"}
    (of_other_size,) = answered(
        {**asked, "than": "second"}, grid={"size": [64]}, other=Trial("second", grid={"size": [128]})
    )
    assert (of_other_size.word, of_other_size.apart) == ("cannot tell", ("size",))


def test_whole_losses_of_experiments_with_the_same_functions_are_compared(answered):
    (found,) = answered(
        {"figure": "final_loss", "change": "higher", "than": "second"},
        grid={"init": ["noise"]},
        other=Trial("second", grid={"init": ["content"]}),
    )
    assert (found.word, found.apart) == ("agrees", ())


def test_whole_losses_of_other_pictures_tell_nothing(answered):
    (found,) = answered(
        {"figure": "final_loss", "change": "lower", "than": "second"},
        grid={"init": ["noise"]},
        other=Trial("second", contents=("cat",), grid={"init": ["content"]}),
    )
    assert (found.word, found.apart) == ("cannot tell", ("pictures",))


@pytest.mark.parametrize(("term", "apart"), [("style.conv1_1", ("style_weight",)), ("content.conv2_2", ())])
def test_a_term_along_the_weight_it_is_multiplied_by_tells_nothing(answered, term, apart):
    along = {"along": "style_weight", "start": {"style_weight": 1.0}, "end": {"style_weight": 10.0}}
    (found,) = answered({"figure": f"terms.{term}", **along, "change": "higher"}, grid={"style_weight": [1.0, 10.0]})
    assert found.apart == apart
    assert (found.word == "cannot tell") is bool(apart)
