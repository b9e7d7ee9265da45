"""What cannot be blended is told with its place, before anything runs."""

import numpy as np
import pytest

from bench.manifest import load
from bench.manifest.source import SourceError
from bench.plan import make_plan
from nst import images

BLEND = """\
name: fused
images:
  contents: {one: one.png}
  styles: {left: left.png, right: right.png}
defaults: {size: 32, size_rule: long, evaluations: 3}
experiments:
  fuse: {task: blend, pairs: {styles: [left]}}
"""


@pytest.fixture
def cut_out(folder):
    """Makes the style on the left a cut-out: opaque where ``opaque`` says."""

    def cut(opaque, name="left"):
        pixels = images.read(folder / f"{name}.png")
        alpha = np.where(opaque, 255, 0).astype(np.uint8) * np.ones(pixels.shape[:2], np.uint8)
        (folder / f"{name}.png").write_bytes(images.encode_png(pixels, alpha))

    return cut


@pytest.fixture
def mistakes(manifest):
    def found(text):
        with pytest.raises(SourceError) as caught:
            make_plan(load(manifest(text)))
        return [f"{problem.line}: {problem.where}: {problem.message}" for problem in caught.value.problems]

    return found


def half(height=40, width=48):
    return np.arange(width)[None, :] < width // 2


def test_a_blend_has_the_settings_that_it_uses_and_no_weights(manifest, cut_out):
    cut_out(half())
    (job,) = make_plan(load(manifest(BLEND))).jobs.values()
    used = {name: value for name, value in job.parameters.items() if value is not None}
    assert used == {
        "task": "blend", "recipe": "cmu-16726", "size": 32, "size_rule": "long", "resampling": "bicubic",
        "blend": "poisson", "blend_offset": [0, 0], "blend_seam": "source",
    }  # fmt: skip
    assert job.weights == "none"


def test_a_source_without_alpha_has_no_mask_nor_has_one_that_is_opaque_throughout(mistakes, cut_out):
    said = [
        "4: images.styles.left: style 'left' has no mask: its alpha channel is missing, or opaque throughout: save it "
        "with all transparent that is not to be blended (experiment fuse)"
    ]
    assert mistakes(BLEND) == said
    cut_out(np.ones((40, 48), bool))
    assert mistakes(BLEND) == said


def test_an_empty_mask_is_told(mistakes, cut_out):
    cut_out(np.zeros((40, 48), bool))
    assert mistakes(BLEND) == [
        "4: images.styles.left: style 'left' is an empty mask: nothing of it is opaque by half or more "
        "(experiment fuse)"
    ]


def test_a_source_is_one_picture(mistakes):
    text = BLEND.replace("right: right.png", "right: right.png, both: {mix: {left: 1, right: 1}}")
    assert mistakes(text.replace("styles: [left]}}", "styles: [both]}}")) == [
        "4: images.styles.both: style 'both' is made of several pictures: the source of a blend is one, with the mask "
        "in its alpha channel (experiment fuse)"
    ]


@pytest.mark.parametrize(
    ("offset", "outside"),
    [([31, 0], False), ([32, 0], True), ([-15, -26], False), ([-32, 0], True), ([0, 27], True)],
)
def test_a_source_must_lie_on_the_target_somewhere(manifest, mistakes, cut_out, offset, outside):
    cut_out(half())
    text = BLEND.replace("task: blend,", f"task: blend, defaults: {{blend_offset: {offset}}},")
    if not outside:
        assert len(make_plan(load(manifest(text))).jobs) == 1
        return
    assert mistakes(text) == [
        f"7: experiments.fuse.defaults.blend_offset: blend_offset: {offset}: style 'left', 32 x 27 pixels there, lies "
        "wholly outside of the result, 32 x 27 pixels"
    ]


def test_and_so_must_its_mask(mistakes, cut_out):
    """Of which the right half of the source has nothing."""
    cut_out(half())
    assert mistakes(BLEND.replace("task: blend,", "task: blend, defaults: {blend_offset: [-16, 2]},")) == [
        "7: experiments.fuse.defaults.blend_offset: blend_offset: [-16, 2]: style 'left': nothing of the mask lies on "
        "the target: with the source's corner at column -16, row 2 it is within columns -16 to -1 and rows 2 to 28, "
        "and the target is 32 x 27 pixels"
    ]


def test_a_blend_of_nothing_is_no_blend(mistakes, cut_out):
    cut_out(half())
    assert mistakes(BLEND.replace("task: blend,", "task: blend, defaults: {blend: none},")) == [
        "7: experiments.fuse.defaults.blend: blend: none: a blend has nothing else to do: expected paste, poisson or "
        "mixed"
    ]


TRANSFER = BLEND.replace(
    "{task: blend, pairs: {styles: [left]}}", "{pairs: {styles: [left]}, defaults: {blend: mixed}}"
)


def test_a_transfer_needs_regions_to_blend_them_back(mistakes):
    assert mistakes(TRANSFER) == [
        "7: experiments.fuse.defaults.blend: blend: mixed: style 'left' applies everywhere, so there is no region to "
        "blend into the content: give it regions"
    ]


@pytest.mark.parametrize(("level", "fits"), [(255, True), (100, False)])
def test_and_regions_that_hold_a_pixel(manifest, mistakes, folder, level, fits):
    grey = np.zeros((20, 20, 3), np.uint8)
    grey[5:15, 5:15] = level
    (folder / "mask.png").write_bytes(images.encode_png(grey))
    text = TRANSFER.replace("right: right.png", "part: {regions: [{style: left, mask: mask.png}]}")
    text = text.replace("styles: [left]}", "styles: [part]}").replace("size: 32", "weights: random, size: 32")
    if fits:
        assert len(make_plan(load(manifest(text))).jobs) == 1
        return
    assert mistakes(text) == [
        "7: experiments.fuse.defaults.blend: blend: mixed: the masks of style 'part' hold no pixel by half or more, "
        "so there is nothing to blend"
    ]


FEATURES = """\
name: seen
images: {contents: {one: one.png}}
defaults: {weights: random, width: 0.0625, size: 32, evaluations: 3, init: content}
experiments:
  maps: {task: features, defaults: {feature_layers: [conv1_1, 5]}}
"""


def test_features_take_what_they_use_and_set_the_rest_aside(manifest):
    plan = make_plan(load(manifest(FEATURES)))
    (job,) = plan.jobs.values()
    assert (job.parameters["feature_layers"], job.parameters["feature_filters"]) == (["conv1_1", "conv2_1"], 5)
    assert (job.parameters["evaluations"], job.parameters["init"], job.label) == (None, None, "one")
    assert plan.warnings == []  # what a recipe was made for are losses


def test_repeats_of_what_has_no_seed_are_a_mistake(mistakes):
    assert mistakes(FEATURES.replace("task: features,", "task: features, repeats: 3,")) == [
        "5: experiments.maps.repeats: all values of seed come to the same here: task features"
    ]


def test_a_sheet_that_nothing_could_open_is_a_mistake(mistakes):
    text = FEATURES.replace("[conv1_1, 5]", "conv1_1, feature_filters: 64, size: 16384")
    assert mistakes(text) == [
        "5: experiments.maps.defaults.feature_filters: the sheet of 4 filters of 16384 x 16384 pixels becomes 65548 x "
        "16384: more than 178956970 pixels are refused: fewer filters, or a smaller size"
    ]
