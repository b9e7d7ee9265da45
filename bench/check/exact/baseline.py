"""The baseline: which figures are expected. Manifest, device kind, benchmark, metric; YAML that people review.

.. code-block:: yaml

    perf:
      cpu:
        "lbfgs: cat x waves":
          job: 3f9a...
          flops: {expected: 138240, margin: 0}
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.check.exact.comments import Comments
from bench.check.exact.metrics import METRICS, OF_A_JOB, OF_THE_SITE, SITE, Figure
from bench.errors import BenchError
from bench.manifest.source import Path as Place
from bench.manifest.source import Problem, Source, parse
from bench.store.files import reason
from nst.kinds import nearest

_HEADER = """\
# What `nst-bench check exact` expects. `nst-bench check exact MANIFEST --update` writes it; docs/check.md explains it.
# A margin is the share of `expected` that a figure may be off, in either direction; it may be changed by hand.

"""

DEVICES = ("cpu", "cuda")


@dataclass(frozen=True)
class Expected:
    expected: Figure
    margin: float

    @property
    def allowed(self) -> float:
        """How far a figure may be off, in its own unit."""
        return abs(self.expected) * self.margin


@dataclass(frozen=True)
class Row:
    """What is expected of one benchmark."""

    job: str | None
    """Id; None: the site."""
    metrics: Mapping[str, Expected]


Rows = Mapping[str, Row]
"""By the benchmark's name."""


@dataclass(frozen=True)
class Baseline:
    manifests: Mapping[str, Mapping[str, Rows]] = field(default_factory=dict)
    """Name of the manifest -> device kind -> rows."""
    comments: Comments = field(default_factory=Comments)

    def rows(self, manifest: str, device: str) -> Rows | None:
        return self.manifests.get(manifest, {}).get(device)

    def having(self, manifest: str, device: str, rows: Rows) -> Baseline:
        """This one with other rows for a manifest on a kind of device."""
        devices = {**self.manifests.get(manifest, {}), device: rows}
        return Baseline({**self.manifests, manifest: devices}, self.comments)

    def render(self) -> str:
        """The file, comments where they stood."""
        return self.comments.put_back(list(self._lines()), _HEADER)

    def _lines(self) -> Iterator[tuple[Place, str]]:
        for manifest, devices in self.manifests.items():
            yield (manifest,), f"{_key(manifest)}:"
            for device, rows in devices.items():
                yield (manifest, device), f"  {device}:"
                for name, row in rows.items():
                    place = (manifest, device, name)
                    yield place, f"    {_key(name)}:"
                    if row.job is not None:
                        yield (*place, "job"), f"      job: {row.job}"
                    for metric, one in row.metrics.items():
                        told = f"{{expected: {one.expected!r}, margin: {one.margin:g}}}"
                        yield (*place, metric), f"      {metric}: {told}"


def _key(text: str) -> str:
    """As YAML takes it for a key: what is more than one plain word is quoted, as JSON does."""
    return text if re.fullmatch(r"[A-Za-z][\w.-]*", text) else json.dumps(text, ensure_ascii=not text.isprintable())


def read(path: Path) -> Baseline | None:
    """The baseline in a file; None where there is no such file.

    Raises:
        SourceError: for what is wrong in it, each with line and column.
        BenchError: when it cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BenchError(f"{path}: cannot be read: {reason(error)}") from None
    except UnicodeDecodeError:
        raise BenchError(f"{path}: cannot be read: it is not UTF-8") from None
    return load(text, str(path))


def load(text: str, name: str) -> Baseline:
    """The baseline that a text holds; ``name`` stands for the file in messages.

    Raises:
        SourceError: as :func:`read`.
    """
    source = parse(text, name)
    reader = _Reader(source)
    manifests = {
        manifest: {device: reader.rows((manifest, device)) for device in reader.keys((manifest,), DEVICES)}
        for manifest in reader.keys(())
    }
    if reader.problems:
        raise source.error(reader.problems)
    return Baseline(manifests, Comments.of(source))


class _Reader:
    """Checks what it reads, and notes what is wrong."""

    def __init__(self, source: Source) -> None:
        self.problems: list[Problem] = []
        self._source = source

    def keys(self, place: Place, known: tuple[str, ...] = ()) -> list[str]:
        """Of the mapping there; of those that are known, if any are named."""
        found = self._at(place)
        if not isinstance(found, dict):
            if found is not None or place:  # a file without anything in it expects nothing
                self._wrong(place, "expected a mapping")
            return []
        for key in found:
            if known and key not in known:
                near = "" if known is DEVICES else nearest(key, known)  # cpu is near gpu, and never what was meant
                message = f"unknown: expected one of {', '.join(known)}{near}"
                self.problems.append(self._source.key_problem((*place, key), message))
        return [key for key in found if not known or key in known]

    def rows(self, place: Place) -> Rows:
        return {name: self._row((*place, name)) for name in self.keys(place)}

    def _row(self, place: Place) -> Row:
        site = place[-1] == SITE
        known = tuple(metric.name for metric in (OF_THE_SITE if site else OF_A_JOB))
        keys = self.keys(place, known if site else ("job", *known))
        job = None if site else self._at((*place, "job"))
        if not site and not (isinstance(job, str) and re.fullmatch("[0-9a-f]{64}", job)):
            self._wrong((*place, "job"), "expected the job's id, 64 digits from 0 to f")
        return Row(job, {metric: self._expected((*place, metric)) for metric in known if metric in keys})

    def _expected(self, place: Place) -> Expected:
        if not isinstance(self._at(place), dict):
            self._wrong(place, "expected {expected: a number, margin: a number}")
            return Expected(0, 0.0)
        given = {key: self._number((*place, key)) for key in self.keys(place, ("expected", "margin"))}
        for missing in {"expected", "margin"} - set(given):
            self._wrong(place, f"expected a number under {missing!r} too")
        if given.get("margin", 0) < 0:
            self._wrong((*place, "margin"), "expected 0 or more")
        return Expected(given.get("expected", 0), float(given.get("margin", 0)))

    def _number(self, place: Place) -> Figure:
        found = self._at(place)
        if isinstance(found, int | float) and not isinstance(found, bool) and math.isfinite(found):
            return found
        self._wrong(place, "expected a number")
        return 0

    def _wrong(self, place: Place, message: str) -> None:
        self.problems.append(self._source.problem(place, message))

    def _at(self, place: Place) -> Any:
        found = self._source.data
        for step in place:
            found = found.get(step) if isinstance(found, dict) else None
        return found


def default_margin(metric: str) -> float:
    return METRICS[metric].margin
