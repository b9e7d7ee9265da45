"""Runs of one colour each, two starts at two sizes, and what the screen shows where they are laid over each other."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image

NOISE, CONTENT = (200, 100, 50), (190, 50, 50)
A, B, LARGE = ("noise", 48), ("content", 48), ("content", 64)


def flat(p: Any, content: str, style: str) -> np.ndarray[Any, Any]:
    return np.full((p["size"] * 3 // 4, p["size"], 3), NOISE if p["init"] == "noise" else CONTENT, np.uint8)


def loaded(page: Any) -> None:
    page.wait_for_function("[...document.querySelectorAll('.stage img')].every(e => e.complete && e.naturalWidth)")


def pixels(page: Any, selector: str = ".pile") -> np.ndarray[Any, Any]:
    """What is on the screen there, height x width x 3."""
    with Image.open(io.BytesIO(page.locator(selector).first.screenshot())) as image:
        return np.asarray(image.convert("RGB"))


def middle(shown: np.ndarray[Any, Any], across: float = 0.5) -> tuple[int, ...]:
    return tuple(shown[shown.shape[0] // 2, int(shown.shape[1] * across)].tolist())


def captions(page: Any) -> list[str]:
    return [" ".join(text.split()) for text in page.locator(".viewer figcaption").all_text_contents()]
