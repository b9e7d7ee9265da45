"""What works on this machine, what is missing, and what to do about it: for ``nst-bench doctor``.

Every check of :mod:`bench.machine.checks` looks for itself and none raises: a machine in disorder is the case this is
for.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pydantic import BaseModel, ConfigDict

import bench
from bench.errors import Exit
from bench.machine import checks
from bench.machine.checks import Check, Probes
from bench.machine.torch_facts import TorchFacts


class Report(BaseModel):
    """All that was looked at."""

    model_config = ConfigDict(frozen=True)

    nst_bench: str = bench.__version__
    checks: tuple[Check, ...]

    @property
    def exit_code(self) -> Exit:
        """:attr:`Exit.USAGE` where something is bad: a run would not get far."""
        return Exit.USAGE if any(check.level == "bad" for check in self.checks) else Exit.FINE

    @property
    def text(self) -> str:
        """A line for each check, and one below it for what to do."""
        wide = max(len(check.name) for check in self.checks)
        lines = []
        for check in self.checks:
            lines.append(f"{check.level:4}  {check.name:{wide}}  {check.message}")
            if check.remedy:
                lines.append(f"{'':4}  {'':{wide}}  -> {check.remedy}")
        levels = [check.level for check in self.checks]
        bad, warned = levels.count("bad"), levels.count("warn")
        return "\n".join([*lines, f"{len(levels)} checks: {bad} bad, {warned} to know of"])


def examine(results: Path, probes: Probes | None = None) -> Report:
    """Look at everything; nothing is left behind.

    Args:
        results: the folder that results go to; it need not exist.
        probes: how to ask the machine.
    """
    probes = probes or Probes()
    temporary = Path(tempfile.gettempdir())
    with ThreadPoolExecutor(1) as pool:  # importing torch takes longer than all the rest together
        asked = pool.submit(probes.torch)
        others = [
            _guarded("memory", lambda: [checks.memory(probes)]),
            _guarded("results", lambda: [checks.disk("results", results, probes)]),
            _guarded("temporary files", lambda: [checks.disk("temporary files", temporary, probes)]),
            _guarded("file locks", lambda: [checks.locks(results)]),
            _guarded("cache", lambda: [checks.cache()]),
            _guarded("picture formats", lambda: [checks.formats()]),
            _guarded("samples", lambda: [checks.samples()]),
            _guarded("extras", lambda: [checks.extras(probes)]),
        ]
        try:
            facts = asked.result()
        except Exception as error:
            facts = TorchFacts(torch_error=f"{type(error).__name__}: {error}")
    of_torch = [
        _guarded("Python", lambda: [checks.python()]),
        _guarded("torch", lambda: [checks.torch(facts)]),
        _guarded("CUDA", lambda: checks.cuda(facts, probes)),
        _guarded("processor", lambda: [checks.processor(facts)]),
        _guarded("weights", lambda: [checks.weights(facts)]),
    ]
    return Report(checks=tuple(check for found in (*of_torch, *others) for check in found))


def _guarded(name: str, look: Callable[[], Iterable[Check]]) -> list[Check]:
    try:
        return list(look())
    except Exception as error:
        message = f"could not be looked at: {type(error).__name__}: {error}"
        return [Check(name=name, level="bad", message=message, remedy="please report this")]
