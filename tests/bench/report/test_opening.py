"""What manifests that are put together say of their experiments, on the pages."""

import pytest

from bench.report import build
from tests.bench.report import reading
from tests.bench.report.synthetic_results import Trial, make

STARTS = ("Starts <one>", "From noise, or *from the photograph*. See [more](https://example.org).")
SIZES = ("", "How large.")
SHELVED = 20


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Two manifests with two experiments each, one that says nothing, and one whose experiment is on the shelf."""
    folder = tmp_path_factory.mktemp("results")
    one = {"contents": ("cat",), "styles": ("waves",)}
    make(
        folder,
        [
            Trial("starts: a", **one, manifest=STARTS),
            Trial("starts: b", **one, fixed={"history": 7}, manifest=STARTS),
            Trial("sizes: a", **one, fixed={"history": 8}, manifest=SIZES),
            *(Trial(f"plain {k}", **one, fixed={"history": 20 + k}) for k in range(SHELVED)),
            Trial("late: a", **one, fixed={"history": 9}, manifest=("Late", "")),
        ],
    )
    build(folder)
    return folder / "site"


def said(path):
    """What the manifests say, and the heading behind each."""
    root = reading.tree(path.read_text(encoding="utf-8"))
    found, waiting = [], None
    for element in root.iter():
        if element.attrib.get("class") == "manifest":
            waiting = [" ".join(part.split()) for part in ("".join(one.itertext()) for one in element) if part.split()]
        elif waiting is not None and element.tag.rpartition("}")[2] == "h2":
            found.append((waiting, "".join(element.itertext())))
            waiting = None
    return found


def test_it_stands_once_in_front_of_the_first_experiment_of_each(site):
    assert said(site / "index.html") == [
        (["Starts <one>", "From noise, or from the photograph. See more."], "starts: a"),
        (["How large."], "sizes: a"),
    ]


def test_and_on_the_grid_of_every_experiment_also_of_those_on_the_shelf(site):
    grids = {path.stem: path.read_text(encoding="utf-8") for path in (site / "grids").iterdir()}
    assert len(grids) == SHELVED + 4
    of_starts = [name for name, text in grids.items() if "Starts &lt;one&gt;" in text]
    assert sorted(of_starts) == ["e1", "e2"]
    assert "<em>from the photograph</em>" in grids["e2"]
    assert [name for name, text in grids.items() if "<bdi>Late</bdi>" in text] == [f"e{SHELVED + 4}"]
    assert sum('class="manifest"' in text for text in grids.values()) == 4
