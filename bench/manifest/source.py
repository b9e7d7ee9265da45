"""YAML as people write it, with the line and column of everything.

PyYAML follows YAML 1.1, where ``1e6`` is a string, ``yes`` is true, ``010`` is eight and a key given twice
silently wins. Here plain scalars follow the YAML 1.2 core schema, and a repeated key is an error, as are tags
(``!!str``) and merge keys (``<<``), which would otherwise be passed over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from bench.errors import BenchError

Path = tuple[str | int, ...]

#: Nodes a manifest may expand to; aliases can double themselves, so the limit is on what they amount to.
MAX_NODES = 200_000
#: Levels of lists and mappings in one another.
MAX_DEPTH = 50
#: Characters of a file.
MAX_LENGTH = 1_000_000

#: Problems that an error spells out, characters of each, and characters of a key in a place.
_SHOWN, _LONGEST, _KEY = 100, 4000, 60

#: User and password of an address, which a message must not repeat.
_SECRET = re.compile(r"://[^/\s]*@")

_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("null", "Null", "NULL", "~", "")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", "+.inf"), float("inf")),
    "-.inf": float("-inf"),
    ".nan": float("nan"),
}


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong in a file. Lines and columns count from 1."""

    line: int
    column: int
    where: str
    message: str


class SourceError(BenchError):
    """Everything that is wrong with one file, each with its place and source line."""

    def __init__(self, name: str, text: str, problems: list[Problem]) -> None:
        self.problems = sorted(set(problems))
        lines = text.splitlines()
        parts = []
        for problem in self.problems[:_SHOWN]:
            where = f"{problem.where}: " if problem.where else ""
            place = "" if problem.where.startswith("--set") else f"{name}:{problem.line}:{problem.column}: "
            said = f"{place}{where}{problem.message}"
            parts.append(_printable(said if len(said) <= _LONGEST else f"{said[:_LONGEST]}..."))
            if not place:
                continue
            if 1 <= problem.line <= len(lines) and lines[problem.line - 1].strip():
                parts.append(
                    f"    {problem.line} | {_printable(_SECRET.sub('://…@', lines[problem.line - 1].rstrip())[:160])}"
                )
        if len(self.problems) > _SHOWN:
            parts.append(f"{name}: and {len(self.problems) - _SHOWN:,} more of the kind")
        super().__init__("\n".join(parts))


def _printable(text: str) -> str:
    """Control characters of a manifest must not reach the terminal."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


@dataclass
class Source:
    """A parsed file: plain data, and where each part of it stands."""

    name: str
    text: str
    data: Any = None
    _marks: dict[Path, tuple[int, int]] = field(default_factory=dict)
    _keys: dict[Path, tuple[int, int]] = field(default_factory=dict)

    def place(self, path: Path) -> tuple[int, int]:
        """Line and column of the value at ``path``, or of the nearest part above it that exists.

        Steps that the file does not have (names that a validator puts in between) are passed over.
        """
        found: Path = ()
        for step in path:
            if (*found, step) in self._marks:
                found = (*found, step)
        return self._marks.get(found, (1, 1))

    def key_place(self, path: Path) -> tuple[int, int]:
        """As :meth:`place`, of the key itself instead of its value."""
        return self._keys.get(path, self.place(path))

    def mapping(self, path: Path) -> dict[str, Any]:
        """The mapping at ``path`` as it is written; empty where there is none or something else stands."""
        node = self.data
        for step in path:
            node = node.get(step) if isinstance(node, dict) else None
        return node if isinstance(node, dict) else {}

    def problem(self, path: Path, message: str) -> Problem:
        return Problem(*self.place(path), dotted(path), message)

    def key_problem(self, path: Path, message: str) -> Problem:
        """As :meth:`problem`, pointing at the key itself instead of its value."""
        return Problem(*self.key_place(path), dotted(path), message)

    def error(self, problems: list[Problem]) -> SourceError:
        return SourceError(self.name, self.text, problems)


def dotted(path: Path) -> str:
    """``experiments.first.grid.size[1]``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step if len(step) <= _KEY else step[:_KEY] + '...'}"
    return text.removeprefix(".")


def parse(text: str, name: str) -> Source:
    """Parse YAML text; ``name`` stands for the file in messages.

    Raises:
        SourceError: for a syntax error, repeated keys, keys that are no strings, or too much of it.
    """
    source = Source(name, text)
    if len(text) > MAX_LENGTH:
        message = f"{len(text):,} characters: expected a manifest of at most {MAX_LENGTH:,}"
        raise source.error([Problem(1, 1, "", message)])
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise source.error([Problem(line, column, "", f"not valid YAML: {_syntax(error)}")]) from None
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        line, column = before.count("\n") + 1, error.position - (before.rfind("\n") + 1) + 1
        message = f"not valid YAML: the character {chr(error.character)!a} may not stand in it"
        raise source.error([Problem(line, column, "", message)]) from None
    except _TooDeepError as error:
        raise _excess(source, error.mark) from None
    except _TagError as error:
        message = f"a tag, {error.tag}: expected the value alone, in quotes if it is text"
        raise source.error([Problem(error.mark.line + 1, error.mark.column + 1, "", message)]) from None
    except (yaml.YAMLError, RecursionError) as error:
        first = str(error).splitlines()[0] if str(error) else "nested too deeply"
        raise source.error([Problem(1, 1, "", f"not valid YAML: {first}")]) from None
    if root is not None and (mark := _too_much(root)):
        raise _excess(source, mark)
    problems: list[Problem] = []
    source.data = _value(root, (), source, problems) if root is not None else None
    if problems:
        raise source.error(problems)
    return source


def _syntax(error: yaml.MarkedYAMLError) -> str:
    """What the parser says, in a whole sentence."""
    said = error.problem or error.context or ""
    if "'\\t'" in said:
        return "a tab, where only spaces may stand"
    return f"{error.context}, {said}" if said.startswith("but ") and error.context else said


def _excess(source: Source, mark: yaml.Mark) -> SourceError:
    message = f"this amounts to more than {MAX_NODES:,} values or nests too deeply (aliases count in full)"
    return source.error([Problem(mark.line + 1, mark.column + 1, "", message)])


class _TooDeepError(Exception):
    def __init__(self, mark: yaml.Mark) -> None:
        super().__init__()
        self.mark = mark


class _TagError(Exception):
    def __init__(self, mark: yaml.Mark, tag: str) -> None:
        super().__init__()
        self.mark, self.tag = mark, tag.replace("tag:yaml.org,2002:", "!!")


class _Loader(yaml.SafeLoader):
    """Gives up on what is nested too deeply long before Python does, and on tags."""

    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        self._depth += 1
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if self._depth > MAX_DEPTH + 1:
            raise _TooDeepError(event.start_mark)
        if tag := getattr(event, "tag", None):
            raise _TagError(event.start_mark, tag)
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1


def _too_much(root: yaml.Node) -> yaml.Mark | None:
    """Where a file amounts to too much, or nests too deeply, once aliases count in full.

    Every node is looked at once, whatever the aliases would make of it.
    """
    known: dict[int, tuple[int, int]] = {}

    def measure(node: yaml.Node) -> tuple[int, int]:
        """Values that it amounts to, and levels."""
        if id(node) not in known:
            known[id(node)] = (MAX_NODES + 1, MAX_DEPTH + 2)  # what holds itself never ends
            inside = [measure(child) for child in _children(node)]
            if isinstance(node, yaml.MappingNode):
                inside = inside[1::2]  # keys do not count
            known[id(node)] = (1 + sum(n for n, _ in inside), 1 + max((depth for _, depth in inside), default=0))
        return known[id(node)]

    def refused(node: yaml.Node) -> bool:
        nodes, depth = measure(node)
        return nodes > MAX_NODES or depth > MAX_DEPTH + 1

    if not refused(root):
        return None
    node, seen = root, {id(root)}
    while within := [child for child in _children(node) if refused(child) and id(child) not in seen]:
        node = within[0]
        seen.add(id(node))
    return node.start_mark


def _children(node: yaml.Node) -> list[yaml.Node]:
    """Keys and values in turn, or items."""
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _value(node: yaml.Node, path: Path, source: Source, problems: list[Problem]) -> Any:
    mark = (node.start_mark.line + 1, node.start_mark.column + 1)
    source._marks.setdefault(path, mark)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, i), source, problems) for i, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, source, problems)
    if any("\ud800" <= character <= "\udfff" for character in str(node.value)):
        problems.append(Problem(*mark, dotted(path), "text with half a surrogate pair, which is no character"))
        return ""
    return _scalar(node)


def _mapping(node: yaml.MappingNode, path: Path, source: Source, problems: list[Problem]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    lines: dict[str, int] = {}
    for key_node, value_node in node.value:
        line, column = key_node.start_mark.line + 1, key_node.start_mark.column + 1
        if not isinstance(key_node, yaml.ScalarNode):
            problems.append(Problem(line, column, dotted(path), "a key must be plain text"))
            continue
        key = str(key_node.value)
        if key == "<<" and key_node.style is None:
            problems.append(Problem(line, column, dotted((*path, key)), "merge keys are not read: write it out"))
            continue
        if key in found:
            problems.append(Problem(line, column, dotted((*path, key)), f"key given twice, first in line {lines[key]}"))
            continue
        lines[key] = line
        source._keys[(*path, key)] = (line, column)
        found[key] = _value(value_node, (*path, key), source, problems)
        # A mapping or list starts on the line below its key; people look for the key.
        if not isinstance(value_node, yaml.ScalarNode) and not value_node.flow_style:
            source._marks[(*path, key)] = (line, column)
    return found


def _scalar(node: yaml.Node) -> Any:
    text = str(node.value)
    if getattr(node, "style", None) is not None:  # quoted or a block: text, whatever it looks like
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text) if len(text) <= 300 else text  # no quantity here has more digits; Python refuses over 4300
    if _FLOAT.fullmatch(text):
        return float(text)
    return text
