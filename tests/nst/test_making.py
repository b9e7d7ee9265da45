"""What a result holds: its size, its terms and curve, its loss as saved, and what pulled at it."""

import numpy as np
import pytest
import torch

from nst import images, problems
from nst.balance import pull
from nst.making import make
from nst.objectives import evaluate
from nst.preparing import StyleSource
from nst.problems import StylePart
from tests.nst.making import Heard, judged, texture, transfer
from tests.nst.small import network, settings, stored, tensor


def test_a_result_is_sized_after_its_content_and_says_how_it_came_about():
    made = transfer(size_rule="long", tv_weight=1.0)
    assert (made.picture.shape, made.image.shape) == ((26, 32, 3), (26, 32, 3))
    assert made.terms == ("content.conv2_2", "style.conv1_1", "style.conv2_1", "style.conv3_1", "tv")
    assert made.curve.shape == (8, 5)
    assert np.array_equal(made.totals, made.curve.sum(axis=1))
    assert made.sizes.tolist() == [32] * 8
    assert (made.picture_evaluation, made.updates, made.seed, made.attempts) == (7, 7, 0, ())
    assert np.array_equal(made.image, images.to_bytes(made.picture))
    assert (np.diff([0, *made.seconds]) > 0).all()


def test_a_texture_is_sized_after_its_style_and_a_reconstruction_needs_none():
    made = texture([StyleSource(stored(2, 40, 80))], size_rule="long")
    assert made.picture.shape == (16, 32, 3)
    assert made.terms == ("style.conv1_1", "style.conv2_1", "style.conv3_1")
    assert transfer(styles=[]).terms == ("content.conv2_2",)


def test_a_picture_is_needed():
    with pytest.raises(ValueError, match=r"^nothing to make a picture from: expected a content, a style, or both$"):
        make(network(), settings())


def test_the_loss_of_the_result_is_that_of_its_picture():
    changes = {"evaluations": 5, "pixel_range": 255.0, "tv_weight": 1e-4}
    made, chosen = transfer(**changes), settings(**changes)
    content, style = (images.resize(picture, 32, chosen.size_rule) for picture in (stored(1, 32, 40), stored(2)))
    height, width = made.picture.shape[:2]
    objective = problems.objective(network(), chosen, height, width, content=content, styles=[StylePart(style)])
    again, _ = evaluate(objective, 255 * tensor(made.picture))
    assert again[:, 0].tolist() == pytest.approx(made.curve[-1].tolist(), rel=1e-4)


def test_double_precision_is_double_all_the_way():
    made = make(network(double=True), settings(evaluations=3), content=stored(1), styles=[StyleSource(stored(2))])
    assert made.picture.dtype == np.float64
    assert not np.array_equal(made.curve, made.curve.astype(np.float32))


def test_nothing_is_drawn_from_anybody_elses_numbers():
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    transfer(evaluations=2)
    assert torch.equal(torch.rand(3), expected)


def test_the_loss_of_the_picture_as_saved_is_told_apart():
    """Clipping and rounding change the loss, the content's colours change it more: recomputed from the saved bytes."""
    saved = {}
    for kind in ("style", "luminance"):
        chosen = {"colours": kind, "size_rule": "long", "pixel_range": 255.0}
        made = transfer(**chosen)
        height, width = made.image.shape[:2]
        objective = problems.objective(
            network(),
            settings(**chosen),
            height,
            width,
            content=images.fit(stored(1, 32, 40), height, width),
            styles=[StylePart(images.fit(stored(2), 32, 32))],
        )
        again = objective(tensor(made.image.astype(np.float32))).sum().item()
        assert made.saved_loss == pytest.approx(again, rel=1e-5)
        saved[kind] = made.saved_loss
    assert saved["luminance"] > 1.1 * saved["style"]


def test_a_fast_result_is_judged_by_exact_layers():
    settings_of = {"precision": "bfloat16", "evaluations": 5}
    fast = network().halved()
    made = make(fast, settings(**settings_of), content=stored(1), styles=[StyleSource(stored(2))])
    sized, style = (images.fit(stored(seed), 32, 32) for seed in (1, 2))
    exact, near = (
        problems.objective(one, settings(), 32, 32, content=sized, styles=[StylePart(style)])
        for one in (fast.exact, fast)
    )
    saved = tensor(made.image.astype(np.float32) / np.float32(255))
    assert made.saved_loss == pytest.approx(float(exact(saved).sum()), rel=1e-6)
    assert made.saved_loss != float(near(saved).sum())
    assert made.totals[-1] < 0.5 * made.totals[0]


class TestBalance:
    def objective(self, size, **changes):
        content, style = (images.fit(stored(seed), size, size) for seed in (1, 2))
        return problems.objective(
            network(), settings(**changes), size, size, content=content, styles=[StylePart(style)]
        )

    def made(self, observer=None, **changes):
        return transfer(observer, content=stored(1), **changes)

    def test_what_pulls_is_told_of_the_start_and_of_the_result_as_evaluated(self):
        changes = {"pixel_range": 255.0, "colours": "luminance", "tv_weight": 1e-4}
        made, objective = self.made(balance=True, **changes), self.objective(32, **changes)
        begun = problems.start(settings(**changes), 32, 32, seed=0, content=images.fit(stored(1), 32, 32))
        assert tuple(made.pull.start) == tuple(made.pull.end) == made.terms
        assert made.pull.start == pytest.approx(pull(objective, 255 * begun), rel=1e-4)
        assert made.pull.end == pytest.approx(pull(objective, 255 * tensor(made.picture)), rel=1e-4)
        assert made.pull.end["style.conv1_1"] < 0.5 * made.pull.start["style.conv1_1"]

    def test_of_several_sizes_it_is_told_of_the_last(self):
        made = self.made(balance=True, size=48, coarse_sizes=(32,), evaluations=4)
        assert made.start.shape == (48, 48, 3)
        assert made.pull.start == pytest.approx(pull(self.objective(48), tensor(made.start)), rel=1e-4)
        assert self.objective(48)(tensor(made.start)).sum().item() == pytest.approx(made.totals[4], rel=1e-4)

    def test_a_start_that_is_cut_counts_as_the_first_evaluation_sees_it(self):
        wild = {"init": "normal", "clamp": "update", "evaluations": 2, "noise_spread": None}
        made = self.made(balance=True, **wild)
        assert made.start.min() < 0
        assert made.pull.start == pytest.approx(pull(self.objective(32), tensor(made.start.clip(0, 1))), rel=1e-4)

    def test_nothing_that_is_made_changes_and_no_phase_but_the_last_does_more(self):
        asked, plainly = Heard(), Heard()
        with_it, without = self.made(asked, balance=True), self.made(plainly)
        assert np.array_equal(with_it.picture, without.picture)
        assert np.array_equal(with_it.curve, without.curve)
        assert with_it.saved_loss == without.saved_loss
        assert without.pull is None
        assert asked.phases == plainly.phases == ["decode", "targets", "warmup", "optimise", "assess"]

    def test_it_is_told_of_the_attempt_that_was_kept(self, monkeypatch):
        judged(monkeypatch, "stalled", "converged")
        made = self.made(balance=True, restarts=1, evaluations=3)
        judged(monkeypatch, "converged")
        assert made.pull == self.made(balance=True, seed=made.seed, evaluations=3).pull

    def test_a_texture_and_a_reconstruction_have_their_own_terms(self):
        assert set(texture([StyleSource(stored(2))], balance=True, evaluations=2).pull.end) == {
            "style.conv1_1", "style.conv2_1", "style.conv3_1",
        }  # fmt: skip
        assert set(transfer(styles=[], balance=True, evaluations=2).pull.end) == {"content.conv2_2"}
