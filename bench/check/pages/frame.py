"""What the gate's pages have in common: templates, the style sheet within the page, and the page of any report."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from bench.check.model import Verdict
from bench.check.shown import Report
from bench.report import assets, colour, render, words

#: What such a page may load: nothing, and only its own style counts.
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
#: Parts of the site's style sheet that these pages use, and their own.
STYLES = ("base", "pages", "charts", "tables", "prose", "print", "check")

#: A sign for each verdict: colour alone never tells.
SIGNS = {Verdict.REGRESSION: "▲", Verdict.INCONCLUSIVE: "?", Verdict.IMPROVEMENT: "▼", Verdict.NO_CHANGE: "="}


def page(template: str, view: Any, title: str) -> str:
    """A whole page.

    Args:
        template: name of one below ``site_templates/check``.
        view: what it shows.
        title: of the window.
    """
    made = _environment().get_template(f"check/{template}{render.ENDING}")
    return made.render(view=view, title=title, style=Markup(_style()), policy=POLICY)


def render_report(report: Report) -> str:
    """A page of what every output shows: the sentence, the reasons, a row for each benchmark, the facts."""
    return page("report", report, report.title)


#: Characters that turn the direction of what follows: a name that holds one must not turn the sentence it stands in.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")


def _straight(value: Any) -> Any:
    """Every text of a page, fit for HTML and in the direction of its sentence."""
    if isinstance(value, str) and not value.isprintable() and not isinstance(value, Markup):
        return _TURNING.sub("\ufffd", words.clean(value))
    return value


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = render.environment().overlay(finalize=_straight)
    environment.filters["sign"] = SIGNS.__getitem__
    environment.filters["kind"] = lambda verdict: str(verdict).replace(" ", "-")
    return environment


@lru_cache(maxsize=1)
def _style() -> str:
    return assets.style(parts=STYLES).decode() + colour.sheet("")
