from dataclasses import replace

import numpy as np
import pytest
import torch

from nst import problems, synthesis
from nst.objectives import ContentDistance, Objective, Term, evaluate
from nst.optimizers import LBFGS, Adam
from nst.problems import StylePart
from nst.synthesis import CHUNK, make_optimizer, synthesize
from tests.nst.small import network, noise, settings, tensor


def pictures(*seeds, double=False):
    stacked = torch.cat([tensor(noise(seed, 32, 40)) for seed in seeds])
    return stacked.double() if double else stacked


def reconstruction(seed=0, double=False):
    """Of a picture's features, which a few evaluations get a good part of the way."""
    chosen = settings(content_layers=("conv1_2",), content_weight=1.0)
    return problems.objective(network(double=double), chosen, 32, 40, content=noise(seed, 32, 40))


def transfer(double=True, **changes):
    chosen = settings(tv_weight=1.0, **changes)
    own = network(double=double)
    return problems.objective(own, chosen, 32, 40, content=noise(0, 32, 40), styles=[StylePart(noise(1))])


class Watched:
    """An objective that remembers the pictures it is asked about."""

    tf32 = False

    def __init__(self, objective):
        self.objective, self.names, self.pixel_range = objective, objective.names, objective.pixel_range
        self.seen = []

    def __call__(self, pictures):
        self.seen.append(pictures.detach().clone())
        return self.objective(pictures)


def test_curve_value_k_belongs_to_picture_k_and_the_last_is_the_one_returned():
    objective = Watched(reconstruction())
    result = synthesize(objective, pictures(1), LBFGS(), 15)
    assert result.curve.shape == (15, 1, 1)
    assert result.updates.tolist() == [14]
    assert result.picture_evaluation.tolist() == [14]
    assert torch.equal(objective.seen[0], pictures(1))
    assert torch.equal(objective.seen[14], result.pictures)
    for k in (0, 7, 14):
        again, _ = evaluate(objective.objective, objective.seen[k])
        assert again[0, 0].item() == result.curve[k, 0, 0]


def test_reconstruction_comes_back_to_the_picture():
    result = synthesize(reconstruction(0), pictures(1), LBFGS(), 120)
    assert result.curve[-1, 0, 0] < 1e-3 * result.curve[0, 0, 0]
    before, after = ((picture - pictures(0)).abs().mean() for picture in (pictures(1), result.pictures))
    assert after < 0.3 * before


def test_the_same_start_gives_the_same_picture_to_the_bit():
    first, again = (synthesize(reconstruction(), pictures(1), LBFGS(), 20) for _ in range(2))
    assert torch.equal(first.pictures, again.pictures)
    assert np.array_equal(first.curve, again.curve)


def test_the_start_picture_is_left_alone():
    start = pictures(1)
    for options in ({}, {"clamp": True}, {"averaging": 0.9}):
        for optimizer in (LBFGS(), Adam(0.1)):
            synthesize(reconstruction(), start, optimizer, 3, **options)
            assert torch.equal(start, pictures(1))


def test_a_batch_runs_as_its_pictures_would_alone():
    objective, starts = reconstruction(double=True), pictures(4, 5, 6, double=True)
    together = synthesize(objective, starts, LBFGS(), 25)
    for i in range(3):
        alone = synthesize(objective, starts[i : i + 1], LBFGS(), 25)
        assert together.curve[:, :, i] == pytest.approx(alone.curve[:, :, 0], rel=1e-6)


def test_a_double_network_runs_in_double_throughout():
    result = synthesize(transfer(), pictures(1, double=True), LBFGS(), 4)
    assert result.pictures.dtype == torch.float64
    assert not np.array_equal(result.curve, result.curve.astype(np.float32))


class Exploding:
    """An optimiser that ruins the picture at its third step."""

    updates = torch.zeros(0, dtype=torch.long)

    def __init__(self):
        self.steps = 0

    def step(self, pictures, losses, gradients, active=None):
        self.steps += 1
        pictures.add_(float("nan") if self.steps == 3 else 0.01)


def test_a_run_that_goes_wrong_keeps_the_last_picture_with_a_loss_and_ends_early():
    result = synthesize(reconstruction(), pictures(1), Exploding(), 100)
    assert result.picture_evaluation.tolist() == [2]
    assert result.pictures.isfinite().all()
    assert np.isnan(result.curve[3:]).all()
    assert len(result.curve) == CHUNK


def test_a_start_without_a_loss_is_told_as_such():
    start = pictures(1)
    start[0, 0, 0, 0] = torch.nan
    for keep in ("last", "best"):
        result = synthesize(reconstruction(), start, LBFGS(line_search="strong-wolfe"), 100, keep=keep)
        assert result.picture_evaluation.tolist() == [-1]
        assert len(result.curve) == CHUNK
        assert result.updates.tolist() == [0]


class Astray:
    """Its loss is infinite for some evaluations, as at a line search's first, too long trials."""

    names, pixel_range, tf32 = ("loss",), 1.0, False

    def __init__(self, first, last):
        self.first, self.last, self.count = first, last, 0

    def __call__(self, pictures):
        self.count += 1
        astray = self.first <= self.count - 1 <= self.last
        return pictures.square().flatten(1).sum(1)[None] * (torch.inf if astray else 1.0)


class Still:
    updates = torch.zeros(0, dtype=torch.long)

    def step(self, pictures, losses, gradients, active=None):
        pictures.mul_(0.9)


@pytest.mark.parametrize(("keep", "evaluations"), [("last", 10), ("best", 60)])
def test_a_line_search_is_given_time_to_step_back_from_where_the_loss_overflows(keep, evaluations):
    result = synthesize(Astray(5, 29), pictures(1), Still(), 60, keep=keep)
    assert len(result.curve) == evaluations
    assert result.picture_evaluation.tolist() == [4 if keep == "last" else 59]


def test_even_a_line_search_is_not_waited_for_for_ever():
    assert len(synthesize(Astray(5, 1000), pictures(1), Still(), 100, keep="best").curve) == 40


def test_progress_comes_by_the_chunk_and_at_the_end():
    seen = []
    synthesize(reconstruction(), pictures(1), LBFGS(), 23, on_progress=seen.append)
    assert [progress.evaluations for progress in seen] == [10, 20, 23]


def test_progress_tells_the_loss_of_that_evaluation():
    seen = []
    result = synthesize(reconstruction(), pictures(1), LBFGS(), 12, on_progress=seen.append)
    assert [progress.loss for progress in seen] == [result.curve[9].sum(), result.curve[11].sum()]


def test_seconds_grow():
    result = synthesize(reconstruction(), pictures(1), LBFGS(), 5)
    assert len(result.seconds) == 5
    assert (np.diff([0, *result.seconds]) > 0).all()


def test_clamped_every_picture_that_is_evaluated_is_in_range_the_first_included():
    objective = Watched(transfer(pixel_range=255.0))
    start = 255 * (3 * pictures(1, double=True) - 1)
    result = synthesize(objective, start, Adam(50.0), 12, clamp=True, averaging=0.5)
    assert all(((picture >= 0) & (picture <= 255)).all() for picture in objective.seen)
    assert torch.equal(objective.seen[0], start.clamp(0, 255))
    assert any((picture == 255).any() for picture in objective.seen[1:])  # the steps do lead out of it
    assert torch.equal(objective.seen[-1], result.pictures)


def test_unclamped_values_go_where_they_like():
    objective = Watched(transfer())
    synthesize(objective, pictures(1, double=True), Adam(0.5), 5)
    assert any((picture > 1).any() for picture in objective.seen)


def test_averaging_ends_on_the_average_of_all_pictures_and_reports_its_own_loss():
    objective = Watched(transfer())
    plain, decay = Watched(transfer()), 0.7
    synthesize(plain, pictures(1, double=True), Adam(0.1), 9)
    result = synthesize(objective, pictures(1, double=True), Adam(0.1), 9, averaging=decay)
    for own, without in zip(objective.seen[:-1], plain.seen[:-1], strict=True):
        assert torch.equal(own, without)  # the run itself is not touched
    weights = [(1 - decay) * decay ** (8 - i) / (1 - decay**9) for i in range(9)]  # Kingma & Ba 2015, section 7.2
    average = sum(weight * picture for weight, picture in zip(weights, plain.seen, strict=True))
    assert torch.allclose(result.pictures, average, rtol=1e-12)
    assert result.picture_evaluation.tolist() == [8]
    again, _ = evaluate(objective.objective, result.pictures)
    assert torch.allclose(again[:, 0], torch.from_numpy(result.curve[8, :, 0]), rtol=1e-12)


def test_the_average_of_one_picture_is_that_picture():
    result = synthesize(transfer(), pictures(1, double=True), Adam(0.1), 1, averaging=0.9)
    assert torch.equal(result.pictures, pictures(1, double=True))


def test_the_best_picture_is_the_one_whose_loss_is_the_lowest_of_the_curve():
    objective = transfer(double=False)
    searching = LBFGS(learning_rate=4.0, line_search="strong-wolfe")  # steps too long: trials that are dropped
    result = synthesize(objective, pictures(1, 2), searching, 14, keep="best")
    totals = result.curve.sum(axis=1)
    assert result.picture_evaluation.tolist() == np.argmin(totals, axis=0).tolist()
    assert (result.picture_evaluation < 13).any()  # so it does make a difference
    for i, row in enumerate(result.picture_evaluation):
        again, _ = evaluate(objective, result.pictures[i : i + 1])
        assert again[:, 0].tolist() == pytest.approx(result.curve[row, :, i].tolist(), rel=1e-5)


def test_updates_count_accepted_changes_not_trials():
    result = synthesize(
        transfer(), pictures(1, double=True), LBFGS(learning_rate=4.0, line_search="strong-wolfe"), 14, keep="best"
    )
    assert 0 < result.updates[0] < 13


@pytest.mark.parametrize("averaging", [0.0, 0.8])
@pytest.mark.parametrize("make", [lambda: Adam(0.1), lambda: LBFGS(max_change=0.2)], ids=["adam", "lbfgs"])
def test_each_picture_may_have_a_budget_of_its_own(make, averaging):
    """One that has had it stands still to the bit, its curve ends, and the others go on as they would alone."""
    starts, budgets = pictures(4, 5, 6, double=True), [4, 9, 1]
    objective = Watched(transfer())
    result = synthesize(objective, starts, make(), budgets, averaging=averaging)
    assert result.curve.shape[0] == 9
    assert result.picture_evaluation.tolist() == [3, 8, 0]
    assert result.updates.tolist() == [3, 8, 0]
    for i, budget in enumerate(budgets):
        assert np.isfinite(result.curve[:budget, :, i]).all()
        assert np.isnan(result.curve[budget:, :, i]).all()
        for picture in objective.seen[budget - 1 :]:
            assert torch.equal(picture[i], result.pictures[i])
        alone = synthesize(transfer(), starts[i : i + 1], make(), budget, averaging=averaging)
        assert result.curve[:budget, :, i] == pytest.approx(alone.curve[:, :, 0], rel=1e-9)
        assert torch.allclose(result.pictures[i], alone.pictures[0], rtol=1e-9)


@pytest.mark.parametrize("evaluations", [[3], [3, 4, 5], [3, 0], 0])
def test_each_picture_needs_an_evaluation(evaluations):
    with pytest.raises(ValueError, match=r"^evaluations is .* for 2 pictures: expected 1 or more for each$"):
        synthesize(transfer(), pictures(1, 2, double=True), LBFGS(), evaluations)


def test_updates_are_those_of_this_run_where_an_optimiser_is_carried_over():
    adam = Adam(0.1)
    first, second = (synthesize(transfer(), pictures(1, double=True), adam, 5) for _ in range(2))
    assert first.updates.tolist() == second.updates.tolist() == [4]


def test_adam_takes_the_same_way_whatever_white_is_called():
    one = synthesize(transfer(), pictures(1, double=True), Adam(0.05), 10)
    chosen = settings(optimizer="adam", betas=(0.9, 0.999), learning_rate=0.05 * 255, pixel_range=255.0)
    unit = transfer()
    (tv,) = unit.priors
    objective = Objective(unit.backbone, unit.terms, [replace(tv, weight=1 / 255**2)], pixel_range=255.0)
    many = synthesize(objective, 255 * pictures(1, double=True), make_optimizer(chosen), 10)
    assert many.curve == pytest.approx(one.curve, rel=1e-4)  # Adam's epsilon is not scaled
    assert (many.pictures / 255 - one.pictures).abs().max() < 1e-3


def test_bounds_and_steps_are_in_the_units_that_settings_say():
    """max_change where white is 1, learning_rate in units of pixel_range."""
    loss = Objective(
        network(), [Term("a", "conv1_1", 1e9, ContentDistance(torch.zeros(1, 1, 1, 1), "sum"))], pixel_range=255.0
    )
    start = torch.full((1, 3, 32, 32), 128.0)
    for chosen in (
        settings(max_change=0.25, curvature_gate="relative", learning_rate=1e6, pixel_range=255.0),
        settings(optimizer="adam", betas=(0.9, 0.999), learning_rate=0.25 * 255, pixel_range=255.0),
    ):
        moved = synthesize(loss, start, make_optimizer(chosen), 2).pictures - start
        assert moved.abs().max().item() == pytest.approx(0.25 * 255, rel=1e-3)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"optimizer": "adam", "betas": (0.5, 0.6)}, Adam),
        ({"line_search": "strong-wolfe", "history": 3}, LBFGS),
        ({}, LBFGS),
    ],
)
def test_settings_name_the_optimiser(changes, kind):
    assert type(synthesis.make_optimizer(settings(**changes))) is kind
