"""What torch is and sees on this machine, told by a process of its own, as JSON:
``python -m bench.machine.torch_facts``.

A torch that does not fit may end its process or hang; whoever asks must survive that.
"""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from pathlib import Path
from urllib.parse import urlparse

from pydantic import BaseModel, ConfigDict, ValidationError

import bench


class Device(BaseModel):
    """A CUDA device."""

    model_config = ConfigDict(frozen=True)

    name: str
    free_bytes: int = 0
    total_bytes: int = 0
    error: str = ""
    """Why it cannot be used."""


class TorchFacts(BaseModel):
    """What is known of torch; empty where it cannot be imported."""

    model_config = ConfigDict(frozen=True)

    torch: str | None = None
    torch_error: str = ""
    torchvision: str | None = None
    torchvision_error: str = ""
    cuda_build: str | None = None
    """Version of CUDA that torch was built for; None for a build without."""
    cuda_error: str = ""
    """Why a build for CUDA sees no device."""
    devices: tuple[Device, ...] = ()
    threads: int = 0
    hub: str = ""
    """Where torch keeps its downloads."""
    weights: dict[str, str] = {}
    """Backbone -> the name of its file of ImageNet weights."""


def ask(patience: float = 60.0) -> TorchFacts:
    """The facts from a process of its own; whatever becomes of it, an answer."""
    command = [sys.executable, "-P", "-m", "bench.machine.torch_facts"]
    here = str(Path(bench.__file__).resolve().parent.parent)  # this very package, whatever is installed
    paths = os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": paths}
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=patience, check=False, env=environment)
    except subprocess.TimeoutExpired:
        return TorchFacts(torch_error=f"importing it did not end within {patience:g} s")
    except OSError as error:
        return TorchFacts(torch_error=f"no process to import it in: {error.strerror or error}")
    try:
        return TorchFacts.model_validate_json(done.stdout.splitlines()[-1] if done.stdout else "")
    except ValidationError:
        last = (done.stderr.strip().splitlines() or ["without a word"])[-1]
        return TorchFacts(torch_error=f"importing it ended the process with code {done.returncode}: {last[:200]}")


def tell() -> TorchFacts:
    """The facts, from this process. Imports torch."""
    try:
        import torch
    except Exception as error:  # a missing package, a library that does not load, a foreign module of that name
        return TorchFacts(torch_error=_told(error))
    facts = {"torch": torch.__version__, "threads": torch.get_num_threads(), "hub": torch.hub.get_dir()}
    try:
        import torchvision

        facts["torchvision"] = torchvision.__version__
        # Builds that do not match import well enough, and lack this.
        torchvision.ops.nms(torch.zeros(1, 4), torch.zeros(1), 0.5)
        facts["weights"] = _weights()
    except Exception as error:
        facts["torchvision_error"] = _told(error)
    facts["cuda_build"] = torch.version.cuda
    if torch.version.cuda:
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        facts["devices"] = tuple(_device(number) for number in range(count))
        if not count:
            facts["cuda_error"] = " ".join(str(heard[-1].message).split()) if heard else ""
    return TorchFacts.model_validate(facts)


def _device(number: int) -> Device:
    import torch

    name = f"cuda:{number}"
    try:
        name = torch.cuda.get_device_name(number)
        free, total = torch.cuda.mem_get_info(number)
        torch.ones(8, device=f"cuda:{number}").sum().item()  # a build without code for it fails here
        return Device(name=name, free_bytes=free, total_bytes=total)
    except Exception as error:
        return Device(name=name, error=_told(error))


def _weights() -> dict[str, str]:
    from torchvision import models

    from nst.layers import PUBLISHED

    urls = {name: models.get_model_weights(name).IMAGENET1K_V1.url for name in PUBLISHED}
    return {name: Path(urlparse(url).path).name for name, url in urls.items()}


def _told(error: Exception) -> str:
    first = (str(error).strip().splitlines() or [""])[0]
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


if __name__ == "__main__":
    print(tell().model_dump_json())
