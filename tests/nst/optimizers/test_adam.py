import pytest
import torch

from nst.optimizers import Adam
from tests.nst.optimizers.problems import evaluate, quartics, run


@pytest.mark.parametrize("options", [{}, {"betas": (0.5, 0.99), "eps": 1e-3}])
def test_it_is_torchs(options):
    function, x0 = quartics(2, 30)
    _, x = run(Adam(0.05, **options), function, x0, 50)
    own = x0.clone().requires_grad_()
    reference = torch.optim.Adam([own], lr=0.05, **options)
    for _ in range(50):
        own.grad = evaluate(function, own.detach())[1]
        reference.step()
    assert torch.allclose(x, own.detach(), rtol=0, atol=1e-12)


def test_a_picture_that_is_not_active_stays_and_goes_on_later_as_if_nothing_had_been():
    function, x0 = quartics(2, 30)
    optimizer = Adam(0.05)
    paused, _ = run(optimizer, function, x0, 30, active=lambda k: torch.tensor([not 4 <= k < 9, True]))
    through, _ = run(Adam(0.05), function, x0, 30)
    assert torch.equal(paused[:, 1], through[:, 1])
    assert torch.equal(paused[4:10, 0], paused[4, 0].expand(6))
    assert torch.equal(paused[9:, 0], through[4:25, 0])
    assert optimizer.updates.tolist() == [25, 30]


@pytest.mark.parametrize("broken", ["loss", "gradient"])
def test_a_picture_whose_loss_or_gradient_is_not_finite_stays_and_the_others_go_on_to_the_bit(broken):
    function, x0 = quartics(2, 20)
    x, optimizer = x0.clone(), Adam(0.05)
    for k in range(20):
        loss, gradient = evaluate(function, x)
        if k >= 10:
            (loss[:1] if broken == "loss" else gradient[0, 3:4]).fill_(float("nan"))
        optimizer.step(x, loss, gradient)
    _, half = run(Adam(0.05), function, x0, 10)
    _, alone = run(Adam(0.05), function, x0[1:], 20, rows=[1])
    assert torch.equal(x[0], half[0])
    assert torch.equal(x[1], alone[0])


def go(optimizer, picture, gradients):
    picture = picture.clone()
    for gradient in gradients:
        optimizer.step(picture, torch.zeros(len(picture)), gradient)
    return picture


def field(values, height, width):
    """A gradient that is the same everywhere in a picture and channel."""
    return torch.tensor(values, dtype=torch.float64)[:, :, None, None].expand(-1, -1, height, width).clone()


def test_resized_it_goes_on_as_if_it_had_always_been_of_that_size():
    history = [[[1.0, -2.0, 0.5], [1e-3, 0.0, 3.0]], [[0.2, 1.0, -1.0], [2e-3, -1.0, 2.0]]]
    small, large = Adam(0.1), Adam(0.1)
    go(small, torch.zeros(2, 3, 4, 6, dtype=torch.float64), [field(values, 4, 6) for values in history])
    go(large, torch.zeros(2, 3, 9, 11, dtype=torch.float64), [field(values, 9, 11) for values in history])
    carried = small.resized(9, 11)
    assert carried.updates.tolist() == [2, 2]
    start, last = torch.zeros(2, 3, 9, 11, dtype=torch.float64), [field(history[0], 9, 11)]
    assert torch.allclose(go(carried, start, last), go(large, start, last), rtol=0, atol=1e-12)
    assert small.updates.tolist() == [2, 2]


def keys(d, a=-0.75):
    """The cubic convolution kernel (Keys 1981, equation 4), with the parameter that torch and OpenCV use."""
    near = (a + 2) * d**3 - (a + 3) * d**2 + 1
    return torch.where(d <= 1, near, a * d**3 - 5 * a * d**2 + 8 * a * d - 4 * a)


def test_moments_keep_their_place_when_resized():
    ramp = torch.linspace(1, 2, 8, dtype=torch.float64).expand(1, 3, 8, 8).clone()
    optimizer = Adam(0.1, betas=(0.9, 0.9))
    go(optimizer, torch.zeros_like(ramp), [ramp])
    zero = torch.zeros(1, 3, 16, 16, dtype=torch.float64)
    moved = go(optimizer.resized(16, 16), zero, [zero])[0, 0, 8]
    # Where the doubled picture's pixel centres lie between the samples of the small one.
    place = (torch.arange(16, dtype=torch.float64) + 0.5) / 2 - 0.5
    below = place.floor()
    first, second = torch.zeros_like(place), torch.zeros_like(place)
    for neighbour in (below - 1, below, below + 1, below + 2):
        sample, distance = 1 + neighbour / 7, (place - neighbour).abs()
        first += keys(distance) * sample
        second += (1 - distance).clamp_min(0) * sample**2
    expected = -0.1 * (0.09 * first / 0.19) / ((0.09 * second / 0.19).sqrt() + 1e-8)
    assert torch.allclose(moved[4:12], expected[4:12], rtol=1e-9)  # away from the border


def test_the_second_moment_stays_above_zero_when_resized():
    spike = torch.zeros(1, 3, 8, 8, dtype=torch.float64)
    spike[:, :, 4, 4] = 1e3
    optimizer = Adam(0.1)
    go(optimizer, torch.zeros_like(spike), [spike])
    zero = torch.zeros(1, 3, 13, 13, dtype=torch.float64)
    assert go(optimizer.resized(13, 13), zero, [zero]).isfinite().all()


def test_nothing_is_read_from_the_device():
    optimizer = Adam(0.1)
    x = torch.zeros(2, 3, 4, 4, device="meta")  # has no values: reading one raises
    for _ in range(3):
        optimizer.step(x, torch.zeros(2, device="meta"), torch.zeros_like(x), torch.ones(2, dtype=bool, device="meta"))
