"""One picture and its time: the value that travels through the whole server."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture with the time at which its source took it.

    ``bgr`` has shape (height, width, 3), uint8, C-contiguous. ``t_ms`` runs on the source's own
    monotonic clock (camera or clip); only differences mean anything. ``spent`` tells that whoever made the frame has no
    further use for its pixels: a product may be drawn straight into them instead of into a copy.
    """

    bgr: U8
    t_ms: float
    sequence: int = 0
    spent: bool = False

    def __post_init__(self) -> None:
        shape = self.bgr.shape
        if self.bgr.dtype != np.uint8 or len(shape) != 3 or shape[2] != 3:
            raise ValueError(f"a frame is (height, width, 3) uint8, not {shape} {self.bgr.dtype}")
        if not self.bgr.flags.c_contiguous:
            raise ValueError("a frame is C-contiguous; pass np.ascontiguousarray(bgr)")

    @property
    def width_px(self) -> int:
        return int(self.bgr.shape[1])

    @property
    def height_px(self) -> int:
        return int(self.bgr.shape[0])


@dataclass(frozen=True, slots=True)
class Rect:
    """A half-open pixel rectangle: x0 <= x < x1, y0 <= y < y1."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def width(self) -> int:
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        return self.y1 - self.y0

    @property
    def empty(self) -> bool:
        return self.x1 <= self.x0 or self.y1 <= self.y0

    def union(self, other: Rect) -> Rect:
        """The smallest rectangle that holds both."""
        return Rect(
            min(self.x0, other.x0),
            min(self.y0, other.y0),
            max(self.x1, other.x1),
            max(self.y1, other.y1),
        )

    def clip(self, width: int, height: int) -> Rect:
        """The part inside a picture of that size; may be empty."""
        return Rect(max(self.x0, 0), max(self.y0, 0), min(self.x1, width), min(self.y1, height))

    def grow(self, margin: int) -> Rect:
        """The rectangle with ``margin`` pixels more on each side."""
        return Rect(self.x0 - margin, self.y0 - margin, self.x1 + margin, self.y1 + margin)

    def align(self, step: int) -> Rect:
        """Grown outwards to multiples of ``step`` (a JPEG block, say)."""
        return Rect(
            self.x0 // step * step,
            self.y0 // step * step,
            -(-self.x1 // step) * step,
            -(-self.y1 // step) * step,
        )
