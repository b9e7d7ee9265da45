"""Who makes the pages of a site. A new kind of page is a module with a function ``pages``, its template, and a place
in this list."""

from __future__ import annotations

from bench.report import (
    about,
    asked,
    balance,
    compare_pages,
    comparisons,
    curves_page,
    failures,
    gallery,
    grid,
    layers,
    pairs,
    runs,
    table,
    viewer,
)
from bench.report.model import Model
from bench.report.pictures import Originals
from bench.report.site import Makers, Page, Site

MAKERS: Makers = (
    gallery.pages,
    grid.pages,
    layers.pages,
    balance.pages,
    pairs.pages,
    runs.pages,
    viewer.pages,
    compare_pages.pages,
    curves_page.pages,
    table.pages,
    failures.pages,
    about.pages,
)


def site_of(model: Model, originals: Originals = "copy") -> Site:
    """What all of them know."""
    plans = about.plans_of(model)
    compared = comparisons.comparisons(model)
    findings = asked.blocks(model, compared)
    return Site(model, compared, pairs.addresses(model), plans, originals, failures.first_page(model), findings)


def pages_of(site: Site) -> list[Page]:
    """Every page of the site, to be rendered in any order."""
    return [page for make in MAKERS for page in make(site)]
