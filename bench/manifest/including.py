"""Manifests that include others: each is read and checked by itself, and keeps its pictures and defaults to itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.errors import BenchError
from bench.manifest.loading import Loaded, read
from bench.manifest.source import Problem, SourceError
from nst.kinds import nearest

#: Manifests within one another.
MAX_LEVELS = 20


def load(path: Path) -> Loaded:
    """Read a manifest and all that it includes, and check their structure.

    What is refused is left out and kept in :attr:`Loaded.problems` of the file it stands in, so that
    :func:`bench.plan.make_plan` can check the rest and name everything together.

    Raises:
        SourceError: for a file that is no YAML, or too damaged to check any further.
        BenchError: when the file cannot be read.
    """
    return _Reader().load(path, (path,))


@dataclass(frozen=True)
class _Reader:
    _from: dict[Path, str] = field(default_factory=dict)
    """Every file that was included, links followed -> where that is said."""

    def load(self, path: Path, within: tuple[Path, ...]) -> Loaded:
        """``within``: the files that include it, outermost first, and itself."""
        loaded = read(path)
        included: list[Loaded] = []
        broken: list[SourceError] = []
        problems: list[Problem] = []
        for i, given in enumerate(loaded.manifest.manifests):
            place = ("manifests", i)
            try:
                file = self._file(given, loaded, f"line {loaded.source.place(place)[0]}", within)
                included.append(self.load(file, (*within, file)))
            except SourceError as error:
                broken.append(error)
            except BenchError as error:
                problems.append(loaded.source.problem(place, str(error)))
        broken += [error for one in included for error in one.broken]
        return replace(loaded, included=tuple(included), broken=tuple(broken), problems=(*loaded.problems, *problems))

    def _file(self, given: str, loaded: Loaded, line: str, within: tuple[Path, ...]) -> Path:
        """The file that an entry means; raises BenchError for one that cannot be included here."""
        try:
            path = loaded.folder / Path(given).expanduser()
            real = path.resolve()
            found = path.is_file()
            beside = [] if found or not path.parent.is_dir() else [*_manifests(path.parent)]
        except (OSError, RuntimeError, ValueError) as error:  # a loop of links, no such home, half a character
            raise BenchError(f"{given[:200]!r}: not the path of a file: {error}") from None
        if not found:
            raise BenchError(f"{path}: no such file{nearest(path.name, beside)}")
        around = [outer.resolve() for outer in within]
        if real in around:
            way = ", ".join(outer.name for outer in within[around.index(real) + 1 :])
            raise BenchError(f"{given}: includes itself{f', by way of {way}' if way else ''}")
        if len(within) > MAX_LEVELS:
            raise BenchError(f"{given}: more than {MAX_LEVELS} manifests within one another")
        if real in self._from:
            raise BenchError(f"{given}: included before, in {self._from[real]}: expected each once")
        self._from[real] = f"{line} of {loaded.path.name}"
        return path


def _manifests(folder: Path) -> Iterator[str]:
    return (path.name for path in folder.iterdir() if path.suffix in (".yaml", ".yml"))
