"""Templates: the user's own over those that ship, mistakes told with file and line, nothing unescaped."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from jinja2 import DictLoader, UndefinedError

from bench.errors import BenchError
from bench.report import about, render
from bench.report.format import Figure, loss
from bench.report.model import Model
from bench.resources import templates_folder
from tests.bench.report import reading
from tests.bench.report.one_page import model_of, page
from tests.bench.report.synthetic_results import Trial, make


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    folder = tmp_path_factory.mktemp("results")
    make(folder, [Trial("a", ("cat",), ("waves",))])
    return model_of(folder)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    (tmp_path / "own").mkdir()
    return tmp_path / "own"


def about_page(own: Path, model: Model) -> str:
    return page("about", about.about(model), render.environment(own)).decode()


class TestOwnTemplates:
    def test_a_block_is_replaced_and_the_rest_stays(self, own: Path, model: Model) -> None:
        (own / "about.html.j2").write_text(
            '{% extends "default/about.html.j2" %}{% block quality %}<p>{{ "<mine>" }}</p>{% endblock %}'
        )
        text = about_page(own, model)
        assert "<p>&lt;mine&gt;</p>" in text
        assert "How pictures were judged" not in text
        assert "How time was measured" in text

    def test_a_block_may_keep_what_ships_and_add_to_it(self, own: Path, model: Model) -> None:
        (own / "about.html.j2").write_text(
            '{% extends "default/about.html.j2" %}{% block quality %}{{ super() }}<p>and more</p>{% endblock %}'
        )
        text = about_page(own, model)
        assert text.index("How pictures were judged") < text.index("<p>and more</p>")

    def test_a_template_is_replaced_for_all_that_build_on_it(self, own: Path, model: Model) -> None:
        (own / "base.html.j2").write_text("<!DOCTYPE html><title>x</title>{% block main %}{% endblock %}")
        text = about_page(own, model)
        assert text.startswith("<!DOCTYPE html><title>x</title>")
        assert "How time was measured" in text

    def test_blocks_see_the_page_s_view_and_the_macros(self, own: Path, model: Model) -> None:
        (own / "about.html.j2").write_text(
            '{% extends "default/about.html.j2" %}{% block quality %}'
            "{{ facts([('a', view.counts)]) }}<a href=\"{{ 'table.html'|url }}\">runs</a>{% endblock %}"
        )
        assert '<dt>a</dt><dd>1 run, done</dd></div>\n</dl>\n<a href="table.html">' in about_page(own, model)

    def test_a_template_of_the_user_s_may_include_another(self, own: Path, model: Model) -> None:
        (own / "mark.html.j2").write_text("<p>by us</p>")
        (own / "about.html.j2").write_text(
            '{% extends "default/about.html.j2" %}{% block quality %}{% include "mark.html.j2" %}{% endblock %}'
        )
        assert "<p>by us</p>" in about_page(own, model)


class TestMistakes:
    @pytest.mark.parametrize(
        ("text", "line", "told"),
        [
            ("\n{% block %}", 2, "expected token 'name', got 'end of statement block'"),
            (
                '{% extends "default/about.html.j2" %}\n{% block quality %}\n{{ view.nothing }}{% endblock %}',
                3,
                "'bench.report.about.About object' has no attribute 'nothing'",
            ),
            ("{{ 'x'|nonsense }}", 1, "No filter named 'nonsense'."),
            ("\n\n{{ '../x'|url }}", 3, "../x: not a file of the site"),
            ("\n{{ 1 / 0 }}", 2, "division by zero"),
            (
                '{% extends "defalt/about.html.j2" %}',
                1,
                "no template defalt/about.html.j2: those that ship are default/run.html.j2 and so on",
            ),
            (
                '{% extends "about.html.j2" %}',
                1,
                'it comes back to itself: extend "default/..." to build on the template that ships',
            ),
        ],
    )
    def test_a_mistake_is_told_with_its_file_and_line(
        self, own: Path, model: Model, text: str, line: int, told: str
    ) -> None:
        (own / "about.html.j2").write_text(text)
        with pytest.raises(BenchError) as error:
            about_page(own, model)
        assert str(error.value) == f"{own / 'about.html.j2'}:{line}: {told}"

    def test_a_mistake_in_what_ships_is_nobody_else_s(self, own: Path) -> None:
        with pytest.raises(UndefinedError):
            page("about", None, render.environment(own))

    def test_a_template_that_no_page_is_made_from_is_named(self, own: Path) -> None:
        (own / "abuot.html.j2").write_text("")
        known = ", ".join(sorted(path.name for path in templates_folder().glob("*.html.j2")))
        with pytest.raises(BenchError) as error:
            render.environment(own)
        assert str(error.value) == (
            f"{own / 'abuot.html.j2'}: no page is made from it: expected one of {known}; did you mean about.html.j2?"
        )

    def test_a_template_that_is_not_utf_8_is_named(self, own: Path) -> None:
        (own / "about.html.j2").write_bytes(b"caf\xe9")
        with pytest.raises(BenchError) as error:
            render.environment(own)
        assert str(error.value) == f"{own / 'about.html.j2'}: not UTF-8: unexpected end of data at byte 3"

    @pytest.mark.parametrize(("name", "told"), [("none", "no such folder"), ("file", "no folder")])
    def test_a_folder_that_is_not_there_is_named(self, own: Path, name: str, told: str) -> None:
        (own / "file").write_text("")
        with pytest.raises(BenchError) as error:
            render.environment(own / name)
        assert str(error.value) == (
            f"{own / name}: {told}; --templates expects a folder with templates such as run.html.j2"
        )


SHIPPED = {"report.css": b"a {}\n", "report.js": b"js"}


class TestAssets:
    def test_the_accent_and_the_user_s_rules_come_last_in_the_one_style_sheet(self, own: Path) -> None:
        (own / "assets").mkdir()
        (own / "assets" / "extra.css").write_bytes(b"b {}\n")
        found = render.assets(SHIPPED, ":root {}\n", own)
        assert found == {"report.css": b"a {}\n\n:root {}\n\nb {}\n", "report.js": b"js"}

    def test_files_of_the_user_s_go_along_and_take_the_place_of_those_that_ship(self, own: Path) -> None:
        (own / "assets" / "deep").mkdir(parents=True)
        (own / "assets" / "deep" / "logo.svg").write_bytes(b"<svg/>")
        (own / "assets" / ".hidden").write_bytes(b"x")
        (own / "assets" / "report.css").write_bytes(b"c {}")
        found = render.assets(SHIPPED, "", own)
        assert found == {"report.css": b"c {}", "report.js": b"js", "deep/logo.svg": b"<svg/>"}

    def test_without_a_folder_there_is_what_ships(self, own: Path) -> None:
        assert render.assets(SHIPPED) == SHIPPED
        assert render.assets(SHIPPED, "", own) == SHIPPED


class TestText:
    @staticmethod
    def shown(value: object) -> str:
        env = render.environment()
        env.loader = DictLoader({"x.html.j2": "{{ view }}"})
        return page("x", value, env).decode()

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("plain", "plain"),
            ("12\u202f300", "12\u202f300"),
            ("<b> & \"'", "&lt;b&gt; &amp; &#34;&#39;"),
            ("a\x00b\ud800c\ufffe", "a\ufffdb\ufffdc\ufffd"),
            ("a\r\nb\rc\td", "a\nb\nc\td"),
            ("\u202ertl", "\u202ertl"),
        ],
    )
    def test_text_is_escaped_and_what_html_forbids_replaced(self, text: str, shown: str) -> None:
        assert self.shown(text) == shown

    def test_a_figure_shows_itself_with_its_value_in_full(self) -> None:
        assert self.shown(loss(1 / 3)) == '<data class="loss" value="0.3333333333333333">0.3333</data>'
        assert self.shown(loss(None)) == '<span class="loss none">–</span>'
        assert self.shown(Figure('"', "<", "&")) == '<data class="&#34;" value="&lt;">&amp;</data>'

    @pytest.mark.parametrize("path", ["../x", "a/../../x", "/etc/passwd"])
    def test_no_address_leaves_the_site(self, path: str) -> None:
        env = render.environment()
        env.loader = DictLoader({"x.html.j2": "{{ view|url }}"})
        with pytest.raises(ValueError, match="not a file of the site"):
            page("x", path, env)


TEMPLATES = sorted(templates_folder().glob("*.j2"))


def without_code(text: str) -> str:
    """A template's HTML: what is inserted stands as ``{{...}}`` without quotes or angles, statements are gone."""
    text = re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)
    text = re.sub(r"\{%.*?%\}", "", text, flags=re.DOTALL)
    return re.sub(r"\{\{(.*?)\}\}", lambda m: "{{" + re.sub(r"[\"'<>=]", "", m[1]) + "}}", text, flags=re.DOTALL)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
class TestTemplatesThatShip:
    def test_every_attribute_is_quoted(self, path: Path) -> None:
        tags = re.findall(r"<[a-zA-Z][^>]*>", without_code(path.read_text(encoding="utf-8")))
        assert [tag for tag in tags if re.search(r"=(?!\")", re.sub(r'"[^"]*"', '""', tag))] == []

    def test_nothing_is_let_through_unescaped(self, path: Path) -> None:
        assert re.findall(r"\|\s*safe|autoescape|Markup", path.read_text(encoding="utf-8")) == []

    def test_every_address_goes_through_the_filter_of_addresses(self, path: Path) -> None:
        text = re.sub(r"\{%.*?%\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        given = re.findall(r'\b(?:href|src|srcset|poster|action|data)="((?:[^"{]|\{\{.*?\}\})*)"', text)
        fine = re.compile(
            r"\{\{(?:(?!\}\}).)*\|\s*(?:url(?:\((?:[^()]|\([^()]*\))*\))?|opens|srcset|embedded)\s*\}\}|#.*"
        )
        assert [address for address in given if not fine.fullmatch(address)] == []

    def test_there_is_neither_style_nor_script_in_the_page(self, path: Path) -> None:
        text = without_code(path.read_text(encoding="utf-8"))
        assert re.findall(r"<style|\sstyle=|\son[a-z]+=", text) == []
        assert [body for body in re.findall(r"<script[^>]*>(.*?)</script>", text, re.DOTALL) if body.strip()] == []


def test_the_page_of_a_user_s_template_is_still_sound_html(own: Path, model: Model) -> None:
    (own / "about.html.j2").write_text('{% extends "default/about.html.j2" %}{% block timing %}{% endblock %}')
    headings = [reading.text_of(e) for e in reading.tree(about_page(own, model)).iter("h2")]
    assert "How time was measured" not in headings
    assert headings[-1] == "The manifest"
