"""The libraries of the extra ``video``, imported where they are used; without one, how to get it."""

from __future__ import annotations

import threading
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from nst.video.errors import VideoError

if TYPE_CHECKING:
    from types import ModuleType


INSTALL = "pip install 'nst-bench[video]'"

_first_use = threading.Lock()
_in_use: set[str] = set()


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
    """OpenCV, with one thread from the first call on: the processor is left to what is measured beside it.

    It is told so once and never again. Its thread count is one for the whole process, and changing it while another
    thread computes ends in wrong numbers or in a segmentation fault (seen with 5.0.0).

    Raises:
        VideoError: where it is not installed.
    """
    cv2 = _library("cv2", "OpenCV", "to follow what moves")
    with _first_use:
        if "cv2" not in _in_use:
            cv2.setNumThreads(1)
            _in_use.add("cv2")
    return cv2


def _library(module: str, name: str, purpose: str) -> ModuleType:
    try:
        return import_module(module)
    except ImportError as error:
        raise VideoError(f"{name} is needed {purpose} ({error}): {INSTALL}") from error
