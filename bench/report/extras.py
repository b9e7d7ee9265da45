"""Pictures that a run left beside its own: sheets of single layers, the mask and the parts of a blend.

Every ``*.png`` of a record is one but ``image.png`` and the frames of a video (:mod:`bench.report.video`). They stand
in the record's order, which is that of their making.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.record import Record
from bench.report import video, words
from bench.report.axes import frozen
from bench.report.pictures import Broken, Picture, Source
from bench.results import Results

if TYPE_CHECKING:
    from bench.report.model import Run

_LAYER = "layer-"


#: Parameters that say how a part is blended.
_WAYS = frozenset({"blend", "blend_seam"})
#: A picture so many times as wide as it is high stands in a row of its own.
_WIDE = 2.0


@dataclass(frozen=True)
class Extra:
    """A picture beside a run's own."""

    label: str
    picture: Picture
    page: str = ""
    """Where it leads; empty: to the picture itself."""

    @property
    def wide(self) -> bool:
        return self.picture.width > _WIDE * self.picture.height


def side_by_side(run: Run, others: Iterable[Run]) -> tuple[Extra, ...]:
    """What a run shows beside its picture: of a blend all that it came from, and every other way to blend it.

    Args:
        run: with a record or not.
        others: runs that differ from it in nothing but the way to blend, or the seam: of those that have one, its own
            counts, or the first.
    """
    if run.task != "blend":
        return run.extras
    own = {extra.label: extra for extra in run.extras}
    inputs = {"source": run.style, "target": run.content}
    given = {name: Extra(name, one.picture) for name, one in inputs.items() if one and one.picture}
    shown = [found for name in ("mask", "source", "target", "pasted") if (found := own.get(name) or given.get(name))]
    seam = run.parameters.get("blend_seam")
    like = [
        one
        for one in others
        if None in (seam, one.parameters.get("blend_seam")) or one.parameters["blend_seam"] == seam
    ]
    made = {str(one.parameters.get("blend")): one for one in (*reversed(like), run)}
    if "pasted" in own:
        made.pop("paste", None)
    return (
        *shown,
        *(
            Extra(told, picture, "" if made[kind] is run else made[kind].page)
            for kind, told in words.BLENDS.items()
            if kind in made and (picture := made[kind].picture)
        ),
    )


def blended_otherwise(runs: Iterable[Run]) -> Mapping[str, Sequence[Run]]:
    """By the id of a blend: the others of the same pictures that differ in nothing but how it is blended."""
    alike: dict[Hashable, list[Run]] = {}
    for run in runs:
        if run.task == "blend":
            rest = tuple((name, frozen(value)) for name, value in run.parameters.items() if name not in _WAYS)
            alike.setdefault((run.pair, rest), []).append(run)
    return {run.id: [other for other in group if other is not run] for group in alike.values() for run in group}


def sources(results: Results, record: Record) -> Iterator[tuple[str, Source]]:
    """The pictures of a run as the site takes them."""
    for name in _names(record):
        yield _key(record, name), Source(results.folders[record.id] / name, record.files[name])


def extras(record: Record | None, made: Mapping[str, Picture | Broken]) -> tuple[tuple[Extra, ...], tuple[str, ...]]:
    """What there is to show of a run, and why the rest is not; ``made`` are the site's pictures."""
    found, problems = [], []
    for name in _names(record) if record else ():
        shown = made.get(_key(record, name), Broken(f"{name} was not read")) if record else None
        if isinstance(shown, Picture):
            found.append(Extra(Path(name).stem.removeprefix(_LAYER), shown))
        elif shown is not None:
            problems.append(shown.reason)
    return tuple(found), tuple(problems)


def _names(record: Record) -> list[str]:
    return [name for name in record.files if name.endswith(".png") and name != "image.png" and not video.is_frame(name)]


def _key(record: Record, name: str) -> str:
    return f"{record.id}:{name}"
