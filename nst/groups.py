"""Groups of settings: a run uses those of its task, and all others are None to it. No torch here."""

from __future__ import annotations

from typing import Literal

Group = Literal[
    "network", "picture", "style-picture", "stages", "start", "content", "style", "variation", "optimiser", "record",
    "features", "blend", "video",
]  # fmt: skip

#: What every synthesis uses beside the content's settings, the style's or both. Whoever uses the optimiser's uses them.
SYNTHESIS: tuple[Group, ...] = (
    "network", "picture", "style-picture", "stages", "start", "variation", "optimiser", "record",
)  # fmt: skip
#: Of a style transfer, which has the most.
TRANSFER: tuple[Group, ...] = (*SYNTHESIS, "content", "style", "blend")
#: Of a clip whose every frame is a transfer.
VIDEO: tuple[Group, ...] = (*TRANSFER, "video")
