"""Curves of runs, as the pages take them: read once, on all processors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from bench.curves import read_curve
from bench.record import PRIORS, Record
from bench.report.by_frame import is_video
from bench.report.parallel import mapped
from bench.results import Results


@dataclass(frozen=True, eq=False)
class Curve:
    """A curve as columns. Kept as arrays, which go from process to process at little cost; given as plain numbers."""

    columns: Mapping[str, np.ndarray[Any, Any]]
    """``evaluation``, ``seconds``, ``size``, ``total``, and each term, layer by layer."""

    def _plain(self, name: str) -> tuple[Any, ...]:
        return tuple(self.columns[name].tolist())

    @property
    def evaluation(self) -> tuple[int, ...]:
        return self._plain("evaluation")

    @property
    def seconds(self) -> tuple[float, ...]:
        return self._plain("seconds")

    @property
    def size(self) -> tuple[int, ...]:
        return self._plain("size")

    @property
    def total(self) -> tuple[float, ...]:
        return self._plain("total")

    @property
    def terms(self) -> dict[str, tuple[float, ...]]:
        """The layers of each term summed: content, style, and what the picture costs by itself."""
        found = {}
        for term in ("content", "style", *PRIORS):
            layers = [values for name, values in self.columns.items() if name == term or name.startswith(f"{term}.")]
            if layers:
                found[term] = tuple(np.sum(layers, axis=0).tolist())
        return found

    @cached_property
    def sizes(self) -> tuple[tuple[int, int], ...]:
        """Row at which each size begins, and that size."""
        size = self.columns["size"]
        begins = [0, *(np.flatnonzero(np.diff(size)) + 1).tolist()]
        return tuple((k, int(size[k])) for k in begins)

    @property
    def last_size(self) -> slice:
        """Rows at the size of the result: the only losses that may be compared with another run's."""
        return slice(self.sizes[-1][0], None)


def read(results: Results) -> dict[str, Curve | str]:
    """Of every job that should have one: its curve, or the sentence that says why it cannot be read."""
    wanted = [id for id in results.plan.jobs if (record := results.records.get(id)) and _has_curve(record)]
    paths = [results.folders[id] / "curve.csv" for id in wanted]
    return dict(zip(wanted, _read_all(paths), strict=True))


def _read_all(paths: Sequence[Path]) -> list[Curve | str]:
    return mapped(_read, paths, least=256)


def _has_curve(record: Record) -> bool:
    optimised = record.outcome is not None and record.outcome.evaluations > 0 and not is_video(record)
    return "curve.csv" in record.files or (record.status == "done" and optimised)


def _read(path: Path) -> Curve | str:
    try:
        return Curve(read_curve(path))
    except ValueError as error:
        return str(error)
