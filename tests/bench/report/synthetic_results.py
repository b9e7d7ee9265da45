"""A results folder that no network made: drawn pictures, plausible curves, every kind of ending.

Times and losses are simple formulas of the parameters, so that a test can say what a page must show.
"""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from bench.record import PlannedExperiment, PlannedFinding, PlannedJob, Record, StoredPlan

DEFAULTS: dict[str, Any] = {
    "task": "transfer", "recipe": "cmu-16726", "backbone": "vgg19", "weights": "imagenet", "width": 1.0,
    "pooling": "max", "size": 64, "size_rule": "stretch", "init": "noise", "seed": 0, "evaluations": 40,
    "optimizer": "lbfgs", "learning_rate": 1.0, "history": 100, "content_layers": ["conv2_2"],
    "content_weight": 1.0, "style_layers": ["conv1_1", "conv1_2"], "style_weight": 1000000.0,
    "style_layer_weights": "sum", "tv_weight": 0.0, "precision": "float32", "coarse_sizes": [],
    "gram_divisor": "elements", "style_reduction": "mean", "content_reduction": "mean", "line_search": None,
}  # fmt: skip

ENVIRONMENT: dict[str, Any] = {
    "nst_bench": "0.1.0", "python": "3.11.7", "torch": "2.9.0", "numpy": "2.3.0", "pillow": "13.0.0",
    "os": "Linux 6.1", "machine": "x86_64", "cpu": "A processor", "cores": 8, "threads": 4,
    "ram_bytes": 34359738368, "device": "cpu", "device_name": None, "deterministic": False,
}  # fmt: skip

Draw = Callable[[Mapping[str, Any], str, str], "np.ndarray[Any, Any]"]
Edit = Callable[[Mapping[str, Any], dict[str, Any]], "dict[str, Any] | None"]


@dataclass
class Trial:
    """An experiment to pretend: the product of its inputs, its grid and its zips."""

    name: str
    contents: Sequence[str] = ("cat", "town")
    styles: Sequence[str] = ("waves", "stars")
    grid: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    compare: Sequence[str] = ()
    task: str = "transfer"
    fixed: Mapping[str, Any] = field(default_factory=dict)
    zips: Mapping[str, Mapping[str, Sequence[Any]]] = field(default_factory=dict)
    override: Callable[[Mapping[str, Any]], Mapping[str, Any] | None] = lambda p: {}
    """What is set over a job's parameters; None: it is excluded."""
    findings: Sequence[Mapping[str, Any]] = ()
    """Fields of :class:`bench.record.PlannedFinding`; ``fits`` says of a job's parameters whether it counts."""
    open: Mapping[str, str] = field(default_factory=dict)
    manifest: tuple[str, str] = ("", "")
    """Title and intro of the manifest that it is of, among others."""


def sizes(p: Mapping[str, Any]) -> list[int]:
    """Of each evaluation: as many at every coarse size as at the last."""
    return [size for size in (*p["coarse_sizes"], p["size"]) for _ in range(int(p["evaluations"]))]


def seconds(p: Mapping[str, Any]) -> float:
    """Proportional to evaluations and pixels; starting from the content costs 1 % more."""
    pixels = sum((size / 64) ** 2 for size in sizes(p))
    return pixels * 0.0123 * (1.01 if p["init"] == "content" else 1.0)


def losses(p: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    """A power of the evaluation; the content start begins lower and falls as fast. Small pictures have small losses."""
    k = np.arange(int(p["evaluations"]))
    start = 2000.0 if p["init"] == "content" else 9000.0
    last = np.asarray(start * (k + 1.0) ** -1.1 * (1 + 0.01 * p["seed"]) + 3.0)
    return np.concatenate([*(last * size / p["size"] / 10 for size in p["coarse_sizes"]), last])


def make(
    folder: Path,
    trials: Sequence[Trial],
    *,
    edit: Edit | None = None,
    draw: Draw | None = None,
    photo: Callable[[str], np.ndarray[Any, Any]] | None = None,
    title: str = "Start and size",
    intro: str = "Two photographs, two styles.\n\nEvery pair from two starts.",
    manifest: str = "name: start-and-size\nexperiments:\n  first: {}\n",
    warnings: Sequence[str] = (),
    left_open: Mapping[str, str] | None = None,
    notes: Mapping[str, Sequence[str]] | None = None,
    mixes: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
) -> StoredPlan:
    """Write the folder. ``edit`` may change a record, or drop it by returning None; ``notes`` and ``mixes`` (parts
    with a label each) are of inputs by their labels."""
    jobs: dict[str, PlannedJob] = {}
    experiments = []
    for trial in trials:
        members = []
        steps = [
            [dict(zip(z, step, strict=True)) for step in zip(*z.values(), strict=True)] for z in trial.zips.values()
        ]
        for content, style, *varied in itertools.product(
            trial.contents if trial.task != "texture" else [""],
            trial.styles if trial.task != "reconstruct" else [""],
            *([{name: value} for value in values] for name, values in trial.grid.items()),
            *steps,
        ):
            p = {**DEFAULTS, "task": trial.task, **trial.fixed, **{k: v for step in varied for k, v in step.items()}}
            over = trial.override(p)
            if over is None:
                continue
            p |= over
            inputs = {
                role: _input(role, label, (notes or {}).get(label, ()), (mixes or {}).get(label, ()))
                for role, label in (("content", content), ("style", style))
                if label
            }
            id = sha256(json.dumps([p, inputs], sort_keys=True).encode())
            members.append(id)
            if id in jobs:
                continue
            jobs[id] = PlannedJob.model_validate({"id": id, "parameters": p, "inputs": inputs})
            for picture in (shown for given in inputs.values() for shown in (given, *given["parts"])):
                path = folder / "inputs" / f"{picture['sha256'][:16]}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(png((photo or pattern)(picture["label"])))
            _job(folder, jobs[id], edit, (draw or blend)(p, content, style))
        experiments.append(
            PlannedExperiment(
                name=trial.name,
                task=trial.task,
                axes={**trial.grid, **{name: list(v) for z in trial.zips.values() for name, v in z.items()}},
                zips={name: {n: list(v) for n, v in z.items()} for name, z in trial.zips.items()},
                compare=list(trial.compare),
                jobs=members,
                findings=[_finding(given, members, jobs) for given in trial.findings],
                open=dict(trial.open),
                manifest_title=trial.manifest[0],
                manifest_intro=trial.manifest[1],
            )
        )
    plan = StoredPlan(
        name="start-and-size", title=title, intro=intro, manifest_path="manifests/start-and-size.yaml",
        manifest_text=manifest, manifest_sha256=sha256(manifest.encode()),
        command=["nst-bench", "run", "manifests/start-and-size.yaml"], created="2026-01-02T03:04:05Z",
        warnings=list(warnings), open=dict(left_open or {}), experiments=experiments, jobs=jobs,
    )  # fmt: skip
    (folder / "plan.json").write_text(plan.model_dump_json(indent=1), encoding="utf-8")
    return plan


def _finding(given: Mapping[str, Any], members: Sequence[str], jobs: Mapping[str, PlannedJob]) -> PlannedFinding:
    fields = {"question": "Is it so?", "document": "cmu-16726", "said": "it is so", **given}
    fits = fields.pop("fits", None)
    fitting = [id for id in members if fits(jobs[id].parameters)] if fits else None
    return PlannedFinding.model_validate({**fields, "jobs": fitting})


def _input(role: str, label: str, notes: Sequence[str], parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    def identity(text: str) -> str:
        return sha256(f"{role} {text}".encode())

    made_of = [
        {"source": f"sample:{part['label']}", "sha256": identity(part["label"]), "weight": 1.0}
        | {f"{name}_sha256": identity(part[name]) for name in ("mask", "style_mask") if name in part}
        | part
        for part in parts
    ]
    source = " + ".join(part["label"] for part in parts) or f"sample:{label}"
    return {"label": label, "source": source, "sha256": identity(label), "notes": list(notes), "parts": made_of}


def _job(folder: Path, job: PlannedJob, edit: Edit | None, picture: np.ndarray[Any, Any]) -> None:
    p = job.parameters
    total = losses(p)
    share = {"content.conv2_2": 0.25, "style.conv1_1": 0.5, "style.conv1_2": 0.25}
    if p["task"] == "texture":
        share = {"style.conv1_1": 0.75, "style.conv1_2": 0.25}
    elif p["task"] == "reconstruct":
        share = {"content.conv2_2": 1.0}
    took = seconds(p)
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["evaluation", "seconds", "size", "total", *share])
    for k, (size, value) in enumerate(zip(sizes(p), total, strict=True)):
        writer.writerow(
            [
                k,
                repr(took * (k + 1) / len(total)),
                size,
                repr(float(value)),
                *(repr(float(value * s)) for s in share.values()),
            ]
        )
    files = {"curve.csv": table.getvalue().encode(), "image.png": png(picture)}
    record: dict[str, Any] = {
        "id": job.id,
        "status": "done",
        "name": "start-and-size",
        "parameters": dict(p),
        "inputs": {role: picture.model_dump() for role, picture in job.inputs.items()},
        "weights": "sha256:" + "dcbb9e9d" * 8 if p["weights"] == "imagenet" else f"{p['weights']}/he-normal",
        "algorithm": 1,
        "outcome": {
            "width": picture.shape[1], "height": picture.shape[0], "evaluations": len(total), "updates": len(total) - 1,
            "picture_evaluation": len(total) - 1, "start_loss": float(total[-int(p["evaluations"])]),
            "final_loss": float(total[-1]), "terms": {name: float(total[-1] * s) for name, s in share.items()},
            "out_of_gamut": 0.0123, "seed": p["seed"], "quality": quality(p),
        },
        "diagnosis": {
            "verdict": "converged", "reason": "the last tenth of the curve changed the loss by 0.4 %",
            "numbers": {"fall": 0.987, "overshoot": 1.25, "settled_at": 37.0},
        },
        "timing": {
            "decode": 0.011, "weights": 0.21, "targets": 0.034, "warmup": 0.05,
            "optimise": took, "save": 0.007, "assess": 0.019, "valid": True,
        },
        "memory": {"peak_bytes": 123456789 * (p["size"] // 64), "before_bytes": 98765432, "method": "peak"},
        "environment": ENVIRONMENT,
        "files": {name: sha256(data) for name, data in files.items()},
        "started": "2026-01-02T03:04:05Z",
        "finished": "2026-01-02T03:05:05Z",
    }  # fmt: skip
    edited = edit(p | {"content": _label(job, "content"), "style": _label(job, "style")}, record) if edit else record
    if edited is None:
        return
    path = folder / "jobs" / job.id[:2] / job.id
    path.mkdir(parents=True, exist_ok=True)
    for name in edited["files"]:
        (path / name).write_bytes(files[name])
    (path / "record.json").write_text(Record.model_validate(edited).model_dump_json(indent=1), encoding="utf-8")


def quality(p: Mapping[str, Any]) -> dict[str, Any]:
    """More structure from a start at the content; what a task has no picture for is None."""
    kept = {"structure": 0.75 if p["init"] == "content" else 0.5, "structure_scales": 3}
    near = {"style_distance": 12.5 + p["seed"], "colour_distance": 0.25}
    own = {"colourfulness": 40.5 if p["init"] == "content" else 25.5}
    if p["task"] != "texture":
        own |= {**kept, "content_colourfulness": 45.25}
    if p["task"] != "reconstruct":
        own |= {**near, "style_colourfulness": 60.75}
    return own


def failed(record: dict[str, Any], status: str = "failed", message: str = "the loss is not a number") -> dict[str, Any]:
    """The record of the same job, had it failed before it began."""
    gone = {"outcome": None, "diagnosis": None, "timing": None, "memory": None, "files": {}}
    return {**record, **gone, "status": status, "failure": {"message": message, "details": "Traceback:\n  File x"}}


def one_fails(p: Mapping[str, Any], record: dict[str, Any]) -> dict[str, Any] | None:
    """Of town × stars, the start from noise ran out of memory, and the one from the content diverged."""
    if p["content"] == "town" and p["style"] == "stars":
        if p["init"] == "noise":
            return failed(record, "oom", "3.1 GiB wanted, 1.2 GiB free")
        record["diagnosis"] = {"verdict": "diverged", "reason": "the loss rose a hundredfold"}
    return record


def _label(job: PlannedJob, role: str) -> str:
    return job.inputs[role].label if role in job.inputs else ""


def pattern(label: str, size: int = 96) -> np.ndarray[Any, Any]:
    """A picture of its own for every label."""
    seed = int(sha256(label.encode("utf-8", "replace"))[:8], 16)
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0 : size * 3 // 4, 0:size] / size
    waves = [np.sin(2 * np.pi * (a * x + b * y + c)) for a, b, c in rng.uniform(-6, 6, (3, 3))]
    return (np.stack(waves, axis=-1) * 90 + 128).astype(np.uint8)


def blend(p: Mapping[str, Any], content: str, style: str) -> np.ndarray[Any, Any]:
    """Half of each input at the job's size, with the seed's grain."""
    shown = [
        np.asarray(Image.fromarray(pattern(label)).resize((p["size"], p["size"])))
        for label in (content, style)
        if label
    ]
    grain = np.random.default_rng(p["seed"]).integers(0, 40 if p["init"] == "noise" else 5, shown[0].shape)
    return np.clip(np.mean(shown, axis=0) + grain, 0, 255).astype(np.uint8)


def png(picture: np.ndarray[Any, Any]) -> bytes:
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "PNG")
    return out.getvalue()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _given_up(p: Any, record: dict[str, Any]) -> dict[str, Any]:
    """One run was given up twice before it went well."""
    if p["seed"] == 1:
        record["outcome"] |= {
            "seed": 1013904243,
            "attempts": [
                {"seed": 1, "evaluations": 40, "verdict": "stalled", "reason": "the loss fell by 0.1% in all"},
                {"seed": 2654435770, "evaluations": 1, "verdict": "diverged", "reason": "the loss rose"},
            ],
        }
        record["timing"]["restarts"] = 0.321
    return record


MIXES: dict[str, list[dict[str, Any]]] = {
    "mix": [{"label": "waves", "weight": 0.7}, {"label": "stars", "weight": 0.3}],
    "regions": [
        {"label": "waves", "mask": "sky.png"},
        {"label": "stars", "mask": "mask:left", "weight": 3.0},
        {"label": "waves", "mask": "mask:left", "style_mask": "mask:top"},
    ],
}


def make_refined(folder: Path) -> StoredPlan:
    """Mixes, regions, runs from coarse to fine, one that was begun three times, notes and warnings."""
    trials = [
        Trial("styles", ("cat",), ("mix", "regions"), {"seed": [0, 1]}),
        Trial("sizes", ("cat",), ("waves",), {"coarse_sizes": [[], [32, 48]]}, ["coarse_sizes"]),
    ]
    warnings = ["recipe x was made for y", "cat: alpha kept"]
    return make(folder, trials, edit=_given_up, warnings=warnings, notes={"cat": ["alpha kept"]}, mixes=MIXES)
