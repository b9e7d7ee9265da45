"""Blending against closed forms and the published equations, pixel by pixel, and what mixed gradients choose."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nst.blending import blend, paste
from nst.blending.guidance import demand

from .blending_pictures import SIDE, disc, flat, noise, photograph
from .blending_references import laid, published, write_up

ROOT = Path(__file__).parent.parent.parent


def mask(*rows):
    """From a drawing: ``#`` is inside."""
    return np.array([[sign == "#" for sign in row] for row in rows])


MASKS = {
    "one pixel": mask(".....", ".....", "..#..", ".....", "....."),
    "one pixel in a corner": mask("#....", ".....", ".....", ".....", "....."),
    "several regions": mask("##..#", "##...", ".....", "#.###", "..#.."),
    "touching at corners": mask("#.#.#", ".#.#.", "#.#.#", ".#.#.", "#.#.#"),
    "a hole": mask(".....", ".###.", ".#.#.", ".###.", "....."),
    "a frame along the border": mask("#####", "#...#", "#...#", "#...#", "#####"),
    "a rectangle within": mask(".....", ".###.", ".###.", ".....", "....."),
    "a rectangle on one border": mask("###..", "###..", "###..", ".....", "....."),
    "a strip from border to border": mask(".....", "#####", "#####", ".....", "....."),
    "all but one pixel": mask("#####", "#####", "###.#", "#####", "#####"),
}


# -- the published equations, literally ----------------------------------------------------------


@pytest.mark.parametrize("mixed", [False, True], ids=["poisson", "mixed"])
@pytest.mark.parametrize("name", MASKS)
def test_it_is_the_published_solution(name, mixed):
    source, target = noise(5, 5), noise(5, 5, seed=1)
    expected = published(source, MASKS[name], target, mixed=mixed)
    assert np.abs(blend(source, MASKS[name], target, mixed=mixed) - expected).max() < 1e-7


@pytest.mark.parametrize("mixed", [False, True], ids=["poisson", "mixed"])
@pytest.mark.parametrize("name", MASKS)
def test_not_across_the_seam_it_is_the_write_up_s(name, mixed):
    source, target = noise(5, 5), noise(5, 5, seed=1)
    expected = write_up(source, MASKS[name], target, mixed=mixed)
    assert np.abs(blend(source, MASKS[name], target, mixed=mixed, across=False) - expected).max() < 1e-7


@pytest.mark.parametrize("offset", [(0, 0), (2, 1), (-2, -3), (8, 9), (-3, 6), (-30, -29)], ids=str)
@pytest.mark.parametrize("mixed", [False, True], ids=["poisson", "mixed"])
def test_what_lies_beyond_the_target_is_cut_off(offset, mixed):
    source, target = noise(40, 40), noise(SIDE, 10, seed=1)
    inside = np.random.default_rng(2).random((40, 40)) < 0.7
    expected = published(*laid(source, inside, target, offset), target, mixed=mixed)
    assert np.abs(blend(source, inside, target, mixed=mixed, offset=offset) - expected).max() < 1e-7


def test_where_the_source_ends_it_has_no_differences():
    """A mask up to the source's edge: the neighbour in the target has none in the source."""
    source, target = noise(3, 4), noise(8, 8, seed=1)
    inside = np.ones((3, 4), dtype=bool)
    expected = published(*laid(source, inside, target, (2, 3)), target)
    assert np.abs(blend(source, inside, target, offset=(2, 3)) - expected).max() < 1e-12


def test_outside_of_its_mask_the_source_is_never_looked_at_unless_across():
    source, target = noise(), noise(seed=1)
    erased = np.where(disc()[..., None], source, 0)
    assert np.array_equal(blend(source, disc(), target, across=False), blend(erased, disc(), target, across=False))
    assert not np.array_equal(blend(source, disc(), target), blend(erased, disc(), target))


# -- closed forms ---------------------------------------------------------------------------------


@pytest.mark.parametrize("mixed", [False, True], ids=["poisson", "mixed"])
def test_a_constant_in_a_constant_gives_the_target(mixed):
    target = flat(0.2, 0.5, 0.8)
    assert np.array_equal(blend(flat(0.9, 0.1, 0.4), disc(), target, mixed=mixed), target)


@pytest.mark.parametrize("mixed", [False, True], ids=["poisson", "mixed"])
def test_a_picture_in_itself_is_itself_to_the_bit(mixed):
    picture = photograph("chelsea")
    result = blend(picture, disc(32), picture, mixed=mixed)
    assert np.array_equal(result, picture.astype(np.float32) / np.float32(255))


def test_another_level_of_the_source_makes_no_difference():
    picture = noise()
    assert np.abs(blend(picture + np.array([0.3, -0.5, 2]), disc(), picture) - picture).max() < 1e-12


@pytest.mark.parametrize(
    "harmonic",
    [
        lambda x, y: 0.3 * x - 0.2 * y + 1,
        lambda x, y: x**2 - y**2,
        lambda x, y: x * y,
        lambda x, y: x**3 - 3 * x * y**2,
    ],
    ids=["ramp", "saddle", "product", "cubic"],
)
def test_a_constant_source_leaves_the_harmonic_function_of_the_border(harmonic):
    """Those have a discrete Laplacian of 0 too, so nothing but the target's own values fits into the hole."""
    x, y = np.meshgrid(np.linspace(-1, 1, 40), np.linspace(-1, 1, 40))
    target = harmonic(x, y)
    assert np.abs(blend(flat(0.5, height=40, width=40)[..., 0], disc(40), target) - target).max() < 1e-7


def test_a_gap_in_a_row_is_bridged_by_a_straight_line():
    row = np.array([[0.1, 9, 9, 9, 0.5]])
    bridged = blend(np.zeros((1, 5)), mask(".###."), row)
    assert bridged == pytest.approx(np.array([[0.1, 0.2, 0.3, 0.4, 0.5]]))


def test_at_the_border_of_the_target_nothing_holds_it():
    """There is a neighbour to the left alone: with no differences asked for, all are like it."""
    row = np.array([[0.1, 0.7, 9, 9, 9]])
    assert blend(np.zeros((1, 5)), mask("..###"), row) == pytest.approx(np.array([[0.1, 0.7, 0.7, 0.7, 0.7]]))


@pytest.mark.parametrize("size", [(1, 1), (1, 6), (6, 1), (7, 5)], ids=str)
def test_a_mask_over_all_of_the_target_keeps_the_target_s_mean(size):
    source, target = noise(*size), noise(*size, seed=1)
    result = blend(source, np.ones(size, dtype=bool), target)
    assert result.mean(axis=(0, 1)) == pytest.approx(target.mean(axis=(0, 1)))
    assert result - source == pytest.approx(flat(*(target - source).mean(axis=(0, 1)), height=size[0], width=size[1]))


def test_each_region_is_blended_as_if_it_were_alone():
    source, target = noise(), noise(seed=1)
    left, right = (np.zeros((SIDE, SIDE), dtype=bool) for _ in range(2))
    left[2:6, 1:5], right[4:11, 7:10] = True, True
    alone = [blend(source, one, target) - target for one in (left, right)]
    assert blend(source, left | right, target) - target == pytest.approx(sum(alone), abs=1e-12)


def test_no_seam_is_left():
    """Across it the result differs like the source; pasted, by the step between the two pictures."""
    texture = 0.05 * noise(40, 40)
    source, target = texture + 0.7, flat(0.1, 0.2, 0.3, height=40, width=40)
    inside = disc(40)
    seam = np.diff(inside, axis=1)
    steps = [
        np.diff(picture, axis=1)[seam]
        for picture in (source, paste(source, inside, target), blend(source, inside, target))
    ]
    assert np.abs(steps[1]).min() > 0.4
    assert np.abs(steps[2] - steps[0]).max() < 0.06


# -- mixed gradients ------------------------------------------------------------------------------


def test_mixed_keeps_the_target_under_a_flat_source():
    target = noise()
    assert np.array_equal(blend(flat(0.5, 0.5, 0.5), disc(), target, mixed=True), target)


def test_mixed_is_poisson_on_a_flat_target():
    source, target = noise(), flat(0.5, 0.5, 0.5)
    assert np.array_equal(blend(source, disc(), target, mixed=True), blend(source, disc(), target))


def test_mixed_chooses_in_each_channel_for_itself():
    source, target = noise(), noise(seed=1)
    source[..., 2], target[..., 0] = 0.5, 0.5  # the source varies in red, the target in blue
    result = blend(source, disc(), target, mixed=True)
    assert np.array_equal(result[..., 2], target[..., 2])
    assert result[..., 0] == pytest.approx(blend(source, disc(), target)[..., 0], abs=1e-12)


def test_mixed_takes_the_larger_of_each_pair_and_the_source_s_of_equals():
    source = np.array([[0, 0.2, 0.0, -0.5, 0.0]])[..., None]  # differences 0.2, -0.2, -0.5, 0.5
    target = np.array([[0, 0.1, 0.4, -0.1, 0.4]])[..., None]  # differences 0.1, 0.3, -0.5, 0.5
    inside = mask(".###.")
    target[0, 3:] += 1.0  # so that equal magnitudes differ in sign: 0.5 and 0.5 against -0.5 and 0.5
    asked = demand(source, target, inside, mixed=True, across=True)
    # wanted less present: 0.2 - 0.1, 0.3 - 0.3, -0.5 - 0.5, 0.5 - 0.5; of each pixel what comes in less what goes out
    assert asked[0, 1:4, 0] == pytest.approx([0.1 - 0, 0 + 1.0, -1.0 - 0])


# -- the package ----------------------------------------------------------------------------------


def test_the_example_of_the_page_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"^```python\n(.*?)^```", (ROOT / "docs/blending.md").read_text(encoding="utf-8"), re.M | re.S)
    names = {}
    exec(code, names)
    assert np.asarray(Image.open("rocket-on-wall.png")).shape == names["wall"].shape
    assert np.abs(names["fused"] - names["wall"] / 255).max() > 0.3


def test_blending_needs_no_torch():
    code = "import sys, nst.blending; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
