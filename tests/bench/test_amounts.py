"""Amounts as people read them."""

import pytest

from bench.amounts import in_bytes, in_seconds, percent, plainly


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


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (4321, "4321 s"),
        (99.96, "100 s"),
        (12.34, "12.3 s"),
        (9.996, "10.0 s"),
        (1.2345, "1.23 s"),
        (0.9996, "1.00 s"),
        (0.9994, "999 ms"),
        (8.1e-6, "8.10 µs"),
        (2e-9, "2.00 ns"),
        (1e-11, "0.01 ns"),
        (-0.25, "−250 ms"),
    ],
)
def test_seconds_have_three_digits(seconds, text):
    assert in_seconds(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.02, "20 ms"), (3e-9, "3 ns"), (1.5, "1.5 s"), (0.0, "0 ns"), (2.5e-5, "25 µs")],
)
def test_a_time_that_somebody_chose(seconds, shown):
    assert plainly(seconds) == shown


@pytest.mark.parametrize(("share", "shown"), [(0.1, "10%"), (0.025, "2.5%"), (3.0, "300%"), (0.07, "7%")])
def test_a_share_that_somebody_chose(share, shown):
    assert percent(share) == shown
