"""Clips: taken apart into frames, put together again, and what moves between two frames. No torch here.

PyAV (for video files) and OpenCV (for what moves) come with ``pip install 'nst-bench[video]'``; both are imported only
where they are used.
"""

from nst.video.base import Facts, Frame
from nst.video.clips import Clip, clips, find_clip, open_sample, sample_file
from nst.video.errors import Broken, VideoError
from nst.video.flickering import flicker
from nst.video.folder import pack
from nst.video.motion import Flow, Mask, flow, visible, warp
from nst.video.reading import frames, look
from nst.video.shots import cut
from nst.video.writing import Quality, Writer

__all__ = [
    "Broken",
    "Clip",
    "Facts",
    "Flow",
    "Frame",
    "Mask",
    "Quality",
    "VideoError",
    "Writer",
    "clips",
    "cut",
    "find_clip",
    "flicker",
    "flow",
    "frames",
    "look",
    "open_sample",
    "pack",
    "sample_file",
    "visible",
    "warp",
]
