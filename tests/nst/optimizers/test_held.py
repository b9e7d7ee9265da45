import torch

from nst.optimizers import LBFGS, Adam, Average
from nst.optimizers.held import held_bytes

PICTURE = torch.zeros(1, 3, 4, 5)
BYTES = 3 * 4 * 5 * 4


def stepped(optimizer, times):
    pictures = PICTURE.clone()
    for _ in range(times):
        optimizer.step(pictures, torch.ones(1), torch.ones_like(pictures))
    return optimizer


def test_an_optimiser_that_was_never_asked_holds_nothing():
    assert (held_bytes(Adam(0.1)), held_bytes(LBFGS()), held_bytes(None)) == (0, 0, 0)


def test_adam_holds_two_moments_and_a_count_of_steps():
    assert held_bytes(stepped(Adam(0.1), 3)) == 2 * BYTES + 8


def test_lbfgs_holds_more_with_every_doubling_of_its_history_and_no_more_than_that():
    eight, also_eight, sixteen = (held_bytes(stepped(LBFGS(history=15), times)) for times in (1, 7, 9))
    assert eight == also_eight
    assert sixteen - eight == 8 * 2 * BYTES  # a change and a difference of gradients in each slot


def test_the_moving_average_counts_where_it_is_given():
    average = Average(0.9)
    average.update(PICTURE)
    assert held_bytes(stepped(Adam(0.1), 1), average) == 2 * BYTES + 8 + BYTES + 8


def test_memory_that_several_tensors_look_at_counts_once():
    whole = torch.zeros(100)
    assert held_bytes([whole, {"part": whole[10:]}, (whole.view(10, 10),)]) == 400
