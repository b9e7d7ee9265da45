"""Making room: what no manifest claims is listed, asked about, and removed. The site is left alone."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bench.amounts import in_bytes
from bench.errors import BenchError
from bench.record import InputPicture
from bench.store import Store, aside
from bench.store.files import reason, shown, sync_folder, usage
from bench.store.lock import Lock
from bench.store.planned import Plans, read_plans
from bench.store.scan import JOB_ID

#: What is removed, with the words for one and for several.
_KINDS = {
    "jobs": ("job that no manifest claims", "jobs that no manifest claims"),
    "inputs": ("picture that no job reads", "pictures that no job reads"),
    aside.FOLDER: ("folder of things set aside", "folders of things set aside"),
    "parts": ("job that was begun and that no manifest claims", "jobs that were begun and that no manifest claims"),
    "tmp": ("thing left by a run that was killed", "things left by runs that were killed"),
}


@dataclass(frozen=True)
class Spare:
    """A file or folder that can go."""

    path: Path
    kind: str
    bytes: int


@dataclass(frozen=True)
class Cleaned:
    """What was, or with ``removed`` false would have been, removed."""

    spare: tuple[Spare, ...]
    removed: bool

    @property
    def bytes(self) -> int:
        return sum(one.bytes for one in self.spare)


def clean(
    root: Path,
    *,
    claimed: Collection[str] = (),
    dry_run: bool = False,
    yes: bool = False,
    ask: Callable[[str], bool] | None = None,
    say: Callable[[str], None] = print,
) -> Cleaned:
    """Remove what no plan of a results folder claims, and keep other runs out meanwhile.

    Args:
        root: the results folder.
        claimed: ids of jobs to keep besides.
        dry_run: only say what would go.
        yes: do not ask.
        ask: puts a question; None where there is nobody to answer.
        say: tells people, a line at a time.

    Raises:
        BenchError: when it is no results folder, a run is at work in it, a plan cannot be read, there is nobody to ask,
            or something cannot be removed.
    """
    _claims(root)  # before anything is written there, for it may be no results folder
    store, lock = Store(root), Lock(root)
    try:
        lock.acquire(advice="wait for it")
    except OSError as error:
        raise BenchError(f"{root}: cannot be written: {reason(error)}") from error
    try:
        # Read again behind the lock: a run may have begun and ended in between, of another manifest.
        found = tuple(survey(store, _claims(root), claimed))
        for line in describe(found):
            say(line)
        if not found or dry_run:
            return Cleaned(found, removed=False)
        if not yes:
            if ask is None:
                raise BenchError(f"{root}: nobody here to ask, so nothing was removed: add --yes to remove all this")
            if not ask(f"Remove all this from {shown(root)}?"):
                say("nothing removed")
                return Cleaned(found, removed=False)
        _remove(store, found)
        say(f"{in_bytes(sum(one.bytes for one in found))} freed")
        return Cleaned(found, removed=True)
    finally:
        lock.release()


def _claims(root: Path) -> Plans:
    plans = read_plans(root)
    if plans.problems:
        raise BenchError(f"{root}: {plans.problems[0]}: what it claims is not known, so nothing is removed")
    return plans


def survey(store: Store, plans: Plans, claimed: Collection[str] = ()) -> Iterator[Spare]:
    """Everything that could go."""
    root, planned = store.root, plans.claimed
    for name in ("jobs", "inputs", "parts", aside.FOLDER, "tmp"):
        if (root / name).is_symlink():
            raise BenchError(f"{root / name}: is a symbolic link; nothing is removed through one")
    keep = {*planned, *claimed}
    for shelf in _listed(root / "jobs"):
        if shelf.is_symlink():
            continue  # nobody's shelf: the next run sets it aside
        for path in _listed(shelf) if shelf.is_dir() else ():
            if JOB_ID.fullmatch(path.name) and path.name not in keep:
                yield _spare(path, "jobs")
    pictures = [picture for job in planned.values() for picture in job.inputs.values()]
    for id in claimed:
        record = None if id in planned else store.record(id)
        pictures += record.inputs.values() if record else ()
    needed = set(input_names(pictures))
    for path in _listed(root / "inputs"):
        if path.name.partition(".")[0] not in needed:
            yield _spare(path, "inputs")
    for path in _listed(root / "parts"):
        if path.name not in keep:
            yield _spare(path, "parts")
    for kind in (aside.FOLDER, "tmp"):
        for path in _listed(root / kind):
            if store.place_of_earlier(path) is None:
                yield _spare(path, kind)


def input_names(pictures: Iterable[InputPicture]) -> Iterator[str]:
    """Names, without suffix, of the files in ``inputs/`` that pictures are kept in (:mod:`bench.inputs.stored`)."""
    for picture in pictures:
        yield picture.sha256[:16]
        for part in picture.parts:
            yield part.sha256[:16]
            for mask in (part.mask_sha256, part.style_mask_sha256):
                if mask:
                    yield f"mask-{mask[:16]}"


def describe(spare: Collection[Spare]) -> Iterator[str]:
    """A line for each kind, with how many there are and how much room they take."""
    if not spare:
        yield "nothing to remove"
    for kind, (one, several) in _KINDS.items():
        found = [item for item in spare if item.kind == kind]
        if found:
            size = in_bytes(sum(item.bytes for item in found))
            yield f"{kind + '/':<11} {len(found):,} {one if len(found) == 1 else several}, {size}"


def _spare(path: Path, kind: str) -> Spare:
    return Spare(path, kind, usage(path)[1])


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise BenchError(f"{folder}: cannot be read: {reason(error)}") from error


def _remove(store: Store, found: Sequence[Spare]) -> None:
    store.sweep()  # a result that a killed run had moved aside goes back into its place first
    tmp = store.root / "tmp"
    try:
        for one in found:
            path = one.path
            if one.kind == "jobs":
                # Out of its place in one step, so that what is half removed is never taken for a torn result.
                tmp.mkdir(exist_ok=True)
                path = path.rename(tmp / path.name)
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        for shelf in {one.path.parent for one in found if one.kind == "jobs"}:
            with suppress(OSError):
                shelf.rmdir()
            sync_folder(shelf.parent)
        with suppress(OSError):
            (store.root / aside.FOLDER).rmdir()
    except OSError as error:
        where = shown(error.filename or store.root)
        raise BenchError(f"{where}: cannot be removed: {reason(error)}; what was removed before it is gone") from error
    finally:
        shutil.rmtree(tmp, ignore_errors=True)
