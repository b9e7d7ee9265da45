"""A real video of few colours, 32 x 32 pixels: VP8 in WebM, put together byte by byte."""

from __future__ import annotations

import base64
import struct

#: A key frame in orange, then blue, then orange.
_FRAMES = (
    "0AIAnQEqIAAgAAGHCIWFiJmEiAgCAnWqA/gCCCEpnnD+4uC/87BsS7Xjn/9Wh8tD5aH7dgA=",
    "0QEABxDsABgAHlf0DABBDgD+4cN/I4O/gO/y2daY/Dw/DdA=",
    "EQIABxDkABgHT/ggmfMNAEbBAP67t+vg+yqj8kllhPbA",
)


def _element(identity: int, content: bytes) -> bytes:
    """An element of EBML (RFC 8794): its id, its length in eight bytes, what it holds."""
    return bytes.fromhex(f"{identity:x}") + struct.pack(">Q", len(content) | 1 << 56) + content


def _number(identity: int, value: int) -> bytes:
    return _element(identity, struct.pack(">I", value))


def webm(count: int = 3, milliseconds: int = 200) -> bytes:
    """So many frames, orange, blue and orange in turn; each is shown so long."""
    head = _number(0x4286, 1) + _number(0x42F7, 1) + _number(0x42F2, 4) + _number(0x42F3, 8)
    head += _element(0x4282, b"webm") + _number(0x4287, 2) + _number(0x4285, 2)
    info = _number(0x2AD7B1, 1_000_000) + _element(0x4489, struct.pack(">d", float(count * milliseconds)))
    info += _element(0x4D80, b"test") + _element(0x5741, b"test")
    track = _number(0xD7, 1) + _number(0x73C5, 1) + _number(0x83, 1) + _element(0x86, b"V_VP8")
    track += _element(0xE0, _number(0xB0, 32) + _number(0xBA, 32))
    blocks = b"".join(
        _element(
            0xA3,
            struct.pack(">BhB", 0x81, milliseconds * k, 0x00 if k % 3 else 0x80) + base64.b64decode(_FRAMES[k % 3]),
        )
        for k in range(count)
    )
    cluster = _element(0x1F43B675, _number(0xE7, 0) + blocks)
    tracks = _element(0x1654AE6B, _element(0xAE, track))
    return _element(0x1A45DFA3, head) + _element(0x18538067, _element(0x1549A966, info) + tracks + cluster)
