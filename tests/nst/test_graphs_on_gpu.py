"""Steps recorded by CUDA itself."""

import pytest
import torch

from nst import backbones, graphs, problems
from nst.arithmetic import exact
from nst.making import make
from nst.objectives import together
from nst.observing import Silent
from nst.optimizers import LBFGS, Adam
from nst.problems import StylePart
from nst.stepping import Stepping
from nst.synthesis import carry_out
from tests.nst.small import noise, settings, stored, tensor

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]

OPTIMIZERS = {"lbfgs": lambda: LBFGS(history=10), "long": lambda: LBFGS(), "adam": lambda: Adam(0.05)}


@pytest.fixture(autouse=True)
def exactly():
    with exact():
        yield


@pytest.fixture
def no_waiting():
    """Puts the device into a state in which waiting for it is an error."""

    def forbid():
        torch.cuda.set_sync_debug_mode("error")

    yield forbid
    torch.cuda.set_sync_debug_mode("default")


def objective(batch=2, **changes):
    chosen = settings(tv_weight=1.0, **changes)
    network = backbones.from_settings(chosen, "cuda")

    def one(i):
        styles = [StylePart(noise(10 + i, 64, 64))]
        return problems.objective(network, chosen, 64, 64, content=noise(i, 64, 64), styles=styles)

    return together([one(i) for i in range(batch)])


def steps(made, optimizer, evaluations=40, **options):
    start = torch.cat([tensor(noise(20 + i, 64, 64)) for i in range(2)]).cuda()
    return Stepping(made, start, optimizer, evaluations, **options)


def rehearse(stepping):
    graphs.rehearse([stepping.begin, stepping.advance, stepping.advance])


@pytest.mark.parametrize("precision", ["float32", "tf32", "bfloat16"])
@pytest.mark.parametrize("options", [{}, {"clamp": True, "averaging": 0.9}], ids=["plain", "averaged"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_recording_goes_where_calls_go(optimizer, options, precision):
    made = objective(precision=precision)
    rehearse(steps(made, OPTIMIZERS[optimizer](), 3))
    plain = steps(made, OPTIMIZERS[optimizer](), **options)
    plain.reserve()
    expected = carry_out(plain, graphs.plainly(plain))
    own = steps(made, OPTIMIZERS[optimizer](), **options)
    way = graphs.recorded(own)
    assert way.recorded, way.why_not
    found = carry_out(own, way)
    assert found.updates.tolist() == expected.updates.tolist()
    assert found.curve[:5] == pytest.approx(expected.curve[:5], rel=1e-4)
    assert found.curve[-1].sum(0) == pytest.approx(expected.curve[-1].sum(0), rel=0.01)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_neither_calls_nor_recordings_wait_for_the_device(optimizer, no_waiting):
    made = objective()
    rehearse(steps(made, OPTIMIZERS[optimizer](), 3))
    own = steps(made, OPTIMIZERS[optimizer]())
    own.reserve()
    plain = graphs.plainly(own)
    way = graphs.recorded(steps(made, OPTIMIZERS[optimizer]()))
    assert way.recorded, way.why_not
    torch.cuda.synchronize()
    no_waiting()
    for one in (plain, way):
        one.begin()
        for _ in range(12):
            one.advance()


def test_what_cannot_be_recorded_is_said_and_the_run_goes_on():
    made = objective()

    class Waiting:
        tf32 = waits = False
        names, pixel_range = made.names, made.pixel_range

        def __call__(self, pictures):
            terms = made(pictures)
            return terms * (1.0 if float(terms.sum()) > 0 else 2.0)

    rehearse(steps(Waiting(), LBFGS(), 3))
    own = steps(Waiting(), LBFGS(), 12)
    way = graphs.recorded(own)
    assert not way.recorded
    assert way.why_not.startswith("recording a step failed: ")
    result = carry_out(own, way)
    assert result.curve[-1].sum() < result.curve[0].sum()


def test_a_run_is_recorded_and_says_so():
    class Heard(Silent):
        told = ()

        def stepping(self, recorded, why_not):
            self.told = (recorded, why_not)

    heard, plain = Heard(), Heard()
    chosen = settings(size=64, evaluations=20)
    network = backbones.from_settings(chosen, "cuda")
    pictures = {"content": stored(0, 64, 64), "styles": []}
    found = make(network, chosen, observer=heard, **pictures)
    expected = make(network, chosen, observer=plain, graphs=False, **pictures)
    assert (heard.told, plain.told) == ((True, ""), ())
    assert found.totals[:5] == pytest.approx(expected.totals[:5], rel=1e-4)
