"""Input pictures as files beside the results, where workers and pages find them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import numpy as np

from bench.engines import InputFile
from bench.inputs.clip import Clip
from bench.inputs.mixtures import Mixture
from bench.inputs.picture import Input
from bench.store import Store
from bench.store.files import write_atomically, writing_atomically
from bench.store.verified import hash_file
from nst import images
from nst.masks import PREFIX, Mask


def input_path(store: Store, given: Input) -> Path:
    """Where the stored copy of a picture lies."""
    return store.root / "inputs" / f"{given.picture.sha256[:16]}.png"


def store_input(store: Store, given: Input) -> list[InputFile]:
    """The stored copies that make up an input, made now where they are not there or are not those pictures.

    Raises:
        nst.images.PictureError: when a picture can no longer be read as it was planned.
        nst.video.VideoError: when a clip cannot.
    """
    if isinstance(given, Clip):
        _store(store, given)  # its first frame, for pages
        return [InputFile(_store_clip(store, given))]
    if not isinstance(given, Mixture):
        return [InputFile(_store(store, given))]
    _store(store, given)
    return [
        InputFile(
            _store(store, part.given), part.weight, _store_mask(store, part.mask), _store_mask(store, part.style_mask)
        )
        for part in given.parts
    ]


def missing(store: Store, given: Input) -> Iterable[Input]:
    """Pictures that pages show and that are not stored yet."""
    shown = [given, *(part.given for part in given.parts)] if isinstance(given, Mixture) else [given]
    return [picture for picture in shown if not input_path(store, picture).is_file()]


def _store(store: Store, given: Input) -> Path:
    path = input_path(store, given)
    picture = given.read()
    if not _shows(path, picture):
        write_atomically(path, images.encode_png(picture.pixels, picture.alpha))
    return path


def _store_clip(store: Store, given: Clip) -> Path:
    """The copy of a clip; one that is there is kept if it is whole."""
    path = store.root / "inputs" / f"{given.picture.sha256[:16]}.clip{_plain_suffix(f'clip{given.suffix}')}"
    with suppress(OSError):
        if hash_file(path)[0] == given.picture.sha256:
            return path.absolute()
    with writing_atomically(path) as file:
        given.copy(file)
    return path.absolute()


def _shows(path: Path, picture: images.Picture) -> bool:
    """Whether a stored copy is this very picture. To decode it takes a sixth of the time that encoding anew would."""
    try:
        kept = images.open_picture(images.read_file(path), path.name)
    except images.PictureError:
        return False
    same_alpha = kept.alpha is picture.alpha or (
        kept.alpha is not None and picture.alpha is not None and np.array_equal(kept.alpha, picture.alpha)
    )
    return same_alpha and np.array_equal(kept.pixels, picture.pixels)


def _store_mask(store: Store, mask: Mask | None) -> str | None:
    """A built-in mask by its name, a file by its copy: the very bytes, which its values follow from.

    The name is one that no picture has: the same file may be both, and a picture's copy is encoded anew.
    """
    if mask is None or mask.source.startswith(PREFIX):
        return None if mask is None else mask.source
    path = store.root / "inputs" / f"mask-{mask.sha256[:16]}{_plain_suffix(mask.source)}"
    assert mask.data is not None
    _keep(path, mask.data)
    return str(path.absolute())


def _keep(path: Path, data: bytes) -> None:
    if not path.is_file() or path.read_bytes() != data:
        write_atomically(path, data)


def _plain_suffix(source: str) -> str:
    """``.png``; empty for what may not do on every file system. Readers of masks look at the content alone."""
    suffix = Path(source).suffix.lower()
    return suffix if re.fullmatch(r"\.[a-z0-9]{1,5}", suffix) else ""
