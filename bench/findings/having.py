"""What the job of a task has to show, told by its parameters alone: before it runs, so that nobody waits for what never
comes.

Each reason is why no job with these parameters has a figure; empty where one may.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from bench.record import PRIORS, Value

if TYPE_CHECKING:
    from bench.tasks import Task

Parameters = Mapping[str, Value]
"""Of a job."""


def _task(parameters: Parameters) -> Task:
    from bench.tasks import TASKS  # here, as pages are made without nst

    return TASKS[str(parameters["task"])]


def anyhow(parameters: Parameters) -> str:
    return ""


def optimised(parameters: Parameters) -> str:
    task = _task(parameters)
    return "" if task.optimises else f"task {task.name} optimises nothing"


def curved(parameters: Parameters) -> str:
    """Whether there is a curve, from its start to its end."""
    task = _task(parameters)
    return optimised(parameters) or (
        f"task {task.name} makes many pictures, which have no curve" if task.moving else ""
    )


def assessed(parameters: Parameters) -> str:
    task = _task(parameters)
    return "" if task.compared else f"the picture of task {task.name} is not assessed"


def held_against(role: str) -> Callable[[Parameters], str]:
    """Whether a result is held against that picture."""

    def why(parameters: Parameters) -> str:
        task = _task(parameters)
        return "" if role in task.compared else f"the picture of task {task.name} is held against no {role}"

    return why


def terms(parameters: Parameters) -> list[str]:
    """Of a job's loss."""
    layers = {role: parameters.get(f"{role}_layers") for role in ("content", "style")}
    named = [
        f"{role}.{layer}" for role, listed in layers.items() if isinstance(listed, list | tuple) for layer in listed
    ]
    return [*named, *(prior for prior in PRIORS if parameters.get(f"{prior}_weight"))]


def numbers(parameters: Parameters) -> list[str]:
    layers = parameters.get("feature_layers")
    of_layers = layers if isinstance(layers, list | tuple) else ()
    own = _task(parameters).numbers
    whole = [name for name in own if not name.endswith(".")]
    return [*whole, *(f"{name}{layer}" for layer in of_layers for name in own if name.endswith("."))]


def own(name: str) -> Callable[[Parameters], str]:
    """Whether the task has that figure of its own."""

    def why(parameters: Parameters) -> str:
        task = _task(parameters)
        return "" if name in task.numbers else f"task {task.name} has no {name}"

    return why


def balanced(parameters: Parameters) -> str:
    return optimised(parameters) or ("" if parameters.get("balance") else "balance is false")
