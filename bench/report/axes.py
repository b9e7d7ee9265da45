"""What varies between the runs of an experiment: parameters, and zips of several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bench.pairing import Step
from bench.record import PlannedExperiment
from bench.report import words


def frozen(value: Any) -> Any:
    """A parameter's value that can be looked up."""
    return tuple(value) if isinstance(value, list) else value


def axes_of(
    planned: PlannedExperiment, runs: Sequence[Mapping[str, Any]]
) -> tuple[dict[str, tuple[Any, ...]], tuple[str, ...], dict[str, tuple[str, ...]]]:
    """The axes with their values, the parameters that move in step with them, and what the zips among them zip.

    ``runs``: the parameters of each.
    """
    zips = _zips(planned, runs)
    zip_of = {name: zipped for zipped, names in zips.items() for name in names}
    names = dict.fromkeys((*planned.axes, *(name for run in runs for name in run)))
    axes: dict[str, tuple[Any, ...]] = {}
    in_step: list[str] = []
    at: list[tuple[Any, ...]] = [() for _ in runs]
    for name in dict.fromkeys(zip_of.get(name, name) for name in names):
        if name in zips:
            values: list[Any] = [Step.of(run, zips[name]) for run in runs]
            listed: list[Any] = _steps(planned, name, zips[name])
        else:
            values = [frozen(run.get(name)) for run in runs]
            listed = [frozen(value) for value in planned.axes.get(name, [])]
        seen = dict.fromkeys(values)
        if len(seen) < 2:
            continue
        # Told by the axes so far? Then it needs no picker of its own.
        further = [(*before, value) for before, value in zip(at, values, strict=True)]
        if len(set(at)) == len(set(further)):
            # A recipe alone moves two dozen conventions.
            in_step += [one for one in zips.get(name, (name,)) if one in words.EVERYDAY]
        else:
            # What a parameter has no meaning for comes last: what is shown first has a value.
            ordered = dict.fromkeys(sorted((v for v in (*listed, *seen) if v in seen), key=lambda v: v is None))
            axes[name] = words.labelled(tuple(ordered)) if name in zips else tuple(ordered)
            at = further
    return axes, tuple(in_step), {name: zips[name] for name in axes if name in zips}


def _zips(planned: PlannedExperiment, runs: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """What each zip zips, less what comes to the same in all runs."""
    found = {}
    for name, lists in planned.zips.items():
        varying = tuple(n for n in lists if len({frozen(run.get(n)) for run in runs}) > 1)
        if varying:
            found[name] = varying
    return found


def _steps(planned: PlannedExperiment, name: str, names: Sequence[str]) -> list[Step]:
    lists = planned.zips[name]
    return [Step.of(dict(zip(lists, values, strict=True)), names) for values in zip(*lists.values(), strict=False)]
