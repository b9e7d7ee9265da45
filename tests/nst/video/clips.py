"""Clips made byte by byte, or by FFmpeg with other settings than ours, so that tests know what is in them."""

from fractions import Fraction

import av
import numpy as np

from nst.video import Broken, frames

#: Colours far apart, in stripes wide enough that halved chroma does not blur their middles.
STRIPES = [
    (255, 0, 0),
    (0, 255, 0),
    (0, 0, 255),
    (200, 100, 50),
    (128, 128, 128),
    (255, 255, 255),
    (0, 0, 0),
    (30, 180, 200),
]


def striped(width=128, height=32):
    """Eight upright stripes of :data:`STRIPES`."""
    return np.repeat(np.array(STRIPES, dtype=np.uint8)[None], width // 8, axis=1).repeat(height, axis=0)


def smooth(index=0, width=96, height=64):
    """A soft picture that differs from index to index, with a red corner at the top left."""
    y, x = np.mgrid[:height, :width] / max(height, width)
    picture = 0.5 + 0.4 * np.stack([np.sin(4 * x + index / 3), np.cos(3 * y - index / 5), np.sin(3 * (x + y))], axis=-1)
    pixels = np.rint(picture * 255).astype(np.uint8)
    pixels[: height // 4, : width // 4] = (250, 20, 20)
    return pixels


def apart(one, other):
    """The mean difference of two pictures in 8-bit levels."""
    return np.abs(one.astype(float) - other.astype(float)).mean()


def encode(
    path,
    pictures,
    *,
    codec="libx264",
    form="yuv420p",
    rate=25,
    options=None,
    start=0,
    turn=0,
    mirrored=False,
    colours=None,
    sound=0,
    **more,
):
    """A video of RGB or RGBA pictures, written by PyAV directly.

    ``colours``: (matrix, range) to convert by and to state; None converts by swscale's own choice and states nothing.
    ``start``: time stamp of the first frame, in frames. ``turn``: degrees that players turn it by, anticlockwise; ``mirrored``: and left for right.
    ``sound``: seconds of a tone. ``more``: for the file's stream.
    """
    with av.open(str(path), "w") as output:
        stream = output.add_stream(codec, rate=Fraction(rate))
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = form
        stream.codec_context.thread_count = 1
        stream.codec_context.options = {"crf": "8"} | (options or {}) if codec.startswith("lib") else options or {}
        for name, value in more.items():
            setattr(stream.codec_context, name, value)
        if turn or mirrored:
            stream.set_display_rotation(turn, hflip=mirrored)
        if colours:
            stream.codec_context.colorspace, stream.codec_context.color_range = colours
        tone = output.add_stream("aac" if "mp4" in output.format.name else "libopus", rate=48000) if sound else None
        for index, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, "rgba" if picture.shape[2] == 4 else "rgb24")
            if colours:
                matrix = {1: "ITU709", 5: "ITU601", 6: "ITU601", 9: "BT2020"}[colours[0]]
                frame = frame.reformat(format=form, dst_colorspace=matrix, dst_color_range=colours[1])
                frame.colorspace, frame.color_range = colours
            frame.pts, frame.time_base = start + index, 1 / Fraction(rate)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
        if tone:
            put_tone(output, tone, sound)
    return path


def put_tone(output, stream, seconds, rate=48000):
    """A tone of 440 Hz, loud enough to be measured."""
    wave = 0.5 * np.sin(2 * np.pi * 440 * np.arange(round(seconds * rate)) / rate)
    frame = av.AudioFrame.from_ndarray(np.stack([wave, wave]).astype(np.float32), format="fltp", layout="stereo")
    frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), 0
    output.mux(stream.encode(frame))
    output.mux(stream.encode(None))


def tone(path, codec, seconds):
    """A file with nothing but sound."""
    with av.open(str(path), "w") as output:
        put_tone(output, output.add_stream(codec, rate=48000), seconds)
    return path


def heard(path):
    """Samples of the first channel, and samples a second."""
    with av.open(str(path)) as container:
        pieces = [frame.to_ndarray() for frame in container.decode(audio=0)]
        return np.concatenate([piece[0] for piece in pieces]), container.streams.audio[0].rate


def taken_before_the_break(path):
    """The frames of a clip that is broken, and what is said of that."""
    given = []
    try:
        for frame in frames(path):
            given.append(frame)
    except Broken as error:
        return given, error
    raise AssertionError("it is whole")
