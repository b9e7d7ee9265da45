"""A process of its own for the measuring, whatever becomes of it. No torch here."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping

from pydantic import ValidationError

from bench.engines.local import worker_environment
from bench.errors import BenchError
from bench.floor.model import Asked, Floor


class FloorError(BenchError):
    """The measuring ended without figures."""


def ask(asked: Asked, variables: Mapping[str, str] | None = None) -> Floor:
    """What was asked, measured as a worker would: with its environment, and alone in its process.

    Args:
        asked: what to measure.
        variables: environment of a slot, over one's own.

    Raises:
        FloorError: where the process ended without figures, with its last words.
    """
    command = [sys.executable, "-P", "-m", "bench.floor.measure"]
    environment = worker_environment(os.environ, variables)
    done = subprocess.run(
        command, input=asked.model_dump_json(), capture_output=True, text=True, check=False, env=environment
    )
    try:
        return Floor.model_validate_json(done.stdout.splitlines()[-1] if done.stdout else "")
    except ValidationError:
        last = (done.stderr.strip().splitlines() or ["without a word"])[-1]
        raise FloorError(f"the measuring ended with code {done.returncode}: {last[:500]}") from None
