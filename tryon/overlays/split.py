"""Several looks on one face, side by side: bands from the wearer's right to the wearer's left.

Each look is drawn on a picture of its own, and the bands are put together inside the rectangle that any of them has
changed. The seams ride on the skin: they run through landmarks at a set distance from the face's middle, and beyond
forehead and chin straight on. A band that is bare is the camera's own picture, to the bit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import numpy as np

from tryon.compiled import kernel
from tryon.frame import F32, U8, Rect
from tryon.geometry.head import template
from tryon.geometry.steady import Head
from tryon.overlays.base import Overlay, Scene
from tryon.perception import landmarks as at

# Where the seams run, from the face's middle to the wearer's left, in millimetres of the mean head.
SEAMS_MM: Final = {2: (0.0,), 3: (-24.0, 24.0)}
PARTS_MAX: Final = 3
# A seam is told at places so far apart down the face, each the mean of landmarks around it with this spread.
PLACES: Final = 24
SPREAD_MM: Final = 5.0
# Landmarks further back than this lie on the face's sides.
BACK_MM: Final = -55.0
# From one look to the next within so many pixels.
SOFT_PX: Final = 1.5


@dataclass(frozen=True, slots=True)
class Split:
    """``parts``: the overlays of each band, from the wearer's right to the left; two or three."""

    parts: tuple[tuple[Overlay, ...], ...]
    kind: str = "split"

    @property
    def order(self) -> int:
        """That of the first overlay of any part."""
        return min((overlay.order for part in self.parts for overlay in part), default=0)

    def draw(self, scene: Scene) -> Rect | None:
        """Draw on every head of the scene, one after the other."""
        touched: Rect | None = None
        for head in scene.heads:
            rect = self._draw(replace(scene, heads=(head,)), head)
            if rect is not None:
                touched = rect if touched is None else touched.union(rect)
        return touched

    def _draw(self, scene: Scene, head: Head) -> Rect | None:
        bands = [scene.bgr, *(scene.bgr.copy() for _ in self.parts[1:])]
        touched: Rect | None = None
        for bgr, overlays in zip(bands, self.parts, strict=True):
            own = replace(scene, bgr=bgr)
            for overlay in overlays:
                rect = overlay.draw(own)
                if rect is not None:
                    touched = rect if touched is None else touched.union(rect)
        if touched is None:
            return None
        touched = touched.clip(scene.bgr.shape[1], scene.bgr.shape[0])
        across, down, seams, first = _seams(head, len(self.parts))
        for number, band in enumerate(bands[1:]):
            _put(
                scene.bgr, band, touched.x0, touched.y0, touched.x1, touched.y1, across, down, seams[number], first
            )  # fmt: skip
        return touched


def kinds_of(overlays: Iterable[Overlay]) -> frozenset[str]:
    """The kinds of overlays, of those in the bands of a split too."""
    found: set[str] = set()
    for overlay in overlays:
        inner = (
            kinds_of(each for part in overlay.parts for each in part) if isinstance(overlay, Split) else ()
        )
        found |= {overlay.kind, *inner}
    return frozenset(found)


def side_by_side(parts: tuple[tuple[Overlay, ...], ...]) -> tuple[Overlay, ...]:
    """The overlays of several looks as those of one: what all begin and end with is drawn once, for the whole face."""
    shortest = min(len(part) for part in parts)
    begin = ending = 0
    while begin < shortest and _equal(parts, begin):
        begin += 1
    while ending < shortest - begin and _equal(parts, -1 - ending):
        ending += 1
    own = tuple(part[begin : len(part) - ending] for part in parts)
    middle = (Split(own),) if any(own) else ()
    return (*parts[0][:begin], *middle, *parts[0][len(parts[0]) - ending :])


def _equal(parts: tuple[tuple[Overlay, ...], ...], at: int) -> bool:
    return all(part[at] is parts[0][at] or part[at] == parts[0][at] for part in parts[1:])


@cache
def _weights(x_mm: float) -> F32:
    """How much each landmark (…, 468) says of the seam's places (PLACES, …), from forehead to chin."""
    points = template().points_mm[: at.SURFACE_COUNT]
    top, bottom = (float(points[index, 1]) for index in (at.FOREHEAD_TOP, at.CHIN))
    heights = np.linspace(top, bottom, PLACES)
    away = (points[None, :, 0] - x_mm) ** 2 + (points[None, :, 1] - heights[:, None]) ** 2
    weights = np.exp(-away / (2 * SPREAD_MM**2)) * (points[:, 2] > BACK_MM)
    made: F32 = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    made.setflags(write=False)
    return made


def _seams(head: Head, parts: int) -> tuple[F32, F32, F32, float]:
    """Unit vectors across and down the face in the picture; how far across each seam runs, (seams, n) at each pixel
    down from the number that is returned last."""
    points = head.points_px[: at.SURFACE_COUNT, :2]
    down = points[at.CHIN] - points[at.FOREHEAD_TOP]
    down = (down / max(float(np.hypot(*down)), 1e-3)).astype(np.float32)
    across = np.array([down[1], -down[0]], np.float32)
    rows = []
    for x_mm in SEAMS_MM[parts]:
        places = _weights(x_mm) @ points
        # A nose that is seen from below hides its own underside: the seam never turns back.
        along = np.maximum.accumulate(places @ down)
        rows.append((along, places @ across))
    first = min(float(along[0]) for along, _ in rows)
    last = max(float(along[-1]) for along, _ in rows)
    at_px = first + np.arange(int(last - first) + 2, dtype=np.float32)
    table = np.stack([np.interp(at_px, along, beside) for along, beside in rows]).astype(np.float32)
    return across, down, table, first


@kernel
def _put(
    bgr: U8, band: U8, x0: int, y0: int, x1: int, y1: int, across: F32, down: F32, seam: F32, first: float
) -> None:
    """What lies beyond the seam, from ``band`` into ``bgr``, inside a rectangle."""
    last = seam.shape[0] - 1
    for y in range(y0, y1):
        for x in range(x0, x1):
            px, py = x + 0.5, y + 0.5
            along = min(max(px * down[0] + py * down[1] - first, 0.0), last - 1e-3)
            row = int(along)
            edge = seam[row] + (along - row) * (seam[row + 1] - seam[row])
            share = (px * across[0] + py * across[1] - edge) / SOFT_PX + 0.5
            if share <= 0.0:
                continue
            if share >= 1.0:
                bgr[y, x, 0] = band[y, x, 0]
                bgr[y, x, 1] = band[y, x, 1]
                bgr[y, x, 2] = band[y, x, 2]
            else:
                for channel in range(3):
                    near, far = float(bgr[y, x, channel]), float(band[y, x, channel])
                    bgr[y, x, channel] = int(near + share * (far - near) + 0.5)
