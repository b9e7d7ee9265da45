"""Where the files that ship with the package lie: in a checkout at the top level, in an installed copy inside it."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def _folder(name: str) -> Path:
    installed = _PACKAGE / "_data" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


def manifests_folder() -> Path:
    """The manifests that ship, such as ``quickstart.yaml``."""
    return _folder("manifests")


def templates_folder() -> Path:
    """The site's Jinja templates and, under ``styles`` and ``scripts``, the parts of its style sheet and script."""
    return _folder("site_templates")
