"""Independent smooth problems, and runs of optimisers on them."""

from contextlib import suppress

import torch


def quartics(batch, n, seed=0):
    """Curvature of very different size."""
    generator = torch.Generator().manual_seed(seed)
    roots = torch.randn(batch, n, n, generator=generator, dtype=torch.float64)
    matrices = roots @ roots.transpose(1, 2) / n + 0.01 * torch.eye(n, dtype=torch.float64)
    b = torch.randn(batch, n, generator=generator, dtype=torch.float64)
    scale = torch.logspace(0, 2, batch, dtype=torch.float64)

    def function(x, i):
        return scale[i] * (0.5 * x @ matrices[i] @ x - b[i] @ x + 1e-3 * (x**4).sum())

    return function, torch.randn(batch, n, generator=generator, dtype=torch.float64) * 0.3


def valleys(batch, n, seed=0):
    """Rosenbrock's: bent, not convex, so that line searches have to work."""
    generator = torch.Generator().manual_seed(seed)
    scale = torch.logspace(-2, 2, batch, dtype=torch.float64)

    def function(x, i):
        return scale[i] * (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()

    return function, torch.randn(batch, n, generator=generator, dtype=torch.float64)


def evaluate(function, x, rows=None):
    """Losses and gradients, row by row, so that no row's rounding depends on the others."""
    losses, gradients = [], []
    for k, row in enumerate(x):
        variable = row.clone().requires_grad_()
        loss = function(variable, k if rows is None else rows[k])
        losses.append(loss.detach())
        gradients += torch.autograd.grad(loss, variable)
    return torch.stack(losses), torch.stack(gradients)


def run(optimizer, function, x0, evaluations, rows=None, active=lambda k: None):
    """Losses (evaluations, B), and where the run ends."""
    x, losses = x0.clone(), []
    for k in range(evaluations):
        loss, gradient = evaluate(function, x, rows)
        losses.append(loss)
        optimizer.step(x, loss, gradient, active(k))
    return torch.stack(losses), x


class _EnoughError(Exception):
    pass


def torch_run(function, x0, i, evaluations, **options):
    """Losses of torch.optim.LBFGS on one row, with tolerances at 0; fewer where it ends by itself."""
    own, losses = x0[i].clone().requires_grad_(), []
    reference = torch.optim.LBFGS(
        [own], max_iter=10 * evaluations, max_eval=1000 * evaluations, tolerance_grad=0, tolerance_change=0, **options
    )

    def closure():
        if len(losses) == evaluations:
            raise _EnoughError
        reference.zero_grad()
        loss = function(own, i)
        loss.backward()
        losses.append(loss.detach())
        return loss

    with suppress(_EnoughError):
        reference.step(closure)
    return torch.stack(losses)
