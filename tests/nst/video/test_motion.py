import subprocess
import sys

import numpy as np
import pytest
from scipy import ndimage

from nst import samples
from nst.video import VideoError, flow, visible, warp

HEIGHT, WIDTH = 96, 128

USED_BY_MANY = """\
from concurrent.futures import ThreadPoolExecutor
import cv2, numpy as np
from nst.video import cut, flow, warp

told = []
threads = cv2.setNumThreads
cv2.setNumThreads = lambda number: (told.append(number), threads(number))

def use(seed):
    before, after = np.random.default_rng(seed).integers(0, 256, (2, 40, 48, 3), np.uint8)
    cut(before, after)
    warp(before, flow(before, after))

with ThreadPoolExecutor(4) as pool:
    list(pool.map(use, range(16)))
print(told, cv2.getNumThreads())
"""


@pytest.fixture(scope="module")
def photograph():
    pixels = samples.load("astronaut").astype(float)
    return np.stack([ndimage.gaussian_filter(pixels[..., c], 1) for c in range(3)], axis=-1)


def view(photograph, right=0.0, down=0.0):
    """A window onto the photograph, moved by so many pixels: cubic, exact."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype(float)
    at = [rows + 60 + down, columns + 60 + right]
    values = [ndimage.map_coordinates(photograph[..., c], at, order=3) for c in range(3)]
    return np.clip(np.rint(np.stack(values, axis=-1)), 0, 255).astype(np.uint8)


def inner(field):
    return field[16:-16, 16:-16]


@pytest.mark.parametrize("moved", [(0.3, 0.2), (2.4, -1.3), (-6.5, 3.25)])
def test_a_known_motion_is_found_to_a_tenth_of_a_pixel(photograph, moved):
    found = flow(view(photograph), view(photograph, *moved))
    assert (found.shape, found.dtype) == ((HEIGHT, WIDTH, 2), np.float32)
    off = np.hypot(*np.moveaxis(inner(found) - np.float32(moved), -1, 0))
    assert np.median(off) < 0.06
    assert np.quantile(off, 0.95) < 0.2


def test_two_equal_frames_give_no_motion(photograph):
    assert not flow(view(photograph), view(photograph)).any()


def test_the_same_frames_give_the_same_flow(photograph):
    before, after = view(photograph), view(photograph, 2.4, 1)
    assert np.array_equal(flow(before, after), flow(before, after))


@pytest.mark.parametrize(("height", "width"), [(1, 1), (5, 7), (11, 200), (33, 20)])
def test_frames_of_any_size_have_a_flow(height, width):
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3)).astype(np.uint8)
    found = flow(noise, noise[:, ::-1])
    assert found.shape == (height, width, 2)
    assert np.isfinite(found).all()
    assert not flow(noise, noise).any()


def test_frames_of_two_sizes_are_refused():
    with pytest.raises(VideoError, match=r"not \(8, 8\) and \(8, 9\)"):
        flow(np.zeros((8, 8, 3), np.uint8), np.zeros((8, 9, 3), np.uint8))


def test_what_moved_is_moved_back_into_place(photograph):
    before, after = view(photograph), view(photograph, 2.4, -1.3)
    moved, inside = warp(before, flow(before, after))
    assert moved.dtype == np.uint8
    assert (
        np.abs(inner(moved.astype(float) - after)).mean() < 1 < np.abs(inner(before.astype(float) - after)).mean() / 4
    )
    assert inside[:, : WIDTH - 4].mean() > 0.95
    assert not inside[:, WIDTH - 1].any()


@pytest.mark.parametrize("kind", [np.uint8, np.float32])
@pytest.mark.parametrize("channels", [(), (1,), (3,)])
def test_pictures_are_moved_as_scipy_moves_them(photograph, kind, channels):
    picture = view(photograph)[..., : channels[0] if channels else 1].reshape(HEIGHT, WIDTH, *channels).astype(kind)
    field = np.random.default_rng(0).uniform(-4, 4, (HEIGHT, WIDTH, 2)).astype(np.float32)
    moved, inside = warp(picture, field)
    assert (moved.dtype, moved.shape) == (kind, picture.shape)
    at = np.mgrid[:HEIGHT, :WIDTH] + np.moveaxis(field[..., ::-1], -1, 0)
    planes = picture.reshape(HEIGHT, WIDTH, -1).astype(float)
    expected = np.stack(
        [ndimage.map_coordinates(p, at, order=1, mode="nearest") for p in np.moveaxis(planes, -1, 0)], -1
    )
    # OpenCV looks values up at 1/32 of a pixel.
    assert np.abs(moved.reshape(planes.shape) - expected).mean() < 0.6
    rows, columns = at
    assert np.array_equal(inside, (rows >= 0) & (rows <= HEIGHT - 1) & (columns >= 0) & (columns <= WIDTH - 1))


def test_what_a_square_uncovers_is_not_visible(photograph):
    """A square moves 8 pixels to the right over ground that stands still."""
    ground = view(photograph)
    square = np.random.default_rng(0).integers(0, 2, (8, 8, 3)).repeat(4, 0).repeat(4, 1).astype(np.uint8) * 200

    def scene(left):
        frame = ground.copy()
        frame[32:64, left : left + 32] = square
        return frame

    before, after = scene(40), scene(48)
    seen = visible(flow(after, before), flow(before, after))
    uncovered = np.zeros((HEIGHT, WIDTH), bool)
    uncovered[32:64, 40:48] = True
    square_inside = np.zeros_like(uncovered)
    square_inside[36:60, 54:74] = True
    away = np.ones_like(uncovered)
    away[24:72, 32:88] = False
    assert (~seen)[uncovered].mean() > 0.75
    assert seen[away].mean() > 0.95
    assert seen[square_inside].mean() > 0.8


def test_exact_flows_are_judged_as_the_paper_says():
    """Ground that stands still, and a square that moved 8 to the right: both flows as they are, not as estimated."""
    forward, backward = np.zeros((2, 64, 64, 2), np.float32)
    forward[16:48, 16:48, 0] = 8
    backward[16:48, 24:56, 0] = -8
    seen = visible(forward, backward)
    assert not seen[17:47, 16:24].any()  # uncovered: behind them the square comes out elsewhere
    assert seen[18:46, 26:54].all()  # the square, but for its rim
    assert not seen[16:48, 24].any()  # the edge of a motion
    assert seen[:14].all()


def test_what_comes_from_outside_is_not_visible():
    forward, backward = np.zeros((2, 32, 32, 2), np.float32)
    forward[..., 0], backward[..., 0] = -5, 5
    seen = visible(forward, backward)
    assert not seen[:, 27:].any()
    assert seen[:, :27].all()


def test_opencv_is_told_once_to_use_one_thread(tmp_path):
    """In a process of its own: changing the number while another thread computes breaks what it computes."""
    (tmp_path / "many.py").write_text(USED_BY_MANY)
    told = subprocess.run([sys.executable, tmp_path / "many.py"], check=True, capture_output=True, text=True)
    assert told.stdout.split() == ["[1]", "1"]


def test_without_opencv_it_is_said_how_to_get_it(photograph, monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(VideoError, match=r"pip install 'nst-bench\[video\]'"):
        flow(view(photograph), view(photograph))
