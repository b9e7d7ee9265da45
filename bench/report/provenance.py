"""How a run's figures came about, and how to make its picture again: machines, identity, command, manifest."""

from __future__ import annotations

import argparse
import json
import math
import re
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import PurePath
from typing import Any

from bench.merging import FOLDER
from bench.record import InputPicture, PlannedJob, StoredPlan
from bench.report import format as fmt
from bench.report import words
from bench.report.axes import frozen
from bench.report.model import Model, Run
from bench.results import Results


def environment(given: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """What is known of a machine, in words; keys it lacks are left out."""
    rows = []
    for name, value in given.items():
        if value is None or value == "":
            continue
        if name.endswith("_bytes") and isinstance(value, int):
            text = fmt.size(value)
        elif isinstance(value, dict):
            text = ", ".join(f"{k} {words.value('', v)}" for k, v in value.items() if v is not None)
        else:
            text = words.value("", value)
        rows.append((name.removesuffix("_bytes"), text))
    return tuple(rows)


def machines(model: Model) -> tuple[tuple[Run, ...], ...]:
    """Runs by the facts of their surroundings that they agree in, in the order of the page about the results."""
    found: dict[str, list[Run]] = {}
    for run in model.runs.values():
        if run.record:
            found.setdefault(json.dumps(run.record.environment, sort_keys=True, default=str), []).append(run)
    return tuple(tuple(runs) for runs in found.values())


def machine(run: Run) -> str:
    """What the machine is called in one line: ``A processor, torch 2.9.0, nst-bench 0.1.0``."""
    env = run.record.environment if run.record else {}
    versions = [
        f"{text} {env[name]}" for name, text in (("torch", "torch"), ("nst_bench", "nst-bench")) if env.get(name)
    ]
    return ", ".join((machine_name(env), *versions))


def machine_name(env: Mapping[str, Any]) -> str:
    """``A processor``; of a node of a cluster ``A processor, gpu-a``."""
    named = next((str(env[n]) for n in ("device_name", "cpu", "machine", "device") if env.get(n)), "unnamed machine")
    return f"{named}, {env['node']}" if env.get("node") else named


def machine_names(results: Results) -> dict[str, str]:
    """What the machines are called that times were taken on (:attr:`Results.machines`), each another."""
    named: dict[str, str] = {}
    for id, key in results.machines.items():
        named.setdefault(key, machine_name(results.records[id].environment))
    alike = Counter(named.values())
    numbers: Counter[str] = Counter()
    for key, name in named.items():
        numbers[name] += 1
        named[key] = name if alike[name] == 1 else f"{name} ({numbers[name]})"
    return named


def facts(run: Run, job: str) -> tuple[tuple[str, str], ...]:
    """``job``: its id in its own folder."""
    rows = [("job id", job)]
    if run.record:
        r = run.record
        rows += [("weights", r.weights), ("algorithm version", str(r.algorithm))]
        rows += [("started", r.started), ("finished", r.finished)]
        if r.timing:
            rows.append(("timing contract", r.timing.contract))
        if r.memory:
            rows.append(("memory measured by", r.memory.method))
    return tuple(rows)


def command(plan: StoredPlan) -> str:
    """What runs a job of the plan again, once its id stands behind it.

    The manifest as it was named then, ``--set`` and ``--out`` as they were given; what chose jobs or devices is left
    out. Of a manifest that was named by its whole path only the name is left: where it lay is nobody else's business.
    """
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--out", action="append", default=[])
    parser.add_argument("--only", action="append", default=[])
    try:
        given, rest = parser.parse_known_args(plan.command[2:])
    except (argparse.ArgumentError, SystemExit):
        given, rest = argparse.Namespace(set=[], out=[]), []
    path = PurePath(plan.manifest_path)
    named = next((text for text in rest if PurePath(text).name in (path.name, path.stem)), path.name)
    named = PurePath(named).name if PurePath(named).is_absolute() else named
    parts = ["nst-bench", "run", named]
    parts += [part for value in given.set for part in ("--set", value)]
    parts += [part for value in given.out[-1:] for part in ("--out", value)]
    return f"{shlex.join(parts)} --only"


def plans(results: Results) -> Mapping[str | None, StoredPlan]:
    """Of each results folder that was merged, by what it is called; of a single one by None."""
    return {part.label: part.plan for part in results.parts} or {None: results.plan}


def folder(job: str) -> str:
    """Where a job's files lie, from its results folder."""
    return f"jobs/{job[:2]}/{job}"


def manifest(plan: StoredPlan, job: PlannedJob, id: str) -> str:
    """A manifest for this job alone: every parameter written out, so that no recipe's change can move it.

    Pictures and weights in files stand as the plan's manifest names them: relative to the folder that it lies in.
    """
    task = job.parameters.get("task", "transfer")
    lines = [f"name: {scalar(f'{plan.name[:51]}-{id[:12]}')}", "images:"]
    groups = (("contents", "content"), ("styles", "style"))
    for group, role in groups:
        if role in job.inputs:
            lines += [f"  {group}:", *(f"    {line}" for line in _entries(job.inputs[role]))]
    lines.append("defaults:")
    own = {name: value for name, value in job.parameters.items() if name not in ("task", FOLDER) and value is not None}
    lines += [_line(name, frozen(value)) for name, value in own.items()]
    chosen = ", ".join(f"{group}: [{scalar(job.inputs[role].label)}]" for group, role in groups if role in job.inputs)
    lines += ["experiments:", "  again:", f"    task: {scalar(task)}", f"    pairs: {{{chosen}}}"]
    return "\n".join(lines) + "\n"


def _entries(given: InputPicture) -> list[str]:
    """What stands under ``contents`` or ``styles`` for a picture; of one made of others, those come first."""
    if not given.parts:
        return [f"{scalar(given.label)}: {_source(given.source, given.sha256)}"]
    made_of = {part.label: _source(part.source, part.sha256) for part in given.parts}
    lines = [f"{scalar(label)}: {source}" for label, source in made_of.items()]
    if all(part.mask is None for part in given.parts):
        mixed = ", ".join(f"{scalar(part.label)}: {scalar(part.weight)}" for part in given.parts)
        return [*lines, f"{scalar(given.label)}: {{mix: {{{mixed}}}}}"]
    lines += [f"{scalar(given.label)}:", "  regions:"]
    for part in given.parts:
        told = {"style": part.label, "mask": part.mask, "style_mask": part.style_mask, "weight": part.weight}
        written = ", ".join(f"{name}: {scalar(value)}" for name, value in told.items() if value is not None)
        lines.append(f"    - {{{written}}}")
    return lines


def _source(source: str, sha256: str) -> str:
    if source.startswith(("http://", "https://")):
        return f"{{url: {scalar(source)}, sha256: {scalar(sha256)}}}"
    return scalar(source)


@lru_cache(maxsize=4096, typed=True)
def _line(name: str, value: Any) -> str:
    return f"  {name}: {scalar(value)}"


#: Text that YAML reads as itself, wherever it stands; words that mean something else are not in it.
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*(:[A-Za-z0-9_./-]+)?")
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf"})


def scalar(value: Any) -> str:
    """A value in YAML, on one line, as manifests read it."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(scalar, value))}]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, float):
        return (
            repr(value) if math.isfinite(value) else f"{'-' if value < 0 else ''}.{'nan' if value != value else 'inf'}"
        )
    if isinstance(value, int):
        return str(value)
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return str(value)
    return f'"{"".join(map(_escaped, value))}"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable() and character != "\ufeff":
        return character
    return f"\\U{ord(character):08x}"


def by_run(groups: Sequence[Iterable[Run]]) -> Mapping[str, int]:
    """Id of a run -> the number of its group, from 1."""
    return {run.id: number for number, runs in enumerate(groups, start=1) for run in runs}
