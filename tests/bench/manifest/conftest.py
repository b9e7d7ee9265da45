"""What is said of a manifest with mistakes."""

import pytest

from bench.errors import BenchError
from bench.manifest import load
from bench.plan import make_plan


@pytest.fixture
def complaint(manifest, folder):
    """The whole message that a manifest gets, with the folder's name cut out."""

    def read(text):
        path = manifest(text)
        with pytest.raises(BenchError) as caught:
            make_plan(load(path))
        assert caught.value.exit_code == 2
        return str(caught.value).replace(f"{folder}/", "")

    return read
