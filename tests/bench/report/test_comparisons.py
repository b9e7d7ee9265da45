"""What pairs say: whole sentences, with the figures that stand in them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pytest

from bench.pairing import Comparison, Contrast, Pair, spread
from bench.report import verdicts
from bench.report.format import Figure
from bench.report.verdicts import Sentence

Sides = Sequence[tuple[float | None, float | None]]


def contrast(seconds: Sides = (), loss: Sides = (), reach: Sides = (), b: Any = "content", **more: Any) -> Contrast:
    """Of starting from ``b`` against starting from noise, with what A and B took or reached in each pair."""
    n = max(map(len, (seconds, loss, reach)))
    nothing = [(None, None)] * n
    pairs = [
        Pair("a", "b", *losses, *times, 300, 300, *reached)
        for losses, times, reached in zip(loss or nothing, seconds or nothing, reach or nothing, strict=True)
    ]
    told = {"seconds": spread(seconds), "loss": spread(loss), "reach": spread(reach), "per_evaluation": None}
    return Contrast("noise", b, tuple(pairs), (), **{**told, **more})


def comparison(*contrasts: Contrast, axis: str = "init", comparable: bool = True) -> Comparison:
    return Comparison(axis, (axis,), (), comparable, contrasts)


def text(sentence: Sentence) -> str:
    return (
        "".join(part.text if isinstance(part, Figure) else part for part in sentence)
        .replace("\u202f", " ")
        .replace("\u00a0", " ")
    )


def said(one: Contrast, **options: Any) -> str:
    return text(verdicts.verdict(comparison(one, **options), one))


#: 24 pairs: in 22 of them B needs 36 to 47 % of A's time, in two 130 %.
REACH = [(10.0, 3.0 + 0.1 * k) for k in range(22)] + [(10.0, 13.0)] * 2
SECONDS = [(10.0, 10.1)] * 24
LOSS = [(4.0, 1.0)] * 24


class TestVerdict:
    def test_the_time_to_the_same_loss_comes_first_with_its_evidence(self) -> None:
        assert said(contrast(SECONDS, LOSS, REACH)) == (
            "Starting from the content reached the final loss of noise in 41.5 % of its time (median of 24 pairs, "
            "quartiles 35.8 % to 47.3 %; faster in 22 of 24, p = 0.00004). For the same evaluations it took 1.01 × the "
            "time (slower in 24 of 24, p < 0.000001) and ended at 0.250 × the loss (lower in 24 of 24, p < 0.000001)."
        )

    def test_its_figures_are_there_in_full(self) -> None:
        one = contrast(SECONDS, LOSS, REACH)
        figures = [part for part in verdicts.verdict(comparison(one), one) if isinstance(part, Figure)]
        assert one.reach is not None
        told = [(f.kind, float(f.value)) for f in figures[:6] if f.value is not None]
        assert told == [
            ("reach-ratio lead", one.reach.median),
            ("pair-count", 24.0),
            ("quartile", one.reach.lower),
            ("quartile", one.reach.upper),
            ("wins", 22.0),
            ("p-value", 602 / 2**24),
        ]

    def test_one_pair_is_said_to_be_one_and_proves_nothing(self) -> None:
        assert said(contrast([(10.0, 5.0)], [(4.0, 2.0)], [(8.0, 2.0)])) == (
            "Starting from the content reached the final loss of noise in 25.0 % of its time (one pair). "
            "For the same evaluations it took 0.500 × the time and ended at 0.500 × the loss."
        )

    def test_of_two_or_three_pairs_the_extremes_are_told(self) -> None:
        assert said(contrast(reach=[(10.0, 3.0), (10.0, 5.0), (10.0, 4.0)])) == (
            "Starting from the content reached the final loss of noise in 40.0 % of its time "
            "(median of 3 pairs, from 30.0 % to 50.0 %; faster in 3 of 3, p = 0.25)."
        )

    def test_where_losses_may_not_be_compared_it_is_the_time_alone(self) -> None:
        one = contrast([(1.0, 4.0), (1.0, 4.0), (1.0, 3.0), (1.0, 5.0), (1.0, 4.5)], b=512)
        assert said(one, axis="size", comparable=False) == (
            "Size 512 px took 4.00 × the time of size noise "
            "(median of 5 pairs, quartiles 4.00 × to 4.50 ×; slower in 5 of 5, p = 0.063)."
        )

    def test_without_times_it_is_the_loss(self) -> None:
        assert said(contrast(loss=[(4.0, 1.0), (4.0, 8.0)])) == (
            "Starting from the content ended at 1.13 × the loss of starting from noise "
            "(median of 2 pairs, from 0.250 × to 2.00 ×; lower in 1 of 2, p = 1)."
        )

    def test_pairs_that_are_the_same_are_neither_won_nor_lost(self) -> None:
        assert said(contrast([(1.0, 1.0)] * 4)) == (
            "Starting from the content took 1.00 × the time of starting from noise "
            "(median of 4 pairs, quartiles 1.00 × to 1.00 ×; the same in all)."
        )
        assert said(contrast([(2.0, 2.0), *[(2.0, 1.0)] * 4])).endswith("; faster in 4 of 5, the same in 1, p = 0.13).")

    def test_a_loss_that_was_reached_in_some_pairs_says_in_how_many(self) -> None:
        ends = [(10.0, 3.0), (10.0, 4.0), (10.0, 5.0), (10.0, math.inf)]
        assert said(contrast(reach=ends)) == (
            "Starting from the content reached the final loss of noise in 45.0 % of its time "
            "(median of 4 pairs, quartiles 37.5 % to never; faster in 3 of 4, never there in 1, p = 0.63)."
        )
        assert said(contrast(reach=[*ends, *[(10.0, math.inf)] * 3])) == (
            "Starting from the content reached the final loss of noise in only 3 of 7 pairs, p = 1."
        )

    def test_a_loss_that_was_never_reached_is_said_so(self) -> None:
        never = [(10.0, math.inf)]
        assert said(contrast(reach=never)) == "Starting from the content never reached the final loss of noise."
        assert said(contrast(reach=never * 6)).endswith("never reached the final loss of noise in any of 6 pairs.")

    def test_a_slower_way_to_the_same_loss_is_told_in_times(self) -> None:
        assert " in 1.30 × its time (one pair)." in said(contrast(reach=[(10.0, 13.0)]))

    def test_runs_of_other_lengths_are_not_said_to_be_of_the_same_evaluations(self) -> None:
        one = contrast([(1.0, 3.0)], [(4.0, 2.0)], [(1.0, 0.5)], per_evaluation=spread([(0.1, 0.1)]))
        assert said(one).endswith(" (one pair). It took 3.00 × the time and ended at 0.500 × the loss.")

    def test_an_axis_along_which_no_two_runs_match_is_not_promised_a_comparison(self) -> None:
        assert said(contrast()) == (
            "Starting from the content against starting from noise: "
            "no two finished runs differ in this and in nothing else."
        )

    def test_how_steady_a_video_is_comes_before_what_that_costs(self) -> None:
        own = {"flicker": spread([(4.0, 1.6)] * 6), "seconds_per_frame": spread([(0.5, 0.75)] * 6)}
        one = contrast([(12.0, 18.0)] * 6, own=own, b="warm")
        assert said(one, axis="frames", comparable=False) == (
            "Frames warm had 0.400 × the flicker of frames noise (median of 6 pairs, quartiles 0.400 × to 0.400 ×; "
            "steadier in 6 of 6, p = 0.031). It took 1.50 × the time per frame (slower in 6 of 6, p = 0.031)."
        )

    def test_a_video_without_times_is_as_steady_as_it_is(self) -> None:
        one = contrast([(None, None)], own={"flicker": spread([(2.0, 3.0)])}, b="warm")
        assert said(one, axis="frames", comparable=False) == (
            "Frames warm had 1.50 × the flicker of frames noise (one pair)."
        )

    def test_pairs_without_times_and_losses_are_said_to_have_none(self) -> None:
        assert said(contrast([(None, None)])) == (
            "Starting from the content against starting from noise: "
            "no pair of runs has times or losses that may be compared."
        )


class TestSeveral:
    def test_each_value_is_told_against_the_first(self) -> None:
        more = [contrast([(1.0, 2.0)] * 5, b=512), contrast([(1.0, 4.0)] * 5, b=1024)]
        assert text(verdicts.several(comparison(*more, axis="size", comparable=False))) == (
            "Against size noise, 512 px took 2.00 × the time (slower in 5 of 5, p = 0.063) "
            "and 1024 px took 4.00 × (slower in 5 of 5, p = 0.063); medians of 5 pairs."
        )

    def test_of_videos_it_is_how_steady_they_are(self) -> None:
        more = [
            contrast([(1.0, 2.0)] * 5, b=b, own={"flicker": spread([(4.0, flicker)] * 5)})
            for b, flicker in ((10, 2.0), (100, 1.0))
        ]
        assert text(verdicts.several(comparison(*more, axis="temporal_weight", comparable=False))) == (
            "Against temporal_weight noise, 10 had 0.500 × the flicker (steadier in 5 of 5, p = 0.063) "
            "and 100 had 0.250 × (steadier in 5 of 5, p = 0.063); medians of 5 pairs."
        )

    def test_other_numbers_of_pairs_stand_beside_their_values(self) -> None:
        more = [contrast([(1.0, 2.0)] * 5, b=512), contrast([(1.0, 4.0)], b=1024)]
        assert text(verdicts.several(comparison(*more, axis="size", comparable=False))) == (
            "Against size noise, 512 px took 2.00 × the time (median of 5 pairs; slower in 5 of 5, p = 0.063) "
            "and 1024 px took 4.00 × (one pair)."
        )

    def test_it_is_the_time_to_the_same_loss_where_that_can_be_said(self) -> None:
        more = [contrast(SECONDS[:1], LOSS[:1], [(10.0, end)], b=b) for b, end in (("content", 4.0), ("x", math.inf))]
        assert text(verdicts.several(comparison(*more))) == (
            "Against starting from noise, content reached its final loss in 40.0 % of its time "
            "and x never reached it; one pair each."
        )

    def test_many_values_are_not_all_listed(self) -> None:
        many = [contrast([(1.0, 2.0)], b=seed) for seed in range(1, 8)]
        assert text(verdicts.several(comparison(*many, axis="seed", comparable=False))) == (
            "Against seed noise, 1 took 2.00 × the time, 2 took 2.00 ×, 3 took 2.00 ×, 4 took 2.00 ×; "
            "3 further values are compared too; one pair each."
        )

    def test_where_nothing_was_timed_there_is_nothing_to_say(self) -> None:
        assert verdicts.several(comparison(contrast(), contrast())) == ()


@pytest.mark.parametrize(
    ("p", "text"),
    [(1.0, "1"), (0.5, "0.5"), (0.25, "0.25"), (0.125, "0.13"), (0.0625, "0.063"), (0.00146, "0.0015"), (0.0199, "0.02"), (0.00051, "0.0005"),
     (3.59e-5, "0.00004"), (1.1e-6, "0.000001"), (0.000999, "0.001"), (9.9e-7, "< 0.000001"), (0.0, "< 0.000001")],
)  # fmt: skip
def test_p_values_are_as_long_as_they_are_worth(p: float, text: str) -> None:
    assert verdicts.p_value(p) == Figure("p-value", repr(p), text)
