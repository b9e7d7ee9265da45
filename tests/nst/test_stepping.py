"""The pictures on their way; where they come out is in test_synthesis.py, how they are recorded in test_graphs.py."""

import pytest
import torch

from nst import problems
from nst.optimizers import LBFGS, Adam
from nst.optimizers.held import held_bytes
from nst.stepping import Stepping
from tests.nst.small import network, noise, settings, tensor


def stepping(evaluations, optimizer=None, batch=1, **options):
    objective = problems.objective(network(), settings(), 32, 32, content=noise(0), styles=[])
    start = torch.cat([tensor(noise(1 + i)) for i in range(batch)])
    return Stepping(objective, start, optimizer or LBFGS(history=5), evaluations, **options)


def addresses(own):
    tensors = (own.pictures, own.losses, own.curve, own.kept.pictures, own.kept.evaluation)
    return [tensor.data_ptr() for tensor in tensors]


@pytest.mark.parametrize("optimizer", [LBFGS(history=20), Adam(0.1)], ids=["lbfgs", "adam"])
def test_once_memory_is_reserved_nothing_moves_and_nothing_is_added(optimizer):
    own = stepping(30, optimizer, averaging=0.5)
    own.reserve()
    own.begin()
    held, places = held_bytes(optimizer), addresses(own)
    for _ in range(29):
        own.advance()
    assert (held_bytes(optimizer), addresses(own)) == (held, places)
    assert not own.curve.isnan().any()


def test_a_row_of_the_curve_is_that_of_its_evaluation():
    own = stepping(3)
    own.begin()
    first = own.losses.clone()
    assert torch.equal(own.curve[0].sum(0), first)
    assert own.curve[1:].isnan().all()
    own.advance()
    assert torch.equal(own.curve[0].sum(0), first)
    assert torch.equal(own.curve[1].sum(0), own.losses)


def test_pictures_finish_where_their_evaluations_do_if_they_are_averaged():
    averaged = stepping([4, 6], batch=2, averaging=0.5)
    assert [averaged.finishes(k) for k in range(6)] == [False, False, False, True, False, True]
    assert not any(stepping(6).finishes(k) for k in range(6))
    assert not stepping(1, averaging=0.5).finishes(0), "the only evaluation is that of the start"


@pytest.mark.parametrize("evaluations", [0, [3], [3, 0], [1, 2, 3]])
def test_evaluations_are_one_or_more_for_every_picture(evaluations):
    with pytest.raises(ValueError, match="for 2 pictures: expected 1 or more for each"):
        stepping(evaluations, batch=2)
