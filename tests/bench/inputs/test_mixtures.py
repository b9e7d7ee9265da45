"""Styles made of others: what they are, how they are told apart, what stands for them, what may be wrong with them."""

import itertools

import numpy as np
import pytest

from bench.errors import BenchError
from bench.inputs.mixtures import Part, mixture
from bench.inputs.pictures import Pictures
from bench.manifest import load
from bench.plan import make_plan
from bench.record import InputPart
from nst import images, masks
from tests.bench.small import SMALL


def with_styles(text):
    """SMALL with further styles."""
    return SMALL.replace("right: right.png}", f"right: right.png, {text}}}")


@pytest.fixture
def style(manifest):
    """A style of a manifest, as jobs get it."""

    def find(text, label="m"):
        plan = make_plan(load(manifest(with_styles(text))))
        return next(job.inputs["style"] for job in plan.jobs.values() if job.inputs["style"].picture.label == label)

    return find


@pytest.fixture
def complaint(manifest, folder):
    """All messages that a manifest with further styles gets, without the lines of the manifest."""

    def read(text):
        path = manifest(with_styles(text))
        with pytest.raises(BenchError) as caught:
            make_plan(load(path))
        said = str(caught.value).replace(f"{folder}/", "")
        return [line for line in said.splitlines() if not line.startswith("    ")]

    return read


def parts(found):
    return [(part.label, part.weight, part.mask, part.style_mask) for part in found.picture.parts]


class TestWhatTheyAre:
    def test_a_mix_has_each_style_with_its_weight(self, style):
        found = style("m: {mix: {left: 0.7, right: 0.3}}")
        assert parts(found) == [("left", 0.7, None, None), ("right", 0.3, None, None)]
        assert found.picture.source == "0.7 left + 0.3 right"

    def test_regions_have_each_style_with_its_masks(self, style, folder):
        (folder / "grey.png").write_bytes(images.encode_png(np.full((4, 4, 3), 128, dtype=np.uint8)))
        found = style(
            "m: {regions: [{style: left, mask: 'mask:left'}, {style: right, mask: grey.png, style_mask: 'mask:top'}]}"
        )
        assert parts(found) == [("left", 1.0, "mask:left", None), ("right", 1.0, "grey.png", "mask:top")]
        assert found.picture.source == "left in mask:left + right (its mask:top) in grey.png"

    def test_a_mix_in_a_region_shares_the_region_s_weight(self, style):
        found = style(
            "m: {regions: [{style: q, mask: 'mask:left', weight: 2}, {style: right, mask: 'mask:right'}]}, "
            "q: {mix: {left: 3, right: 1}}"
        )
        assert parts(found) == [
            ("left", 1.5, "mask:left", None),
            ("right", 0.5, "mask:left", None),
            ("right", 1.0, "mask:right", None),
        ]
        assert found.picture.source == "1.5 left in mask:left + 0.5 right in mask:left + right in mask:right"

    def test_a_mix_of_mixes_comes_to_its_pictures_whatever_the_order_they_stand_in(self, style):
        found = style("m: {mix: {q: 1, left: 1}}, q: {mix: {left: 1, right: 3}}")
        assert parts(found) == [("left", 1.25, None, None), ("right", 0.75, None, None)]

    def test_as_large_as_its_first_picture_for_jobs_without_a_content(self, style, folder):
        (folder / "right.png").write_bytes(images.encode_png(np.zeros((20, 90, 3), dtype=np.uint8)))
        found = style("m: {mix: {right: 1, left: 9}}")
        assert (found.width, found.height) == (90, 20)

    def test_a_long_chain_of_mixes_is_no_chain_of_calls(self, style):
        chain = ", ".join(f"a{k}: {{mix: {{a{k + 1}: 1, right: {k + 1}}}}}" for k in range(1500))
        found = style(f"{chain}, a1500: {{mix: {{left: 1}}}}", "a0")
        assert [label for label, *_ in parts(found)] == ["left", "right"]

    def test_mixes_that_double_do_not_grow(self, style):
        doubling = ", ".join(
            f"{name}{k}: {{mix: {{a{k - 1}: 1, b{k - 1}: {weight}}}}}"
            for k, (name, weight) in itertools.product(range(1, 19), (("a", 1), ("b", 2)))
        )
        found = style(f"a0: {{mix: {{left: 1}}}}, b0: {{mix: {{right: 1}}}}, {doubling}", "a18")
        assert [label for label, *_ in parts(found)] == ["left", "right"]


class TestIdentity:
    @pytest.fixture
    def identity(self, style):
        return lambda text: style(f"m: {text}").picture.sha256

    def test_it_depends_on_pictures_weights_and_both_masks(self, identity, style):
        found = [
            style("m: {mix: {left: 1}}", "left").picture.sha256,
            identity("{mix: {left: 1}}"),
            identity("{mix: {left: 2}}"),
            identity("{mix: {left: 1, right: 1}}"),
            identity("{mix: {left: 1, right: 2}}"),
            identity("{regions: [{style: left, mask: 'mask:left'}]}"),
            identity("{regions: [{style: left, mask: 'mask:top'}]}"),
            identity("{regions: [{style: left, mask: 'mask:left', style_mask: 'mask:top'}]}"),
            identity("{regions: [{style: left, mask: 'mask:left', style_mask: 'mask:disc'}]}"),
            identity("{regions: [{style: left, mask: 'mask:left', weight: 2}]}"),
        ]
        assert len(set(found)) == len(found)

    def test_it_is_part_of_the_jobs(self, manifest):
        jobs = [
            set(make_plan(load(manifest(with_styles(f"m: {{mix: {{left: 1, right: {k}}}}}")))).jobs) for k in (1, 2)
        ]
        assert len(jobs[0]) == 6
        assert len(jobs[0] & jobs[1]) == 4

    def test_it_depends_on_no_label(self, style):
        one = style("m: {mix: {left: 1, right: 2}}")
        other = style("other: {mix: {x: 1, right: 2}}, x: {mix: {left: 5}}", "other")
        assert one.picture.sha256 == other.picture.sha256

    def test_a_mask_counts_by_its_content(self, style, folder):
        grey = images.encode_png(np.full((4, 4, 3), 128, dtype=np.uint8))
        found = []
        for name, data in (("a.png", grey), ("b.png", grey), ("a.png", images.encode_png(np.full((4, 4, 3), 9, "u1")))):
            (folder / name).write_bytes(data)
            found.append(style(f"m: {{regions: [{{style: left, mask: {name}}}]}}").picture.sha256)
        assert found[0] == found[1] != found[2]


class TestPreview:
    """Flat styles, so that each pixel says whose it is."""

    @pytest.fixture
    def shown(self, tmp_path, monkeypatch):
        for name, colour in (("left", (250, 0, 0)), ("right", (0, 0, 250))):
            (tmp_path / f"{name}.png").write_bytes(images.encode_png(np.full((8, 8, 3), colour, dtype=np.uint8)))
        (tmp_path / "one.png").write_bytes(images.encode_png(np.zeros((8, 8, 3), dtype=np.uint8)))

        def read(text):
            path = tmp_path / "m.yaml"
            path.write_text(with_styles(f"m: {text}"))
            pictures = Pictures(load(path), pytest.fail)
            pictures.open()
            return pictures._opened["styles"].inputs["m"].read().pixels

        return read

    def test_a_mix_is_side_by_side_as_wide_as_the_weights(self, shown):
        picture = shown("{mix: {left: 3, right: 1}}")
        assert picture.shape == (256, 256, 3)
        assert (picture[:, :192] == (250, 0, 0)).all()
        assert (picture[:, 192:] == (0, 0, 250)).all()

    def test_regions_are_where_their_masks_are_and_the_rest_is_grey(self, shown):
        picture = shown("{regions: [{style: left, mask: 'mask:top'}, {style: right, mask: 'mask:left'}]}")
        assert (picture[20, 200] == (250, 0, 0)).all()
        assert (picture[200, 20] == (0, 0, 250)).all()
        assert (picture[20, 20] == (125, 0, 125)).all()  # both
        assert (picture[200, 200] == (128, 128, 128)).all()  # neither

    def test_a_mix_in_a_region_shows_all_its_styles(self, shown):
        picture = shown("{regions: [{style: left, mask: 'mask:left'}, {style: right, mask: 'mask:left'}]}")
        reds, blues = (int((picture == colour).all(-1).sum()) for colour in ((250, 0, 0), (0, 0, 250)))
        assert reds == pytest.approx(blues, rel=0.05)
        assert reds + blues > 0.45 * 256**2


class TestMistakes:
    @pytest.mark.parametrize(
        ("text", "messages"),
        [
            (
                "m: {mix: {lefd: 1}}",
                ["4:62: images.styles.m.mix.lefd: 'lefd' is not under images.styles: expected one of left, right, m; "
                 "did you mean left?"],
            ),
            (
                "m: {mix: {left: 0, right: -1}}",
                ["4:62: images.styles.m.mix.left: 0: expected a weight from 0.000001 to 1,000,000",
                 "4:72: images.styles.m.mix.right: -1: expected a weight from 0.000001 to 1,000,000"],
            ),
            ("m: {mix: {}}", ["4:55: images.styles.m.mix: nothing: expected at least one entry"]),
            ("m: {mix: [left]}", ["4:55: images.styles.m.mix: ['left']: expected a mapping (key: value)"]),
            ("m: {mixx: {left: 1}}", ["4:49: images.styles.m: 'mixx': expected url, glob, folder, samples, mix or regions; did you mean mix?"]),
            (
                "m: {mix: {left: 1}, regions: [{style: left, mask: 'mask:left'}]}",
                ["4:49: images.styles.m: 'mix and regions': expected only one of them"],
            ),
            (
                "m: {mix: {left: 1}, wieghts: 2}",
                ["4:66: images.styles.m.wieghts: unknown key 'wieghts': expected one of mix"],
            ),
            (
                "m: [left]",
                ["4:49: images.styles.m: ['left']: expected the path of a picture, sample:<name>, {url: ...}, {glob: ...}, "
                 "{folder: ...}, {samples: ...}, {mix: ...} or {regions: ...}"],
            ),
            (
                "m: {mix: {left: 1, right: 1}}, n: {mix: {left: 1, right: 1}}",
                ["4:80: images.styles.n: the same picture as 'm': give each picture once"],
            ),
            (
                "m: {mix: {n: 1}}, n: {mix: {m: 1}}, o: {mix: {o: 1}}, p: {mix: {m: 2}}",
                ["4:49: images.styles.m: 'm' is made of itself, by way of 'n'",
                 "4:85: images.styles.o: 'o' is made of itself"],
            ),
            (
                "m: {mix: {lost: 1}}, n: {mix: {m: 1, lost: 2}}, lost: nothing.png",
                ["4:100: images.styles.lost: nothing.png: no such file; did you mean one.png?"],
            ),
            (
                "m: {mix: {n: 1, rihgt: 1}}, n: 5",
                ["4:69: images.styles.m.mix.rihgt: 'rihgt' is not under images.styles: expected one of left, right, m, "
                 "n; did you mean right?",
                 "4:77: images.styles.n: 5: expected the path of a picture, sample:<name>, {url: ...}, {glob: ...}, "
                 "{folder: ...}, {samples: ...}, {mix: ...} or {regions: ...}"],
            ),
        ],
    )  # fmt: skip
    def test_of_mixes(self, complaint, text, messages):
        assert complaint(text) == [f"small.yaml:{message}" for message in messages]

    @pytest.mark.parametrize(
        ("text", "messages"),
        [
            (
                "m: {regions: [{style: lefd, mask: 'mask:lefd'}, {style: right, mask: right.png}, "
                "{style: left, mask: 'mask:left', style_mask: rihgt.png}]}",
                ["4:68: images.styles.m.regions[0].style: 'lefd' is not under images.styles: expected one of left, "
                 "right, m; did you mean left?",
                 "4:80: images.styles.m.regions[0].mask: mask:lefd: no such mask (did you mean mask:left?): built in "
                 f"are {', '.join(masks.SHAPES)}",
                 "4:115: images.styles.m.regions[1].mask: right.png: this mask is in colour: save each region as a "
                 "grey picture of its own, white inside, black out",
                 "4:172: images.styles.m.regions[2].style_mask: rihgt.png: no such file; did you mean right.png?"],
            ),
            (
                "m: {regions: [{style: q, mask: 'mask:left'}]}, q: {regions: [{style: left, mask: 'mask:left'}]}, "
                "r: {mix: {q: 1}}",
                ["4:68: images.styles.m.regions[0].style: 'q' has regions of its own: expected a style or a mix",
                 "4:156: images.styles.r.mix.q: 'q' has regions of its own: expected a style or a mix"],
            ),
            (
                "m: {regions: [{styl: left, mask: 'mask:left', weight: 0}, left, {style: left}]}",
                ["4:60: images.styles.m.regions[0]: style is missing",
                 "4:61: images.styles.m.regions[0].styl: unknown key 'styl': expected one of style, mask, style_mask, "
                 "weight; did you mean style?",
                 "4:100: images.styles.m.regions[0].weight: 0: expected a weight from 0.000001 to 1,000,000",
                 "4:104: images.styles.m.regions[1]: 'left': expected a mapping (key: value)",
                 "4:110: images.styles.m.regions[2]: mask is missing"],
            ),
            ("m: {regions: left}", ["4:59: images.styles.m.regions: 'left': expected a list"]),
            ("m: {regions: []}", ["4:59: images.styles.m.regions: nothing: expected at least one entry"]),
        ],
    )  # fmt: skip
    def test_of_regions(self, complaint, text, messages):
        assert complaint(text) == [f"small.yaml:{message}" for message in messages]

    def test_a_black_mask_is_refused(self, complaint, folder):
        (folder / "black.png").write_bytes(images.encode_png(np.zeros((4, 4, 3), dtype=np.uint8)))
        assert complaint("m: {regions: [{style: left, mask: black.png}]}") == [
            "small.yaml:4:80: images.styles.m.regions[0].mask: black.png: this mask is black all over: what is inside "
            "must be white, or grey"
        ]

    def test_a_part_too_small_for_the_network_is_named(self, manifest, folder):
        (folder / "right.png").write_bytes(images.encode_png(np.zeros((40, 400, 3), dtype=np.uint8)))
        text = with_styles("m: {mix: {left: 1, right: 1}}").replace("size: 32", "size: 64, size_rule: long")
        text = text.replace("grid:", "pairs: [[one, m]]\n    defaults: {style_layers: conv4_1}\n    grid:")
        with pytest.raises(BenchError) as caught:
            make_plan(load(manifest(text)))
        assert (
            str(caught.value)
            .splitlines()[0]
            .endswith(
                "small.yaml:5:50: defaults.size: style 'right' becomes 64 x 6 pixels, and conv4_1 needs 8 on each side"
            )
        )


def test_a_picture_that_comes_twice_in_one_place_is_one_part_with_both_weights(style):
    given = style("m: {mix: {left: 1}}", "left")
    disc = masks.read("mask:disc", None)
    found = mixture("m", [Part(given, 1.0), Part(given, 2.0), Part(given, 4.0, disc), Part(given, 8.0, disc, disc)])
    assert [part.weight for part in found.parts] == [3.0, 4.0, 8.0]
    assert [type(part) for part in found.picture.parts] == [InputPart] * 3
