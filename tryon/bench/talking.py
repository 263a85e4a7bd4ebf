"""The portrait's head, talking and blinking: its lips and lids move by known amounts, and where they are is known.

The portrait's own skin is pulled along on the texture of ``replay.synth``'s head. Below the mouth it moves down with
the jaw; between the lips the upper teeth stay, and below them are throat and tongue; the upper lid is pulled over the
eye. The outlines in the portrait were drawn by hand on it, enlarged twenty times: they are known to half a pixel of the
portrait, and how they move from frame to frame is known exactly.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import cv2
import numpy as np

from tryon.frame import F64, U8
from tryon.geometry.camera import Camera
from tryon.geometry.pose import Pose
from tryon.replay import skin
from tryon.replay.synth import SyntheticHead

Line: TypeAlias = tuple[tuple[float, float], ...]

# In the portrait's pixels, from left to right.
UPPER_BORDER: Final[Line] = (
    (203.1, 139.1), (207.6, 139.7), (213.2, 139.7), (217.9, 139.5), (220.6, 139.8), (223.1, 140.4), (225.6, 139.9),
    (227.8, 139.7), (232.5, 139.8), (236.8, 140.2), (241.0, 140.5), (245.2, 140.9),
)  # fmt: skip
SLIT_UPPER: Final[Line] = (
    (203.1, 139.7), (207.0, 141.4), (210.9, 142.0), (215.6, 142.8), (220.3, 143.7), (223.1, 144.2), (226.4, 143.9),
    (230.7, 143.6), (234.4, 143.5), (236.8, 143.4), (239.1, 142.5), (241.0, 141.4), (244.8, 141.1),
)  # fmt: skip
SLIT_LOWER: Final[Line] = (
    (203.1, 139.8), (205.2, 142.1), (207.1, 143.7), (209.4, 145.4), (212.3, 147.4), (215.6, 148.8), (218.4, 149.2),
    (222.2, 149.6), (225.9, 149.4), (229.7, 149.0), (232.5, 148.4), (234.9, 147.2), (237.3, 145.6), (240.1, 144.4),
    (242.9, 142.8), (244.8, 141.2),
)  # fmt: skip
LOWER_BORDER: Final[Line] = (
    (203.1, 140.0), (205.0, 143.2), (207.1, 146.2), (209.6, 149.2), (212.3, 151.3), (215.6, 153.2), (218.4, 154.0),
    (222.2, 154.5), (225.9, 154.6), (229.7, 154.1), (232.5, 152.9), (235.4, 150.8), (238.7, 147.7), (242.0, 144.9),
    (245.2, 141.3),
)  # fmt: skip
# Upper and lower lid of the wearer's right and left eye.
LIDS: Final[tuple[tuple[Line, Line], tuple[Line, Line]]] = (
    (
        (
            (195.5, 101.2), (197.5, 99.9), (200.0, 98.5), (203.0, 97.9), (206.0, 98.0), (208.0, 98.7), (209.3, 99.6),
            (210.5, 100.7), (212.0, 102.2), (213.5, 103.5),
        ),
        (
            (195.5, 101.3), (197.5, 103.2), (200.0, 104.6), (203.0, 104.9), (206.0, 104.7), (209.0, 104.4),
            (211.5, 104.0), (213.5, 103.6),
        ),
    ),
    (
        (
            (236.5, 104.9), (238.0, 104.0), (240.0, 102.5), (242.5, 101.1), (245.0, 100.2), (247.5, 99.9),
            (250.0, 100.3), (252.5, 101.5), (255.0, 103.0), (256.5, 104.3),
        ),
        (
            (236.5, 105.0), (238.0, 105.4), (240.5, 105.8), (244.0, 106.4), (247.5, 106.8), (251.0, 106.4),
            (254.0, 105.6), (256.5, 104.5),
        ),
    ),
)  # fmt: skip
# All that moves lies in this part of the portrait: left, top, right, bottom.
PULLED_PX: Final = (185, 80, 265, 204)
# The pull of the jaw ends here, below the chin.
NECK_Y: Final = 200.0
# Below its slit's edge the lip moves as a whole, so far.
LIP_PX: Final = 7.0
# Above the lid's edge lashes move as a whole, and the skin up to so far above it gives way.
LASHES_PX: Final = 2.0
LID_PX: Final = 8.0
# A slit that is shut shows as a dark line.
SHUT_DARK: Final = 0.55
THROAT_BGR: Final = (26.0, 20.0, 46.0)
TONGUE_BGR: Final = (92.0, 88.0, 158.0)
# Points told along each line.
FINE: Final = 33


@dataclass(frozen=True, slots=True, eq=False)
class Outlines:
    """Closed outlines on the head's surface, in head space (n, 3): ``lips`` their outer border, ``mouth`` what is
    between them, ``eyes`` the right and the left eye's opening (upper lid first, from left to right, then back)."""

    lips: F64
    mouth: F64
    eyes: tuple[F64, F64]

    def seen(self, name: str, pose: Pose, camera: Camera) -> F64:
        """One of them in the picture (n, 2): ``lips``, ``mouth``, ``right`` or ``left``."""
        places = {"lips": self.lips, "mouth": self.mouth, "right": self.eyes[0], "left": self.eyes[1]}[name]
        return np.asarray(camera.project(pose.to_camera(places)), np.float64)


class Talking:
    """A head whose mouth and eyes can be opened and shut."""

    def __init__(self, head: SyntheticHead) -> None:
        """``head`` is made of the portrait in scikit-image's wheel, re-toned or not."""
        self.head = head
        zoom = head.bust.zoom
        left, top, right, bottom = PULLED_PX
        self._part = np.s_[top * zoom : bottom * zoom, left * zoom : right * zoom]
        self._y: F64 = (np.arange(top * zoom, bottom * zoom) + 0.5)[:, None] / zoom
        self._x: F64 = (np.arange(left * zoom, right * zoom) + 0.5) / zoom

    def face(self, parted: float, shut: float = 0.0) -> tuple[SyntheticHead, Outlines]:
        """The head with its lips ``parted`` by so many mouth widths (0 closed, 0.45 wide open), and its eyes ``shut``
        (0 as in the portrait, 1 closed)."""
        bust = self.head.bust
        texels = bust.texels.copy()
        mouth = _Mouth(parted)
        texels[self._part] = self._blinked(self._parted(texels[self._part], mouth), shut)
        return replace(self.head, bust=replace(bust, texels=texels)), self._outlines(mouth, shut)

    def _parted(self, skin_: U8, mouth: _Mouth) -> U8:
        x, y = self._x, self._y
        top, low, new = mouth.upper(x), mouth.lower(x), mouth.new_lower(x)
        below = y - new
        rate = (NECK_Y - low - LIP_PX) / np.maximum(NECK_Y - new - LIP_PX, 1.0)
        moved = np.where(below <= LIP_PX, low + below, low + LIP_PX + (below - LIP_PX) * rate)
        made = self._remapped(skin_, np.where((y < NECK_Y) & (below > 0), moved, y)).astype(np.float32)
        # Teeth end where the lower lip was; beneath is what lies behind them.
        behind = (
            np.clip((y - low) * 2 + 1, 0, 1) * np.clip(0.5 - below * 2, 0, 1) * np.clip((new - top) * 2, 0, 1)
        )
        tongue = np.clip(2 * (y - low) / np.maximum(new - low, 0.5) - 0.9, 0, 1)[..., None]
        colour = np.array(THROAT_BGR) * (1 - tongue) + np.array(TONGUE_BGR) * tongue
        made[..., :3] += ((colour - made[..., :3]) * behind[..., None]).astype(np.float32)
        line = np.exp(-0.5 * (below / 0.45) ** 2) * np.clip(1 - (new - top) / 1.5, 0, 1)
        line *= (x > mouth.left) & (x < mouth.right)
        made[..., :3] *= (1 - SHUT_DARK * line[..., None]).astype(np.float32)
        return np.asarray(np.clip(made + 0.5, 0, 255), np.uint8)

    def _blinked(self, skin_: U8, shut: float) -> U8:
        if shut <= 0.0:
            return skin_
        x, y = self._x, self._y
        source_y = np.broadcast_to(y, skin_.shape[:2])
        for upper, lower in LIDS:
            top, low = _along(upper, x), _along(lower, x)
            new, brow = top + shut * (low - top), top - LID_PX
            rate = (LID_PX - LASHES_PX) / np.maximum(new - brow - LASHES_PX, 1e-3)
            moved = np.where(y > new - LASHES_PX, y - (new - top), brow + (y - brow) * rate)
            lid = (y > brow) & (y < new) & (x > upper[0][0]) & (x < upper[-1][0])
            source_y = np.where(lid, moved, source_y)
        return self._remapped(skin_, source_y)

    def _remapped(self, skin_: U8, source_y: F64) -> U8:
        zoom = self.head.bust.zoom
        across = np.broadcast_to(np.arange(skin_.shape[1], dtype=np.float32), skin_.shape[:2])
        down = ((source_y - PULLED_PX[1]) * zoom - 0.5).astype(np.float32)
        return np.asarray(cv2.remap(skin_, across, down, cv2.INTER_LINEAR), np.uint8)

    def _outlines(self, mouth: _Mouth, shut: float) -> Outlines:
        x = np.linspace(mouth.left, mouth.right, FINE)
        upper, new, low = mouth.upper(x), mouth.new_lower(x), mouth.lower(x)
        # The lip below the slit moves along with it.
        lips = _closed(x, _along(UPPER_BORDER, x), _along(LOWER_BORDER, x) + new - low)
        lines = [lips, _closed(x, upper, np.maximum(new, upper))]
        for lid, under in LIDS:
            x = np.linspace(lid[0][0], lid[-1][0], FINE)
            top, bottom = _along(lid, x), _along(under, x)
            lines.append(_closed(x, top + shut * (bottom - top), bottom))
        lips, slit, right, left = np.split(self._on_surface(np.concatenate(lines)), len(lines))
        return Outlines(lips, slit, (right, left))

    def _on_surface(self, places_px: F64) -> F64:
        """Places of the portrait (n, 2) in head space."""
        head = self.head
        camera, pose = head.camera, head.portrait
        z = skin.depth_at(head.bust, places_px, pose, camera)[:, None]
        rays = (places_px - (camera.cx_px, camera.cy_px)) / camera.focal_px
        in_camera = np.column_stack([rays, np.ones(len(rays))]) * z
        return np.asarray((in_camera - pose.translation_mm) @ pose.rotation, np.float64)


@dataclass(frozen=True, slots=True)
class _Mouth:
    """The slit's edges by column, the lower one where it is in the portrait and where it is pulled to."""

    parted: float
    left: float = SLIT_UPPER[0][0]
    right: float = SLIT_UPPER[-1][0]

    def upper(self, x: F64) -> F64:
        return _along(SLIT_UPPER, x)

    def lower(self, x: F64) -> F64:
        return np.maximum(_along(SLIT_LOWER, x), self.upper(x))

    def new_lower(self, x: F64) -> F64:
        t = np.clip((2 * x - self.left - self.right) / (self.right - self.left), -1, 1)
        return self.upper(x) + self.parted * (self.right - self.left) * (1 - t * t)


def _along(line: Line, x: F64) -> F64:
    """Its height at each column, smooth; beyond its ends that of the ends."""
    points = np.array(line)
    fine = np.linspace(points[0, 0], points[-1, 0], 4 * FINE)
    straight = np.interp(fine, points[:, 0], points[:, 1])
    soft = cv2.GaussianBlur(straight[None], (0, 0), 2.0, borderType=cv2.BORDER_REFLECT)[0]
    ends = np.clip(np.abs(np.linspace(-1, 1, len(fine))) * 8 - 7, 0, 1)
    return np.asarray(np.interp(x, fine, soft + (straight - soft) * ends), np.float64)


def _closed(x: F64, upper: F64, lower: F64) -> F64:
    """A closed outline (2n, 2): along the upper line, and back along the lower one."""
    return np.concatenate([np.column_stack([x, upper]), np.column_stack([x, lower])[::-1]])
