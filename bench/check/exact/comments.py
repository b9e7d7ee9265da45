"""Comments of a YAML file that is written anew, kept beside the keys they stood at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.manifest.source import Path as Place
from bench.manifest.source import Source

#: Quoted text, in which a # begins no comment.
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|' + r"'[^']*'")


@dataclass(frozen=True)
class Comments:
    """Of a file whose keys have a line each, or several in braces."""

    above: Mapping[Place, Sequence[str]] = field(default_factory=dict)
    """Lines before that of a key, empty ones too."""
    beside: Mapping[Place, str] = field(default_factory=dict)
    """What stands behind a key's value in its line, with the space before it."""
    below: Sequence[str] = ()
    """Lines behind the last key."""
    found: bool = False
    """Whether there was a file at all."""

    @classmethod
    def of(cls, source: Source) -> Comments:
        """Of a file that was read; of a line with several keys, they are the outermost's."""
        keys: dict[int, Place] = {}
        for place in _places(source.data, ()):
            keys.setdefault(source.key_problem(place, "").line, place)
        above: dict[Place, Sequence[str]] = {}
        beside: dict[Place, str] = {}
        waiting: list[str] = []
        for number, line in enumerate(source.text.splitlines(), 1):
            if not line.strip() or line.lstrip().startswith("#"):
                waiting.append(line.rstrip())
            elif number in keys:
                above[keys[number]], waiting = waiting, []
                if found := re.search(r"\s+#.*", _QUOTED.sub(lambda quoted: "x" * len(quoted[0]), line)):
                    beside[keys[number]] = line[found.start() :].rstrip()
        return cls(above, beside, waiting, found=True)

    def put_back(self, lines: Sequence[tuple[Place, str]], header: str) -> str:
        """A file of lines, each with its key's place; ``header`` comes first in a file that is new."""
        text: list[str] = []
        for place, line in lines:
            text += [*self.above.get(place, ()), line + self.beside.get(place, "")]
        return (header if not self.found else "") + "".join(f"{line}\n" for line in [*text, *self.below])


def _places(data: Any, place: Place) -> Iterator[Place]:
    """Of all keys, the outer before those in them."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield (*place, key)
            yield from _places(value, (*place, key))
