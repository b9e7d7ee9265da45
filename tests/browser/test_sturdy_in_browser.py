"""Every kind of page, whatever it is given and wherever it is shown: hostile names, no script, a strict policy, no hands.

The kinds are found by what the site holds, so that a new one is tested without being listed.
"""

from __future__ import annotations

import functools
import http.server
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.report import build
from tests.bench.report.synthetic_results import Trial, failed, make

pytestmark = pytest.mark.browser

#: What Jenkins sends with artifacts unless told otherwise (jenkins.io, "Configuring Content Security Policy").
JENKINS = "sandbox allow-same-origin; default-src 'none'; img-src 'self'; style-src 'self';"

HOSTILE = [
    "</script><script>window.__xss=1</script>",
    '"><img src=x onerror="window.__xss=1">',
    "{{7*7}}{% raw %}${window.__xss=1}",
    "javascript:window.__xss=1",
    "../../x",
    "a\u202eb\u2066c\u200f\u2028d",
    "=1+1",
    "NUL",
    "x" * 5000,
    "😀 'quoted' & <b>",
]


def one_of_each(site: Path) -> dict[str, Path]:
    """The first page of each kind."""
    found: dict[str, Path] = {}
    for path in sorted(site.rglob("*.html")):
        kind = re.search(r'<body class="page-([a-z-]+)', path.read_text(encoding="utf-8"))
        assert kind is not None, path
        found.setdefault(kind[1], path)
    return found


def _mishap(p: Any, record: dict[str, Any]) -> dict[str, Any] | None:
    if p["content"] == HOSTILE[6]:
        return failed(record, message=HOSTILE[0])
    if p["content"] == HOSTILE[7]:
        record["outcome"] |= {"final_loss": None}
        record["diagnosis"] = {"verdict": "non-finite", "reason": HOSTILE[1]}
    return record | {"weights": HOSTILE[0]}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    word = HOSTILE[0]
    make(
        folder,
        [
            Trial(HOSTILE[1], HOSTILE, ["waves"], {"recipe": [word, HOSTILE[3]], "size": [32, 48]}, ["recipe"]),
            Trial(word, ["../../x"], HOSTILE[:2], {"content_layers": [[word], ["../x"]]}, ["content_layers"]),
        ],
        edit=_mishap,
        title=word,
        intro="\n\n".join([*HOSTILE, "[a](javascript:window.__xss=1) ![b](https://example.org/x.png)"]),
        warnings=HOSTILE,
        notes={"waves": HOSTILE},
        mixes={"waves": [{"label": text, "mask": text, "style_mask": text} for text in HOSTILE]},
        manifest="\n".join(HOSTILE),
    )
    return build(folder).index.parent


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plain")
    make(
        folder,
        [
            Trial("start", grid={"init": ["noise", "content"], "size": [48, 64]}, compare=["init"]),
            Trial("layers", ("cat",), (), {"content_layers": [["conv1_1"], ["conv2_2"]]}, task="reconstruct"),
        ],
        edit=lambda p, r: failed(r) if (p["content"], p["style"], p["init"]) == ("cat", "stars", "noise") else r,
    )
    return build(folder).index.parent


def test_hostile_names_are_text_wherever_they_stand(hostile: Path, open_page: Any) -> None:
    for kind, path in one_of_each(hostile).items():
        page = open_page(path.as_uri())
        page.on("dialog", lambda dialog: pytest.fail(dialog.message))
        page.wait_for_load_state("networkidle")
        assert page.evaluate("window.__xss") is None, kind
        strange = page.evaluate(
            """() => [...document.querySelectorAll('a[href], img, script, iframe, form, link')].map(
                e => e.href || e.src || e.action || '').filter(u => u && !u.startsWith('file:'))"""
        )
        assert strange == [], kind
        assert page.evaluate("document.querySelectorAll('main b, main script, main iframe').length") == 0, kind
        assert page.evaluate("document.documentElement.scrollWidth") <= 1440, kind


@pytest.fixture(scope="module")
def jenkins(plain: Path) -> Iterator[str]:
    """The site behind the policy."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def end_headers(self) -> None:
            self.send_header("Content-Security-Policy", JENKINS)
            super().end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(plain))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_under_the_policy_of_jenkins_everything_can_be_read(plain: Path, jenkins: str, browser: Any) -> None:
    page = browser.new_page()
    for kind, path in one_of_each(plain).items():
        blocked: list[str] = []
        page.on("console", lambda m, seen=blocked: seen.append(m.text) if "Content Security" in m.text else None)
        page.goto(f"{jenkins}/{path.relative_to(plain)}")
        # The policy forbids the script, and nothing else of ours.
        assert [text for text in blocked if "script" not in text] == [], kind
        assert page.evaluate("getComputedStyle(document.body).maxWidth") != "none", kind
        page.evaluate("document.querySelectorAll('img').forEach(e => { e.loading = 'eager'; })")
        page.wait_for_function("[...document.images].every(e => e.complete && e.naturalWidth > 0)", timeout=5000)
        assert len(page.locator("main").inner_text()) > 200, kind
    page.close()


def test_without_a_script_nothing_is_missing(plain: Path, browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    shown: set[str] = set()
    for path in sorted(plain.rglob("*.html")):
        page.goto(path.as_uri())
        assert page.locator("form:visible, button:visible, select:visible, canvas:visible").count() == 0, path.name
        shown |= set(page.locator("[data-run]:visible img").evaluate_all(
            "all => all.map(e => e.closest('[data-run]').dataset.run)"))  # fmt: skip
    done = {p.parent.name for p in plain.parent.glob("jobs/*/*/image.png")}
    assert len(done) == 16
    assert {id for id in done if id in shown or id[:12] in {run[:12] for run in shown}} == done
    context.close()


@pytest.mark.parametrize(
    "hash_", ["#=&=", "#%E0%A4%A", "#run=zzz&run=&mode=x&zoom=NaN", "#q=%00&sort=9999&page=-1&is-init=x"]
)
def test_an_address_that_means_nothing_is_ignored(plain: Path, open_page: Any, hash_: str) -> None:
    for path in one_of_each(plain).values():
        page = open_page(path.as_uri() + hash_)
        assert page.locator("h1").is_visible()


def test_every_kind_of_page_can_be_gone_through_by_keyboard(plain: Path, open_page: Any) -> None:
    """Every control is reached by Tab, the focus is seen, and it is never caught."""
    for kind, path in one_of_each(plain).items():
        page = open_page(path.as_uri())
        page.wait_for_load_state("networkidle")
        reachable = page.evaluate(
            """() => [...document.querySelectorAll('a[href], button, select, input, summary, [tabindex="0"]')].filter(
                e => e.checkVisibility() && !e.disabled && e.tabIndex >= 0
                    && !(e.type === 'radio' && !e.checked)).length"""
        )
        seen = 0
        for _ in range(min(reachable, 60)):
            page.keyboard.press("Tab")
            state = page.evaluate(
                """() => { const e = document.activeElement, s = getComputedStyle(e);
                    return [e === document.body, s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0]; }"""
            )
            assert state == [False, True], f"{kind}: focus is lost or not to be seen after {seen} steps"
            seen += 1
        assert seen >= min(reachable, 60)


def test_forced_colours_and_reduced_motion_leave_nothing_out(plain: Path, open_page: Any) -> None:
    for kind, path in one_of_each(plain).items():
        page = open_page(path.as_uri(), forced_colors="active", reduced_motion="reduce")
        moving = page.evaluate("document.getAnimations().length")
        assert moving == 0, kind
        assert page.locator("h1").is_visible()


def test_every_kind_of_page_prints(plain: Path, open_page: Any) -> None:
    for kind, path in one_of_each(plain).items():
        page = open_page(path.as_uri())
        page.emulate_media(media="print")
        assert not page.get_by_role("navigation", name="Site").is_visible(), kind
        assert page.locator("form:visible").count() == 0, kind
        assert len(page.pdf()) > 5_000, kind
