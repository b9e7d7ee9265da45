import pytest

from nst.groups import SYNTHESIS, TRANSFER, VIDEO
from nst.recipes import RECIPES
from nst.resolution import SettingsError, checked, complete
from nst.settings import FIELDS, Settings, group

FEATURES = ("network", "picture", "features")
BLEND = ("picture", "blend")


def used(content, style):
    return TRANSFER if content and style else (*SYNTHESIS, "content" if content else "style")


def settings(content=True, style=True, groups=None, **chosen):
    return complete(checked(chosen), groups or used(content, style))[1]


def mistakes(content=True, style=True, groups=None, **chosen):
    with pytest.raises(SettingsError) as caught:
        complete(checked(chosen), groups or used(content, style))
    assert str(caught.value) == "\n".join(caught.value.messages)
    return caught.value.messages


@pytest.mark.parametrize("recipe", RECIPES)
def test_what_is_not_chosen_is_the_recipes(recipe):
    name, found = complete({"recipe": recipe})
    own = RECIPES[recipe].settings
    other = ("history", "line_search", "curvature_gate", "max_change") if own.optimizer == "adam" else ("betas",)
    idle = [] if own.init == "noise" else ["noise", "noise_centre", "noise_spread"]
    idle += [] if own.style_statistic == "gram" else ["gram_divisor", "style_reduction"]
    idle += [] if own.tv_weight else ["tv"]
    idle += ["feature_layers", "feature_filters", "blend_offset", "blend_seam", *group("video")]
    same = own.values() | dict.fromkeys((*other, *idle))
    smaller = sum(size < own.size for size in own.coarse_sizes)  # the others are for larger pictures
    same |= {name: same[name][:smaller] for name in ("coarse_sizes", "coarse_evaluations")}
    assert name == recipe
    assert found.values() == same


def test_a_video_has_settings_of_frames_that_mean_something_to_its_mode():
    independent, warm = (complete({"frames": mode}, VIDEO)[1] for mode in ("independent", "warm"))
    assert (independent.temporal_weight, independent.frame_batch) == (None, 1)
    assert (warm.temporal_weight, warm.frame_batch) == (Settings().temporal_weight, None)
    assert warm.video_format == "mp4"
    assert all(getattr(complete({"frames": "warm"})[1], name) is None for name in group("video"))


def test_without_a_recipe_it_is_the_default_one():
    name, found = complete({})
    assert name == "cmu-16726"
    assert found.style_weight == 1e6


def test_what_is_chosen_comes_before_the_recipe():
    found = settings(recipe="gatys-paper", style_weight=3, size=300, seed=4)
    assert (found.style_weight, found.size, found.seed, found.pooling) == (3.0, 300, 4, "average")


@pytest.mark.parametrize(
    ("chosen", "weights"),
    [
        ({}, "imagenet"),
        ({"backbone": "compact"}, "packaged"),
        ({"backbone": "compact", "recipe": "untrained"}, "packaged"),
        ({"backbone": "compact", "weights": "random:3"}, "random:3"),
        ({"backbone": "compact", "weights": "own.pth"}, "own.pth"),
        ({"recipe": "compact"}, "packaged"),
        ({"recipe": "compact", "backbone": "vgg16"}, "imagenet"),
        ({"recipe": "compact", "weights": "random:1"}, "random:1"),
    ],
)
def test_a_network_has_weights_that_fit_it_where_none_are_chosen(chosen, weights):
    assert settings(**chosen).weights == weights


def test_weights_that_a_network_never_had_are_refused():
    never = "weights: compact never saw ImageNet: expected packaged, random or a file"
    assert mistakes(backbone="compact", weights="imagenet") == [never]
    only = "weights: only compact comes with its own: expected imagenet, random or a file"
    assert mistakes(backbone="vgg16", weights="packaged") == [only]


def test_layers_are_resolved_from_any_dialect():
    found = settings(content_layers="conv_4", style_layers=[0, "relu2_1", "conv5"])
    assert found.content_layers == ("conv2_2",)
    assert found.style_layers == ("conv1_1", "relu2_1", "conv3_1")


@pytest.mark.parametrize("white", [1.0, 255.0])
def test_adam_where_the_recipe_has_lbfgs_steps_by_a_fiftieth_of_white(white):
    found = settings(optimizer="adam", pixel_range=white)
    assert found.learning_rate == 0.02 * white
    assert found.betas == (0.9, 0.999)
    assert (found.history, found.line_search, found.curvature_gate, found.max_change) == (None, None, None, None)


@pytest.mark.parametrize("white", [1.0, 255.0])
def test_lbfgs_where_the_recipe_has_adam_takes_whole_steps_and_is_not_clamped(white):
    """Its rate is a factor on a step that knows its unit; clamping would spoil what it learns of the curvature."""
    found = settings(recipe="crowsonkb", optimizer="lbfgs", pixel_range=white)
    assert (found.learning_rate, found.clamp, found.betas) == (1.0, "never", None)
    assert (found.history, found.line_search, found.curvature_gate, found.max_change) == (100, "none", "relative", 0.0)
    assert found.averaging == 0.0


def test_with_another_optimiser_what_is_chosen_still_counts():
    found = settings(recipe="crowsonkb", optimizer="lbfgs", learning_rate=0.5, clamp="update", history=7)
    assert (found.learning_rate, found.clamp, found.history) == (0.5, "update", 7)


def test_the_recipes_own_optimiser_keeps_its_step_and_drops_what_is_the_others():
    found = settings(recipe="naas-adam", history=7, line_search="strong-wolfe")
    assert (found.learning_rate, found.history, found.line_search) == (0.2, None, None)


def test_a_texture_has_no_content_and_starts_from_noise():
    found = settings(content=False, recipe="pytorch-tutorial")
    assert (found.content_layers, found.content_weight, found.content_reduction) == (None, None, None)
    assert (found.init, found.style_weight) == ("noise", 1e6)


def test_a_reconstruction_has_no_style_and_starts_from_noise():
    found = settings(style=False, recipe="crowsonkb")
    style = ("layers", "weight", "layer_weights", "statistic", "reduction")
    assert [getattr(found, f"style_{name}") for name in style] == [None] * 5
    assert (found.gram_divisor, found.init, found.content_weight) == (None, "noise", 0.015)


def test_a_texture_may_start_from_its_style_and_a_reconstruction_from_its_content():
    assert settings(content=False, init="style").init == "style"
    assert settings(style=False, init="content").init == "content"


def test_only_noise_is_begun_again():
    assert settings(restarts=3).restarts == 3
    assert settings(restarts=3, init="content").restarts == 0
    assert settings(restarts=3, recipe="gordicaleksa").restarts == 0


@pytest.mark.parametrize(
    ("size", "sizes", "counts"),
    [
        (512, (128, 181, 256, 362), (1000, 500, 500, 500)),
        (300, (128, 181, 256), (1000, 500, 500)),
        (256, (128, 181), (1000, 500)),
        (128, (), ()),
        (96, (), ()),
    ],
)
def test_a_recipes_coarse_sizes_end_below_the_size_asked_for(size, sizes, counts):
    found = settings(recipe="crowsonkb", size=size)
    assert (found.coarse_sizes, found.coarse_evaluations) == (sizes, counts)


def test_coarse_sizes_of_ones_own_bring_no_counts_of_the_recipes():
    found = settings(recipe="crowsonkb", coarse_sizes=[64])
    assert (found.coarse_sizes, found.coarse_evaluations) == ((64,), ())
    assert settings(recipe="crowsonkb", coarse_sizes=[]).coarse_evaluations == ()
    assert settings(recipe="crowsonkb", coarse_sizes=[64], coarse_evaluations=[9]).coarse_evaluations == (9,)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"style_statistic": "wasserstein"}, {"style_statistic": "wasserstein", "gram_divisor": "none"}),
        ({"tv": "nine-point"}, {"tv": "sum-absolute"}),
        ({"init": "content", "noise_spread": 0.1}, {"init": "content", "noise": "normal"}),
        ({"coarse_evaluations": [7]}, {"coarse_evaluations": [9]}),
        (
            {"coarse_sizes": [32, 64], "coarse_evaluations": [7]},
            {"coarse_sizes": [32, 64], "coarse_evaluations": [7, 7]},
        ),
    ],
)
def test_settings_that_mean_the_same_are_the_same(one, other):
    assert settings(**one) == settings(**other)


def test_counts_of_ones_own_go_with_the_recipes_coarse_sizes():
    found = settings(recipe="crowsonkb", size=200, coarse_evaluations=[30])
    assert (found.coarse_sizes, found.coarse_evaluations) == ((128, 181), (30, 30))


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        (
            {"line_search": "strong-wolfe", "clamp": "update"},
            "clamp: a line search needs the trial it asked for: expected never with line_search: strong-wolfe",
        ),
        (
            {"line_search": "strong-wolfe", "averaging": 0.9},
            "averaging: a line search drops trials that an average takes in: expected 0 with strong-wolfe",
        ),
        (
            {"coarse_sizes": [64, 32], "size": 128},
            "coarse_sizes: [64, 32] before size 128: expected growing sizes below it",
        ),
        (
            {"coarse_sizes": [64, 128], "size": 128},
            "coarse_sizes: [64, 128] before size 128: expected growing sizes below it",
        ),
        (
            {"coarse_sizes": [32, 48, 64], "coarse_evaluations": [5, 6], "size": 128},
            "coarse_evaluations has 2 numbers for 3 coarse sizes",
        ),
        (
            {"style_layer_weights": [1, 2], "style_layers": ["conv1_1"]},
            "style_layer_weights has 2 numbers for 1 style layers",
        ),
        ({"style_layers": ["conv1_1", "0"]}, "style_layers names a layer twice: conv1_1, conv1_1"),
        (
            {"content_layers": "conv4_9"},
            "vgg19 has no layer 'conv4_9': expected conv1_1 to conv5_4 (or relu...), conv1 to conv16, or a torchvision "
            "index of a convolution or ReLU below 36; did you mean conv4_4?",
        ),
        (
            {"content": False, "init": "content"},
            "init: a texture has no content to start from: expected noise, uniform, normal or grey",
        ),
        (
            {"style": False, "init": "style"},
            "init: a reconstruct has no style to start from: expected noise, uniform, normal or grey",
        ),
        (
            {"content": False, "colours": "luminance"},
            "colours: only a transfer has a content whose colours could be kept: leave it out",
        ),
    ],
)
def test_what_does_not_go_together_is_said_in_a_sentence(chosen, message):
    assert mistakes(**chosen) == [message]


def test_all_mistakes_are_named_at_once():
    found = mistakes(style_layers=["conv9", "conv99_1"], style_layer_weights=[1], coarse_sizes=[900])
    assert [message.split(":")[0] for message in found] == [
        "coarse_sizes",
        "style_layer_weights has 1 numbers for 2 style layers",
        "vgg19 has no layer 'conv99_1'",
    ]


def test_unknown_names_and_wrong_values_are_answered_with_the_nearest():
    with pytest.raises(SettingsError) as caught:
        checked({"recipe": "gatys", "style_wieght": 3, "recipes": "untrained", "optimizer": "adm", "size": 8, "zzz": 1})
    assert caught.value.messages == [
        f"recipe: 'gatys': expected one of {', '.join(RECIPES)}; did you mean gatys-paper?",
        "unknown setting 'style_wieght'; did you mean style_weight?",
        "unknown setting 'recipes'; did you mean recipe?",
        "optimizer: 'adm': expected one of lbfgs, adam; did you mean adam?",
        "size: 8: expected a whole number of pixels from 16 to 16384",
        "unknown setting 'zzz'",
    ]


def test_a_recipe_that_is_no_word_is_a_mistake_and_no_crash():
    assert mistakes(recipe=["untrained"]) == [f"recipe: ['untrained']: expected one of {', '.join(RECIPES)}"]


def test_settings_of_groups_that_a_run_does_not_use_are_none_whatever_was_chosen():
    found = settings(groups=FEATURES, init="content", evaluations=7, style_scale=2, feature_layers="relu1", size=64)
    given = {name for name, value in found.values().items() if value is not None}
    assert given == {name for name, item in FIELDS.items() if item.metadata["group"] in FEATURES}
    assert (found.feature_layers, found.feature_filters, found.size) == (("relu1_1",), 5, 64)


def test_what_does_not_go_together_is_no_mistake_where_it_is_not_used():
    assert settings(groups=FEATURES, line_search="strong-wolfe", clamp="update").line_search is None
    assert settings(groups=BLEND, pooling="average", backbone="resnet50").backbone is None


def test_layers_of_features_are_resolved_and_refused_as_others():
    assert settings(groups=FEATURES, feature_layers=["conv_4", 0]).feature_layers == ("conv2_2", "conv1_1")
    (message,) = mistakes(groups=FEATURES, feature_layers=["conv9_9"])
    assert message.startswith("vgg19 has no layer 'conv9_9'")
    assert mistakes(groups=FEATURES, feature_layers=["conv1_1", 0]) == [
        "feature_layers names a layer twice: conv1_1, conv1_1"
    ]


def test_what_only_blends_blends_by_gradients_unless_told_otherwise():
    assert (settings(groups=BLEND).blend, settings(groups=BLEND).blend_offset) == ("poisson", (0, 0))
    found = settings(groups=BLEND, blend="mixed", blend_offset=[-3, 5])
    assert (found.blend, found.blend_offset) == ("mixed", (-3, 5))
    assert mistakes(groups=BLEND, blend="none") == [
        "blend: none: a blend has nothing else to do: expected paste, poisson or mixed"
    ]


def test_a_transfer_blends_only_when_asked_and_has_nothing_to_move():
    assert (settings().blend, settings().blend_offset) == ("none", None)
    assert (settings(blend="mixed", blend_offset=[1, 1]).blend, settings(blend="mixed").blend_offset) == ("mixed", None)


def test_only_what_is_solved_for_has_a_seam():
    assert [settings(groups=BLEND, blend=way).blend_seam for way in ("paste", "poisson", "mixed")] == [
        None, "source", "source"
    ]  # fmt: skip
    assert [settings(blend=way).blend_seam for way in ("none", "paste", "mixed")] == [None, None, "source"]
    assert settings(groups=BLEND, recipe="naas-adam").blend_seam == "flat"
    assert settings(groups=BLEND, recipe="naas-adam", blend_seam="source").blend_seam == "source"
    assert settings(groups=FEATURES, blend_seam="flat").blend_seam is None
