"""The engine that a command was asked for, ready for its run."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench.errors import BenchError

if TYPE_CHECKING:
    from bench.engines import Engine

#: What ``--engine`` may be.
ENGINES = ("local", "ray")

#: Makes the engine, whose workers may print to a file.
Start = Callable[[Path], "Engine"]


def engine_options() -> argparse.ArgumentParser:
    """The options that choose where workers run, as a parent parser."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument(
        "--engine", choices=ENGINES, default="local", help="local (default): this machine; ray: a Ray cluster"
    )
    parser.add_argument("--address", metavar="HOST:PORT", help="of the Ray cluster; auto, local")
    parser.add_argument("--accelerator", metavar="TYPE", help="only on GPUs of this type, as Ray names them: A100")
    return parser


@contextmanager
def chosen_engine(options: argparse.Namespace, tell: Callable[[str], None]) -> Iterator[Start]:
    """Within a block, what makes the engine; devices that are not there are refused before anything else happens.

    Args:
        tell: takes sentences for people.

    Raises:
        BenchError: when options do not go together, a device or a cluster is not there, or an extra is not installed.
    """
    if options.engine == "ray":
        if options.graphs != "never":
            raise BenchError(f"--graphs {options.graphs}: on the GPUs of this machine alone; leave it out on a cluster")
        with _on_a_cluster(options, tell) as start:
            yield start
        return
    for name in ("address", "accelerator"):
        if getattr(options, name) is not None:
            raise BenchError(f"--{name} {getattr(options, name)}: is of a cluster; add --engine ray")
    from bench.engines.local import WORKER, LocalEngine
    from bench.machine import devices

    places = devices.find(options.devices, options.jobs, warn=lambda text: tell(f"warning: {text}"))
    yield lambda log: LocalEngine(places, log, program=[*WORKER, "--graphs", options.graphs])


@contextmanager
def _on_a_cluster(options: argparse.Namespace, tell: Callable[[str], None]) -> Iterator[Start]:
    try:
        from bench.engines.ray.connecting import connected
    except ImportError as error:
        raise BenchError(f"--engine ray: Ray cannot be imported ({error}): pip install 'nst-bench[ray]'") from error
    from bench.engines.ray.cluster import request
    from bench.engines.ray.engine import RayEngine

    with connected(options.address):
        yield lambda _: RayEngine(
            lambda nodes: request(options.devices, options.jobs, options.accelerator, nodes), tell
        )
