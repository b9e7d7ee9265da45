"""The function that optimisers are timed on."""

import torch

from nst.optimizers import LBFGS
from nst.optimizers.bowl import Bowl


def test_its_gradient_is_that_of_its_loss_and_each_picture_has_its_own():
    bottom = torch.rand(2, 3, 4, 5, dtype=torch.float64)
    bowl, pictures = Bowl(bottom), torch.rand(2, 3, 4, 5, dtype=torch.float64, requires_grad=True)
    losses, gradients = bowl(pictures)
    (expected,) = torch.autograd.grad(losses.sum(), pictures)
    assert torch.allclose(gradients, expected)
    assert [loss.item() for loss in bowl(bottom)[0]] == [0, 0]


def test_it_fills_a_history():
    bowl, pictures, optimizer = Bowl(torch.rand(1, 3, 8, 8)), torch.zeros(1, 3, 8, 8), LBFGS(history=5)
    for _ in range(12):
        optimizer.step(pictures, *bowl(pictures))
    assert bowl(pictures)[0].item() < 1e-3
