"""The full parameters of a job, and the identity that they and its inputs give it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.record import Value
from bench.tasks import Task
from nst.resolution import PASSED_ON, SettingsError, settle

#: Raised by hand when the same job would give another picture or curve than before.
ALGORITHM = 2


def resolve(task: Task, chosen: Mapping[str, Any]) -> dict[str, Value]:
    """All parameters of a job: what was chosen, over the recipe's own.

    Raises:
        SettingsError: for layers the backbone does not have, weights that do not match the layers, settings that
            do not go together, or a start picture that the task does not have.
    """
    recipe, settings, wrong = settle(chosen, content=task.has_content, style=task.has_style)
    if wrong:
        raise SettingsError(wrong)
    return {"task": task.name, "recipe": recipe, **settings}


def job_id(parameters: Mapping[str, Value], inputs: Mapping[str, str], weights: str) -> str:
    """SHA-256 over what decides the result. ``inputs`` maps a role to the identity of its picture.

    A weights file counts by its content, so the parameter, a path, is left out.
    """
    text = opening(inputs) + closing(_written({k: v for k, v in parameters.items() if k != "weights"}), weights)
    return hashlib.sha256(text).hexdigest()


def opening(inputs: Mapping[str, str]) -> bytes:
    """The first part of what :func:`job_id` hashes: the same for all jobs that read the same pictures."""
    return f'{{"algorithm":{ALGORITHM},"inputs":{_written(dict(inputs))},"parameters":'.encode()


def closing(parameters: str, weights: str) -> bytes:
    """The rest of it. ``parameters`` is :attr:`Resolved.written`."""
    return f'{parameters},"weights":{_written(weights)}}}'.encode()


def _written(value: Any) -> str:
    """Canonical JSON."""
    if type(value) is float and value - value == 0 or type(value) is int:
        return repr(value)  # as json.dumps, in a tenth of the time
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


@dataclass(frozen=True, slots=True)
class Resolved:
    """All parameters of a job, and what is wrong with them."""

    values: dict[str, Value]
    wrong: tuple[str, ...]
    """As the messages of :class:`SettingsError`."""
    shape: _Shape

    @property
    def written(self) -> str:
        """Canonical JSON of all parameters but ``weights``: equal where the jobs are the same but for the pictures."""
        return self.shape.write(self.values)


#: Stands for a value of a parameter in :data:`nst.resolution.PASSED_ON`.
_ANY = object()


class _Shape:
    """What combinations have in common that differ in parameters alone that nothing else depends on."""

    def __init__(self, task: Task, chosen: Mapping[str, Any]) -> None:
        """``chosen``: with :data:`_ANY` for every parameter that is passed on."""
        recipe, settings, wrong = settle(chosen, content=task.has_content, style=task.has_style)
        self.wrong = tuple(wrong)
        self.values: dict[str, Any] = {"task": task.name, "recipe": recipe, **settings}
        self.open = tuple(name for name, value in self.values.items() if value is _ANY)
        """Those that are taken as they are given; the others were set aside."""
        self._names, self._parts = self._template()

    def _template(self) -> tuple[list[str], list[str]]:
        names, parts, text = [], [], "{"
        for i, name in enumerate(sorted(name for name in self.values if name != "weights")):
            text += f'{"," if i else ""}"{name}":'
            if name in self.open:
                names.append(name)
                parts.append(text)
                text = ""
            else:
                text += _written(self.values[name])
        return names, [*parts, text + "}"]

    def fill(self, chosen: Mapping[str, Any]) -> Resolved:
        values = self.values.copy()
        for name in self.open:
            values[name] = chosen[name]
        return Resolved(values, self.wrong, self)

    def write(self, values: Mapping[str, Value]) -> str:
        filled = [part + _written(values[name]) for name, part in zip(self._names, self._parts, strict=False)]
        return "".join(filled) + self._parts[-1]


class Resolver:
    """As :func:`resolve`, for many combinations of one task: what they have in common is worked out once."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._shapes: dict[tuple[Any, ...], _Shape] = {}

    def __call__(self, chosen: Mapping[str, Any]) -> Resolved:
        key: list[Any] = []
        for name, value in chosen.items():
            key.append(name)
            if name not in PASSED_ON:
                key.append(tuple(value) if type(value) is list else value)
        shape = self._shapes.get(tuple(key))
        if shape is None:
            open_ = {name: _ANY if name in PASSED_ON else value for name, value in chosen.items()}
            shape = self._shapes[tuple(key)] = _Shape(self._task, open_)
        return shape.fill(chosen)


def weights_source(weights: str, folder: Path) -> str:
    """The parameter ``weights`` as :mod:`nst.weights` takes it: a file relative to ``folder`` by its whole path."""
    if weights == "imagenet" or weights.startswith("random:"):
        return weights
    return str((folder / Path(weights).expanduser()).absolute())
