"""What a job can be. A task says which pictures it reads, and with them which parts of the objective it has.

A new synthesis task is one more entry here; nothing of torch is imported until a worker executes it
(:mod:`bench.worker.execution`).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Task:
    name: str
    summary: str
    inputs: tuple[str, ...]
    """Roles of the pictures it reads; the size of the result follows the first."""

    @property
    def has_content(self) -> bool:
        return "content" in self.inputs

    @property
    def has_style(self) -> bool:
        return "style" in self.inputs


TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        Task("transfer", "the content of one picture in the style of another", ("content", "style")),
        Task("texture", "a texture with the style's statistics, from noise", ("style",)),
        Task("reconstruct", "a picture rebuilt from its features, from noise", ("content",)),
    )
}
