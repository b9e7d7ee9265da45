"""What the identity of a job is made of, and that it has not moved."""

import hashlib
import shutil

import pytest

from bench.manifest import find, load
from bench.plan import make_plan, resolve
from tests.bench.small import SMALL


def test_layers_are_named_in_one_dialect_whatever_was_written(manifest):
    ids = []
    for layers in ("[conv1_1, conv2_1]", "[0, 5]", "[conv1, conv3]"):
        plan = make_plan(load(manifest(SMALL.replace("size: 32", f"size: 32, style_layers: {layers}"))))
        assert next(iter(plan.jobs.values())).parameters["style_layers"] == ["conv1_1", "conv2_1"]
        ids.append(list(plan.jobs))
    assert ids[0] == ids[1] == ids[2]


def test_any_part_of_a_recipe_can_be_set_and_is_part_of_the_identity(manifest, plan):
    text = SMALL.replace("size: 32", "size: 32, gram_divisor: none, style_reduction: quarter")
    changed = make_plan(load(manifest(text)))
    parameters = next(iter(changed.jobs.values())).parameters
    assert (parameters["gram_divisor"], parameters["style_reduction"]) == ("none", "quarter")
    assert set(changed.jobs).isdisjoint(plan.jobs)


def test_the_identity_is_of_contents_not_of_places(manifest, folder, tmp_path_factory, plan):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    for picture in folder.glob("*.png"):
        shutil.copy(picture, elsewhere / f"x-{picture.name}")
    text = SMALL.replace("one.png", "x-one.png").replace("left.png", "x-left.png").replace("right.png", "x-right.png")
    (elsewhere / "m.yaml").write_text(text.replace("name: small", "name: other"))
    assert list(make_plan(load(elsewhere / "m.yaml")).jobs) == list(plan.jobs)


def test_every_part_of_the_identity_changes_it(monkeypatch):
    base = {"parameters": {"size": 1, "noise": "uniform"}, "inputs": {"style": "a"}, "weights": "w"}
    changed = [
        {**base, "parameters": {"size": 2, "noise": "uniform"}},
        {**base, "parameters": {"size": 1, "noise": "normal"}},
        {**base, "inputs": {"style": "b"}},
        {**base, "weights": "v"},
    ]
    ids = {resolve.job_id(**arguments) for arguments in (base, *changed)}
    monkeypatch.setattr(resolve, "ALGORITHM", resolve.ALGORITHM + 1)
    ids.add(resolve.job_id(**base))
    assert len(ids) == 6


def test_the_identity_of_a_known_job_has_not_moved():
    """A change here makes every stored result look undone: raise ALGORITHM only when results change meaning."""
    found = resolve.job_id({"size": 32, "noise": "uniform"}, {"style": "ab"}, "random:0/he-normal/1")
    assert found == "2bdc79becd0d6c217343f7be16d620b81dc6c3e8218b66e57b34cd271d08790d"


def test_a_weights_file_counts_by_its_content_not_by_its_name():
    first = resolve.job_id({"weights": "a.pth"}, {}, "sha256:1")
    assert first == resolve.job_id({"weights": "b.pth"}, {}, "sha256:1")
    assert first != resolve.job_id({"weights": "a.pth"}, {}, "sha256:2")


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("quickstart", "a66f6ece17c44653bd211916060f95a45b26690a597f4ac6e3110d9a4e152f46"),
        ("controls", "f5d9204e9de81ab1ca6c9884047344c77b7c1991197aae9169b34620b80c94d5"),
    ],
)
def test_the_jobs_of_manifests_that_ship_have_not_moved(name, digest):
    """A change here runs again what people have: see ALGORITHM, and the versions of the samples."""
    ids = list(make_plan(load(find(name))).jobs)
    assert hashlib.sha256("\n".join(ids).encode()).hexdigest() == digest
