"""The picture files of a manifest, opened: paths, addresses, samples and sets of them, several at once."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple

from bench.inputs import downloads, picture_sets
from bench.inputs.clip import open_clip, open_clip_file, open_frames
from bench.inputs.looked import Looked
from bench.inputs.picture import Input, open_file, open_input, open_sample
from bench.manifest import Loaded
from bench.manifest.image_schema import Address, Entry, Folder, Frames, Glob, Samples, Set
from bench.manifest.source import Path as Place
from nst import samples
from nst.images import PictureError
from nst.samples import UnknownSampleError
from nst.video import VideoError

#: Pictures decoded at once; a very large one takes a gigabyte while it is.
_AT_ONCE = 4
#: Seconds after which it is said that they are being looked at.
_PATIENCE = 2.0
#: So many files are named one by one.
_FEW = 10


class Ears(NamedTuple):
    """Who hears of it."""

    wrong: Callable[[Place, str], None]
    """Mistakes of the manifest, with their place."""
    warn: Callable[[str], None]
    """What is worth knowing before anything runs."""
    say: Callable[[str], None]
    """What takes time."""


@dataclass
class Opened:
    """The contents, the styles or the clips that lie in files."""

    inputs: dict[str, Input] = field(default_factory=dict)
    """By label, each picture once."""
    sets: dict[str, list[str]] = field(default_factory=dict)
    """The labels that a set stands for, in order: of its own pictures, ``set/town``, or those of their twins."""
    twins: dict[str, str] = field(default_factory=dict)
    """Label of a set's picture -> the label that the same picture goes by."""


@dataclass(frozen=True)
class _File:
    """A picture to open."""

    group: str
    key: str
    """Where the manifest speaks of it."""
    label: str
    open: Callable[[], Input]


_Entries = Mapping[str, Mapping[str, Entry]]


def open_files(loaded: Loaded, ears: Ears) -> dict[str, Opened]:
    """Every picture of a manifest that is not made of others, by group.

    A picture that cannot be opened is left out, and said to be wrong. A picture of a set that stands under another
    label too is used once, with a warning, and its label means the other.
    """
    images = loaded.manifest.images
    entries: _Entries = {
        "contents": dict(images.contents), "styles": dict(images.styles), "clips": dict(images.clips)
    }  # fmt: skip
    looked = Looked(downloads.cache_folder() / "looked.json")
    files = list(_files(entries, loaded.folder, looked, ears))
    results: dict[tuple[str, str], list[tuple[str, Input | str]]] = {}
    for file, result in zip(files, _attempts(files, ears), strict=True):
        results.setdefault((file.group, file.key), []).append((file.label, result))
    looked.keep()
    opened = {group: Opened() for group in entries}
    for (group, key), ((_, result), *_) in results.items():
        if not isinstance(entries[group][key], Set):
            if isinstance(result, Input):
                opened[group].inputs[key] = result
            else:
                ears.wrong(("images", group, key), result)
    for (group, key), pictures in results.items():  # after all that stand alone
        if isinstance(entries[group][key], Set):
            _take_set(opened[group], group, key, pictures, entries[group], ears)
    return opened


def _attempts(files: Sequence[_File], ears: Ears) -> list[Input | str]:
    """Each picture, or why it cannot be opened."""
    pool = ThreadPoolExecutor(min(_AT_ONCE, os.cpu_count() or 1))
    opened: list[Input | str] = []
    started, said = time.monotonic(), False
    try:
        for result in pool.map(_attempt, files):
            opened.append(result)
            if not said and time.monotonic() - started >= _PATIENCE:
                ears.say(f"looking at {len(files):,} pictures")
                said = True
    finally:
        pool.shutdown(cancel_futures=True)  # after Ctrl-C nobody waits for the rest
    return opened


def _attempt(file: _File) -> Input | str:
    try:
        return file.open()
    except (PictureError, VideoError, UnknownSampleError) as error:
        return str(error.args[0])  # args[0]: a KeyError's own text is quoted once more


def _files(entries: _Entries, folder: Path, looked: Looked, ears: Ears) -> Iterator[_File]:
    listed = [(group, key, entry) for group, named in entries.items() for key, entry in named.items()]
    fetched = downloads.fetch_all((entry for *_, entry in listed if isinstance(entry, Address)), ears.say)
    for group, key, entry in listed:
        if isinstance(entry, str) and "://" in entry:
            message = f"{downloads.shown(entry)}: addresses are not read without a hash: {{url: ..., sha256: ...}}"
            ears.wrong(("images", group, key), message)
        elif isinstance(entry, str):
            opening = partial(open_clip, key, entry, folder)
            yield _File(
                group, key, key, opening if group == "clips" else partial(open_input, key, entry, folder, looked)
            )
        elif isinstance(entry, Address):
            path = fetched[entry]
            if isinstance(path, Path):
                named = downloads.shown(entry.url)
                opening = partial(open_clip_file, key, named, path)
                yield _File(
                    group, key, key, opening if group == "clips" else partial(open_file, key, named, path, looked)
                )
            else:
                ears.wrong(("images", group, key), str(path))
        elif isinstance(entry, Frames):
            yield _File(group, key, key, partial(open_frames, key, entry, folder))
        elif isinstance(entry, Glob | Folder):
            try:
                found = picture_sets.find(entry, folder)
            except PictureError as error:
                ears.wrong(("images", group, key), str(error))
                continue
            if found.skipped:
                ears.warn(f"images.{group}.{key}: left out, no pictures: {_some(found.skipped)}")
            for member in found.members:
                label = f"{key}/{member.name}"
                yield _File(group, key, label, partial(open_file, label, member.source, member.path, looked))
        elif isinstance(entry, Samples):
            every = samples.photographs() if group == "contents" else samples.styles()
            for name in dict.fromkeys(every if entry.samples == "all" else entry.samples):
                yield _File(group, key, f"{key}/{name}", partial(open_sample, f"{key}/{name}", name))


def _take_set(
    opened: Opened,
    group: str,
    key: str,
    pictures: Sequence[tuple[str, Input | str]],
    entries: Mapping[str, Entry],
    ears: Ears,
) -> None:
    """The pictures of a set, or why there are none, into their group."""
    known = {given.picture.sha256: label for label, given in opened.inputs.items()}
    members = opened.sets[key] = []
    wrong: list[tuple[str, str]] = []
    again: list[str] = []
    for label, result in pictures:
        if label in entries or label in opened.inputs or label in opened.twins:
            wrong.append((label if label in entries else key, f"a picture of {key!r} goes by {label!r} too"))
        elif isinstance(result, str):
            wrong.append((key, result))
            members.append(label)
        else:
            twin = known.setdefault(result.picture.sha256, label)
            if twin == label:
                opened.inputs[label] = result
            else:
                opened.twins[label] = twin
                again.append(f"{result.picture.source} is {twin!r}")
            members.append(twin)
    for at, message in wrong[:_FEW]:
        ears.wrong(("images", group, at), message)
    if len(wrong) > _FEW:
        ears.wrong(("images", group, key), f"{len(wrong) - _FEW:,} more pictures of {key!r} cannot be used")
    if again:
        ears.warn(f"images.{group}.{key}: pictures that stand under other labels too are used once: {_some(again)}")


def _some(names: Sequence[str]) -> str:
    more = f", and {len(names) - _FEW:,} more" if len(names) > _FEW else ""
    return ", ".join(names[:_FEW]) + more
