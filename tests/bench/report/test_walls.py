"""The first page and the pages of pairs: what hangs where, and how much of it when there is too much."""

from __future__ import annotations

from typing import Any

import pytest

from bench.report import pairs
from bench.report.gallery import LEAST, MOST, Gallery, counts, gallery, pages, rooms
from bench.report.pairs import PairPage
from bench.report.walls import Wall, shares
from tests.bench.report import imagined, reading
from tests.bench.report.synthetic_results import Trial

INIT = {"init": ["noise", "content"]}
MANY = [f"p{k}" for k in range(100)]


def page_of(*trials: Trial) -> Gallery:
    site = imagined.site(trials)
    return gallery(site.model, site.compared, site.pair_pages)


def wall_of(trial: Trial) -> Wall:
    (wall,) = page_of(trial).walls
    return wall


def hung(wall: Wall) -> tuple[list[str], list[list[str]]]:
    """Heads of the columns, and of the rows."""
    return [c.label for c in wall.columns], [[given.label for _, given in row.headers] for row in wall.rows]


class TestWalls:
    def test_contents_are_rows_and_styles_columns_with_the_first_setting_in_each_cell(self) -> None:
        wall = wall_of(Trial("start", grid=INIT | {"size": [48, 64]}))
        assert hung(wall) == (["waves", "stars"], [["cat"], ["town"]])
        for row in wall.rows:
            for cell in row.cells:
                assert cell.run is not None
                assert (cell.run.parameters["init"], cell.run.parameters["size"]) == ("noise", 48)
        assert wall.shown == "noise · 48\u202fpx"
        assert [picker.name for picker in wall.pickers] == ["init", "size"]

    def test_a_run_that_a_picker_means_nothing_to_stands_at_every_value_of_it(self) -> None:
        """Of frames that start from the one before, none is made in a batch."""
        grid = {"frames": ["warm", "independent"], "frame_batch": [1, 3]}
        alone = lambda p: {"frame_batch": None} if p["frames"] == "warm" else {}  # noqa: E731
        wall = wall_of(Trial("clip", ("cat",), ("waves",), grid, ["frames"], override=alone))
        assert [picker.options for picker in wall.pickers] == [("1", "3", "none")]
        ((warm, independent),) = (row.cells for row in wall.rows)
        assert warm.run is not None
        assert independent.run is not None
        assert independent.run.parameters["frame_batch"] == 1

    def test_one_pair_goes_along_what_is_compared(self) -> None:
        wall = wall_of(Trial("start", ("cat",), ("waves",), {"size": [48, 64], **INIT}, ["init"]))
        assert (wall.across, hung(wall)) == ("init", (["noise", "content"], [["cat", "waves"]]))
        assert [picker.name for picker in wall.pickers] == ["size"]

    def test_a_few_contents_alone_go_along_what_is_compared(self) -> None:
        layers = {"content_layers": [["conv1_1"], ["conv2_2"], ["conv3_1"]]}
        wall = wall_of(Trial("layers", ("cat", "town"), (), layers, ["content_layers"], "reconstruct"))
        assert hung(wall) == (["conv1_1", "conv2_2", "conv3_1"], [["cat"], ["town"]])
        assert wall.layers == "layers/e1-1.html"

    def test_one_style_on_many_contents_is_a_row(self) -> None:
        assert hung(wall_of(Trial("start", MANY[:9], ("waves",)))) == (MANY[:9], [["waves"]])

    def test_an_axis_with_very_many_values_has_no_picker(self) -> None:
        wall = wall_of(Trial("start", grid={"seed": list(range(60)), **INIT}))
        assert [picker.name for picker in wall.pickers] == ["init"]
        assert wall.shown == "seed 0 · noise"

    def test_a_large_matrix_is_cut_and_says_so(self) -> None:
        wall = wall_of(Trial("start", MANY, MANY))
        assert (len(wall.columns), len(wall.rows)) == (12, 11)
        assert wall.left_out == "The first 12 of 100 styles and 11 of 100 contents hang here."


class TestRoom:
    @pytest.mark.parametrize(
        ("wanted", "most", "given"),
        [([3, 4], 10, (3, 4)), ([10, 10], 9, (4, 5)), ([2, 100, 100], 20, (2, 9, 9)), ([], 5, ())],
    )
    def test_who_wants_less_than_an_equal_share_leaves_the_rest_to_others(
        self, wanted: list[int], most: int, given: tuple[int, ...]
    ) -> None:
        assert shares(wanted, most) == given

    @pytest.mark.parametrize("wanted", [[4], [12] * 5, [100] * 8, [6] * 30, [9] * 100, [1] * 400])
    def test_the_first_experiments_have_a_wall_each_worth_the_name(self, wanted: list[int]) -> None:
        found = rooms(wanted)
        assert sum(found) <= MOST + 10
        assert all(min(LEAST, all_of_it) <= most for most, all_of_it in zip(found, wanted, strict=False))

    @pytest.mark.parametrize(("experiments", "inputs"), [(1, 50), (4, 8), (9, 3), (18, 2), (100, 5), (300, 1)])
    def test_the_page_keeps_its_size_however_many_runs_there_are(self, experiments: int, inputs: int) -> None:
        grid: dict[str, Any] = {**INIT, "seed": [0, 1]}
        site = imagined.site(
            [Trial(f"experiment {k}", MANY[:inputs], MANY[:inputs], grid, ["init"]) for k in range(experiments)]
        )
        text = imagined.rendered(pages(site)[0], site)
        assert len(text) <= 300_000
        assert imagined.nodes(text) <= 3_000
        assert text.count('class="work"') <= 160

    def test_experiments_without_a_wall_stand_on_the_shelf_with_a_way_to_their_grid(self) -> None:
        trials = [Trial(f"experiment {k}", MANY[:5], MANY[:5], INIT) for k in range(100)]
        found = page_of(*trials)
        assert len(found.walls) + len(found.shelf) == 100
        assert 1 <= len(found.walls) < 20
        site = imagined.site(trials)
        root = reading.tree(imagined.rendered(pages(site)[0], site))
        (shelf,) = [e for e in root.iter("ul") if e.attrib.get("class") == "works shelf"]
        last = list(shelf)[-1]
        assert reading.text_of(last) == "experiment 99 50 runs"
        assert next(reading.links(last)) == "grids/e100.html"


def test_counts_tell_what_ended_how() -> None:
    def ended(fields: dict[str, Any]) -> dict[str, Any]:
        return {
            (0, "noise"): {"status": "failed"},
            (0, "content"): {"diagnosis": "diverged"},
            (1, "noise"): {"diagnosis": "not finite"},
        }.get((fields["parameters"]["seed"], fields["parameters"]["init"]), {})

    trial = Trial("a", ("cat",), ("waves",), {"seed": [0, 1], **INIT})
    assert counts(list(imagined.model([trial], ended).runs.values())) == "4 runs: 3 done (2 of them diverged), 1 failed"
    assert counts(list(imagined.model([trial]).runs.values())) == "4 runs, all done"
    assert counts([]) == "no runs planned"


def views(trial: Trial) -> dict[str, PairPage]:
    return {page.name: page.view() for page in pairs.pages(imagined.site([trial]))}


class TestPairs:
    def test_more_than_a_hundred_runs_are_on_several_pages_and_each_knows_its_own(self) -> None:
        trial = Trial("many", ("cat", "town"), ("waves",), {"seed": list(range(125)), **INIT}, ["init"])
        found, addresses = views(trial), imagined.site([trial]).pair_pages
        assert [len(view.runs) for view in found.values()] == [100, 100, 50] * 2
        names = list(found)
        assert [name.removesuffix(".html").rpartition("-")[2] for name in names[1:3]] == ["2", "3"]
        for name, view in found.items():
            assert {addresses["many", run.id] for run, _ in view.runs} == {name}
        first, second = found[names[0]], found[names[1]]
        assert first.parts == second.parts == tuple(names[:3])
        # Turning the page leads from pair to pair.
        assert (first.before, first.after, second.after) == ("", names[3], names[3])

    def test_a_pair_of_a_few_runs_is_one_page(self) -> None:
        (view,) = views(Trial("few", ("cat",), ("waves",), INIT, ["init"])).values()
        assert (view.parts, view.listed, view.elsewhere, [axis.name for axis in view.axes]) == ((), True, (), ["init"])
        # Its one row shows all runs: a wall would only repeat it.
        assert not view.wall

    @pytest.mark.parametrize("seeds", [1, 3, 4, 6, 7, 8, 12, 25])
    def test_a_page_keeps_its_size(self, seeds: int) -> None:
        grid = {**INIT, "size": [48, 64], "seed": list(range(seeds))}
        site = imagined.site([Trial("e", ("cat",), ("waves",), grid, ["init", "size"])])
        (page,) = pairs.pages(site)
        text = imagined.rendered(page, site)
        assert imagined.nodes(text) <= 3_000
        assert {run.id for run in site.model.runs.values() if f'data-run="{run.id}"' not in text} == set()

    def test_rows_lead_to_the_viewer_with_their_runs(self) -> None:
        (view,) = views(Trial("few", ("cat",), ("waves",), INIT | {"size": [48, 64]}, ["init"])).values()
        ids = [[side.run.short_id for side in b.group.sides if side.run] for b in view.axes[0].groups]
        assert [b.viewed for b in view.axes[0].groups] == [f"run={a}&run={b}" for a, b in ids]

    def test_a_row_of_many_leads_there_with_its_first_four(self) -> None:
        (view,) = views(Trial("few", ("cat",), ("waves",), {"seed": list(range(6))}, ["seed"])).values()
        assert view.axes[0].groups[0].viewed == "&".join(f"run={run.short_id}" for run, _ in view.runs[:4])

    def test_what_has_no_room_for_rows_is_compared_in_the_grid(self) -> None:
        grid = {**INIT, "size": [48, 64], "seed": list(range(12))}
        (view,) = views(Trial("e", ("a cat",), ("waves",), grid, ["init", "size"])).values()
        assert (view.axes, view.wall, view.listed) == ((), True, False)
        assert [(axis.name, axis.state) for axis in view.elsewhere] == [
            ("init", "x=init&y=size&is-content=a+cat&is-style=waves"),
            ("size", "x=size&y=init&is-content=a+cat&is-style=waves"),
        ]

    def test_links_to_pages_that_a_site_is_without_are_left_out(self) -> None:
        site = imagined.site([Trial("few", ("cat",), ("waves",), INIT, ["init"])])
        (page,) = pairs.pages(site)
        viewer = type(page)("view.html", "view", lambda: None)
        assert "view.html" not in imagined.rendered(page, site)
        assert '"../view.html#run=' in imagined.rendered(page, site, [viewer])
