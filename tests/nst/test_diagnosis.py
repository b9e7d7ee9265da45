import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from nst import backbones, images, problems, samples, synthesis
from nst.diagnosis import BAD, VERDICTS, diagnose
from nst.problems import StylePart
from nst.recipes import RECIPES

K = np.arange(100)
SETTLES = np.exp(-K / 5.0) + 0.01
SLIPS = np.where(K < 20, 10 - 0.075 * K, 8.5)  # falls by 15 % in twenty evaluations, then rests
THROWN = np.where(K == 2, 1e9, 10 - 0.001 * K)  # one step far off, then 1 % in a hundred evaluations

Y, X = np.mgrid[:48, :48] / 48
PICTURE = np.stack([X, Y, X * Y], axis=-1)
OTHER = np.stack([Y * Y, 1 - X, X * (1 - Y)], axis=-1)
NOISE = np.random.default_rng(0).random((48, 48, 3))


@pytest.mark.parametrize(
    ("curve", "verdict", "reason"),
    [
        (SETTLES, "converged", "the last 10 evaluations changed the loss by 0.00%"),
        (100.0 / (K + 1), "falling", "the last 10 evaluations still lowered the loss by 10.0%"),
        (10 - 0.001 * K, "falling", "the loss fell by only 0.99%, but in the last 10 evaluations still at 1 times its average pace"),
        (np.where(K < 20, 10 - 0.02 * K, 9.6), "stalled", "the loss fell by 4.00% in all, by 0.00% in the last 10 evaluations"),
        (THROWN, "stalled", "the loss fell by 0.99% in all, by 0.10% in the last 10 evaluations, after it had shot up to 1e+08 times its start"),
        (np.full(12, 3.0), "stalled", "none of 12 evaluations lowered the loss"),
        (np.where(K < 90, 10 / (K + 1), 0.11 + 0.1 * (K - 89)), "unsteady", "the loss ended 899.0% above its lowest"),
        (np.where(K % 2, 1.05, 1.0) + 9 * np.exp(-K), "unsteady", "the last 10 evaluations raised the loss by 25.0% in all, against a gain of 0.0%"),
        (1.0 + K, "diverged", "the loss ended at 100 times its start"),
        (np.where(K < 7, 1.0, np.nan), "non-finite", "the loss stopped being a finite number at evaluation 7"),
        (np.where(K < 7, 1.0, np.inf), "non-finite", "the loss stopped being a finite number at evaluation 7"),
        (np.exp(-K / 3) * np.where(K % 2, 1.5, 1.0), "converged", "the loss fell to less than 1e-12 of its start, where only rounding is left"),
        (np.zeros(20), "converged", "the loss was 0 at the start and is at the end"),
        (np.array([0.0, 1.0]), "diverged", "the loss was 0 at the start and is not at the end"),
    ],
)  # fmt: skip
def test_a_curve_and_its_verdict(curve, verdict, reason):
    found = diagnose(curve)
    assert (found.verdict, found.reason) == (verdict, reason)


@pytest.mark.parametrize("total", [[], [3.0]])
def test_a_single_evaluation_tells_nothing(total):
    assert diagnose(np.array(total)) is None


@pytest.mark.parametrize(
    ("curve", "verdict"),
    [
        ([5.0, 4.99], "falling"),
        ([5.0, 5.0], "stalled"),
        ([5.0, 5.02], "unsteady"),
        ([5.0, 5.2], "unsteady"),
        ([5.0, 5.6], "diverged"),
        ([5.0, 1.0, 1.0], "falling"),
        ([5.0, 1.0, 1.3, 1.3], "unsteady"),
        ([9.0, 8.9, 8.89, 8.885, 8.884, 8.883, 8.882, 8.882, 8.882], "converged"),
    ],
)
def test_a_few_evaluations_are_not_called_stalled_while_the_loss_moves(curve, verdict):
    assert diagnose(np.array(curve)).verdict == verdict


def test_a_curve_that_slipped_and_rests_has_converged_where_the_noise_is_gone():
    assert diagnose(SLIPS, PICTURE, NOISE).verdict == "converged"


def test_a_curve_that_slipped_and_rests_has_stalled_where_the_noise_is_still_there():
    found = diagnose(SLIPS, NOISE + 0.1 * (PICTURE - NOISE), NOISE)
    assert (found.verdict, found.reason) == (
        "stalled",
        "the loss fell by 15.00% in all, by 0.00% in the last 10 evaluations, "
        "and the picture still is the noise it began with (correlation 0.99)",
    )


def test_noise_that_stays_is_legitimate_where_the_loss_fell():
    """Deep layers do not see the highest frequencies: a reconstruction from them keeps those of its start."""
    assert diagnose(SETTLES, NOISE, NOISE).verdict == "converged"


def test_noise_that_stays_while_the_loss_creeps_evenly_is_a_short_step_and_not_a_stall():
    assert diagnose(10 - 0.001 * K, NOISE, NOISE).verdict == "falling"


def test_noise_whose_loss_did_not_even_creep_has_stalled():
    assert diagnose(10 - 1e-6 * K, NOISE, NOISE).verdict == "stalled"


def test_a_picture_like_its_start_is_no_stall_where_the_start_was_a_picture():
    found = diagnose(SLIPS, PICTURE, PICTURE)
    assert found.verdict == "converged"
    assert found.numbers["correlation_with_start"] == pytest.approx(1)


def test_a_start_from_a_picture_may_have_little_to_do():
    found = diagnose(np.where(K < 20, 10 - 0.02 * K, 9.6), PICTURE, PICTURE)
    assert (found.verdict, found.reason) == (
        "converged",
        "the loss fell by only 4.00% and settled: little was to be done",
    )


@pytest.mark.parametrize(("curve", "verdict"), [(THROWN, "stalled"), (np.full(100, 4.0), "stalled"), (10 + SETTLES, "converged")])  # fmt: skip
def test_a_start_from_a_picture_stalls_where_a_step_was_thrown_off_or_the_loss_never_fell(curve, verdict):
    assert diagnose(curve, PICTURE, PICTURE).verdict == verdict


def test_a_run_that_picks_up_after_being_thrown_is_falling():
    recovers = np.where(K < 90, THROWN, THROWN - 0.05 * (K - 90))
    assert diagnose(recovers, NOISE, NOISE).verdict == "falling"


@pytest.mark.parametrize(
    ("start", "low", "high"),
    [
        (NOISE, 0, 0.1),
        (np.random.default_rng(1).normal(0.5, 0.25, (48, 48, 3)), 0, 0.1),
        (PICTURE, 0.9, 1),
        (np.repeat(NOISE[..., :1], 3, axis=2), 0.99, 1),
        (np.indices((48, 48, 3)).sum(0) % 2, 0.99, 1),
    ],
    ids=["uniform noise", "normal noise", "smooth", "grey grain", "chessboard"],
)
def test_only_white_noise_is_without_structure(start, low, high):
    assert low <= diagnose(SETTLES, PICTURE, start).numbers["start_structure"] <= high


@pytest.mark.parametrize("name", samples.photographs())
def test_no_photograph_is_taken_for_noise(name):
    """At 32 pixels the gravel and the stars are as near to noise as a picture gets; the limit is 0.15."""
    start = images.resize(samples.load(name), 32, "stretch")
    assert diagnose(SETTLES, start, start).numbers["start_structure"] > 0.2


@pytest.mark.parametrize("name", samples.styles())
def test_no_style_is_taken_for_noise(name):
    start = images.resize(samples.draw(name, size=64), 32, "stretch")
    assert diagnose(SETTLES, start, start).numbers["start_structure"] > 0.2


def test_a_tenth_of_the_values_far_outside_is_out_of_gamut():
    picture = PICTURE.copy()
    picture[:12] = -0.1
    picture[12:18] = 1.3
    found = diagnose(SETTLES, picture, NOISE)
    assert (found.verdict, found.reason) == (
        "out-of-gamut",
        "38% of the picture's values lie outside [0, 1], 12% by more than 0.25",
    )


def test_values_a_little_outside_are_the_rule():
    assert diagnose(SETTLES, np.where(NOISE > 0.5, 1.2, NOISE), NOISE).verdict == "converged"


def test_a_picture_that_is_not_finite_is_said_so():
    picture = PICTURE.copy()
    picture[0, 0, 0] = np.nan
    found = diagnose(SETTLES, picture, NOISE)
    assert (found.verdict, found.reason) == ("non-finite", "0.01% of the picture's values are not finite numbers")


def test_trial_points_of_a_line_search_are_not_where_the_run_stands():
    trials = np.where(K % 3 == 1, 1e9, SETTLES)
    trials[40] = trials[99] = np.inf
    assert diagnose(trials).verdict == "non-finite"
    assert diagnose(trials, line_search=True).reason == diagnose(SETTLES).reason
    assert diagnose(trials, line_search=True).numbers["overshoot"] == 1


@pytest.mark.parametrize(("lost", "first"), [(slice(0, 1), 0), (slice(60, None), 60)])
def test_a_line_search_that_never_comes_back_is_lost(lost, first):
    trials = SETTLES.copy()
    trials[lost] = np.nan
    found = diagnose(trials, line_search=True)
    assert (found.verdict, found.numbers) == ("non-finite", {"non_finite_at": first})


@pytest.mark.parametrize(
    ("picture", "start"),
    [
        (np.full((1, 1, 3), 0.5), np.full((1, 1, 3), 0.2)),
        (PICTURE, np.full((48, 48, 3), 0.3)),
        (np.full((48, 48, 3), 0.3), np.full((48, 48, 3), 0.3)),
        (PICTURE, NOISE[:24]),
        (PICTURE, np.full((48, 48, 3), np.nan)),
        (np.zeros((0, 0, 3)), np.zeros((0, 0, 3))),
    ],
    ids=["one pixel", "flat start", "flat", "another shape", "lost start", "empty"],
)
def test_where_no_correlation_is_defined_the_curve_decides(picture, start):
    found = diagnose(SETTLES, picture, start)
    assert found.verdict == "converged"
    assert not {"correlation_with_start", "start_structure"} & found.numbers.keys()


def test_the_numbers_are_those_of_their_definitions():
    curve = np.array([8.0, 16.0, 6.0, 4.0, 2.0, 3.0, 2.2])
    picture = 0.5 * NOISE + 0.5 * OTHER
    picture[:24] += 1
    found = diagnose(curve, picture, NOISE).numbers
    flat = [(p - p.mean((0, 1))).ravel() for p in (picture, NOISE)]
    assert found == pytest.approx(
        {
            "fall": 1 - 2.2 / 8,
            "last_tenth": 1 - 2.2 / 3,  # of 4, 2 and 3 around the tail's beginning the median is 3
            "rises_at_end": 1 / 3,
            "above_lowest": 0.1,
            "overshoot": 2,
            "pace": (3 - 2.2) / 2 / ((8 - 2.2) / 6),
            "settled_at": 4,
            "out_of_gamut": np.mean(picture > 1),
            "far_out_of_gamut": np.mean(picture > 1.25),
            "correlation_with_start": np.corrcoef(*flat)[0, 1],
            "start_structure": found["start_structure"],
        }
    )


@pytest.mark.parametrize(
    "curve",
    [[0.0, 0.0], [1e-308, 1e308], [1e308, 1e-308], [5e-324, 0.0], [1.0, 0.0], [1e308, 1.0, 1e308], [0.0, 1e308], [3.0, np.inf], [3.0, 0.0, 0.0, 0.0, 2.0], [2e307, 0.0, 1e308, 0.0, 1e308, 0.0, 1e308]],
)  # fmt: skip
@pytest.mark.parametrize("scale", [0.0, 1.0, 1e30, np.nan])
@pytest.mark.filterwarnings("error")
def test_whatever_happened_the_numbers_can_be_written_as_json(curve, scale):
    found = diagnose(np.array(curve), np.float32(scale) * PICTURE.astype(np.float32), NOISE)
    assert found.verdict in VERDICTS
    assert all(type(value) is float for value in found.numbers.values())
    assert json.loads(json.dumps(found.numbers, allow_nan=False)) == found.numbers


@pytest.mark.parametrize(("swing", "verdict"), [(0.08, "unsteady"), (0.008, "falling")])
def test_swings_at_the_end_count_where_they_outweigh_the_gain(swing, verdict):
    """A loss that falls by 5 % in its last tenth, to and fro by a swing at every evaluation."""
    curve = np.exp(-K / 200) * np.where(K % 2, 1 - swing, 1)
    assert diagnose(curve).verdict == verdict


@pytest.mark.parametrize(("side", "judged"), [(24, True), (23, False)])
def test_starts_below_24_pixels_a_side_are_not_judged(side, judged):
    assert ("start_structure" in diagnose(SETTLES, PICTURE[:side, :side], NOISE[:side, :side]).numbers) is judged


def test_the_bad_verdicts_are_verdicts():
    assert set(VERDICTS) >= BAD


def runs_from_noise(max_change):
    """Four small runs of cmu-16726 on a random network with average pooling, which throws L-BFGS off."""
    pixels = 48
    settings = replace(RECIPES["cmu-16726"].settings, max_change=max_change)
    network = backbones.build("vgg19", "random:12", width=0.125, pooling="average")
    content, style = (images.resize(samples.load(name), pixels, "stretch") for name in ("astronaut", "watercolour"))
    objective = problems.objective(network, settings, pixels, pixels, content=content, styles=[StylePart(style)])
    start = torch.cat([problems.noise("normal", 0.5, 0.25, pixels, pixels, seed) for seed in range(4)])
    result = synthesis.synthesize(objective, start, synthesis.make_optimizer(settings), 30)
    pictures, starts = (tensor.permute(0, 2, 3, 1).numpy() for tensor in (result.pictures, start))
    return [(result.curve[:, :, k].sum(axis=1), pictures[k], starts[k]) for k in range(4)]


def test_runs_that_stick_at_their_noise_are_told_from_runs_that_do_not():
    """torch's gate and steps of any length stick; steps of bounded length do not."""
    stuck = [run for run in runs_from_noise(0.0) if run[0][-1] > 0.9 * run[0][0]]
    assert stuck
    for run in stuck:
        found = diagnose(*run)
        assert found.verdict == "stalled"
        assert found.reason.endswith("the picture still is the noise it began with (correlation 1.00)")
    assert {diagnose(*run).verdict for run in runs_from_noise(0.25)} == {"falling"}
