"""The exemplars that are told apart, and crops of them for a batch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from nst.images import Bytes

#: Side in pixels of a piece as it is kept, and of a crop of it as the network sees it.
PIECE = 112
CROP = 64


def cut(pictures: Sequence[Bytes], count: int, rng: np.random.Generator) -> Tensor:
    """Square pieces of any place and size of the pictures, each picture as likely as the next.

    Args:
        pictures: (H, W, 3) sRGB.
        count: how many.
        rng: draws picture, size and place. Sizes go down to :data:`PIECE`, a third of which are taken as they are:
            what is shrunk has lost the noise, the grain and the fine lines that a style is made of, too.

    Returns:
        (count, 3, PIECE, PIECE) uint8.
    """
    found = np.empty((count, PIECE, PIECE, 3), np.uint8)
    for i in range(count):
        picture = pictures[int(rng.integers(len(pictures)))]
        height, width = picture.shape[:2]
        most = min(height, width)
        side = PIECE if rng.random() < 1 / 3 else int(PIECE * rng.uniform(1, 2.5))
        side = min(side, most)
        y, x = rng.integers(height - side + 1), rng.integers(width - side + 1)
        piece = Image.fromarray(np.ascontiguousarray(picture[y : y + side, x : x + side]))
        found[i] = np.asarray(piece.resize((PIECE, PIECE), Image.Resampling.LANCZOS))
    return torch.from_numpy(found).permute(0, 3, 1, 2).contiguous()


def crop(pieces: Tensor, generator: torch.Generator) -> Tensor:
    """One crop of each piece: turned, scaled, mirrored, shifted; its colours hardly changed.

    Strong changes of colour would teach the network to overlook the palette.

    Args:
        pieces: (B, 3, PIECE, PIECE) uint8.
        generator: draws the changes.

    Returns:
        (B, 3, CROP, CROP), RGB in [0, 1].
    """
    count = len(pieces)

    def draw(low: float, high: float, *shape: int) -> Tensor:
        return low + (high - low) * torch.rand(count, *shape, generator=generator)

    angle, scale = draw(-0.35, 0.35), draw(0.45, 0.8)
    flip = torch.where(draw(0, 1) < 0.5, -1.0, 1.0)
    x, y = draw(-1, 1) * (1 - scale) * 0.9, draw(-1, 1) * (1 - scale) * 0.9
    theta = torch.stack(
        [
            torch.stack([flip * scale * angle.cos(), -scale * angle.sin(), x], 1),
            torch.stack([flip * scale * angle.sin(), scale * angle.cos(), y], 1),
        ],
        1,
    )
    grid = F.affine_grid(theta, [count, 3, CROP, CROP], align_corners=False)
    crops = F.grid_sample(pieces.float() / 255, grid, mode="bicubic", align_corners=False, padding_mode="reflection")
    crops = crops * draw(0.95, 1.05, 3, 1, 1) + draw(-0.02, 0.02, 3, 1, 1)
    mean = crops.mean((1, 2, 3), keepdim=True)
    return ((crops - mean) * draw(0.9, 1.1, 1, 1, 1) + mean).clamp(0, 1)
