import numpy as np
import pytest
import torch

from nst import backbones, synthesis
from nst.objectives import Objective
from nst.optimizers import LBFGS, Adam
from nst.recipes import Conventions

CMU = Conventions(gram_divisor="elements", style_reduction="mean", content_reduction="mean")


@pytest.fixture(scope="module")
def network():
    return backbones.build("vgg19", "random:0", width=0.125)


def pictures(count, seed=0):
    return torch.rand(count, 3, 32, 40, generator=torch.Generator().manual_seed(seed))


def reconstruction(network, target):
    return Objective(network, CMU, synthesis.content_terms(network, target, ("conv1_2",), 1.0), [], 0.0)


def test_curve_value_k_belongs_to_picture_k_and_the_last_is_the_one_returned(network):
    objective = reconstruction(network, pictures(1))
    result = synthesis.synthesize(objective, pictures(1, seed=1), LBFGS(), 15)
    assert result.curve.shape == (15, 1, 1)
    assert result.updates == 14
    assert result.picture_evaluation.tolist() == [14]
    again, _ = synthesis.evaluate(objective, synthesis.to_tensor(result.pictures[0]))
    assert again[0, 0].item() == pytest.approx(result.curve[-1, 0, 0], rel=1e-6)
    first, _ = synthesis.evaluate(objective, pictures(1, seed=1))
    assert first[0, 0].item() == result.curve[0, 0, 0]


def test_reconstruction_comes_back_to_the_picture(network):
    target = pictures(1)
    result = synthesis.synthesize(reconstruction(network, target), pictures(1, seed=1), LBFGS(), 120)
    assert result.curve[-1, 0, 0] < 1e-3 * result.curve[0, 0, 0]
    before = np.abs(pictures(1, seed=1)[0].permute(1, 2, 0).numpy() - target[0].permute(1, 2, 0).numpy()).mean()
    after = np.abs(result.pictures[0] - target[0].permute(1, 2, 0).numpy()).mean()
    assert after < 0.3 * before


def test_the_same_start_gives_the_same_picture_to_the_bit(network):
    objective = reconstruction(network, pictures(1))
    first, again = (synthesis.synthesize(objective, pictures(1, seed=1), LBFGS(), 20) for _ in range(2))
    assert np.array_equal(first.pictures, again.pictures)
    assert np.array_equal(first.curve, again.curve)


def test_the_start_picture_is_left_alone(network):
    start = pictures(1, seed=1)
    for optimizer in (LBFGS(), Adam(0.1)):
        synthesis.synthesize(reconstruction(network, pictures(1)), start, optimizer, 3)
        assert torch.equal(start, pictures(1, seed=1))


def test_a_batch_runs_as_its_pictures_would_alone(network):
    target, starts = pictures(1), pictures(3, seed=4).double()
    double = backbones.build("vgg19", "random:0", width=0.125).double()
    objective = reconstruction(double, target.double())
    together = synthesis.synthesize(objective, starts, LBFGS(), 25)
    for i in range(3):
        alone = synthesis.synthesize(objective, starts[i : i + 1], LBFGS(), 25)
        assert together.curve[:, :, i] == pytest.approx(alone.curve[:, :, 0], rel=1e-6)


class Exploding:
    """An optimiser that ruins the picture at its third step."""

    def __init__(self):
        self.steps = 0

    def step(self, pictures, losses, gradients):
        self.steps += 1
        pictures.add_(float("nan") if self.steps == 3 else 0.01)


def test_a_run_that_goes_wrong_keeps_the_last_picture_with_a_loss_and_ends_early(network):
    result = synthesis.synthesize(reconstruction(network, pictures(1)), pictures(1, seed=1), Exploding(), 100)
    assert result.picture_evaluation.tolist() == [2]
    assert np.isfinite(result.pictures).all()
    assert np.isnan(result.curve[3:]).all()
    assert len(result.curve) == synthesis.CHUNK


def test_progress_comes_by_the_chunk_and_at_the_end(network):
    seen = []
    synthesis.synthesize(
        reconstruction(network, pictures(1)), pictures(1, seed=1), LBFGS(), 23, on_progress=seen.append
    )
    assert [progress.evaluations for progress in seen] == [10, 20, 23]


def test_seconds_grow(network):
    result = synthesis.synthesize(reconstruction(network, pictures(1)), pictures(1, seed=1), LBFGS(), 5)
    assert len(result.seconds) == 5
    assert (np.diff([0, *result.seconds]) > 0).all()


@pytest.mark.parametrize(("kind", "mean", "deviation"), [("uniform", 0.5, 12**-0.5), ("normal", 0.5, 0.25)])
def test_noise_is_what_its_name_says(kind, mean, deviation):
    noise = synthesis.noise_picture(kind, 128, 128, seed=1)
    assert noise.mean().item() == pytest.approx(mean, abs=0.01)
    assert noise.std().item() == pytest.approx(deviation, rel=0.02)
    assert torch.equal(noise, synthesis.noise_picture(kind, 128, 128, seed=1))
    assert not torch.equal(noise, synthesis.noise_picture(kind, 128, 128, seed=2))
