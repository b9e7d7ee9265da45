"""A page of the site as one file: nothing beside it is read, nothing on the network, and no link leads nowhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from html.parser import HTMLParser

#: What such a page may load: only what is in it.
POLICY = "default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"

_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)


def standalone(
    page: str, *, style: str, script: str, data: Mapping[str, str], inlined: Callable[[str], str | None]
) -> str:
    """The page with everything that it needs.

    Args:
        page: as rendered.
        style: the style sheet.
        script: the classic script; it runs once the page is there.
        data: JSON by name, as ``scripts/core.js`` looks for it.
        inlined: file of the site -> ``data:`` address; None for what is left out.
    """
    rewriter = _Rewriter(style, inlined)
    rewriter.feed(page)
    rewriter.close()
    scripts = "".join(
        f'<script type="application/json" data-name="{escape(name)}">{text}</script>\n' for name, text in data.items()
    )
    safe = script.replace("</script", "<\\/script")
    return "".join(rewriter.out).replace("</body>", f"{scripts}<script>\n{safe}</script>\n</body>")


class _Rewriter(HTMLParser):
    def __init__(self, style: str, inlined: Callable[[str], str | None]) -> None:
        super().__init__(convert_charrefs=False)
        self.out: list[str] = []
        self._style, self._inlined = style, inlined
        self._left_out = 0
        """Depth within an element that is left out."""
        self._links: list[str] = []
        """What the open links became."""

    def _put(self, text: str) -> None:
        if not self._left_out:
            self.out.append(text)

    def _tag(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        written = (name if value is None else f'{name}="{escape(value)}"' for name, value in attributes.items())
        self._put(f"<{' '.join((tag, *written))}>")

    def _file(self, address: str | None) -> str | None:
        """The data: address of a file of the site."""
        return self._inlined((address or "").removeprefix("../"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if self._left_out or tag == "nav":
            self._left_out += tag not in _VOID
        elif tag == "link":
            self._tag("meta", {"http-equiv": "Content-Security-Policy", "content": POLICY})
            self._put(f"\n<style>\n{self._style}</style>")
        elif tag == "script":
            self._left_out = 1
        elif tag == "a":
            self._link(given)
        elif tag in ("img", "source", "video"):
            self._media(tag, given)
        elif "data-zoom" in given:
            self._tag(tag, given | {"data-zoom": ""})
        else:
            self._put(self.get_starttag_text() or "")

    def _link(self, given: dict[str, str | None]) -> None:
        inside = (given.get("href") or "").startswith("#")
        self._links.append("a" if inside else "span")
        if inside:
            self._put(self.get_starttag_text() or "")
        elif given.get("class") == "frame":  # it can still be zoomed
            self._tag(
                "span", {"class": "frame", "tabindex": "0", "role": "group", "aria-label": "Picture: + and - zoom"}
            )
        else:
            self._tag("span", {})

    def _media(self, tag: str, given: dict[str, str | None]) -> None:
        kept = {name: value for name, value in given.items() if name not in ("srcset", "sizes", "src", "poster")}
        for name in ("src", "poster"):
            source = given.get(name)
            if source is not None:
                address = source if source.startswith("data:") else self._file(source)
                kept |= {name: address} if address else {}
        if tag != "source" or "src" in kept:
            self._tag(tag, kept)

    def handle_endtag(self, tag: str) -> None:
        if self._left_out:
            self._left_out -= 1
        elif tag == "a":
            self._put(f"</{self._links.pop()}>")
        else:
            self._put(f"</{tag}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:  # the slash means nothing there
            self.handle_starttag(tag, attrs)
            return
        self._put(self.get_starttag_text() or "")

    def handle_data(self, data: str) -> None:
        self._put(data)

    def handle_entityref(self, name: str) -> None:
        self._put(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._put(f"&#{name};")

    def handle_decl(self, decl: str) -> None:
        self._put(f"<!{decl}>")
