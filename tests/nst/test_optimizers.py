import pytest
import torch

from nst.optimizers import LBFGS, Adam


def quartics(batch, n, seed=0):
    """Independent smooth problems with curvature of very different size."""
    generator = torch.Generator().manual_seed(seed)
    roots = torch.randn(batch, n, n, generator=generator, dtype=torch.float64)
    matrices = roots @ roots.transpose(1, 2) / n + 0.01 * torch.eye(n, dtype=torch.float64)
    b = torch.randn(batch, n, generator=generator, dtype=torch.float64)
    scale = torch.logspace(0, 2, batch, dtype=torch.float64)

    def function(x, rows=slice(None)):
        quadratic = 0.5 * torch.einsum("bi,bij,bj->b", x, matrices[rows], x)
        return scale[rows] * (quadratic - (b[rows] * x).sum(1) + 1e-3 * (x**4).sum(1))

    return function, torch.randn(batch, n, generator=generator, dtype=torch.float64) * 0.3


def run(optimizer, function, x0, evaluations):
    x, losses = x0.clone(), []
    for _ in range(evaluations):
        variable = x.clone().requires_grad_()
        loss = function(variable)
        (gradient,) = torch.autograd.grad(loss.sum(), variable)
        losses.append(loss.detach())
        optimizer.step(x, loss.detach(), gradient)
    return torch.stack(losses), x


@pytest.mark.parametrize(("batch", "n", "history"), [(1, 60, 100), (3, 200, 10), (2, 50, 5)])
def test_it_equals_torch_lbfgs_run_per_picture(batch, n, history):
    function, x0 = quartics(batch, n)
    losses, x = run(LBFGS(history=history, gate="torch"), function, x0, 60)
    for i in range(batch):
        own = x0[i].clone().requires_grad_()
        reference = torch.optim.LBFGS(
            [own], history_size=history, max_iter=60, max_eval=10_000, tolerance_grad=0, tolerance_change=0
        )
        expected = []

        def closure(own=own, i=i, expected=expected, reference=reference):
            reference.zero_grad()
            loss = function(own[None], slice(i, i + 1))[0]
            loss.backward()
            expected.append(loss.detach())
            return loss

        reference.step(closure)
        expected = torch.stack(expected)
        assert (losses[:, i] - expected).abs().max() <= 1e-10 * expected.abs().max()
        assert torch.allclose(x[i], own.detach(), rtol=0, atol=1e-8)


def test_a_picture_of_a_batch_goes_the_way_it_goes_alone():
    function, x0 = quartics(3, 80)
    together, _ = run(LBFGS(history=7), function, x0, 40)
    for i in range(3):
        alone, _ = run(LBFGS(history=7), lambda x, i=i: function(x, slice(i, i + 1)), x0[i : i + 1], 40)
        assert torch.allclose(together[:, i], alone[:, 0], rtol=1e-10)


def test_a_picture_whose_loss_is_not_finite_stays_and_the_others_go_on():
    function, x0 = quartics(2, 20)

    def broken(x):
        return function(x) * torch.tensor([float("nan"), 1.0], dtype=torch.float64)

    losses, x = run(LBFGS(), broken, x0, 30)
    alone, _ = run(LBFGS(), lambda v: function(v, slice(1, 2)), x0[1:], 30)
    assert torch.equal(x[0], x0[0])
    assert torch.allclose(losses[:, 1], alone[:, 0], rtol=1e-10)


def test_a_tiny_loss_stops_torchs_gate_but_not_the_relative_one():
    function, x0 = quartics(1, 40)

    def tiny(x):
        return 1e-7 * function(x)

    def progress(gate):
        losses, _ = run(LBFGS(gate=gate), tiny, x0, 40)
        return float(losses[0] - losses[-1])

    assert progress("relative") > 100 * progress("torch")


def test_a_direction_that_climbs_is_replaced_by_the_gradient(monkeypatch):
    optimizer = LBFGS(gate="torch")
    scale = torch.tensor([1.0, 10.0, 100.0], dtype=torch.float64)
    x = torch.ones(1, 3, dtype=torch.float64)
    for _ in range(3):
        optimizer.step(x, (scale * x**2).sum(1), 2 * scale * x)
    monkeypatch.setattr(optimizer, "_direction", lambda gradient: gradient)  # as rounding might make it
    before = x.clone()
    gradient = 2 * scale * x
    optimizer.step(x, (scale * x**2).sum(1), gradient)
    assert ((x - before) * gradient).sum() < 0
    assert optimizer._count.tolist() == [0]


def test_a_bounded_change_keeps_the_direction_and_binds_each_picture_for_itself():
    free, bound = LBFGS(), LBFGS(max_change=0.01)
    gradients = torch.tensor([[1e-3, -2e-3], [0.3, -0.6]], dtype=torch.float64)
    losses = torch.ones(2, dtype=torch.float64)
    moved = []
    for optimizer in (free, bound):
        x = torch.zeros(2, 2, dtype=torch.float64)
        optimizer.step(x, losses, gradients)
        moved.append(x)
    assert torch.equal(moved[1][0], moved[0][0])  # already small enough
    assert moved[1][1].abs().max().item() == pytest.approx(0.01)
    assert torch.allclose(moved[1][1] / moved[1][1].norm(), moved[0][1] / moved[0][1].norm())


def test_adam_is_torchs():
    function, x0 = quartics(2, 30)
    losses, _ = run(Adam(0.05), function, x0, 20)
    own = x0.clone().requires_grad_()
    reference = torch.optim.Adam([own], lr=0.05)
    for k in range(20):
        loss = function(own)
        assert torch.allclose(losses[k], loss.detach(), rtol=1e-12)
        reference.zero_grad()
        loss.sum().backward()
        reference.step()
