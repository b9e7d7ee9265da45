"""Where a network's weights come from, and what tells them apart. torch is imported when tensors are made.

``imagenet``: torchvision's own files, found locally or downloaded, hash verified. ``packaged``: those of
:mod:`nst.compact`, which come with this package, hash verified. ``random:<seed>``: untrained.
Anything else is the path of a file. Weights that cannot be had never become other weights.
"""

from __future__ import annotations

import hashlib
import math
import os
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlparse

from nst import compact
from nst.layers import Topology

if TYPE_CHECKING:
    from torch import Tensor

#: Raised by hand when random weights of the same seed change.
_RANDOM_SCHEME = "he-normal/1"

#: What torchvision's files hold besides a backbone's tensors: a classifier, which ResNet calls otherwise.
_HEADS = ("classifier.", "fc.")

_T = TypeVar("_T")

#: Seconds without a byte after which a download has failed.
_PATIENCE = 20.0

#: Why a download failed, by URL: a worker that runs a hundred jobs without a network asks once.
_failed_downloads: dict[str, str] = {}


class WeightsError(ValueError):
    """Weights that cannot be had or do not fit; the text names the remedy."""


def load(shape: Topology, weights: str, *, progress: bool = True) -> dict[str, Tensor]:
    """Weights and batch statistics under torchvision's names: :attr:`nst.layers.Topology.tensors`.

    Args:
        shape: the topology; shapes are not checked here but when a network takes the state.
        weights: ``imagenet``, ``packaged``, ``random``, ``random:<seed>``, or the path of a ``.pth`` or
            ``.safetensors`` file.
        progress: show a bar while ImageNet weights are downloaded.

    Raises:
        WeightsError: when the weights are missing, altered or unsafe to load.
    """
    if weights in ("imagenet", "packaged") and shape.width != 1:
        raise WeightsError(f"{weights} weights are of width 1, not {shape.width:g}: use random weights or a file")
    if weights == "imagenet":
        return load_file(imagenet_file(shape.name, progress=progress))
    if weights == "packaged":
        return load_file(packaged_file(shape.name))
    if weights.partition(":")[0] == "random":
        return random_state(shape, int(weights.partition(":")[2] or 0))
    return load_file(Path(weights))


def identity(backbone: str, weights: str) -> str:
    """What tells these weights from all others, without loading them: part of a job's id.

    Raises:
        WeightsError: when a weights file cannot be read.
    """
    if weights == "imagenet":
        return f"imagenet:{_imagenet_address(backbone)[1]}"
    if weights == "packaged":
        packaged_file(backbone)  # which has that hash, or is refused
        return f"sha256:{compact.SHA256}"
    if weights.partition(":")[0] == "random":
        return f"random:{weights.partition(':')[2] or 0}/{_RANDOM_SCHEME}"
    return f"sha256:{_sha256(Path(weights))}"


def random_state(shape: Topology, seed: int) -> dict[str, Tensor]:
    """Untrained weights: normal with deviation sqrt(2 / fan-in), zero biases (He et al. 2015).

    Batch norms change nothing: weight and variance 1, bias and mean 0. Random networks as deep as VGG-19 carry content
    and, more weakly, style: He, Wang & Hopcroft 2016.
    """
    import torch

    generator = torch.Generator().manual_seed(seed)
    state: dict[str, Tensor] = {}
    for name, size in shape.tensors.items():
        if len(size) == 4:
            state[name] = torch.randn(size, generator=generator) * math.sqrt(2 / math.prod(size[1:]))
        elif name.endswith((".weight", ".running_var")):
            state[name] = torch.ones(size)
        else:
            state[name] = torch.zeros(size)
    return state


def check(shape: Topology, found: Mapping[str, Iterable[int]]) -> None:
    """Whether tensors of these names and shapes are the weights of a topology.

    Args:
        shape: the topology.
        found: shapes by torchvision's names; how many batches a batch norm has seen does not matter.

    Raises:
        WeightsError: for the first tensor that is missing, of another shape or too many; names the layer.
    """
    sizes = {name: tuple(size) for name, size in found.items() if not name.endswith(".num_batches_tracked")}
    for layer in shape.stack:
        for kind, size in layer.tensors.items():
            name = f"{layer.key}.{kind}"
            if name not in sizes:
                raise WeightsError(f"the weights lack {name} ({kind} of {layer.name} of {shape.name})")
            if sizes[name] != size:
                raise WeightsError(
                    f"{kind} of {layer.name} has shape {sizes[name]}, but {shape.name} at width {shape.width:g} "
                    f"needs {size}"
                )
    if surplus := sorted(sizes.keys() - shape.tensors.keys()):
        raise WeightsError(f"the weights hold {surplus[0]}, which {shape.name} does not have")


def check_shapes(path: Path, shape: Topology) -> bool:
    """Whether a weights file fits a topology, as far as its header says; nothing is loaded, not even torch.

    Returns:
        True when the file fits, False when only loading it would tell: a ``.pth`` or ``.pt`` has no header.

    Raises:
        WeightsError: when the file does not fit, is damaged, missing or of another format.
    """
    _require(path)
    if path.suffix != ".safetensors":
        return False
    from safetensors import safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            sizes = {name: file.get_slice(name).get_shape() for name in file.keys()}  # noqa: SIM118 (no mapping)
    except Exception as error:  # the parser raises its own kind for damage, OSError for the rest
        raise _unsafe(path, error) from error
    check(shape, own(sizes))
    return True


def imagenet_file(backbone: str, *, progress: bool = True) -> Path:
    """The file of torchvision's ImageNet weights: from ``NST_WEIGHTS_DIR``, torch's cache, or a download.

    Raises:
        WeightsError: when the file is altered, or absent and cannot be downloaded; names file and folder.
    """
    import torch

    url, prefix = _imagenet_address(backbone)
    name, file = imagenet_name(backbone), imagenet_at_hand(backbone)
    if file is not None:
        actual = _sha256(file)
        if not actual.startswith(prefix):
            raise WeightsError(f"{file}: SHA-256 begins {actual[:8]}, expected {prefix}: altered or incomplete file")
        return file
    folders = _weights_folders()
    first, cache = folders[0], folders[-1]
    if url not in _failed_downloads:
        waited = socket.getdefaulttimeout()
        socket.setdefaulttimeout(_PATIENCE)
        try:
            cache.mkdir(parents=True, exist_ok=True)
            torch.hub.download_url_to_file(url, str(cache / name), hash_prefix=prefix, progress=progress)
            return cache / name
        except (OSError, RuntimeError) as error:
            _failed_downloads[url] = str(error)
        finally:
            socket.setdefaulttimeout(waited)
    raise WeightsError(
        f"ImageNet weights of {backbone} could not be downloaded ({_failed_downloads[url]}). Fetch {url} elsewhere and "
        f"put {name} (SHA-256 begins {prefix}) into {first}, or name a folder in NST_WEIGHTS_DIR"
    )


def imagenet_name(backbone: str) -> str:
    """What the file of torchvision's ImageNet weights is called."""
    return Path(urlparse(_imagenet_address(backbone)[0]).path).name


def imagenet_at_hand(backbone: str) -> Path | None:
    """That file where it is there already; its hash is not looked at."""
    name = imagenet_name(backbone)
    return next((file for folder in _weights_folders() if (file := folder / name).is_file()), None)


def _weights_folders() -> list[Path]:
    """Where files of ImageNet weights are looked for, torch's cache last."""
    import torch

    own = os.environ.get("NST_WEIGHTS_DIR")
    return [*([Path(own)] if own else []), Path(torch.hub.get_dir()) / "checkpoints"]


def packaged_file(backbone: str) -> Path:
    """The file of weights that comes with this package.

    Raises:
        WeightsError: for a backbone that has none, and when the file is missing or altered.
    """
    if backbone != compact.NAME:
        raise WeightsError(f"only {compact.NAME} comes with weights, not {backbone}: use imagenet, random or a file")
    actual = _sha256(compact.FILE)
    if actual != compact.SHA256:
        raise WeightsError(
            f"{compact.FILE}: SHA-256 begins {actual[:8]}, expected {compact.SHA256[:8]}: altered file; install "
            "nst-bench again"
        )
    return compact.FILE


def load_file(path: Path) -> dict[str, Tensor]:
    """Weights from a ``.pth``/``.pt`` (no code is executed) or ``.safetensors`` file.

    Keys may carry torchvision's prefix ``features.``; a classifier is ignored.

    Raises:
        WeightsError: when the file is missing, of another format, or holds more than tensors.
    """
    import torch

    _require(path)
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file as load_safetensors

            state = load_safetensors(path)
        else:
            state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # unpicklers and parsers raise whatever the damage provokes
        raise _unsafe(path, error) from error
    if not isinstance(state, dict) or not all(
        isinstance(key, str) and isinstance(value, torch.Tensor) for key, value in state.items()
    ):
        raise WeightsError(f"{path}: expected a dictionary of tensors (a state_dict)")
    return own(state)


def own(state: Mapping[str, _T]) -> dict[str, _T]:
    """What belongs to a backbone in the state of one of torchvision's classifiers, under the backbone's names."""
    return {key.removeprefix("features."): value for key, value in state.items() if not key.startswith(_HEADS)}


def _require(path: Path) -> None:
    if not path.is_file():
        raise WeightsError(f"{path}: no such weights file")
    if path.suffix not in {".pth", ".pt", ".safetensors"}:
        raise WeightsError(f"{path}: weights are read from .pth, .pt or .safetensors files")


def _unsafe(path: Path, error: Exception) -> WeightsError:
    kind = type(error).__name__
    return WeightsError(f"{path}: not a file of weights that is safe to load: damaged, or more than tensors ({kind})")


def _imagenet_address(backbone: str) -> tuple[str, str]:
    """URL of torchvision's weights and the first hexadecimal digits of their SHA-256 (from the file's name).

    Always the first that torchvision published: they reproduce the papers, and are what ``pretrained=True`` gave. Of
    the backbones only ResNet-50 has others, V2, from a newer way of training for more accuracy.
    """
    from torchvision import models

    weights = models.get_model_weights(backbone).IMAGENET1K_V1
    return weights.url, Path(urlparse(weights.url).path).stem.rsplit("-", 1)[1]


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError) as error:
        raise WeightsError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
