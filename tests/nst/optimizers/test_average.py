import numpy as np
import pytest
import torch

from nst.optimizers import Average
from nst.optimizers.rows import sums


def test_it_weighs_every_picture_by_its_age_and_the_weights_add_up_to_one():
    pictures = np.random.default_rng(0).random((7, 2, 3, 4, 4))
    average = Average(0.8)
    for picture in pictures:
        average.update(torch.from_numpy(picture))
    weights = 0.2 * 0.8 ** np.arange(6, -1, -1)
    expected = np.tensordot(weights / weights.sum(), pictures, 1)
    assert np.allclose(average.value().numpy(), expected, rtol=1e-12)


def test_of_one_picture_it_is_the_picture():
    picture = torch.rand(1, 3, 4, 4)
    average = Average(0.99)
    average.update(picture)
    assert torch.allclose(average.value(), picture)


def test_a_picture_that_is_not_active_adds_nothing():
    average, one = Average(0.5), torch.ones(2, 1, 1, 1)
    average.update(one)
    average.update(torch.tensor([5.0, float("nan")]).view(2, 1, 1, 1), torch.tensor([True, False]))
    assert average.value().flatten().tolist() == pytest.approx([(0.25 * 1 + 0.5 * 5) / 0.75, 1.0])


def test_the_pictures_may_change_afterwards():
    picture = torch.ones(1, 3, 2, 2)
    average = Average(0.0)
    average.update(picture)
    picture.zero_()
    assert torch.equal(average.value(), torch.ones(1, 3, 2, 2))


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match=r"^decay is 1\.0: expected a number from 0 up to, but not including, 1$"):
        Average(1.0)
    with pytest.raises(RuntimeError, match=r"^the average of no pictures: call update\(\) before value\(\)$"):
        Average(0.9).value()


@pytest.mark.parametrize("length", [5, 1024, 196_608, 200_001])
def test_a_row_adds_up_to_the_same_bits_in_any_batch_and_on_any_number_of_threads(length):
    values = torch.randn(4, length, generator=torch.Generator().manual_seed(0))
    threads, found = torch.get_num_threads(), []
    try:
        for number in (1, 2):
            torch.set_num_threads(number)
            found += [sums(values), torch.cat([sums(row[None]) for row in values])]
    finally:
        torch.set_num_threads(threads)
    assert all(torch.equal(other, found[0]) for other in found[1:])
    assert torch.allclose(found[0].double(), values.double().sum(1), rtol=0, atol=1e-5 * length**0.5)
