"""The full parameters of a job, and the identity that they and its inputs give it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.record import Value
from bench.tasks import Task
from nst.resolution import complete

#: Raised by hand when the same job would give another picture or curve than before.
ALGORITHM = 2


def resolve(task: Task, chosen: Mapping[str, Any]) -> dict[str, Value]:
    """All parameters of a job: what was chosen, over the recipe's own.

    Raises:
        SettingsError: for layers the backbone does not have, weights that do not match the layers, settings that
            do not go together, or a start picture that the task does not have.
    """
    recipe, settings = complete(chosen, content=task.has_content, style=task.has_style)
    return {"task": task.name, "recipe": recipe, **settings.values()}


def job_id(parameters: Mapping[str, Value], inputs: Mapping[str, str], weights: str) -> str:
    """SHA-256 over what decides the result. ``inputs`` maps a role to the identity of its picture.

    A weights file counts by its content, so the parameter, a path, is left out.
    """
    identity = {
        "algorithm": ALGORITHM,
        "parameters": {key: value for key, value in parameters.items() if key != "weights"},
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
