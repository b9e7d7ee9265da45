import gc
import subprocess
import sys
import weakref
from fractions import Fraction
from itertools import islice

import av
import numpy as np
import pytest
from PIL import Image

from nst.video import VideoError, colour, frames, look

from .clips import STRIPES, apart, encode, smooth, striped, taken_before_the_break, tone

#: ISO/IEC 23091-2: matrix coefficients, and whether values go from 16 to 235 (1) or from 0 to 255 (2).
BT709, BT601, BT2020, LIMITED, FULL = 1, 6, 9, 1, 2


def test_a_clip_is_looked_at(tmp_path):
    path = encode(tmp_path / "clip.mp4", [smooth(i) for i in range(10)], colours=(BT709, LIMITED))
    facts = look(path)
    assert (facts.width, facts.height, facts.frames, facts.seconds) == (96, 64, 10, 0.4)
    assert (facts.rate, facts.steady, facts.codec, facts.pixel_format) == (25, True, "h264", "yuv420p")
    assert (facts.rotation, facts.alpha, facts.sound, facts.notes) == (0, False, None, ())


def test_frames_come_with_their_times_in_the_order_in_which_they_are_shown(tmp_path):
    pictures = [smooth(i) for i in range(12)]
    path = encode(
        tmp_path / "clip.mp4", pictures, rate=Fraction(24000, 1001), colours=(BT709, LIMITED), options={"bf": "3"}
    )
    given = list(frames(path))
    assert [frame.index for frame in given] == list(range(12))
    assert [frame.seconds for frame in given] == [Fraction(i * 1001, 24000) for i in range(12)]
    assert {frame.duration for frame in given} == {Fraction(1001, 24000)}
    assert max(apart(f.pixels, p) for f, p in zip(given, pictures, strict=True)) < 2
    assert look(path).rate == Fraction(24000, 1001)


@pytest.mark.parametrize(
    "colours", [(BT709, LIMITED), (BT709, FULL), (BT601, LIMITED), (BT601, FULL), (BT2020, LIMITED)]
)
def test_colours_are_read_as_the_file_says_they_are_meant(tmp_path, colours):
    path = encode(tmp_path / "clip.mp4", [striped()] * 2, colours=colours, options={"crf": "0"}, form="yuv444p")
    first = next(frames(path))
    assert np.abs(first.pixels[16, 8::16].astype(int) - STRIPES).max() <= 2


@pytest.mark.parametrize(("size", "matrix"), [((128, 32), BT601), ((1280, 32), BT709)])
def test_colours_that_a_file_says_nothing_of_are_read_as_players_do(tmp_path, size, matrix):
    stated = encode(tmp_path / "stated.avi", [striped(*size)], codec="ffv1", form="yuv444p", colours=(matrix, LIMITED))
    path = tmp_path / "silent.mkv"
    with av.open(str(stated)) as source, av.open(str(path), "w") as output:
        stream = output.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv444p"
        for frame in source.decode(video=0):
            frame.colorspace, frame.color_range, frame.pts = 2, 0, 0
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    assert np.abs(next(frames(path)).pixels[16, size[0] // 16 :: size[0] // 8].astype(int) - STRIPES).max() <= 2
    name = "BT.601" if matrix == BT601 else "BT.709"
    assert any(name in note for note in look(path).notes)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_clip_that_was_filmed_lying_stands_upright(tmp_path, turn):
    path = encode(tmp_path / "clip.mp4", [smooth()], turn=turn, colours=(BT709, LIMITED))
    first, facts = next(frames(path)), look(path)
    assert apart(first.pixels, np.rot90(smooth(), turn // 90)) < 2
    assert (facts.width, facts.height) == ((64, 96) if turn % 180 else (96, 64))
    assert facts.rotation == (360 - turn) % 360  # told clockwise


def test_a_clip_that_was_filmed_in_a_mirror_is_mirrored_back(tmp_path):
    path = encode(tmp_path / "clip.mp4", [smooth()], mirrored=True, colours=(BT709, LIMITED))
    assert apart(next(frames(path)).pixels, smooth()[:, ::-1]) < 2
    assert look(path).rotation == 0


def test_ten_bits_are_read_as_eight(tmp_path):
    path = encode(tmp_path / "clip.mkv", [striped()], codec="ffv1", form="yuv444p10le", colours=(BT709, LIMITED))
    assert np.abs(next(frames(path)).pixels[16, 8::16].astype(int) - STRIPES).max() <= 1
    assert "10 bits a channel, read as 8" in look(path).notes


@pytest.mark.parametrize(
    ("name", "codec", "form"), [("clip.mov", "png", "rgba"), ("clip.webm", "libvpx-vp9", "yuva420p")]
)
def test_what_is_transparent_is_shown_on_white(tmp_path, name, codec, form):
    picture = np.dstack([np.full((32, 48, 3), (200, 40, 40), np.uint8), np.full((32, 48), 255, np.uint8)])
    picture[:, 24:, 3] = 0
    path = encode(tmp_path / name, [picture] * 3, codec=codec, form=form, options={"b": "0"} if "vpx" in codec else {})
    first, facts = next(frames(path)).pixels, look(path)
    assert np.abs(first[:, :20].astype(int) - (200, 40, 40)).max() <= 3
    assert (first[:, 28:] >= 253).all()
    assert facts.alpha
    assert "transparent parts are shown on white" in facts.notes


def test_time_stamps_that_begin_elsewhere_begin_at_zero(tmp_path):
    for start in (-5, 30):
        path = encode(tmp_path / f"{start}.ts", [smooth(i) for i in range(4)], start=start)
        assert [frame.seconds for frame in frames(path)] == [Fraction(i, 25) for i in range(4)]


def test_a_file_without_time_stamps_is_shown_at_its_rate(tmp_path):
    path = tmp_path / "clip.avi"  # avi has none
    encode(path, [smooth(i) for i in range(5)], codec="mpeg4", rate=10, options={"bf": "2"})
    assert [frame.seconds for frame in frames(path)] == [Fraction(i, 10) for i in range(5)]


def test_pixels_that_are_not_square_are_told(tmp_path):
    path = encode(tmp_path / "clip.mp4", [smooth()], sample_aspect_ratio=Fraction(4, 3))
    facts = look(path)
    assert facts.pixel_aspect == Fraction(4, 3)
    assert (facts.width, facts.height) == (96, 64)
    assert any("4/3" in note for note in facts.notes)


def test_sound_is_told_by_its_codec(tmp_path):
    assert look(encode(tmp_path / "clip.mp4", [smooth()] * 5, sound=0.2)).sound == "aac"


@pytest.mark.parametrize("name", ["clip.mp4", "clip.webm"])
@pytest.mark.parametrize("kept", [0.4, 0.75])
@pytest.mark.parametrize("behind", [0, 3])  # frames that are stored before those they are shown after
def test_a_file_cut_off_gives_what_there_is_and_then_says_so(tmp_path, name, kept, behind):
    options = {"bf": str(behind)} if name == "clip.mp4" else {"b": "0", "cpu-used": "8"}
    codec = "libx264" if name == "clip.mp4" else "libvpx-vp9"
    pictures = [smooth(i) for i in range(50)]
    path = encode(tmp_path / name, pictures, codec=codec, options=options, colours=(BT709, LIMITED))
    if name == "clip.mp4":
        index_first(path)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * kept)])
    given, broken = taken_before_the_break(path)
    assert str(broken).startswith(f"{path}: cannot be read beyond frame {len(given)} of about 50: ")
    assert broken.frames == len(given)
    assert 5 < len(given) < 50
    assert [frame.seconds for frame in given] == [Fraction(i, 25) for i in range(len(given))]
    assert max(apart(frame.pixels, picture) for frame, picture in zip(given, pictures, strict=False)) < 3
    facts = look(path)
    assert facts.frames == len(given)
    assert facts.steady
    assert any(note.startswith(f"cannot be read beyond frame {len(given)} of about 50") for note in facts.notes)


def index_first(path):
    """The same file with its index in front, as files for the web have it; else cutting the end takes it away."""
    other = path.with_name("other.mp4")
    with av.open(str(path)) as source, av.open(str(other), "w", options={"movflags": "+faststart"}) as output:
        stream = output.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = stream
                output.mux(packet)
    other.replace(path)


@pytest.mark.parametrize("where", [0.3, 0.5, 0.7])
@pytest.mark.parametrize("behind", [0, 3])
def test_damage_in_the_middle_ends_a_clip_there(tmp_path, where, behind):
    pictures = [smooth(i) for i in range(40)]
    path = encode(tmp_path / "clip.mp4", pictures, colours=(BT709, LIMITED), options={"bf": str(behind)})
    data = bytearray(path.read_bytes())
    middle = int(len(data) * where)
    data[middle : middle + 1000] = bytes(1000)  # the lengths of frames with it
    path.write_bytes(data)
    given, _ = taken_before_the_break(path)
    assert 5 < len(given) < 40
    assert max(apart(frame.pixels, picture) for frame, picture in zip(given, pictures, strict=False)) < 3


def test_frames_that_an_edit_left_out_are_not_missed(tmp_path):
    pictures = [smooth(i) for i in range(30)]
    path = encode(tmp_path / "clip.mp4", pictures, start=-10, colours=(BT709, LIMITED), options={"bf": "0"})
    given = list(frames(path))
    assert len(given) == 20
    assert apart(given[0].pixels, pictures[10]) < 2
    assert look(path).notes == ()


def test_a_recording_that_begins_between_two_whole_frames_begins_at_the_next(tmp_path):
    pictures = [smooth(i) for i in range(30)]
    options = {"g": "12", "sc_threshold": "0", "bf": "0"}
    path = encode(tmp_path / "clip.ts", pictures, colours=(BT709, LIMITED), options=options)
    with av.open(str(path)) as source:
        fifth = [packet.pos for packet in source.demux(video=0) if packet.size][4]
    path.write_bytes(path.read_bytes()[fifth:])
    first = next(frames(path))
    assert apart(first.pixels, pictures[12]) < 2
    assert first.seconds == 0


def test_an_mp4_without_its_index_is_refused_in_a_sentence(tmp_path):
    path = encode(tmp_path / "clip.mp4", [smooth(i) for i in range(10)])
    path.write_bytes(path.read_bytes()[:-400])
    with pytest.raises(VideoError, match="not a whole one"):
        look(path)


def a_text(path):
    path.write_text("Some thoughts on painting.\n" * 100)


def a_still(path):
    Image.fromarray(smooth()).save(path, "JPEG")


def only_sound(path):
    tone(path, "aac", 0.2)


def nothing(path):
    path.touch()


def a_playlist(path):
    encode(path.with_name("part.ts"), [smooth()] * 3)
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\npart.ts\n#EXT-X-ENDLIST\n")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (a_text, "not a video that FFmpeg can open"),
        (a_still, "not a video that FFmpeg can open"),
        (a_playlist, "not a video that FFmpeg can open"),  # it would read what others name
        (only_sound, "has only sound in it"),
        (nothing, "the file is empty"),
        (lambda path: None, "no such file"),
    ],
)
def test_what_is_no_clip_is_refused_in_a_sentence(tmp_path, make, said):
    path = tmp_path / "clip.mp4"
    make(path)
    for read in (look, lambda path: list(frames(path))):
        with pytest.raises(VideoError, match=f"clip.mp4: .*{said}"):
            read(path)


def test_a_name_that_looks_like_an_address_is_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    encode(tmp_path / "plain.mp4", [smooth()] * 2).rename(tmp_path / "http:clip%03d.mp4")
    assert look((tmp_path / "http:clip%03d.mp4").relative_to(tmp_path)).frames == 2


@pytest.mark.parametrize(
    ("codec", "name", "options", "told"),
    [
        ("libsvtav1", "clip.webm", {"preset": "10"}, "av1"),
        ("libx265", "clip.mov", {"x265-params": "log-level=none"}, "hevc"),
        ("libvpx", "clip.webm", {"b": "500k"}, "vp8"),
    ],
)
def test_other_codecs_are_read_and_called_by_their_names(tmp_path, codec, name, options, told):
    pictures = [smooth(i, 192, 128) for i in range(5)]  # x265 overruns its memory at 48 x 32
    path = encode(tmp_path / name, pictures, codec=codec, options=options, colours=(BT601, LIMITED))
    assert look(path).codec == told
    assert [frame.seconds for frame in frames(path)] == [Fraction(i, 25) for i in range(5)]
    assert max(apart(frame.pixels, pictures[frame.index]) for frame in frames(path)) < 5


def test_few_frames_are_held_at_a_time(tmp_path, monkeypatch):
    path = encode(tmp_path / "clip.mp4", [smooth(i) for i in range(60)], options={"bf": "2"})
    converted = []
    inner = colour.converted
    monkeypatch.setattr(colour, "converted", lambda frame, *rest: converted.append(frame.pts) or inner(frame, *rest))
    alive = weakref.WeakSet()
    most = 0
    for frame in frames(path):
        alive.add(frame)
        most = max(most, len(alive))
        assert len(converted) == frame.index + 1  # pixels are made when a frame is given, not before
    assert most <= 2


def test_frames_are_let_go_of_at_once(tmp_path):
    """None waits in a cycle for the garbage collector, which counts objects and not their megabytes."""
    path = encode(tmp_path / "clip.mp4", [smooth(i) for i in range(60)])
    gc.collect()
    gc.disable()
    try:
        assert sum(1 for _ in frames(path)) == 60
        assert gc.collect() < 60
    finally:
        gc.enable()


def test_a_reader_may_stop_early(tmp_path):
    path = encode(tmp_path / "clip.mp4", [smooth(i) for i in range(10)])
    assert len(list(islice(frames(path), 3))) == 3


def test_nothing_that_is_not_needed_is_imported():
    code = "import sys, nst.video; sys.exit(bool({'av', 'cv2', 'scipy', 'torch'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_without_pyav_it_is_said_how_to_get_it(tmp_path, monkeypatch):
    path = encode(tmp_path / "clip.mp4", [smooth()])
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(VideoError, match=r"pip install 'nst-bench\[video\]'"):
        look(path)
