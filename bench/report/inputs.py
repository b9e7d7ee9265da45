"""Input pictures on the pages: what they are, and what a style of several pictures is made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.record import InputPart, InputPicture, PlannedJob
from bench.report import format as fmt
from bench.report.format import Figure
from bench.report.pictures import Broken, Picture, Source

InputKey = tuple[str, str]


@dataclass(frozen=True)
class Part:
    """One picture of a style that is made of several."""

    label: str
    share: Figure | None
    """Of its region; None where it has all of it."""
    mask: str | None
    style_mask: str | None
    picture: Picture | None


@dataclass(frozen=True)
class Input:
    """A content or style picture."""

    label: str
    source: str
    sha256: str
    picture: Picture | None
    problem: str | None
    notes: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    hashes: tuple[tuple[str, str], ...] = ()
    """SHA-256 of the parts and their masks, by name, each once."""

    @property
    def key(self) -> InputKey:
        """What tells it from other pictures: one picture may have two labels, and one label two pictures."""
        return self.label, self.sha256


def sources(given: InputPicture, folders: Sequence[Path]) -> Iterator[tuple[str, Source]]:
    """Where an input and its parts lie, by ``input:<sha256>``: in the first of the folders that has a copy."""
    shown: Iterable[InputPicture | InputPart] = (given, *given.parts)
    for picture in shown:
        copies = [folder / f"{_file_name(picture.sha256)}.png" for folder in folders]
        path = next((copy for copy in copies[:-1] if copy.is_file()), copies[-1])
        yield f"input:{picture.sha256}", Source(path)


def _file_name(sha256: str) -> str:
    """Name of an input's file, safe to make a path of whatever the plan holds."""
    return "".join(c for c in sha256.removeprefix("sha256:")[:16] if c.isalnum()) or "none"


def view(job: PlannedJob, role: str, pictures: Mapping[str, Picture | Broken]) -> Input | None:
    if role not in job.inputs:
        return None
    given = job.inputs[role]
    shown = pictures.get(f"input:{given.sha256}")
    picture = shown if isinstance(shown, Picture) else None
    problem = shown.reason if isinstance(shown, Broken) else None
    notes, parts = tuple(given.notes), tuple(_part(part, given.parts, pictures) for part in given.parts)
    return Input(given.label, given.source, given.sha256, picture, problem, notes, parts, _hashes(given.parts))


def _part(part: InputPart, of: Sequence[InputPart], pictures: Mapping[str, Picture | Broken]) -> Part:
    beside = [other.weight for other in of if other.mask_sha256 == part.mask_sha256]
    shown = pictures.get(f"input:{part.sha256}")
    return Part(
        label=part.label,
        share=fmt.share(part.weight / sum(beside), "part-share") if len(beside) > 1 and sum(beside) > 0 else None,
        mask=part.mask,
        style_mask=part.style_mask,
        picture=shown if isinstance(shown, Picture) else None,
    )


def _hashes(parts: Sequence[InputPart]) -> tuple[tuple[str, str], ...]:
    found: dict[tuple[str, str], None] = {}
    for part in parts:
        named = (
            (part.label, part.sha256),
            (part.mask, part.mask_sha256),
            (part.style_mask, part.style_mask_sha256),
        )
        found.update({(name, sha256): None for name, sha256 in named if name and sha256})
    return tuple(found)
