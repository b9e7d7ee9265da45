"""What documents found, on the pages."""

import re

import pytest

from bench.report import build
from tests.bench.report import reading
from tests.bench.report.synthetic_results import Trial, make

START = {"along": "init", "start": {"init": "noise"}, "end": {"init": "content"}}
MANY = 21


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Two experiments with findings, and so many without that the last of them, with one, is on the shelf."""
    folder = tmp_path_factory.mktemp("results")
    one = {"contents": ("cat",), "styles": ("waves",)}
    findings = [
        {
            "question": "Does the start <change> how long it takes?", "document": "cmu-16726-b",
            "said": "335 s & 337 s", "figure": "seconds", **START, "change": "same", "within": 0.1,
        },
        {"question": "Is all kept?", "figure": "structure", "at_least": 0.9},
        {"question": "Is half kept?", "figure": "structure", "at_least": 0.6, "at_most": 1},
    ]  # fmt: skip
    late = {
        "question": "Does it take longer?",
        "figure": "seconds",
        "than": "start",
        "change": "lower",
        "learned": True,
    }
    make(
        folder,
        [
            Trial("start", **one, grid={"init": ["noise", "content"]}, compare=["init"], findings=findings, open={"noise": "uniform"}),
            *(Trial(f"plain {k}", **one, fixed={"history": k + 1}) for k in range(MANY)),
            Trial("late", **one, grid={"init": ["noise", "content"]}, fixed={"weights": "random:0"}, findings=[late]),
        ],
        left_open={"optimiser": "L-BFGS <torch>"},
        edit=lambda p, record: None if p["history"] == 5 else record,
    )  # fmt: skip
    build(folder)
    return folder / "site"


@pytest.fixture(scope="module")
def index(site):
    return reading.tree((site / "index.html").read_text(encoding="utf-8"))


def with_class(root, name):
    return [element for element in root.iter() if name in element.attrib.get("class", "").split()]


def by_id(root, id):
    (found,) = [element for element in root.iter() if element.attrib.get("id") == id]
    return found


def test_no_link_leads_nowhere(site):
    assert reading.broken_links(site) == []


def test_a_finding_stands_at_its_experiment_with_what_the_runs_say(index):
    section = by_id(index, "e1")
    assert [item.attrib["id"] for item in section.iter("li") if "id" in item.attrib] == ["e1-f1", "e1-f2", "e1-f3"]
    assert [reading.text_of(p) for p in by_id(section, "e1-f1").iter("p")] == [
        "Does the start <change> how long it takes?",
        "cmu-16726-b: 335 s & 337 s",
        "= agrees The time is the same within 10 % in 1 of 1 pair: 492 ms with noise, 497 ms with content; "
        "ratio 1.01 ×.",
        "See every pair, a typical pair: noise, content.",
    ]


def test_its_links_are_of_the_comparison_and_of_runs(site, index):
    links = [a.attrib["href"] for a in by_id(index, "e1-f1").iter("a")]
    assert re.fullmatch(r"compare\.html#e1-init-\w+-1", links[0])
    runs = [reading.tree((site / link).read_text(encoding="utf-8")) for link in links[1:]]
    assert ["noise" in reading.text_of(next(run.iter("h1"))) for run in runs] == [True, False]


def test_every_answer_has_a_mark_and_a_word_that_need_no_colour(index):
    answers = {reading.text_of(one): one.attrib["class"] for one in with_class(index, "answer")}
    assert answers == {
        "= agrees": "answer agrees",
        "≠ disagrees": "answer disagrees",
        "? cannot tell": "answer cannot-tell",
        "? cannot tell with these weights": "answer cannot-tell",
    }
    marks = [span for one in with_class(index, "answer") for span in one.iter("span")]
    assert {span.attrib["aria-hidden"] for span in marks} == {"true"}


def test_of_several_experiments_a_list_of_all_comes_first(site, index):
    (overview,) = with_class(index, "overview")
    assert reading.text_of(next(overview.iter("p"))) == "1 agrees, 1 disagrees, 2 cannot be told."
    items = [(reading.text_of(item), next(item.iter("a")).attrib["href"]) for item in overview.iter("li")]
    assert items == [
        ("= agrees Does the start <change> how long it takes? start", "index.html#e1-f1"),
        ("≠ disagrees Is all kept? start", "index.html#e1-f2"),
        ("? cannot tell Is half kept? start", "index.html#e1-f3"),
        ("? cannot tell with these weights Does it take longer? late", f"grids/e{MANY + 2}.html#e{MANY + 2}-f1"),
    ]


@pytest.mark.parametrize(("asked", "shown", "more"), [(True, 2, "3 comparisons more"), (False, 5, "Every pair")])
def test_what_pairs_say_leaves_room_for_the_questions(tmp_path, asked, shown, more):
    finding = {"figure": "structure", "at_least": 0.5}
    grid = {"init": ["noise", "content"]}
    make(
        tmp_path,
        [
            Trial(
                f"e{k}", ("cat",), ("waves",), grid | {"size": [32 + k]}, compare=["init"], findings=[finding] * asked
            )
            for k in range(5)
        ],
    )
    build(tmp_path)
    page = reading.tree((tmp_path / "site" / "index.html").read_text(encoding="utf-8"))
    (said,) = with_class(page, "findings")
    assert len(list(said.iter("li"))) == shown
    assert more in reading.text_of(list(said.iter("p"))[-1])


def test_what_documents_leave_open_is_there_with_what_was_chosen(index):
    assert [reading.text_of(one) for one in with_class(index, "left-open")] == [
        "Left open by the documents, and chosen here optimiser L-BFGS <torch>",
        "Left open by the document, and chosen here noise uniform",
    ]


def test_findings_stand_on_the_experiment_s_own_page_too(site):
    page = reading.tree((site / "grids" / f"e{MANY + 2}.html").read_text(encoding="utf-8"))
    (item,) = [item for item in page.iter("li") if item.attrib.get("id") == f"e{MANY + 2}-f1"]
    assert "This rests on weights trained on ImageNet; those of 2 of these 4 runs are random." in reading.text_of(item)


def test_every_figure_is_there_in_full_for_machines(index):
    figures = [(kind, float(value)) for _, kind, value, _ in reading.figures(by_id(index, "e1-f1"))]
    assert figures == [
        ("finding", pytest.approx(40 * 0.0123)),
        ("finding", pytest.approx(40 * 0.0123 * 1.01)),
        ("finding", pytest.approx(1.01)),
    ]


def test_without_findings_nothing_is_said_of_documents(tmp_path):
    make(tmp_path, [Trial("plain", ("cat",), ("waves",)), Trial("other", ("cat",), ("waves",), {"size": [32]})])
    build(tmp_path)
    page = reading.tree((tmp_path / "site" / "index.html").read_text(encoding="utf-8"))
    assert with_class(page, "asked") == []
