"""For all tests, before any of them imports torch."""

import os

import numpy as np
import pytest

from bench.engines.local import worker_environment
from bench.manifest import load
from bench.plan import make_plan
from nst import images
from tests.bench.small import SMALL

# As in a worker: on a machine that is busy elsewhere, spinning threads make the tests many times slower.
os.environ.update({k: v for k, v in worker_environment(os.environ).items() if k == "OMP_WAIT_POLICY"})


@pytest.fixture
def folder(tmp_path):
    """A folder with three small pictures."""
    for seed, name in enumerate(("one", "left", "right")):
        pixels = np.random.default_rng(seed).integers(0, 256, (40, 48, 3), dtype=np.uint8)
        (tmp_path / f"{name}.png").write_bytes(images.encode_png(pixels))
    return tmp_path


@pytest.fixture
def manifest(folder):
    """Writes a manifest into the folder of pictures."""

    def write(text=SMALL):
        path = folder / "small.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def plan(manifest):
    return make_plan(load(manifest()))
