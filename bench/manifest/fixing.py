"""Parameters fixed from the command line, over all that a manifest says: ``--set key=value``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from bench.errors import BenchError
from bench.manifest import Loaded, explain
from bench.manifest.parameters import KINDS, NAMES, Parameters
from bench.manifest.schema import Experiment
from bench.manifest.source import SourceError, parse
from nst.kinds import RefusedError


def set_defaults(loaded: Loaded, assignments: list[str]) -> Loaded:
    """``--set key=value``: a parameter fixed for all jobs, over defaults, grid, zip, include and override alike.

    An axis that is fixed is none any more; of a zip the other parameters stay. Values that ``exclude`` and the ``when``
    of ``override`` ask for are left alone: they are about what a job is like.

    Raises:
        BenchError: as :func:`assigned`.
    """
    return _everywhere(loaded, assigned(assignments))


def assigned(assignments: Sequence[str]) -> dict[str, Any]:
    """Parameters by name from ``key=value``, checked, each in its one form.

    Raises:
        BenchError: for text that is no assignment, an unknown parameter or a wrong value; all at once.
    """
    values: dict[str, Any] = {}
    given: dict[str, str] = {}
    refused: list[str] = []
    for text in assignments:
        key, equals, value = text.partition("=")
        if not equals or not key:
            refused.append(f"--set {text}: expected key=value, such as size=128")
            continue
        try:
            values[key] = parse(value, f"--set {text}").data
            given[key] = text
        except SourceError as error:
            refused += [f"--set {text}: {problem.message}" for problem in error.problems]
    try:
        fixed = Parameters.model_validate(values)
    except ValidationError as error:
        for details in error.errors():
            key = str(details["loc"][0])
            refused.append(f"--set {given[key]}: {explain(details, NAMES)}{_as_list(key, values[key])}")
    else:
        for key, value in values.items():
            # No layer has a comma in its name, and no file either that anybody would name so.
            if key in ("content_layers", "style_layers") and (hint := _as_list(key, value)):
                refused.append(f"--set {given[key]}: {value!r}: expected a layer name or a list of them{hint}")
    if refused:
        raise BenchError("\n".join(refused))
    chosen: dict[str, Any] = fixed.model_dump(exclude_none=True)
    return chosen


def _everywhere(loaded: Loaded, chosen: dict[str, Any]) -> Loaded:
    """In all that it includes, too."""
    experiments = {label: _fixed(experiment, chosen) for label, experiment in loaded.manifest.experiments.items()}
    return replace(
        loaded,
        manifest=loaded.manifest.model_copy(update={"experiments": experiments}),
        fixed=frozenset(chosen),
        included=tuple(_everywhere(one, chosen) for one in loaded.included),
    )


def _as_list(key: str, value: Any) -> str:
    """A hint for who wrote ``24,28`` where a list is meant."""
    if not isinstance(value, str) or "," not in value or key not in KINDS:
        return ""
    written = f"[{value}]"
    try:
        KINDS[key].check(parse(written, "").data)
    except (RefusedError, SourceError):
        return ""
    return f"; did you mean {written}?"


def _fixed(experiment: Experiment, chosen: dict[str, Any]) -> Experiment:
    nothing = dict.fromkeys(chosen)
    zips = {name: zipped.model_copy(update=nothing) for name, zipped in experiment.zip.items()}
    kept = {name: zipped for name, zipped in zips.items() if zipped.model_dump(exclude_none=True)}
    return experiment.model_copy(
        update={
            "defaults": experiment.defaults.model_copy(update=chosen),
            "grid": experiment.grid.model_copy(update=nothing),
            "zip": kept,
            "include": [entry.model_copy(update=nothing) for entry in experiment.include],
            "override": [
                rule.model_copy(update={"set": rule.set.model_copy(update=nothing)}) for rule in experiment.override
            ],
            "repeats": 1 if "seed" in chosen else experiment.repeats,
            "compare": [axis for axis in experiment.compare if axis not in chosen and axis not in zips.keys() - kept],
        }
    )
