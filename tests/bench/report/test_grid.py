"""The grid of an experiment as it is without a script, and what its controls offer."""

from __future__ import annotations

from bench.report import grid
from bench.report.grid import GridPage
from tests.bench.report import imagined, reading
from tests.bench.report.synthetic_results import Trial

INIT, SIZE = {"init": ["noise", "content"]}, {"size": [64, 48]}


def view_of(trial: Trial) -> GridPage:
    (page,) = grid.pages(imagined.site([trial]))
    assert page.name == "grids/e1.html"
    found: GridPage = page.view()
    return found


def laid_out(view: GridPage) -> tuple[str, list[str], str, list[str]]:
    rows = [row.heading.text for row in view.rows if row.heading]
    return view.across, [column.text for column in view.columns], view.down, rows


def test_styles_lie_across_and_contents_down_where_both_vary() -> None:
    view = view_of(Trial("start", grid=INIT | SIZE, compare=["size"]))
    assert laid_out(view) == ("style", ["waves", "stars"], "content", ["cat", "town"])
    assert view.shown == "64\u202fpx · noise"
    cells = [[(run.title, run.parameters["init"], run.parameters["size"]) for run in row.cells if run]
             for row in view.rows]  # fmt: skip
    assert cells == [
        [("cat × waves", "noise", 64), ("cat × stars", "noise", 64)],
        [("town × waves", "noise", 64), ("town × stars", "noise", 64)],
    ]


def test_what_is_compared_comes_first_where_one_input_or_none_varies() -> None:
    one = view_of(Trial("start", ("cat",), grid=INIT | SIZE, compare=["size"]))
    assert laid_out(one) == ("size", ["64\u202fpx", "48\u202fpx"], "style", ["waves", "stars"])
    none = view_of(Trial("start", ("cat",), ("waves",), INIT | SIZE, ["size", "init"]))
    assert laid_out(none) == ("size", ["64\u202fpx", "48\u202fpx"], "init", ["noise", "content"])


def test_an_experiment_of_one_run_is_one_cell() -> None:
    view = view_of(Trial("start", ("cat",), ("waves",)))
    assert (laid_out(view), len(view.rows), len(view.rows[0].cells)) == (("", [], "", []), 1, 1)


def test_every_axis_can_be_chosen_with_its_values() -> None:
    view = view_of(Trial("start", ("cat",), grid=INIT | {"seed": list(range(120))}))
    assert [(name, text, len(values)) for name, text, values in view.axes] == [
        ("style", "style", 2), ("init", "init", 2), ("seed", "seed, first 50 of 120", 50),
    ]  # fmt: skip


def test_every_pair_is_linked_by_content() -> None:
    site = imagined.site([Trial("start", ("cat", "town"), ("waves", "stars"), INIT)])
    view = grid.pages(site)[0].view()
    assert [(content, [text for text, _ in links]) for content, links in view.pairs] == [
        ("cat", ["waves", "stars"]),
        ("town", ["waves", "stars"]),
    ]
    assert {page for _, links in view.pairs for _, page in links} == set(site.pair_pages.values())


def test_textures_and_reconstructions_are_linked_by_their_only_input() -> None:
    for contents, styles, task in (((), ("waves", "stars"), "texture"), (("cat", "town"), (), "reconstruct")):
        view = view_of(Trial("alone", contents, styles, INIT, task=task))
        assert [(content, [text for text, _ in links]) for content, links in view.pairs] == [
            ("", list(styles or contents))
        ]


def test_many_values_are_cut_and_the_page_says_so() -> None:
    many = [f"p{k}" for k in range(100)]
    site = imagined.site([Trial("start", many, many)])
    (page,) = grid.pages(site)
    text = imagined.rendered(page, site)
    assert imagined.nodes(text) < 3000
    told = reading.text_of(reading.tree(text))
    assert "There are 100 values of style and 100 of content; the first of them stand here." in told
    assert (
        "And 9880 pairs more: each page of a pair leads to the next, and the table of all runs has every one." in told
    )
    assert text.count('class="work"') == 100


def test_what_the_plan_has_no_run_for_is_said_in_its_cell() -> None:
    trial = Trial(
        "start", ("cat",), ("waves",), INIT | SIZE, ["init", "size"],
        override=lambda p: None if (p["init"], p["size"]) == ("noise", 48) else {},
    )  # fmt: skip
    site = imagined.site([trial])
    (page,) = grid.pages(site)
    root = reading.tree(imagined.rendered(page, site))
    assert [reading.text_of(cell)[:14] for row in root.iter("tr") for cell in row.iter("td")][1:] == [
        "loss 158.6 492", "loss 37.58 497", "not in the pla", "loss 37.58 280",
    ]  # fmt: skip
