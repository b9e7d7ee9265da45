"""The words of the pages: parameters and their values, names of files, verdicts and statuses."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bench.pairing import Step
from bench.record import NO_WEIGHTS
from bench.report.format import NARROW, number

#: What a page says of a run that has no picture to show, or one that needs a warning.
STATUS = {
    "done": "done",
    "failed": "failed",
    "oom": "out of memory",
    "timeout": "timed out",
    "crashed": "crashed",
    "not run": "not run yet",
    "unreadable": "record unreadable",
}
DIAGNOSIS = {
    "converged": "converged",
    "falling": "still falling",
    "unsteady": "unsteady",
    "stalled": "stalled",
    "diverged": "diverged",
    "non-finite": "not finite",
    "out-of-gamut": "out of gamut",
}
#: Diagnoses that a reader must not miss beside a picture.
WARNED = frozenset({"unsteady", "stalled", "diverged", "non-finite", "out-of-gamut"})

#: Figures of the saved picture that no network had a part in, and which way is better; and their heads in tables.
QUALITY = {
    "structure": "structure kept, 1 is all (scales)",
    "style_distance": "style distance, strokes, 0 is none",
    "colour_distance": "colour distance, 0 is none",
    "colourfulness": "colourfulness, 0 is grey",
    "content_colourfulness": "colourfulness of the content",
    "style_colourfulness": "colourfulness of the style",
}
QUALITY_HEADS = {
    "structure": "structure",
    "style_distance": "style distance",
    "colour_distance": "colour distance",
    "colourfulness": "colourfulness",
}

#: Numbers behind a diagnosis (nst.diagnosis.Diagnosis): what each is, and how it is shown.
NUMBERS = {
    "fall": ("loss lowered, of its start", "share"),
    "last_tenth": ("lowered by the last tenth", "share"),
    "rises_at_end": ("rises within the last tenth", "share"),
    "above_lowest": ("end above the lowest", "share"),
    "pace": ("pace of the last tenth to the average", "ratio"),
    "settled_at": ("within 1 % of the lowest from evaluation", "whole"),
    "overshoot": ("highest loss to the start", "ratio"),
    "non_finite_at": ("not finite from evaluation", "whole"),
    "out_of_gamut": ("values outside [0, 1]", "share"),
    "far_out_of_gamut": ("values far outside", "share"),
    "non_finite_values": ("values that are not finite", "share"),
    "start_structure": ("structure of the start (noise: 0)", "number"),
    "correlation_with_start": ("correlation with the start", "number"),
}

TASK = {
    "transfer": "style transfer",
    "texture": "texture: the style alone",
    "reconstruct": "reconstruction: the content alone",
    "features": "features: what filters respond to",
    "blend": "blend: part of one picture in another",
    "video": "video: a clip, frame by frame",
}
#: What the headline of the timing contract is, where it is not optimising.
HEADLINE = {"features": "time of the pass", "blend": "time to blend", "video": "time to make its frames"}
#: What a picture that random weights had a part in shows.
UNTRAINED = {
    "features": "These weights are random and untrained: the picture shows what filters do that learned nothing."
}
#: Heads of what a task leaves beside its picture.
EXTRAS = {"features": "Layer by layer", "blend": "Source, target and result", "transfer": "Before blending"}
#: Ways of blending.
BLENDS = {"paste": "pasted", "poisson": "Poisson blending", "mixed": "mixed gradients"}
#: Figures of a task's own (docs/tasks.md): what each is, and how it is shown. A name may end in ``.<layer>``.
OWN_NUMBERS = {
    "positive": ("responses above 0", "share"),
    "largest": ("largest response", "number"),
    "unknowns": ("pixels blended", "whole"),
    "seam": ("step across the seam (8-bit levels)", "number"),
    "seam_pasted": ("the same where it is pasted", "number"),
    "seam_target": ("the same in the target", "number"),
    "error": ("error of the target rebuilt from its gradients", "number"),
    "frames": ("frames", "whole"),
    "shots": ("shots", "whole"),
    "flicker": ("flicker (8-bit levels)", "number"),
    "flicker_source": ("flicker of the source (8-bit levels)", "number"),
    "seconds_per_frame": ("time per frame", "seconds"),
}
#: Heads of their columns; figures of single layers have none.
OWN_HEADS = {
    "unknowns": "pixels",
    "seam": "seam",
    "seam_pasted": "seam pasted",
    "seam_target": "seam in target",
    "error": "error",
    "frames": "frame count",
    "shots": "shots",
    "flicker": "flicker",
    "flicker_source": "flicker of source",
    "seconds_per_frame": "time per frame",
}
#: What pairs of runs say of time and of figures of their task's own (bench.pairing): what the second did, of what, the
#: kind of that ratio, and what it is called where it is lower and where it is higher.
TOOK = ("took", "the time", "ratio", "faster", "slower")
OWN_VERDICTS = {
    "flicker": ("had", "the flicker", "flicker-ratio", "steadier", "less steady"),
    "seconds_per_frame": ("took", "the time per frame", "ratio", "faster", "slower"),
}
#: What formats the figures of a column, where that is another than three digits.
_FORMATTERS = {"seconds": "seconds", "whole": "count"}
PHASES = ("decode", "weights", "targets", "warmup", "restarts", "optimise", "save", "assess")

#: Parameters that pages list first, because people choose them; the others are mostly left to the recipe.
EVERYDAY = frozenset(
    {"task", "recipe", "backbone", "weights", "width", "pooling", "size", "size_rule", "style_scale", "colours",
     "coarse_sizes", "coarse_evaluations", "init", "seed", "restarts", "evaluations", "optimizer", "learning_rate",
     "history", "content_layers", "content_weight", "style_layers", "style_weight", "style_layer_weights", "tv_weight",
     "gamut_weight", "precision", "balance", "feature_layers", "feature_filters", "blend", "blend_offset",
     "blend_seam", "frames", "folder"}
)  # fmt: skip

_INIT = {"content": "the content", "uniform": "uniform noise", "normal": "normal noise"}
_SPELLED = {"lbfgs": "L-BFGS", "adam": "Adam"}
#: Characters that no HTML page may hold, by any spelling.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]|[" + "".join(
        chr(plane * 0x10000 + last) for plane in range(1, 17) for last in (0xFFFE, 0xFFFF)
    ) + "]"
)  # fmt: skip


def clean(text: str) -> str:
    """``text`` with what HTML forbids replaced by U+FFFD."""
    if text.isascii() and text.isprintable():  # as nearly all of it is
        return text
    return _FORBIDDEN.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def shorten(text: str, length: int = 60) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def slug(text: str, identity: str) -> str:
    """A file's name for ``text``: ``[a-z0-9-]``, at most 60 characters and a hash that makes it unique."""
    plain = unicodedata.normalize("NFKD", text[:200]).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain)[:60].strip("-") or "x"
    return f"{stem}-{hashlib.sha256(identity.encode('utf-8', 'replace')).hexdigest()[:10]}"


def value(name: str, given: Any) -> str:
    """A parameter's value: ``256 px``, ``L-BFGS``, ``conv1_1, conv2_1``, ``1×10⁶``."""
    if given is None:
        return "none"
    if isinstance(given, bool):
        return "yes" if given else "no"
    if isinstance(given, Step):
        return given.label or _step(given)
    if isinstance(given, list | tuple):
        of = "size" if name == "coarse_sizes" else ""
        return ", ".join(value(of, item) for item in given) or "none"
    if name == "size" and isinstance(given, int):
        return f"{given}{NARROW}px"
    if isinstance(given, float):
        return weight(given)
    if isinstance(given, int):
        return weight(float(given)) if abs(given) >= 10**6 and name != "seed" else str(given)
    return _SPELLED.get(given, given) if name == "optimizer" else str(given)


#: Characters of each parameter's value in the label of a step.
_PART = 30


def _step(given: Step) -> str:
    return " / ".join(shorten(value(name, of), _PART) for name, of in zip(given.names, given.values, strict=True))


def labelled(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps of a zip with what pages call them: ``conv4_2 / 10``; with their number where that is not enough."""
    labels = [_step(step) for step in steps]
    return tuple(
        replace(step, label=label if labels.count(label) == 1 else f"{number}: {label}")
        for number, (step, label) in enumerate(zip(steps, labels, strict=True), start=1)
    )


def weight(given: float) -> str:
    """A number that a person chose, with no digits it was not given."""
    shortest = f"{given:g}"
    if float(shortest) != given:
        return repr(given)
    if "e" in shortest:
        mantissa = shortest.partition("e")[0]
        return number(given, len(mantissa.replace("-", "").replace(".", "")) or 1)
    return shortest.replace("-", "−")


#: Parameters whose values say what they are values of.
BARE = frozenset({"init", "size", "recipe", "backbone", "optimizer"})


def setting(name: str, given: Any) -> str:
    """A value that says what it is a value of, for captions: ``noise``, ``256 px``, ``seed 0``."""
    text = value(name, given)
    return text if name in BARE else f"{name} {text}"


def subject(axis: str, given: Any) -> str:
    """A value as the subject of a sentence: ``starting from noise``, ``size 256 px``."""
    if axis == "init":
        return f"starting from {_INIT.get(given, given)}"
    return f"{axis} {value(axis, given)}"


def capital(text: str) -> str:
    """``text`` with a first capital, unless it opens with the name of a parameter."""
    return text if "_" in text.split(" ")[0] else text[:1].upper() + text[1:]


def network(parameters: Mapping[str, Any], weights: str | None) -> str:
    """What made a picture: backbone, pooling and weights, by name and by hash; empty without a network."""
    if weights == NO_WEIGHTS or parameters.get("backbone", "") is None:
        return ""
    parts = [f"backbone {parameters.get('backbone', 'not stated')}"]
    if parameters.get("pooling"):
        parts.append(f"{parameters['pooling']} pooling")
    if parameters.get("width") not in (None, 1, 1.0):
        parts.append(f"width {value('width', parameters['width'])}")
    named = str(parameters.get("weights", "not stated"))
    if weights and weights.startswith(named):
        named = short_hash(weights)
    elif weights:
        named = f"{named} ({short_hash(weights)})"
    return f"{', '.join(parts)}; weights {named}"


def is_random(parameters: Mapping[str, Any], weights: str | None) -> bool:
    return (weights or str(parameters.get("weights", ""))).startswith("random")


def quality_heads(runs: Iterable[Mapping[str, Any]]) -> tuple[tuple[str, str], ...]:
    """Figures of quality that some of these runs have, by name, with the heads of their columns."""
    there = {name for figures in runs for name in figures}
    return tuple((name, head) for name, head in QUALITY_HEADS.items() if name in there)


def own_number(name: str) -> tuple[str, str]:
    """What a figure of a task's own is, and how it is shown: ``positive.conv1_1`` is "responses above 0, conv1_1"."""
    kind, _, of = name.partition(".")
    told, shown = OWN_NUMBERS.get(kind, (kind, "number"))
    return (f"{told}, {of}" if of else told), shown


def own_heads(runs: Iterable[Mapping[str, Any]]) -> tuple[tuple[str, str], ...]:
    """Figures of a task's own that some of these runs have and that have columns, by name, with the heads of those."""
    there = {name for figures in runs for name in figures}
    return tuple((name, head) for name, head in OWN_HEADS.items() if name in there)


def own_formatter(name: str) -> str:
    """The formatter of format.js for a figure of a task's own."""
    return _FORMATTERS.get(own_number(name)[1], "quality")


def short_hash(identity: str) -> str:
    """``sha256:`` and sixteen digits; anything else as it stands."""
    return re.sub(r"\b([0-9a-f]{16})[0-9a-f]{24,}\b", r"\1…", identity)
