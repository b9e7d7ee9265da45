import numpy as np
import pytest
from PIL import Image, ImageFilter

from nst import samples
from nst.video import VideoError, cut

PHOTOGRAPHS = samples.photographs()


@pytest.fixture(scope="module")
def photographs():
    return {name: Image.fromarray(samples.load(name)) for name in PHOTOGRAPHS}


def view(photograph, right=0.0, size=0.7, height=128, width=192):
    """A part of a photograph: moved by a share of its own width, and so large a share of the whole."""
    wide, high = photograph.width * size, photograph.height * size
    left = right * wide
    box = (left, 0, left + wide, high)
    return np.asarray(photograph.resize((width, height), Image.Resampling.LANCZOS, box=box))


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_every_other_photograph_is_a_new_shot(photographs, name):
    before = view(photographs[name])
    assert [other for other in PHOTOGRAPHS if cut(before, view(photographs[other])) == (other == name)] == []


@pytest.mark.parametrize("name", PHOTOGRAPHS)
@pytest.mark.parametrize("share", [0.02, 0.1, 0.2])
def test_a_pan_is_no_new_shot_however_fast(photographs, name, share):
    assert not cut(view(photographs[name]), view(photographs[name], share))


@pytest.mark.parametrize(("height", "width"), [(48, 64), (64, 48), (160, 64)])
@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_a_pan_over_something_small_and_soft_is_no_new_shot_however_it_is_turned(photographs, name, height, width):
    soft = photographs[name].reduce(4)
    before, after = (view(soft, right, height=height, width=width) for right in (0.0, 0.08))
    assert not cut(before, after)
    assert not cut(np.rot90(before).copy(), np.rot90(after).copy())


@pytest.mark.parametrize("name", PHOTOGRAPHS)
@pytest.mark.parametrize(("gain", "lift"), [(1.5, 60), (0.5, 140), (0.3, 0), (0.2, 200)])
def test_a_flash_or_a_fade_is_no_new_shot(photographs, name, gain, lift):
    before = view(photographs[name])
    after = np.clip(before * gain + lift, 0, 255).astype(np.uint8)
    assert not cut(before, after)
    assert not cut(after, before)


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_a_zoom_and_noise_are_no_new_shot(photographs, name):
    before = view(photographs[name])
    noise = np.random.default_rng(0).normal(0, 6, before.shape)
    assert not cut(before, np.clip(view(photographs[name], size=0.63) + noise, 0, 255).astype(np.uint8))


@pytest.mark.parametrize("name", PHOTOGRAPHS)
@pytest.mark.parametrize("radius", [4, 8, 16, 32])
def test_what_is_blurred_is_the_same_shot_as_itself_and_another_than_others(photographs, name, radius):
    def blurred(other):
        return np.asarray(Image.fromarray(view(photographs[other])).filter(ImageFilter.GaussianBlur(radius)))

    assert not cut(blurred(name), blurred(name))
    if radius in (8, 16):  # softer ones may look the same; those of little blur are found again in some others
        assert all(cut(blurred(name), blurred(other)) for other in PHOTOGRAPHS if other != name)


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_a_pan_over_something_blurred_is_no_new_shot(photographs, name):
    before, after = (
        np.asarray(Image.fromarray(view(photographs[name], right)).filter(ImageFilter.GaussianBlur(6)))
        for right in (0.0, 0.03)
    )
    assert not cut(before, after)


def test_a_gradient_is_the_same_shot_as_itself():
    sky = np.full((128, 192, 3), 100, np.uint8)
    sky[..., 0] = np.arange(192) // 2 + 60
    assert not cut(sky, sky)
    assert cut(sky, np.ascontiguousarray(sky[:, ::-1]))


def test_a_frame_that_shows_nothing_is_a_shot_of_its_own(photographs):
    picture, black = view(photographs["chelsea"]), np.zeros((128, 192, 3), np.uint8)
    assert cut(picture, black)
    assert cut(black, picture)
    assert not cut(black, black + 3)


@pytest.mark.parametrize(("height", "width"), [(20, 30), (300, 100), (360, 640)])
def test_frames_of_any_size_are_told_apart(photographs, height, width):
    cat, coffee = (view(photographs[name], height=height, width=width) for name in ("chelsea", "coffee"))
    assert cut(cat, coffee)
    assert not cut(cat, view(photographs["chelsea"], 0.03, height=height, width=width))


def test_frames_of_two_sizes_are_refused():
    with pytest.raises(VideoError, match="one size"):
        cut(np.zeros((8, 8, 3), np.uint8), np.zeros((8, 9, 3), np.uint8))
