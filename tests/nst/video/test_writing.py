import errno
import hashlib
from fractions import Fraction

import av
import numpy as np
import pytest

from nst.video import VideoError, Writer, frames, look

from .clips import STRIPES, apart, encode, heard, smooth, striped, tone

EVERY_FORMAT = pytest.mark.parametrize("suffix", [".mp4", ".webm"])
#: Seconds at which frames of a clip with a variable frame rate appear, whole milliseconds.
UNEVEN = [Fraction(ms, 1000) for ms in (0, 33, 100, 200, 410, 500, 1000)]
UNEVEN_END = Fraction(1300, 1000)


def write(path, pictures, rate=Fraction(25), times=None, end=None, **more):
    times = times or [i / rate for i in range(len(pictures))]
    ends = [*times[1:], end or times[-1] + 1 / rate]
    height, width = pictures[0].shape[:2]
    with Writer(path, width, height, rate=rate, **more) as writer:
        for picture, start, stop in zip(pictures, times, ends, strict=True):
            writer.add(picture, start, stop - start)
    return writer


@EVERY_FORMAT
def test_what_is_written_is_read_again(tmp_path, suffix):
    pictures = [smooth(i) for i in range(12)]
    path = tmp_path / f"result{suffix}"
    assert write(path, pictures, rate=Fraction(24000, 1001)).notes == []
    given, facts = list(frames(path)), look(path)
    assert max(apart(f.pixels, p) for f, p in zip(given, pictures, strict=True)) < 3
    assert (facts.width, facts.height, facts.frames, facts.rate, facts.steady) == (
        96,
        64,
        12,
        Fraction(24000, 1001),
        True,
    )
    assert (facts.codec, facts.pixel_format, facts.notes) == ({".mp4": "h264", ".webm": "vp9"}[suffix], "yuv420p", ())
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@EVERY_FORMAT
def test_colours_come_back_within_two_levels(tmp_path, suffix):
    path = tmp_path / f"result{suffix}"
    write(path, [striped()] * 3, quality="best")
    for frame in frames(path):
        assert np.abs(frame.pixels[16, 8::16].astype(int) - STRIPES).max() <= 2


@EVERY_FORMAT
def test_colours_are_marked_as_what_they_are(tmp_path, suffix):
    path = tmp_path / f"result{suffix}"
    write(path, [smooth()] * 2)
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
    bt709, limited = 1, 1
    assert (frame.colorspace, frame.color_primaries, frame.color_trc, frame.color_range) == (
        bt709,
        bt709,
        bt709,
        limited,
    )


@EVERY_FORMAT
def test_a_variable_frame_rate_is_kept(tmp_path, suffix):
    path = tmp_path / f"result{suffix}"
    write(path, [smooth(i) for i in range(7)], Fraction(70, 13), UNEVEN, UNEVEN_END)
    given = list(frames(path))
    assert [frame.seconds for frame in given] == UNEVEN
    assert given[-1].duration == UNEVEN_END - UNEVEN[-1]
    assert not look(path).steady


@pytest.mark.parametrize(
    "rate", [Fraction(25), Fraction(30000, 1001), Fraction(24), Fraction(15), Fraction(120), Fraction(25, 2)]
)
def test_time_stamps_in_mp4_are_exact(tmp_path, rate):
    path = tmp_path / "result.mp4"
    write(path, [smooth(i) for i in range(5)], rate)
    assert [frame.seconds for frame in frames(path)] == [i / rate for i in range(5)]
    assert look(path).rate == rate


def test_time_stamps_in_webm_are_whole_milliseconds(tmp_path):
    path = tmp_path / "result.webm"
    write(path, [smooth(i) for i in range(5)], Fraction(30))
    assert [frame.seconds for frame in frames(path)] == [Fraction(ms, 1000) for ms in (0, 33, 67, 100, 133)]
    assert (look(path).rate, look(path).steady) == (30, True)


@pytest.mark.parametrize(("width", "height"), [(95, 64), (96, 63), (95, 63), (1, 1)])
def test_odd_sizes_are_kept_in_webm_and_rounded_up_in_mp4(tmp_path, width, height):
    picture = smooth(0, width, height)
    assert write(tmp_path / "result.webm", [picture] * 2).notes == []
    assert (look(tmp_path / "result.webm").width, look(tmp_path / "result.webm").height) == (width, height)
    writer = write(tmp_path / "result.mp4", [picture] * 2)
    assert writer.notes == [f"H.264 takes even sizes only: of {width} × {height} the last column or row is repeated"]
    given = next(frames(tmp_path / "result.mp4")).pixels
    assert given.shape == (height + height % 2, width + width % 2, 3)
    assert apart(given[:height, :width], picture) < 3


def test_mp4_is_of_the_kind_that_browsers_play_while_it_comes(tmp_path):
    path = tmp_path / "result.mp4"
    write(path, [smooth(i) for i in range(5)])
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.profile, stream.pix_fmt) == ("High", "yuv420p")
        assert [packet.pts == packet.dts for packet in container.demux(stream) if packet.size] == [True] * 5


@EVERY_FORMAT
def test_the_same_frames_give_the_same_bytes(tmp_path, suffix):
    sound = tone(tmp_path / "tone.ogg", "libvorbis" if "libvorbis" in av.codecs_available else "libopus", 0.3)
    digests = set()
    for name in ("one", "two"):
        path = tmp_path / f"{name}{suffix}"
        write(path, [smooth(i) for i in range(6)], sound=sound)
        digests.add(hashlib.sha256(path.read_bytes()).hexdigest())
    assert len(digests) == 1


def test_better_quality_is_closer_and_larger(tmp_path):
    size, distance = {}, {}
    noisy = np.random.default_rng(0).integers(0, 60, (64, 96, 3)).astype(np.uint8) + smooth() // 2
    for quality in ("small", "good", "best"):
        path = tmp_path / f"{quality}.mp4"
        write(path, [noisy] * 3, quality=quality)
        size[quality], distance[quality] = path.stat().st_size, apart(next(frames(path)).pixels, noisy)
    assert size["small"] < size["good"] < size["best"]
    assert distance["small"] > distance["good"] > distance["best"]


def test_pixels_that_are_not_square_are_written(tmp_path):
    write(tmp_path / "result.mp4", [smooth()] * 2, pixel_aspect=Fraction(4, 3))
    assert look(tmp_path / "result.mp4").pixel_aspect == Fraction(4, 3)


@pytest.mark.parametrize(
    ("name", "codec", "suffix", "written", "note"),
    [
        ("tone.m4a", "aac", ".mp4", "aac", []),
        ("tone.ts", "aac", ".mp4", "aac", []),  # as broadcast: a header in every packet
        ("tone.mp3", "libmp3lame", ".mp4", "mp3", []),
        ("tone.ogg", "libopus", ".mp4", "aac", ["sound encoded anew as AAC, it was opus"]),
        ("tone.ogg", "libopus", ".webm", "opus", []),
        ("tone.m4a", "aac", ".webm", "opus", ["sound encoded anew as Opus, it was aac"]),
        ("tone.wav", "pcm_s16le", ".webm", "opus", ["sound encoded anew as Opus, it was pcm_s16le"]),
    ],
)
def test_sound_comes_along_and_ends_with_the_frames(tmp_path, name, codec, suffix, written, note):
    sound = tone(tmp_path / name, codec, 2.0)
    path = tmp_path / f"result{suffix}"
    writer = write(path, [smooth(i) for i in range(20)], sound=sound)
    assert writer.notes == note
    assert look(path).sound == written
    samples, rate = heard(path)
    a_packet = 1152 / 48000
    assert 0.8 - 0.002 <= len(samples) / rate <= 0.8 + a_packet
    middle = samples[int(0.3 * rate) : int(0.6 * rate)]
    assert (
        abs(
            np.sqrt((middle.astype(float) ** 2).mean()) / (np.iinfo(np.int16).max if middle.dtype == np.int16 else 1)
            - 0.354
        )
        < 0.02
    )
    assert [frame.seconds for frame in frames(path)] == [Fraction(i, 25) for i in range(20)]


@EVERY_FORMAT
def test_sound_shorter_than_the_frames_ends_earlier(tmp_path, suffix):
    path = tmp_path / f"result{suffix}"
    write(path, [smooth(i) for i in range(20)], sound=tone(tmp_path / "tone.m4a", "aac", 0.4))
    samples, rate = heard(path)
    assert 0.39 <= len(samples) / rate <= 0.45
    assert look(path).frames == 20


def test_sound_of_a_clip_stays_in_step_with_its_frames(tmp_path):
    """A clip whose pictures begin half a second after its sound: what was heard before is cut off."""
    source = encode(tmp_path / "late.mkv", [smooth(i) for i in range(20)], start=13, sound=1.4)
    path = tmp_path / "result.mp4"
    write(path, [frame.pixels for frame in frames(source)], sound=source)
    samples, rate = heard(path)
    assert abs(len(samples) / rate - 0.8) < 0.03
    assert next(frames(path)).seconds == 0


def test_a_clip_without_sound_gives_none(tmp_path):
    silent = encode(tmp_path / "silent.mp4", [smooth()] * 3)
    with pytest.raises(VideoError, match=r"silent\.mp4: has no sound"):
        write(tmp_path / "result.mp4", [smooth()] * 3, sound=silent)
    assert [p.name for p in tmp_path.iterdir()] == ["silent.mp4"]


@EVERY_FORMAT
def test_an_exception_leaves_nothing_behind_and_what_was_there_as_it_was(tmp_path, suffix):
    path = tmp_path / f"result{suffix}"
    path.write_text("before")

    def interrupted():
        with Writer(path, 96, 64, rate=Fraction(25)) as writer:
            writer.add(smooth(), Fraction(0), Fraction(1, 25))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    assert path.read_text() == "before"


@EVERY_FORMAT
def test_without_a_frame_there_is_no_file(tmp_path, suffix):
    with (
        pytest.raises(VideoError, match="no frame was given"),
        Writer(tmp_path / f"a{suffix}", 96, 64, rate=Fraction(25)),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


@EVERY_FORMAT
def test_a_codec_that_is_not_there_is_named(tmp_path, suffix, monkeypatch):
    def missing(self, name, **more):
        raise av.codec.codec.UnknownCodecError(name)

    class Lacking:
        """PyAV with containers that know no codec."""

        def __getattr__(self, name):
            return getattr(av, name)

        def open(self, *given, **more):
            container = av.open(*given, **more)
            return type("Container", (), {"add_stream": missing, "close": lambda self: container.close()})()

    monkeypatch.setattr("nst.video.writing.pyav", Lacking)
    named = {".mp4": r"H\.264 \(libx264\): write \.webm", ".webm": r"VP9 \(libvpx-vp9\): write \.mp4"}[suffix]
    with pytest.raises(VideoError, match=f"no encoder for {named}"):
        write(tmp_path / f"result{suffix}", [smooth()])
    assert list(tmp_path.iterdir()) == []


def test_other_kinds_of_files_are_refused(tmp_path):
    with pytest.raises(VideoError, match=r"written as \.mp4 or \.webm, not as '\.avi'"):
        Writer(tmp_path / "result.avi", 96, 64, rate=Fraction(25))


def test_frames_that_do_not_belong_are_refused(tmp_path):
    def second(pixels, seconds):
        with Writer(tmp_path / "result.mp4", 96, 64, rate=Fraction(25)) as writer:
            writer.add(smooth(), Fraction(0), Fraction(1, 25))
            writer.add(pixels, seconds, Fraction(1, 25))

    for pixels, seconds in ((smooth(0, 50, 40), Fraction(1)), (smooth() / 255, Fraction(1)), (smooth(), Fraction(0))):
        with pytest.raises(ValueError, match="expected"):
            second(pixels, seconds)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_as_one_and_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("nst.video.writing.os.fsync", full)
    with pytest.raises(OSError, match="No space left") as told:
        write(tmp_path / "result.mp4", [smooth()])
    assert told.value.errno == errno.ENOSPC
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_an_error_of_the_disk(tmp_path):
    with pytest.raises(OSError, match="No such file"):
        write(tmp_path / "nowhere" / "result.mp4", [smooth()])
