"""Jinja: templates in, pages out. Everything is escaped, nothing undefined passes, URLs go through one filter.

The user's own templates lie over those that ship, whole or block by block; whatever is wrong with one of them is told
with its file and line.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateNotFound,
    TemplateSyntaxError,
    pass_context,
)
from jinja2.runtime import Context
from markupsafe import Markup

from bench.errors import BenchError
from bench.report import format as fmt
from bench.report import own_templates, words
from bench.report.model import Model, short_id
from bench.report.pictures import Picture
from bench.report.site import Page
from bench.resources import templates_folder

#: How a user's template names the one that ships, to replace single blocks of it.
DEFAULT = "default"
ENDING = ".html.j2"
ASSETS = "assets"
#: The style sheet that all pages link, and the user's additions to it.
SHEET, EXTRA = "report.css", "extra.css"


def _finalize(value: Any) -> Any:
    # Nearly every text on a page is printable, and what is printable needs no cleaning: the quick way out.
    if isinstance(value, str) and not value.isprintable() and not isinstance(value, Markup):
        return words.clean(value)
    return value


@lru_cache(65536)
def _quoted(path: str) -> str:
    file, hash_, fragment = path.partition("#")
    if ".." in file.split("/") or file.startswith("/"):
        raise ValueError(f"{path}: not a file of the site")
    return f"{quote(file)}{hash_}{quote(fragment)}"


@pass_context
def _url(context: Context, path: str, state: str = "") -> str:
    """A file of the site, as seen from the page. Never anything that could be a scheme or leave the folder.

    ``state``, encoded as a query is, goes behind the ``#`` for the script.
    """
    return f"{context['root']}{_quoted(path)}{'#' if state else ''}{state}"


def _embedded(address: str) -> str:
    """A picture within the page, as :mod:`bench.report.single` makes them."""
    if not address.startswith("data:image/"):
        raise ValueError(f"{address[:40]}: not a picture within the page")
    return address


@pass_context
def _opens(context: Context, picture: Picture) -> str:
    """What a picture opens: its original, wherever it lies; where originals were left out, its largest copy."""
    return f"{context['root']}{quote(picture.original or picture.copies[-1][0])}"


def _srcset(context: Context, copies: tuple[tuple[str, int], ...]) -> str:
    return ", ".join(f"{_url(context, name)} {width}w" for name, width in copies)


def environment(templates: Path | None = None) -> Environment:
    """Where pages are rendered.

    Args:
        templates: a folder of the user's own. A template there takes the place of the one of that name; with
            ``{% extends "default/run.html.j2" %}`` it replaces single blocks of it.

    Raises:
        BenchError: when there is no such folder, or it holds a template that cannot be read, or that would show
            nothing (:mod:`bench.report.own_templates`).
    """
    shipped = FileSystemLoader(templates_folder())
    loader: BaseLoader = shipped
    own: Mapping[str, str] = {}
    if templates is not None:
        # Those in folders below are of other pages than the site's.
        known = [name for name in shipped.list_templates() if name.endswith(ENDING) and "/" not in name]
        own = own_templates.read(templates, known)
        loader = ChoiceLoader([FileSystemLoader(templates), shipped, PrefixLoader({DEFAULT: shipped})])
    # select_autoescape() would leave *.html.j2 unescaped, hence plain True.
    env = Environment(
        loader=loader,
        autoescape=True,
        auto_reload=False,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    env.filters["embedded"] = _embedded
    env.filters["url"] = _url
    env.filters["opens"] = _opens
    env.filters["srcset"] = pass_context(_srcset)
    env.filters["short"] = words.shorten
    env.filters["counted"] = fmt.counted
    env.filters["short_id"] = short_id
    if templates is not None:
        own_templates.check(templates, own, env)
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
    progress: str = ""
    """How far a run is that still goes on."""
    files: frozenset[str] = frozenset()
    """Names of all pages, for links to those that a site may be without."""

    @classmethod
    def of(cls, model: Model, pages: Sequence[Page], progress: str = "") -> Common:
        there = {page.name for page in pages}
        entries = tuple((file, text) for file, text in NAVIGATION.items() if file in there)
        return cls(model.title, entries, progress, frozenset(there))


def page(env: Environment, page: Page, common: Common) -> bytes:
    """The bytes of a page's file. Templates see ``view``, ``site`` (:class:`Common`), ``root``, ``kind``, ``nav``.

    Raises:
        BenchError: when one of the user's own templates is wrong, with its file and line.
    """
    view = page.view()
    try:
        text = env.get_template(f"{page.template}{ENDING}").render(
            view=view, site=common, root=page.root, kind=page.template, nav=page.nav or page.name
        )
    except Exception as error:
        told = _told(error, env.loader)
        if told is None:
            raise
        raise BenchError(told) from error
    return text.encode("utf-8", "replace")


def assets(shipped: Mapping[str, bytes], accent_sheet: str = "", templates: Path | None = None) -> dict[str, bytes]:
    """The files beside the pages, by name below ``assets/``.

    Args:
        shipped: those of the package.
        accent_sheet: by :func:`bench.report.colour.sheet`; goes to the end of ``report.css``.
        templates: the user's folder. What lies in its ``assets`` is taken over, and takes the place of what ships
            under the same name; ``extra.css`` goes to the very end of ``report.css``, so that every page has it.

    Raises:
        BenchError: when a file there cannot be read.
    """
    found, extra = dict(shipped), b""
    folder = templates / ASSETS if templates is not None else None
    for path in sorted(folder.rglob("*")) if folder is not None else ():
        name = path.relative_to(folder).as_posix() if folder is not None else ""
        if not path.is_file() or any(part.startswith(".") for part in name.split("/")):
            continue
        try:
            data = path.read_bytes()
        except OSError as error:
            raise BenchError(f"{path}: cannot be read: {error.strerror}") from None
        if name == EXTRA:
            extra = data
        else:
            found[name] = data
    found[SHEET] = b"\n".join(part for part in (found.get(SHEET, b""), accent_sheet.encode(), extra) if part)
    return found


def _told(error: Exception, loader: BaseLoader | None) -> str | None:
    """``file:line: what is wrong`` where a user's template is to blame; None where it is not."""
    own = loader.loaders[0] if isinstance(loader, ChoiceLoader) else None
    if not isinstance(own, FileSystemLoader):
        return None
    if isinstance(error, TemplateSyntaxError):
        places = [(error.filename or "", error.lineno)]
    else:
        # Jinja gives frames the template's own file and line. The last one of the user's asked for what went wrong.
        frames = traceback.extract_tb(error.__traceback__)
        places = [(frame.filename, frame.lineno or 1) for frame in reversed(frames)]
    for file, line in places:
        if any(Path(file).is_relative_to(folder) for folder in own.searchpath):
            return f"{file}:{line}: {_reason(error)}"
    return None


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return f'it comes back to itself: extend "{DEFAULT}/..." to build on the template that ships'
    if isinstance(error, TemplateNotFound):
        return f"no template {error.name}: those that ship are {DEFAULT}/run{ENDING} and so on"
    return str(error) or type(error).__name__
