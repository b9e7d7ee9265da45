"""Input pictures on the pages: what they are, and what a style of several pictures is made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.record import InputPart, InputPicture, PlannedJob
from bench.report import format as fmt
from bench.report import words
from bench.report.format import Figure
from bench.report.pictures import Broken, Picture, Source


@dataclass(frozen=True)
class Part:
    """One picture of a style that is made of several."""

    label: str
    share: Figure
    """Of its region."""
    mask: str | None
    style_mask: str | None
    hashes: tuple[tuple[str, str], ...]
    """Of the picture and its masks, by name."""
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


def sources(given: InputPicture, folder: Path) -> Iterator[tuple[str, Source]]:
    """Where an input and its parts lie in a results folder, by ``input:<sha256>``."""
    shown: Iterable[InputPicture | InputPart] = (given, *given.parts)
    for picture in shown:
        path = folder / "inputs" / f"{_file_name(picture.sha256)}.png"
        yield f"input:{picture.sha256}", Source(path, words.slug(picture.label, picture.sha256))


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
    return Input(given.label, given.source, given.sha256, picture, problem, notes, parts)


def _part(part: InputPart, of: Sequence[InputPart], pictures: Mapping[str, Picture | Broken]) -> Part:
    whole = sum(other.weight for other in of if other.mask_sha256 == part.mask_sha256)
    hashes = {"": part.sha256, "mask": part.mask_sha256, "style_mask": part.style_mask_sha256}
    shown = pictures.get(f"input:{part.sha256}")
    return Part(
        label=part.label,
        share=fmt.share(part.weight / whole if whole > 0 else None, "part-share"),
        mask=part.mask,
        style_mask=part.style_mask,
        hashes=tuple((f"{part.label} {name}".rstrip(), value) for name, value in hashes.items() if value),
        picture=shown if isinstance(shown, Picture) else None,
    )
