"""What is counted, held against counts by hand at 32 pixels."""

import json

import pytest
import torch

from bench.engines import as_plain, from_plain
from bench.inputs.stored import store_input
from bench.manifest import load
from bench.plan import make_plan
from bench.record import Memory
from bench.store import Store
from bench.worker import counting
from bench.worker import main as worker
from bench.worker.counting import Flops, count
from bench.worker.execution import execute
from bench.worker.warm import Warm

#: The features of one convolution, 3 -> 4 channels at 32 x 32, rebuilt in 3 evaluations.
ONE_CONVOLUTION = """\
name: one
images: {contents: {one: one.png}, styles: {left: left.png}}
defaults: {weights: random, width: 0.0625, size: 32, size_rule: stretch, evaluations: 3}
experiments:
  only: {task: reconstruct, defaults: {content_layers: [conv1_1], init: noise, optimizer: adam, learning_rate: 0.02}}
"""

PASS = 2 * 3 * 4 * 3 * 3 * 32 * 32


@pytest.fixture
def content(manifest, tmp_path):
    """What a worker is asked, for the only job of a manifest."""

    def make(text):
        (job,) = make_plan(load(manifest(text))).jobs.values()
        store = Store(tmp_path / "results")
        inputs = as_plain({role: store_input(store, given) for role, given in job.inputs.items()})
        return {"parameters": dict(job.parameters), "inputs": inputs, "weights": str(job.parameters["weights"])}

    return make


def test_one_convolution_is_counted_as_by_hand(content):
    counted = count(content(ONE_CONVOLUTION), "cpu")
    loss = counted.pop("final_loss")
    assert counted == {
        "evaluation_flops": 2 * PASS,  # forward, and as much again for the gradient of the picture
        "flops": PASS + 4 * 2 * PASS + PASS,  # the target; the warm-up and 3 evaluations; the loss of what is saved
        "forwards": 1 + 4 + 1,
        "evaluations": 3,
        "updates": 2,
        "parameters": counted["parameters"],
        "network_bytes": 4 * (counted["parameters"] + 6),  # beside them mean and deviation of the colours
        "state_bytes": 2 * 3 * 32 * 32 * 4 + 8,
    }
    assert loss > 0


def test_parameters_are_those_of_the_whole_network(content):
    widths = [4, 4, 8, 8, 16, 16, 16, 16, *[32] * 8]  # VGG-19's 64 to 512, by a sixteenth
    by_hand = sum(9 * before * after + after for before, after in zip([3, *widths], widths, strict=False))
    assert count(content(ONE_CONVOLUTION), "cpu")["parameters"] == by_hand


def test_what_lbfgs_multiplies_is_a_part_of_the_job_and_not_of_an_evaluation(content):
    adam = count(content(ONE_CONVOLUTION), "cpu")
    lbfgs = count(content(ONE_CONVOLUTION.replace("adam, learning_rate: 0.02", "lbfgs")), "cpu")
    assert lbfgs["evaluation_flops"] == adam["evaluation_flops"]
    # Two updates with 8 slots of 2 vectors: their products with 2 others, and what is added up of them.
    assert lbfgs["flops"] - adam["flops"] == 2 * (2 + 1) * 2 * 16 * 3 * 32 * 32


def test_of_several_sizes_an_evaluation_is_that_of_the_last(content):
    from_coarse = ONE_CONVOLUTION.replace("size: 32,", "size: 32, coarse_sizes: [16], coarse_evaluations: [2],")
    counted = count(content(from_coarse), "cpu")
    assert (counted["evaluation_flops"], counted["evaluations"]) == (2 * PASS, 5)
    quarter = PASS // 4
    assert counted["flops"] == (PASS + 4 * 2 * PASS + PASS) + (quarter + 3 * 2 * quarter)


def test_two_counts_agree_with_each_other_and_with_the_job(content, tmp_path):
    asked = content(ONE_CONVOLUTION)
    first, second = count(asked, "cpu"), count(asked, "cpu")
    assert first == second
    done = execute(
        asked["parameters"],
        from_plain(asked["inputs"]),
        asked["weights"],
        tmp_path,
        device="cpu",
        on_progress=lambda _: None,
        warm=Warm("cpu"),
    ).outcome
    assert (done.evaluations, done.updates, done.final_loss) == (3, 2, first["final_loss"])


def test_peak_bytes_are_those_beyond_what_was_held_before(content, monkeypatch):
    steps = []

    class Allocator:
        def __init__(self, device):
            steps.append(device)

        def start(self):
            steps.append("start")

        def stop(self):
            steps.append("stop")
            return Memory(peak_bytes=900, before_bytes=200, method="made up")

    monkeypatch.setattr(counting, "PeakMemory", Allocator)
    monkeypatch.setattr(counting, "_make", lambda *_: steps.append("make"))
    assert counting._peak_bytes(content(ONE_CONVOLUTION), "cpu") == 700
    assert steps == ["cpu", "start", "make", "stop"]


def test_a_worker_counts_when_it_is_asked(content):
    told = worker._carry_out({"kind": "count", "content": content(ONE_CONVOLUTION)}, "cpu", 1, lambda *_, **__: None)
    assert told["status"] == "done"
    assert json.loads(json.dumps(told["content"]))["evaluations"] == 3


def test_every_matrix_product_counts_and_what_is_done_elementwise_does_not():
    one = torch.rand(5, 7, requires_grad=True)
    with Flops() as flops:
        torch.autograd.grad((one @ torch.rand(7, 11)).square().sum(), one)
    assert flops.total == 2 * (2 * 5 * 7 * 11)
