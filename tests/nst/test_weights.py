import hashlib
import http.server
import subprocess
import sys
import threading
from functools import partial

import pytest
import torch
from safetensors.torch import save_file

from nst import backbones, compact, weights
from nst.layers import BACKBONES, PUBLISHED, topology
from nst.weights import WeightsError

NARROW = topology("vgg16", 1 / 16)


def features_state(shape=NARROW, seed=5):
    return {f"features.{key}": value for key, value in weights.random_state(shape, seed).items()}


def test_random_weights_follow_the_seed():
    first, again, other = (weights.random_state(NARROW, seed) for seed in (1, 1, 2))
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert not torch.equal(first["0.weight"], other["0.weight"])


def test_random_weights_keep_the_variance_of_the_signal():
    state = weights.random_state(topology("vgg19"), 0)
    assert state["21.weight"].std().item() == pytest.approx((2 / (9 * 512)) ** 0.5, rel=0.01)
    state = weights.random_state(topology("resnet50"), 0)
    assert state["conv1.weight"].std().item() == pytest.approx((2 / (49 * 3)) ** 0.5, rel=0.01)
    assert state["layer4.0.conv3.weight"].std().item() == pytest.approx((2 / 512) ** 0.5, rel=0.01)


def test_a_seed_means_the_same_weights_as_ever():
    """The scheme he-normal/1: one generator, convolution after convolution; results are stored under its name."""
    generator = torch.Generator().manual_seed(11)
    state = weights.random_state(topology("vgg11", 1 / 16), 11)
    sizes = [(4, 3), (8, 4), (16, 8), (16, 16), (32, 16), (32, 32), (32, 32), (32, 32)]
    for index, (outputs, inputs) in zip((0, 3, 6, 8, 11, 13, 16, 18), sizes, strict=True):
        expected = torch.randn(outputs, inputs, 3, 3, generator=generator) * (2 / (9 * inputs)) ** 0.5
        assert torch.equal(state.pop(f"{index}.weight"), expected)
        assert torch.equal(state.pop(f"{index}.bias"), torch.zeros(outputs))
    assert state == {}


@pytest.mark.parametrize("backbone", ["vgg11_bn", "resnet50"])
def test_random_batch_norms_change_nothing(backbone):
    network = backbones.build(backbone, "random:0", width=1 / 16)
    norms = [module for module in network.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    assert len(norms) == {"vgg11_bn": 8, "resnet50": 53}[backbone]
    for norm in norms:
        x = torch.randn(1, norm.num_features, 3, 3)
        assert torch.allclose(norm(x), x, rtol=1e-5)


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_files_are_read_with_torchvisions_key_names_and_a_classifier_ignored(tmp_path, suffix):
    state = {**features_state(), "classifier.0.weight": torch.zeros(2, 2)}
    file = tmp_path / f"own{suffix}"
    torch.save(state, file) if suffix == ".pth" else save_file(state, file)
    network = backbones.build("vgg16", str(file), width=1 / 16)
    assert torch.equal(network.features[0].weight, state["features.0.weight"])


@pytest.mark.parametrize("backbone", BACKBONES)
def test_a_file_of_torchvisions_whole_classifier_fits_every_backbone(backbone, tmp_path):
    shape = topology(backbone, 1 / 16)
    own = weights.random_state(shape, 3)
    prefix, head = ("", "fc.weight") if backbone == "resnet50" else ("features.", "classifier.1.weight")
    seen = {f"{name.removesuffix('running_var')}num_batches_tracked" for name in own if name.endswith("running_var")}
    state = {f"{prefix}{name}": tensor for name, tensor in own.items()}
    state |= {f"{prefix}{name}": torch.tensor(9) for name in seen} | {head: torch.zeros(2, 2)}
    torch.save(state, tmp_path / "own.pth")
    save_file(state, tmp_path / "own.safetensors")
    assert weights.check_shapes(tmp_path / "own.safetensors", shape)
    tap = shape.taps[-1]
    picture = torch.rand(1, 3, 64, 64)
    expected = backbones.Backbone(shape, "max", own)(picture, [tap])[tap]
    for suffix in (".pth", ".safetensors"):
        network = backbones.build(backbone, str(tmp_path / f"own{suffix}"), width=1 / 16)
        assert torch.equal(network(picture, [tap])[tap], expected)


def test_a_file_that_carries_code_is_refused_and_nothing_runs(tmp_path):
    marker = tmp_path / "ran"

    class Trap:
        def __reduce__(self):
            return marker.touch, ()

    file = tmp_path / "trap.pth"
    torch.save({"features.0.weight": Trap()}, file)
    with pytest.raises(WeightsError, match=r"trap\.pth: not a file of weights that is safe to load"):
        weights.load_file(file)
    assert not marker.exists()


@pytest.mark.parametrize("name", ["broken.pth", "broken.safetensors"])
def test_a_damaged_file_is_refused_by_name(tmp_path, name):
    (tmp_path / name).write_bytes(b"no weights here")
    with pytest.raises(WeightsError, match=f"{name}: not a file of weights"):
        weights.load_file(tmp_path / name)


def test_a_missing_file_and_a_foreign_format_are_refused(tmp_path):
    with pytest.raises(WeightsError, match=r"none\.pth: no such weights file"):
        weights.load_file(tmp_path / "none.pth")
    (tmp_path / "w.txt").write_text("x")
    with pytest.raises(WeightsError, match=r"weights are read from \.pth, \.pt or \.safetensors files"):
        weights.load_file(tmp_path / "w.txt")


def test_wrong_shapes_name_the_layer_and_both_shapes(tmp_path):
    torch.save(features_state(), tmp_path / "narrow.pth")
    expected = r"weight of conv1_1 has shape \(4, 3, 3, 3\), but vgg16 at width 1 needs \(64, 3, 3, 3\)"
    with pytest.raises(WeightsError, match=expected):
        backbones.build("vgg16", str(tmp_path / "narrow.pth"))


def test_missing_and_surplus_layers_are_named(tmp_path):
    state = features_state()
    del state["features.28.bias"]
    torch.save(state, tmp_path / "short.pth")
    with pytest.raises(WeightsError, match=r"the weights lack 28\.bias \(bias of conv5_3 of vgg16\)"):
        backbones.build("vgg16", str(tmp_path / "short.pth"), width=1 / 16)
    torch.save({**features_state(), "features.40.weight": torch.zeros(1)}, tmp_path / "long.pth")
    with pytest.raises(WeightsError, match=r"the weights hold 40\.weight, which vgg16 does not have"):
        backbones.build("vgg16", str(tmp_path / "long.pth"), width=1 / 16)


def altered(backbone, name, change):
    """A narrow backbone's state with one tensor removed, replaced or added."""
    state = weights.random_state(topology(backbone, 1 / 16), 0)
    state.pop(name, None)
    return state if change is None else {**state, name: change}


MISFITS = [
    ("vgg11_bn", "1.running_mean", None, "the weights lack 1.running_mean (running_mean of bn1_1 of vgg11_bn)"),
    (
        "vgg16_bn",
        "41.running_var",
        torch.ones(7),
        "running_var of bn5_3 has shape (7,), but vgg16_bn at width 0.0625 needs (32,)",
    ),
    (
        "squeezenet1_1",
        "3.expand3x3.weight",
        torch.ones(4, 4, 1, 1),
        "expand3x3.weight of fire2 has shape (4, 4, 1, 1), but squeezenet1_1 at width 0.0625 needs (4, 4, 3, 3)",
    ),
    (
        "resnet50",
        "layer2.0.downsample.1.bias",
        None,
        "the weights lack layer2.0.downsample.1.bias (downsample.1.bias of layer2_1 of resnet50)",
    ),
    (
        "resnet50",
        "layer2.1.downsample.0.weight",
        torch.ones(1),
        "the weights hold layer2.1.downsample.0.weight, which resnet50 does not have",
    ),
    ("alexnet", "1.running_mean", torch.ones(4), "the weights hold 1.running_mean, which alexnet does not have"),
    ("vgg11", "1.weight", torch.ones(4), "the weights hold 1.weight, which vgg11 does not have"),
]


@pytest.mark.parametrize(("backbone", "name", "change", "message"), MISFITS)
def test_what_does_not_fit_is_named_with_its_layer_on_loading_and_before(backbone, name, change, message, tmp_path):
    state = altered(backbone, name, change)
    torch.save(state, tmp_path / "own.pth")
    save_file(state, tmp_path / "own.safetensors")
    with pytest.raises(WeightsError) as loading:
        backbones.build(backbone, str(tmp_path / "own.pth"), width=1 / 16)
    with pytest.raises(WeightsError) as before:
        weights.check_shapes(tmp_path / "own.safetensors", topology(backbone, 1 / 16))
    assert str(loading.value) == str(before.value) == message


def test_whether_a_pth_fits_is_known_only_on_loading(tmp_path):
    (tmp_path / "own.pth").write_bytes(b"")
    assert weights.check_shapes(tmp_path / "own.pth", NARROW) is False


def test_a_file_that_cannot_be_weights_is_refused_before_loading(tmp_path):
    (tmp_path / "broken.safetensors").write_bytes(b"no weights here")
    (tmp_path / "w.txt").write_text("x")
    with pytest.raises(WeightsError, match=r"broken\.safetensors: not a file of weights that is safe to load"):
        weights.check_shapes(tmp_path / "broken.safetensors", NARROW)
    with pytest.raises(WeightsError, match=r"none\.safetensors: no such weights file"):
        weights.check_shapes(tmp_path / "none.safetensors", NARROW)
    with pytest.raises(WeightsError, match=r"w\.txt: weights are read from \.pth, \.pt or \.safetensors files"):
        weights.check_shapes(tmp_path / "w.txt", NARROW)


def test_shapes_are_checked_without_torch(tmp_path):
    file = tmp_path / "own.safetensors"
    save_file(weights.random_state(NARROW, 0), file)
    code = (
        "import sys; from pathlib import Path; from nst import layers, weights; "
        f"assert weights.check_shapes(Path({str(file)!r}), layers.topology('vgg16', 1 / 16)); "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_a_file_of_something_else_than_named_tensors_is_refused(tmp_path):
    torch.save({0: torch.zeros(1)}, tmp_path / "numbered.pth")
    with pytest.raises(WeightsError, match=r"numbered\.pth: expected a dictionary of tensors \(a state_dict\)"):
        weights.load_file(tmp_path / "numbered.pth")


def test_the_identity_of_a_file_is_its_content(tmp_path):
    (tmp_path / "a.pth").write_bytes(b"same")
    (tmp_path / "b.pth").write_bytes(b"same")
    expected = f"sha256:{hashlib.sha256(b'same').hexdigest()}"
    assert {weights.identity("vgg19", str(tmp_path / name)) for name in ("a.pth", "b.pth")} == {expected}
    assert weights.identity("vgg19", "random:3") == "random:3/he-normal/1"
    assert weights.identity("vgg19", "imagenet") == "imagenet:dcbb9e9d"


@pytest.mark.parametrize(("backbone", "source"), [("vgg19", "imagenet"), ("compact", "packaged")])
def test_weights_of_one_width_are_refused_for_another(backbone, source):
    with pytest.raises(WeightsError, match=rf"{source} weights are of width 1, not 0\.5"):
        weights.load(topology(backbone, 0.5), source)


def test_the_packaged_weights_fit_their_network_and_say_what_they_are():
    state = weights.load(topology("compact"), "packaged")
    weights.check(topology("compact"), {name: tensor.shape for name, tensor in state.items()})
    assert weights.identity("compact", "packaged") == f"sha256:{compact.SHA256}"
    assert compact.FILE.stat().st_size <= 3_000_000


@pytest.mark.parametrize("call", [weights.identity, lambda backbone, source: weights.load(topology(backbone), source)])
def test_no_other_network_has_packaged_weights(call):
    with pytest.raises(
        WeightsError, match="only compact comes with weights, not vgg19: use imagenet, random or a file"
    ):
        call("vgg19", "packaged")


def test_altered_packaged_weights_are_refused(tmp_path, monkeypatch):
    altered = bytearray(compact.FILE.read_bytes())
    altered[-1] ^= 1
    monkeypatch.setattr(compact, "FILE", tmp_path / "compact.safetensors")
    compact.FILE.write_bytes(altered)
    with pytest.raises(WeightsError, match=r"compact\.safetensors: SHA-256 begins .{8}, expected .{8}: altered"):
        weights.load(topology("compact"), "packaged")
    compact.FILE.unlink()
    with pytest.raises(WeightsError, match=r"compact\.safetensors: cannot be read"):
        weights.load(topology("compact"), "packaged")


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """A small weights file served on this machine in place of torchvision's."""
    served = tmp_path / "served"
    served.mkdir()
    torch.save(features_state(topology("vgg16")), served / "plain.pth")
    digest = hashlib.sha256((served / "plain.pth").read_bytes()).hexdigest()
    name = f"vgg16-{digest[:8]}.pth"
    (served / "plain.pth").rename(served / name)
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(served))
    monkeypatch.setattr(http.server.SimpleHTTPRequestHandler, "log_message", lambda *_: None)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = [f"http://127.0.0.1:{server.server_port}/{name}", digest[:8]]
    monkeypatch.setattr(weights, "_imagenet_address", lambda backbone: tuple(address))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(weights, "_failed_downloads", {})
    monkeypatch.delenv("NST_WEIGHTS_DIR", raising=False)
    yield served / name, address
    server.shutdown()
    server.server_close()


def test_imagenet_weights_are_downloaded_verified_and_kept(stand_in, tmp_path):
    file, _ = stand_in
    network = backbones.build("vgg16", "imagenet", progress=False)
    assert network.features[0].weight.shape == (64, 3, 3, 3)
    assert (tmp_path / "torch" / "hub" / "checkpoints" / file.name).read_bytes() == file.read_bytes()


def test_a_folder_of_ones_own_comes_before_the_download(stand_in, tmp_path, monkeypatch):
    file, address = stand_in
    monkeypatch.setenv("NST_WEIGHTS_DIR", str(file.parent))
    address[0] = f"http://127.0.0.1:1/{file.name}"
    assert weights.imagenet_file("vgg16") == file


def test_an_altered_download_is_refused_and_not_kept(stand_in, tmp_path):
    _, address = stand_in
    address[1] = "00000000"
    with pytest.raises(WeightsError, match="could not be downloaded"):
        weights.imagenet_file("vgg16", progress=False)
    assert list((tmp_path / "torch" / "hub" / "checkpoints").iterdir()) == []


def test_an_altered_local_file_is_refused(stand_in, monkeypatch):
    file, _ = stand_in
    file.write_bytes(b"altered")
    monkeypatch.setenv("NST_WEIGHTS_DIR", str(file.parent))
    with pytest.raises(WeightsError, match=r"SHA-256 begins .{8}, expected .{8}: altered or incomplete file"):
        weights.imagenet_file("vgg16")


def test_a_failed_download_says_which_file_to_put_where(stand_in, tmp_path):
    file, address = stand_in
    address[0] = f"http://127.0.0.1:1/{file.name}"
    with pytest.raises(WeightsError) as caught:
        weights.imagenet_file("vgg16", progress=False)
    folder = tmp_path / "torch" / "hub" / "checkpoints"
    message = str(caught.value)
    assert message.startswith("ImageNet weights of vgg16 could not be downloaded (")
    assert message.endswith(
        f"Fetch {address[0]} elsewhere and put {file.name} (SHA-256 begins {address[1]}) into {folder}, "
        "or name a folder in NST_WEIGHTS_DIR"
    )


def test_a_download_that_failed_is_not_tried_again(stand_in, monkeypatch):
    file, address = stand_in
    address[0] = f"http://127.0.0.1:1/{file.name}"
    tried = []
    download = torch.hub.download_url_to_file
    monkeypatch.setattr(torch.hub, "download_url_to_file", lambda *a, **k: tried.append(a) or download(*a, **k))
    for _ in range(2):
        with pytest.raises(WeightsError, match="could not be downloaded"):
            weights.imagenet_file("vgg16", progress=False)
    assert len(tried) == 1


@pytest.mark.parametrize("backbone", PUBLISHED)
def test_torchvisions_addresses_carry_their_hash(backbone):
    url, prefix = weights._imagenet_address(backbone)
    assert url.startswith(f"https://download.pytorch.org/models/{backbone}-")
    assert url.endswith(f"-{prefix}.pth")
    assert len(prefix) == 8
    assert weights.identity(backbone, "imagenet") == f"imagenet:{int(prefix, 16):08x}"


def test_resnets_weights_are_those_that_reproduce_the_paper():
    assert weights.identity("resnet50", "imagenet") == "imagenet:0676ba61"  # V1; V2 is 11ad3fa6
