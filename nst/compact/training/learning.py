"""From a plan to weights."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from nst.compact.training import pictures
from nst.compact.training.counterfeits import Counterfeits
from nst.compact.training.damages import DAMAGES, damage
from nst.compact.training.network import Learner
from nst.compact.training.pieces import crop, cut

#: Crops over which the channels' activations are taken.
_MEASURED = 256


@dataclass(frozen=True)
class Plan:
    """Everything that decides the weights, but for the machine."""

    steps: int = 800
    batch: int = 64
    exemplars: int = 2000
    seeds: int = 6
    """Drawings of each style."""
    leaves: int = 40
    """Pictures of dead leaves."""
    damaged: float = 0.5
    """Share of the crops that are damaged."""
    counterfeits: int = 40
    """Steps of matching Gram matrices behind each counterfeit; 0: there are none."""
    rate: float = 4e-3
    decay: float = 1e-2
    seed: int = 0


@dataclass(frozen=True)
class Progress:
    """How a learner did over the last steps."""

    step: int
    seconds: float
    loss: float
    exemplars: float
    """Share of whole crops whose piece the best head told."""
    damages: float
    """Share of all crops whose damage the best head told."""


def exemplars(plan: Plan) -> Tensor:
    """(exemplars, 3, PIECE, PIECE) uint8: half from photographs, two fifths from drawings, the rest dead leaves."""
    rng = np.random.default_rng(plan.seed)
    leaves = plan.exemplars // 10
    drawn = 2 * plan.exemplars // 5
    return torch.cat(
        [
            cut(pictures.photographs(), plan.exemplars - drawn - leaves, rng),
            cut(list(pictures.drawings(plan.seeds)), drawn, rng),
            cut(list(pictures.dead_leaves(plan.leaves, plan.seed)), leaves, rng),
        ]
    )


def learn(
    plan: Plan,
    pieces: Tensor,
    *,
    device: str = "cpu",
    report: Callable[[Progress], None] = lambda progress: None,
    every: int = 100,
) -> dict[str, Tensor]:
    """Weights of the compact network, float32 on the CPU, under the names of :attr:`nst.layers.Topology.tensors`.

    Args:
        plan: how.
        pieces: what is told apart, as :func:`exemplars` makes them.
        device: ``cpu`` or ``cuda``; crops and damages are drawn on the CPU either way.
        report: called every so many steps.
        every: steps between reports.
    """
    torch.manual_seed(plan.seed)
    generator = torch.Generator().manual_seed(plan.seed)
    learner = Learner(len(pieces), len(DAMAGES) + 2).to(device).to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(learner.parameters(), lr=plan.rate, weight_decay=plan.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, plan.rate, total_steps=plan.steps)
    false = Counterfeits(plan.counterfeits, learner, pieces, generator, plan.steps)
    start, told = time.perf_counter(), torch.zeros(3)
    for step in range(1, plan.steps + 1):
        index = torch.randint(len(pieces), (plan.batch,), generator=generator)
        crops, kinds = damage(crop(pieces[index], generator), plan.damaged, generator)
        crops, kinds = false.among(crops, kinds, step)
        learner.train()
        with torch.autocast(device, dtype=torch.bfloat16):
            heads = learner(crops.to(device).contiguous(memory_format=torch.channels_last))
        loss, right = _judge(list(heads.values()), index.to(device), kinds.to(device))
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
        told += torch.tensor([loss.item(), *right])
        if step % every == 0:
            report(Progress(step, time.perf_counter() - start, *(told / every).tolist()))
            told = torch.zeros(3)
    index = torch.randint(len(pieces), (_MEASURED,), generator=generator)
    learner.cpu()
    weights: dict[str, Tensor] = learner.weights(crop(pieces[index], generator), generator)
    return weights


def _judge(heads: list[tuple[Tensor, Tensor]], index: Tensor, kinds: Tensor) -> tuple[Tensor, list[float]]:
    """The loss over all heads, and how many exemplars and damages the best of them told.

    Which piece it is counts for whole crops only: to know it from a damaged one is to overlook the damage.
    """
    whole = kinds == 0
    loss = torch.zeros((), device=index.device)
    pieces, damages = [0.0], [0.0]
    for piece, harm in heads:
        loss = loss + F.cross_entropy(harm.float(), kinds)
        damages.append(float((harm.argmax(1) == kinds).float().mean()))
        if whole.any():
            loss = loss + F.cross_entropy(piece[whole].float(), index[whole])
            pieces.append(float((piece[whole].argmax(1) == index[whole]).float().mean()))
    return loss / len(heads), [max(pieces), max(damages)]
