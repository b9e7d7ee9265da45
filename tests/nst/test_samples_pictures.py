"""The built-in pictures themselves: they need no download, are always the same, and are worth a look."""

from __future__ import annotations

import copy
import itertools
import random
import socket

import numpy as np
import pytest

from nst import samples

STYLES = samples.styles()
PHOTOGRAPHS = samples.photographs()
CUT_OUTS = samples.cut_outs()


@pytest.fixture(scope="module")
def drawn() -> dict[str, np.ndarray]:
    """Every style once, at the size at which styles are mostly used."""
    return {name: samples.draw(name, size=256) for name in STYLES}


@pytest.fixture(scope="module")
def tiny() -> dict[str, np.ndarray]:
    """Every style once, small and quick."""
    return {name: samples.draw(name, size=64) for name in STYLES}


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("a sample asked for the network")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)


# The pictures


@pytest.mark.parametrize("name", PHOTOGRAPHS)
@pytest.mark.usefixtures("no_network")
def test_a_photograph_loads_without_a_network(name: str) -> None:
    picture = samples.load(name)
    assert picture.dtype == np.uint8
    assert picture.ndim == 3
    assert picture.shape[2] == 3
    assert min(picture.shape[:2]) >= 300


@pytest.mark.parametrize("name", STYLES)
@pytest.mark.usefixtures("no_network")
def test_a_style_loads_without_a_network(name: str) -> None:
    picture = samples.load(name)
    assert picture.dtype == np.uint8
    assert picture.shape == (samples.DEFAULT_SIZE, samples.DEFAULT_SIZE, 3)


@pytest.mark.parametrize("name", CUT_OUTS)
@pytest.mark.usefixtures("no_network")
def test_a_cut_out_shows_one_part_of_what_it_was_cut_from(name: str) -> None:
    picture = samples.load(name)
    assert picture.dtype == np.uint8
    assert picture.shape[2] == 4
    assert set(np.unique(picture[..., 3])) == {0, 255}
    shown = picture[..., 3] > 0
    assert 0.5 < shown.mean() < 0.9
    assert shown[len(shown) // 2].any()
    assert np.array_equal(samples.load(name), picture)


def test_the_cup_is_that_of_the_photograph() -> None:
    cup, photograph = samples.load("coffee-cup"), samples.load("coffee")
    height, width = cup.shape[:2]
    places = [
        (row, column)
        for row in range(photograph.shape[0] - height + 1)
        for column in range(photograph.shape[1] - width + 1)
        if np.array_equal(cup[height // 2, :, :3], photograph[row + height // 2, column : column + width])
    ]
    assert len(places) == 1


def test_a_loaded_style_is_its_drawing_with_seed_0() -> None:
    assert np.array_equal(samples.load("mosaic"), samples.draw("mosaic", size=samples.DEFAULT_SIZE, seed=0))


@pytest.mark.parametrize("name", STYLES)
def test_the_same_seed_is_the_same_picture(name: str, tiny: dict[str, np.ndarray]) -> None:
    assert np.array_equal(samples.draw(name, size=64, seed=0), tiny[name])


@pytest.mark.parametrize("name", STYLES)
def test_another_seed_is_another_picture(name: str, drawn: dict[str, np.ndarray]) -> None:
    other = samples.draw(name, size=256, seed=1)
    assert np.abs(other.astype(int) - drawn[name]).mean() > 8


@pytest.mark.parametrize("size", [32, 101])
@pytest.mark.parametrize("name", STYLES)
def test_any_size_is_served(name: str, size: int) -> None:
    assert samples.draw(name, size=size).shape == (size, size, 3)


@pytest.mark.parametrize("name", STYLES)
def test_the_composition_is_the_same_at_every_size(name: str, drawn: dict[str, np.ndarray]) -> None:
    def forms(picture: np.ndarray) -> np.ndarray:
        """The picture's large forms: 8 x 8 mean colours."""
        step = len(picture) // 8
        return np.asarray(picture.reshape(8, step, 8, step, 3).mean(axis=(1, 3)).ravel())

    other = forms(samples.draw(name, size=192))
    assert np.corrcoef(forms(drawn[name]), other)[0, 1] > 0.85


def test_loading_replaces_no_function_of_the_package() -> None:
    # A submodule that is imported late takes the place of a function with its name.
    for name in samples.names():
        if samples.find(name).kind != "style":
            samples.load(name)
        else:
            samples.draw(name, size=32)
    assert all(callable(getattr(samples, public)) for public in samples.__all__ if public != "DEFAULT_SIZE")


def test_a_loaded_picture_belongs_to_the_caller() -> None:
    for name in ("chelsea", "mosaic"):
        first = samples.load(name)
        first[:] = 0
        assert samples.load(name).any()


def test_drawing_leaves_the_global_generators_alone() -> None:
    before = copy.deepcopy(np.random.get_state(legacy=False)), random.getstate()
    for name in STYLES:
        samples.draw(name, size=48, seed=3)
    after = np.random.get_state(legacy=False)
    assert np.array_equal(before[0]["state"]["key"], after["state"]["key"])
    assert before[0]["state"]["pos"] == after["state"]["pos"]
    assert before[1] == random.getstate()


def test_the_global_seed_does_not_matter(drawn: dict[str, np.ndarray]) -> None:
    np.random.seed(12345)
    assert np.array_equal(samples.draw("halftone", size=256), drawn["halftone"])


# Worth using as a style


def detail(picture: np.ndarray, step: int) -> float:
    """Mean difference of neighbouring places after blocks of ``step`` pixels were averaged."""
    side = len(picture) // step * step
    grey = picture[:side, :side].mean(axis=2)
    blocks = grey.reshape(side // step, step, side // step, step).mean(axis=(1, 3))
    return float(np.abs(np.diff(blocks, axis=0)).mean() + np.abs(np.diff(blocks, axis=1)).mean()) / 2


@pytest.mark.parametrize("name", STYLES)
def test_a_style_is_rich_in_colour(name: str, drawn: dict[str, np.ndarray]) -> None:
    picture = drawn[name].astype(float)
    chroma = picture.max(axis=2) - picture.min(axis=2)
    assert chroma.mean() > 40
    # Of 4096 coarse colours, many are used by more than a stray pixel.
    coarse = (drawn[name] // 16).astype(int) @ [256, 16, 1]
    assert (np.bincount(coarse.ravel(), minlength=4096) > 6).sum() > 150


@pytest.mark.parametrize("name", STYLES)
def test_a_style_has_lights_and_darks(name: str, drawn: dict[str, np.ndarray]) -> None:
    grey = drawn[name].mean(axis=2)
    dark, light = np.percentile(grey, [3, 97])
    assert light - dark > 110


@pytest.mark.parametrize("name", STYLES)
def test_a_style_has_texture_at_several_scales(name: str, drawn: dict[str, np.ndarray]) -> None:
    for step in (1, 4, 16):
        assert detail(drawn[name], step) > 5, f"little happens at {step} pixels"


@pytest.mark.parametrize("name", STYLES)
def test_a_style_is_neither_burnt_out_nor_drowned(name: str, drawn: dict[str, np.ndarray]) -> None:
    assert (drawn[name] == 255).all(axis=2).mean() < 0.03
    assert (drawn[name] == 0).all(axis=2).mean() < 0.03


def test_no_two_styles_look_alike(drawn: dict[str, np.ndarray]) -> None:
    def look(picture: np.ndarray) -> np.ndarray:
        """Shares of 512 colours and the strength of detail at five scales."""
        coarse = (picture // 32).astype(int) @ [64, 8, 1]
        shares = np.bincount(coarse.ravel(), minlength=512) / coarse.size
        scales = np.array([detail(picture, step) for step in (1, 2, 4, 8, 16)])
        return np.concatenate([np.sqrt(shares), scales / 60])

    looks = {name: look(picture) for name, picture in drawn.items()}
    for one, other in itertools.combinations(STYLES, 2):
        assert np.linalg.norm(looks[one] - looks[other]) > 0.3, f"{one} and {other}"


# Versions

# Version; mean red, green and blue; mean of the four quarters; spread. Taken at 64 pixels, seed 0.
FINGERPRINTS: dict[str, tuple[int, list[float]]] = {
    "seigaiha": (1, [175.0, 173.2, 158.2, 158.0, 164.4, 175.2, 177.7, 33.1]),
    "swirls": (1, [91.1, 119.8, 136.5, 115.8, 134.2, 96.3, 117.0, 57.2]),
    "stained-glass": (1, [96.4, 66.9, 67.5, 78.0, 84.6, 73.9, 71.1, 59.2]),
    "halftone": (1, [154.8, 129.8, 94.6, 124.8, 121.4, 143.0, 116.4, 82.2]),
    "mosaic": (1, [155.2, 134.7, 126.5, 138.7, 160.0, 124.3, 132.3, 65.1]),
    "hatching": (1, [116.8, 98.1, 79.8, 114.9, 137.0, 65.7, 75.4, 50.2]),
    "pointillism": (1, [143.9, 133.8, 150.8, 144.8, 165.0, 128.1, 133.3, 57.6]),
    "impasto": (1, [141.5, 150.6, 122.3, 159.7, 165.0, 116.3, 111.4, 66.7]),
    "watercolour": (1, [163.7, 150.6, 151.3, 144.5, 158.3, 163.5, 154.5, 70.1]),
    "cubism": (1, [128.0, 113.4, 84.4, 114.9, 95.3, 107.2, 117.0, 46.1]),
    "batik": (1, [128.8, 107.4, 95.7, 109.8, 114.1, 109.5, 109.0, 61.9]),
    "marbling": (1, [116.7, 90.3, 73.5, 105.1, 91.6, 82.9, 94.5, 57.8]),
}


@pytest.mark.parametrize("name", STYLES)
def test_pixels_change_only_together_with_the_version(name: str, tiny: dict[str, np.ndarray]) -> None:
    picture = tiny[name].astype(float)
    quarters = picture.reshape(2, 32, 2, 32, 3).mean(axis=(1, 3, 4)).ravel()
    found = [*picture.mean(axis=(0, 1)), *quarters, picture.std()]
    version, expected = FINGERPRINTS[name]
    hint = f"the drawing of {name} has changed: raise its version and note {np.round(found, 1).tolist()} here"
    assert samples.version(name) == version, hint
    # The tolerance is for other builds of Pillow and numpy, which may round otherwise.
    assert found == pytest.approx(expected, abs=0.4), hint


def test_photographs_are_colour_managed_like_any_file() -> None:
    """rocket.jpg carries Adobe RGB (1998): taken for sRGB, its orange flame would be duller."""
    from nst import images
    from nst.samples import photo_files

    managed = images.open_picture((photo_files.folder() / "rocket.jpg").read_bytes(), "rocket.jpg")
    assert managed.notes == ("ICC profile 'Adobe RGB (1998)' converted to sRGB",)
    assert np.array_equal(samples.load("rocket"), managed.pixels)
    assert samples.version("rocket") == 2
