"""From one size to the next, from one attempt to the next, and which picture of a run is its result."""

import numpy as np
import pytest
import torch

from nst import attempting
from nst.making import make
from nst.observing import Attempt
from nst.preparing import StyleSource
from tests.nst.making import Heard, judged, transfer
from tests.nst.small import network, settings, stored

ADAM = {"optimizer": "adam", "betas": (0.9, 0.99), "learning_rate": 0.05}
COARSE = {"size": 64, "coarse_sizes": (32, 48), "coarse_evaluations": (12, 6), "evaluations": 10, "restarts": 0}


@pytest.mark.parametrize("optimiser", [{}, ADAM])
def test_coarse_to_fine_each_size_starts_from_the_one_before(optimiser):
    heard = Heard()
    made = transfer(heard, **COARSE, **optimiser)
    assert made.sizes.tolist() == [32] * 12 + [48] * 6 + [64] * 10
    assert max(made.picture.shape) == 64
    assert made.picture_evaluation == 27
    assert made.updates == 11 + 5 + 9
    assert made.last_stage == slice(18, 28)
    assert heard.progress == [10, 12, 18, 28]
    assert heard.phases == ["decode", "targets"] * 3 + ["warmup"] * 3 + ["optimise"] * 3 + ["assess"]
    assert (np.diff([0, *made.seconds]) > 0).all()
    cold = transfer(**{**COARSE, "coarse_sizes": (), "coarse_evaluations": ()}, **optimiser)
    assert cold.sizes.tolist() == [64] * 10
    assert made.totals[made.last_stage][0] < 0.2 * cold.totals[0]
    assert made.totals[-1] < cold.totals[-1]


def test_a_warm_start_is_the_coarse_picture_enlarged(monkeypatch):
    starts = []
    plainly = attempting.carry_out

    def watched(stepping, *args):
        starts.append(stepping.pictures.clone())
        return plainly(stepping, *args)

    monkeypatch.setattr("nst.attempting.carry_out", watched)
    transfer(size=64, coarse_sizes=(32,), evaluations=4, pixel_range=255.0)
    small = make(
        network(),
        settings(evaluations=4, pixel_range=255.0),
        content=stored(1, 32, 40),
        styles=[StyleSource(stored(2))],
    )
    back = torch.nn.functional.interpolate(starts[1], starts[0].shape[2:], mode="bilinear", antialias=True)[0]
    assert np.corrcoef(back.permute(1, 2, 0).numpy().ravel(), small.picture.ravel())[0, 1] > 0.9
    assert starts[1].min() >= 0
    assert starts[1].max() <= 255


def test_averaging_makes_the_average_the_result_at_every_size():
    averaged, plainly = (transfer(**COARSE, **ADAM, averaging=decay) for decay in (0.9, 0.0))
    assert averaged.picture_evaluation == 27
    assert np.array_equal(averaged.curve[:11], plainly.curve[:11])  # until the last of a size, of the average
    assert not np.array_equal(averaged.curve[11:13], plainly.curve[11:13])


def test_clamped_a_picture_stays_in_range_and_unclamped_it_does_not():
    wild = {**ADAM, "learning_rate": 0.5 * 255, "pixel_range": 255.0}
    pictures = {clamp: transfer(**wild, clamp=clamp).picture for clamp in ("update", "never")}
    assert pictures["update"].min() == 0
    assert pictures["update"].max() == 1
    assert pictures["never"].max() > 1.01


def test_a_stalled_run_from_noise_is_begun_again_with_another_seed(monkeypatch):
    judged(monkeypatch, "stalled", "diverged", "converged")
    heard = Heard()
    made = transfer(heard, seed=5, restarts=4, evaluations=3)
    assert [attempt.verdict for attempt in made.attempts] == ["stalled", "diverged"]
    assert made.attempts[0] == Attempt(5, 3, "stalled", "so it was said")
    assert tuple(heard.attempts) == made.attempts
    assert heard.phases == ["decode", "targets", "warmup", "optimise", "optimise", "optimise", "assess"]
    assert made.diagnosis.verdict == "converged"
    seeds = [*(attempt.seed for attempt in made.attempts), made.seed]
    assert len(set(seeds)) == 3
    assert not set(seeds[1:]) & set(range(1000))  # none that a repeat would have
    judged(monkeypatch, "converged")
    alone = transfer(seed=made.seed, evaluations=3)
    assert np.array_equal(alone.picture, made.picture)
    assert np.array_equal(alone.curve, made.curve)


@pytest.mark.parametrize("init", ["content", "style", "grey"])
def test_a_start_from_a_picture_is_not_tried_again(monkeypatch, init):
    judged(monkeypatch, "stalled")
    assert transfer(init=init, restarts=5, evaluations=3).attempts == ()


def test_attempts_are_as_many_as_allowed_and_the_last_one_counts(monkeypatch):
    judged(monkeypatch, *["stalled"] * 3)
    made = transfer(restarts=2, evaluations=3)
    assert len(made.attempts) == 2
    assert made.diagnosis.verdict == "stalled"


@pytest.mark.parametrize("verdict", ["converged", "falling", "unsteady", "out-of-gamut"])
def test_what_another_seed_would_not_mend_is_left_as_it_is(monkeypatch, verdict):
    judged(monkeypatch, verdict)
    assert transfer(restarts=5, evaluations=3).attempts == ()


def test_a_run_that_really_breaks_down_is_begun_again():
    """Steps of a million of Adam end nowhere, whatever the seed."""
    heard = Heard()
    made = transfer(heard, **{**ADAM, "learning_rate": 1e6}, evaluations=12, restarts=1)
    (attempt,) = made.attempts
    assert attempt.verdict == "diverged"
    assert attempt.reason.startswith("the loss ended at ")
    assert (attempt.seed, attempt.evaluations) == (0, 12)
    assert made.seed != 0


def test_the_diagnosis_is_of_the_last_size_and_knows_of_a_line_search(monkeypatch):
    asked = []
    monkeypatch.setattr("nst.made.diagnose", lambda *args, **options: asked.append((*args, options)))
    made = transfer(size=48, coarse_sizes=(32,), evaluations=4, line_search="strong-wolfe")
    total, picture, start, options = asked[0]
    assert np.array_equal(total, made.totals[4:])
    assert np.array_equal(picture, made.picture)
    assert start.shape == picture.shape
    assert options == {"line_search": True}


def test_a_line_search_ends_on_its_best_picture():
    runs = [transfer(line_search="strong-wolfe", learning_rate=16.0, evaluations=count) for count in range(7, 14)]
    assert [made.picture_evaluation for made in runs] == [np.argmin(made.totals) for made in runs]
    assert any(made.picture_evaluation < len(made.totals) - 1 for made in runs)  # a last trial was dropped
