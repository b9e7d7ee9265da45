"""One result: its picture, and how it came about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from nst import colours, images
from nst.attempting import Course
from nst.balance import Ends
from nst.blended import Blended
from nst.diagnosis import Diagnosis, diagnose
from nst.images import Bytes, Pixels
from nst.observing import Attempt
from nst.preparing import Prepared
from nst.settings import Settings


@dataclass(frozen=True)
class Made:
    """A result and how it came about. K evaluations over all stages, T terms."""

    start: Pixels
    """(H, W, 3) what the last size began with, black 0 and white 1."""
    picture: Pixels
    """(H, W, 3) as it was evaluated, black 0 and white 1, not clipped."""
    image: Bytes
    """(H, W, 3) as it is saved: clipped, rounded, with the content's colours where those are kept, and blended into
    the content where that is asked for."""
    terms: tuple[str, ...]
    curve: NDArray[np.float64]
    """(K, T): weighted terms of each evaluation."""
    seconds: NDArray[np.float64]
    """(K,): optimising, from the start to the end of each evaluation; of several made together, its share."""
    sizes: NDArray[np.int64]
    """(K,): the stage that each evaluation belongs to, by its size."""
    picture_evaluation: int
    """Row of the curve that belongs to the picture; -1 where no loss was ever finite."""
    updates: int
    seed: int
    """Of the noise that this result came from."""
    diagnosis: Diagnosis | None
    attempts: tuple[Attempt, ...]
    """Given up before this one."""
    saved_loss: float = float("nan")
    """Of :attr:`image`, by the network's exact layers: what clipping, rounding, the content's colours and layers in
    fewer bits make of the loss."""
    blended: Blended | None = None
    """What was blended into the content; None where nothing was."""
    state_bytes: int = 0
    """What the optimiser held when the last size was done (:attr:`nst.synthesis.Synthesis.state_bytes`)."""
    together: int = 1
    """How many results were made together, this one included."""
    pull: Ends | None = None
    """How strongly each term pulls (:func:`nst.balance.pull`), where ``balance`` asks for it."""

    @property
    def totals(self) -> NDArray[np.float64]:
        """(K,): the loss of each evaluation."""
        totals: NDArray[np.float64] = self.curve.sum(axis=1)
        return totals

    @property
    def last_stage(self) -> slice:
        """Rows of the curve that belong to the last size: losses of different sizes are not comparable."""
        return slice(int(np.argmax(self.sizes == self.sizes[-1])), len(self.sizes))


def made(
    course: Course,
    row: int,
    settings: Settings,
    prepared: Sequence[Prepared],
    seed: int,
    attempts: tuple[Attempt, ...] = (),
) -> Made:
    """One result of an attempt.

    Args:
        course: the attempt.
        row: of which of its pictures.
        settings: of that picture.
        prepared: its stages.
        seed: of its noise.
        attempts: given up before.
    """
    done, last = course.stages, course.stages[-1]
    begun, picture = (_picture(pictures, row, settings.pixel_range) for pictures in (course.began, last.pictures))
    content = prepared[-1].content
    shown = picture if content is None else colours.recolour_result(settings.colours, picture, content)
    at, count = int(last.picture_evaluation[row]), len(last.pictures)
    return Made(
        start=begun,
        picture=picture,
        image=images.to_bytes(shown),
        terms=last.terms,
        curve=np.concatenate([result.curve[:, :, row] for result in done]),
        seconds=_joined([result.seconds for result in done]) / count,
        sizes=np.repeat([p.stage.size for p in prepared], [len(r.curve) for r in done]),
        picture_evaluation=at if at < 0 else at + sum(len(result.curve) for result in done[:-1]),
        updates=int(sum(result.updates[row] for result in done)),
        seed=seed,
        diagnosis=diagnose(
            _judged(last.curve[:, :, row].sum(axis=1), settings),
            picture,
            begun,
            line_search=settings.line_search == "strong-wolfe",
        ),
        attempts=attempts,
        state_bytes=last.state_bytes // count,
        together=count,
    )


def _judged(totals: NDArray[np.float64], settings: Settings) -> NDArray[np.float64]:
    """The losses that tell how a run went: that of the averaged picture, the last, is no step of it."""
    return totals[:-1] if settings.averaging and len(totals) > 2 else totals


def _picture(pictures: Tensor, row: int, white: float) -> Pixels:
    """One of (B, 3, H, W) as an array (H, W, 3) with white at 1."""
    array: Pixels = (pictures[row] / white).permute(1, 2, 0).cpu().numpy()
    return array


def _joined(times: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Seconds of all stages on one clock that runs while optimising."""
    ends = np.cumsum([0.0, *(part[-1] for part in times)])
    return np.concatenate([part + end for part, end in zip(times, ends[:-1], strict=True)])
