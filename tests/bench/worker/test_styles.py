"""Real jobs of mixed styles and of styles in parts, at 32 pixels."""

import numpy as np
import pytest

from nst import images
from tests.bench.small import SMALL


def styled(text, **parameters):
    """SMALL with one style more, which its jobs use, and further parameters."""
    given = "".join(f", {name}: {value}" for name, value in parameters.items())
    return (
        SMALL.replace("right: right.png}", f"right: right.png, m: {text}}}")
        .replace("evaluations: 3}", f"evaluations: 3{given}}}")
        .replace("grid: {init: [noise, content]}\n    compare: [init]", "pairs: [[one, m]]")
    )


def first_loss(curve):
    return float(curve[0]["style.conv1_1"])


class TestMixes:
    def test_a_mix_of_one_style_is_that_style(self, carry_out):
        _, _, mixed, _ = carry_out(styled("{mix: {left: 5}}"))
        _, _, alone, _ = carry_out()
        keys = [key for key in alone[0] if key != "seconds"]
        assert [[row[key] for key in keys] for row in mixed] == [[row[key] for key in keys] for row in alone]

    def test_a_mix_lies_between_its_styles_by_its_weights(self, carry_out):
        """Gram matrices are mixed, so the target of equal weights is their middle, and further off on either side."""
        weights = ("left: 1", "left: 3, right: 1", "left: 1, right: 1", "left: 1, right: 3", "right: 1")
        found = [first_loss(carry_out(styled(f"{{mix: {{{text}}}}}"))[2]) for text in weights]
        assert len(set(found)) == 5
        # The loss is a quadratic of the weight, so any three of five equal steps tell the others.
        second = np.diff(found, 2)
        assert second == pytest.approx([second[0]] * 3, rel=1e-2)

    def test_a_mix_has_no_one_picture_to_be_near_to(self, carry_out):
        quality = carry_out(styled("{mix: {left: 1, right: 1}}"))[1].outcome.quality
        assert (quality.style_distance, quality.colour_distance, quality.style_colourfulness) == (None, None, None)
        assert quality.structure is not None


class TestRegions:
    def test_outside_of_all_regions_a_style_changes_nothing(self, carry_out):
        text = styled("{regions: [{style: left, mask: 'mask:left'}]}", style_layers="conv1_1", content_weight=0)
        one, three = (
            images.read(carry_out(changed)[3] / "image.png").astype(int)
            for changed in (text.replace("evaluations: 3", "evaluations: 1"), text)
        )
        changed = (one != three).any(axis=(0, 2))  # by column
        assert changed[:15].all()
        assert not changed[18:].any()

    def test_each_region_is_held_to_its_own_style(self, carry_out, folder):
        """The start is one style's left half beside the other's right half: only with the masks that way round is
        there almost nothing left to do."""
        left, right = (images.read(folder / f"{name}.png") for name in ("left", "right"))
        halves = np.concatenate([left[:, :24], right[:, 24:]], axis=1)
        (folder / "one.png").write_bytes(images.encode_png(halves))
        (folder / "half.png").write_bytes(images.encode_png(np.array([[[255] * 3, [0] * 3]], dtype=np.uint8)))
        text = (
            "{regions: [{style: left, mask: A, style_mask: half.png}, "
            "{style: right, mask: B, style_mask: 'mask:right'}]}"
        )
        straight, crossed = (
            first_loss(carry_out(styled(given, style_layers="conv1_1", init="content"))[2])
            for given in (
                text.replace("A", "half.png").replace("B", "'mask:right'"),
                text.replace("A", "'mask:right'").replace("B", "half.png"),
            )
        )
        assert straight < 0.1 * crossed

    def test_only_the_masked_part_of_a_style_counts(self, carry_out, folder):
        left, right = (images.read(folder / f"{name}.png") for name in ("left", "right"))
        mixed = left.copy()
        mixed[28:] = right[28:]  # of 40 rows; mask:top ends at the 20th
        (folder / "mixed.png").write_bytes(images.encode_png(mixed))
        text = "{regions: [{style: left, mask: 'mask:disc'STYLE_MASK}]}"
        found = {}
        for name, mask in (("left", ""), ("left", ", style_mask: 'mask:top'"), ("mixed", ", style_mask: 'mask:top'")):
            given = styled(text.replace("STYLE_MASK", mask), style_layers="conv1_1")
            given = given.replace("left: left.png", f"left: {name}.png")
            found[name, mask != ""] = first_loss(carry_out(given)[2])
        assert found["left", True] == found["mixed", True] != found["left", False]

    def test_a_style_in_parts_has_no_one_picture_to_be_near_to(self, carry_out):
        quality = carry_out(styled("{regions: [{style: left, mask: 'mask:disc'}]}"))[1].outcome.quality
        assert (quality.style_distance, quality.colour_distance) == (None, None)
