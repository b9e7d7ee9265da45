import pytest
import torch

from nst import problems, variation
from nst.objectives import ContentDistance, Objective, Prior, Term, evaluate
from nst.problems import StylePart
from nst.statistics import GramDistance, StyleFeatures, WassersteinDistance
from tests.nst.small import network, noise, settings, tensor


def random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize(("reduction", "expected"), [("mean", 14 / 4), ("sum", 14), ("half", 7)])
def test_content_distance_by_reduction(reduction, expected):
    features = torch.tensor([1.0, 2.0, 3.0, 0.0]).view(1, 2, 1, 2)
    assert ContentDistance(torch.zeros(1, 2, 1, 2), reduction)(features).tolist() == [expected]


def test_a_relative_content_distance_has_no_unit():
    features = torch.tensor([1.0, 2.0, 3.0, 0.0]).view(1, 2, 1, 2)
    for unit in (1, 1e-3, 1e4):
        own = ContentDistance(torch.full((1, 2, 1, 2), 1.0 * unit), "relative")
        assert own(features * unit).item() == pytest.approx((0 + 1 + 4 + 1) / 4)
    nothing = ContentDistance(torch.zeros(1, 2, 1, 2), "relative")
    assert nothing(features).tolist() == [14]


TARGET = StyleFeatures(random(1, 4, 5, 7, seed=1))


@pytest.mark.parametrize(
    "distance",
    [
        *(ContentDistance(random(1, 4, 6, 6, seed=1), reduction) for reduction in ("mean", "sum", "half", "relative")),
        *(
            GramDistance.to([TARGET], 6, 6, "elements", reduction)
            for reduction in ("mean", "sum", "quarter", "relative")
        ),
        WassersteinDistance.to([TARGET]),
        *variation.FORMS.values(),
    ],
    ids=lambda distance: getattr(distance, "__name__", type(distance).__name__),
)
def test_pictures_of_a_batch_do_not_share_a_loss(distance):
    """No mean over the batch and no statistics across pictures: each value is what the picture has alone."""
    features = random(3, 4, 6, 6)
    alone = torch.cat([distance(features[i : i + 1]) for i in range(3)])
    assert distance(features).shape == (3,)
    assert torch.allclose(distance(features), alone)


def test_the_objective_names_its_terms_in_order_and_weighs_them():
    own, picture = network(), noise(2)
    chosen = settings(
        content_layers=("conv2_2",), content_weight=2.0, style_layers=("conv1_1", "conv3_1"), tv_weight=5.0
    )
    objective = problems.objective(own, chosen, 32, 32, content=picture, styles=[StylePart(picture)])
    assert objective.names == ("content.conv2_2", "style.conv1_1", "style.conv3_1", "tv")
    terms = objective(tensor(picture))
    assert terms.shape == (4, 1)
    assert terms[:3].flatten().tolist() == pytest.approx([0, 0, 0], abs=1e-6)  # against its own targets
    assert terms[3, 0] == 5 * variation.mean_squares(tensor(picture))[0]


def constant(value):
    return lambda features: torch.full((len(features),), value)


def test_terms_of_one_name_are_one_row():
    terms = [
        Term("a", "conv1_1", 2.0, constant(3.0)),
        Term("b", "conv1_1", 1.0, constant(5.0)),
        Term("a", "conv1_2", 4.0, constant(7.0)),
    ]
    objective = Objective(network(), terms)
    assert objective.names == ("a", "b")
    assert objective(tensor(noise(0))).tolist() == [[2 * 3 + 4 * 7], [5]]


def test_the_network_sees_white_at_one_whatever_the_optimiser_calls_it():
    own, picture = network(), tensor(noise(1))
    terms = problems.objective(own, settings(), 32, 32, content=noise(2), styles=[StylePart(noise(3))]).terms
    tv = [Prior("tv", 3.0, variation.mean_squares)]
    in_units = Objective(own, terms, tv)(picture)
    in_bytes = Objective(own, terms, tv, pixel_range=255.0)(picture * 255)
    assert torch.allclose(in_bytes[:-1], in_units[:-1], rtol=1e-4)
    assert in_bytes[-1, 0].item() == pytest.approx(255**2 * in_units[-1, 0].item(), rel=1e-5)  # of its own units


@pytest.mark.parametrize("white", [1.0, 255.0])
def test_values_out_of_gamut_cost_their_square_where_white_is_one(white):
    """Whatever white is to the optimiser; and nothing is drawn back that lies inside."""
    chosen = settings(gamut_weight=6.0, pixel_range=white)
    picture = tensor(noise(1))
    picture[0, 0, 3, 4], picture[0, 1, 5, 6] = -0.5, 1.25
    own = problems.objective(network(), chosen, 32, 32, content=noise(2))
    assert own.names == ("content.conv2_2", "gamut")
    assert own(white * picture)[-1].item() == pytest.approx(6 * (0.5**2 + 0.25**2) / (3 * 32 * 32), rel=1e-4)
    _, gradient = evaluate(Objective(network(), [], own.priors, white), white * picture)
    assert gradient.flatten().nonzero().flatten().tolist() == [3 * 32 + 4, 32 * 32 + 5 * 32 + 6]
    assert gradient[0, 0, 3, 4] < 0 < gradient[0, 1, 5, 6]


def test_an_evaluation_gives_each_picture_the_gradient_of_its_own_total():
    own = network(double=True)
    objective = problems.objective(own, settings(tv_weight=1.0), 32, 32, content=noise(2), styles=[StylePart(noise(3))])
    pictures = torch.cat([tensor(noise(seed)).double() for seed in (4, 5)])
    terms, gradient = evaluate(objective, pictures)
    assert not terms.requires_grad
    assert not pictures.requires_grad
    for place in ((0, 0, 5, 6), (1, 2, 20, 31)):
        nudge = torch.zeros_like(pictures)
        nudge[place] = 1e-5
        change = (objective(pictures + nudge) - objective(pictures - nudge)).sum(0) / 2e-5
        assert change[1 - place[0]] == 0
        assert change[place[0]].item() == pytest.approx(gradient[place].item(), rel=1e-5)
