"""Videos that are played in step: of a run its source and its result, of a pair its source and the results of all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bench.report import words
from bench.report.format import Figure
from bench.report.model import Run
from bench.report.video import Clip, Film

#: Videos that play at a time: a page with more of them would halt in most browsers.
MOST = 8
#: Strips of frames below each other, one of each run.
MOST_STRIPS = 4
#: Figures of a video that stand below it, by their names.
_BELOW = ("flicker", "seconds_per_frame")


@dataclass(frozen=True)
class Player:
    """One video among those that play together."""

    clip: Clip
    label: str
    alt: str
    """What it shows, for those who do not see it."""
    run: Run | None
    """Whose page it leads to; None on the page of that run, and for a source."""
    figures: tuple[tuple[str, Figure], ...]
    """What was measured of it: heads and numbers."""


@dataclass(frozen=True)
class Together:
    players: tuple[Player, ...]
    left_out: int
    """Videos of the page that are not among them."""
    width: int
    height: int
    start: float
    """Time stamp of the first frame, in seconds."""
    step: float | None
    """Seconds from frame to frame; None where that is not known."""
    stamps: tuple[float, ...]
    """Time stamps of frames that are not all equally long."""
    note: str = ""
    """What else is to be known of them."""


def of_run(run: Run) -> Together | None:
    """All videos of a run; None where it has none."""
    film = run.film
    if film is None or not film.clips:
        return None
    return _together([_player(clip, clip.label, run) for clip in film.clips], film)


def of_pair(runs: Iterable[tuple[Run, str]]) -> Together | None:
    """The source and the results of runs that were made from the same, each with its settings; None without any."""
    listed = [(run, settings, run.film) for run, settings in runs if run.film and run.film.clips]
    if not listed:
        return None
    source = next((_player(c, c.label, run) for run, _, film in listed for c in film.clips if c.is_source), None)
    results = [player for run, settings, film in listed for player in _results(run, settings, film)]
    return _together([*([source] if source else []), *results], listed[0][2])


def strips(runs: Iterable[tuple[Run, str]]) -> tuple[tuple[Run, str], ...]:
    """The runs that have frames to show, with their settings; none where they are more than can be looked through."""
    having = tuple((run, settings) for run, settings in runs if run.film and run.film.frames)
    return having if len(having) <= MOST_STRIPS else ()


def _together(players: list[Player], film: Film) -> Together:
    left_out = max(0, len(players) - MOST)
    return Together(tuple(players[:MOST]), left_out, film.width, film.height, film.start, film.step, film.stamps)


def _player(clip: Clip, label: str, run: Run) -> Player:
    return Player(clip, label, f"{label} of {run.title}", None, ())


def _results(run: Run, settings: str, film: Film) -> Iterator[Player]:
    own = [clip for clip in film.clips if not clip.is_source]
    figures = tuple((words.OWN_HEADS[name], run.numbers[name]) for name in _BELOW if name in run.numbers)
    for clip in own:
        label = " · ".join(part for part in (settings, clip.label if len(own) > 1 or not settings else "") if part)
        yield Player(clip, label, f"{label} of {run.title}", run, figures)
