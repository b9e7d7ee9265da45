"""What exceptions mean for a job."""

import errno

import numpy as np
import pytest

from bench.machine import allowance
from bench.worker import failures, memory
from bench.worker.failures import judge, requested_bytes


class OutOfMemoryError(RuntimeError):
    """As torch's, by name."""


CUDA = (
    "CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has a total capacity of 139.81 GiB of which 1.2 GiB is free."
)
CPU = (
    "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: "
    "you tried to allocate 12400000000 bytes. Error code 12 (Cannot allocate memory)"
)


@pytest.fixture(autouse=True)
def known_memory(monkeypatch):
    monkeypatch.setattr(memory, "highest", lambda device: 3_100_000_000)
    monkeypatch.setattr(memory, "resident", lambda: 3_000_000_000)
    monkeypatch.setattr(allowance, "left", lambda: 8_100_000_000)


def raised(error, cause=None):
    """An exception as one that was raised."""
    try:
        raise error from cause
    except Exception as caught:
        return caught


def numpy_error():
    try:
        np.empty((10**6, 10**6, 10), np.float32)
    except MemoryError as error:
        return error
    raise AssertionError("so much memory?")


def test_out_of_memory_is_told_with_all_three_figures():
    status, failure = judge(raised(RuntimeError(CPU)), "cpu")
    assert (status, failure.message) == (
        "oom",
        "out of memory on cpu: asked for 12.4 GB with 3.1 GB in use; 8.0 GB were free",
    )
    found = (failure.requested_bytes, failure.peak_bytes, failure.free_bytes)
    assert found == (12_400_000_000, 3_100_000_000, 8_000_000_000)
    assert CPU in failure.details


def test_what_the_system_does_not_tell_is_left_out(monkeypatch):
    monkeypatch.setattr(memory, "highest", lambda device: None)
    monkeypatch.setattr(allowance, "left", lambda: None)
    _, failure = judge(raised(MemoryError()), "cpu")
    assert failure.message == "out of memory on cpu: asked for more"
    assert (failure.requested_bytes, failure.peak_bytes, failure.free_bytes) == (None, None, None)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (RuntimeError(CPU), 12_400_000_000),
        (OutOfMemoryError(CUDA), 5 * 2**29),
        (OutOfMemoryError("CUDA out of memory. Tried to allocate 512 bytes."), 512),
        (numpy_error(), 4 * 10**13),
        (MemoryError(), None),
    ],
)
def test_the_allocation_that_failed_is_read_from_the_error(error, expected):
    assert requested_bytes(error) == expected


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        OutOfMemoryError(CUDA),
        RuntimeError("std::bad_alloc"),
        RuntimeError("CUDA error: out of memory"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        raised(ValueError("one.png: cannot be read"), MemoryError()),
    ],
)
def test_memory_runs_out_in_many_words(error):
    assert judge(raised(error, error.__cause__), "cpu")[0] == "oom"


@pytest.mark.parametrize(("left", "status"), [(10_000_000, "oom"), (10_000_000_000, "failed")])
def test_a_library_that_does_not_say_why_is_believed_by_what_is_left(monkeypatch, left, status):
    monkeypatch.setattr(failures, "_free", lambda device: left)
    assert judge(raised(RuntimeError("could not create a primitive")), "cpu")[0] == status


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.ENOSPC, "image.png: No space left on device"),
        (errno.EDQUOT, "image.png: Disk quota exceeded"),
    ],
)
def test_a_full_disk_is_told_apart_even_inside_another_error(number, message):
    full = OSError(number, message.partition(": ")[2], "image.png")
    for error in (raised(full), raised(ValueError("cannot write"), full)):
        status, failure = judge(error, "cpu")
        assert (status, failure.message) == ("no-space", message)


def test_another_error_of_the_disk_is_a_failure():
    status, failure = judge(raised(OSError(errno.EIO, "Input/output error", "image.png")), "cpu")
    assert (status, failure.message) == ("failed", "OSError: [Errno 5] Input/output error: 'image.png'")


def test_an_error_that_was_dealt_with_does_not_count():
    def deal():
        try:
            raise MemoryError
        except MemoryError:
            raise ValueError("a mistake") from None

    with pytest.raises(ValueError, match="a mistake") as caught:
        deal()
    assert judge(caught.value, "cpu")[0] == "failed"


@pytest.mark.parametrize(
    ("error", "lasting"),
    [
        (RuntimeError("CUDA error: an illegal memory access was encountered"), True),
        (type("AcceleratorError", (RuntimeError,), {})("an illegal instruction"), True),
        (RuntimeError("HIP error: invalid device function"), True),
        (OutOfMemoryError(CUDA), False),
        (ValueError("a mistake"), False),
    ],
)
def test_errors_of_kernels_spoil_a_process(error, lasting):
    assert failures.is_lasting(error) is lasting
