"""Pictures made to have a piece's Gram matrices, which the network then learns to know from the piece.

What a network cannot tell from the real thing is what a style transfer by it makes: so it is shown just that, and
again as it gets better (as Jin, Lazarow & Tu 2017, "Introspective classification with convolutional nets", NIPS, let
a classifier make its own negatives).
"""

from __future__ import annotations

import torch
from torch import Tensor

from nst.compact.training.damages import DAMAGES
from nst.compact.training.network import TAPS, Learner
from nst.compact.training.pieces import crop

#: The class of counterfeits, behind all damages.
COUNTERFEIT = len(DAMAGES) + 1

#: Of a batch, how many are counterfeits: one in this many.
_ONE_IN = 8
#: How many are kept, and made at a time; the oldest give way.
_KEPT = 1024
_MADE = 64
#: Of all steps: when the first are made, and how often then. Before, there is nothing to match.
_FIRST = 0.15
_EVERY = 80
_RATE = 0.06


class Counterfeits:
    """A stock of counterfeits, made anew as the learner learns.

    Args:
        evaluations: of each counterfeit's loss; 0: there are none.
        learner: whose Gram matrices are matched.
        pieces: (E, 3, PIECE, PIECE) uint8, crops of which are counterfeited.
        generator: draws crops and starts.
        steps: of the whole course.
    """

    def __init__(
        self, evaluations: int, learner: Learner, pieces: Tensor, generator: torch.Generator, steps: int
    ) -> None:
        self._evaluations = evaluations
        self._learner = learner
        self._pieces = pieces
        self._generator = generator
        self._first = max(1, round(steps * _FIRST))
        self._stock = torch.empty(0)

    def among(self, crops: Tensor, kinds: Tensor, step: int) -> tuple[Tensor, Tensor]:
        """Crops and their classes, the last of them replaced by counterfeits."""
        if not self._evaluations or step < self._first:
            return crops, kinds
        if (step - self._first) % _EVERY == 0:
            self._stock = torch.cat([self._stock, self._make()])[-_KEPT:]
        count = max(1, len(crops) // _ONE_IN)
        taken = torch.randint(len(self._stock), (count,), generator=self._generator)
        crops, kinds = crops.clone(), kinds.clone()
        crops[-count:], kinds[-count:] = self._stock[taken], COUNTERFEIT
        return crops, kinds

    def _make(self) -> Tensor:
        index = torch.randint(len(self._pieces), (_MADE,), generator=self._generator)
        real = crop(self._pieces[index], self._generator)
        device = self._learner.mean.device
        self._learner.eval()
        self._learner.requires_grad_(False)
        with torch.no_grad():
            wanted = self._matrices(real.to(device))
        start = torch.rand(real.shape, generator=self._generator)
        picture = start.to(device).contiguous(memory_format=torch.channels_last).requires_grad_()
        optimizer = torch.optim.Adam([picture], lr=_RATE, betas=(0.9, 0.9))
        for _ in range(self._evaluations):
            found = self._matrices(picture)
            loss = torch.zeros((), device=device)
            for tap in TAPS:
                loss = loss + ((found[tap] - wanted[tap]).square().sum((1, 2)) / _size(wanted[tap])).sum()
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            with torch.no_grad():
                picture.clamp_(0, 1)
        self._learner.requires_grad_(True)
        return picture.detach().cpu().contiguous()

    def _matrices(self, crops: Tensor) -> dict[str, Tensor]:
        with torch.autocast(crops.device.type, dtype=torch.bfloat16):
            features = self._learner.features(crops)
        found = {}
        for tap, values in features.items():
            rows = values.flatten(2).float()
            found[tap] = rows @ rows.mT / rows.shape[2]
        return found


def _size(matrices: Tensor) -> Tensor:
    return matrices.square().sum((1, 2)).clamp(min=1e-12)
