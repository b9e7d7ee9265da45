"""What is timed is what it is called, and what is counted is right."""

import pytest
import torch

from bench.floor import bare, measure, paper, shown
from bench.floor.model import Asked, Compiled, Timed
from bench.floor.step import _Compiled
from bench.plan.resolve import resolve
from bench.tasks import TASKS
from nst import backbones
from nst.layers import topology
from nst.objectives import evaluate
from nst.settings import from_values


def asked(size=32, seconds=0.01, **chosen):
    small = {"weights": "random:0", "recipe": "gatys-paper", "history": 3, "width": 1 / 16, "size": size}
    parameters = dict(resolve(TASKS["transfer"], {**small, **chosen}))
    recipe = parameters.pop("recipe")
    return Asked(recipe=recipe, parameters=parameters, width=size, height=size, device="cpu", seconds=seconds)


@pytest.fixture(scope="module")
def found():
    return measure.measure(asked())


def network(**chosen):
    return backbones.from_settings(from_values(asked(**chosen).parameters), "cpu")


def test_the_bare_network_is_torchvisions_up_to_the_deepest_layer_and_back():
    own = network(backbone="vgg19")
    gradient = bare.passes(own, "conv5_1", torch.zeros(1, 3, 32, 32))()
    picture = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0)).requires_grad_()
    values = picture
    for module in list(own.features)[: own.shape.index("conv5_1") + 1]:
        values = module(values)
    (expected,) = torch.autograd.grad(values.sum(), picture)
    assert torch.equal(gradient, expected)


def test_operations_are_those_of_the_published_network():
    """VGG-19 to conv5_1: 94.7 GFLOP forward and back at 256 pixels, a sixteenth at 64."""
    own = network(backbone="vgg19", width=1.0)
    once = bare.passes(own, "conv5_1", torch.zeros(1, 3, 64, 64))
    convolutions = 0
    for layer in own.shape.stack[: own.shape.index("conv5_1") + 1]:
        if layer.kind == "conv":
            height, width = own.shape.positions(layer.name, 64, 64)
            convolutions += 2 * 9 * layer.inputs * layer.channels * height * width
    assert measure._gflop(once) == pytest.approx(2 * convolutions / 1e9, rel=1e-9)
    assert measure._gflop(once) == pytest.approx(94.7 / 16, rel=0.001)


@pytest.mark.parametrize("backbone", ["vgg19", "vgg11_bn"])
def test_bytes_on_paper_are_those_that_torch_keeps_for_the_gradient(backbone):
    layers = {"style_layers": ["relu1_1", "relu3_1"], "content_layers": ["conv2_1"]}
    own, settings = network(backbone=backbone, **layers), from_values(asked(backbone=backbone, **layers).parameters)
    assert paper.deepest(own.shape, settings) == "relu3_1"
    fixed = {tensor.untyped_storage().data_ptr() for tensor in own.state_dict().values()}
    kept = {}

    def keep(tensor):
        memory = tensor.untyped_storage()
        if tensor.dim() == 4 and tensor.shape[1] > 3 and memory.data_ptr() not in fixed:
            kept[memory.data_ptr()] = memory
        return tensor

    picture = torch.rand(1, 3, 40, 56).requires_grad_()
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        features = own(picture, ["relu1_1", "conv2_1", "relu3_1"])
        loss = sum(values.square().sum() for values in features.values())
    assert loss > 0
    assert paper.activations(own.shape, settings, 40, 56, 4) == sum(memory.nbytes() for memory in kept.values())


def test_targets_on_paper_are_content_features_and_gram_matrices():
    shape, settings = topology("vgg19", 1 / 16), from_values(asked().parameters)
    grams = sum(shape.channels(layer) ** 2 for layer in settings.style_layers)
    assert paper.targets(shape, settings, 32, 32, 4) == 4 * (grams + 32 * 4 * 4)


def test_the_whole_step_costs_more_operations_than_the_bare_network(found):
    assert found.bare.gflop < found.step.gflop < 1.5 * found.bare.gflop
    assert found.ceiling.gflop > 0
    assert found.share == pytest.approx(found.step.gflop / found.step.seconds / found.ceiling.gflops)


def test_rounds_are_as_many_as_there_is_time_for_and_never_too_few(found):
    assert found.rounds >= measure.FEWEST
    assert found.ratios[0] <= found.ratio <= found.ratios[1]


def test_the_peak_is_no_less_than_what_cannot_be_done_without(found):
    memory = found.memory
    assert memory.paper == memory.activations + memory.optimiser + memory.targets + memory.pictures
    assert 0.9 * memory.paper < memory.peak < 3 * memory.paper


def test_the_history_is_full_before_anything_is_timed(found):
    """3 pairs of changes of pictures and of gradients, besides a few vectors."""
    vector = 3 * 32 * 32 * 4
    assert found.memory.optimiser >= 2 * 3 * vector


@pytest.mark.parametrize("chosen", [{"recipe": "crowsonkb"}, {"backbone": "compact", "width": 1.0}, {"size": 48}])
def test_other_optimisers_networks_and_sizes_are_measured(chosen):
    result = measure.measure(asked(**chosen))
    assert result.step.seconds > 0
    assert result.memory.peak > 0


TINY = {"backbone": "vgg11", "content_layers": ["conv1_1"], "style_layers": ["conv1_1"]}


@pytest.mark.slow
def test_the_compiled_step_goes_where_the_step_goes_and_says_how_long_compiling_took():
    floor = measure.measure(asked(**TINY).model_copy(update={"compile": True}))
    compiled = floor.compiled
    assert compiled.failure == ""
    assert compiled.seconds > compiled.step.seconds > 0
    assert compiled.step.gflop == floor.step.gflop
    step = measure.Step(network(**TINY), from_values(asked(**TINY).parameters), 32, 32)
    given = step.pictures.clone()
    (terms, gradient), (plain_terms, plain_gradient) = (
        evaluate(objective, given) for objective in (_Compiled(step._objective), step._objective)
    )
    assert torch.allclose(terms, plain_terms, rtol=1e-5)
    assert (gradient - plain_gradient).norm() < 1e-5 * plain_gradient.norm()
    assert not torch.equal(step.compiled()(), given)


def test_what_cannot_be_compiled_is_said(monkeypatch):
    def compiler(function, **_):
        def broken(pictures):
            raise RuntimeError("\nno C++ compiler here\nmore of it")

        return broken

    monkeypatch.setattr(torch, "compile", compiler)
    floor = measure.measure(asked(**TINY).model_copy(update={"compile": True}))
    assert floor.compiled == Compiled(failure="no C++ compiler here")
    assert floor.step.seconds > 0
    assert "torch.compile failed: no C++ compiler here" in shown.text(floor)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.5, "compiled it takes 0.500 times that; compiling took 20.0 s, made up for after 40 steps"),
        (1.0, "compiled it takes 1.000 times that; compiling took 20.0 s, which is never made up for"),
    ],
)
def test_when_compiling_pays_is_told(found, seconds, said):
    step = Timed(seconds=1.0, gflop=1.0)
    compiled = Compiled(step=Timed(seconds=seconds, gflop=1.0), ratio=seconds, seconds=20.0)
    text = shown.text(found.model_copy(update={"step": step, "compiled": compiled}))
    assert said in text
    assert "our step, compiled" in text
    assert "compile" not in shown.text(found)
