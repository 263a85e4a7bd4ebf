"""Compile what drawing a frame needs, before a merchant's file is looked at and its time counts.

On a machine that has never drawn one this takes a minute; what the server has compiled at its start is found on disk.
"""

from __future__ import annotations

from typing import Final

from tryon import compiled
from tryon.catalogue.frame_spec import FrameSpec
from tryon.catalogue.house_range import frames
from tryon.catalogue.parametric import build_frame
from tryon.ingest.turntable import turntable
from tryon.ingest.work import Say
from tryon.render import nearest

# A frame of few triangles calls the same kernels as one of many.
_DETAIL: Final = 0.5
_PART: Final = "frames"


def get_ready(say: Say) -> None:
    """Compile what is missing, and tell that the time of what follows counts from now."""
    if not is_prepared():
        say({"preparing": True, "step": "preparing this machine for its first product", "fraction": 0.0})
        prepare()
        say({"ready": True, "step": "starting", "fraction": 0.0})


def is_prepared() -> bool:
    """Whether a server of this version has started here before, for it compiles all of this, too; or ``prepare`` has
    been here."""
    return compiled.is_whole() or compiled.is_whole(_PART)


def prepare() -> None:
    """Draw a frame of our own from all sides, and look for the nearest points of a mesh."""
    nearest.warm_up()
    turntable(build_frame(_spec(), _DETAIL))
    compiled.mark_whole(_PART)


def _spec() -> FrameSpec:
    return next(iter(frames().values()))[2]
