"""The site's one script and one style sheet, joined from the files that they are kept in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.resources import templates_folder

#: Parts of report.js by name, in this order, under ``site_templates/scripts``. They share one scope: what a part
#: declares at its top, the others can call. The last one starts what the page has.
SCRIPTS = ("core", "state", "format", "runs", "pictures", "filters", "export", "table", "ticks", "chart", "curves",
           "grid", "layers", "zoom", "viewer", "pairs", "start")  # fmt: skip
#: Parts of report.css, under ``site_templates/styles``. Later ones win.
STYLES = ("base", "wall", "pages", "charts", "tables", "comparisons", "viewer", "prose", "print")


def script(templates: Path | None = None) -> bytes:
    """A classic script: pages opened from disk may load neither modules nor data by request."""
    body = _joined(templates or templates_folder(), "scripts", "js", SCRIPTS)
    return ('(function () {\n"use strict";\n\n' + body + "})();\n").encode()


def style(templates: Path | None = None) -> bytes:
    return _joined(templates or templates_folder(), "styles", "css", STYLES).encode()


def _joined(folder: Path, kind: str, suffix: str, names: Sequence[str]) -> str:
    return "\n".join((folder / kind / f"{name}.{suffix}").read_text(encoding="utf-8") for name in names)
