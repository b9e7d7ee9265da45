"""What makes the picture of a job: a module for each way of making one. Imports torch: for workers.

A module here has a function ``make`` that is a :class:`Make`; a task names it (:attr:`bench.tasks.Task.maker`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast

from bench.engines import InputFile
from bench.record import Diagnosis, Outcome
from bench.tasks import TASKS, Task
from bench.worker.warm import Warm
from nst import masks
from nst.images import Picture
from nst.kept import Kept
from nst.observing import Observer
from nst.preparing import StyleSource
from nst.settings import Settings, from_values


@dataclass(frozen=True)
class Order:
    """A job as it is carried out."""

    task: Task
    settings: Settings
    inputs: Mapping[str, Sequence[InputFile]]
    """Stored pictures by role; a style may be several."""
    weights: str
    """``imagenet``, ``random:<seed>`` or a file; :data:`bench.record.NO_WEIGHTS` without a network."""
    folder: Path
    parts: Path | None = None
    """Where what is done of it stays until all is, for a later try; None: nowhere."""


def order_of(
    parameters: Mapping[str, Any],
    inputs: Mapping[str, Sequence[InputFile]],
    weights: str,
    folder: Path,
    parts: Path | None = None,
) -> Order:
    """An order from a record's parameters, stored pictures by role, weights, and the folders for its files."""
    return Order(TASKS[parameters["task"]], from_values(parameters), inputs, weights, folder, parts)


@dataclass(frozen=True)
class Product:
    """What came of it; its files are in the job's folder."""

    outcome: Outcome
    diagnosis: Diagnosis | None
    """None where nothing was optimised."""
    files: dict[str, str]
    """Name -> SHA-256; ``image.png`` is the picture."""
    note: str = ""
    """What speaks against comparing its times with others."""


class Watcher(Observer, Protocol):
    """Hears of the phases of the contract, ``optimise`` being the task's own work, whatever that is."""

    kept: Kept
    """What counts as held for other jobs, once there is something."""


class Make(Protocol):
    def __call__(self, order: Order, warm: Warm, watch: Watcher) -> Product:
        """Make the picture of a job, phase by phase, and write its files; ``warm`` holds what earlier jobs left."""


def maker(task: Task) -> Make:
    """What makes pictures of a task; its module is loaded when first asked for."""
    return cast("Make", import_module(f"{__name__}.{task.maker}").make)


def save(folder: Path, files: Mapping[str, bytes]) -> dict[str, str]:
    """Write files; gives their SHA-256 by name."""
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}


def read_pictures(
    task: Task, inputs: Mapping[str, Sequence[InputFile]], warm: Warm
) -> tuple[Picture | None, list[StyleSource]]:
    """The content, where the task has one, and the styles of a job."""
    content = warm.picture(inputs["content"][0].path) if task.has_content else None
    return content, read_styles(inputs, warm)


def read_styles(inputs: Mapping[str, Sequence[InputFile]], warm: Warm) -> list[StyleSource]:
    """The styles of a job."""
    return [_style(given, warm) for given in inputs.get("style", ())]


def _style(given: InputFile, warm: Warm) -> StyleSource:
    mask, style_mask = (
        None if source is None else masks.read(source, given.path.parent) for source in (given.mask, given.style_mask)
    )
    return StyleSource(warm.picture(given.path).pixels, given.weight, mask, style_mask)
