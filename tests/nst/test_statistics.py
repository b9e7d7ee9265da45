import numpy as np
import pytest
import torch

from nst.statistics import GramDistance, StyleFeatures, WassersteinDistance, as_guide, gram, products

DIVISORS, REDUCTIONS = ("none", "positions", "elements"), ("mean", "sum", "quarter")


def random(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def half(height, width, side):
    """A hard mask of the left or right half."""
    mask = torch.zeros(1, 1, height, width, dtype=torch.float64)
    mask[..., : width // 2] = 1
    return mask if side == "left" else 1 - mask


def distances(styles, height, width, guide=None):
    """Every statistic under every divisor and reduction."""
    grams = {
        f"gram {divisor} {reduction}": GramDistance.to(styles, height, width, divisor, reduction, guide)
        for divisor in DIVISORS
        for reduction in REDUCTIONS
    }
    return {**grams, "wasserstein": WassersteinDistance.to(styles, guide)}


STATISTICS = list(distances([StyleFeatures(random(1, 3, 2, 2))], 2, 2))


def gradient(function, features):
    variable = features.clone().requires_grad_()
    return torch.autograd.grad(function(variable).sum(), variable)[0]


@pytest.mark.parametrize(("divisor", "factor"), [("none", 1), ("positions", 1 / 20), ("elements", 1 / 60)])
def test_gram_matrices_by_divisor(divisor, factor):
    features = random(2, 3, 4, 5)
    for i in range(2):
        flat = features[i].reshape(3, 20)
        expected = factor * torch.stack([torch.stack([(a * b).sum() for b in flat]) for a in flat])
        assert torch.allclose(gram(features, divisor)[i], expected)


@pytest.mark.parametrize("divisor", DIVISORS)
@pytest.mark.parametrize(("reduction", "of_squares"), [("mean", 1 / 9), ("sum", 1), ("quarter", 1 / (4 * 9 * 20**2))])
def test_gram_distances_by_reduction(divisor, reduction, of_squares):
    features, target = random(1, 3, 4, 5), random(1, 3, 4, 5, seed=1)
    squares = sum(((gram(features, divisor) - gram(target, divisor)) ** 2).flatten().tolist())
    own = GramDistance.to([StyleFeatures(target)], 4, 5, divisor, reduction)
    assert own(features).item() == pytest.approx(of_squares * squares)


@pytest.mark.parametrize("divisor", DIVISORS)
def test_a_relative_gram_distance_knows_no_unit_of_features_and_no_divisor(divisor):
    features, target = random(1, 3, 4, 5), random(1, 3, 4, 5, seed=1)
    own, wanted = (gram(picture, "none") for picture in (features, target))
    expected = ((own - wanted) ** 2).sum() / (wanted**2).sum()
    for unit in (1, 1e-3, 1e4):
        distance = GramDistance.to([StyleFeatures(unit * target)], 4, 5, divisor, "relative")
        assert distance(unit * features).item() == pytest.approx(expected.item())
    assert GramDistance.to([StyleFeatures(0 * target)], 4, 5, divisor, "relative")(features).isfinite().all()


@pytest.mark.parametrize("last", [False, True], ids=["rows of positions", "channels last"])
def test_products_have_the_gradient_that_torch_finds_and_it_lies_as_the_features_do(last):
    features = torch.randn(2, 5, 4, 6, dtype=torch.float64)
    if last:
        features = features.contiguous(memory_format=torch.channels_last)
    weights = torch.randn(2, 5, 5, dtype=torch.float64)  # not symmetric
    found, expected = [], []
    for form, into in ((products, found), (lambda flat: flat @ flat.mT, expected)):
        variable = features.clone().requires_grad_()
        value = form(variable.flatten(2))
        into += [value, *torch.autograd.grad((weights * value).sum(), variable)]
    assert torch.allclose(found[0], expected[0])
    assert torch.allclose(found[1], expected[1])
    assert found[1].stride() == features.stride()


def test_an_undivided_target_is_scaled_to_the_picture_it_is_for():
    small = random(1, 3, 4, 4)
    tiled = small.repeat(1, 1, 2, 2)  # the same statistics on four times the positions
    for divisor in DIVISORS:
        assert torch.allclose(
            GramDistance.to([StyleFeatures(small)], 8, 8, divisor, "mean").target, gram(tiled, divisor)
        )


def wasserstein(a, b):
    """By NumPy, from scattered samples: the trace of the root is the sum of the roots of C C's eigenvalues."""
    x, y = (features[0].reshape(features.shape[1], -1).double().numpy() for features in (a, b))
    ridge = 1e-4 * np.eye(len(x))
    c, d = np.cov(x, bias=True) + ridge, np.cov(y, bias=True) + ridge
    cross = np.sqrt(np.linalg.eigvals(c @ d).real).sum()
    return ((x.mean(1) - y.mean(1)) ** 2).mean() + (np.trace(c) + np.trace(d) - 2 * cross) / len(x)


def correlated(n, height, width, seed):
    return torch.einsum("ij,bjhw->bihw", random(n, n, seed=seed), random(1, n, height, width, seed=seed + 10)) + seed


def test_wasserstein_distance_is_that_of_gaussians():
    features, style = correlated(5, 6, 7, seed=1), correlated(5, 4, 9, seed=2)
    own = WassersteinDistance.to([StyleFeatures(style)])(features)
    assert own.item() == pytest.approx(wasserstein(features, style), rel=1e-9)


def test_wasserstein_distance_of_known_gaussians():
    features = random(1, 4, 8, 8)
    own = WassersteinDistance.to([StyleFeatures(features)])
    assert own(features).item() == pytest.approx(0, abs=1e-12)
    assert own(features + 3).item() == pytest.approx(9)  # moved: the square of how far
    mean = features.mean((2, 3), keepdim=True)
    variance = (features - mean).square().mean().item()
    assert own(mean + 2 * (features - mean)).item() == pytest.approx(variance, rel=1e-3)  # twice as wide: the variance


def test_wasserstein_gradient_is_its_own():
    own = WassersteinDistance.to([StyleFeatures(correlated(3, 4, 4, seed=2))], as_guide(half(4, 4, "left") + 0.2))
    assert torch.autograd.gradcheck(own, correlated(3, 4, 4, seed=1).requires_grad_())


FLAT = torch.tensor([3.0, 0.0, 0.5, 0.0, 100.0, 0.0]).view(1, 6, 1, 1).expand(1, 6, 5, 5)
LIVELY = random(1, 6, 5, 5, dtype=torch.float32).relu()


@pytest.mark.parametrize(("features", "style"), [(FLAT, LIVELY), (LIVELY, FLAT), (FLAT, FLAT), (0 * FLAT, 0 * FLAT)])
def test_flat_pictures_are_no_trap_for_the_wasserstein_distance(features, style):
    own = WassersteinDistance.to([StyleFeatures(style)])
    assert own(features).item() == pytest.approx(wasserstein(features, style), rel=1e-4, abs=1e-6)
    assert gradient(own, features).isfinite().all()


def test_a_flat_picture_has_no_covariance_however_bright_it_is():
    """Features of networks that see 0 to 255 are large: a difference of second moments would be off by 1000 here."""
    bright = torch.full((1, 4, 6, 6), 1e5) + random(1, 4, 6, 6, dtype=torch.float32).sign()
    own = WassersteinDistance.to([StyleFeatures(torch.full((1, 4, 6, 6), 1e5))])
    assert own(bright).item() == pytest.approx(wasserstein(bright, torch.full((1, 4, 6, 6), 1e5)), rel=0.01)


def test_wasserstein_with_fewer_positions_than_channels_is_right_in_single_precision():
    features, style = (random(1, 96, 4, 4, seed=seed).relu() for seed in (1, 2))
    single = WassersteinDistance.to([StyleFeatures(style.float())])
    double = WassersteinDistance.to([StyleFeatures(style)])
    assert single(features.float()).dtype == torch.float32
    assert single(features.float()).item() == pytest.approx(double(features).item(), rel=1e-6)
    exact = gradient(double, features)
    assert ((gradient(single, features.float()) - exact).norm() / exact.norm()).item() < 1e-4


@pytest.mark.parametrize("statistic", STATISTICS)
def test_a_guide_of_ones_changes_nothing(statistic):
    features, style = random(1, 3, 4, 6), random(1, 3, 5, 5, seed=1)
    ones = [as_guide(torch.ones(1, 1, *shape, dtype=torch.float64)) for shape in ((4, 6), (5, 5))]
    guided = distances([StyleFeatures(style, 1.0, ones[1])], 4, 6, ones[0])[statistic]
    assert torch.allclose(guided(features), distances([StyleFeatures(style)], 4, 6)[statistic](features))


@pytest.mark.parametrize("strength", [1.0, 0.01])
@pytest.mark.parametrize("statistic", STATISTICS)
def test_a_guide_of_a_half_sees_what_the_half_would_be_all_over(statistic, strength):
    """Divided statistics are those of the cropped half; undivided ones count its positions as if it filled the picture."""
    features, style = random(1, 3, 4, 6), random(1, 3, 5, 8, seed=1)
    left, right = (as_guide(strength * half(*shape)) for shape in ((4, 6, "left"), (5, 8, "right")))
    guided = distances([StyleFeatures(style, 1.0, right)], 4, 6, left)[statistic]
    twice = features[..., :3].repeat(1, 1, 1, 2)
    assert torch.allclose(guided(features), distances([StyleFeatures(style[..., 4:])], 4, 6)[statistic](twice))


@pytest.mark.parametrize("divisor", ["positions", "elements"])
def test_a_divided_gram_matrix_under_a_guide_is_that_of_the_crop(divisor):
    features = random(1, 3, 4, 6)
    assert torch.allclose(gram(features, divisor, as_guide(half(4, 6, "left"))), gram(features[..., :3], divisor))


def test_a_region_smaller_than_a_position_still_has_a_statistic():
    features = random(1, 3, 2, 2)
    guide = torch.zeros(1, 1, 2, 2, dtype=torch.float64)
    guide[0, 0, 1, 0] = 0.03
    pixel = features[0, :, 1, 0]
    assert torch.allclose(gram(features, "positions", as_guide(guide))[0], pixel[:, None] * pixel)


@pytest.mark.parametrize("statistic", STATISTICS)
def test_a_guide_of_nothing_is_no_trap(statistic):
    features, nothing = random(1, 3, 4, 4), as_guide(torch.zeros(1, 1, 4, 4, dtype=torch.float64))
    own = distances([StyleFeatures(random(1, 3, 4, 4, seed=1))], 4, 4, nothing)[statistic]
    assert own(features).isfinite().all()
    assert not gradient(own, features).any()


@pytest.mark.parametrize("statistic", STATISTICS)
def test_regions_by_area_pull_every_pixel_as_no_regions_would(statistic):
    """Where both regions hold the same and want the same; under any divisor and reduction."""
    features = random(1, 3, 4, 3).repeat(1, 1, 1, 2)
    styles = [StyleFeatures(random(1, 3, 5, 5, seed=1))]
    whole = distances(styles, 4, 6)[statistic]
    left, right = (distances(styles, 4, 6, as_guide(half(4, 6, side)))[statistic] for side in ("left", "right"))

    def in_regions(f):
        return left(f) / 2 + right(f) / 2

    assert torch.allclose(in_regions(features), whole(features))
    assert torch.allclose(gradient(in_regions, features), gradient(whole, features))


def test_regions_that_differ_ask_for_more_than_the_whole_does():
    """Half red and half blue is violet on the whole; a Gram matrix is a mean, and squares are convex."""
    features, styles = random(1, 3, 4, 6), [StyleFeatures(random(1, 3, 5, 5, seed=1))]
    whole = GramDistance.to(styles, 4, 6, "positions", "mean")(features)
    sides = [
        GramDistance.to(styles, 4, 6, "positions", "mean", as_guide(half(4, 6, side)))(features)
        for side in ("left", "right")
    ]
    assert (sides[0] + sides[1]).item() / 2 > whole.item() * 1.01


@pytest.mark.parametrize("divisor", DIVISORS)
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_a_blend_of_gram_matrices_has_the_gradient_of_the_weighted_sum_of_losses(divisor, reduction):
    features, first, second = random(1, 3, 4, 4), random(1, 3, 5, 5, seed=1), random(1, 3, 3, 6, seed=2)
    blend = GramDistance.to([StyleFeatures(first, 0.3), StyleFeatures(second, 0.7)], 4, 4, divisor, reduction)
    one, other = (GramDistance.to([StyleFeatures(f)], 4, 4, divisor, reduction) for f in (first, second))

    def weighted_sum(f):
        return 0.3 * one(f) + 0.7 * other(f)

    assert torch.allclose(gradient(blend, features), gradient(weighted_sum, features))


def test_a_blend_for_wasserstein_is_the_gaussian_of_all_features_thrown_together():
    first, second = random(1, 3, 4, 4), 2 + 3 * random(1, 3, 4, 4, seed=1)
    together = WassersteinDistance.to([StyleFeatures(torch.cat([first, first, first, second], 3))])
    blend = WassersteinDistance.to([StyleFeatures(first, 0.75), StyleFeatures(second, 0.25)])
    assert torch.allclose(blend.mean, together.mean)
    assert torch.allclose(blend.covariance, together.covariance)
