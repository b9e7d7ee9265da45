"""Results that are made together are those that are made one by one."""

import numpy as np
import pytest
import torch

from nst.making import Wanted, make, make_together
from nst.masks import read
from nst.objectives import evaluate, together
from nst.preparing import StyleSource
from nst.problems import StylePart, objective
from nst.resolution import apart
from tests.nst.small import network, noise, settings, stored, tensor

WAYS = {
    "L-BFGS": {},
    "Adam": {"optimizer": "adam", "learning_rate": 0.02, "betas": (0.9, 0.999), "history": None},
    "a line search": {"line_search": "strong-wolfe"},
    "coarse to fine": {"size": 48, "coarse_sizes": (32,), "coarse_evaluations": (4,)},
    "an average": {"averaging": 0.5},
    "Wasserstein": {"style_statistic": "wasserstein", "gram_divisor": None, "style_reduction": None},
    "relative losses": {"style_reduction": "relative", "content_reduction": "relative", "tv_weight": 1.0},
}


def wanted(**changes):
    """Three results: other pictures, other seeds, another start."""
    own = [{"seed": 1}, {"seed": 2}, {"init": "content"}]
    return [
        Wanted(settings(**changes, **one), stored(1 + i, 32, 40), [StyleSource(stored(5 + i, 40, 30 + 2 * i))])
        for i, one in enumerate(own)
    ]


def alone(one, double=True):
    return make(network(double=double), one.settings, content=one.content, styles=one.styles)


@pytest.mark.parametrize("changes", WAYS.values(), ids=WAYS)
def test_each_is_what_it_is_by_itself(changes):
    several = wanted(**changes)
    for found, one in zip(make_together(network(double=True), several), several, strict=True):
        expected = alone(one)
        assert found.curve == pytest.approx(expected.curve, rel=1e-6)
        assert np.allclose(found.picture, expected.picture, atol=1e-5)
        assert np.allclose(found.start, expected.start, atol=1e-5)
        assert (found.terms, found.seed, found.updates) == (expected.terms, expected.seed, expected.updates)
        assert (found.picture_evaluation, found.sizes.tolist()) == (
            expected.picture_evaluation, expected.sizes.tolist()
        )  # fmt: skip
        assert found.saved_loss == pytest.approx(expected.saved_loss, rel=0.01)
        assert found.diagnosis.verdict == expected.diagnosis.verdict
        assert (found.together, expected.together) == (3, 1)


def test_in_single_precision_the_first_evaluations_are_the_same_and_the_last_losses_near():
    several = wanted(evaluations=40)
    for found, one in zip(make_together(network(), several), several, strict=True):
        expected = alone(one, double=False)
        assert found.totals[0] == pytest.approx(expected.totals[0], rel=2e-6)
        assert found.totals[:3] == pytest.approx(expected.totals[:3], rel=1e-4)
        assert found.totals[-1] == pytest.approx(expected.totals[-1], rel=0.01)


def test_a_texture_and_a_reconstruction_can_be_made_together_with_their_like():
    for changes, pictures in (
        ({"content_layers": None}, lambda i: {"styles": [StyleSource(stored(i))]}),
        ({"style_layers": None}, lambda i: {"content": stored(i)}),
    ):
        several = [Wanted(settings(seed=i, **changes), **pictures(i)) for i in (1, 2)]
        for found, one in zip(make_together(network(double=True), several), several, strict=True):
            assert found.curve == pytest.approx(alone(one).curve, rel=1e-6)


def test_one_that_goes_wrong_leaves_the_others_alone():
    good, bad = wanted()[:2]
    loud = Wanted(settings(seed=2, noise_spread=1e25), bad.content, bad.styles)
    found = make_together(network(), [good, loud])
    assert found[1].diagnosis.verdict == "non-finite"
    assert found[0].totals[-1] == pytest.approx(alone(good, double=False).totals[-1], rel=0.01)


def test_each_has_its_share_of_the_time():
    several = wanted()
    found = make_together(network(), several)
    assert len({one.seconds[-1] for one in found}) == 1
    assert found[0].seconds[-1] > 0


def test_what_they_have_in_common_is_held_once():
    content = noise(1)
    shared = objective(network(), settings(), 32, 32, content=content, styles=[StylePart(noise(2))])
    joined = together([shared, shared])
    assert [term.distance.target.shape[0] for term in joined.terms] == [1] * len(joined.terms)
    other = objective(network(), settings(), 32, 32, content=content, styles=[StylePart(noise(3))])
    joined = together([shared, other])
    assert {term.distance.target.shape[0] for term in joined.terms} == {2}
    pictures = torch.cat([tensor(noise(4)), tensor(noise(5))])
    terms, gradients = evaluate(joined, pictures)
    for i, own in enumerate((shared, other)):
        expected, gradient = evaluate(own, pictures[i : i + 1])
        assert torch.allclose(terms[:, i], expected[:, 0], rtol=1e-5)
        assert torch.allclose(terms[:, i].sum(), expected.sum(), rtol=1e-6)
        assert (gradients[i] - gradient[0]).norm() < 1e-5 * gradient.norm()


def test_what_cannot_be_made_together_is_refused():
    good, other = wanted()[:2]

    def refused(*several):
        with pytest.raises(ValueError, match=r".") as raised:
            make_together(network(), several)
        return str(raised.value)

    assert "differ in more than the start" in refused(
        good, Wanted(settings(tv_weight=1.0), other.content, other.styles)
    )
    assert "different sizes" in refused(
        *(Wanted(settings(size_rule="long"), stored(1, *shape), other.styles) for shape in ((32, 40), (40, 32)))
    )
    assert "restarts" in refused(good, Wanted(settings(restarts=1, init="noise"), other.content, other.styles))
    assert "blend" in refused(Wanted(settings(blend="poisson"), other.content, other.styles))
    left = [StyleSource(stored(5), 1.0, read("mask:left", None))]
    assert "regions" in refused(*(Wanted(settings(seed=i), stored(1), left) for i in (1, 2)))
    assert "nothing to make" in refused(Wanted(settings()))
    assert apart(settings()) == ""
