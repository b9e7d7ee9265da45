"""Mistakes in what an experiment varies: its grid, zips, what it includes, excludes and overrides, and what it compares."""

import pytest

from tests.bench.small import SMALL

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


def test_of_many_wrong_axes_only_the_first_are_looked_up(complaint):
    wrong = ", ".join(f"sise{i}" for i in range(60))
    said = complaint(SMALL.replace("compare: [init]", f"compare: [{wrong}]")).splitlines()[::2]
    assert said[0] == (
        "small.yaml:9:15: experiments.main.compare[0]: 'sise0' is no parameter and no zip: expected one of init; "
        "did you mean size?"
    )
    assert [line.endswith("did you mean size?") for line in said] == [True] * 50 + [False] * 10
