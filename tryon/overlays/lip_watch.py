"""What is remembered of one wearer's lips: their colours, and how far the picture's edges lie from the landmarks'."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from tryon.frame import F32, U8
from tryon.overlays.lip_edges import COLUMNS, find_edges, move_edges
from tryon.overlays.lip_light import LipLight, low_pass, middle_light
from tryon.overlays.mouth import Mouth
from tryon.overlays.region import bounds
from tryon.perception.smoothing import GAP_MS
from tryon.render import transfer

# Offsets follow a mouth at rest as slowly as this, for what changes there is a sensor's noise, and one that opens or
# shuts by a mouth width a second so much faster.
REST_HZ: Final = 1.0
OPENING_HZ: Final = 150.0
# At so many widths a second the frame before has half a say in where edges are looked for.
HELD_UP: Final = 10.0
# The opening's own speed is filtered, and what is slower than this, in widths a second, is landmarks' trembling.
SPEED_HZ: Final = 5.0
TREMBLES: Final = 0.08
# A mouth that talks stands still between opening and shutting, but not for long.
TALKS_S: Final = 0.15
# Mouths narrower than the first have no edges to be seen; between the two they count in part.
SMALL_PX: Final = (20.0, 36.0)
# Past these turns of the head the far lip is foreshortened, and what lies beside it is the room.
TURNED_DEG: Final = (22.0, 40.0)
# Between these openings, in mouth widths, landmarks stop and jaws go on: then a lower lip that is found further than
# ``JAW_TREMBLES`` widths from where it was is followed by so many hertz more for each.
JAW_FROM: Final = (0.20, 0.25)
JAW_HZ: Final = 400.0
JAW_TREMBLES: Final = 0.012
# Landmarks of a mouth that is open by more than this have the tongue within the lips.
TONGUE_FROM: Final = 0.2
# Of a mouth that something hides more than this part of, landmarks are guesses; and until so long after.
# Of one that is open as wide as ``JAW_FROM`` it is the second part: tongue and throat lie where landmarks have lips.
HIDDEN: Final = (0.2, 0.45)
SETTLES_MS: Final = 400.0
# With nothing before the whole face they are shown sooner, but not in the very next frame: a hand that moves is lost
# for one or two.
CLEARS_MS: Final = 200.0


class LipWatch:
    """One wearer's lips, from frame to frame."""

    def __init__(self) -> None:
        self._lips: F32 = np.zeros((2, 8), np.float32)
        self._offsets: F32 = np.zeros((4, COLUMNS), np.float32)
        self._light, self._middle = LipLight(), (0.0, 0.0)
        self._opened, self._speed = 0.0, 0.0
        self._stir, self._seen = 0.0, 0
        self._t_ms = -math.inf
        self._hidden_ms = -math.inf

    def hidden(self, covered: float | None, t_ms: float, opened: float = 0.0) -> bool:
        """Whether nobody can tell where the lips are: ``covered`` is the part of the mouth, 0 to 1, that something
        hides, None where nothing is in front of the whole face; ``opened`` how far the lips are apart, in widths."""
        least, most = HIDDEN
        if covered is None:
            if t_ms - self._hidden_ms >= CLEARS_MS:
                self._hidden_ms = -math.inf
        elif covered > least + (most - least) * _share(opened, JAW_FROM):
            self._hidden_ms = t_ms
        return 0.0 <= t_ms - self._hidden_ms < SETTLES_MS

    def follow(
        self,
        bgr: U8,
        mouth: Mouth,
        yaw_deg: float,
        t_ms: float,
        covered: bool = False,
        haze: float = 0.0,
    ) -> tuple[Mouth, tuple[float, float]]:
        """The mouth with its curves where the picture has them, and the lips' middle linear luminance and red, without
        the camera's haze. Looked for once a frame, and not while something covers the face: then the last ones hold."""
        place = np.array(
            [*mouth.origin, *mouth.along, mouth.start, mouth.span, mouth.width_px, mouth.open_part],
            np.float32,
        )
        to_linear = transfer.to_linear(haze)
        told = mouth.heights if mouth.open_part > TONGUE_FROM else mouth.heights.copy()
        look = t_ms != self._t_ms and not covered
        seconds = (t_ms - self._t_ms) / 1e3
        if not 0.0 < seconds < GAP_MS / 1e3:
            seconds = math.inf
        if look:
            self._t_ms = t_ms
            found = self._offsets * np.float32(mouth.width_px)
            held = 1.0 / (1.0 + HELD_UP * self._stir) if seconds < math.inf else 0.0
            find_edges(bgr, mouth.heights, place, self._lips, to_linear, found, held)
            self._filter(found / np.float32(mouth.width_px), mouth.open_part, seconds)
        share = _share(mouth.width_px, SMALL_PX) * (1.0 - _share(abs(yaw_deg), TURNED_DEG))
        if share > 0.0:
            move_edges(mouth.heights, self._offsets, share * mouth.width_px)
        if look or self._middle[0] <= 0.0:
            self._middle = self._brightness(bgr, mouth, told, place, seconds, to_linear)
        return mouth, self._middle

    def _brightness(
        self, bgr: U8, mouth: Mouth, curves: F32, place: F32, seconds: float, to_linear: F32
    ) -> tuple[float, float]:
        """``curves`` are the landmarks' while the mouth is closed, which tremble less."""
        box = bounds(mouth.corners_px, 0.0).clip(bgr.shape[1], bgr.shape[0])
        now = middle_light(bgr, box.x0, box.y0, box.width, box.height, curves, place, to_linear)
        return self._light.follow(*now, float(self._lips[0, 7]), float(place[7]), seconds)

    def _filter(self, found: F32, opened: float, seconds: float) -> None:
        """Follow new offsets, in mouth widths; after an infinite time they are the first."""
        self._speed += low_pass(SPEED_HZ, seconds) * ((opened - self._opened) / seconds - self._speed)
        self._opened = opened
        self._stir = max(abs(self._speed), self._stir * math.exp(-seconds / TALKS_S))
        self._seen = 1 if seconds == math.inf else self._seen + 1
        share = low_pass(REST_HZ + OPENING_HZ * max(self._stir - TREMBLES, 0.0), seconds)
        # The first frames count alike.
        share = max(share, 1.0 / self._seen)
        away = found - self._offsets
        self._offsets[:2] += np.float32(share) * away[:2]
        wide = _share(opened, JAW_FROM)
        if wide > 0.0:
            jaw = max(abs(float(np.median(row[COLUMNS // 4 : -COLUMNS // 4]))) for row in away[2:])
            share = max(share, low_pass(JAW_HZ * wide * max(jaw - JAW_TREMBLES, 0.0), seconds))
        self._offsets[2:] += np.float32(share) * away[2:]


def _share(value: float, between: tuple[float, float]) -> float:
    return min(max((value - between[0]) / (between[1] - between[0]), 0.0), 1.0)
