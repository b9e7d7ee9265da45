"""The libraries of the extra ``video``, imported where they are used; without one, how to get it."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from nst.video.errors import VideoError

if TYPE_CHECKING:
    from types import ModuleType


INSTALL = "pip install 'nst-bench[video]'"


def missing() -> str:
    """What a video cannot do without and is not installed here, and how to get it; empty where all is there."""
    names = [name for module, name in (("av", "PyAV"), ("cv2", "OpenCV")) if find_spec(module) is None]
    if not names:
        return ""
    return f"videos need {' and '.join(names)}: {INSTALL}"


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
        raise VideoError(f"{name} is needed {purpose} ({error}): {INSTALL}") from error
