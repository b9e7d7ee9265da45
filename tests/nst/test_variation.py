import pytest
import torch

from nst.variation import FORMS

#: 0 1 3   steps to the right: 1 2 | 0 0, down: 2 1 -1, falling diagonally with the edge repeated: 0 1 2 0 | 2 2 1 -1,
#: 2 2 2   rising: 0 -1 -2 0 | 2 1 -1 -1
KNOWN = torch.tensor([[0.0, 1.0, 3.0], [2.0, 2.0, 2.0]])


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("mean-squares", (1 + 4 + 0 + 0) / 4 + (4 + 1 + 1) / 3),
        ("sum-absolute", (1 + 2) + (2 + 1 + 1)),
        ("half-sum-squares", ((1 + 4) + (4 + 1)) / 2),  # without the last row's steps and the last column's
        ("nine-point", 2 * ((5 / 6 + 6 / 6) / 3 + (15 / 12 + 12 / 12) / 12)),
    ],
)
def test_a_known_picture(form, expected):
    assert FORMS[form](KNOWN.expand(1, 3, 2, 3)[:, :1]).item() == pytest.approx(expected)
    channels = 3 if form in ("sum-absolute", "half-sum-squares") else 1  # sums add up over channels, means do not
    assert FORMS[form](KNOWN.expand(1, 3, 2, 3)).item() == pytest.approx(channels * expected)


@pytest.mark.parametrize("form", FORMS)
def test_a_flat_picture_has_none(form):
    flat = torch.full((2, 3, 5, 4), 0.7, requires_grad=True)
    variation = FORMS[form](flat)
    assert variation.tolist() == [0, 0]
    (gradient,) = torch.autograd.grad(variation.sum(), flat)
    assert not gradient.any()


def test_mean_squares_of_a_ramp():
    ramp = torch.arange(5.0).view(1, 1, 1, 5).expand(1, 3, 5, 5)
    assert FORMS["mean-squares"](ramp).tolist() == [1]
    assert FORMS["mean-squares"](ramp.transpose(2, 3)).tolist() == [1]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("shape", [(1, 4), (4, 1), (1, 1)])
def test_a_strip_without_neighbours_is_no_trap(form, shape):
    assert FORMS[form](torch.rand(1, 3, *shape, generator=torch.Generator().manual_seed(0))).isfinite().all()
