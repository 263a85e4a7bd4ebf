"""Recorded clips: any video that FFmpeg reads (GIFs, pictures and numbered pictures too) in, H.264 in MP4 out.

The only imports of PyAV. Memory is bounded by a few pictures, whatever the clip's length: frames are read one after
another, larger ones are scaled down to ``SIDE_MAX_PX``, and sizes beyond ``PIXELS_MAX`` are refused before they are
decoded.
"""

from __future__ import annotations

from tryon.replay.clip.reader import ClipInfo, ClipReader
from tryon.replay.clip.sound import Sound
from tryon.replay.clip.stills import StillsReader
from tryon.replay.clip.writer import ClipWriter

__all__ = ["ClipInfo", "ClipReader", "ClipWriter", "Sound", "StillsReader"]
