"""What only the pictures can tell of a frame: the camera's and the dressed one, side by side.

``Probes`` sees every frame of a take in order and says what goes into its record's ``pixels`` and ``regions``; the
names are those of ``docs/measures.md``. It never writes to a picture.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from tryon.frame import F64, U8, Rect
from tryon.geometry.steady import Head
from tryon.looks import Look
from tryon.overlays.eyewear import Eyewear
from tryon.overlays.lips import Lips
from tryon.perception import landmarks as at
from tryon.pipeline import Rendered
from tryon.render.colour import de00, lab_from_linear
from tryon.replay import shade
from tryon.replay.edges import EdgeWatch
from tryon.replay.flow import SkinFlow
from tryon.replay.hidden import Hidden
from tryon.replay.measures import frame_corners_px
from tryon.replay.reach import Reach
from tryon.replay.records import XY, RegionRecord

# Patches of skin that neither glasses nor lipstick cover, as landmarks in their middle: low on the cheeks, high on the
# forehead.
SKIN: Final[dict[str, tuple[int, ...]]] = {"cheeks": (205, 425), "forehead": (151,)}
# Side of a patch, as a part of the face's width.
PATCH_PART: Final = 0.07
_NOTHING: Final = np.zeros(3)


@dataclass(frozen=True, slots=True)
class Seen:
    """One frame's ``FrameRecord.pixels`` and ``FrameRecord.regions``."""

    pixels: dict[str, float]
    regions: dict[str, RegionRecord]


class Probes:
    """One take's probes. ``labels`` are the polygons of what hides the face, by frame index."""

    def __init__(self, look: Look, labels: Mapping[int, Sequence[Sequence[XY]]] | None = None) -> None:
        self._look = look
        self._labels = labels or {}
        lips = next((worn for worn in look.overlays if isinstance(worn, Lips)), None)
        self._lipstick = None if lips is None else lips.lipstick
        self._glasses = next((worn for worn in look.overlays if isinstance(worn, Eyewear)), None)
        self._reach = Reach(look.overlays)
        self._flow = SkinFlow()
        self._edges = {"frame": EdgeWatch(), "lips": EdgeWatch()}
        self._hidden = Hidden(look)

    def skip(self) -> None:
        """A frame was dropped or failed: what follows is no next frame."""
        self._flow.forget()
        self._forget_edges()

    def _forget_edges(self) -> None:
        for watch in self._edges.values():
            watch.forget()

    def see(self, before: U8, rendered: Rendered, index: int) -> Seen:
        """Measure the next frame: ``before`` is the camera's picture, ``rendered`` what the pipeline made of it."""
        pixels = self._leaks(before, rendered)
        if not rendered.heads or rendered.light is None:
            self.skip()
            return Seen(pixels, {})
        head = rendered.heads[0]
        grey = np.asarray(cv2.cvtColor(before, cv2.COLOR_BGR2GRAY), np.uint8)
        for place, steps in self._flow.see(grey, head).items():
            pixels[f"{place}.skin_x_px"], pixels[f"{place}.skin_y_px"] = steps.skin_px
            pixels[f"{place}.ahead_x_px"], pixels[f"{place}.ahead_y_px"] = steps.ahead_px
        # What is still coming has neither its edges nor its colour yet.
        whole = head.track not in rendered.shown
        if whole:
            pixels |= self._edge_changes(grey, rendered, head)
        else:
            self._forget_edges()
        colours = _skin(before, rendered.bgr, head)
        lips = shade.lips(before, rendered.bgr, head) if whole else None
        if lips is not None:
            colours["lips"] = lips.before, lips.after
        if lips is not None and self._lipstick is not None:
            wanted = lab_from_linear(shade.expected(self._lipstick, lips, rendered.light, head))
            found = lab_from_linear(lips.after)
            pixels["colour.shade_de00"] = float(de00(found, wanted))
            for name, difference in zip(("lighter", "redder", "yellower"), found - wanted, strict=True):
                pixels[f"colour.{name}"] = float(difference)
        regions = {name: RegionRecord(_lab(bare), _lab(dressed)) for name, (bare, dressed) in colours.items()}
        if index in self._labels:
            pixels |= self._hidden.see(before, rendered, self._labels[index])
        return Seen(pixels, regions)

    def _leaks(self, before: U8, rendered: Rendered) -> dict[str, float]:
        after, dirty = rendered.bgr, rendered.dirty
        height, width = before.shape[:2]
        if dirty is None:
            outside = 0 if after is before else cv2.countNonZero(_changed(before, after))
            return {"leak.px": float(outside), "leak.outside_dirty_px": float(outside)}
        told = dirty.clip(width, height)
        strips = (
            np.s_[: told.y0], np.s_[told.y1 :],
            np.s_[told.y0 : told.y1, : told.x0], np.s_[told.y0 : told.y1, told.x1 :],
        )  # fmt: skip
        outside = sum(_differ(before[part], after[part]) for part in strips)
        part = np.s_[told.y0 : told.y1, told.x0 : told.x1]
        stray = cv2.subtract(
            _changed(before[part], after[part]),
            self._reach.allowed(told, (*rendered.heads, *rendered.fading)),
        )
        return {"leak.px": float(outside + cv2.countNonZero(stray)), "leak.outside_dirty_px": float(outside)}

    def _edge_changes(self, grey: U8, rendered: Rendered, head: Head) -> dict[str, float]:
        if rendered.dirty is None:
            self._forget_edges()
            return {}
        after = np.asarray(cv2.cvtColor(rendered.bgr, cv2.COLOR_BGR2GRAY), np.uint8)
        places: dict[str, F64] = {}
        if self._glasses is not None:
            places["frame"] = frame_corners_px(head.pose, head.camera)
        if self._lipstick is not None:
            places["lips"] = head.points_px[at.LIPS_OUTER, :2].astype(np.float64)
        found: dict[str, float] = {}
        for place, points in places.items():
            edge = self._edges[place].see(grey, after, points)
            if edge is not None:
                found[f"edge.{place}_change"], found[f"edge.{place}_added"] = edge.change, edge.added
        return found


def _skin(before: U8, after: U8, head: Head) -> dict[str, tuple[F64, F64]]:
    """Mean linear blue, green and red before and after, by region; a region that is out of view is left out."""
    height, width = before.shape[:2]
    half = max(round(PATCH_PART * float(np.ptp(head.points_px[: at.SURFACE_COUNT, 0])) / 2), 1)
    found: dict[str, tuple[F64, F64]] = {}
    for name, points in SKIN.items():
        patches = []
        for point in points:
            x, y = (int(value) for value in head.points_px[point, :2])
            rect = Rect(x - half, y - half, x + half + 1, y + half + 1)
            if rect.clip(width, height) == rect:
                patches.append(np.s_[rect.y0 : rect.y1, rect.x0 : rect.x1])
        if patches:
            one, other = (
                np.mean([shade.mean_linear(picture[part].reshape(-1, 3)) for part in patches], axis=0)
                for picture in (before, after)
            )
            found[name] = (one, other)
    return found


def _differ(before: U8, after: U8) -> int:
    # Comparing bytes costs a tenth of finding which; nearly always there are none.
    if np.array_equal(before, after):
        return 0
    return cv2.countNonZero(_changed(before, after))


def _changed(before: U8, after: U8) -> U8:
    """255 where a pixel differs, 0 elsewhere; OpenCV compares all three channels at once."""
    if before.size == 0:
        return np.zeros(before.shape[:2], np.uint8)
    same = cv2.inRange(cv2.absdiff(before, after), _NOTHING, _NOTHING)
    return np.asarray(cv2.bitwise_not(same), np.uint8)


def _lab(linear_bgr: F64) -> tuple[float, float, float]:
    lightness, a, b = lab_from_linear(linear_bgr).tolist()
    return lightness, a, b
