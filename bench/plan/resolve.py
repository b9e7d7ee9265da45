"""The full parameters of a job, and the identity that they and its inputs give it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from json.encoder import encode_basestring_ascii
from math import isfinite
from pathlib import Path
from typing import Any

from bench.manifest.parameters import frozen
from bench.record import Value
from bench.tasks import Task
from nst.resolution import PASSED_ON, PASSED_ON_BUT_ZERO, SettingsError, settle

#: Raised by hand when the same job would give another picture or curve than before.
ALGORITHM = 2

#: Parameters that there were none of when people stored the first results, with the value that all jobs had in effect:
#: at that value, and where a task has no use for them, they are no part of a job's identity, so that what was done
#: before stays done. One with a value may not be passed on (:data:`nst.resolution.PASSED_ON`), as it decides what is
#: written down.
ADDED: Mapping[str, Value] = {
    "balance": False, "feature_layers": None, "feature_filters": None, "blend": "none", "blend_offset": None,
    "blend_seam": "source", "gamut_weight": 0.0, "frames": None, "temporal_weight": None, "frame_batch": None,
    "video_format": None, "video_size": None,
}  # fmt: skip


def resolve(task: Task, chosen: Mapping[str, Any]) -> dict[str, Value]:
    """All parameters of a job: what was chosen, over the recipe's own.

    Raises:
        SettingsError: for layers the backbone does not have, weights that do not match the layers, settings that
            do not go together, or a start picture that the task does not have.
    """
    recipe, settings, wrong = settle(chosen, task.groups)
    if wrong:
        raise SettingsError(wrong)
    return {"task": task.name, "recipe": recipe, **settings}


def job_id(parameters: Mapping[str, Value], inputs: Mapping[str, str], weights: str) -> str:
    """SHA-256 over what decides the result. ``inputs`` maps a role to the identity of its picture.

    A weights file counts by its content, so the parameter, a path, is left out.
    """
    told = {name: value for name, value in parameters.items() if _is_told(name, value)}
    text = opening(inputs) + closing(_written(told), weights)
    return hashlib.sha256(text).hexdigest()


def opening(inputs: Mapping[str, str]) -> bytes:
    """The first part of what :func:`job_id` hashes: the same for all jobs that read the same pictures."""
    return f'{{"algorithm":{ALGORITHM},"inputs":{_written(dict(inputs))},"parameters":'.encode()


def closing(parameters: str, weights: str) -> bytes:
    """The rest of it. ``parameters`` is :attr:`Resolved.written`."""
    return f'{parameters},"weights":{_written(weights)}}}'.encode()


def _is_told(name: str, value: Any) -> bool:
    """Whether a parameter is part of a job's identity."""
    return name != "weights" and not (name in ADDED and value in (None, ADDED[name]))


def _written(value: Any) -> str:
    """Canonical JSON: as json.dumps, which takes ten times as long over one plain value."""
    kind = type(value)
    if kind is str:
        return encode_basestring_ascii(value)
    if kind is int or (kind is float and isfinite(value)):
        return repr(value)
    if kind is list:
        return f"[{','.join([_written(item) for item in value])}]"
    if value is None:
        return "null"
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
        """Canonical JSON of the parameters that tell a job from others (:func:`job_id`), ``weights`` apart: equal where
        the jobs are the same but for the pictures."""
        return self.shape.write(self.values)


#: Stands for whatever value a parameter has that nothing else depends on; true, as all that are not zero.
_ANY = object()


def _deciding(name: str, value: Any) -> Any:
    """A value as far as others depend on it."""
    return _ANY if name in PASSED_ON or (value and name in PASSED_ON_BUT_ZERO) else value


class _Shape:
    """What combinations have in common that differ in parameters alone that nothing else depends on."""

    def __init__(self, task: Task, chosen: Mapping[str, Any]) -> None:
        """``chosen``: as far as it decides, by :func:`_deciding`."""
        recipe, settings, wrong = settle(chosen, task.groups)
        self.wrong = tuple(wrong)
        self.values: dict[str, Any] = {"task": task.name, "recipe": recipe, **settings}
        self.open = tuple(name for name, value in self.values.items() if value is _ANY)
        """Those that are taken as they are given; the others were set aside."""
        self._names, self._parts = self._template()

    def _template(self) -> tuple[list[str], list[str]]:
        """The open parameters that are written down, and what stands before, between and behind them."""
        names, parts, fixed = [], [], ["{"]
        for name, head in _heads(tuple(name for name, value in self.values.items() if _is_told(name, value))):
            fixed.append(head)
            value = self.values[name]
            if value is _ANY:
                names.append(name)
                parts.append("".join(fixed))
                fixed = []
            else:
                fixed.append(_written(value))
        return names, [*parts, "".join(fixed) + "}"]

    def fill(self, chosen: Mapping[str, Any]) -> Resolved:
        values = self.values.copy()
        for name in self.open:
            values[name] = chosen[name]
        return Resolved(values, self.wrong, self)

    def write(self, values: Mapping[str, Value]) -> str:
        filled = [part + _written(values[name]) for name, part in zip(self._names, self._parts, strict=False)]
        return "".join(filled) + self._parts[-1]


@cache
def _heads(names: tuple[str, ...]) -> list[tuple[str, str]]:
    """What is written before the value of each parameter, in the order of their names."""
    return [(name, f'{"," if i else ""}"{name}":') for i, name in enumerate(sorted(names))]


class Resolver:
    """As :func:`resolve`, for many combinations of one task: what they have in common is worked out once."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._shapes: dict[tuple[Any, ...], _Shape] = {}
        self._deciding: dict[tuple[str, ...], list[str]] = {}

    def __call__(self, chosen: Mapping[str, Any]) -> Resolved:
        names = tuple(chosen)
        deciding = self._deciding.get(names)
        if deciding is None:
            deciding = self._deciding[names] = [name for name in names if name not in PASSED_ON]
        key = (names, *[frozen(_deciding(name, chosen[name])) for name in deciding])
        shape = self._shapes.get(key)
        if shape is None:
            shape = _Shape(self._task, {name: _deciding(name, value) for name, value in chosen.items()})
            self._shapes[key] = shape
        return shape.fill(chosen)


def weights_source(weights: str, folder: Path) -> str:
    """The parameter ``weights`` as :mod:`nst.weights` takes it: a file relative to ``folder`` by its whole path."""
    if weights in {"imagenet", "packaged"} or weights.startswith("random:"):
        return weights
    return str((folder / Path(weights).expanduser()).absolute())
