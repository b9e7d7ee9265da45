"""What the drawing functions share: noise fields, colours, supersampling and light.

Everything here is a pure function of its arguments; chance comes only from a generator that is
handed in. Pictures inside a drawing are float32 arrays with values 0..1 in sRGB (no linear light:
the styles were tuned by eye in sRGB, as a painter mixes on the palette), positions are in units of
the picture's side, so that one composition serves every size.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Field = NDArray[np.float32]
"""A picture-sized array of numbers, (H, W) or (H, W, 3)."""

Bytes = NDArray[np.uint8]
"""A finished picture, (H, W, 3), sRGB 0..255."""

Colour = tuple[int, int, int]
"""What Pillow's drawing takes: sRGB 0..255."""


def colour(code: str) -> Field:
    """The sRGB colour of a hexadecimal code such as ``"1d3f72"``, as (3,) values 0..1."""
    return np.array([int(code[i : i + 2], 16) / 255 for i in (0, 2, 4)], dtype=np.float32)


def palette(codes: str) -> Field:
    """The colours of blank-separated hexadecimal codes, as (N, 3) values 0..1."""
    return np.stack([colour(code) for code in codes.split()])


def ink(rgb: NDArray[Any]) -> Colour:
    """A colour with values 0..1 (others are clipped) as Pillow takes it."""
    r, g, b = (int(min(max(float(v), 0.0), 1.0) * 255 + 0.5) for v in rgb)
    return r, g, b


def inks(rgb: NDArray[Any]) -> list[Colour]:
    """Many colours, (N, 3) with values 0..1 (others are clipped), as Pillow takes them."""
    whole = (np.clip(rgb, 0, 1) * 255 + 0.5).astype(np.uint8)
    return [(r, g, b) for r, g, b in whole.tolist()]


def grid(side: int) -> tuple[Field, Field]:
    """The pixel centres' x as (1, side) and y as (side, 1), 0..1 from the top left corner."""
    line = np.asarray((np.arange(side) + 0.5) / side, dtype=np.float32)
    return line[None, :], line[:, None]


def smooth(low: float, high: float, value: NDArray[Any]) -> Field:
    """0 below ``low``, 1 above ``high``, an S-shaped cubic between (``low > high`` turns it round)."""
    t = np.clip((value - low) * (1.0 / (high - low)), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), dtype=np.float32)


def mix(under: NDArray[Any], over: NDArray[Any], share: NDArray[Any] | float) -> Field:
    """``under`` covered by ``over`` to a share of 0..1.

    Both are colours, (3,) or (H, W, 3), or both are plain fields (H, W); the share is (H, W) or a number.
    """
    if isinstance(share, np.ndarray) and share.ndim == 2 and under.ndim != 2:
        share = share[..., None]
    return np.asarray(under + (over - under) * share, dtype=np.float32)


def ramp(colours: NDArray[Any], at: NDArray[Any]) -> Field:
    """Colours on the smooth scale through ``colours`` (N, 3) at places 0..1; shape of ``at`` + (3,)."""
    # A table rather than three interpolations: one look-up per pixel is several times quicker.
    steps = np.linspace(0, len(colours) - 1, 1024)
    table = np.stack([np.interp(steps, np.arange(len(colours)), colours[:, c]) for c in range(3)], -1)
    index = (np.clip(at, 0, 1) * 1023).astype(np.int32)
    return np.asarray(table.astype(np.float32)[index])


def enlarge(values: NDArray[Any], width: int, height: int) -> Field:
    """An (h, w) field brought to (height, width) by bicubic interpolation."""
    image = Image.fromarray(np.ascontiguousarray(values, dtype=np.float32))
    return np.asarray(image.resize((width, height), Image.Resampling.BICUBIC), dtype=np.float32)


def noise(
    rng: np.random.Generator, side: int, cells: float | tuple[float, float], octaves: int = 1, fall: float = 0.5
) -> Field:
    """Smooth chance, (side, side), about -1..1 with mean 0.

    ``cells`` is how many bumps fit on the side, or how many across and how many down (a grain); each
    further octave doubles them and is ``fall`` times as strong. The large forms of a seed are the
    same at every ``side``.
    """
    across, down = cells if isinstance(cells, tuple) else (cells, cells)
    total = np.zeros((side, side), dtype=np.float32)
    strength, whole = 1.0, 0.0
    for _ in range(octaves):
        w, h = max(2, round(across)), max(2, round(down))
        knots = rng.uniform(-1, 1, (h + 2, w + 2)).astype(np.float32)
        if w > side or h > side:  # finer than the pixels: only the part that can be seen
            knots = knots[: min(h, side) + 2, : min(w, side) + 2]
        total += strength * enlarge(knots, side, side)
        whole += strength
        strength *= fall
        across, down = across * 2, down * 2
    return np.asarray(total * (1.35 / whole), dtype=np.float32)


def sample(field: Field, x: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
    """The values of ``field`` at places 0..1 (nearest pixel, clamped to the border)."""
    h, w = field.shape[:2]
    columns = np.clip((np.asarray(x) * w).astype(np.int64), 0, w - 1)
    rows = np.clip((np.asarray(y) * h).astype(np.int64), 0, h - 1)
    return np.asarray(field[rows, columns])


def relief(height: NDArray[Any], depth: float) -> Field:
    """Light from the upper left on a surface: (H, W), about -1..1, 0 where it lies flat.

    ``height`` is (H, W); ``depth`` multiplies its slope per pixel.
    """
    slope = np.zeros(height.shape, dtype=np.float32)
    slope[1:-1, 1:-1] = (height[2:, 1:-1] - height[:-2, 1:-1]) + (height[1:-1, 2:] - height[1:-1, :-2])
    slope[0], slope[-1], slope[:, 0], slope[:, -1] = slope[1], slope[-2], slope[:, 1], slope[:, -2]
    return np.asarray(np.tanh(slope * (depth * 0.5)), dtype=np.float32)


def shrink(picture: NDArray[Any], size: int) -> Field:
    """A supersampled (S, S) or (S, S, 3) picture, S a multiple of ``size``, as the mean of each block."""
    step = picture.shape[0] // size
    if step == 1:
        return np.asarray(picture, dtype=np.float32)
    total = np.zeros((size, size, *picture.shape[2:]), dtype=np.float32)
    for dy in range(step):
        for dx in range(step):
            total += picture[dy::step, dx::step]
    return np.asarray(total / (step * step), dtype=np.float32)


def from_image(image: Image.Image, size: int) -> Field:
    """A supersampled Pillow picture (its side a multiple of ``size``) shrunk, as values 0..1."""
    step = image.width // size
    small = image.reduce(step) if step > 1 else image
    return np.asarray(np.asarray(small, dtype=np.float32) / 255, dtype=np.float32)


def finish(picture: NDArray[Any], rng: np.random.Generator, grain: float = 0.012) -> Bytes:
    """The finished bytes of an (H, W, 3) picture 0..1.

    A little ``grain`` (its standard deviation, the same for the three channels) keeps soft
    gradients from falling into bands and is the tooth of the paper or canvas.
    """
    speck = rng.standard_normal(picture.shape[:2], dtype=np.float32)[..., None] * grain
    return np.asarray(np.clip(picture + speck, 0, 1) * 255 + 0.5, dtype=np.float32).astype(np.uint8)


def jitter(rng: np.random.Generator, colours: NDArray[Any], light: float, tint: float) -> NDArray[np.float64]:
    """(N, 3) colours, each made lighter or darker by about ``light`` and shifted in hue by ``tint``."""
    count = len(colours)
    shift = rng.normal(0, light, (count, 1)) + rng.normal(0, tint, (count, 3))
    return np.asarray(np.clip(colours + shift, 0, 1), dtype=np.float64)


def points(xy: NDArray[Any]) -> list[float]:
    """(N, 2) places in pixels as the flat list that Pillow draws quickest."""
    flat: list[float] = np.asarray(xy, dtype=np.float64).ravel().tolist()
    return flat
