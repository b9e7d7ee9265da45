import gc
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch

from nst import images, masks
from nst.kept import Kept, fit, frozen, size
from nst.making import make
from nst.preparing import StyleSource
from tests.nst.small import network, settings, stored


def array(bytes_):
    return np.zeros(bytes_, dtype=np.uint8)


def refuse():
    raise AssertionError("made again")


class TestKeeping:
    def test_a_thing_is_made_once(self):
        kept = Kept(100)
        first = kept.recall("targets", "a", lambda: array(10))
        assert kept.recall("targets", "a", refuse) is first

    def test_what_is_made_for_another_purpose_is_another_thing(self):
        kept = Kept(100)
        kept.recall("targets", "a", lambda: 1)
        assert kept.recall("decode", "a", lambda: 2) == 2

    def test_what_was_not_asked_for_the_longest_goes_first(self):
        kept = Kept(100)
        for key in ("a", "b"):
            kept.recall("targets", key, lambda: array(40))
        kept.recall("targets", "a", refuse)
        kept.recall("targets", "c", lambda: array(40))
        assert kept.bytes == 80
        kept.recall("targets", "a", refuse)
        kept.recall("targets", "c", refuse)
        with pytest.raises(AssertionError, match=r"^made again$"):
            kept.recall("targets", "b", refuse)

    def test_what_is_larger_than_all_there_is_room_for_costs_nothing_else_its_place(self):
        kept = Kept(100)
        kept.recall("targets", "a", lambda: array(90))
        kept.recall("targets", "huge", lambda: array(101))
        kept.recall("targets", "a", refuse)

    def test_without_room_nothing_is_kept_and_nothing_is_hashed(self):
        kept = Kept()
        assert [kept.recall("targets", "a", lambda k=k: k) for k in (1, 2)] == [1, 2]
        assert kept.digest(array(1)) == ""

    def test_dropped_things_are_made_again(self):
        kept = Kept(100)
        kept.recall("targets", "a", lambda: array(10))
        kept.drop()
        assert kept.bytes == 0
        assert len(kept.recall("targets", "a", lambda: array(20))) == 20

    def test_only_what_an_earlier_run_made_is_reused(self):
        kept = Kept(100)
        kept.begin()
        for _ in range(2):
            kept.recall("targets", "a", lambda: array(10))
        assert kept.reused == set()
        kept.begin()
        kept.recall("decode", "b", lambda: array(10))
        kept.recall("targets", "a", refuse)
        assert kept.reused == {"targets"}
        kept.begin()
        assert kept.reused == set()


def test_bytes_are_counted_wherever_they_are():
    @dataclass
    class Thing:
        one: np.ndarray
        other: dict

    assert size(Thing(array(10), {"a": torch.zeros(3), "b": [array(1), array(2)], "c": "text"})) == 10 + 12 + 3


class TestDigests:
    def test_contents_shape_and_type_decide(self):
        kept, given = Kept(1), np.arange(6, dtype=np.float32)
        same = kept.digest(given.copy())
        assert kept.digest(given) == same
        others = [given + 1, given.reshape(2, 3), given.view(np.int32)]
        assert len({same, *map(kept.digest, others)}) == 4

    def test_an_array_that_is_changed_has_another(self):
        kept, given = Kept(1), array(4)
        before = kept.digest(given)
        given[0] = 1
        assert kept.digest(given) != before

    def test_one_that_cannot_be_changed_is_hashed_once(self, monkeypatch):
        kept, given = Kept(1), frozen(array(4))
        before = kept.digest(given)
        monkeypatch.setattr("nst.kept.hashlib.sha256", refuse)
        assert kept.digest(given) == before

    def test_of_one_that_is_gone_nothing_is_remembered(self):
        kept, given = Kept(1), frozen(array(4))
        kept.digest(given)
        del given
        gc.collect()
        assert kept._digests == {}


def test_no_two_networks_have_one_token_not_even_after_another():
    kept = Kept(1)
    seen = set()
    for _ in range(50):  # objects get the addresses of those before them
        thing = torch.nn.Identity()
        assert kept.token(thing) == kept.token(thing)
        seen.add(kept.token(thing))
        del thing
    assert len(seen) == 50


def test_a_picture_is_sized_once_and_cannot_be_written_to():
    kept, picture = Kept(10**6), stored(1)
    sized = fit(kept, picture, 20, 24, "bicubic")
    assert np.array_equal(sized, images.fit(picture, 20, 24))
    assert fit(kept, picture.copy(), 20, 24, "bicubic") is sized
    assert fit(kept, picture, 20, 24, "box") is not sized
    with pytest.raises(ValueError, match="read-only"):
        sized[0] = 0


LEFT, RIGHT = (masks.read(f"mask:{side}", Path()) for side in ("left", "right"))
CONTENT, WAVES, NIGHT = stored(1, 32, 40), stored(2), stored(3, 40, 32)


#: Settings and pictures that a run may differ in from another.
VARIATIONS = {
    "the same": {},
    "another style": {"styles": [StyleSource(NIGHT)]},
    "another content": {"content": stored(4)},
    "another size": {"size": 56},
    "another shape": {"size_rule": "stretch"},
    "another filter": {"resampling": "box"},
    "other style layers": {"style_layers": ("conv2_1",)},
    "other content layers": {"content_layers": ("conv1_2",)},
    "another statistic": {"style_statistic": "wasserstein"},
    "another divisor": {"gram_divisor": "positions"},
    "no divisor": {"gram_divisor": "none"},
    "no divisor and another shape": {"gram_divisor": "none", "size_rule": "stretch"},
    "no divisor and a content of another shape": {"gram_divisor": "none", "content": stored(4, 40, 40)},
    "another reduction": {"style_reduction": "sum"},
    "other weights": {"style_weight": 7.0, "content_weight": 3.0, "style_layer_weights": "channels"},
    "another scale": {"style_scale": 1.5},
    "other colours": {"colours": "histogram"},
    "a mix": {"styles": [StyleSource(WAVES, 2), StyleSource(NIGHT, 1)]},
    "a mix the other way round": {"styles": [StyleSource(WAVES, 1), StyleSource(NIGHT, 2)]},
    "a region": {"styles": [StyleSource(WAVES, region=LEFT)]},
    "another region": {"styles": [StyleSource(WAVES, region=RIGHT)]},
    "a region of another size": {"size_rule": "stretch", "styles": [StyleSource(WAVES, region=RIGHT)]},
    "a part of the style": {"styles": [StyleSource(WAVES, source=LEFT)]},
    "double precision": {"double": True},
    "another network": {"width": 0.25},
    "coarse to fine": {"coarse_sizes": (36,), "coarse_evaluations": (2,)},
}  # fmt: skip


class TestMaking:
    """What is kept from any run may serve any other, and no figure of it changes by a bit."""

    def made(self, kept, styles=None, content=None, double=False, **changes):
        # Below 32 pixels torch does not always add up in one order.
        chosen = settings(**{"evaluations": 3, "size": 48, **changes})
        given = CONTENT if content is None else content
        return make(
            network(width=chosen.width, double=double),
            chosen,
            content=given,
            styles=styles or [StyleSource(WAVES)],
            kept=kept,
        )

    def test_results_are_the_same_bit_by_bit_after_whatever_runs(self):
        kept = Kept(10**8)
        for _ in range(2):  # the second time everything is there
            kept.begin()
            for name, changes in VARIATIONS.items():
                warm, cold = self.made(kept, **changes), self.made(None, **changes)
                assert np.array_equal(warm.curve, cold.curve), name
                assert np.array_equal(warm.picture, cold.picture), name
                assert warm.saved_loss == cold.saved_loss, name

    @pytest.mark.parametrize(
        ("changes", "passes"),
        [
            ({}, 0),
            ({"style_weight": 1e3, "content_weight": 9.0, "style_layer_weights": "average"}, 0),
            ({"init": "content", "seed": 5, "optimizer": "adam", "betas": (0.9, 0.999)}, 0),
            ({"styles": [StyleSource(NIGHT)]}, 1),
            ({"content": stored(4, 32, 40)}, 1),
            ({"size": 56}, 2),
        ],
        ids=["the same", "weights", "start and optimiser", "style", "content", "size"],
    )
    def test_the_network_looks_only_at_what_it_has_not_seen(self, monkeypatch, changes, passes):
        kept = Kept(10**8)
        self.made(kept)
        seen = []
        forward = type(network()).forward
        monkeypatch.setattr(
            type(network()), "forward", lambda self, pictures, taps: seen.append(1) or forward(self, pictures, taps)
        )
        self.made(kept, **changes)
        warmup, optimise, saved = 1, 3, 1
        assert len(seen) - warmup - optimise - saved == passes


def test_a_style_is_judged_by_the_same_figures_once_half_of_the_work_is_kept():
    from nst import metrics

    kept = Kept(10**8)
    for result in (stored(5), stored(6)):
        assert metrics.assess(result, CONTENT, WAVES, kept) == metrics.assess(result, CONTENT, WAVES)
    kept.begin()
    metrics.assess(stored(7), CONTENT, WAVES, kept)
    assert kept.reused == {"assess"}
