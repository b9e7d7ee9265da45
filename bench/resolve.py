"""The full parameters of a job, and the identity that they and its inputs give it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bench.parameters import NAMES
from bench.record import Value
from bench.tasks import Task
from nst.layers import Topology, UnknownLayerError, topology
from nst.recipes import DEFAULT_RECIPE, RECIPES, Recipe, layer_weights

#: Raised by hand when the same job would give another picture or curve than before.
ALGORITHM = 1

#: Step length where a manifest changes a recipe's optimiser without giving one, for pixels in [0, 1]:
#: torch's default for L-BFGS; for Adam that of crowsonkb/style-transfer-pytorch.
_DEFAULT_LEARNING_RATE = {"lbfgs": 1.0, "adam": 0.02}


class ParameterError(ValueError):
    """Parameters that do not go together: one sentence for each thing wrong."""

    def __init__(self, messages: list[str]) -> None:
        super().__init__("\n".join(messages))
        self.messages = messages


def resolve(task: Task, chosen: Mapping[str, Any]) -> tuple[Recipe, dict[str, Value]]:
    """All parameters of a job: what was chosen, over the recipe's own.

    Raises:
        ParameterError: for layers the backbone does not have, weights that do not match the layers, or a start
            picture that the task does not have.
    """
    recipe = RECIPES[chosen.get("recipe", DEFAULT_RECIPE)]
    values: dict[str, Any] = {name: getattr(recipe, name, None) for name in NAMES}
    values |= {"recipe": recipe.name, "weights": "imagenet", "width": 1.0, "seed": 0, "precision": "float32"}
    if task.name != "transfer":
        values["init"] = "noise"  # from its own picture a texture or reconstruction would have nothing to do
    values |= chosen
    if "learning_rate" not in chosen and values["optimizer"] != recipe.optimizer:
        values["learning_rate"] = _DEFAULT_LEARNING_RATE[values["optimizer"]]
    if values["optimizer"] == "adam":
        values["history"] = None
    if values["init"] == "content" and not task.has_content:
        raise ParameterError([f"init: a {task.name} has no content to start from: expected noise, uniform or normal"])
    values |= dict.fromkeys(task.drops)
    layers = topology(values["backbone"], values["width"])
    wrong: list[str] = []
    for role in ("content_layers", "style_layers"):
        if values[role] is not None:
            values[role] = _resolve_layers(layers, values[role], wrong)
            if len(set(values[role])) < len(values[role]):
                wrong.append(f"{role} names a layer twice: {', '.join(values[role])}")
    if wrong:
        raise ParameterError(wrong)
    weights = values["style_layer_weights"]
    if isinstance(weights, list | tuple):
        try:
            layer_weights(tuple(weights), len(values["style_layers"]))
        except ValueError as error:
            raise ParameterError([str(error)]) from None
        values["style_layer_weights"] = list(weights)
    return recipe, {"task": task.name, **values}


def _resolve_layers(layers: Topology, names: Iterable[str], wrong: list[str]) -> list[str]:
    found = []
    for name in names:
        try:
            found.append(layers.resolve(name))
        except UnknownLayerError as error:
            wrong.append(str(error))
    return found


def job_id(
    parameters: Mapping[str, Value], conventions: Mapping[str, Value], inputs: Mapping[str, str], weights: str
) -> str:
    """SHA-256 over what decides the result. ``inputs`` maps a role to the SHA-256 of its picture.

    A weights file counts by its content, so the parameter, a path, is left out.
    """
    identity = {
        "algorithm": ALGORITHM,
        "parameters": {key: value for key, value in parameters.items() if key != "weights"},
        "conventions": dict(conventions),
        "inputs": dict(inputs),
        "weights": weights,
    }
    text = json.dumps(identity, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def weights_source(weights: str, folder: Path) -> str:
    """The parameter ``weights`` as :mod:`nst.weights` takes it: a file relative to ``folder`` by its whole path."""
    if weights == "imagenet" or weights.startswith("random:"):
        return weights
    return str((folder / Path(weights).expanduser()).absolute())
