"""Pages to go from layer to layer: which there are, and in what order the layers stand."""

from __future__ import annotations

from bench.pairing import Step
from bench.report import layers
from bench.report.layers import MOST, LayersPage, ordered
from tests.bench.report import imagined
from tests.bench.report.synthetic_results import Trial


def explorers(*trials: Trial) -> dict[str, LayersPage]:
    return {page.name: page.view() for page in layers.pages(imagined.site(trials))}


def test_single_layers_stand_in_the_network_s_order_and_sets_after_them() -> None:
    given = [("conv1_1", "conv2_1"), ("conv10_1",), ("conv2_2",), ("conv1_1", "conv1_2"), ("conv2_1",)]
    assert ordered("style_layers", given) == [
        ("conv2_1",), ("conv2_2",), ("conv10_1",), ("conv1_1", "conv2_1"), ("conv1_1", "conv1_2"),
    ]  # fmt: skip


def test_steps_of_a_zip_stand_by_the_layers_in_them() -> None:
    steps = [Step(("content_weight", "content_layers"), (w, (layer,))) for w, layer in ((1, "conv4_2"), (2, "conv2_2"))]
    assert ordered("depth", steps) == steps[::-1]


def test_there_is_a_page_for_each_pair_of_an_experiment_that_varies_layers() -> None:
    varied = {"content_layers": [["conv2_2"], ["conv1_1"]], "init": ["noise", "content"]}
    found = explorers(Trial("plain", grid={"size": [48, 64]}), Trial("deep", ("cat", "town"), ("waves",), varied))
    assert [(name, view.title) for name, view in found.items()] == [
        ("layers/e2-1.html", "cat × waves"),
        ("layers/e2-2.html", "town × waves"),
    ]
    first, second = found.values()
    assert first.axes == (("content_layers", ("conv1_1", "conv2_2")),)
    assert [(setting.text, [shown.name for shown in setting.shown]) for setting in first.settings] == [
        ("noise", ["conv1_1", "conv2_2"]),
        ("content", ["conv1_1", "conv2_2"]),
    ]
    assert (first.before, first.after, second.before, second.after) == (
        "", "layers/e2-2.html", "layers/e2-1.html", "",
    )  # fmt: skip


def test_where_both_kinds_of_layers_vary_each_picture_has_a_place_on_both_axes() -> None:
    varied = {"content_layers": [["conv1_1"], ["conv2_2"]], "style_layers": [["conv1_1"], ["conv1_1", "conv2_1"]]}
    (view,) = explorers(Trial("both", ("cat",), ("waves",), varied)).values()
    (setting,) = view.settings
    assert setting.text == ""
    assert [(shown.at, shown.name) for shown in setting.shown][1:3] == [
        ((0, 1), "content_layers conv1_1 · style_layers conv1_1, conv2_1"),
        ((1, 0), "content_layers conv2_2 · style_layers conv1_1"),
    ]


def test_settings_that_are_too_many_for_a_page_go_to_the_next_and_none_is_torn() -> None:
    varied = {"content_layers": [[f"conv{k}_1"] for k in range(1, 9)], "seed": list(range(40))}
    found = explorers(Trial("deep", ("cat",), (), varied, task="reconstruct"))
    counts = [[len(setting.shown) for setting in view.settings] for view in found.values()]
    assert counts == [[8] * 15, [8] * 15, [8] * 10]
    assert all(sum(page) <= MOST for page in counts)


def test_a_page_stays_below_three_thousand_nodes() -> None:
    varied = {"content_layers": [[f"conv{k}_1"] for k in range(1, 9)], "seed": list(range(15))}
    site = imagined.site([Trial("deep", ("cat",), (), varied, task="reconstruct")])
    (page,) = layers.pages(site)
    assert imagined.nodes(imagined.rendered(page, site)) < 3000
