"""What is known of the built-in pictures without a look at them: their list, wrong requests, and what they cost."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest

from nst import samples
from nst.samples.registry import SAMPLES

STYLES = samples.styles()
PHOTOGRAPHS = samples.photographs()
CUT_OUTS = samples.cut_outs()


# The list


def test_names_are_the_photographs_then_the_styles_then_the_cut_outs() -> None:
    assert samples.names() == PHOTOGRAPHS + STYLES + CUT_OUTS


def test_names_are_unique_even_with_their_aliases() -> None:
    everything = [name for entry in SAMPLES.values() for name in (entry.name, *entry.aliases)]
    assert len(everything) == len(set(everything))


def test_the_promised_samples_are_there() -> None:
    assert {"chelsea", "astronaut", "coffee", "rocket"} <= set(PHOTOGRAPHS)
    assert {"seigaiha", "swirls", "stained-glass", "halftone", "mosaic", "hatching", "marbling"} <= set(STYLES)


@pytest.mark.parametrize("name", samples.names())
def test_a_description_is_one_line_that_fits_a_table(name: str) -> None:
    description = samples.describe(name)
    assert "\n" not in description
    assert 20 <= len(description) <= 100
    assert not description.endswith(".")


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_a_photographs_description_names_its_source_and_its_licence(name: str) -> None:
    description = samples.describe(name)
    assert description.endswith("from scikit-image")
    assert any(hint in description for hint in ("CC0", "public domain", "free to use", "no known restrictions"))


@pytest.mark.parametrize("name", samples.names())
def test_versions_are_whole_numbers_from_one(name: str) -> None:
    assert isinstance(samples.version(name), int)
    assert samples.version(name) >= 1


def test_an_entry_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        samples.find("swirls").version = 2  # type: ignore[misc]


def test_an_alias_is_the_same_picture() -> None:
    assert samples.find("cat") is samples.find("chelsea")
    assert np.array_equal(samples.load("cat"), samples.load("chelsea"))


# Wrong requests


def test_an_unknown_name_is_answered_with_the_nearest_right_one() -> None:
    with pytest.raises(samples.UnknownSampleError) as caught:
        samples.load("swirl")
    assert str(caught.value) == "no sample is named 'swirl'; did you mean 'swirls'?"


def test_a_name_that_resembles_none_is_answered_with_the_list() -> None:
    with pytest.raises(samples.UnknownSampleError) as caught:
        samples.load("zzzz")
    message = str(caught.value)
    assert message.startswith("no sample is named 'zzzz'; known are: chelsea, astronaut, ")
    assert all(name in message for name in samples.names())


@pytest.mark.parametrize("ask", [samples.load, samples.draw, samples.describe, samples.version, samples.find])
def test_every_question_about_an_unknown_name_is_a_key_error(ask: object) -> None:
    with pytest.raises(KeyError, match="no sample is named 'Mosaik'; did you mean 'mosaic'"):
        ask("Mosaik")  # type: ignore[operator]


def test_the_error_can_travel_between_processes() -> None:
    with pytest.raises(samples.UnknownSampleError) as caught:
        samples.load("swirl")
    for travelled in (pickle.loads(pickle.dumps(caught.value)), copy.copy(caught.value)):
        assert isinstance(travelled, samples.UnknownSampleError)
        assert str(travelled) == str(caught.value)
        assert travelled.name == "swirl"


def test_a_photograph_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match=r"^'chelsea' is a photograph: only styles can be drawn anew$"):
        samples.draw("chelsea")


def test_a_cut_out_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match=r"^'graffiti' is a cut-out: only styles can be drawn anew$"):
        samples.draw("graffiti")


@pytest.mark.parametrize("size", [-1, 0, 31, 4097])
def test_sizes_out_of_range_are_refused(size: int) -> None:
    with pytest.raises(ValueError, match=f"^size must lie between 32 and 4096 pixels, not {size}$"):
        samples.draw("mosaic", size=size)


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^seed must be 0 or more, not -1$"):
        samples.draw("mosaic", seed=-1)


# What they cost


def modules_after(code: str) -> set[str]:
    """The top-level modules that a fresh interpreter has loaded after running ``code``."""
    report = "; import sys; print(*{name.partition('.')[0] for name in sys.modules})"
    run = subprocess.run([sys.executable, "-c", code + report], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_listing_the_samples_imports_nothing_heavy() -> None:
    loaded = modules_after("from nst import samples; samples.names(); samples.describe('swirls')")
    assert not loaded & {"torch", "torchvision", "skimage", "scipy", "numpy", "PIL"}


def test_making_samples_imports_neither_torch_nor_scikit_image() -> None:
    loaded = modules_after("from nst import samples; samples.load('chelsea'); samples.draw('mosaic', size=64)")
    assert not loaded & {"torch", "torchvision", "skimage", "scipy", "pooch"}


def test_a_missing_scikit_image_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nst.samples.photo_files.find_spec", lambda name: None)
    with pytest.raises(FileNotFoundError) as caught:
        samples.load("coffee")
    assert str(caught.value) == "the sample photographs come with scikit-image, which is not installed"
