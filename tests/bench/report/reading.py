"""Reading a site back: its pages as trees, its links, its figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element

import html5lib


def pages(site: Path) -> dict[str, str]:
    return {str(p.relative_to(site)): p.read_text(encoding="utf-8") for p in sorted(site.rglob("*.html"))}


def tree(text: str) -> Element:
    """Raises html5lib's ParseError at the first thing that the standard calls an error."""
    parser = html5lib.HTMLParser(html5lib.getTreeBuilder("etree"), strict=True, namespaceHTMLElements=False)
    parsed: Element = parser.parse(text)
    return parsed


def runs(trees: Mapping[str, Element], title: str) -> Iterator[Element]:
    """Pages of runs whose heading begins so."""
    for name, root in trees.items():
        if name.startswith("runs/") and text_of(next(root.iter("h1"))).startswith(title):
            yield root


def text_of(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def links(root: Element) -> Iterator[str]:
    """Every href, src and candidate of a srcset."""
    for element in root.iter():
        for name in ("href", "src"):
            if name in element.attrib:
                yield element.attrib[name]
        for candidate in element.attrib.get("srcset", "").split(","):
            if candidate.strip():
                yield candidate.split()[0]


def broken_links(site: Path) -> list[str]:
    """Links of a site that lead nowhere: no such file by that exact name, outside the site, or no such fragment."""
    names = {str(p.relative_to(site)) for p in site.rglob("*") if p.is_file()}
    trees = {name: tree(text) for name, text in pages(site).items()}
    ids = {name: {e.attrib["id"] for e in root.iter() if "id" in e.attrib} for name, root in trees.items()}
    wrong = []
    for name, root in trees.items():
        for link in links(root):
            parts = urlsplit(link)
            target = (Path("/") / Path(name).parent / unquote(parts.path)).resolve() if parts.path else Path("/") / name
            file = str(target.relative_to("/"))
            if parts.scheme or parts.netloc or file not in names:
                wrong.append(f"{name}: {link}")
            # What has a "=" is the state of a view.
            elif parts.fragment and "=" not in parts.fragment and parts.fragment not in ids.get(file, set()):
                wrong.append(f"{name}: {link}: no such fragment")
    return wrong


def figures(root: Element, run: str = "") -> Iterator[tuple[str, str, str, str]]:
    """Every ``<data>``: the run it belongs to, its class, its value, its text."""
    run = root.attrib.get("data-run", run)
    if root.tag == "data":
        yield run, root.attrib["class"], root.attrib["value"], text_of(root)
    for child in root:
        yield from figures(child, run)


def attributes(root: Element) -> Iterator[tuple[str, str, str]]:
    for element in root.iter():
        for name, value in element.attrib.items():
            yield str(element.tag), str(name), value
