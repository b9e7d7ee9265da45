"""A model without pictures, and one page rendered by itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from jinja2 import Environment

from bench.report import render
from bench.report.model import Model, gather
from bench.report.pictures import Broken, Picture
from bench.report.site import Page
from bench.results import load
from tests.bench.report import reading


def model_of(folder: Path, pictures: Mapping[str, Picture | Broken] | None = None) -> Model:
    return gather(load(folder), pictures or {})


def page(template: str, view: Any, env: Environment | None = None, title: str = "A title") -> bytes:
    """The page of a view, with what every page is told."""
    common = render.Common(title, (("index.html", "Gallery"),))
    return render.page(env or render.environment(), Page(f"{template}.html", template, lambda: view), common)


def tree_of(template: str, view: Any) -> Element:
    return reading.tree(page(template, view).decode())
