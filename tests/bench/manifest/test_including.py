"""Manifests that include others."""

import hashlib
import json
from dataclasses import replace

import numpy as np
import pytest

from bench.check.naming import places
from bench.errors import BenchError
from bench.manifest import load
from bench.manifest.fixing import set_defaults
from bench.plan import make_plan, planning
from bench.plan.selection import select
from bench.runner.orders import Orders
from bench.store import Store
from bench.store.planned import store_plan
from nst import images
from tests.bench.small import SMALL

BOTH = "name: both\nmanifests: [small.yaml, more/other.yaml]\n"
OTHER = (
    SMALL.replace("name: small", "name: other")
    .replace("[noise, content]", "[noise, grey]")
    .replace("size: 32", "size: 48")
)


@pytest.fixture
def write(folder):
    """Writes files into the folder of pictures, and more of them, others by the same names, into the one within."""
    (folder / "more").mkdir()
    for seed, name in enumerate(("one", "left", "right"), 10):
        pixels = np.random.default_rng(seed).integers(0, 256, (40, 48, 3), dtype=np.uint8)
        (folder / "more" / f"{name}.png").write_bytes(images.encode_png(pixels))

    def write(**texts):
        for name, text in {"small": SMALL, "more/other": OTHER, **texts}.items():
            (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        return folder / "both.yaml"

    return write


@pytest.fixture
def complaint(write, folder):
    def read(**texts):
        path = write(**texts)
        with pytest.raises(BenchError) as caught:
            make_plan(load(path))
        assert caught.value.exit_code == 2
        return str(caught.value).replace(f"{folder}/", "")

    return read


def test_the_experiments_of_all_are_planned_each_as_in_its_own_file(write, folder):
    whole = make_plan(load(write(both=BOTH)))
    alone = [make_plan(load(folder / name)) for name in ("small.yaml", "more/other.yaml")]
    assert [experiment.name for experiment in whole.experiments] == ["small: main", "other: main"]
    assert [experiment.jobs for experiment in whole.experiments] == [plan.experiments[0].jobs for plan in alone]
    assert list(whole.jobs) == [id for plan in alone for id in plan.jobs]
    assert (whole.name, whole.warnings) == ("both", alone[0].warnings)


def test_what_a_file_says_at_its_top_comes_with_its_experiments(write, folder):
    text = SMALL.replace("name: small", "name: small\ntitle: Small ones\nintro: Two *starts*.")
    small, other = make_plan(load(write(both=f"{BOTH}title: Both\nintro: Of two files.\n", small=text))).experiments
    assert (small.manifest_title, small.manifest_intro) == ("Small ones", "Two *starts*.")
    assert (other.manifest_title, other.manifest_intro) == ("", "")
    (alone,) = make_plan(load(folder / "small.yaml")).experiments
    assert (alone.manifest_title, alone.manifest_intro) == ("", ""), "which the whole site says"


def test_one_label_may_stand_for_different_pictures(write):
    plan = make_plan(load(write(both=BOTH)))
    found = {(job.inputs["content"].picture.label, job.inputs["content"].picture.sha256) for job in plan.jobs.values()}
    assert sorted(label for label, _ in found) == ["one", "one"]


def test_own_experiments_come_after_those_of_others_and_under_their_own_names(write):
    plan = make_plan(load(write(both=SMALL.replace("name: small", "name: both\nmanifests: [more/other.yaml]"))))
    assert [experiment.name for experiment in plan.experiments] == ["other: main", "main"]


def test_what_is_included_may_include_others(write):
    plan = make_plan(load(write(both="name: both\nmanifests: [inner.yaml]\n", inner=BOTH.replace("both", "inner"))))
    assert [experiment.name for experiment in plan.experiments] == ["small: main", "other: main"]


def test_a_job_that_several_make_is_made_once(write):
    again = SMALL.replace("name: small", "name: again")
    plan = make_plan(load(write(both="name: both\nmanifests: [small.yaml, again.yaml]\n", again=again)))
    assert plan.experiments[0].jobs == plan.experiments[1].jobs == list(plan.jobs)


def test_set_and_only_reach_what_is_included(write):
    loaded = set_defaults(load(write(both=BOTH)), ["evaluations=5", "init=noise"])
    plan = make_plan(loaded)
    assert {(job.parameters["evaluations"], job.parameters["init"]) for job in plan.jobs.values()} == {(5, "noise")}
    assert select(plan, ["other: *"]) == plan.experiments[1].jobs


def test_weights_are_looked_for_beside_the_manifest_that_names_them(write, folder, tmp_path):
    plan = make_plan(load(write(both=BOTH)))
    orders = Orders(plan, Store(tmp_path / "results"))
    orders.store_pictures(plan.jobs.values())
    by_path = [replace(job, parameters={**job.parameters, "weights": "own.pth"}) for job in plan.jobs.values()]
    found = {orders.order(job, tmp_path).weights for job in by_path}
    assert found == {str(folder / "own.pth"), str(folder / "more" / "own.pth")}


def test_mistakes_are_told_with_the_file_and_the_line_they_are_in(complaint):
    assert complaint(
        both=BOTH + "accent: red\n",
        small=SMALL.replace("size: 32", "sise: 32"),
        **{"more/other": OTHER.replace("one: one.png", "one: lost.png")},
    ) == (
        "small.yaml:5:44: defaults.sise: unknown key 'sise'; did you mean size?\n"
        "    5 | defaults: {weights: random, width: 0.0625, sise: 32, evaluations: 3}\n"
        "more/other.yaml:3:19: images.contents.one: more/lost.png: no such file; did you mean left.png?\n"
        "    3 |   contents: {one: lost.png}\n"
        "both.yaml:3:9: accent: 'red': expected a colour '#rgb' or '#rrggbb'\n"
        "    3 | accent: red"
    )


def test_a_file_that_is_no_yaml_does_not_hide_what_is_wrong_with_others(complaint):
    assert complaint(both=BOTH, small="name: [", **{"more/other": OTHER.replace("size: 48", "size: no")}) == (
        "small.yaml:1:8: not valid YAML: expected the node content, but found '<stream end>'\n"
        "    1 | name: [\n"
        "more/other.yaml:5:50: defaults.size: 'no': expected a whole number of pixels from 16 to 16384\n"
        "    5 | defaults: {weights: random, width: 0.0625, size: no, evaluations: 3}"
    )


def test_what_set_gets_wrong_everywhere_is_told_once(write):
    with pytest.raises(BenchError) as caught:
        make_plan(set_defaults(load(write(both=BOTH)), ["weights=imagenet"]))
    assert str(caught.value).count("imagenet weights are of width 1") == 2  # each at the width that its file gives
    with pytest.raises(BenchError) as caught:
        make_plan(set_defaults(load(write(both=BOTH)), ["weights=imagenet", "width=0.5"]))
    assert str(caught.value) == "--set width: imagenet weights are of width 1, not 0.5: use weights: random, or a file"


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ("[both.yaml]", "both.yaml:2:13: manifests[0]: both.yaml: includes itself"),
        ("[more/../small.yaml, small.yaml]", "both.yaml:2:33: manifests[1]: small.yaml: included before, in line 2 of both.yaml: expected each once"),
        ("[smal.yaml]", "both.yaml:2:13: manifests[0]: smal.yaml: no such file; did you mean small.yaml?"),
        ("[more]", "both.yaml:2:13: manifests[0]: more: no such file"),
        ("[lost/small.yaml]", "both.yaml:2:13: manifests[0]: lost/small.yaml: no such file"),
        ("['~nobody-has-this-name/a.yaml']", "both.yaml:2:13: manifests[0]: '~nobody-has-this-name/a.yaml': not the path of a file: Could not determine home directory."),
        ("[3]", "both.yaml:2:13: manifests[0]: 3: expected the path of a manifest"),
        ("small.yaml", "both.yaml:2:12: manifests: 'small.yaml': expected a list"),
        ("[]", "both.yaml:2:12: manifests: nothing: expected at least one entry"),
        ("[circle.yaml]", "circle.yaml:2:13: manifests[0]: both.yaml: includes itself, by way of circle.yaml"),
    ],
)  # fmt: skip
def test_what_cannot_be_included_is_told_where_it_is_named(complaint, entries, expected):
    found = complaint(both=f"name: both\nmanifests: {entries}\n", circle="name: circle\nmanifests: [both.yaml]\n")
    assert [line for line in found.splitlines() if not line.startswith("    ")] == [expected]


def test_a_link_to_a_file_is_that_file(write, folder, complaint):
    (folder / "link.yaml").symlink_to(folder / "small.yaml")
    assert complaint(both="name: both\nmanifests:\n  - small.yaml\n  - link.yaml\n") == (
        "both.yaml:4:5: manifests[1]: link.yaml: included before, in line 3 of both.yaml: expected each once\n"
        "    4 |   - link.yaml"
    )


def test_too_many_within_one_another_are_refused(complaint):
    chain = {f"n{i}": f"name: n{i}\nmanifests: [n{i + 1}.yaml]\n" for i in range(30)}
    assert complaint(both="name: both\nmanifests: [n0.yaml]\n", **chain).splitlines()[0] == (
        "n19.yaml:2:13: manifests[0]: n20.yaml: more than 20 manifests within one another"
    )


def test_experiments_of_one_name_are_an_error(complaint):
    assert complaint(both=BOTH, **{"more/other": OTHER.replace("name: other", "name: small")}) == (
        "more/other.yaml:7:3: experiments.main: there is an experiment 'small: main' already: manifests put together "
        "need other names\n"
        "    7 |   main:"
    )


def test_pictures_and_defaults_without_experiments_have_no_meaning(complaint):
    text = BOTH + "images: {contents: {one: one.png}}\ndefaults: {size: 48}\n"
    assert [line.partition(": ")[2] for line in complaint(both=text).splitlines()[::2]] == [
        "images: images is for experiments of this file, which has none: what it includes keeps its own",
        "defaults: defaults is for experiments of this file, which has none: what it includes keeps its own",
    ]


def test_a_manifest_that_includes_nothing_needs_pictures_and_experiments(complaint):
    assert complaint(both="name: both\n") == (
        "both.yaml:1:1: experiments is missing\n    1 | name: both\n"
        "both.yaml:1:1: images is missing\n    1 | name: both"
    )  # fmt: skip


def test_the_limit_of_jobs_is_for_all_together(complaint, monkeypatch):
    monkeypatch.setattr(planning, "MAX_JOBS", 7)
    assert complaint(both=BOTH).splitlines()[0] == (
        "more/other.yaml:7:3: experiments.main: the manifest makes 8 jobs: at most 7 are allowed"
    )


def test_the_stored_plan_keeps_the_text_of_all(write, tmp_path):
    plan = make_plan(load(write(both=BOTH)))
    store = Store(tmp_path / "results")
    store.acquire(["nst-bench"])
    try:
        store_plan(plan, store, ["nst-bench"])
    finally:
        store.release()
    stored = json.loads((store.root / "plan.json").read_text(encoding="utf-8"))
    assert stored["manifest_text"] == BOTH
    assert [(one["text"], one["sha256"]) for one in stored["included"]] == [
        (text, hashlib.sha256(text.encode()).hexdigest()) for text in (SMALL, OTHER)
    ]


def test_the_hash_of_all_changes_with_any(write):
    one = load(write(both=BOTH))
    other = load(write(both=BOTH, small=SMALL + "# more\n"))
    assert one.sha256 == other.sha256
    assert one.sha256_of_all != other.sha256_of_all
    assert one.included[0].sha256_of_all == one.included[0].sha256


def test_the_gate_points_at_the_file_it_was_given(write):
    plan = make_plan(load(write(both="name: both\nmanifests:\n  - small.yaml\n  - more/other.yaml\n")))
    assert [places(plan)[experiment.jobs[0]] for experiment in plan.experiments] == [(3, 5), (4, 5)]


ASKING = """\
    open: {noise: uniform}
    findings:
      - question: Is it closer from the content?
        document: cmu-16726
        said: it is
        expect: {figure: structure, than: again, change: higher}
  again: {defaults: {init: grey}}
"""


def test_findings_and_what_is_open_come_along(write):
    text = SMALL.replace("defaults:", "open: {weights: random}\ndefaults:", 1) + ASKING
    plan = make_plan(load(write(both=BOTH, small=text)))
    main, again, other = plan.experiments
    assert (again.name, other.findings) == ("small: again", [])
    assert [finding.than for finding in main.findings] == ["small: again"]
    assert (main.open, again.open) == ({"weights": "random", "noise": "uniform"}, {"weights": "random"})
