"""What the compact network learns from, and what it never sees."""

import numpy as np
import pytest
import torch

from nst import samples
from nst.compact.training import pictures, pieces


def test_what_is_kept_aside_is_no_part_of_what_is_learned():
    held = {*pictures.HELD_CONTENTS, *pictures.HELD_STYLES}
    assert held <= {*samples.photographs(), *samples.styles()}
    assert not held & set(pictures.learned())
    assert held | set(pictures.learned()) == {*samples.photographs(), *samples.styles()}
    assert len(pictures.HELD_STYLES) >= 8


def test_no_photograph_is_one_that_was_kept_aside():
    """Files are read by name: none of them may be a held sample under another."""
    held = [samples.load(name) for name in (*pictures.HELD_CONTENTS, *pictures.HELD_STYLES)]
    sizes = {picture.shape for picture in held}
    for picture in pictures.photographs():
        assert max(picture.shape) <= 720
        assert picture.dtype == np.uint8
        if picture.shape in sizes:
            assert not any(np.array_equal(picture, other) for other in held)


def test_every_style_that_is_learned_is_drawn_from_each_seed(monkeypatch):
    drawn = []
    monkeypatch.setattr(samples, "draw", lambda name, seed: drawn.append((name, seed)))
    list(pictures.drawings(3))
    styles = [name for name in pictures.learned() if name in samples.styles()]
    assert drawn == [(name, seed) for name in styles for seed in range(3)]
    assert len(styles) >= 6


def test_dead_leaves_are_many_colours_and_the_same_each_time():
    first, second = pictures.dead_leaves(2, 5, side=64)
    assert first.shape == (64, 64, 3)
    assert len(np.unique(first.reshape(-1, 3), axis=0)) > 20
    assert not np.array_equal(first, second)
    again = next(pictures.dead_leaves(1, 5, side=64))
    assert np.array_equal(first, again)


def test_dead_leaves_cover_the_whole_picture_at_every_scale():
    """Leaves are as scale-free as scenes: energy falls from octave to octave by about what it does there."""
    leaves = np.stack(list(pictures.dead_leaves(6, 0, side=256))).mean(-1)
    spectrum = np.abs(np.fft.fft2(leaves - leaves.mean((1, 2), keepdims=True))) ** 2
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(256), np.fft.fftfreq(256)))
    power = [spectrum[:, (frequency > low) & (frequency <= 2 * low)].mean() for low in (1 / 64, 1 / 32, 1 / 16)]
    slopes = np.diff(np.log2(power))
    assert ((slopes > -3.5) & (slopes < -1)).all()  # -2 for scenes (Field 1987)


@pytest.mark.parametrize("shape", [(300, 200, 3), (80, 90, 3), (640, 640, 3)])
def test_pieces_are_of_one_size_whatever_the_picture(shape):
    picture = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    found = pieces.cut([picture], 5, np.random.default_rng(1))
    assert (found.shape, found.dtype) == ((5, 3, pieces.PIECE, pieces.PIECE), torch.uint8)
    assert torch.equal(found, pieces.cut([picture], 5, np.random.default_rng(1)))


def test_some_pieces_are_taken_as_they_are():
    picture = np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    windows = {
        picture[y : y + pieces.PIECE, x : x + pieces.PIECE].tobytes()
        for y in range(200 - pieces.PIECE + 1)
        for x in range(200 - pieces.PIECE + 1)
    }
    found = pieces.cut([picture], 60, np.random.default_rng(1)).permute(0, 2, 3, 1).contiguous().numpy()
    whole = sum(piece.tobytes() in windows for piece in found)
    assert 10 <= whole <= 30


def test_crops_keep_the_palette_and_differ():
    piece = torch.zeros(64, 3, pieces.PIECE, pieces.PIECE, dtype=torch.uint8)
    piece[:, 0], piece[:, 1] = 200, 100
    crops = pieces.crop(piece, torch.Generator().manual_seed(0))
    assert crops.shape == (64, 3, pieces.CROP, pieces.CROP)
    colours = crops.mean((2, 3))
    assert (colours - torch.tensor([200, 100, 0]) / 255).abs().max() < 0.1
    assert colours[:, 0].std() > 0.005


def test_crops_are_whole_and_turn_nothing_upside_down():
    ramp = torch.linspace(0, 255, pieces.PIECE).round().to(torch.uint8)
    piece = ramp[None, None, :, None].expand(32, 3, pieces.PIECE, pieces.PIECE)
    crops = pieces.crop(piece, torch.Generator().manual_seed(0))
    assert ((crops[:, :, -8:].mean((1, 2, 3)) - crops[:, :, :8].mean((1, 2, 3))) > 0.15).all()
    assert ((crops >= 0) & (crops <= 1)).all()
