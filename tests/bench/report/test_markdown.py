"""What people write about their results reaches the page as text and links, and as nothing else."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from bench.report.markdown import TAGS, rendered
from tests.bench.report import reading


def body(text: str) -> list[tuple[str, dict[str, str]]]:
    """Elements of the rendered text, as a parser that takes no error sees them."""
    root = reading.tree(f"<!DOCTYPE html><title>x</title><div>{rendered(text)}</div>")
    (div,) = root.iter("div")
    return [(str(e.tag), dict(e.attrib)) for e in div.iter()][1:]


def test_paragraphs_are_what_they_were() -> None:
    assert rendered("Two photographs,\ntwo styles.\n\nEvery pair.") == (
        "<p>Two photographs,\ntwo styles.</p>\n<p>Every pair.</p>\n"
    )


def test_it_is_markup_that_templates_do_not_escape_again() -> None:
    assert isinstance(rendered("a"), Markup)


def test_emphasis_lists_code_and_quotes_are_set() -> None:
    found = rendered("*a* **b** `c`\n\n- d\n\n3. e\n\n> f\n\n    g")
    assert found.replace("\n", "") == (
        "<p><em>a</em> <strong>b</strong> <code>c</code></p><ul><li>d</li></ul>"
        '<ol start="3"><li>e</li></ol><blockquote><p>f</p></blockquote><pre><code>g</code></pre>'
    )


@pytest.mark.parametrize(
    ("text", "levels"),
    [("# a\n## b\n# c", ["h2", "h3", "h2"]), ("### a", ["h2"]), ("# a\n### b\n###### c\n#### d", ["h2", "h3", "h4", "h4"]),
     ("a\n=\n\nb\n-", ["h2", "h3"])],
)  # fmt: skip
def test_headings_go_down_from_the_page_s_own_a_step_at_a_time(text: str, levels: list[str]) -> None:
    assert [tag for tag, _ in body(text)] == levels


@pytest.mark.parametrize(
    ("text", "address"),
    [("[a](https://example.org/x?y=1#z)", "https://example.org/x?y=1#z"), ("<http://example.org>", "http://example.org"),
     ("[a](mailto:a@b.example)", "mailto:a@b.example"), ("<a@b.example>", "mailto:a@b.example")],
)  # fmt: skip
def test_links_lead_to_the_web_and_to_mail(text: str, address: str) -> None:
    assert body(text)[1:] == [("a", {"href": address, "rel": "noopener"})]


@pytest.mark.parametrize(
    "text",
    ["[a](javascript:alert(1))", "[a](JaVaScRiPt:alert(1))", "[a](&#106;avascript:alert(1))", "[a](data:text/html,x)",
     "[a](file:///etc/passwd)", "[a](vbscript:x)", "[a](about.html)", "[a](//example.org)", "[a](#main)",
     "<javascript:alert(1)>", "[a](ftp://x)", "[a](java\tscript:alert(1))", "[a](\x01javascript:alert(1))"],
)  # fmt: skip
def test_any_other_link_is_text(text: str) -> None:
    assert [tag for tag, _ in body(text)] == ["p"]


def test_a_picture_is_its_words_and_loads_nothing() -> None:
    assert rendered("![the *cat* <b>](https://example.org/cat.png)") == "<p>the cat &lt;b&gt;</p>\n"


HOSTILE = [
    "<script>window.__xss=1</script>",
    '"><img src=x onerror=alert(1)>',
    "</div></main><style>*{display:none}</style>",
    "{{7*7}}{% raw %}{# #}",
    "a\u202eb\u2066c\u200f",
    "<!-- -->",
    "x" * 5000,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_hostile_is_shown_as_it_is(text: str) -> None:
    root = reading.tree(f"<!DOCTYPE html><title>x</title>{rendered(text)}")
    assert "".join(root.itertext()).removeprefix("x").strip() == text
    assert [tag for tag, _ in body(text)] == ["p"]


def test_characters_that_no_page_may_hold_are_replaced() -> None:
    assert rendered("a\x00b\ufffe") == "<p>a\ufffdb\ufffd</p>\n"


@pytest.mark.parametrize("text", ["[" * 20_000, "*a_ " * 5_000, "> " * 5_000, "[a](<b" * 3_000, "![[" * 5_000])
def test_what_is_nested_beyond_reason_takes_no_more_than_a_moment(text: str) -> None:
    began = time.process_time()
    rendered(text)
    assert time.process_time() - began < 5


PIECES = [*"<>[]()!*_`#&\"'=:/\n -.x", "\u202e", "\x00", "javascript:", "http://", " onload=", "a](", "<a href="]


@given(st.lists(st.sampled_from(PIECES)).map("".join))
@settings(max_examples=300, deadline=None)
def test_whatever_is_written_only_known_elements_and_attributes_come_out(text: str) -> None:
    for tag, attributes in body(text):
        assert tag in TAGS
        assert set(attributes) <= {"href", "rel", "start"}
        assert attributes.get("href", "http:").startswith(("http:", "https:", "mailto:", "HTTP", "MAILTO"))
