"""Which jobs go together, and how many."""

import pytest

from bench.manifest import load
from bench.plan import make_plan
from bench.runner import packs
from tests.bench.small import SMALL

GRID = SMALL.replace("grid: {init: [noise, content]}", "grid: {GRID}").replace(
    "    compare: [init]\n", "    repeats: 2\n"
)


@pytest.fixture
def jobs(manifest):
    return lambda grid, text=GRID: list(make_plan(load(manifest(text.replace("GRID", grid)))).jobs.values())


def groups(jobs):
    found = {}
    for job in jobs:
        found.setdefault(packs.batch(job) or job.id, []).append(job)
    return sorted(len(group) for group in found.values())


def test_jobs_that_differ_in_pictures_seed_or_start_go_together(jobs):
    assert groups(jobs("init: [noise, content]")) == [8]


@pytest.mark.parametrize(
    "grid",
    ["size: [32, 48]", "content_weight: [1, 2]", "weights: ['random:0', 'random:1']", "optimizer: [adam, lbfgs]",
     "precision: [float32, bfloat16]", "evaluations: [3, 4]"],
)  # fmt: skip
def test_jobs_that_differ_in_anything_else_do_not(jobs, grid):
    assert groups(jobs(grid)) == [4, 4]


def test_jobs_of_other_sizes_by_their_pictures_do_not(jobs, folder):
    from PIL import Image

    Image.new("RGB", (60, 20)).save(folder / "one.png")
    text = GRID.replace("{one: one.png}", "{one: one.png, other: left.png}").replace(
        "size: 32", "size: 32, size_rule: long"
    )
    assert groups(jobs("init: [noise]", text)) == [4, 4]


@pytest.mark.parametrize("grid", ["restarts: [1]", "blend: [poisson]"])
def test_jobs_that_may_be_begun_again_or_have_styles_in_regions_go_alone(jobs, grid):
    styles = "{left: left.png, split: {regions: [{style: left, mask: 'mask:left'}]}}"
    pairs = "experiments:\n  main:\n    pairs: [[one, split]]"
    parted = GRID.replace("{left: left.png, right: right.png}", styles).replace("experiments:\n  main:", pairs)
    text = parted if "blend" in grid else GRID
    found = jobs(grid, text)
    assert [packs.batch(job) for job in found] == [""] * len(found)


def test_they_are_brought_together_where_the_first_of_them_stood(jobs):
    mixed = jobs("size: [32, 48]")
    order = packs.sorted_by_batch(mixed)
    assert sorted(job.id for job in order) == sorted(job.id for job in mixed)
    assert order[0] is mixed[0]
    assert [job.parameters["size"] for job in order] == [32] * 4 + [48] * 4


def test_as_many_as_asked_for_or_there_are_or_fit(jobs):
    of = jobs("size: [32, 48]")
    assert packs.size(16, of, "cpu", None, None) == 4
    assert packs.size(3, of, "cpu", None, None) == 3
    assert packs.size("auto", of, "cpu", None, None) == 4
    assert packs.size("auto", of, "cpu", 1000, 2500) == 2
    assert packs.size("auto", of, "cuda", 1000, 500) == 1
    assert packs.size("auto", of * 20, "cpu", None, None) == packs.AUTO["cpu"]
    assert packs.size("auto", [], "cpu", None, None) == 1
