"""The site's scripts and its one style sheet, joined from the files that they are kept in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from bench.resources import templates_folder

#: Parts of report.js by name, in this order, under ``site_templates/scripts``. They share one scope: what a part
#: declares at its top, the others can call. The last one starts what the page has.
SCRIPTS = ("core", "state", "format", "runs", "pictures", "filters", "export", "table", "ticks", "chart", "curves",
           "grid", "layers", "zoom", "viewer", "pairs", "start")  # fmt: skip
#: Parts of players.js, which only pages with videos load.
PLAYERS = ("players",)
#: Parts of report.css, under ``site_templates/styles``. Later ones win.
STYLES = ("base", "wall", "pages", "charts", "tables", "comparisons", "asked", "viewer", "prose", "print")

_COMMENT = re.compile(r"^[ \t]*/\*.*?\*/[ \t]*\n", re.DOTALL | re.MULTILINE)
_INDENT = re.compile(r"^(?:  )+")


def script(templates: Path | None = None, parts: Sequence[str] = SCRIPTS) -> bytes:
    """A classic script: pages opened from disk may load neither modules nor data by request.

    Comments stay with the parts, and each level of indentation becomes one tab: what every page loads is the plain
    program and nothing else.
    """
    body = _plain(_joined(templates or templates_folder(), "scripts", "js", parts))
    about = "/* Explained in site_templates/scripts. */\n"
    return f'{about}(function () {{\n"use strict";\n{body}}})();\n'.encode()


def style(templates: Path | None = None, parts: Sequence[str] = STYLES) -> bytes:
    """``parts``: those of the site; pages of their own take some, and may have others."""
    return _joined(templates or templates_folder(), "styles", "css", parts).encode()


def _plain(text: str) -> str:
    """Without comments that have lines of their own, and without empty lines; a tab for two spaces."""
    lines = (_COMMENT.sub("", text)).splitlines()
    return "".join(f"{_INDENT.sub(lambda m: chr(9) * (len(m[0]) // 2), line)}\n" for line in lines if line.strip())


def _joined(folder: Path, kind: str, suffix: str, names: Sequence[str]) -> str:
    return "\n".join((folder / kind / f"{name}.{suffix}").read_text(encoding="utf-8") for name in names)
