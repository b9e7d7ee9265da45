"""Files that are no manifest, and the manifests that ship."""

import pytest

from bench.errors import BenchError
from bench.manifest import find, load, shipped
from bench.plan import make_plan
from tests.bench.small import SMALL


def test_a_character_that_yaml_forbids_has_its_place(complaint):
    assert complaint(SMALL.replace("init: [noise", "init: [\x07noise")).startswith(
        "small.yaml:8:19: not valid YAML: the character '\\x07' may not stand in it"
    )


@pytest.mark.parametrize("text", ["", "just text", "[1, 2]", "name: x", "experiments: {}"])
def test_what_is_no_manifest_at_all_says_what_is_missing(complaint, text):
    assert complaint(text).startswith("small.yaml:1:")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"\xff\xfe\x00", "1:1: the byte 0xFF"),
        ("name: x\ntitle: größe, Öl".encode() + b"\xe9", "2:17: the byte 0xE9"),
        (b"\xef\xbb\xbfname: \x80", "1:7: the byte 0x80"),
    ],
)
def test_a_byte_that_is_no_text_has_its_place(tmp_path, data, told):
    path = tmp_path / "binary.yaml"
    path.write_bytes(data)
    with pytest.raises(BenchError) as caught:
        load(path)
    assert str(caught.value) == f"{path}:{told} is not UTF-8: save the file as UTF-8"


def test_a_file_that_is_gone_is_named(tmp_path):
    with pytest.raises(BenchError) as caught:
        load(tmp_path / "gone.yaml")
    assert str(caught.value) == f"{tmp_path / 'gone.yaml'}: cannot be read: No such file or directory"


def test_manifests_that_ship_are_found_by_name_and_typos_are_answered():
    assert find("quickstart").name == "quickstart.yaml"
    with pytest.raises(BenchError) as caught:
        find("quikstart")
    assert str(caught.value) == (
        "quikstart: no such manifest: expected a YAML file or one that ships "
        f"({', '.join(shipped())}); did you mean quickstart?"
    )


@pytest.mark.parametrize("name", shipped())
def test_manifests_that_ship_are_sound(name):
    assert make_plan(load(find(name))).jobs
