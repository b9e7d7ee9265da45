"""Ray connected for the length of a run."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import ray

from bench.engines.ray.errors import first_line
from bench.errors import BenchError

#: Bytes that Ray may keep of files on their way, where it is started here.
_OBJECT_STORE = 1_000_000_000

#: Seconds that a cluster has to answer.
_PATIENCE = 10.0

_EXPECTED = "expected host:port of a cluster that `ray start --head` began, with the same versions of Ray and Python"


@contextmanager
def connected(address: str | None) -> Iterator[None]:
    """Within a block, Ray is connected to a cluster; one that was connected already is used, and stays so.

    Args:
        address: of the cluster, ``host:port``; ``auto``: the one that this machine is a node of; ``local``: this
            machine alone, while the block lasts; None: RAY_ADDRESS, else ``auto`` where there is one, else ``local``.

    Raises:
        BenchError: when there is no cluster there.
    """
    if ray.is_initialized():
        yield
        return
    # A program that is run for its figures sends none of them anywhere, unless its user wants that.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    named = address or os.environ.get("RAY_ADDRESS")
    if named is not None:
        find(named, "--address" if address else "RAY_ADDRESS")
    try:
        _connect(named)
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        where = named or "this machine"
        raise BenchError(f"{where}: Ray cannot be connected: {first_line(error)}; {_EXPECTED}") from error
    try:
        yield
    finally:
        ray.shutdown()


def find(address: str, option: str) -> None:
    """See that something answers at an address: Ray itself would try for a quarter of an hour.

    Raises:
        BenchError: when nothing does, or it is no address.
    """
    if address in ("auto", "local"):
        return
    host, colon, port = address.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or "/" in host:
        raise BenchError(f"{option} {address}: {_EXPECTED}, or auto, or local")
    try:
        socket.create_connection((host.strip("[]"), int(port)), _PATIENCE).close()
    except (OSError, OverflowError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise BenchError(f"{option} {address}: nothing answers there: {why}; {_EXPECTED}") from error


def _connect(address: str | None) -> None:
    quiet = {"log_to_driver": False, "logging_level": "ERROR"}
    if address != "local":
        try:
            ray.init(address=address or "auto", **quiet)
            return
        except ConnectionError:
            if address is not None:
                raise
    os.environ.setdefault("RAY_worker_niceness", "0")  # else workers give way to whatever else the machine does
    ray.init(address="local", include_dashboard=False, object_store_memory=_OBJECT_STORE, **quiet)
