"""A results folder with nothing in it."""

import pytest

from bench.store import Store


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "results")
