"""One job, from stored input pictures to a folder with its picture and curve. Runs inside a worker; imports torch."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from bench.memory import PeakMemory
from bench.record import Diagnosis, Memory, Outcome, Timing
from bench.tasks import TASKS
from bench.timing import CONTRACT, PhaseClock
from nst import backbones, images, synthesis
from nst.diagnosis import diagnose
from nst.objectives import Objective
from nst.recipes import Conventions, layer_weights

_DTYPES = {"float32": torch.float32, "float64": torch.float64}


@dataclass(frozen=True)
class Executed:
    """What a job gives back; its files are already in the folder."""

    outcome: Outcome
    diagnosis: Diagnosis | None
    timing: Timing
    memory: Memory
    files: dict[str, str]


def execute(
    parameters: Mapping[str, Any],
    conventions: Mapping[str, Any],
    inputs: Mapping[str, Path],
    weights: str,
    folder: Path,
    *,
    device: str,
    on_progress: Callable[[synthesis.Progress], None],
) -> Executed:
    """Run one synthesis job.

    Args:
        parameters: resolved, as in the record.
        conventions: the recipe's, as in the record.
        inputs: stored pictures by role.
        weights: ``imagenet``, ``random:<seed>`` or a file.
        folder: an existing folder that gets ``image.png`` and ``curve.csv``.
        device: ``cpu`` or ``cuda:<n>``.
        on_progress: called at the end of every chunk of evaluations.
    """
    task = TASKS[parameters["task"]]
    rules = Conventions(**conventions)
    dtype = _DTYPES[parameters["precision"]]
    clock = PhaseClock(torch.cuda.synchronize if device.startswith("cuda") else lambda: None)
    memory = PeakMemory(device)

    with clock.phase("decode"):
        sized = {
            role: images.resize(images.read(path), parameters["size"], parameters["size_rule"])
            for role, path in inputs.items()
        }
    with clock.phase("weights"):
        network = _network(parameters["backbone"], weights, parameters["width"], parameters["pooling"], device, dtype)
    with clock.phase("targets"):
        tensors = {role: synthesis.to_tensor(p, device=device, dtype=dtype) for role, p in sized.items()}
        height, width = sized[task.inputs[0]].shape[:2]
        objective = _objective(parameters, rules, network, tensors, height, width)
    with clock.phase("warmup"):
        scratch = synthesis.noise_picture("uniform", height, width, seed=0).to(device, dtype)
        for _ in range(3 if device.startswith("cuda") else 1):
            synthesis.evaluate(objective, scratch)

    torch.manual_seed(parameters["seed"])
    start = _start(parameters, rules, tensors, height, width).to(device, dtype)
    optimizer = synthesis.make_optimizer(
        parameters["optimizer"],
        learning_rate=parameters["learning_rate"],
        history=parameters["history"] or 0,
        conventions=rules,
    )
    memory.start()
    with clock.phase("optimise"):
        result = synthesis.synthesize(objective, start, optimizer, parameters["evaluations"], on_progress=on_progress)
    used = memory.stop()
    with clock.phase("save"):
        files = {
            "image.png": images.encode_png(images.to_bytes(result.pictures[0])),
            "curve.csv": _curve_csv(result),
        }
        for name, data in files.items():
            (folder / name).write_bytes(data)
    verdict = diagnose(result.curve[:, :, 0].sum(axis=1))
    return Executed(
        outcome=_outcome(result),
        diagnosis=Diagnosis(verdict=verdict.verdict, reason=verdict.reason) if verdict else None,
        timing=Timing(contract=CONTRACT, **clock.seconds, valid=True),
        memory=used,
        files={name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
    )


def exact_arithmetic() -> None:
    """For a worker, once: float32 means IEEE single precision on every device; torch lets cuDNN round to TF32."""
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True


@lru_cache(maxsize=2)
def _network(
    backbone: str, weights: str, width: float, pooling: str, device: str, dtype: torch.dtype
) -> backbones.Backbone:
    """Networks stay loaded between the jobs of a worker; two, because experiments alternate between few."""
    return backbones.build(backbone, weights, width=width, pooling=pooling).to(device, dtype)


def _objective(
    parameters: Mapping[str, Any],
    rules: Conventions,
    network: backbones.Backbone,
    tensors: Mapping[str, torch.Tensor],
    height: int,
    width: int,
) -> Objective:
    content, style = [], []
    if parameters["content_layers"] is not None:
        layers = tuple(parameters["content_layers"])
        content = synthesis.content_terms(network, tensors["content"], layers, parameters["content_weight"])
    if parameters["style_layers"] is not None:
        layers = tuple(parameters["style_layers"])
        given = parameters["style_layer_weights"]
        factors = layer_weights(given if isinstance(given, str) else tuple(given), len(layers))
        weights = tuple(parameters["style_weight"] * factor for factor in factors)
        style = synthesis.style_terms(network, tensors["style"], layers, weights, rules, height=height, width=width)
    return Objective(network, rules, content, style, parameters["tv_weight"])


def _start(
    parameters: Mapping[str, Any], rules: Conventions, tensors: Mapping[str, torch.Tensor], height: int, width: int
) -> torch.Tensor:
    init = parameters["init"]
    if init == "content":
        return tensors["content"]
    kind = rules.noise if init == "noise" else init
    return synthesis.noise_picture(kind, height, width, parameters["seed"])


def _outcome(result: synthesis.Synthesis) -> Outcome:
    picture = result.pictures[0]
    row = int(result.picture_evaluation[0])
    totals = result.curve[:, :, 0].sum(axis=1)
    outside = (picture < 0) | (picture > 1)
    return Outcome(
        width=picture.shape[1],
        height=picture.shape[0],
        evaluations=len(totals),
        updates=result.updates,
        picture_evaluation=row,
        start_loss=_finite(totals[0]),
        final_loss=_finite(totals[row]) if row >= 0 else None,
        terms={name: _finite(result.curve[row, i, 0]) if row >= 0 else None for i, name in enumerate(result.terms)},
        out_of_gamut=float(outside.mean()),
    )


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _curve_csv(result: synthesis.Synthesis) -> bytes:
    """Every evaluation in full precision; ``nan`` where a loss was not finite."""
    text = io.StringIO()
    text.write(",".join(["evaluation", "seconds", "total", *result.terms]) + "\n")
    for k, (second, terms) in enumerate(zip(result.seconds, result.curve[:, :, 0], strict=True)):
        numbers = [second, terms.sum(), *terms]
        text.write(",".join([str(k), *(repr(float(n)) if np.isfinite(n) else "nan" for n in numbers)]) + "\n")
    return text.getvalue().encode()
