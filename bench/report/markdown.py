"""What people write about their results, as HTML: CommonMark, of which only text and links reach the page.

Two walls, each of which would do: the parser is told to take HTML for text and links to the web alone for links, and a
sanitiser lets nothing through but the tags and attributes named here.
"""

from __future__ import annotations

from collections.abc import Sequence

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from markupsafe import Markup, escape

from bench.report import words

SCHEMES = frozenset({"http", "https", "mailto"})
TAGS = frozenset({"p", "em", "strong", "code", "pre", "ul", "ol", "li", "blockquote", "a", "h2", "h3", "h4"})
#: By tag; without the first entry the sanitiser would let ``title`` and ``lang`` through everywhere.
ATTRIBUTES: dict[str, set[str]] = {"*": set(), "a": {"href"}, "ol": {"start"}}

#: The page has the first level of heading; deeper than this, headings look like text.
_HIGHEST, _DEEPEST = 2, 4


def rendered(text: str) -> Markup:
    """``text`` in CommonMark as HTML for a page whose own heading is an ``h1``.

    HTML is shown as text, and so is a link that does not lead to the web or to a mail address. A picture is shown as
    its words: pages load nothing from elsewhere. Headings begin at ``h2`` and go down a step at a time, to ``h4``.
    """
    parser = MarkdownIt("commonmark", {"html": False})
    parser.validateLink = _leads_outside  # type: ignore[assignment, method-assign]
    parser.add_render_rule("image", _words)
    tokens = parser.parse(words.clean(text))
    _shift_headings(tokens)
    html = parser.renderer.render(tokens, parser.options, {})
    return Markup(
        nh3.clean(
            html,
            tags=set(TAGS),
            clean_content_tags=set(),
            attributes=ATTRIBUTES,
            url_schemes=set(SCHEMES),
            url_relative="deny",
            link_rel="noopener",
        )
    )


def _leads_outside(address: str) -> bool:
    scheme, colon, rest = address.strip().partition(":")
    return bool(colon and rest) and scheme.lower() in SCHEMES


def _words(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: object) -> str:
    return str(escape(renderer.renderInlineAsText(tokens[at].children, options, {})))


def _shift_headings(tokens: Sequence[Token]) -> None:
    above = _HIGHEST - 1
    for token in tokens:
        if token.type == "heading_open":
            above = min(int(token.tag[1]) + 1, above + 1, _DEEPEST)
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{above}"
