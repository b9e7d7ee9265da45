"""Photographs that lie inside the scikit-image package, read from its folder.

``skimage.data`` itself is not called: for some versions it wants the downloader ``pooch`` even for
files that are there. Nothing here imports scikit-image or reaches the network.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from nst import images
from nst.samples.canvas import Bytes


def folder() -> Path:
    """The folder of scikit-image's data files; FileNotFoundError where the package is missing."""
    # find_spec looks a top-level package up without running it: importing skimage takes a while.
    spec = find_spec("skimage")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("the sample photographs come with scikit-image, which is not installed")
    return Path(spec.submodule_search_locations[0]) / "data"


def read(file: str) -> Bytes:
    """The photograph of a file name as (H, W, 3) uint8 sRGB; grey ones with three equal channels.

    Raises FileNotFoundError where scikit-image, or the file in it, is missing.
    """
    path = folder() / file
    if not path.is_file():
        raise FileNotFoundError(f"this scikit-image comes without {file} (looked in {path.parent})")
    # As any file is read: rocket.jpg carries the profile Adobe RGB (1998). A copy, for the caller to write to.
    return images.decode(path.read_bytes(), file).copy()
