import pytest

from nst.stages import Stage, result_size, source_size, stages, style_size, total_evaluations
from tests.nst.small import settings


@pytest.mark.parametrize(
    ("sizes", "counts", "expected"),
    [
        ((), (), [(256, 50)]),
        ((64, 128), (), [(64, 50), (128, 50), (256, 50)]),
        ((64, 128), (9,), [(64, 9), (128, 9), (256, 50)]),
        ((64, 128), (9, 7), [(64, 9), (128, 7), (256, 50)]),
        ((), (9,), [(256, 50)]),
    ],
)
def test_a_run_goes_from_coarse_to_fine(sizes, counts, expected):
    chosen = settings(size=256, evaluations=50, coarse_sizes=sizes, coarse_evaluations=counts)
    assert stages(chosen) == tuple(Stage(*stage) for stage in expected)
    assert total_evaluations(chosen) == sum(count for _, count in expected)


@pytest.mark.parametrize(("rule", "expected"), [("long", (100, 75)), ("short", (133, 100)), ("stretch", (100, 100))])
def test_the_result_is_sized_by_the_rule(rule, expected):
    assert result_size(settings(size_rule=rule), 100, 400, 300) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, (60, 120)),
        ({"style_scale": 0.5}, (30, 60)),
        ({"style_scale": 2.0}, (120, 240)),
        ({"style_fit": "content"}, (120, 90)),
        ({"style_fit": "content", "style_scale": 0.5}, (60, 45)),
        ({"size_rule": "stretch", "style_scale": 0.5}, (60, 60)),
        # of 80 x 160 pixels, which may not grow
        ({"style_scale": 2.0, "style_upscale": False}, (80, 160)),
        ({"style_scale": 0.5, "style_upscale": False}, (30, 60)),
        ({"style_fit": "content", "style_upscale": False}, (80, 90)),
        ({"size_rule": "stretch", "style_upscale": False}, (80, 120)),
    ],
)
def test_a_style_of_80_by_160_pixels_for_a_result_of_120_by_90(changes, expected):
    chosen = settings(**{"size_rule": "long", **changes})
    assert style_size(chosen, 120, 80, 160, (120, 90)) == expected


def test_no_style_is_scaled_down_to_nothing():
    assert style_size(settings(size_rule="long", style_scale=1 / 16), 16, 1000, 10, (16, 16)) == (1, 1)


@pytest.mark.parametrize(
    ("source", "target", "result", "size"),
    [
        ((400, 300), (400, 300), (224, 224), (224, 224)),
        ((40, 30), (400, 300), (200, 150), (20, 15)),
        ((400, 300), (400, 300), (800, 600), (800, 600)),
        ((3, 400), (400, 100), (40, 10), (1, 40)),
    ],
)
def test_the_source_of_a_blend_keeps_its_size_beside_the_target(source, target, result, size):
    assert source_size(source, target, result) == size
