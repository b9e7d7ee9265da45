"""Jinja: templates in, pages out. Everything is escaped, nothing undefined passes, URLs go through one filter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from bench.report import format as fmt
from bench.report import words
from bench.report.model import Model
from bench.report.site import Page
from bench.resources import templates_folder


def _finalize(value: Any) -> Any:
    return words.clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@pass_context
def _url(context: Context, path: str) -> str:
    """A file of the site, as seen from the page. Never anything that could be a scheme or leave the folder."""
    file, hash_, fragment = path.partition("#")
    if ".." in file.split("/") or file.startswith("/"):
        raise ValueError(f"{path}: not a file of the site")
    return f"{context['root']}{quote(file)}{hash_}{quote(fragment)}"


def _srcset(context: Context, copies: tuple[tuple[str, int], ...]) -> str:
    return ", ".join(f"{_url(context, name)} {width}w" for name, width in copies)


def environment() -> Environment:
    # select_autoescape() would leave *.html.j2 unescaped, hence plain True.
    env = Environment(
        loader=FileSystemLoader(templates_folder()),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    env.filters["url"] = _url
    env.filters["srcset"] = pass_context(_srcset)
    env.filters["short"] = words.shorten
    env.filters["setting"] = lambda given, name: words.value(name, given)
    env.filters["counted"] = fmt.counted
    return env


#: Entries of the navigation, by the file each leads to; those without a page are left out.
NAVIGATION = {
    "index.html": "Gallery",
    "compare.html": "Comparisons",
    "curves.html": "Curves",
    "table.html": "All runs",
    "failures.html": "Failures",
    "about.html": "About",
}


@dataclass(frozen=True)
class Common:
    """What every page is told."""

    title: str
    navigation: tuple[tuple[str, str], ...]
    files: frozenset[str] = frozenset()
    """Names of all pages, for links to those that a site may be without."""

    @classmethod
    def of(cls, model: Model, pages: Sequence[Page]) -> Common:
        there = {page.name for page in pages}
        navigation = tuple((file, text) for file, text in NAVIGATION.items() if file in there)
        return cls(model.title, navigation, frozenset(there))


def page(env: Environment, page: Page, common: Common) -> bytes:
    """The bytes of a page's file. Templates see ``view``, ``site`` (:class:`Common`), ``root``, ``kind``, ``nav``."""
    text = env.get_template(f"{page.template}.html.j2").render(
        view=page.view(), site=common, root=page.root, kind=page.template, nav=page.nav or page.name
    )
    return text.encode("utf-8", "replace")
