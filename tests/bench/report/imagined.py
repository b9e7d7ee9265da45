"""Models of many runs that no folder holds: what pages are made from, without a record or a picture on disk."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import html5lib
import numpy as np

from bench.record import PlannedExperiment, StoredPlan
from bench.report import format as fmt
from bench.report import render
from bench.report.axes import axes_of
from bench.report.inputs import Input
from bench.report.model import Curve, Experiment, Model, Run
from bench.report.pairs import addresses
from bench.report.pictures import Picture
from bench.report.site import Page, Site
from bench.results import Results
from tests.bench.report.synthetic_results import DEFAULTS, Trial, losses, seconds

Change = Callable[[dict[str, Any]], dict[str, Any]]


def site(trials: Sequence[Trial], change: Change = lambda fields: {}) -> Site:
    """``change`` gives fields of a run that are to be other than usual, from all its fields."""
    found = model(trials, change)
    return Site(found, (), addresses(found))


def model(trials: Sequence[Trial], change: Change = lambda fields: {}) -> Model:
    experiments, runs = [], {}
    for number, trial in enumerate(trials, start=1):
        members = {}
        for content, style, *values in itertools.product(trial.contents or [""], trial.styles or [""],
                                                         *trial.grid.values()):  # fmt: skip
            p = {**DEFAULTS, **trial.fixed, **dict(zip(trial.grid, values, strict=True))}
            if (over := trial.override(p)) is None:
                continue
            p |= over
            run = _run(f"{number} {content} {style} {values}", trial.task, p, content, style, change)
            members[run.id] = run
        planned = PlannedExperiment(
            name=trial.name, task=trial.task, axes={k: list(v) for k, v in trial.grid.items()},
            compare=list(trial.compare), jobs=list(members),
        )  # fmt: skip
        axes, in_step, zips = axes_of(planned, [run.parameters for run in members.values()])
        every = tuple(members.values())
        experiments.append(Experiment(trial.name, f"e{number}", trial.task, planned, every, axes, in_step, zips))
        runs |= members
    plan = StoredPlan(
        name="imagined", title="Imagined", intro="", manifest_path="", manifest_text="", manifest_sha256="",
        command=[], created="", experiments=[e.plan for e in experiments], jobs={},
    )  # fmt: skip
    return Model(Results(Path(), plan, {}, {}, ()), tuple(experiments), runs, ())


def _run(identity: str, task: str, p: dict[str, Any], content: str, style: str, change: Change) -> Run:
    id = hashlib.sha256(identity.encode()).hexdigest()
    total, time = losses(p), seconds(p)
    rows = np.arange(len(total))
    columns = {"evaluation": rows, "seconds": time * rows, "size": np.full(len(rows), p["size"]), "total": total}
    fields: dict[str, Any] = {
        "id": id, "page": f"runs/{id[:12]}.html", "task": task, "parameters": p, "status": "done",
        "content": picture_of(content), "style": picture_of(style), "status_text": "done", "diagnosis": "converged",
        "warned": False, "reason": "", "picture": _picture(id, p["size"]), "loss": fmt.loss(float(total[-1])),
        "seconds": fmt.seconds(time), "per_evaluation": fmt.seconds(time / len(total), "per-evaluation"),
        "memory": fmt.memory(123456789), "repeats": None, "timing_valid": True, "unsteadiness": None,
        "quality": {name: fmt.quality(0.5, name) for name in ("structure", "style_distance", "colour_distance")},
        "curve": Curve({**columns, "content.conv2_2": total}),
        "network": "backbone vgg19", "random_weights": False, "problems": (), "record": None,
    }  # fmt: skip
    return Run(**fields | change(fields))


def picture_of(label: str) -> Input | None:
    sha256 = hashlib.sha256(label.encode()).hexdigest()
    return Input(label, f"sample:{label}", sha256, _picture(sha256, 640), None) if label else None


def _picture(id: str, size: int) -> Picture:
    key = id[:12]
    copies = ((f"img/{key}-192.webp", min(192, size)), (f"img/{key}-384.webp", min(384, size)))
    return Picture(key, f"img/{key}.png", size, size, copies)


def rendered(page: Page, site: Site, others: Sequence[Page] = ()) -> str:
    common = render.Common.of(site.model, [page, *others])
    return render.page(render.environment(), page, common).decode()


def nodes(text: str) -> int:
    """Elements and texts of a page, as a browser counts them."""
    elements = list(html5lib.parse(text, namespaceHTMLElements=False).iter())
    return len(elements) + sum(bool(t) for e in elements for t in (e.text, e.tail))
