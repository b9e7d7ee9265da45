"""A worker that is slower by a known factor: real work, and the same results."""

import pytest

from bench.check.paired.slowed import Again


class Fake:
    """An evaluation that takes a second, on a clock of its own."""

    def __init__(self, seconds=1.0):
        self.now, self.calls, self.seconds = 0.0, 0, seconds

    def evaluate(self, objective, pictures):
        self.now += self.seconds
        self.calls += 1
        return objective, pictures


@pytest.mark.parametrize("factor", [1.1, 1.25, 1.5, 3.0])
@pytest.mark.parametrize("step", [0.0, 0.3])
def test_all_of_it_takes_that_many_times_as_long(factor, step):
    fake = Fake()
    again = Again(fake.evaluate, factor, now=lambda: fake.now)
    for _ in range(400):
        assert again("objective", "pictures") == ("objective", "pictures")
        fake.now += step
    assert fake.now == pytest.approx(factor * 400 * (1 + step), rel=0.01)


def test_the_time_between_two_jobs_is_none_of_its_work():
    fake = Fake()
    again = Again(fake.evaluate, 1.25, now=lambda: fake.now)
    for _ in range(4):
        again(None, None)
        fake.now += 1000
    assert fake.calls == 6, "at most an evaluation's time counts between two"


def test_the_device_is_waited_for_before_a_clock_is_read():
    fake, waits = Fake(), []
    Again(fake.evaluate, 1.1, lambda: waits.append(fake.calls), lambda: fake.now)(None, None)
    assert waits == [0, 1, 1]
