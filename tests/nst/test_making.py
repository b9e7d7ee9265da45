from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch

from nst import attempting, images, masks, problems
from nst.balance import pull
from nst.diagnosis import Diagnosis
from nst.making import make
from nst.objectives import evaluate
from nst.observing import Attempt
from nst.preparing import StyleSource
from nst.problems import StylePart
from tests.nst.small import network, plain, settings, stored, tensor

LEFT, RIGHT = (masks.read(f"mask:{name}", Path()) for name in ("left", "right"))
LUMA = np.array([0.299, 0.587, 0.114])


class Heard:
    """An observer that writes down what it hears."""

    def __init__(self):
        self.phases, self.progress, self.attempts = [], [], []

    @contextmanager
    def phase(self, name):
        self.phases.append(name)
        yield

    def progressed(self, progress):
        self.progress.append(progress.evaluations)

    def gave_up(self, attempt):
        self.attempts.append(attempt)


def transfer(observer=None, styles=None, content=None, **changes):
    styles = [StyleSource(stored(2))] if styles is None else styles
    content = stored(1, 32, 40) if content is None else content
    return make(network(), settings(**changes), content=content, styles=styles, observer=observer)


def texture(styles, **changes):
    changes = {"content_layers": None, "content_weight": None, "content_reduction": None, **changes}
    return make(network(), settings(**changes), styles=styles)


def judged(monkeypatch, *verdicts):
    """Diagnoses in the order given, whatever happened."""
    left = list(verdicts)
    monkeypatch.setattr("nst.made.diagnose", lambda *_, **__: Diagnosis(left.pop(0), "so it was said", {}))


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


def test_noise_about_the_style_has_its_mean_colour_at_the_first_size():
    quiet = {"noise_centre": "style", "noise_spread": 0.001, "evaluations": 1}
    parts = [StyleSource(RED, 3), StyleSource(BLUE, 1)]
    expected = np.average([images.fit(picture, 32, 32).mean((0, 1)) for picture in (RED, BLUE)], axis=0, weights=[3, 1])
    assert texture(parts, **quiet).start.mean((0, 1)) == pytest.approx(expected, abs=1e-3)


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


ADAM = {"optimizer": "adam", "betas": (0.9, 0.99), "learning_rate": 0.05}
COARSE = {"size": 64, "coarse_sizes": (32, 48), "coarse_evaluations": (12, 6), "evaluations": 10, "restarts": 0}


@pytest.mark.parametrize("optimiser", [{}, ADAM])
def test_coarse_to_fine_each_size_starts_from_the_one_before(optimiser):
    heard = Heard()
    made = transfer(heard, **COARSE, **optimiser)
    assert made.sizes.tolist() == [32] * 12 + [48] * 6 + [64] * 10
    assert max(made.picture.shape) == 64
    assert made.picture_evaluation == 27
    assert made.updates == 11 + 5 + 9
    assert made.last_stage == slice(18, 28)
    assert heard.progress == [10, 12, 18, 28]
    assert heard.phases == ["decode", "targets"] * 3 + ["warmup"] * 3 + ["optimise"] * 3 + ["assess"]
    assert (np.diff([0, *made.seconds]) > 0).all()
    cold = transfer(**{**COARSE, "coarse_sizes": (), "coarse_evaluations": ()}, **optimiser)
    assert cold.sizes.tolist() == [64] * 10
    assert made.totals[made.last_stage][0] < 0.2 * cold.totals[0]
    assert made.totals[-1] < cold.totals[-1]


def test_a_warm_start_is_the_coarse_picture_enlarged(monkeypatch):
    starts = []
    plainly = attempting.carry_out

    def watched(stepping, *args):
        starts.append(stepping.pictures.clone())
        return plainly(stepping, *args)

    monkeypatch.setattr("nst.attempting.carry_out", watched)
    transfer(size=64, coarse_sizes=(32,), evaluations=4, pixel_range=255.0)
    small = make(
        network(),
        settings(evaluations=4, pixel_range=255.0),
        content=stored(1, 32, 40),
        styles=[StyleSource(stored(2))],
    )
    back = torch.nn.functional.interpolate(starts[1], starts[0].shape[2:], mode="bilinear", antialias=True)[0]
    assert np.corrcoef(back.permute(1, 2, 0).numpy().ravel(), small.picture.ravel())[0, 1] > 0.9
    assert starts[1].min() >= 0
    assert starts[1].max() <= 255


def test_averaging_makes_the_average_the_result_at_every_size():
    averaged, plainly = (transfer(**COARSE, **ADAM, averaging=decay) for decay in (0.9, 0.0))
    assert averaged.picture_evaluation == 27
    assert np.array_equal(averaged.curve[:11], plainly.curve[:11])  # until the last of a size, of the average
    assert not np.array_equal(averaged.curve[11:13], plainly.curve[11:13])


def test_clamped_a_picture_stays_in_range_and_unclamped_it_does_not():
    wild = {**ADAM, "learning_rate": 0.5 * 255, "pixel_range": 255.0}
    pictures = {clamp: transfer(**wild, clamp=clamp).picture for clamp in ("update", "never")}
    assert pictures["update"].min() == 0
    assert pictures["update"].max() == 1
    assert pictures["never"].max() > 1.01


def test_a_stalled_run_from_noise_is_begun_again_with_another_seed(monkeypatch):
    judged(monkeypatch, "stalled", "diverged", "converged")
    heard = Heard()
    made = transfer(heard, seed=5, restarts=4, evaluations=3)
    assert [attempt.verdict for attempt in made.attempts] == ["stalled", "diverged"]
    assert made.attempts[0] == Attempt(5, 3, "stalled", "so it was said")
    assert tuple(heard.attempts) == made.attempts
    assert heard.phases == ["decode", "targets", "warmup", "optimise", "optimise", "optimise", "assess"]
    assert made.diagnosis.verdict == "converged"
    seeds = [*(attempt.seed for attempt in made.attempts), made.seed]
    assert len(set(seeds)) == 3
    assert not set(seeds[1:]) & set(range(1000))  # none that a repeat would have
    judged(monkeypatch, "converged")
    alone = transfer(seed=made.seed, evaluations=3)
    assert np.array_equal(alone.picture, made.picture)
    assert np.array_equal(alone.curve, made.curve)


@pytest.mark.parametrize("init", ["content", "style", "grey"])
def test_a_start_from_a_picture_is_not_tried_again(monkeypatch, init):
    judged(monkeypatch, "stalled")
    assert transfer(init=init, restarts=5, evaluations=3).attempts == ()


def test_attempts_are_as_many_as_allowed_and_the_last_one_counts(monkeypatch):
    judged(monkeypatch, *["stalled"] * 3)
    made = transfer(restarts=2, evaluations=3)
    assert len(made.attempts) == 2
    assert made.diagnosis.verdict == "stalled"


@pytest.mark.parametrize("verdict", ["converged", "falling", "unsteady", "out-of-gamut"])
def test_what_another_seed_would_not_mend_is_left_as_it_is(monkeypatch, verdict):
    judged(monkeypatch, verdict)
    assert transfer(restarts=5, evaluations=3).attempts == ()


def test_a_run_that_really_breaks_down_is_begun_again():
    """Steps of a million of Adam end nowhere, whatever the seed."""
    heard = Heard()
    made = transfer(heard, **{**ADAM, "learning_rate": 1e6}, evaluations=12, restarts=1)
    (attempt,) = made.attempts
    assert attempt.verdict == "diverged"
    assert attempt.reason.startswith("the loss ended at ")
    assert (attempt.seed, attempt.evaluations) == (0, 12)
    assert made.seed != 0


def test_the_diagnosis_is_of_the_last_size_and_knows_of_a_line_search(monkeypatch):
    asked = []
    monkeypatch.setattr("nst.made.diagnose", lambda *args, **options: asked.append((*args, options)))
    made = transfer(size=48, coarse_sizes=(32,), evaluations=4, line_search="strong-wolfe")
    total, picture, start, options = asked[0]
    assert np.array_equal(total, made.totals[4:])
    assert np.array_equal(picture, made.picture)
    assert start.shape == picture.shape
    assert options == {"line_search": True}


def test_a_line_search_ends_on_its_best_picture():
    runs = [transfer(line_search="strong-wolfe", learning_rate=16.0, evaluations=count) for count in range(7, 14)]
    assert [made.picture_evaluation for made in runs] == [np.argmin(made.totals) for made in runs]
    assert any(made.picture_evaluation < len(made.totals) - 1 for made in runs)  # a last trial was dropped


def test_luminance_keeps_the_contents_chroma_in_the_image_and_nothing_in_the_picture():
    content = plain(130, 110, 120)  # greyish: no colour leaves the range
    kept, without = (transfer(content=content, colours=colours) for colours in ("luminance", "style"))
    assert np.array_equal(kept.picture, without.picture)
    sized = images.resize(content, 32, settings().size_rule)
    image = kept.image / 255
    chroma, expected = (picture - (picture @ LUMA)[..., None] for picture in (image, sized))
    inside = ((kept.image > 0) & (kept.image < 255)).all(axis=-1)
    assert inside.mean() > 0.5
    assert np.abs(chroma - expected)[inside].max() < 1.01 / 255
    luma = (np.clip(kept.picture, 0, 1) @ LUMA - image @ LUMA)[
        inside & ((kept.picture >= 0) & (kept.picture <= 1)).all(axis=-1)
    ]
    assert np.abs(luma).max() < 1 / 255


def conv1_target(colours="style", **changes):
    """Of the first style term: the Gram matrix of what the network was shown."""
    seen = {}

    def watched(backbone, chosen, height, width, **pictures):
        seen.update(pictures, objective=plainly(backbone, chosen, height, width, **pictures))
        return seen["objective"]

    plainly = problems.objective
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(problems, "objective", watched)
        transfer(content=plain(200, 60, 60), evaluations=1, colours=colours, **changes)
    style = next(term for term in seen["objective"].terms if term.name.startswith("style"))
    return seen["styles"][0].picture, style.distance.target


def test_moments_and_histogram_recolour_the_style_that_is_shown_to_the_network():
    for colours in ("moments", "histogram"):
        shown, target = conv1_target(colours)
        assert shown.mean((0, 1)) == pytest.approx(np.array([200, 60, 60]) / 255, abs=0.02)
        assert (target - conv1_target()[1]).norm() > 0.1 * target.norm()


def test_a_start_from_the_style_has_the_colours_that_the_style_is_given():
    content = plain(200, 60, 60)
    for colours, mean in (("style", stored(2).mean((0, 1)) / 255), ("moments", np.array([200, 60, 60]) / 255)):
        made = transfer(content=content, init="style", colours=colours, evaluations=1)
        assert made.picture.mean((0, 1)) == pytest.approx(mean, abs=0.03)


def test_style_scale_and_fit_size_the_style():
    def shape(**changes):
        return conv1_target(styles=[StyleSource(stored(2, 64, 32))], size_rule="long", **changes)[0].shape[:2]

    assert shape() == (32, 16)
    assert shape(style_scale=2.0) == (64, 32)
    assert shape(style_scale=4.0) == (128, 64)
    assert shape(style_scale=4.0, style_upscale=False) == (64, 32)
    assert shape(style_fit="content") == (32, 32)
    assert shape(style_fit="content", style_scale=0.5) == (16, 16)


def test_style_scale_changes_what_is_aimed_at():
    assert not torch.equal(conv1_target()[1], conv1_target(style_scale=0.5)[1])


RED, BLUE = plain(210, 40, 40), plain(40, 40, 210)
#: A Gram matrix does not tell features from their negatives: colours need a ReLU, or the means that Wasserstein has.
COLOURS = {
    "gram": {"style_layers": ("relu1_1", "relu2_1"), "evaluations": 100, "max_change": 0.1},
    "wasserstein": {
        "style_statistic": "wasserstein",
        "style_layers": ("conv1_1",),
        "evaluations": 100,
        "max_change": 0.1,
    },
}
#: And means it knows only by their squares.
CLOSE = {"gram": 55, "wasserstein": 25}
by_statistic = pytest.mark.parametrize("statistic", COLOURS)


@by_statistic
def test_each_region_gets_the_colours_of_its_style(statistic):
    made = texture([StyleSource(RED, 1.0, LEFT), StyleSource(BLUE, 1.0, RIGHT)], **COLOURS[statistic])
    for columns, style in ((slice(0, 13), RED), (slice(19, 32), BLUE)):
        assert made.image[:, columns].mean((0, 1)) == pytest.approx(style.mean((0, 1)), abs=CLOSE[statistic])


@by_statistic
def test_only_the_chosen_part_of_a_style_gives_its_colours(statistic):
    halves = np.concatenate([RED[:, :16], BLUE[:, :16]], axis=1)
    made = texture([StyleSource(halves, 1.0, None, RIGHT)], **COLOURS[statistic])
    assert made.image.mean((0, 1)) == pytest.approx(BLUE.mean((0, 1)), abs=CLOSE[statistic])


@by_statistic
def test_a_mix_lies_between_its_styles_by_weight(statistic):
    def redness(*weights):
        made = texture([StyleSource(RED, weights[0]), StyleSource(BLUE, weights[1])], **COLOURS[statistic])
        mean = made.image.mean((0, 1))
        return mean[0] - mean[2]

    mostly_red, even, mostly_blue = redness(9, 1), redness(3, 3), redness(1, 9)
    assert mostly_red > 50 > even > -50 > mostly_blue
    assert redness(6, 6) == pytest.approx(even, abs=1e-6)


def test_a_picture_too_small_for_its_layers_is_named():
    with pytest.raises(ValueError, match=r"^size: a style becomes 2 x 2 pixels, and conv3_1 needs 4 on each side$"):
        transfer(style_scale=1 / 16)


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
