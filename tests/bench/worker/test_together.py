"""Real jobs as one batch, in this process."""

import numpy as np
import pytest
from PIL import Image

from bench.inputs.stored import store_input
from bench.manifest import load
from bench.plan import make_plan
from bench.store import Store
from bench.worker import together
from bench.worker.execution import execute_order
from bench.worker.making import order_of
from bench.worker.together import execute_together
from bench.worker.warm import Warm
from tests.bench.small import SMALL

pytestmark = pytest.mark.usefixtures("own_temporary_folder")


@pytest.fixture
def orders(manifest, tmp_path):
    """The four jobs of the small manifest: two styles, from noise and from the content."""

    def make(name):
        store, found = Store(tmp_path / name), []
        for job in make_plan(load(manifest(SMALL))).jobs.values():
            inputs = {role: store_input(store, given) for role, given in job.inputs.items()}
            found.append(order_of(job.parameters, inputs, str(job.parameters["weights"]), store.scratch(job.id)))
        return found

    return make


def carry_out(orders, heard=None):
    heard = [] if heard is None else heard
    return execute_together(orders, device="cpu", on_progress=heard.append, warm=Warm("cpu"))


def alone(order):
    return execute_order(order, device="cpu", on_progress=lambda _: None, warm=Warm("cpu"))


def test_each_job_has_its_own_figures_and_files(orders):
    heard = []
    together, single = orders("together"), orders("single")
    for found, order, twin in zip(carry_out(together, heard), together, single, strict=True):
        expected = alone(twin)
        assert found.outcome.final_loss == pytest.approx(expected.outcome.final_loss, rel=1e-3)
        assert found.outcome.quality.structure == pytest.approx(expected.outcome.quality.structure, abs=0.02)
        assert set(found.files) == set(expected.files) == {path.name for path in order.folder.iterdir()}
        pictures = [np.asarray(Image.open(one.folder / "image.png"), dtype=float) for one in (order, twin)]
        assert np.abs(pictures[0] - pictures[1]).mean() < 1
    assert [len(progress.losses) for progress in heard] == [4]


def test_its_times_are_shares_and_no_others_and_nothing_is_said_of_its_memory(orders):
    found = carry_out(orders("together"))
    for one in found:
        assert (one.timing.batch, one.timing.valid) == (4, False)
        assert "made together with 3 others: times are its share of theirs" in one.timing.invalid_reason
        assert (one.memory.peak_bytes, one.memory.before_bytes) == (None, None)
    assert len({one.timing.optimise for one in found}) == 1
    assert alone(orders("single")[0]).timing.batch == 1


def test_a_batch_that_does_not_fit_is_divided_until_it_does_and_that_is_said(orders, monkeypatch):
    tried, real = [], together.make_together

    def tight(orders, *rest):
        tried.append(len(orders))
        if len(orders) > 2:
            raise MemoryError("not enough memory: you tried to allocate 1000000 bytes")
        return real(orders, *rest)

    monkeypatch.setattr(together, "make_together", tight)
    heard = []
    found = carry_out(orders("together")[:3], heard)
    assert tried == [3, 2]
    assert [one.timing.batch for one in found] == [2, 2, 1]
    assert "(3 at once did not fit into memory)" in found[0].timing.invalid_reason
    assert found[2].timing.invalid_reason is None
    assert all(one.outcome.final_loss for one in found)


def test_one_that_cannot_be_made_at_all_ends_the_batch(orders):
    good, bad = orders("together")[:2]
    next(iter(bad.inputs["content"])).path.write_bytes(b"no picture")
    with pytest.raises(Exception, match="picture"):
        carry_out([good, bad])
