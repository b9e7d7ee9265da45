"""Picture files and colour profiles written byte by byte, so that tests know what is in them."""

import struct
import zlib
from io import BytesIO

import numpy as np
from PIL import Image

PNG = b"\x89PNG\r\n\x1a\n"
PNG_GREY, PNG_RGB, PNG_RGBA = 0, 2, 6

#: Primaries relative to D50: columns are R, G and B in XYZ (Bruce Lindbloom's tables).
SRGB_TO_XYZ = np.array(
    [[0.4360747, 0.3850649, 0.1430804], [0.2225045, 0.7168786, 0.0606169], [0.0139322, 0.0971045, 0.7141733]]
)
ADOBE_TO_XYZ = np.array(
    [[0.6097559, 0.2052401, 0.1492240], [0.3111242, 0.6256560, 0.0632197], [0.0194811, 0.0608902, 0.7448387]]
)
D50 = (0.9642, 1.0, 0.8249)


def encoded(picture, kind="PNG", **options):
    """A file of a Pillow image or an array."""
    buffer = BytesIO()
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width, height, depth, colour_type, *chunks, rows=b""):
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    return PNG + chunk(b"IHDR", header) + b"".join(chunks) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def deep_png(values, colour_type, *chunks):
    """A PNG of 16 bits per channel from a uint16 array (height, width[, channels])."""
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    return png(values.shape[1], values.shape[0], 16, colour_type, *chunks, rows=rows)


def _fixed(*numbers):
    return b"".join(struct.pack(">i", round(number * 65536)) for number in numbers)


def _profile(kind, space, connection, name, tags):
    """An ICC profile, version 2.4, of the tags given beside the ones that all must have."""
    text = name.encode() + b"\0"
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(4 + 4 + 2 + 1 + 67),
        b"cprt": b"text\0\0\0\0none\0",
        b"wtpt": b"XYZ \0\0\0\0" + _fixed(*D50),
        **tags,
    }
    table, body, start = b"", b"", 128 + 4 + 12 * len(tags)
    for tag, content in tags.items():
        table += tag + struct.pack(">II", start + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    header = struct.pack(">II", start + len(body), 0) + bytes([2, 0x40, 0, 0]) + kind + space + connection
    header += struct.pack(">6H", 2020, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + _fixed(*D50)
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def _gamma(exponent):
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(exponent * 256))


def rgb_profile(name, to_xyz, gamma):
    """RGB of any primaries: linear light is value^gamma, XYZ is ``to_xyz`` times that."""
    tags = {
        letter + b"XYZ": b"XYZ \0\0\0\0" + _fixed(*to_xyz[:, column])
        for column, letter in enumerate([b"r", b"g", b"b"])
    }
    tags |= {letter + b"TRC": _gamma(gamma) for letter in (b"r", b"g", b"b")}
    return _profile(b"mntr", b"RGB ", b"XYZ ", name, tags)


def grey_profile(name, gamma):
    return _profile(b"mntr", b"GRAY", b"XYZ ", name, {b"kTRC": _gamma(gamma)})


def cmyk_profile(name, lab):
    """Inks of any colour: ``lab`` gives the CIELAB bytes of every corner, from (c, m, y, k) of zeros and ones."""
    corners = bytes(value for index in range(16) for value in lab[tuple(index >> bit & 1 for bit in (3, 2, 1, 0))])
    identity = bytes(range(256))
    lut = (
        b"mft1\0\0\0\0"
        + bytes([4, 3, 2, 0])
        + _fixed(1, 0, 0, 0, 1, 0, 0, 0, 1)
        + identity * 4
        + corners
        + identity * 3
    )
    return _profile(b"prtr", b"CMYK", b"Lab ", name, {b"A2B0": lut})


def srgb_from_xyz(xyz):
    """sRGB levels 0..255, not rounded, of XYZ relative to D50 (IEC 61966-2-1)."""
    linear = np.clip(xyz @ np.linalg.inv(SRGB_TO_XYZ).T, 0, 1)
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def xyz_from_lab(lightness, a, b):
    f = np.array([(lightness + 16) / 116 + a / 500, (lightness + 16) / 116, (lightness + 16) / 116 - b / 200])
    return np.array(D50) * np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29))
