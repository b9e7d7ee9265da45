"""The site on disk: written only where bytes differ, and swept of what an earlier build left behind."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath

#: The list of files that this build wrote. Only what stands in it is ever removed.
LIST = ".files.json"


class SiteFiles:
    """A folder to put files into. :meth:`finish` removes those of the last build that this one did not put."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.written = 0
        self.unchanged = 0
        self.removed = 0
        self._before = _listed(root / LIST)
        self._now: set[str] = set()

    def has(self, name: str) -> bool:
        """True if a file is there already; it then counts as part of this build."""
        if not (self.root / name).is_file():
            return False
        self._now.add(name)
        return True

    def put(self, name: str, data: bytes) -> bool:
        """Write ``data``, unless the file holds it already. True if it was written."""
        if not _inside(name):
            raise ValueError(f"{name}: leaves the site folder")
        path = self.root / name
        self._now.add(name)
        if path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data:
            self.unchanged += 1
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        # A reader who has the page open, or a build that is killed, never sees half a file.
        partial = path.with_name(f".{path.name}.part")
        partial.write_bytes(data)
        partial.replace(path)
        self.written += 1
        return True

    def finish(self) -> None:
        orphans = sorted(self._before - self._now)
        for name in orphans:
            (self.root / name).unlink(missing_ok=True)
            self.removed += 1
        for folder in {str(PurePosixPath(name).parent) for name in orphans} - {"."}:
            path = self.root / folder
            if path.is_dir() and not any(path.iterdir()):
                path.rmdir()
        listing = json.dumps({"files": sorted(self._now)}, indent=1) + "\n"
        path = self.root / LIST
        if not path.is_file() or path.read_text(encoding="utf-8") != listing:
            path.write_text(listing, encoding="utf-8")


def _inside(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return bool(parts) and not PurePosixPath(name).is_absolute() and ".." not in parts and "\\" not in name


def _listed(path: Path) -> set[str]:
    """Names in the list, or none if it cannot be read: then nothing is removed."""
    try:
        names = json.loads(path.read_text(encoding="utf-8"))["files"]
        return {name for name in names if isinstance(name, str) and _inside(name)}
    except (OSError, ValueError, KeyError, TypeError):
        return set()
