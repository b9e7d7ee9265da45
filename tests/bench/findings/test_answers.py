"""What our runs say to findings: whole answers from the records of a folder."""

import pytest

from bench import merging, results
from bench.findings.answers import answers
from bench.findings.held import Left
from bench.repeats import Repeats
from tests.bench.findings.counted import START, counts
from tests.bench.report.synthetic_results import DEFAULTS, Trial, losses, make, seconds


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
