"""Mistakes in a manifest: all are named at once, each with its place."""

import pytest

from nst.recipes import RECIPES
from nst.settings import FIELDS
from tests.bench.small import SMALL


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


def test_control_characters_do_not_reach_the_terminal(complaint):
    said = complaint(SMALL.replace("left: left.png", '"a\\e[31mRED": lost.png'))
    assert "\x1b" not in said
    assert "a\\x1b[31mRED" in said


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
