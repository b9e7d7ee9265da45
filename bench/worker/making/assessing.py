"""What is told of a picture that was made, beside its loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from bench.finite import finite
from bench.record import Pull, Quality
from nst import images, metrics
from nst.images import Bytes
from nst.kept import Kept, fit
from nst.made import Made
from nst.preparing import StyleSource
from nst.settings import Settings
from nst.stages import style_size


def quality_of(
    settings: Settings, image: Bytes, content: Bytes | None, styles: Sequence[StyleSource], kept: Kept
) -> Quality:
    """Figures of the picture as saved, beside the pictures it was made from, as those were read.

    A style of several pictures, or one that counts or applies in parts, has no one picture to compare with.
    """
    height, width = image.shape[:2]

    def sized(picture: Bytes, height: int, width: int) -> Bytes:
        return images.to_bytes(fit(kept, picture, height, width, settings.resampling))

    style = None
    if len(styles) == 1 and styles[0].region is None and styles[0].source is None:
        drawn = styles[0].picture
        # As large as the network saw it: strokes are compared pixel by pixel.
        seen = style_size(settings, settings.size, drawn.shape[1], drawn.shape[0], (width, height))
        style = sized(drawn, seen[1], seen[0])
    seen_content = None if content is None else sized(content, height, width)
    return Quality(**asdict(metrics.assess(image, seen_content, style, kept)))


def pull_of(made: Made) -> Pull | None:
    """How strongly each term pulls, where that was asked for."""
    ends = made.pull
    if ends is None:
        return None
    start, end = ({name: finite(norm) for name, norm in norms.items()} for norms in (ends.start, ends.end))
    return Pull(start=start, end=end)
