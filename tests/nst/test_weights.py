import hashlib
import http.server
import threading
from functools import partial

import pytest
import torch
from safetensors.torch import save_file

from nst import backbones, weights
from nst.layers import topology
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


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_files_are_read_with_torchvisions_key_names_and_a_classifier_ignored(tmp_path, suffix):
    state = {**features_state(), "classifier.0.weight": torch.zeros(2, 2)}
    file = tmp_path / f"own{suffix}"
    torch.save(state, file) if suffix == ".pth" else save_file(state, file)
    network = backbones.build("vgg16", str(file), width=1 / 16)
    assert torch.equal(network.features[0].weight, state["features.0.weight"])


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


def test_the_identity_of_a_file_is_its_content(tmp_path):
    (tmp_path / "a.pth").write_bytes(b"same")
    (tmp_path / "b.pth").write_bytes(b"same")
    expected = f"sha256:{hashlib.sha256(b'same').hexdigest()}"
    assert {weights.identity("vgg19", str(tmp_path / name)) for name in ("a.pth", "b.pth")} == {expected}
    assert weights.identity("vgg19", "random:3") == "random:3/he-normal/1"
    assert weights.identity("vgg19", "imagenet") == "imagenet:dcbb9e9d"


def test_imagenet_weights_of_another_width_are_refused():
    with pytest.raises(WeightsError, match=r"imagenet weights are of width 1, not 0\.5"):
        weights.load(topology("vgg19", 0.5), "imagenet")


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


def test_torchvisions_addresses_carry_their_hash():
    for backbone in ("vgg16", "vgg19"):
        url, prefix = weights._imagenet_address(backbone)
        assert url.startswith("https://download.pytorch.org/models/")
        assert len(prefix) == 8
        assert url.endswith(f"{backbone}-{prefix}.pth")
