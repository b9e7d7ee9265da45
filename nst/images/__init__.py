"""Pictures as arrays: reading, sizing, writing. No torch here.

On disk and in memory a picture is a uint8 array (height, width, 3), sRGB, with a uint8 alpha plane (height, width)
beside it where it is not opaque throughout. Sized for a network it is float32 (height, width, 3) in [0, 1].
"""

from nst.images.base import Bytes, PictureError, Pixels, Plane, find_file, read_file
from nst.images.decoding import MAX_PIXELS, Picture, decode, open_picture, read, stored_values
from nst.images.encoding import encode_png, to_bytes
from nst.images.sizes import (
    RESAMPLINGS,
    SIZE_RULES,
    Resampling,
    SizeRule,
    check_size,
    fit,
    resize,
    resize_alpha,
    target_size,
)

__all__ = [
    "MAX_PIXELS",
    "RESAMPLINGS",
    "SIZE_RULES",
    "Bytes",
    "Picture",
    "PictureError",
    "Pixels",
    "Plane",
    "Resampling",
    "SizeRule",
    "check_size",
    "decode",
    "encode_png",
    "find_file",
    "fit",
    "open_picture",
    "read",
    "read_file",
    "resize",
    "resize_alpha",
    "stored_values",
    "target_size",
    "to_bytes",
]
