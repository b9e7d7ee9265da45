"""Answers in sentences: whole sentences."""

from dataclasses import replace

import pytest

from bench.findings.answers import Answer, Group, Ratio
from bench.findings.held import Left
from bench.record import PlannedFinding
from bench.report.answers import notes, plain, sentence, word

PAIRED = {
    "along": "init", "start": {"init": "noise"}, "end": {"init": "content"}, "change": "lower", "figure": "structure",
}  # fmt: skip


def finding(**fields):
    return PlannedFinding(question="Is it so?", document="cmu-16726", said="it is so", **fields)


def group(centre, least=None, most=None, runs=6):
    return Group(centre, least or centre, most or centre, runs, "a", "b", "c")


def answer(asked, of="pairs", showing=5, measured=6, unit="number", groups=(), **fields):
    defaults = {"left": Left(), "random": 0, "looked_at": 12, "word": "agrees", "experiment": "first"}
    return Answer(asked, **{**defaults, **fields}, of=of, showing=showing, measured=measured, unit=unit, groups=groups)


BOTH = (group(0.5), group(0.25))
SECONDS = {"unit": "seconds", "groups": (group(335.37), group(336.63))}

TOLD = [
    (
        answer(finding(**PAIRED), groups=BOTH, ratio=Ratio(0.5, 0.4, 1.25)),
        "The structure kept is lower in 5 of 6 pairs: median 0.500 with noise, 0.250 with content; "
        "ratio 0.500 × (0.400 × to 1.25 ×).",
    ),
    (
        answer(finding(**PAIRED | {"by": 0.1}), groups=BOTH),
        "The structure kept is lower by 10 % or more in 5 of 6 pairs: median 0.500 with noise, 0.250 with content.",
    ),
    (
        answer(finding(**PAIRED | {"by": 1.0}), groups=BOTH),
        "The structure kept is half or less in 5 of 6 pairs: median 0.500 with noise, 0.250 with content.",
    ),
    (
        answer(finding(**PAIRED | {"by": 1.0, "change": "higher"}), groups=BOTH),
        "The structure kept is twice or more in 5 of 6 pairs: median 0.500 with noise, 0.250 with content.",
    ),
    (
        answer(finding(**PAIRED | {"figure": "seconds", "change": "same", "within": 0.1}), **SECONDS),
        "The time is the same within 10 % in 5 of 6 pairs: median 335 s with noise, 337 s with content.",
    ),
    (
        answer(
            finding(**PAIRED | {"where": {"size": [64, 128], "style": ["waves"]}}), showing=1, measured=1,
            groups=(group(0.5, runs=1), group(0.25, runs=1)), ratio=Ratio(0.5, 0.5, 0.5),
        ),
        "Where 64 px or 128 px and style waves: the structure kept is lower in 1 of 1 pair: 0.500 with noise, "
        "0.250 with content; ratio 0.500 ×.",
    ),
    (
        answer(
            finding(**PAIRED | {
                "along": "depth", "start": {"content_layers": ["conv2_2"], "content_weight": 1.0},
                "end": {"content_layers": ["conv4_2"], "content_weight": 10.0},
            }),
            groups=BOTH,
        ),
        "The structure kept is lower in 5 of 6 pairs: median 0.500 with conv2_2 / 1, 0.250 with conv4_2 / 10.",
    ),
    (
        answer(finding(figure="structure", at_least=0.9), "runs", groups=(group(0.95, 0.4, 0.99),)),
        "The structure kept is at least 0.9 in 5 of 6 runs: median 0.950 (0.400 to 0.990).",
    ),
    (
        answer(finding(figure="seconds", at_most=20), "runs", 0, 1, unit="seconds", groups=(group(30.0, runs=1),)),
        "The time is at most 20 s in 0 of 1 run: 30.0 s.",
    ),
    (
        answer(
            finding(figure="out_of_gamut", at_least=0.01, at_most=0.1), "runs", unit="share",
            groups=(group(0.05, 0.02, 0.2),),
        ),
        "The share out of gamut is 1 % to 10 % in 5 of 6 runs: median 5.00 % (2.00 % to 20.0 %).",
    ),
    (
        answer(finding(figure="terms.style.conv1_1", at_most=2), "runs", unit="loss", groups=(group(1.5, 1.0, 3.0),)),
        "The term style.conv1_1 is at most 2 in 5 of 6 runs: median 1.500 (1.000 to 3.000).",
    ),
    (
        answer(finding(figure="updates", at_most=300), "runs", unit="whole", groups=(group(1199.0, 299.0, 1199.5),)),
        "The number of updates is at most 300 in 5 of 6 runs: median 1199 (299 to 1200).",
    ),
    (
        answer(finding(figure="agreement", than="textures", change="lower"), "comparisons", 30, 36, groups=BOTH),
        "The agreement of repeats is lower in 30 of 36 comparisons with runs of textures: median 0.250 there, "
        "0.500 here.",
    ),
    (
        answer(
            finding(figure="seconds", than="textures", change="same", within=0.05), "comparisons", 0, 36, **SECONDS
        ),
        "The time is not the same within 5 % by the medians of this and textures: median 337 s there, 335 s here.",
    ),
    (
        answer(finding(figure="agreement", at_least=0.9), "runs", 1, 2, groups=(group(0.9, 0.8, 0.95, runs=2),)),
        "The agreement of repeats is at least 0.9 in 1 of 2 groups of repeats: median 0.900 (0.800 to 0.950).",
    ),
    (
        answer(finding(figure="bad", at_least=1), "runs", unit="flag", groups=(group(5 / 6),)),
        "5 of 6 runs went bad.",
    ),
    (
        answer(finding(**PAIRED | {"figure": "bad"}), showing=2, measured=4, unit="flag", groups=BOTH),
        "50.0 % of the runs with noise went bad, 25.0 % with content: lower in 2 of 4 pairs.",
    ),
    (
        answer(finding(**PAIRED), groups=BOTH, left=Left(untimed=2, missing=1)),
        "The structure kept is lower in 5 of 6 pairs: median 0.500 with noise, 0.250 with content. "
        "Left out: 2 pairs whose times are not valid, or of another machine, 1 pair without the figure.",
    ),
    (
        answer(finding(**PAIRED | {"figure": "seconds"}), showing=0, measured=0, left=Left(untimed=2, missing=1)),
        "No pair has the time. Left out: 2 pairs whose times are not valid, or of another machine.",
    ),
    (
        answer(finding(figure="structure", at_least=1), "runs", 0, 0, left=Left(missing=3)),
        "No run has the structure kept.",
    ),
    (
        answer(finding(**PAIRED), showing=0, measured=0, left=Left(untimed=1, missing=3, without=1, waiting=1)),
        "The structure kept is not known of any pair yet. Left out: 1 pair whose times are not valid, or of another machine.",
    ),
    (
        answer(finding(figure="bad", at_least=1), "runs", 0, 0, unit="flag", left=Left(missing=1, waiting=1)),
        "None of these runs has ended yet.",
    ),
    (answer(finding(figure="bad", at_least=1), "runs", 0, 0, unit="flag", left=Left(missing=1)), "No run ended well."),
    (
        answer(finding(figure="structure", at_least=1), "runs", 0, 0, left=Left(missing=3, without=3)),
        "These runs have no structure kept.",
    ),
    (
        answer(finding(figure="structure", at_least=1), "runs", 0, 0, left=Left(missing=3, without=2)),
        "These runs have no structure kept.",
    ),
    (
        answer(finding(figure="bad", at_least=1), "runs", 0, 0, unit="flag", left=Left(missing=3, without=3)),
        "Whether these runs went bad is not judged.",
    ),
    (
        answer(finding(**PAIRED | {"figure": "bad"}), showing=2, measured=8, tied=6, unit="flag", groups=BOTH),
        "50.0 % of the runs with noise went bad, 25.0 % with content: lower in 2 of 8 pairs, no change in 6.",
    ),
    (
        answer(
            finding(figure="bad", than="textures", change="same", within=0.05), "comparisons", 0, 36,
            unit="flag", groups=BOTH,
        ),
        "50.0 % of the runs here went bad, 25.0 % there: not the same within 5 %.",
    ),
    (
        answer(finding(figure="beauty", at_least=1), "runs", 0, 0),
        "Beauty is no figure that this version of nst-bench knows.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("given", "expected"), TOLD, ids=[expected[:50] for _, expected in TOLD])
def test_an_answer_is_a_sentence_with_its_figures(given, expected):
    assert plain(sentence(given)) == expected


@pytest.mark.parametrize(
    ("fields", "random", "expected"),
    [
        ({}, 0, ()),
        ({}, 12, ()),
        ({"trained": True}, 0, ()),
        ({"trained": True}, 12, ("With random weights, where the document's were trained on ImageNet.",)),
        (
            {"trained": True},
            3,
            ("3 of these 12 runs with random weights, where the document's were trained on ImageNet.",),
        ),
        ({"trained": True, "learned": True}, 12, ("This rests on weights trained on ImageNet; these are random.",)),
        ({"learned": True}, 3, ("This rests on weights trained on ImageNet; those of 3 of these 12 runs are random.",)),
    ],
)
def test_whose_weights_it_is_of_is_said(fields, random, expected):
    assert notes(answer(finding(figure="structure", at_least=1, **fields), "runs", random=random)) == expected


def test_a_machine_that_did_not_hold_still_is_told():
    given = replace(answer(finding(figure="seconds", at_most=1), "runs"), unsteady=0.405)
    assert notes(given) == (
        "The machine did not hold still: the same work took up to 40.5 % longer at one end of these runs than at the "
        "other, so their times are not to be compared.",
    )


def test_losses_of_different_functions_are_said_to_be():
    given = replace(answer(finding(**PAIRED | {"figure": "final_loss"})), apart=("size", "style_weight"))
    assert notes(given) == (
        "Losses along size and style_weight are of different functions: a lower one does not mean a better picture.",
    )


def test_losses_of_experiments_with_different_functions_are_said_to_be():
    asked = finding(figure="final_loss", than="textures", change="lower")
    given = answer(asked, "comparisons", apart=("task", "size", "style_layers", "style_weight", "tv_weight"))
    assert notes(given) == (
        "Losses of runs that differ in task, size, style_layers and others are of different functions: a lower one "
        "does not mean a better picture.",
    )


def test_the_word_says_why_it_cannot_be_told():
    learned = answer(finding(figure="structure", at_least=1, learned=True), "runs", word="cannot tell", random=2)
    assert word(learned) == "cannot tell with these weights"
    assert word(replace(learned, random=0)) == "cannot tell"
    assert word(replace(learned, word="not run")) == "not run"
