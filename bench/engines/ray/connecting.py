"""Ray connected for the length of a run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import ray

from bench.engines.ray.roster import first_line
from bench.errors import BenchError

#: Bytes that Ray may keep of files on their way, where it is started here.
_OBJECT_STORE = 1_000_000_000


@contextmanager
def connected(address: str | None) -> Iterator[None]:
    """Within a block, Ray is connected to a cluster; one that was connected already is used, and stays so.

    Args:
        address: of the cluster, ``host:port`` or ``auto``; None: that of RAY_ADDRESS, else the one that this machine is
            a node of, else this machine alone, for as long as the block lasts.

    Raises:
        BenchError: when there is no cluster there.
    """
    if ray.is_initialized():
        yield
        return
    # A program that is run for its figures sends none of them anywhere, unless its user wants that.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    alone = address is None and not os.environ.get("RAY_ADDRESS")
    try:
        _connect(address, alone)
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        where = f"--address {address}" if address else f"RAY_ADDRESS {os.environ.get('RAY_ADDRESS')}"
        raise BenchError(
            f"{'Ray' if alone else where}: no cluster can be reached: {first_line(error)}; expected host:port of one "
            "that `ray start --head` began, with the same versions of Ray and Python"
        ) from error
    try:
        yield
    finally:
        ray.shutdown()


def _connect(address: str | None, alone: bool) -> None:
    quiet = {"log_to_driver": False, "logging_level": "ERROR"}
    if alone:
        try:
            ray.init(address="auto", **quiet)
        except ConnectionError:
            ray.init(address="local", include_dashboard=False, object_store_memory=_OBJECT_STORE, **quiet)
    else:
        ray.init(address=address, **quiet)
