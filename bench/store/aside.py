"""Things in a results folder that cannot be trusted: moved out of the way with the reason, never deleted."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from bench.errors import BenchError
from bench.store.files import reason, shown, sync_folder, write_atomically

FOLDER = "set-aside"


class Foreign(NamedTuple):
    """Something that cannot be trusted."""

    path: Path
    """Relative to the results folder."""
    reason: str


def linked(path: Path) -> str:
    """What to tell people whose folder within the results is a link."""
    return (
        f"{path}: is a symbolic link; results are renamed between the folders here, so all must lie on one disk: "
        "make the results folder itself the link"
    )


def set_aside(root: Path, foreign: Iterable[Foreign], now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Path:
    """Move things out of the way, each to its own path below ``set-aside/<time>/``, which is returned.

    Raises:
        BenchError: when one cannot be moved; what was moved stays so.
    """
    listed = list(foreign)
    name = stamp = f"{now():%Y%m%dT%H%M%SZ}"
    number = 2
    while os.path.lexists(root / FOLDER / name):
        name, number = f"{stamp}-{number}", number + 1
    target = root / FOLDER / name
    why = [{"path": shown(path.as_posix()), "reason": why} for path, why in listed]
    try:
        # First, so that nothing ever lies there unexplained.
        write_atomically(target / "why.json", (json.dumps(why, indent=1, ensure_ascii=False) + "\n").encode())
        for path, _ in listed:
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).rename(target / path)
            sync_folder((root / path).parent)
    except OSError as error:
        raise BenchError(
            f"{root}: {shown(error.filename or target)} cannot be set aside: {reason(error)}: "
            "move it away yourself, or use --out"
        ) from error
    return target.relative_to(root)
