"""``python -m nst.compact.training FILE``: make the weights of the compact network."""

from __future__ import annotations

import argparse
import hashlib
from dataclasses import fields
from pathlib import Path

import torch
from safetensors.torch import save_file

from nst.compact.training.learning import Plan, Progress, exemplars, learn


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m nst.compact.training", description="Make the weights of compact.")
    parser.add_argument("file", type=Path, help="where they go: a .safetensors file")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu", help="cpu or cuda")
    for item in fields(Plan):
        kind = float if isinstance(item.default, float) else int
        parser.add_argument(f"--{item.name}", type=kind, default=item.default, help=f"({item.default})")
    chosen = vars(parser.parse_args())
    file, device = chosen.pop("file"), chosen.pop("device")
    torch.use_deterministic_algorithms(True)
    plan = Plan(**chosen)
    weights = learn(plan, exemplars(plan), device=device, report=_print)
    save_file({name: tensor.half().contiguous() for name, tensor in weights.items()}, file)
    print(f"{file}: {file.stat().st_size} bytes, SHA-256 {hashlib.sha256(file.read_bytes()).hexdigest()}")


def _print(progress: Progress) -> None:
    print(
        f"step {progress.step}  {progress.seconds:.0f} s  loss {progress.loss:.3f}  "
        f"pieces told apart {progress.exemplars:.0%}, damages {progress.damages:.0%}",
        flush=True,
    )


if __name__ == "__main__":
    main()
