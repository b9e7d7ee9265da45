"""What a worker keeps from job to job: networks, decoded pictures, targets. Imports torch: for workers."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from pathlib import Path

import torch

from nst import backbones, images
from nst.images import Picture
from nst.kept import Kept, frozen
from nst.settings import Settings, group

#: Experiments alternate between few networks.
NETWORKS = 2

#: Bytes of pictures and targets: about a hundred pairs at 256 pixels under a full VGG-19, six at 1024.
CAPACITY = 256 * 1024**2

#: Of a GPU's memory at the most, so that what is kept costs no job the room it needs.
SHARE = 1 / 32


class Warm:
    """Whatever is kept changes how long a job prepares, and nothing of what it makes."""

    def __init__(self, device: str, capacity: int | None = None) -> None:
        self.device = device
        self.kept = Kept(_capacity(device) if capacity is None else capacity)
        self.graphs = False
        """Whether steps are replayed from CUDA graphs where that is possible."""
        self.reused_network = False
        """Whether the last network asked for was there."""
        self._networks: OrderedDict[Settings, backbones.Backbone] = OrderedDict()

    def begin(self) -> None:
        """Before a job: from here on it counts what is reused."""
        self.kept.begin()
        self.reused_network = False

    def network(self, settings: Settings, weights: str) -> backbones.Backbone:
        """The network that a job names.

        Args:
            settings: of the job.
            weights: ``imagenet``, ``random:<seed>`` or a file.
        """
        chosen = {name: getattr(settings, name) for name in group("network")}
        key = Settings(**{**chosen, "weights": weights})  # all that decides it, and nothing else
        self.reused_network = key in self._networks
        if not self.reused_network:
            self._networks[key] = backbones.from_settings(key, self.device)
        self._networks.move_to_end(key)
        while len(self._networks) > NETWORKS:
            self._networks.popitem(last=False)
        return self._networks[key]

    def picture(self, path: Path) -> Picture:
        """A stored picture, whose pixels cannot be written to; as the file is now."""
        data = images.read_file(path)
        return self.kept.recall("decode", hashlib.sha256(data).hexdigest(), lambda: _decoded(data, path))

    @property
    def holds(self) -> bool:
        """Whether anything is kept."""
        return bool(self.kept.bytes or self._networks)

    def drop(self) -> None:
        """Keep nothing but what comes from now on."""
        self.kept.drop()
        self._networks.clear()


def _decoded(data: bytes, path: Path) -> Picture:
    picture = images.open_picture(data, str(path))
    frozen(picture.pixels)
    if picture.alpha is not None:
        frozen(picture.alpha)
    return picture


def _capacity(device: str) -> int:
    if not device.startswith("cuda"):
        return CAPACITY
    return min(CAPACITY, int(torch.cuda.get_device_properties(device).total_memory * SHARE))
