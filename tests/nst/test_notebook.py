import math
import re
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

import nst
from nst import images
from nst.diagnosis import VERDICTS
from nst.images import Picture, PictureError
from nst.resolution import SettingsError
from nst.samples import UnknownSampleError
from tests.nst.small import plain, stored

CONTENT, STYLE, OTHER = Picture(stored(1, 30, 40)), Picture(stored(2)), Picture(stored(3))
SMALL = {
    "recipe": "untrained",
    "backbone": "vgg16",
    "weights": "random:1",
    "width": 0.0625,
    "size": 32,
    "evaluations": 4,
    "style_layers": ["conv1_1", "conv2_1"],
    "device": "cpu",
}


def refused(function, *args, **settings):
    with pytest.raises(SettingsError) as caught:
        function(*args, **{**SMALL, **settings})
    return caught.value.messages


def test_the_five_lines_of_the_packages_own_documentation_work(tmp_path, monkeypatch, capsys):
    """As printed there, with a smaller network."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photo.jpg").write_bytes(images.encode_png(CONTENT.pixels))
    shown = re.findall(r"^    (.*)$", nst.__doc__, flags=re.MULTILINE)
    assert len(shown) == 5
    names = {"SMALL": SMALL}
    exec("\n".join(shown).replace('recipe="cmu-16726", size=256', "**SMALL"), names)
    assert Image.open(tmp_path / "photo-in-swirls.png").size == (32, 24)
    assert names["result"].settings.size == 32
    assert names["result"].diagnosis.reason in capsys.readouterr().out


def test_a_result_has_its_picture_settings_recipe_and_diagnosis():
    result = nst.transfer(CONTENT, STYLE, **SMALL)
    assert (result.picture.shape, result.picture.dtype) == ((24, 32, 3), np.uint8)
    assert result.recipe == "untrained"
    assert (result.settings.size, result.settings.style_weight) == (32, 1e6)
    assert result.diagnosis == result.made.diagnosis
    assert result.diagnosis.verdict in VERDICTS


def test_the_curve_is_a_table_with_a_row_per_evaluation():
    result = nst.transfer(CONTENT, STYLE, **{**SMALL, "size": 48, "coarse_sizes": [32], "tv_weight": 1})
    terms = ["content.conv2_2", "style.conv1_1", "style.conv2_1", "tv"]
    assert list(result.curve.columns) == ["evaluation", "seconds", "size", "total", *terms]
    assert result.curve["evaluation"].tolist() == list(range(8))
    assert result.curve["size"].tolist() == [32] * 4 + [48] * 4
    assert result.curve[terms].sum(axis=1).tolist() == pytest.approx(result.curve["total"].tolist())
    assert result.curve["seconds"].is_monotonic_increasing


def test_textures_and_reconstructions_have_their_own_words():
    texture = nst.texture(STYLE, **SMALL)
    assert list(texture.curve.columns[4:]) == ["style.conv1_1", "style.conv2_1"]
    assert texture.picture.shape == (32, 32, 3)
    rebuilt = nst.reconstruct(CONTENT, **SMALL)
    assert list(rebuilt.curve.columns[4:]) == ["content.conv2_2"]
    assert rebuilt.picture.shape == (24, 32, 3)


def test_styles_are_mixed_by_weight_and_a_list_is_an_even_mix():
    def picture(style):
        return nst.transfer(CONTENT, style, **SMALL).made.picture

    assert np.array_equal(picture([STYLE, OTHER]), picture([(STYLE, 2), (OTHER, 2)]))
    assert np.array_equal(picture([STYLE]), picture(STYLE))
    assert not np.array_equal(picture([STYLE, OTHER]), picture([(STYLE, 1), (OTHER, 3)]))


def test_regions_put_each_style_in_its_place(tmp_path):
    wasserstein = {
        "style_statistic": "wasserstein",
        "evaluations": 60,
        "style_layers": "conv1_1",
        "size_rule": "stretch",
    }
    red, blue = Picture(plain(210, 40, 40)), Picture(plain(40, 40, 210))
    own = np.zeros((10, 10), dtype=np.uint8)
    own[:, :5] = 255
    Image.fromarray(own).save(tmp_path / "left.png")
    for left in ("mask:left", str(tmp_path / "left.png")):
        picture = nst.texture([red, blue], regions=[left, "mask:right"], **{**SMALL, **wasserstein}).picture
        assert picture[:, :13].mean((0, 1)) == pytest.approx([210, 40, 40], abs=30)
        assert picture[:, 19:].mean((0, 1)) == pytest.approx([40, 40, 210], abs=30)
    everywhere = nst.texture([red], regions=[None], **{**SMALL, **wasserstein})
    assert np.array_equal(everywhere.picture, nst.texture(red, **{**SMALL, **wasserstein}).picture)


def test_a_picture_is_saved_with_the_contents_transparency(tmp_path):
    alpha = np.zeros((30, 40), dtype=np.uint8)
    alpha[:, 20:] = 255
    result = nst.transfer(Picture(CONTENT.pixels, alpha), STYLE, **SMALL)
    result.save(tmp_path / "out.png")
    saved = Image.open(tmp_path / "out.png")
    assert (saved.mode, saved.size) == ("RGBA", (32, 24))
    assert np.asarray(saved)[:, [0, 31], 3].tolist() == [[0, 255]] * 24
    assert np.array_equal(np.asarray(saved)[..., :3], result.picture)


def test_in_a_notebook_a_result_shows_itself():
    result = nst.transfer(CONTENT, STYLE, **SMALL)
    shown = Image.open(BytesIO(result._repr_png_()))
    assert shown.mode == "RGB"
    assert np.array_equal(np.asarray(shown), result.picture)


def test_a_run_can_be_had_again():
    assert np.array_equal(*(nst.transfer(CONTENT, STYLE, **SMALL).made.picture for _ in range(2)))
    other = nst.transfer(CONTENT, STYLE, **{**SMALL, "seed": 1})
    assert not np.array_equal(other.made.picture, nst.transfer(CONTENT, STYLE, **SMALL).made.picture)


def test_double_precision_is_asked_for_by_name():
    assert nst.transfer(CONTENT, STYLE, **{**SMALL, "precision": "float64"}).made.picture.dtype == np.float64


def test_loading_reads_files_and_samples_and_names_the_nearest(tmp_path):
    (tmp_path / "one.png").write_bytes(images.encode_png(CONTENT.pixels))
    assert np.array_equal(nst.load(tmp_path / "one.png").pixels, CONTENT.pixels)
    assert nst.load("sample:swirls").pixels.shape[2] == 3
    with pytest.raises(UnknownSampleError) as caught:
        nst.load("sample:swrils")
    assert caught.value.message == "no sample is named 'swrils'; did you mean 'swirls'?"
    with pytest.raises(PictureError) as missing:
        nst.load(tmp_path / "none.png")
    assert str(missing.value) == f"{tmp_path / 'none.png'}: cannot be read: No such file or directory"


def test_wrong_settings_are_all_named_with_the_nearest_right_ones():
    assert refused(nst.transfer, CONTENT, STYLE, optimizer="adm", style_wieght=3) == [
        "optimizer: 'adm': expected one of lbfgs, adam; did you mean adam?",
        "unknown setting 'style_wieght'; did you mean style_weight?",
    ]
    assert refused(nst.texture, STYLE, init="content") == [
        "init: a texture has no content to start from: expected noise, uniform, normal or grey"
    ]


@pytest.mark.parametrize("regions", [[], ["mask:left"], ["mask:left"] * 3])
def test_regions_are_as_many_as_styles(regions):
    assert refused(nst.transfer, CONTENT, [STYLE, OTHER], regions=regions) == [
        f"regions has {len(regions)} masks for 2 styles"
    ]


def test_a_mix_needs_pictures_and_weights_above_zero():
    assert refused(nst.transfer, CONTENT, []) == ["style is an empty list: expected one picture or more"]
    for weight in (0, -1, math.inf, math.nan):
        assert refused(nst.transfer, CONTENT, [(STYLE, 1), (OTHER, weight)]) == [
            f"style: a weight is {weight}: expected a number above 0"
        ]


def test_a_mask_that_does_not_exist_is_named():
    with pytest.raises(PictureError) as caught:
        nst.transfer(CONTENT, [STYLE], regions=["mask:lft"], **SMALL)
    assert str(caught.value).startswith("mask:lft: no such mask (did you mean mask:left?): built in are mask:left, ")


def test_a_name_that_the_package_does_not_have_is_none():
    assert nst.__all__ == ["Result", "load", "reconstruct", "texture", "transfer"]
    with pytest.raises(AttributeError, match=r"^module 'nst' has no attribute 'tranfser'$"):
        nst.tranfser  # noqa: B018


def test_pictures_and_masks_may_be_given_by_path_or_sample_name(tmp_path):
    path = tmp_path / "photo.png"
    path.write_bytes(images.encode_png(CONTENT.pixels))
    white = tmp_path / "all.png"
    white.write_bytes(images.encode_png(np.full((8, 8, 3), 255, np.uint8)))
    named = nst.transfer(path, "sample:swirls", regions=[white], **SMALL)
    loaded = nst.transfer(CONTENT, nst.load("sample:swirls"), **SMALL)
    assert named.made.totals == pytest.approx(loaded.made.totals, rel=1e-3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: refused(nst.transfer, CONTENT, STYLE, device="gpu"), "device: 'gpu': expected cpu, cuda or cuda:<n>"),
        (
            lambda: refused(nst.transfer, CONTENT.pixels, STYLE),
            "content is of type ndarray: expected a picture of nst.load, a path or sample:<name>",
        ),
        (lambda: refused(nst.transfer, CONTENT, [(STYLE, "3")]), "style: a weight is '3': expected a number above 0"),
        (
            lambda: refused(nst.reconstruct, CONTENT, regions=["mask:left"]),
            "regions: a reconstruction has no style to place: leave them out",
        ),
        (
            lambda: refused(nst.transfer, CONTENT, STYLE, backbone="alexnet", pooling="l2-rescaled", content_layers="conv2", style_layers="conv1"),
            "pooling l2-rescaled: its factor 0.78 is for the 2 x 2 pools of the VGG backbones, and alexnet pools 3 x 3: use max or average",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_in_one_sentence(call, message):
    assert call() == [message]
