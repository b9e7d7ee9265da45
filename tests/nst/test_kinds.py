import re
from pathlib import Path

import numpy as np
import pytest

from nst import kinds
from nst.kinds import RefusedError


def refusal(kind, value):
    with pytest.raises(RefusedError) as caught:
        kind.check(value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("kind", "value", "one_form"),
    [
        (kinds.COUNT, 3.0, 3),
        (kinds.COUNT, np.int64(7), 7),
        (kinds.RETRIES, 0, 0),
        (kinds.WEIGHT, 0, 0.0),
        (kinds.WEIGHT, np.float32(0.5), 0.5),
        (kinds.POSITIVE, 1e-30, 1e-30),
        (kinds.SIDE, 16, 16),
        (kinds.SIDES, (32, 64.0), [32, 64]),
        (kinds.SIDES, [], []),
        (kinds.SIDES, 64, [64]),
        (kinds.COUNTS, [5], [5]),
        (kinds.BETAS, (0, 0.5), [0.0, 0.5]),
        (kinds.LAYERS, "conv1_1", ["conv1_1"]),
        (kinds.LAYERS, 21, ["21"]),
        (kinds.LAYERS, [0, "relu1_1"], ["0", "relu1_1"]),
        (kinds.WEIGHTS, "random", "random:0"),
        (kinds.WEIGHTS, "random:007", "random:7"),
        (kinds.WEIGHTS, "imagenet", "imagenet"),
        (kinds.WEIGHTS, Path("nets/own.safetensors"), "nets/own.safetensors"),
        (kinds.LAYER_FACTORS, "average", "average"),
        (kinds.LAYER_FACTORS, (1, np.float64(2)), [1.0, 2.0]),
        (kinds.CENTRE, "mean", "mean"),
        (kinds.CENTRE, "style", "style"),
        (kinds.CENTRE, -1, -1.0),
        (kinds.SWITCH, False, False),
        (kinds.one_of(("a", "b")), "b", "b"),
    ],
)
def test_a_value_comes_back_in_its_one_form(kind, value, one_form):
    checked = kind.check(value)
    assert checked == one_form
    assert type(checked) is type(one_form)


NUMBER = "expected a number from 0 to 1e30, such as 1e6"
FILE = "expected imagenet, packaged, random, random:<seed>, or the path of a .pth or .safetensors file"


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        (kinds.COUNT, 0, "0: expected a whole number from 1 to 1,000,000"),
        (kinds.COUNT, 2.5, "2.5: expected a whole number from 1 to 1,000,000"),
        (kinds.COUNT, True, "true: expected a whole number from 1 to 1,000,000"),
        (kinds.COUNT, "3", "'3': expected a whole number from 1 to 1,000,000"),
        (kinds.WEIGHT, float("nan"), f"nan: {NUMBER}"),
        (kinds.WEIGHT, float("inf"), f"inf: {NUMBER}"),
        (kinds.WEIGHT, -1, f"-1: {NUMBER}"),
        (kinds.WEIGHT, None, f"null: {NUMBER}"),
        (kinds.WEIGHT, 1j, f"1j: {NUMBER}"),
        (kinds.POSITIVE, 0, "0: expected a number above 0"),
        (kinds.FRACTION, 1, "1: expected a number from 0 to below 1"),
        (kinds.SIDE, 15, "15: expected a whole number of pixels from 16 to 16384"),
        (kinds.SEED, 2**32, "4294967296: expected a whole number from 0 to 4294967295"),
        (kinds.SCALE, 17, "17: expected a factor from 0.0625 to 16"),
        (kinds.WIDTH, 0.01, "0.01: expected a factor from 0.015625 to 8, 1 for the published network"),
        (kinds.SIDES, 8, "8: expected a whole number of pixels from 16 to 16384, or a list of them, smallest first"),
        (
            kinds.SIDES,
            [64, 8],
            "[64, 8]: expected a whole number of pixels from 16 to 16384, or a list of them, smallest first",
        ),
        (kinds.BETAS, [0.9], "[0.9]: expected two numbers from 0 to below 1"),
        (kinds.BETAS, [0.9, 1.0], "[0.9, 1.0]: expected two numbers from 0 to below 1"),
        (kinds.LAYERS, [], "[]: expected a layer name or a list of them, such as [conv1_1, conv2_1]"),
        (kinds.LAYERS, [True], "[True]: expected a layer name or a list of them, such as [conv1_1, conv2_1]"),
        (kinds.WEIGHTS, "", f"'': {FILE}"),
        (kinds.WEIGHTS, "imagnet", f"'imagnet': {FILE}; did you mean imagenet?"),
        (kinds.WEIGHTS, 3, f"3: {FILE}"),
        (
            kinds.WEIGHTS,
            "random:x",
            "'random:x': expected random:<seed> with a whole number of up to 10 digits, such as random:7",
        ),
        (
            kinds.LAYER_FACTORS,
            [],
            "[]: expected sum, average, channels, or a list with one number from 0 to 1e30 per style layer",
        ),
        (kinds.CENTRE, 11, "11: expected mean, style, or a number from -10 to 10, 0 for black and 1 for white"),
        (kinds.SWITCH, "yes", "'yes': expected true or false"),
        (kinds.one_of(("lbfgs", "adam")), "Adm", "'Adm': expected one of lbfgs, adam; did you mean adam?"),
        (kinds.one_of(("lbfgs", "adam")), ["adam"], "['adam']: expected one of lbfgs, adam"),
    ],
)
def test_what_a_setting_cannot_be_is_refused_with_what_was_expected(kind, value, message):
    assert refusal(kind, value) == message


def test_a_long_value_is_shown_in_part():
    assert re.match(r"'x{57}\.\.\.': expected", refusal(kinds.SWITCH, "x" * 1000))


def test_the_nearest_word_is_offered_where_one_is_near():
    assert kinds.nearest("styl_weight", ["style_weight", "size"]) == "; did you mean style_weight?"
    assert kinds.nearest("zzz", ["style_weight", "size"]) == ""
