"""Amounts as people read them."""

import pytest

from bench.amounts import in_bytes


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (4096, "4.1 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (12_400_000_000, "12.4 GB"),
        (5_432_100_000_000_000, "5,432.1 TB"),
    ],
)
def test_bytes_have_a_unit_that_keeps_them_short(count, text):
    assert in_bytes(count) == text
