"""The course of learning, in the small: what comes out is what was learned, and the same each time."""

import subprocess
import sys
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file

from nst import backbones, weights
from nst.compact.training import counterfeits, learning, pieces
from nst.compact.training.damages import DAMAGES
from nst.compact.training.learning import Plan, learn
from nst.compact.training.network import TAPS, Learner
from nst.layers import topology

SMALL = Plan(steps=4, batch=8, exemplars=10, seeds=1, leaves=1, counterfeits=2)


def blocks(count, seed=0):
    """Pieces of blocks of random colours: nothing has to be drawn for them."""
    generator = torch.Generator().manual_seed(seed)
    cells = torch.randint(0, 256, (count, 3, 14, 14), generator=generator, dtype=torch.uint8)
    return cells.repeat_interleave(8, 2).repeat_interleave(8, 3)


@pytest.fixture(scope="module")
def learner():
    torch.manual_seed(0)
    learner = Learner(10, 3)
    for module in learner.modules():  # as after some steps: nothing is at its first value
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, 0, 0.3)
            torch.nn.init.normal_(module.running_mean, 0, 0.3)
            torch.nn.init.uniform_(module.running_var, 0.5, 2)
    return learner.eval()


def test_the_weights_compute_what_the_learner_did_but_for_each_channels_scale(learner):
    crops = torch.rand(6, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    state = learner.weights(crops, torch.Generator().manual_seed(2))
    shape = topology("compact")
    weights.check(shape, {name: tensor.shape for name, tensor in state.items()})
    network = backbones.Backbone(shape, "average", state)
    taps = [tap for tap in shape.taps if tap.startswith("relu")]
    grain = torch.randn(crops.shape, generator=torch.Generator().manual_seed(2))
    grain = crops.mean((2, 3), keepdim=True) + 0.2 * grain
    with torch.no_grad():
        expected, found = learner.features(crops, taps), network(crops, taps)
        noise = network(grain, taps)
    for tap in taps:
        active = found[tap].mean((0, 2, 3)) + noise[tap].square().mean((0, 2, 3)).sqrt()
        live = active > 0.999
        assert live.sum() > len(live) / 2
        assert active.max() < 1.001
        scale = found[tap].sum((0, 2, 3)) / expected[tap].sum((0, 2, 3)).clamp_min(1e-6)
        scaled = expected[tap] * scale.view(1, -1, 1, 1)
        assert torch.allclose(found[tap][:, live], scaled[:, live], rtol=1e-3, atol=1e-3)


def test_a_dead_channel_does_not_become_infinite(learner):
    crops = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    norm = learner.steps["conv1_2"][1]
    kept = norm.weight.detach().clone(), norm.bias.detach().clone()
    with torch.no_grad():
        norm.weight[0], norm.bias[0] = 0.0, -1.0
        state = learner.weights(crops, torch.Generator().manual_seed(2))
        norm.weight.copy_(kept[0])
        norm.bias.copy_(kept[1])
    assert all(tensor.half().isfinite().all() for tensor in state.values())


def test_every_head_tells_pieces_and_damages(learner):
    heads = learner(torch.rand(5, 3, 64, 64))
    assert list(heads) == list(TAPS)
    assert {(*piece.shape, *harm.shape) for piece, harm in heads.values()} == {(5, 10, 5, 3)}


def test_the_same_plan_gives_the_same_weights_and_another_seed_others():
    first, again, other = (learn(plan, blocks(10)) for plan in (SMALL, SMALL, replace(SMALL, seed=1)))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["0.weight"], other["0.weight"])


def test_a_few_pieces_are_soon_told_apart():
    told = []
    plan = replace(SMALL, steps=40, batch=16, damaged=0.0)
    learn(plan, blocks(10), report=told.append, every=10)
    assert [progress.step for progress in told] == [10, 20, 30, 40]
    assert told[-1].loss < 0.6 * told[0].loss
    assert told[-1].exemplars > 0.9


def test_what_piece_a_damaged_crop_was_of_is_not_asked():
    index, kinds = torch.tensor([0, 1]), torch.tensor([0, 2])
    harm = torch.zeros(2, 3)
    sure, wrong = torch.tensor([[9.0, 0], [0, 9.0]]), torch.tensor([[9.0, 0], [9.0, 0]])
    losses = [learning._judge([(piece, harm)], index, kinds)[0].item() for piece in (sure, wrong)]
    assert losses[0] == losses[1]
    assert learning._judge([(wrong, harm)], index, torch.zeros(2, dtype=torch.int64))[0].item() > losses[0] + 1


def test_counterfeits_come_nearer_to_the_matrices_they_are_to_have(learner):
    generator = torch.Generator().manual_seed(0)
    stock = counterfeits.Counterfeits(12, learner, blocks(10), generator, 10)
    crops, kinds = torch.rand(16, 3, 64, 64), torch.zeros(16, dtype=torch.int64)
    before = stock.among(crops, kinds, 1)
    assert before[0] is crops
    mixed, classes = stock.among(crops, kinds, 2)
    assert classes.tolist() == [0] * 14 + [len(DAMAGES) + 1] * 2
    assert torch.equal(mixed[:14], crops[:14])
    assert torch.equal(crops[:14], mixed[:14])
    assert not torch.equal(mixed[14:], crops[14:])

    real = pieces.crop(blocks(10), torch.Generator().manual_seed(5))
    wanted = stock._matrices(real)["relu2_2"].mean(0)
    made, noise = stock._matrices(stock._stock)["relu2_2"].mean(0), stock._matrices(torch.rand(64, 3, 64, 64))
    assert (made - wanted).norm() < 0.7 * (noise["relu2_2"].mean(0) - wanted).norm()
    assert all(parameter.requires_grad for parameter in learner.parameters())


@pytest.mark.slow
def test_the_command_writes_a_file_that_the_network_takes(tmp_path):
    file = tmp_path / "own.safetensors"
    plan = ["--steps", "2", "--batch", "4", "--exemplars", "10", "--seeds", "1", "--leaves", "1"]
    command = [sys.executable, "-m", "nst.compact.training", str(file), "--device", "cpu", *plan]
    said = [subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(2)]
    assert said[0] == said[1]
    assert {tensor.dtype for tensor in load_file(file).values()} == {torch.float16}
    network = backbones.build("compact", str(file))
    assert network(torch.rand(1, 3, 32, 32), ["relu3_1"])["relu3_1"].shape == (1, 64, 8, 8)
