"""The user's own templates, looked at before anything is rendered or written: what would show nothing is told."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from jinja2 import Environment, TemplateError, TemplateSyntaxError, nodes

from bench.errors import BenchError


def read(folder: Path, known: Sequence[str]) -> dict[str, str]:
    """Templates of the user's folder, by name. One that nothing asks for would be ignored without a word.

    Args:
        folder: the user's.
        known: names of the templates that ship.

    Raises:
        BenchError: when there is no such folder, or it holds a template that no page is made from.
    """
    if not folder.is_dir():
        reason = "no folder" if folder.exists() else "no such folder"
        raise BenchError(f"{folder}: {reason}; --templates expects a folder with templates such as run.html.j2")
    own = {path.name: _text(path) for path in sorted(folder.glob("*.html.j2")) if path.is_file()}
    for name in own:
        named = any(name in text for other, text in own.items() if other != name)
        if name not in known and not named:
            expected = _one_of(known, name)
            raise BenchError(f"{folder / name}: no page is made from it: {expected}")
    return own


def check(folder: Path, own: Mapping[str, str], environment: Environment) -> None:
    """Whether they can be read as templates, and whether every block of theirs takes the place of another.

    Raises:
        BenchError: with file and line, when one of them cannot, or does not.
    """
    for name, text in own.items():
        try:
            template = environment.parse(text, name, str(folder / name))
        except TemplateSyntaxError as error:
            raise BenchError(f"{folder / name}:{error.lineno}: {error}") from None
        parent = _parent(template)
        there = set(_blocks(environment, parent, {name})) if parent else set()
        if not there:  # it extends nothing, or what is not there, which rendering tells
            continue
        for block in (node for node in template.body if isinstance(node, nodes.Block)):
            if block.name not in there:
                raise BenchError(
                    f"{folder / name}:{block.lineno}: no block {block.name} in {parent}, so nothing would show it: "
                    f"{_one_of(sorted(there), block.name)}"
                )


def _parent(template: nodes.Template) -> str:
    """What it extends; empty for nothing, or for what only rendering can tell."""
    named = next(template.find_all(nodes.Extends), None)
    return str(named.template.value) if named and isinstance(named.template, nodes.Const) else ""


def _blocks(environment: Environment, name: str, seen: set[str]) -> Iterator[str]:
    """Names of a template's blocks and of those that it extends; ``seen`` ends what comes back to itself."""
    if name in seen or environment.loader is None:
        return
    try:
        text, file, _ = environment.loader.get_source(environment, name)
        template = environment.parse(text, name, file)
    except TemplateError:
        return
    yield from (block.name for block in template.find_all(nodes.Block))
    yield from _blocks(environment, _parent(template), {*seen, name})


def _one_of(known: Sequence[str], name: str) -> str:
    near = difflib.get_close_matches(name, known, 1)
    return f"expected one of {', '.join(known)}" + (f"; did you mean {near[0]}?" if near else "")


def _text(template: Path) -> str:
    try:
        return template.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BenchError(f"{template}: not UTF-8: {error.reason} at byte {error.start}") from None
    except OSError as error:
        raise BenchError(f"{template}: cannot be read: {error.strerror}") from None
