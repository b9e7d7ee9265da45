"""A floor as text."""

from __future__ import annotations

from bench.amounts import in_bytes, in_seconds
from bench.floor.model import Compiled, Floor, Timed


def text(floor: Floor) -> str:
    """A table of the three pieces of work, and what follows from it."""
    asked, memory, compiled = floor.asked, floor.memory, floor.compiled
    parameters = asked.parameters
    rows = [
        ("", "one pass", "GFLOP", "GFLOP/s"),
        _row("bare network", floor.bare),
        _row("our step", floor.step),
        *([_row("our step, compiled", compiled.step)] if compiled is not None and compiled.step is not None else []),
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
            *([] if compiled is None else [_of(compiled, floor.step)]),
            f"and does {floor.share:.0%} of the operations per second of the fastest convolution",
            f"memory: {in_bytes(memory.peak)} at the peak of a step, "
            f"{memory.peak / memory.paper:.2f} times what it cannot do without, {in_bytes(memory.paper)}",
            f"  ({parts}, targets {in_bytes(memory.targets)}, picture and gradient {in_bytes(memory.pictures)})",
        ]
    )


def _of(compiled: Compiled, step: Timed) -> str:
    if compiled.failure:
        return f"torch.compile failed: {compiled.failure}"
    pays = compiled.pays_after(step)
    when = "which is never made up for" if pays is None else f"made up for after {pays:,.0f} steps"
    return f"compiled it takes {compiled.ratio:.3f} times that; compiling took {in_seconds(compiled.seconds)}, {when}"


def _row(name: str, timed: Timed) -> tuple[str, str, str, str]:
    return name, in_seconds(timed.seconds), f"{timed.gflop:.1f}", f"{timed.gflops:.1f}"
