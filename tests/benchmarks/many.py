"""A results folder of as many jobs as one likes, in a few seconds: one job that is written ten thousand times.

Its picture and its curve are the same files everywhere (hard links), its records differ in parameters, times and losses.
"""

from __future__ import annotations

import itertools
import json
import math
import os
from pathlib import Path

import numpy as np

from bench.record import StoredPlan
from tests.bench.report.synthetic_results import Trial, make, png, sha256

SEEDS, STARTS, SIZES = range(5), ("noise", "content"), (48, 64)


def make_many(folder: Path, runs: int, *, evaluations: int = 300, side: int = 8) -> StoredPlan:
    """At least ``runs`` jobs: contents by styles, each from two starts, at two sizes, with five seeds."""
    grid = {"init": list(STARTS), "size": list(SIZES), "seed": list(SEEDS)}
    picture = np.add.outer(np.arange(side), np.arange(side))[..., None] * np.array([1, 2, 3]) % 251
    trial = Trial("many", ("c0",), ("s0",), {"seed": [0]}, fixed={"evaluations": evaluations})
    draw = picture.astype(np.uint8)
    plan = make(folder, [trial], draw=lambda p, content, style: draw, photo=lambda label: draw)
    (first,) = plan.jobs.values()
    home = folder / "jobs" / first.id[:2] / first.id
    record = json.loads((home / "record.json").read_bytes())
    shown = json.loads(plan.model_dump_json())
    many = math.ceil(math.sqrt(runs / math.prod(map(len, grid.values()))))
    inputs = {role: [_input(folder, role, number, draw) for number in range(many)] for role in ("content", "style")}
    jobs, shards = {}, set()
    for content, style, *values in itertools.product(inputs["content"], inputs["style"], *grid.values()):
        parameters = record["parameters"] | dict(zip(grid, values, strict=True))
        given = {"content": content, "style": style}
        id = sha256(json.dumps([parameters, given]).encode())
        jobs[id] = {"id": id, "parameters": parameters, "inputs": given}
        nth = 1 + len(jobs) % 97 / 100
        outcome = record["outcome"] | {"final_loss": record["outcome"]["final_loss"] * nth}
        timing = record["timing"] | {"optimise": record["timing"]["optimise"] * nth}
        text = json.dumps(record | jobs[id] | {"outcome": outcome, "timing": timing})
        if id[:2] not in shards:
            (folder / "jobs" / id[:2]).mkdir(exist_ok=True)
            shards.add(id[:2])
        job = f"{folder}/jobs/{id[:2]}/{id}"
        os.mkdir(job)  # noqa: PTH102
        for name in ("image.png", "curve.csv"):
            os.link(home / name, f"{job}/{name}")
        Path(job, "record.json").write_text(text, encoding="utf-8")
    for path in home.iterdir():
        path.unlink()
    home.rmdir()
    shown["jobs"] = jobs
    shown["experiments"][0] |= {"jobs": list(jobs), "axes": grid, "compare": ["init", "size"]}
    (folder / "plan.json").write_text(json.dumps(shown), encoding="utf-8")
    return StoredPlan.model_validate(shown)


def _input(folder: Path, role: str, number: int, picture: np.ndarray) -> dict[str, object]:
    sha = sha256(f"{role} {number}".encode())
    (folder / "inputs" / f"{sha[:16]}.png").write_bytes(png(picture))
    label = f"{role}-{number:02}"
    return {"label": label, "source": f"sample:{label}", "sha256": sha, "notes": [], "parts": []}
