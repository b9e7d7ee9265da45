"""The gate's pages: each one HTML file in the gallery's style, with everything inside it, and without a script.

Drawings are inline SVG. Whatever a style sheet says of them, their attributes say enough to be read without it: some
servers of continuous integration let no style through.
"""

from bench.check.pages.compare import render
from bench.check.pages.frame import render_report
from bench.check.pages.history import render_history

__all__ = ["render", "render_history", "render_report"]
