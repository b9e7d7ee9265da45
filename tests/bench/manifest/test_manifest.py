import pytest

from bench.errors import BenchError
from bench.manifest import find, load, shipped
from bench.manifest.fixing import set_defaults
from bench.plan import make_plan
from nst.recipes import RECIPES
from nst.settings import FIELDS
from tests.bench.small import SMALL


@pytest.fixture
def complaint(manifest, folder):
    """The whole message that a manifest gets, with the folder's name cut out."""

    def read(text):
        path = manifest(text)
        with pytest.raises(BenchError) as caught:
            make_plan(load(path))
        assert caught.value.exit_code == 2
        return str(caught.value).replace(f"{folder}/", "")

    return read


def test_every_mistake_is_named_at_once_with_its_place(complaint):
    text = """\
name: bad name
images:
  contents: {one: one.png, lost: nothing.png, cat: sample:chelsee}
  styles: {left: left.png}
defaults: {weights: random, recipe: cmu-1672, sise: 3}
experiments:
  main:
    pairs: {contents: [onne], styles: all}
    grid: {init: [noise, contnt], size: [256, many]}
    compare: [init, foo]
    repeats: 0
  other:
    grid: {content_layers: [conv2_2, conv9_1]}
"""
    messages = [line for line in complaint(text).splitlines() if not line.startswith("    ")]
    assert [line.split(": ", 2)[:2] for line in messages] == [
        ["small.yaml:1:7", "name"],
        ["small.yaml:3:34", "images.contents.lost"],
        ["small.yaml:3:52", "images.contents.cat"],
        ["small.yaml:5:37", "defaults.recipe"],
        ["small.yaml:5:47", "defaults.sise"],
        ["small.yaml:8:24", "experiments.main.pairs.contents[0]"],
        ["small.yaml:9:26", "experiments.main.grid.init[1]"],
        ["small.yaml:9:47", "experiments.main.grid.size[1]"],
        ["small.yaml:10:21", "experiments.main.compare[1]"],
        ["small.yaml:11:14", "experiments.main.repeats"],
        ["small.yaml:13:38", "experiments.other.grid.content_layers[1]"],
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "width: 0.0625",
            "widht: 0.0625",
            "small.yaml:5:29: defaults.widht: unknown key 'widht'; did you mean width?"
            "\n    5 | defaults: {weights: random, widht: 0.0625, size: 32, evaluations: 3}",
        ),
        (
            "width: 0.0625",
            "qqq: 1",
            "small.yaml:5:29: defaults.qqq: unknown key 'qqq': expected one of recipe, " + ", ".join(FIELDS) + "\n"
            "    5 | defaults: {weights: random, qqq: 1, size: 32, evaluations: 3}",
        ),
        (
            "size: 32",
            "size: big",
            "small.yaml:5:50: defaults.size: 'big': expected a whole number of pixels from 16 to 16384"
            "\n    5 | defaults: {weights: random, width: 0.0625, size: big, evaluations: 3}",
        ),
        (
            "experiments:\n  main:",
            "experimentz:\n  main:",
            "small.yaml:1:1: experiments is missing\n    1 | name: small\n"
            "small.yaml:6:1: experimentz: unknown key 'experimentz': expected one of name, title, intro, accent, open, manifests, images, "
            "defaults, experiments; did you mean experiments?\n    6 | experimentz:",
        ),
        (
            "one: one.png",
            "one: small.yaml",
            "small.yaml:3:19: images.contents.one: small.yaml: not a picture in a format that Pillow reads"
            "\n    3 |   contents: {one: small.yaml}",
        ),
        (
            "evaluations: 3",
            "recipe: naas_adam",
            f"small.yaml:5:62: defaults.recipe: 'naas_adam': expected one of {', '.join(RECIPES)}; "
            "did you mean naas-adam?"
            "\n    5 | defaults: {weights: random, width: 0.0625, size: 32, recipe: naas_adam}",
        ),
        (
            "evaluations: 3",
            "style_layers: [conv1_1, conv5_9]",
            "small.yaml:5:78: defaults.style_layers[1]: vgg19 has no layer 'conv5_9': expected conv1_1 to conv5_4 "
            "(or relu...), conv1 to conv16, or a torchvision index of a convolution or ReLU below 36; "
            "did you mean conv5_4?"
            "\n    5 | defaults: {weights: random, width: 0.0625, size: 32, style_layers: [conv1_1, conv5_9]}",
        ),
        (
            "weights: random",
            "weights: lost.pth",
            "small.yaml:5:21: defaults.weights: lost.pth: cannot be read: No such file or directory"
            "\n    5 | defaults: {weights: lost.pth, width: 0.0625, size: 32, evaluations: 3}",
        ),
        (
            "weights: random, ",
            "",
            "small.yaml:5:19: defaults.width: imagenet weights are of width 1, not 0.0625: use weights: random, or a "
            "file\n    5 | defaults: {width: 0.0625, size: 32, evaluations: 3}",
        ),
        (
            "compare: [init]",
            "compare: [size]",
            "small.yaml:9:15: experiments.main.compare[0]: size has one value only, so there is nothing to pair: "
            "expected one of init\n    9 |     compare: [size]",
        ),
        (
            "grid: {init: [noise, content]}",
            "task: texture\n    grid: {init: [noise, content]}",
            "small.yaml:9:26: experiments.main.grid.init[1]: init: a texture has no content to start from: "
            "expected noise, uniform, normal or grey\n    9 |     grid: {init: [noise, content]}",
        ),
        (
            "size: 32, evaluations: 3",
            "size: 16, style_layers: conv5_1, size_rule: long",
            "small.yaml:5:50: defaults.size: content 'one' becomes 16 x 13 pixels, and conv5_1 needs 16 on each side"
            "\n    5 | defaults: {weights: random, width: 0.0625, size: 16, style_layers: conv5_1, size_rule: long}",
        ),
    ],
)
def test_one_mistake_gets_one_clear_message(complaint, old, new, expected):
    assert old in SMALL
    assert complaint(SMALL.replace(old, new)) == expected


def places(message):
    return [line.split(": ", 2)[1:] for line in message.splitlines() if not line.startswith("    ")]


def test_every_layer_that_does_not_exist_is_named(complaint):
    found = places(complaint(SMALL.replace("size: 32", "size: 32, style_layers: [conv1_1, cnov2_1, conv99]")))
    assert [text.split(":")[0] for _, text in found] == [
        "vgg19 has no layer 'cnov2_1'",
        "vgg19 has no layer 'conv99'",
    ]


def test_an_entry_that_is_no_pair_does_not_hide_the_others(complaint):
    text = SMALL.replace("grid:", "pairs: [[one, lefd], [two, left], [one], [one, left]]\n    grid:")
    assert places(complaint(text)) == [
        [
            "experiments.main.pairs[0][1]",
            "'lefd' is not under images.styles: expected one of left, right; did you mean left?",
        ],
        ["experiments.main.pairs[1][0]", "'two' is not under images.contents: expected one of one"],
        ["experiments.main.pairs[2]", "['one']: expected a pair [content, style]"],
    ]


def test_a_picture_that_was_refused_is_no_unknown_label_too(complaint):
    text = SMALL.replace("one: one.png", "one: 5").replace("grid:", "pairs: [[one, left]]\n    grid:")
    expected = "the path of a picture, sample:<name>, {url: ...}, {glob: ...}, {folder: ...} or {samples: ...}"
    assert places(complaint(text)) == [["images.contents.one", f"5: expected {expected}"]]


@pytest.mark.parametrize(
    ("old", "new", "where", "message"),
    [
        (
            "right: right.png",
            "right: left.png",
            "images.styles.right",
            "the same picture as 'left': give each picture once",
        ),
        ("left: left.png", "left: lefd.png", "images.styles.left", "lefd.png: no such file; did you mean left.png?"),
        (
            "left: left.png",
            "left: ~nosuchuser/x.png",
            "images.styles.left",
            "'~nosuchuser/x.png': not the path of a file",
        ),
        ("left: left.png", 'left: "a\\0b.png"', "images.styles.left", "a\\x00b.png: no such file"),
        ("left: left.png", "left: https://a/b.png", "images.styles.left", "https://a/b.png: addresses are not read"),
        ("size: 32", "size: " + "9" * 400, "defaults.size", "'" + "9" * 57 + "...': expected a whole number of pixels"),
        ("size: 32", "size: .nan", "defaults.size", "nan: expected a whole number of pixels from 16 to 16384"),
        ("size: 32", "size: true", "defaults.size", "true: expected a whole number of pixels from 16 to 16384"),
        (
            "weights: random",
            "weights: 'random:²'",
            "defaults.weights",
            "'random:²': expected random:<seed> with a whole",
        ),
        ("weights: random", "weights: 'random:'", "defaults.weights", "'random:': expected random:<seed> with a whole"),
        (
            "size: 32",
            "style_layers: ['0', conv1_1]",
            "defaults.style_layers",
            "style_layers names a layer twice: conv1_1",
        ),
        (
            "size: 32",
            "style_layer_weights: [-1]",
            "defaults.style_layer_weights",
            "[-1]: expected sum, average, channels, or a list",
        ),
        (
            "size: 32",
            "style_layer_weights: [1]",
            "defaults.style_layer_weights",
            "style_layer_weights has 1 numbers for 5",
        ),
        ("name: small", "name: con", "name", "'con': expected another name: Windows keeps such"),
        ("name: small", "name: a.", "name", "'a.': expected another name: Windows keeps such"),
        ("name: small", "name: a b", "name", "'a b': expected a name of up to 64 letters"),
        ("name: small", 'name: small\ntitle: "\\ud800"', "title", "text with half a surrogate pair"),
        (
            "grid: {",
            "grid: {history: [5, 6], optimizer: [adam], ",
            "experiments.main.grid.history",
            "all values of history",
        ),
        (
            "grid: {",
            "repeats: 2\n    defaults: {seed: 4294967295}\n    grid: {",
            "experiments.main.repeats",
            "seeds would run",
        ),
    ],
)
def test_odd_values_get_a_message_with_their_place(complaint, old, new, where, message):
    assert old in SMALL
    found = places(complaint(SMALL.replace(old, new)))
    assert found[0][0] == where
    assert found[0][1].startswith(message)


def test_a_name_that_a_validator_uses_too_does_not_confuse_places(complaint):
    found = places(complaint(SMALL.replace("  main:", "  list:").replace("compare: [init]", "compare: [x]")))
    assert found[0][0] == "experiments.list.compare[0]"


def test_what_set_gave_is_blamed_on_set(manifest):
    with pytest.raises(BenchError) as caught:
        make_plan(set_defaults(load(manifest()), ["content_layers=conv9_9", "weights=nope.pth"]))
    lines = str(caught.value).splitlines()
    assert lines[0].startswith("--set content_layers: vgg19 has no layer 'conv9_9'")


def test_control_characters_do_not_reach_the_terminal(complaint):
    said = complaint(SMALL.replace("left: left.png", '"a\\e[31mRED": lost.png'))
    assert "\x1b" not in said
    assert "a\\x1b[31mRED" in said


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


def test_the_user_and_password_of_an_address_are_not_repeated(complaint):
    said = complaint(SMALL.replace("one: one.png", 'one: {url: "https://me:secret@x.org/a.png", sha256: abc}'))
    assert "secret" not in said
    assert '    3 |   contents: {one: {url: "https://…@x.org/a.png", sha256: abc}}' in said.splitlines()


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ("all", "8:12: experiments.main.pairs: 'all': expected {contents: all, styles: [...]}, or a list of pairs "
         "[content, style]"),
        ("{styles: [left, 3]}", "8:28: experiments.main.pairs.styles[1]: 3: expected the label of a picture"),
        ("{styles: left}", "8:21: experiments.main.pairs.styles: 'left': expected all, or a list of labels"),
    ],
)  # fmt: skip
def test_pairs_of_another_kind_are_refused_at_the_item(complaint, pairs, expected):
    said = complaint(SMALL.replace("    grid:", f"    pairs: {pairs}\n    grid:"))
    assert said.splitlines()[0] == f"small.yaml:{expected}"


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


def test_set_wins_over_defaults_and_grids(manifest):
    loaded = set_defaults(load(manifest()), ["init=content", "style_weight=1e3", "style_layers=[conv1_1, conv2_1]"])
    jobs = list(make_plan(loaded).jobs.values())
    assert {job.parameters["init"] for job in jobs} == {"content"}
    assert {job.parameters["style_weight"] for job in jobs} == {1e3}
    assert jobs[0].parameters["style_layers"] == ["conv1_1", "conv2_1"]


def test_set_names_every_mistake(manifest):
    with pytest.raises(BenchError) as caught:
        set_defaults(load(manifest()), ["size", "=3", "sise=3", "init=nose", "size=1e400"])
    assert str(caught.value).splitlines() == [
        "--set size: expected key=value, such as size=128",
        "--set =3: expected key=value, such as size=128",
        "--set size=1e400: inf: expected a whole number of pixels from 16 to 16384",
        "--set init=nose: 'nose': expected one of noise, content, style, grey, uniform, normal; did you mean noise?",
        "--set sise=3: unknown key 'sise'; did you mean size?",
    ]


# -- zip, include, exclude, override -----------------------------------------------------------------------------------

EXPERIMENT = SMALL[: SMALL.index("    grid:")]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            ["zip:", "  depth:", "    size: [32, 48]", "    evaluations: [1, 2, 3]", "    seed: [1]"],
            "small.yaml:11:22: experiments.main.zip.depth.evaluations: evaluations has length 3 and is zipped with size "
            "(line 10) of length 2: expected lists of one length\n    11 |         evaluations: [1, 2, 3]\n"
            "small.yaml:12:15: experiments.main.zip.depth.seed: seed has length 1 and is zipped with size "
            "(line 10) of length 2: expected lists of one length\n    12 |         seed: [1]",
        ),
        (
            ["grid: {init: [noise, grey]}", "zip: {a: {init: [noise, grey], size: [32, 48]}, b: {size: [32, 48]}}"],
            "small.yaml:9:21: experiments.main.zip.a.init: init is listed under grid.init (line 8) too: leave out one\n"
            "    9 |     zip: {a: {init: [noise, grey], size: [32, 48]}, b: {size: [32, 48]}}\n"
            "small.yaml:9:63: experiments.main.zip.b.size: size is listed under zip.a.size (line 9) too: leave out one\n"
            "    9 |     zip: {a: {init: [noise, grey], size: [32, 48]}, b: {size: [32, 48]}}",
        ),
        (
            ["zip: {depth: {size: [32, 48, 32], seed: [1, 1, 1]}}"],
            "small.yaml:8:34: experiments.main.zip.depth.size[2]: step 3 is the same as step 1: expected each once\n"
            "    8 |     zip: {depth: {size: [32, 48, 32], seed: [1, 1, 1]}}",
        ),
        (
            ["zip: {size: {evaluations: [1, 2]}}"],
            "small.yaml:8:17: experiments.main.zip.size: 'size': expected a name that no parameter has: it stands for all "
            "that it zips\n    8 |     zip: {size: {evaluations: [1, 2]}}",
        ),
        (
            ["zip: {size: {sise: [1]}, z: {seed: [1], tv_weight: [0, 1]}}"],
            "small.yaml:8:17: experiments.main.zip.size: 'size': expected a name that no parameter has: it stands for all "
            "that it zips\n    8 |     zip: {size: {sise: [1]}, z: {seed: [1], tv_weight: [0, 1]}}\n"
            "small.yaml:8:18: experiments.main.zip.size.sise: unknown key 'sise'; did you mean size?\n"
            "    8 |     zip: {size: {sise: [1]}, z: {seed: [1], tv_weight: [0, 1]}}\n"
            "small.yaml:8:56: experiments.main.zip.z.tv_weight: tv_weight has length 2 and is zipped with seed (line 8) "
            "of length 1: expected lists of one length\n    8 |     zip: {size: {sise: [1]}, z: {seed: [1], tv_weight: [0, 1]}}",
        ),
        (
            ["zip: {a: {sise: [1]}, b: {}, c: {size: []}}"],
            "small.yaml:8:15: experiments.main.zip.a.sise: unknown key 'sise'; did you mean size?\n"
            "    8 |     zip: {a: {sise: [1]}, b: {}, c: {size: []}}\n"
            "small.yaml:8:30: experiments.main.zip.b: nothing: expected at least one entry\n"
            "    8 |     zip: {a: {sise: [1]}, b: {}, c: {size: []}}\n"
            "small.yaml:8:44: experiments.main.zip.c.size: nothing: expected at least one entry\n"
            "    8 |     zip: {a: {sise: [1]}, b: {}, c: {size: []}}",
        ),
        (
            ["zip: {z: {size: [32, 48], seed: [1, 2]}}", "include: [{seed: 3}]", "repeats: 2"],
            "small.yaml:10:14: experiments.main.repeats: repeats and include.seed both choose the seeds: leave out one\n"
            "    10 |     repeats: 2\n"
            "small.yaml:10:14: experiments.main.repeats: repeats and zip.z.seed both choose the seeds: leave out one\n"
            "    10 |     repeats: 2",
        ),
        (
            ["exclude: [{size: [32, many]}, {contents: one}, {}, {init: null}]"],
            "small.yaml:8:27: experiments.main.exclude[0].size[1]: 'many': expected a whole number of pixels from 16 to "
            "16384\n    8 |     exclude: [{size: [32, many]}, {contents: one}, {}, {init: null}]\n"
            "small.yaml:8:36: experiments.main.exclude[1].contents: unknown key 'contents'; did you mean content?\n"
            "    8 |     exclude: [{size: [32, many]}, {contents: one}, {}, {init: null}]\n"
            "small.yaml:8:52: experiments.main.exclude[2]: nothing: expected at least one entry\n"
            "    8 |     exclude: [{size: [32, many]}, {contents: one}, {}, {init: null}]\n"
            "small.yaml:8:63: experiments.main.exclude[3].init: null: expected one of noise, content, style, grey, "
            "uniform, normal\n    8 |     exclude: [{size: [32, many]}, {contents: one}, {}, {init: null}]",
        ),
        (
            ["exclude: [{content: on, style: [left, rigth]}]"],
            "small.yaml:8:25: experiments.main.exclude[0].content: 'on' is not under images.contents: expected one of "
            "one; did you mean one?\n    8 |     exclude: [{content: on, style: [left, rigth]}]\n"
            "small.yaml:8:43: experiments.main.exclude[0].style[1]: 'rigth' is not under images.styles: expected one of "
            "left, right; did you mean right?\n    8 |     exclude: [{content: on, style: [left, rigth]}]",
        ),
        (
            ["exclude: [{size: 32}]"],
            "small.yaml:8:14: experiments.main.exclude: every combination is excluded: nothing is left to run\n"
            "    8 |     exclude: [{size: 32}]",
        ),
        (
            ["exclude: [{content_layers: [[conv1_1], [conv2_1, cnov3_1]]}]"],
            "small.yaml:8:54: experiments.main.exclude[0].content_layers[1][1]: vgg19 has no layer 'cnov3_1': expected "
            "conv1_1 to conv5_4 (or relu...), conv1 to conv16, or a torchvision index of a convolution or ReLU below 36; "
            "did you mean conv3_1?\n    8 |     exclude: [{content_layers: [[conv1_1], [conv2_1, cnov3_1]]}]",
        ),
        (
            ["include: [{init: nose}, 5, {size: 16, content_layers: [conv1_1, conv5_9]}]"],
            "small.yaml:8:22: experiments.main.include[0].init: 'nose': expected one of noise, content, style, grey, "
            "uniform, normal; did you mean noise?\n"
            "    8 |     include: [{init: nose}, 5, {size: 16, content_layers: [conv1_1, conv5_9]}]\n"
            "small.yaml:8:29: experiments.main.include[1]: 5: expected a mapping (key: value)\n"
            "    8 |     include: [{init: nose}, 5, {size: 16, content_layers: [conv1_1, conv5_9]}]\n"
            "small.yaml:8:69: experiments.main.include[2].content_layers[1]: vgg19 has no layer 'conv5_9': expected "
            "conv1_1 to conv5_4 (or relu...), conv1 to conv16, or a torchvision index of a convolution or ReLU below 36; "
            "did you mean conv5_4?\n"
            "    8 |     include: [{init: nose}, 5, {size: 16, content_layers: [conv1_1, conv5_9]}]",
        ),
        (
            ["override: [{when: {size: 32}}, {when: {sise: 1}, set: {}, then: 2}]"],
            "small.yaml:8:16: experiments.main.override[0]: set is missing\n"
            "    8 |     override: [{when: {size: 32}}, {when: {sise: 1}, set: {}, then: 2}]\n"
            "small.yaml:8:44: experiments.main.override[1].when.sise: unknown key 'sise'; did you mean size?\n"
            "    8 |     override: [{when: {size: 32}}, {when: {sise: 1}, set: {}, then: 2}]\n"
            "small.yaml:8:59: experiments.main.override[1].set: nothing: expected at least one entry\n"
            "    8 |     override: [{when: {size: 32}}, {when: {sise: 1}, set: {}, then: 2}]\n"
            "small.yaml:8:63: experiments.main.override[1].then: unknown key 'then': expected one of when, set; did you "
            "mean when?\n    8 |     override: [{when: {size: 32}}, {when: {sise: 1}, set: {}, then: 2}]",
        ),
        (
            ["override: [{when: {init: noise}, set: {style_layers: [conv5_1], size: 16, size_rule: long}}]"],
            "small.yaml:8:75: experiments.main.override[0].set.size: content 'one' becomes 16 x 13 pixels, and conv5_1 "
            "needs 16 on each side\n"
            "    8 |     override: [{when: {init: noise}, set: {style_layers: [conv5_1], size: 16, size_rule: long}}]",
        ),
        (
            ["zip: {depth: {size: [32, 48]}}", "compare: [dept, size, size, depth, evaluations]"],
            "small.yaml:9:15: experiments.main.compare[0]: 'dept' is no parameter and no zip: expected one of depth; did "
            "you mean depth?\n    9 |     compare: [dept, size, size, depth, evaluations]\n"
            "small.yaml:9:27: experiments.main.compare[2]: 'size': expected each axis once\n"
            "    9 |     compare: [dept, size, size, depth, evaluations]\n"
            "small.yaml:9:40: experiments.main.compare[4]: evaluations has one value only, so there is nothing to pair: "
            "expected one of size, depth\n    9 |     compare: [dept, size, size, depth, evaluations]",
        ),
        (
            ["grid: {content_layers: [[conv1_1], [0, 3]], coarse_sizes: [16, [16, 8], [24, big]], size: [32, 32]}"],
            "small.yaml:8:73: experiments.main.grid.coarse_sizes[1][1]: 8: expected a whole number of pixels from 16 to "
            "16384, or a list of them, smallest first\n"
            "    8 |     grid: {content_layers: [[conv1_1], [0, 3]], coarse_sizes: [16, [16, 8], [24, big]], size: [32, 32]}\n"
            "small.yaml:8:82: experiments.main.grid.coarse_sizes[2][1]: 'big': expected a whole number of pixels from 16 "
            "to 16384, or a list of them, smallest first\n"
            "    8 |     grid: {content_layers: [[conv1_1], [0, 3]], coarse_sizes: [16, [16, 8], [24, big]], size: [32, 32]}\n"
            "small.yaml:8:100: experiments.main.grid.size[1]: 32: expected each value once\n"
            "    8 |     grid: {content_layers: [[conv1_1], [0, 3]], coarse_sizes: [16, [16, 8], [24, big]], size: [32, 32]}",
        ),
        (
            ["grid: {content_layers: [[conv1_1], [0, 4]], weights: [random, lost.pth]}"],
            "small.yaml:8:44: experiments.main.grid.content_layers[1][1]: vgg19 has no layer '4': expected conv1_1 to "
            "conv5_4 (or relu...), conv1 to conv16, or a torchvision index of a convolution or ReLU below 36\n"
            "    8 |     grid: {content_layers: [[conv1_1], [0, 4]], weights: [random, lost.pth]}\n"
            "small.yaml:8:67: experiments.main.grid.weights[1]: lost.pth: cannot be read: No such file or directory\n"
            "    8 |     grid: {content_layers: [[conv1_1], [0, 4]], weights: [random, lost.pth]}",
        ),
    ],
)
def test_a_mistake_in_what_varies_is_shown_where_it_is(complaint, lines, expected):
    assert complaint(EXPERIMENT + "".join(f"    {line}\n" for line in lines)) == expected


def test_set_hints_at_how_a_list_is_written(manifest):
    with pytest.raises(BenchError) as caught:
        set_defaults(
            load(manifest()), ["coarse_sizes=24,28", "content_layers=conv1_1,conv2_1", "betas=.9,.99", "size=1,2"]
        )
    assert str(caught.value).splitlines() == [
        "--set size=1,2: '1,2': expected a whole number of pixels from 16 to 16384",
        "--set coarse_sizes=24,28: '24,28': expected a whole number of pixels from 16 to 16384, or a list of them, "
        "smallest first; did you mean [24,28]?",
        "--set betas=.9,.99: '.9,.99': expected two numbers from 0 to below 1; did you mean [.9,.99]?",
    ]
    with pytest.raises(BenchError) as caught:
        set_defaults(load(manifest()), ["content_layers=conv1_1,conv2_1"])
    assert str(caught.value) == (
        "--set content_layers=conv1_1,conv2_1: 'conv1_1,conv2_1': expected a layer name or a list of them; "
        "did you mean [conv1_1,conv2_1]?"
    )


def test_set_names_what_is_no_yaml_beside_the_rest(manifest):
    with pytest.raises(BenchError) as caught:
        set_defaults(load(manifest()), ["size=[1", "sise=3"])
    assert str(caught.value).splitlines() == [
        "--set size=[1: not valid YAML: expected ',' or ']', but got '<stream end>'",
        "--set sise=3: unknown key 'sise'; did you mean size?",
    ]


def test_of_many_wrong_axes_only_the_first_are_looked_up(complaint):
    wrong = ", ".join(f"sise{i}" for i in range(60))
    said = complaint(SMALL.replace("compare: [init]", f"compare: [{wrong}]")).splitlines()[::2]
    assert said[0] == (
        "small.yaml:9:15: experiments.main.compare[0]: 'sise0' is no parameter and no zip: expected one of init; "
        "did you mean size?"
    )
    assert [line.endswith("did you mean size?") for line in said] == [True] * 50 + [False] * 10
