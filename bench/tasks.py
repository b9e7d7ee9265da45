"""What a job can be. A task says which pictures it reads, which groups of settings it uses and what makes its picture.

A new task is one more entry here, and a module of :mod:`bench.worker.making` where it is more than another choice of
terms; nothing of torch is imported until a worker executes it.
"""

from __future__ import annotations

from dataclasses import dataclass

from nst.groups import SYNTHESIS, TRANSFER, VIDEO, Group


@dataclass(frozen=True)
class Task:
    name: str
    summary: str
    inputs: tuple[str, ...]
    """Roles of the pictures it reads; the size of the result follows the first."""
    groups: tuple[Group, ...]
    """Of settings that it uses; those of others are None in its jobs."""
    compared: tuple[str, ...]
    """Roles of the pictures that its result is held against for figures of quality; without any it has none."""
    numbers: tuple[str, ...] = ()
    """Its own figures; one that ends in a dot is had of each layer of ``feature_layers``, whose name follows."""
    maker: str = "synthesis"
    """Module of :mod:`bench.worker.making` that makes its picture."""
    moving: bool = False
    """Whether its content is a clip: its work is then that of every frame, its losses are means over frames, there is
    no curve, and a try that was cut off leaves the frames that are done to the next."""

    def group(self, role: str) -> str:
        """Where a manifest lists what it reads in a role, under ``images``."""
        return "clips" if self.moving and role == "content" else f"{role}s"

    @property
    def has_content(self) -> bool:
        return "content" in self.inputs

    @property
    def has_style(self) -> bool:
        return "style" in self.inputs

    @property
    def optimises(self) -> bool:
        """Whether it comes to its picture by evaluations: only then is there a loss, a diagnosis and, where it makes no
        more than one, a curve."""
        return "optimiser" in self.groups


TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        Task(
            "transfer",
            "the content of one picture in the style of another",
            inputs=("content", "style"),
            groups=TRANSFER,
            compared=("content", "style"),
        ),
        Task(
            "texture",
            "a texture with the style's statistics, from noise",
            inputs=("style",),
            groups=(*SYNTHESIS, "style"),
            compared=("style",),
        ),
        Task(
            "reconstruct",
            "a picture rebuilt from its features, from noise",
            inputs=("content",),
            groups=(*SYNTHESIS, "content"),
            compared=("content",),
        ),
        Task(
            "features",
            "what the first filters of layers respond to in a picture",
            inputs=("content",),
            groups=("network", "picture", "features"),
            compared=(),
            numbers=("positive.", "largest."),
            maker="features",
        ),
        Task(
            "blend",
            "the part of the style picture that its alpha channel shows, blended into the content",
            inputs=("content", "style"),
            groups=("picture", "blend"),
            compared=("content",),
            numbers=("unknowns", "seam", "seam_pasted", "seam_target", "error"),
            maker="blend",
        ),
        Task(
            "video",
            "a clip in the style of a picture, frame by frame",
            inputs=("content", "style"),
            groups=VIDEO,
            compared=("content", "style"),
            numbers=("frames", "shots", "flicker", "flicker_source", "seconds_per_frame"),
            maker="video",
            moving=True,
        ),
    )
}
