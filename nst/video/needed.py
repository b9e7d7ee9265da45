"""The libraries of the extra ``video``, imported where they are used; without one, how to get it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nst.video.errors import VideoError

if TYPE_CHECKING:
    from types import ModuleType


def pyav() -> ModuleType:
    """PyAV, which brings FFmpeg; :class:`VideoError` where it is not installed."""
    return _library("av", "PyAV", "to read and write videos")


def opencv() -> Any:
    """OpenCV; :class:`VideoError` where it is not installed."""
    return _library("cv2", "OpenCV", "to follow what moves")


def _library(module: str, name: str, purpose: str) -> ModuleType:
    try:
        return import_module(module)
    except ImportError as error:
        raise VideoError(f"{name} is needed {purpose} ({error}): pip install 'nst-bench[video]'") from error
