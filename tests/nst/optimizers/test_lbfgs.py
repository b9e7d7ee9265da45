"""L-BFGS, whichever way it finds its steps."""

import pytest
import torch

from nst.optimizers import LBFGS
from nst.optimizers.curvature import Curvature
from tests.nst.optimizers.problems import evaluate, quartics, run, torch_run, valleys

SEARCHES = pytest.mark.parametrize("search", ["none", "strong-wolfe"])


def differs(losses, expected):
    """Largest difference, in units of the largest loss."""
    return ((losses[: len(expected)] - expected).abs().max() / expected.abs().max()).item()


@pytest.mark.parametrize(("batch", "n", "history"), [(1, 60, 100), (3, 200, 10), (2, 50, 5)])
def test_with_a_fixed_step_it_equals_torchs_run_per_picture(batch, n, history):
    function, x0 = quartics(batch, n)
    losses, _ = run(LBFGS(history=history, gate="torch"), function, x0, 60)
    for i in range(batch):
        expected = torch_run(function, x0, i, 60, history_size=history)
        assert len(expected) == 60
        assert differs(losses[:, i], expected) <= 1e-10


@pytest.mark.parametrize("learning_rate", [1.0, 0.05])
@pytest.mark.parametrize(
    ("problem", "batch", "n", "history"),
    [(quartics, 1, 60, 100), (quartics, 3, 200, 10), (valleys, 2, 50, 5), (valleys, 3, 6, 10), (valleys, 2, 2, 3)],
)
def test_with_a_line_search_it_evaluates_what_torchs_does_per_picture(problem, batch, n, history, learning_rate):
    function, x0 = problem(batch, n)
    optimizer = LBFGS(learning_rate, history, gate="torch", line_search="strong-wolfe")
    losses, _ = run(optimizer, function, x0, 60)
    for i in range(batch):
        options = {"lr": learning_rate, "history_size": history, "line_search_fn": "strong_wolfe"}
        expected = torch_run(function, x0, i, 60, **options)
        assert len(expected) == 60 or (expected.abs().min() <= 1e-25)  # torch ends where nothing is left to gain
        assert differs(losses[:, i], expected) <= 1e-10
    assert (optimizer.updates < 59).all()  # some steps took several trials


@SEARCHES
def test_a_picture_of_a_batch_goes_the_way_it_goes_alone_to_the_bit(search):
    function, x0 = valleys(3, 80)
    together, x = run(LBFGS(history=7, line_search=search), function, x0, 40)
    for i in range(3):
        alone, own = run(LBFGS(history=7, line_search=search), function, x0[i : i + 1], 40, rows=[i])
        assert torch.equal(together[:, i], alone[:, 0])
        assert torch.equal(x[i], own[0])


@SEARCHES
def test_a_picture_that_is_not_active_stays_and_goes_on_later_as_if_nothing_had_been(search):
    function, x0 = valleys(2, 30)
    pause = range(7, 13)
    masks = {k: torch.tensor([k not in pause, True]) for k in range(40)}
    optimizer, whole = LBFGS(line_search=search), LBFGS(line_search=search)
    paused, _ = run(optimizer, function, x0, 40, active=masks.get)
    through, _ = run(whole, function, x0, 40)
    assert torch.equal(paused[:, 1], through[:, 1])
    assert torch.equal(paused[7:14, 0], paused[7, 0].expand(7))
    assert torch.equal(paused[13:, 0], through[7:34, 0])
    if search == "none":
        assert optimizer.updates.tolist() == [34, 40]


@SEARCHES
@pytest.mark.parametrize("broken", ["loss", "gradient"])
def test_a_picture_that_begins_without_a_finite_loss_and_gradient_stays_and_the_others_go_on(search, broken):
    function, x0 = valleys(2, 40)
    x, losses = x0.clone(), []
    optimizer = LBFGS(line_search=search)
    for _ in range(30):
        loss, gradient = evaluate(function, x)
        losses.append(loss[1])
        (loss[:1] if broken == "loss" else gradient[0, 3:4]).fill_(float("nan"))
        optimizer.step(x, loss, gradient)
    alone, _ = run(LBFGS(line_search=search), function, x0[1:], 30, rows=[1])
    assert torch.equal(x[0], x0[0])
    assert torch.equal(torch.stack(losses), alone[:, 0])
    assert optimizer.updates[0] == 0


def test_with_a_fixed_step_an_evaluation_that_fails_once_is_as_if_it_had_not_been():
    function, x0 = valleys(1, 40)
    optimizer, x, losses = LBFGS(), x0.clone(), []
    for k in range(30):
        loss, gradient = evaluate(function, x)
        if k == 9:
            gradient[0, 0] = float("inf")
        else:
            losses.append(loss)
        optimizer.step(x, loss, gradient)
    assert torch.equal(torch.stack(losses), run(LBFGS(), function, x0, 29)[0])


@SEARCHES
@pytest.mark.parametrize("unit", [1e-12, 1e-6, 1e-3, 1e3, 1e6])
def test_the_unit_of_the_loss_changes_nothing(search, unit):
    function, x0 = quartics(2, 40)
    losses, x = run(LBFGS(history=10, line_search=search), function, x0, 30)
    scaled, y = run(LBFGS(history=10, line_search=search), lambda v, i: unit * function(v, i), x0, 30)
    assert torch.allclose(scaled / unit, losses, rtol=1e-6, atol=0)
    assert torch.allclose(y, x, rtol=0, atol=1e-6)


def test_a_tiny_loss_stops_torchs_gate():
    function, x0 = quartics(1, 40)

    def fallen(gate):
        losses, _ = run(LBFGS(gate=gate), lambda x, i: 1e-7 * function(x, i), x0, 40)
        return float(losses[0] - losses[-1])

    assert fallen("relative") > 100 * fallen("torch")


@SEARCHES
def test_the_first_change_is_one_in_sum(search):
    x = torch.zeros(2, 3, dtype=torch.float64)
    gradients = torch.tensor([[3e-9, 0.0, -1e-9], [100.0, 200.0, 100.0]], dtype=torch.float64)
    LBFGS(line_search=search).step(x, torch.ones(2), gradients)
    assert torch.allclose(x, torch.tensor([[-0.75, 0.0, 0.25], [-0.25, -0.5, -0.25]], dtype=torch.float64))


@SEARCHES
@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e9])
def test_from_a_crest_where_no_pair_counts_steps_grow_until_one_does(search, unit):
    """Between the hills of (x^2 - 1)^2 the slope steepens downhill; steps of one in sum would take 500 evaluations."""

    def crest(x, i):
        return unit * (x**2 - 1).square().sum()

    x0 = 0.02 * torch.randn(2, 500, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    losses, _ = run(LBFGS(line_search=search), crest, x0, 40)
    assert (losses[-1] < 1e-4 * losses[0]).all()


def test_after_growing_steps_one_that_begins_anew_begins_small():
    gradient, every = torch.ones(1, 1000, dtype=torch.float64), torch.tensor([True])
    curvature = Curvature(gradient, 5, "relative")
    zero, lengths = torch.zeros_like(gradient), []
    for k in range(8):
        if k == 4:
            curvature.forget(every)
        direction = curvature.direction(gradient, gradient if k else zero, zero, every)  # a slope that never changes
        lengths.append(direction.abs().sum().item())
    assert lengths == pytest.approx([1, 4, 16, 64, 1, 4, 16, 64])


def test_growth_ends_before_it_overflows():
    gradient, every = torch.ones(1, 4), torch.tensor([True])
    curvature = Curvature(gradient, 5, "relative")
    for _ in range(300):
        direction = curvature.direction(gradient, gradient, torch.zeros_like(gradient), every)
    assert direction.isfinite().all()


def test_a_restart_after_a_climb_is_no_longer_than_the_last_known_curvature_says():
    scale = torch.tensor([1.0, 10.0, 100.0], dtype=torch.float64)
    curvature = Curvature(torch.zeros(1, 3, dtype=torch.float64), 5, "relative")
    every = torch.tensor([True])
    before, change = torch.zeros(1, 3, dtype=torch.float64), torch.zeros(1, 3, dtype=torch.float64)
    x = torch.ones(1, 3, dtype=torch.float64)
    for _ in range(3):
        gradient = scale * x
        direction = curvature.direction(gradient, before, change, every)
        before, change = gradient, 0.1 * direction
        x = x + change
    assert curvature.count.tolist() == [2]
    weights = curvature._weights

    def climbing(products):  # as rounding might make it: sum of w (w.g) over all w has a slope above zero
        weights(products)
        return 1e3 * products.flatten(1)

    curvature._weights = climbing
    gradient = 1e-3 * scale * x
    direction = curvature.direction(gradient, before, change, every)
    y, s = gradient - before, change
    gamma = (s * y).sum() / (y * y).sum()
    assert curvature.count.tolist() == [0]
    assert torch.allclose(direction, -gradient * min(gamma, 1 / gradient.abs().sum()))
    assert gamma < 1 / gradient.abs().sum()


@SEARCHES
def test_chosen_pictures_begin_anew_and_the_others_notice_nothing(search):
    function, x0 = valleys(2, 30)
    optimizer = LBFGS(line_search=search)
    _, x = run(optimizer, function, x0, 11)
    optimizer.restart(torch.tensor([True, False]))
    after, _ = run(optimizer, function, x, 20)
    anew, _ = run(LBFGS(line_search=search), function, x[:1], 20, rows=[0])
    through, _ = run(LBFGS(line_search=search), function, x0, 31)
    assert torch.equal(after[:, 0], anew[:, 0])
    assert torch.equal(after[:, 1], through[11:, 1])


def test_a_bounded_change_keeps_the_direction_and_binds_each_picture_for_itself():
    free, bound = LBFGS(gate="torch"), LBFGS(gate="torch", max_change=0.01)
    gradients = torch.tensor([[1e-3, -2e-3], [0.3, -0.6]], dtype=torch.float64)
    moved = []
    for optimizer in (free, bound):
        x = torch.zeros(2, 2, dtype=torch.float64)
        optimizer.step(x, torch.ones(2), gradients)
        moved.append(x)
    assert torch.equal(moved[1][0], moved[0][0])  # already small enough
    assert moved[1][1].abs().max().item() == pytest.approx(0.01)
    assert torch.allclose(moved[1][1] / moved[1][1].norm(), moved[0][1] / moved[0][1].norm())


@SEARCHES
def test_updates_are_counted_per_picture(search):
    function, x0 = quartics(2, 10)
    optimizer = LBFGS(line_search=search)
    assert optimizer.updates.tolist() == []
    run(optimizer, function, x0, 12, active=lambda k: torch.tensor([True, k < 5]))
    first, second = optimizer.updates.tolist()
    assert (first, second) == (12, 5) if search == "none" else 12 > first > second > 0


@SEARCHES
def test_at_another_size_it_begins_anew_with_the_same_settings(search):
    generator = torch.Generator().manual_seed(0)
    small, large = (torch.rand(1, 3, side, side, generator=generator, dtype=torch.float64) for side in (4, 8))
    optimizer = LBFGS(0.5, 3, "torch", 0.2, search)

    def way(which, x):
        x = x.clone()
        for _ in range(8):
            which.step(x, (x**4).sum((1, 2, 3)), 4 * x**3)
        return x

    way(optimizer, small)
    assert torch.equal(way(optimizer.resized(8, 8), large), way(LBFGS(0.5, 3, "torch", 0.2, search), large))


def test_with_a_fixed_step_nothing_is_read_from_the_device():
    optimizer = LBFGS(history=3, max_change=0.1)
    x = torch.zeros(2, 3, 4, 4, device="meta")  # has no values: reading one raises
    for _ in range(6):
        optimizer.step(x, torch.zeros(2, device="meta"), torch.zeros_like(x), torch.ones(2, dtype=bool, device="meta"))
    optimizer.restart(torch.ones(2, dtype=bool, device="meta"))


def test_settings_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match=r"^line_search is 'wolfe': expected one of none, strong-wolfe$"):
        LBFGS(line_search="wolfe")
    with pytest.raises(ValueError, match=r"^history is 0: expected 1 pair or more$"):
        LBFGS(history=0)


def wells(x):
    """1 - exp(-x^2 / 2), summed: concave further than 1 away from its minimum, so that no early pair has curvature."""
    return (1 - torch.exp(-(x**2) / 2)).sum(1)


@pytest.mark.parametrize("unit", [1.0, 1e-9])
def test_steps_grow_until_there_is_curvature_to_go_by(unit):
    x0 = torch.full((1, 2000), 2.5, dtype=torch.float64)
    losses, _ = run(LBFGS(gate="relative", max_change=0.5), lambda x, i: unit * wells(x[None])[0], x0, 20)
    assert losses[-1] < 0.01 * losses[0]


def test_a_restart_begins_with_short_steps_again():
    x = torch.full((1, 2000), 2.5, dtype=torch.float64)
    optimizer = LBFGS(gate="relative")

    def length_of_next_step():
        variable = x.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(wells(variable).sum(), variable)
        before = x.clone()
        optimizer.step(x, wells(x), gradient)
        return (x - before).abs().sum().item()

    assert [length_of_next_step() for _ in range(3)] == pytest.approx([1, 4, 16])
    optimizer.restart(torch.tensor([True]))
    assert length_of_next_step() == pytest.approx(1)
