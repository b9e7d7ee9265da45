"""A floor as text."""

from __future__ import annotations

from bench.amounts import in_bytes, in_seconds
from bench.floor.model import Floor, Timed


def text(floor: Floor) -> str:
    """A table of the three pieces of work, and what follows from it."""
    asked, memory = floor.asked, floor.memory
    parameters = asked.parameters
    rows = [
        ("", "one pass", "GFLOP", "GFLOP/s"),
        _row("bare network", floor.bare),
        _row("our step", floor.step),
        _row(f"convolution, {floor.ceiling_shape}", floor.ceiling),
    ]
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    low, high = floor.ratios
    history = "" if parameters["history"] is None else f", history {parameters['history']}"
    parts = f"activations {in_bytes(memory.activations)}, optimiser {in_bytes(memory.optimiser)}"
    return "\n".join(
        [
            f"{floor.machine}, {asked.device}, {floor.threads} threads, torch {floor.torch}",
            f"{parameters['backbone']} to {floor.deepest}, {asked.width} x {asked.height} pixels, "
            f"recipe {asked.recipe}, {parameters['optimizer']}{history}, {parameters['precision']}",
            "",
            *("  ".join(f"{cell:{'<' if i == 0 else '>'}{widths[i]}}" for i, cell in enumerate(row)) for row in rows),
            "",
            f"our step takes {floor.ratio:.3f} times the bare network (quartiles {low:.3f} to {high:.3f} of "
            f"{floor.rounds} rounds)",
            f"and does {floor.share:.0%} of the operations per second of the fastest convolution",
            f"memory: {in_bytes(memory.peak)} at the peak of a step, "
            f"{memory.peak / memory.paper:.2f} times what it cannot do without, {in_bytes(memory.paper)}",
            f"  ({parts}, targets {in_bytes(memory.targets)}, picture and gradient {in_bytes(memory.pictures)})",
        ]
    )


def _row(name: str, timed: Timed) -> tuple[str, str, str, str]:
    return name, in_seconds(timed.seconds), f"{timed.gflop:.1f}", f"{timed.gflops:.1f}"
