"""Reading a manifest, with every mistake named at once, line and column.

Structure and types are checked here; what needs the pictures, the layers of a network or the expanded grid is
checked by :mod:`bench.plan`, which reports through the same :class:`Loaded.source`.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bench.errors import BenchError
from bench.manifest.finding_schema import FORMS, SILENT, Finding, expect_keys
from bench.manifest.image_schema import Images, Region, entry_keys
from bench.manifest.parameters import REST, Changes, Conditions, Grid, InStep, Parameters
from bench.manifest.schema import OWN, Experiment, Manifest, Override, PairProduct
from bench.manifest.source import Path as Place
from bench.manifest.source import Problem, Source, SourceError, parse
from bench.resources import manifests_folder
from nst.kinds import nearest


@dataclass(frozen=True)
class Loaded:
    """A manifest with the text it came from, so that later checks can point into it."""

    manifest: Manifest
    """Without what was refused, where there are problems."""
    source: Source
    path: Path
    fixed: frozenset[str] = frozenset()
    """Parameters that ``--set`` gave."""
    problems: tuple[Problem, ...] = ()
    """Of structure and types, not yet raised: the plan finds the rest, and all are shown at once."""
    included: tuple[Loaded, ...] = ()
    """The manifests that it includes, in its order."""
    broken: tuple[SourceError, ...] = ()
    """What is wrong with those that are too damaged to be checked any further."""

    @property
    def folder(self) -> Path:
        return self.path.parent

    @property
    def sha256(self) -> str:
        """Of its text."""
        return hashlib.sha256(self.source.text.encode()).hexdigest()

    @property
    def parts(self) -> Iterator[Loaded]:
        """What it includes, as deep as that goes, then itself: the order of all experiments."""
        for loaded in self.included:
            yield from loaded.parts
        yield self

    @property
    def sha256_of_all(self) -> str:
        """As :attr:`sha256`; where it includes others, over the hashes of all."""
        parts = [part.sha256 for part in self.parts]
        return parts[0] if len(parts) == 1 else hashlib.sha256("".join(parts).encode()).hexdigest()


def shipped() -> list[str]:
    """Names of the manifests that come with the package."""
    root = manifests_folder()
    return sorted(path.relative_to(root).with_suffix("").as_posix() for path in root.rglob("*.yaml"))


def find(reference: str) -> Path:
    """The file of a manifest given as a path or by the name of one that ships.

    Raises:
        BenchError: when there is neither; names the nearest.
    """
    path = Path(reference)
    try:
        if path.is_file():
            return path
    except (OSError, ValueError) as error:
        raise BenchError(f"{reference[:200]!r}: not the name of a manifest: {error}") from None
    if reference in shipped():
        return manifests_folder() / f"{reference}.yaml"
    raise BenchError(
        f"{reference}: no such manifest: expected a YAML file or one that ships "
        f"({', '.join(shipped())}){nearest(reference, shipped())}"
    )


def read(path: Path) -> Loaded:
    """Read one file and check its structure, without what it includes.

    What is refused is left out and kept in :attr:`Loaded.problems`, so that :func:`bench.plan.make_plan` can
    check the rest and name everything together.

    Raises:
        SourceError: for a file that is no YAML, or too damaged to check any further.
        BenchError: when the file cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BenchError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        before = error.object[: error.start].split(b"\n")
        place = f"{len(before)}:{len(before[-1].decode()) + 1}"
        byte = error.object[error.start]
        raise BenchError(f"{path}:{place}: the byte 0x{byte:02X} is not UTF-8: save the file as UTF-8") from None
    source = parse(text, str(path))
    missing = tuple(_missing(source))
    try:
        return Loaded(Manifest.model_validate(source.data), source, path, problems=missing)
    except ValidationError as error:
        problems = (*missing, *(_problem(source, details) for details in error.errors()))
        try:
            kept = _without(source.data, [details["loc"] for details in error.errors()])
            rest = Manifest.model_validate(kept, context=REST)
        except ValidationError:
            raise source.error(list(problems)) from None
        return Loaded(rest, source, path, problems=problems)


def _missing(source: Source) -> Iterator[Problem]:
    """What a manifest lacks that includes no others; what has no meaning in one that has nothing of its own."""
    if not isinstance(source.data, dict):
        return
    if "manifests" not in source.data:
        for key in OWN:
            if key not in source.data:
                yield source.problem((), f"{key} is missing")
    elif "experiments" not in source.data:
        for key in ("images", "defaults"):
            if key in source.data:
                message = f"{key} is for experiments of this file, which has none: what it includes keeps its own"
                yield source.key_problem((key,), message)


#: Entries of lists that say nothing, by the list's key.
_SILENT: dict[str, dict[str, Any]] = {
    "exclude": {},
    "include": {},
    "override": {"when": {}, "set": {}},
    "findings": SILENT,
}


def _without(data: Any, places: list[tuple[str | int, ...]]) -> Any:
    """A copy of the data less what was refused: the entry of the innermost mapping, for places in lists too.

    Of a picture it is the whole: with a part of a mix left out, it would be another mix. An entry of ``exclude``,
    ``override`` or ``findings`` stays as one that no longer says anything, so that the others keep their places:
    nothing is known then of what is left to make, and nothing of what would have been set.
    """
    kept = copy.deepcopy(data)
    for place in places:
        steps = _place(place)
        if steps[:1] == ("images",):
            steps = steps[:3]
        list_name = steps[2] if steps[:1] == ("experiments",) and len(steps) > 3 else None
        if list_name in _SILENT:
            steps = steps[:4]
        holder: Any = None
        key: Any = ""
        node, written = kept, data
        for step in steps:
            if not _has(node, step):
                if _has(written, step):  # left out with what held it
                    holder = None
                break
            if isinstance(node, dict) or list_name in _SILENT:
                holder, key = node, step
            node, written = node[step], written[step]
        if holder is None:
            continue
        if key == "name" and holder is kept:
            holder[key] = "unnamed"
        elif isinstance(holder, list):
            holder[key] = copy.deepcopy(_SILENT[str(list_name)])
        else:
            del holder[key]
    return kept


def _has(node: Any, step: str | int) -> bool:
    if isinstance(node, list):
        return isinstance(step, int) and step < len(node)
    return isinstance(node, dict) and step in node


def _place(loc: tuple[str | int, ...]) -> Place:
    """A pydantic location without the names of union members and dictionary keys that it puts in."""
    place = loc[:-1] if loc[-1:] == ("[key]",) else loc
    return tuple(step for i, step in enumerate(place) if not _is_tag(place, i))


def _is_tag(place: tuple[str | int, ...], i: int) -> bool:
    """Whether a step names the member of a union that pydantic chose."""
    if place[:1] == ("images",):
        return i == 3 or (i == 5 and place[4] == "samples")
    inside = place[i - 1 : i]
    return (inside == ("pairs",) and place[i] in ("product", "list")) or (_is_expect(place[:i]) and place[i] in FORMS)


def _is_expect(place: Place) -> bool:
    return place[:1] == ("experiments",) and place[2:3] == ("findings",) and place[4:] == ("expect",)


#: With more keys than this, a list of them would bury the one that was meant.
_FEW = 12
#: Characters of a key that a message repeats.
_LONG = 60


def _problem(source: Source, details: ErrorDetails) -> Problem:
    place = _place(details["loc"])
    if details["type"] == "extra_forbidden":
        known = _keys_of_kind(details["loc"], place) or _keys_at(place[:-1])
        return source.key_problem(place, explain(details, known))
    if details["type"] == "missing":
        return source.problem(place[:-1], f"{place[-1]} is missing")
    if (at := details.get("ctx", {}).get("at")) is not None:
        place = (*place, at)
    return source.problem(place, explain(details))


def _keys_of_kind(loc: tuple[str | int, ...], place: Place) -> list[str]:
    """The keys of what may be of several kinds: of the one that pydantic chose, whose tag its location has."""
    if place[:1] == ("images",) and len(place) == 4:
        return entry_keys(str(loc[1]), str(loc[3]))
    if _is_expect(place[:-1]):
        return expect_keys(str(loc[-2]))
    return []


def explain(details: ErrorDetails, known: Sequence[str] = ()) -> str:
    """A pydantic error in our words: what is wrong and what was expected."""
    kind, given = details["type"], details.get("input")
    if kind == "parameter":
        return str(details["ctx"]["text"])
    if kind == "extra_forbidden":
        key = str(details["loc"][-1])
        key = key if len(key) <= _LONG else f"{key[:_LONG]}..."
        near = nearest(key, known)
        if near and len(known) > _FEW:
            return f"unknown key {key!r}{near}"
        return f"unknown key {key!r}: expected one of {', '.join(known)}{near}"
    expected = {
        "list_type": "a list",
        "dict_type": "a mapping (key: value)",
        "model_type": "a mapping (key: value)",
        "model_attributes_type": "a mapping (key: value)",
        "string_type": "text",
        "too_short": "at least one entry",
    }.get(kind)
    if expected is None:
        return str(details["msg"])
    shown = "nothing" if given is None or given in ([], {}) else repr(given)
    return f"{shown if len(shown) <= 60 else shown[:57] + '...'}: expected {expected}"


_SECTIONS: dict[str, type[BaseModel]] = {
    "images": Images,
    "defaults": Parameters,
    "regions": Region,
}
#: Of an experiment.
_PARTS: dict[str, type[BaseModel]] = {
    "pairs": PairProduct,
    "defaults": Parameters,
    "grid": Grid,
    "zip": InStep,
    "exclude": Conditions,
    "include": Parameters,
    "override": Override,
    "findings": Finding,
}


def _keys_at(place: Place) -> list[str]:
    """The keys that are allowed in the mapping at a place of the manifest."""
    model: type[BaseModel] = Manifest
    if place[:1] == ("experiments",):
        # experiments, its label, the part, then what the part holds: the name of a zip, the number of an entry.
        model = _PARTS[str(place[2])] if len(place) > 2 else Experiment
        if model is Override and len(place) > 4:
            model = Conditions if place[4] == "when" else Changes
        elif place[4:] == ("expect", "where"):
            model = Conditions
        return list(model.model_fields)
    for step in place:
        model = _SECTIONS.get(str(step), model)
    return list(model.model_fields)
