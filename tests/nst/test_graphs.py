"""What a step is may be recorded and done again blindly: by a recorder that keeps a CUDA graph's rules on a processor,
and by CUDA itself where there is a GPU."""

from itertools import count

import pytest
import torch

from nst import graphs, problems
from nst.graphs import Way, recorded
from nst.making import make
from nst.objectives import together
from nst.observing import Silent
from nst.optimizers import LBFGS, Adam
from nst.problems import StylePart
from nst.stepping import Stepping
from nst.synthesis import carry_out, synthesize
from tests.nst.recording import HostWaitsError, record
from tests.nst.small import network, noise, settings, stored, tensor

STEPS = 30

OPTIMIZERS = {
    "lbfgs-10": lambda: LBFGS(history=10),
    "lbfgs-20": lambda: LBFGS(history=20),
    "lbfgs-100": lambda: LBFGS(history=100),
    "lbfgs-torch": lambda: LBFGS(history=10, gate="torch", max_change=0.3),
    "adam": lambda: Adam(0.05),
}
OPTIONS = {
    "plain": {},
    "averaged": {"clamp": True, "averaging": 0.9},
    "best": {"keep": "best"},
}


def starts(batch):
    return torch.cat([tensor(noise(20 + i, 24, 32)) for i in range(batch)])


def transfer(batch, **changes):
    def one(i):
        chosen = settings(tv_weight=1.0, **changes)
        styles = [StylePart(noise(10 + i))]
        return problems.objective(network(), chosen, 24, 32, content=noise(i, 24, 32), styles=styles)

    return together([one(i) for i in range(batch)])


class Troubled:
    """An objective that is not finite for the second picture, and rises where it should fall, at some evaluations;
    which, it counts on the device."""

    tf32 = waits = False

    def __init__(self, objective):
        self._objective = objective
        self.names, self.pixel_range = objective.names, objective.pixel_range
        self._asked = torch.zeros((), dtype=torch.long)

    def __call__(self, pictures):
        self._asked += 1
        terms = self._objective(pictures)
        broken = torch.arange(terms.shape[1]) == 1
        terms = torch.where(broken & (self._asked % 7 == 3), torch.nan, terms)
        return torch.where(self._asked % 11 == 5, -terms, terms)


def same(found, expected):
    assert torch.equal(found.pictures, expected.pictures)
    assert found.curve.tobytes() == expected.curve.tobytes()  # as NaN is to be NaN
    assert found.updates.tolist() == expected.updates.tolist()
    assert found.picture_evaluation.tolist() == expected.picture_evaluation.tolist()


def blindly(objective, start, optimizer, evaluations, **options):
    stepping = Stepping(objective, start, optimizer, evaluations, **options)
    way = recorded(stepping, record)
    assert way.recorded
    return carry_out(stepping, way)


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("evaluations", [STEPS, [STEPS, 9, 30]], ids=["even", "uneven"])
@pytest.mark.parametrize("batch", [1, 3])
def test_a_recording_goes_where_calls_go_to_the_bit(batch, evaluations, optimizer, options):
    own = evaluations if isinstance(evaluations, int) else evaluations[:batch]
    new = OPTIMIZERS[optimizer]
    expected = synthesize(transfer(batch), starts(batch), new(), own, **OPTIONS[options])
    same(blindly(transfer(batch), starts(batch), new(), own, **OPTIONS[options]), expected)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_so_it_does_where_losses_are_not_finite_and_pairs_are_refused(optimizer):
    new = OPTIMIZERS[optimizer]
    expected = synthesize(Troubled(transfer(3)), starts(3), new(), STEPS)
    assert expected.updates[1] < expected.updates[0]
    same(blindly(Troubled(transfer(3)), starts(3), new(), STEPS), expected)


def test_an_optimiser_that_comes_from_another_size_is_recorded_as_well():
    def carried():
        optimizer = Adam(0.05)
        synthesize(transfer(1), starts(1), optimizer, 5)
        return optimizer.resized(24, 32)

    same(blindly(transfer(1), starts(1), carried(), 12), synthesize(transfer(1), starts(1), carried(), 12))


@pytest.mark.parametrize("evaluations", [1, 2, 8, 9, 30])
def test_a_recording_holds_as_much_as_calls_do_in_the_end(evaluations):
    expected = synthesize(transfer(1), starts(1), LBFGS(history=20), evaluations)
    found = blindly(transfer(1), starts(1), LBFGS(history=20), evaluations)
    same(found, expected)
    assert found.state_bytes == expected.state_bytes or evaluations == 1  # of which calls need no step at all


def test_recording_changes_nothing():
    stepping = Stepping(transfer(1), starts(1), LBFGS(), 5, averaging=0.5)
    way = recorded(stepping, record)
    assert torch.equal(stepping.pictures, starts(1))
    assert stepping.curve.isnan().all()
    assert stepping.optimizer.updates.tolist() == [0]
    way.begin()
    way.advance()
    assert stepping.optimizer.updates.tolist() == [1]


@pytest.mark.parametrize("precision", ["float32", "float64", "bfloat16"])
def test_every_precision_is_recorded(precision):
    from nst import backbones

    chosen = settings(precision=precision)
    own = backbones.from_settings(chosen, "cpu")

    def objective():
        return problems.objective(own, chosen, 24, 32, content=noise(0, 24, 32), styles=[StylePart(noise(1))])

    start = starts(1).to(own.mean)
    same(blindly(objective(), start, LBFGS(), 8), synthesize(objective(), start, LBFGS(), 8))


class TestTheRecorderKeepsAGraphsRules:
    """Or what it shows would prove nothing."""

    def test_numbers_of_the_host_stay_as_they_were(self):
        numbers, seen = count(1), torch.zeros(())
        (again,) = record([lambda: seen.fill_(next(numbers))])
        for _ in range(2):
            again()
            assert seen.item() == 1

    def test_a_tensor_that_takes_anothers_place_is_not_seen(self):
        class Held:
            value = torch.zeros(())

            def step(self):
                self.value = self.value + 1

        held = Held()
        (again,) = record([held.step])
        again()
        before = held.value.clone()
        again()
        assert torch.equal(held.value, before)

    @pytest.mark.parametrize(
        "work",
        [
            lambda values: float(values.sum()),
            lambda values: values[values > 0],
            lambda values: values.masked_fill_(values > 0, 1.0).nonzero(),
            lambda values: bool((values > 0).any()),
            lambda values: values + torch.tensor(1.0),
        ],
    )
    def test_whoever_waits_for_numbers_is_refused(self, work):
        with pytest.raises(HostWaitsError):
            record([lambda: work(torch.rand(5))])

    def test_a_growing_history_is_not_recorded_right(self):
        """Without reserve(), that is: what these tests are there to catch."""
        stepping = Stepping(transfer(1), starts(1), LBFGS(), 30)
        way = Way(*record([stepping.begin, stepping.advance, stepping.finish]))
        with pytest.raises((AssertionError, IndexError, RuntimeError)):
            same(carry_out(stepping, way), synthesize(transfer(1), starts(1), LBFGS(), 30))


class TestWhereThereIsNoRecordingItIsSaid:
    def test_a_line_search(self):
        way = recorded(Stepping(transfer(1), starts(1), LBFGS(line_search="strong-wolfe"), 5), pytest.fail)
        assert (way.recorded, way.why_not[:13]) == (False, "a line search")

    def test_eigenvalues(self):
        way = recorded(Stepping(transfer(1, style_statistic="wasserstein"), starts(1), LBFGS(), 5), pytest.fail)
        assert not way.recorded
        assert "eigenvalues" in way.why_not

    def test_a_recording_that_fails_and_the_run_goes_on_as_if_nothing_had_been(self):
        def fragile(works):
            record(works)
            raise RuntimeError("CUDA error: operation not permitted when stream is capturing\nCompile with ...")

        stepping = Stepping(transfer(1), starts(1), LBFGS(), 12)
        way = recorded(stepping, fragile)
        assert way.why_not == ("recording a step failed: CUDA error: operation not permitted when stream is capturing")
        same(carry_out(stepping, way), synthesize(transfer(1), starts(1), LBFGS(), 12))

    def test_but_memory_that_runs_out_is_another_matter(self):
        def full(works):
            raise torch.OutOfMemoryError("CUDA out of memory")

        with pytest.raises(torch.OutOfMemoryError):
            recorded(Stepping(transfer(1), starts(1), LBFGS(), 5), full)


def test_on_a_processor_nothing_is_recorded_and_nothing_said(monkeypatch):
    class Heard(Silent):
        def stepping(self, recorded, why_not):
            pytest.fail("told of recordings")

    monkeypatch.setattr(graphs, "capture", pytest.fail)
    chosen = settings(evaluations=3)
    assert len(make(network(), chosen, content=stored(0), styles=[], observer=Heard()).curve) == 3
