"""What our runs say to findings: whole answers from the records of a folder."""

import pytest

from bench import merging, results
from bench.findings.answers import answers
from bench.findings.held import Left
from bench.repeats import Repeats
from bench.runs import RunReport, Steadiness
from bench.store.files import write_json
from tests.bench.report.synthetic_results import DEFAULTS, Trial, failed, losses, make, seconds

START = {"along": "init", "start": {"init": "noise"}, "end": {"init": "content"}}
ALONG_SIZE = {"along": "size", "start": {"size": 64}, "end": {"size": 128}}


@pytest.fixture
def answered(tmp_path):
    """The answers to findings of one experiment with two contents, two styles and two starts."""

    def read(*findings, grid=None, edit=None, other=None, **more):
        grid = grid or {"init": ["noise", "content"]}
        trials = [Trial("first", grid=grid, findings=findings, **more), *([other] if other else [])]
        make(tmp_path, trials, edit=edit)
        return answers(results.load(tmp_path))

    return read


def counts(answer):
    return answer.word, answer.of, answer.showing, answer.measured, answer.left


def test_pairs_differ_in_the_axis_alone(answered):
    (found,) = answered(
        {"figure": "seconds", **START, "change": "same", "within": 0.1},
        grid={"init": ["noise", "content"], "size": [64, 128], "seed": [0, 1]},
    )
    assert counts(found) == ("agrees", "pairs", 16, 16, Left())
    assert found.ratio.centre == pytest.approx(1.01)
    assert [group.runs for group in found.groups] == [16, 16]
    slow = [seconds({**DEFAULTS, "size": size}) for size in (64, 128)]
    assert (found.groups[0].least, found.groups[0].most) == (slow[0], slow[1])
    assert found.groups[0].centre == pytest.approx(sum(slow) / 2)


@pytest.mark.parametrize(
    ("change", "within", "word"),
    [("higher", None, "agrees"), ("lower", None, "disagrees"), ("same", 0.1, "disagrees"), ("same", 0.5, "agrees")],
)
def test_a_change_is_from_the_start_to_the_end(answered, change, within, word):
    (found,) = answered({"figure": "structure", **START, "change": change, "within": within})
    assert found.word == word
    assert (found.groups[0].centre, found.groups[1].centre, found.ratio.centre) == (0.5, 0.75, 1.5)


def test_a_time_to_the_same_loss_is_to_where_the_worse_of_both_ended(answered):
    (found,) = answered({"figure": "seconds_to_loss", **START, "change": "lower"})
    noise, content = ({**DEFAULTS, "init": init} for init in ("noise", "content"))
    falls, ends = losses(content), losses(noise)[-1]
    steps = next(k + 1 for k, loss in enumerate(falls) if loss <= ends)
    assert counts(found) == ("agrees", "pairs", 4, 4, Left())
    assert found.groups[0].centre == pytest.approx(seconds(noise)), "which ended higher: all of its time"
    assert found.groups[1].centre == pytest.approx(seconds(content) * steps / len(falls)) != seconds(content)


@pytest.mark.parametrize(
    ("change", "left"),
    [
        (lambda record: record["timing"].update(valid=False, invalid_reason="another job was timed"), Left(untimed=4)),
        (lambda record: record["outcome"].update(final_loss=None), Left(missing=4, without=4)),
    ],
)
def test_and_there_is_none_without_times_and_losses_of_both(answered, change, left):
    def edit(parameters, record):
        if parameters["init"] == "content":
            change(record)
        return record

    (found,) = answered({"figure": "seconds_to_loss", **START, "change": "lower"}, edit=edit)
    assert counts(found) == ("not measured", "pairs", 0, 0, left)


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


@pytest.mark.parametrize(("by", "word"), [(0.5, "agrees"), (0.51, "disagrees")])
def test_a_change_may_have_to_be_so_large(answered, by, word):
    (found,) = answered({"figure": "structure", **START, "change": "higher", "by": by})
    assert found.word == word


def test_of_what_is_always_so_one_run_is_enough_to_disagree(answered):
    most, all_ = answered(
        {"figure": "structure", "at_least": 0.75, "always": True},
        {"figure": "structure", "at_least": 0.5, "always": True},
    )
    assert (counts(most)[:4], counts(all_)[:4]) == (("disagrees", "runs", 4, 8), ("agrees", "runs", 8, 8))


def test_runs_count_one_by_one(answered):
    (at_least, at_most, both) = answered(
        {"figure": "structure", "at_least": 0.75},
        {"figure": "structure", "at_most": 0.5, "fits": lambda p: p["init"] == "noise", "where": {"init": ["noise"]}},
        {"figure": "structure", "at_least": 0.6, "at_most": 0.7},
    )
    assert counts(at_least) == ("cannot tell", "runs", 4, 8, Left())
    assert counts(at_most) == ("agrees", "runs", 4, 4, Left())
    assert counts(both) == ("disagrees", "runs", 0, 8, Left())


def test_every_run_is_compared_with_every_run_of_the_other_experiment(answered):
    other = Trial("second", contents=("cat",), grid={"init": ["content"]})
    more, as_much, same = answered(
        {"figure": "structure", "than": "second", "change": "lower"},
        {"figure": "structure", "than": "second", "change": "higher"},
        {"figure": "structure", "than": "second", "change": "same", "within": 0.1},
        other=other,
        grid={"init": ["noise"]},
    )
    assert counts(more) == ("agrees", "comparisons", 8, 8, Left())
    assert counts(as_much) == ("disagrees", "comparisons", 0, 8, Left())
    assert counts(same) == ("disagrees", "comparisons", 0, 8, Left())
    assert [(group.centre, group.runs) for group in more.groups] == [(0.5, 4), (0.75, 2)]


def test_two_experiments_are_the_same_where_their_medians_are(answered):
    grid = {"init": ["noise"], "size": [64, 256]}
    (found,) = answered(
        {"figure": "seconds", "than": "second", "change": "same", "within": 0.05},
        other=Trial("second", grid={**grid, "init": ["content"]}),
        grid=grid,
    )
    assert counts(found) == ("agrees", "comparisons", 64, 64, Left())


def test_times_that_are_not_valid_are_left_out_and_counted(answered):
    def disturbed(p, record):
        if p["content"] == "cat":
            record["timing"] |= {"valid": False, "invalid_reason": "another program was at work"}
        return record

    pairs, runs, structure = answered(
        {"figure": "seconds", **START, "change": "higher"},
        {"figure": "seconds_per_evaluation", "at_most": 1},
        {"figure": "structure", **START, "change": "higher"},
        edit=disturbed,
    )
    assert counts(pairs) == ("agrees", "pairs", 2, 2, Left(untimed=2))
    assert counts(runs) == ("agrees", "runs", 4, 4, Left(untimed=4))
    assert counts(structure) == ("agrees", "pairs", 4, 4, Left())


def test_what_failed_or_did_not_run_is_missing(answered):
    def edit(p, record):
        if p["content"] == "cat":
            return None if p["style"] == "waves" else failed(record)
        return record

    pairs, runs = answered(
        {"figure": "structure", **START, "change": "higher"}, {"figure": "bad", "at_most": 0}, edit=edit
    )
    assert counts(pairs) == ("agrees", "pairs", 2, 2, Left(missing=2, waiting=1))
    assert counts(runs) == ("agrees", "runs", 4, 4, Left(missing=4, waiting=2))


@pytest.mark.parametrize(
    ("edit", "word", "waiting"),
    [(lambda p, record: failed(record), "not measured", 0), (lambda p, record: None, "not run", 2)],
    ids=["all failed", "none ran"],
)
def test_what_failed_is_not_waited_for(answered, edit, word, waiting):
    runs, pairs = answered(
        {"figure": "bad", "at_most": 0, "fits": lambda p: p["init"] == "noise"},
        {"figure": "structure", **START, "change": "higher", "fits": lambda p: p["size"] == 64},
        grid={"init": ["noise", "content"], "size": [64, 128]},
        edit=lambda p, record: edit(p, record) if p["init"] == "noise" or p["size"] == 64 else record,
    )
    assert counts(runs) == (word, "runs", 0, 0, Left(missing=8, waiting=4 * waiting))
    assert counts(pairs) == (word, "pairs", 0, 0, Left(missing=4, waiting=2 * waiting))


def test_without_a_figure_nothing_was_measured(answered):
    other, loss, term = answered(
        {"figure": "structure", "at_least": 0.5},
        {"figure": "structure", **START, "change": "higher"},
        {"figure": "terms.content.conv9_9", "at_least": 0.5},
        task="texture",
    )
    assert counts(other) == ("not measured", "runs", 0, 0, Left(missing=4, without=4))
    assert counts(loss) == ("not measured", "pairs", 0, 0, Left(missing=2, without=2))
    assert counts(term)[0] == "not measured"
    assert other.groups == ()


def test_a_figure_of_a_newer_version_was_measured_nowhere(answered):
    (found,) = answered({"figure": "beauty", "at_least": 0.5})
    assert counts(found) == ("not measured", "runs", 0, 0, Left(missing=8, without=8))


def test_terms_are_figures_too(answered):
    (found,) = answered({"figure": "terms.style.conv1_1", **START, "change": "lower"})
    assert counts(found) == ("agrees", "pairs", 4, 4, Left())


def test_bad_runs_are_told_by_their_share(answered):
    def stalls(p, record):
        if p["init"] == "noise" and p["style"] == "waves":
            record["diagnosis"] = {"verdict": "stalled", "reason": "it did not move"}
        return record

    (found,) = answered({"figure": "bad", **START, "change": "lower"}, edit=stalls)
    assert counts(found) == ("agrees", "pairs", 2, 4, Left())
    assert [group.centre for group in found.groups] == [0.5, 0.0]
    assert found.ratio is None


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


def test_experiments_of_which_one_goes_bad_more_often_are_not_the_same(answered):
    def stalls(p, record):
        if p["init"] == "noise" and p["style"] == "waves" and p["content"] == "cat":
            record["diagnosis"] = {"verdict": "stalled", "reason": "it did not move"}
        return record

    same, more = answered(
        {"figure": "bad", "than": "second", "change": "same", "within": 0.1},
        {"figure": "bad", "than": "second", "change": "higher"},
        edit=stalls,
        other=Trial("second", grid={"init": ["content"]}),
        grid={"init": ["noise"]},
    )
    assert [group.centre for group in same.groups] == [0.25, 0.0]
    assert same.word == "disagrees"
    assert (more.word, more.showing, more.measured, more.tied) == ("agrees", 4, 16, 12)


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


def test_how_alike_repeats_are_counts_once_for_all_of_them(tmp_path):
    finding = {"figure": "agreement", **START, "change": "higher"}
    grid = {"init": ["noise", "content"], "seed": [0, 1, 2]}
    plan = make(
        tmp_path, [Trial("first", ("cat",), grid=grid, findings=[finding, {"figure": "agreement", "at_least": 0.9}])]
    )
    found = results.load(tmp_path)
    groups = {}
    for job in plan.jobs.values():
        groups.setdefault((job.inputs["style"].label, job.parameters["init"]), []).append(job.id)
    for (style, init), jobs in groups.items():
        structure = {"noise": 0.8, "content": 0.95}[init] if style == "waves" else 0.9
        one = Repeats(jobs=jobs, images=[], structure=structure, difference=1.0, pairs=3)
        found.agreement.update(dict.fromkeys(jobs, one))
    pairs, runs = answers(found)
    assert counts(pairs) == ("cannot tell", "pairs", 1, 2, Left())
    assert counts(runs) == ("cannot tell", "runs", 3, 4, Left())


def test_a_step_of_a_zip_is_one_value(answered):
    lists = {"style_weight": [1.0, 10.0], "tv_weight": [0.0, 1.0]}
    (found,) = answered(
        {
            "figure": "structure", "along": "depth", "change": "same", "within": 0.01,
            "start": {"style_weight": 1.0, "tv_weight": 0.0}, "end": {"style_weight": 10.0, "tv_weight": 1.0},
        },
        zips={"depth": lists},
    )  # fmt: skip
    assert counts(found) == ("agrees", "pairs", 8, 8, Left())


def test_what_moves_with_the_axis_alone_does_not_part_pairs(answered):
    (found,) = answered(
        {"figure": "structure", **START, "change": "higher"},
        override=lambda p: {"evaluations": 10} if p["init"] == "content" else {},
    )
    assert counts(found) == ("agrees", "pairs", 4, 4, Left())


def test_folders_that_are_merged_answer_together(tmp_path):
    finding = {"figure": "structure", **START, "change": "higher", "fits": lambda p: True, "where": {"size": [64]}}
    trial = Trial("first", grid={"init": ["noise", "content"]}, findings=[finding])
    for name in ("a", "b"):
        make(tmp_path / name, [trial])
    (found,) = answers(merging.load([tmp_path / "a", tmp_path / "b"]))
    assert counts(found) == ("agrees", "pairs", 8, 8, Left())


def test_the_example_is_the_pair_in_the_middle(answered):
    def kept(p, record):
        quality = record["outcome"]["quality"]
        if p["init"] == "content":
            quality["structure"] = {"cat": 0.6, "town": 0.8, "tree": 0.9}[p["content"]]
        return record

    (found,) = answered(
        {"figure": "structure", **START, "change": "higher"},
        edit=kept,
        contents=("cat", "town", "tree"),
        styles=("waves",),
    )
    assert (found.ratio.least, found.ratio.centre, found.ratio.most) == (1.2, 1.6, 1.8)
    assert found.example[1] == found.groups[1].typical


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
