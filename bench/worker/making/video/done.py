"""Frames that are done, on disk: what a clip is put together from, and where the next try goes on."""

from __future__ import annotations

import hashlib
import shutil
from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from bench.record import Diagnosis, Pull
from bench.store.files import write_atomically
from nst import images
from nst.images import Bytes, PictureError


class FrameNotes(BaseModel):
    """What is known of a stylised frame; written behind its picture, so that a frame with notes is whole."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="null")

    sha256: str
    """Of the PNG."""
    warm: bool
    """Whether it began with the frame before."""
    evaluations: int
    updates: int
    seconds: float
    """Of work, all that its evaluations and targets took; of several made together, its share."""
    loss: float | None
    saved_loss: float | None
    terms: dict[str, float | None]
    out_of_gamut: float
    seed: int
    diagnosis: Diagnosis | None
    pull: Pull | None = None


class Done:
    """The frames of one job that are done.

    Args:
        folder: where they lie, made where it is missing.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def picture_path(self, index: int) -> Path:
        return self.folder / name(index)

    def picture(self, index: int) -> Bytes:
        """A frame that is there.

        Raises:
            PictureError: when it is not.
        """
        return images.read(self.picture_path(index))

    def get(self, index: int) -> tuple[Bytes, FrameNotes] | None:
        """A frame with its notes, or None where there is none that can be trusted."""
        try:
            notes = FrameNotes.model_validate_json(self._notes_path(index).read_bytes())
            data = self.picture_path(index).read_bytes()
        except (OSError, ValidationError):
            return None
        if hashlib.sha256(data).hexdigest() != notes.sha256:
            return None
        with suppress(PictureError):
            return images.open_picture(data, name(index)).pixels, notes
        return None

    def put(self, index: int, image: Bytes, notes: FrameNotes) -> None:
        """Write a frame down; ``notes`` get the hash of its bytes.

        Raises:
            OSError: when it cannot be written.
        """
        data = images.encode_png(image)
        _write(self.picture_path(index), data)
        whole = notes.model_copy(update={"sha256": hashlib.sha256(data).hexdigest()})
        _write(self._notes_path(index), whole.model_dump_json().encode())

    def _notes_path(self, index: int) -> Path:
        return self.picture_path(index).with_suffix(".json")


def name(index: int) -> str:
    """File of a frame, counted from 1: ``frame-00001.png``."""
    return f"frame-{index + 1:05d}.png"


def _write(path: Path, data: bytes) -> None:
    if path.is_dir() and not path.is_symlink():  # nothing of ours
        shutil.rmtree(path)
    write_atomically(path, data)
