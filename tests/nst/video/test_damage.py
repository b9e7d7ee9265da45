"""Files with anything in them: what is read of them agrees, and whatever goes wrong is told in a sentence."""

import random
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from nst.video import Broken, VideoError, Writer, frames, look, pack

from .clips import encode, smooth
from .test_animated import animated

PICTURES = [smooth(i, 48, 32) for i in range(8)]


def folder(path):
    for index, picture in enumerate(PICTURES[:4]):
        Image.fromarray(picture).save(path.parent / f"{index}.png")
    with path.open("wb") as file:
        pack(path.parent, file, Fraction(12))


def of_kind(kind):
    return lambda path: path.write_bytes(animated(kind, PICTURES, 50))


def video(codec, **more):
    return lambda path: encode(path, PICTURES, codec=codec, **more)


KINDS = {
    "clip.mp4": video("libx264", sound=0.3),
    "clip.webm": video("libvpx-vp9", sound=0.3),
    "clip.mkv": video("libx264"),
    "clip.ts": video("libx264"),
    "clip.avi": video("mpeg4"),
    "clip.png": of_kind("PNG"),
    "clip.gif": of_kind("GIF"),
    "clip.webp": of_kind("WEBP"),
    "clip.zip": folder,
}


def damaged(whole, chance):
    data = bytearray(whole)
    kind = chance.choice(("cut", "changed", "changed", "missing"))
    if kind == "cut":
        return data[: chance.randrange(1, len(data))]
    if kind == "missing":
        start = chance.randrange(len(data))
        return data[:start] + data[start + chance.randrange(1, 300) :]
    for _ in range(chance.choice((1, 5, 30))):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return data


def counted(path):
    """Frames that come, and as many as are told to have come where the file is broken."""
    number = 0
    try:
        for _ in frames(path):
            number += 1
    except Broken as error:
        return number, error.frames
    return number, number


@pytest.mark.parametrize("name", KINDS)
def test_damaged_files_are_read_in_part_or_refused_in_a_sentence(tmp_path, name):
    path, result = tmp_path / name, tmp_path / "result.webm"
    KINDS[name](path)
    whole, chance, told = path.read_bytes(), random.Random(name), []
    for _ in range(20):
        path.write_bytes(damaged(whole, chance))
        try:
            facts = look(path)
            assert counted(path) == (facts.frames, facts.frames)
            told += [str(path) for note in facts.notes if "cannot be read" in note]
            if facts.sound:
                with Writer(result, 48, 32, rate=Fraction(25), sound=path) as writer:
                    writer.add(np.zeros((32, 48, 3), np.uint8), Fraction(0), Fraction(1, 25))
        except VideoError as error:
            told.append(str(error))
    assert told
    assert all(str(path) in said or str(result) in said for said in told)
