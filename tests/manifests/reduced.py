"""Any manifest, made small: the same experiments, axes and findings, at sizes and lengths that take a moment."""

from dataclasses import replace

from bench.manifest import Loaded
from bench.manifest.finding_schema import Paired
from bench.manifest.schema import PairProduct

#: For what a manifest leaves to its recipe.
SIZE, EVALUATIONS, WIDTH = 36, 4, 0.0625
#: Repeats of a setting: two show how alike they are.
REPEATS = 2


def reduced(loaded: Loaded) -> Loaded:
    """With all that it includes. Values that differ still do."""
    manifest = loaded.manifest
    defaults = _parameters(manifest.defaults).model_copy(
        update={
            "size": _size(manifest.defaults.size or 128),
            "evaluations": _evaluations(manifest.defaults.evaluations or 300),
            "width": WIDTH,
        }
    )
    experiments = {label: _experiment(one, manifest.images) for label, one in manifest.experiments.items()}
    return replace(
        loaded,
        manifest=manifest.model_copy(update={"defaults": defaults, "experiments": experiments}),
        included=tuple(reduced(one) for one in loaded.included),
    )


def _size(size):
    return 32 + size // 32


def _evaluations(count):
    return 3 + count // 300


def _offset(offset):
    return [place * SIZE // 224 for place in offset]


CHANGES = {"size": _size, "evaluations": _evaluations, "width": lambda width: WIDTH, "blend_offset": _offset}


def _parameters(given):
    """Parameters with one value each."""
    chosen = {name: getattr(given, name, None) for name in CHANGES}
    return given.model_copy(update={name: CHANGES[name](value) for name, value in chosen.items() if value is not None})


def _lists(given):
    """Parameters with a list of values each."""
    chosen = {name: getattr(given, name, None) for name in CHANGES}
    update = {name: [CHANGES[name](item) for item in values] for name, values in chosen.items() if values is not None}
    return given.model_copy(update=update)


def _first(labels, pictures):
    """One picture of those that an experiment puts together."""
    return next(iter(pictures), None) and [next(iter(pictures)) if labels == "all" else labels[0]]


def _pairs(pairs, images):
    if not isinstance(pairs, PairProduct):
        return pairs
    chosen = {"contents": _first(pairs.contents, images.contents), "styles": _first(pairs.styles, images.styles)}
    return pairs.model_copy(update={group: labels for group, labels in chosen.items() if labels})


def _experiment(experiment, images):
    return experiment.model_copy(
        update={
            "pairs": _pairs(experiment.pairs, images),
            "defaults": _parameters(experiment.defaults),
            "grid": _lists(experiment.grid),
            "zip": {name: _lists(zipped) for name, zipped in experiment.zip.items()},
            "repeats": min(experiment.repeats, REPEATS),
            "findings": [_finding(finding) for finding in experiment.findings],
        }
    )


def _finding(finding):
    expect = finding.expect
    update = {} if expect.where is None else {"where": _lists(expect.where)}
    if isinstance(expect, Paired) and expect.along in CHANGES:
        change = CHANGES[expect.along]
        update |= {key: change(end) for key in ("from_", "to") if (end := getattr(expect, key)) is not None}
    return finding.model_copy(update={"expect": expect.model_copy(update=update)})
