"""Who is before the camera, who was there till just now, and how strongly what they wear shows.

A face that comes into view while the camera runs is dressed gradually, and undressed gradually where it is lost, on
along its last motion: nothing pops. Where landmarks are hardly believed, beyond half profile, it is the same. What is
known of a face that turned away, or had a hand before it, is kept for two seconds and given to the face that is found
where that one was lost, as large as it was. Nothing else says that it is the same: faces are never compared. Of one
that left by the picture's edge, and after a cut, nothing is kept, for whoever comes next may be anybody.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from tryon.frame import U8
from tryon.geometry.camera import Camera
from tryon.geometry.coast import Coast
from tryon.geometry.steady import Head, HeadFilter, Held
from tryon.holding import Hold
from tryon.overlays.hair import HairWatch
from tryon.overlays.light import LightEstimate, LightMeter
from tryon.overlays.lip_watch import LipWatch
from tryon.overlays.memory import FaceMemory
from tryon.overlays.skin_watch import SkinWatch
from tryon.perception.hand import HandTracker
from tryon.perception.observation import FaceObservation, Observation
from tryon.sizing import Sizing
from tryon.toning import Toning

FADE_IN_MS: Final = 220.0
FADE_OUT_MS: Final = 180.0
# After a longer pause of the camera nobody remembers what was shown before.
PAUSE_MS: Final = 500.0
KEPT_MS: Final = 2000.0
# How sure the network is that it sees a face. Webcams' faces, small, dim or behind hands, had more than 0.9999. One
# turned by 60° had 0.98, one bent down by 40° had 0.6, and the landmarks of both were beside the face.
SURE: Final = 0.998
UNSURE: Final = 0.95
# In face widths: how far from where it was lost the same face may be found at once, and by how much farther for every
# second since; and the same of its size's logarithm.
NEAR: Final = 0.4
NEAR_PER_S: Final = 0.4
ALIKE: Final = 0.2
ALIKE_PER_S: Final = 0.15


@dataclass(slots=True, eq=False)
class Known:
    """What is known of one face: where, when and how large it was last (pixels), the latest light on it, and how
    strongly its products show, 0 to 1."""

    filters: HeadFilter = field(default_factory=HeadFilter)
    hair: HairWatch = field(default_factory=HairWatch)
    lips: LipWatch = field(default_factory=LipWatch)
    skin: SkinWatch = field(default_factory=SkinWatch)
    brows: SkinWatch = field(default_factory=SkinWatch)
    memory: FaceMemory = field(default_factory=FaceMemory)
    hands: HandTracker = field(default_factory=HandTracker)
    hold: Hold = field(default_factory=Hold)
    coast: Coast = field(default_factory=Coast)
    meter: LightMeter = field(default_factory=LightMeter)
    light: LightEstimate | None = None
    shown: float = 0.0
    # Where it was is worked out when it is gone.
    last: tuple[FaceObservation, Observation] | None = None
    t_ms: float = -math.inf
    place_px: tuple[float, float, float] = (0.0, 0.0, 1.0)
    left: bool = False

    def see_light(self, bgr: U8, head: Head, t_ms: float) -> None:
        """Take in the light on its head in a frame that nothing has been drawn on."""
        self.light = self.meter.read(bgr, head, t_ms)


class Attendance:
    """One session's faces. ``sizing`` and ``toning`` are told which face is whose."""

    def __init__(self, sizing: Sizing, toning: Toning) -> None:
        self._sizing = sizing
        self._toning = toning
        self._here: dict[int, Known] = {}
        self._away: dict[int, Known] = {}
        self._t_ms = -math.inf

    def reset(self) -> None:
        """Forget everybody, as for another scene."""
        for track in (*self._here, *self._away):
            self._sizing.lost(track)
            self._toning.lost(track)
        self._here.clear()
        self._away.clear()
        self._t_ms = -math.inf

    def __getitem__(self, track: int) -> Known:
        """What is known of a head that ``follow`` has told of."""
        return self._here.get(track) or self._away[track]

    def follow(
        self, seen: Observation, camera: Camera, bgr: U8 | None = None, *, turns: bool = True
    ) -> tuple[tuple[Head, ...], tuple[Head, ...]]:
        """The heads of the next frame, and those that are no longer seen but still fade. ``bgr`` is its picture, which
        tells where a head is that something covers, and, if ``turns`` are asked for, how it has turned: what lies on
        landmarks need not know that to half a degree."""
        if seen.cut:
            self.reset()
        elapsed = seen.t_ms - self._t_ms
        # What is there when the camera starts is dressed at once, as a photo is.
        running = 0 <= elapsed <= PAUSE_MS
        self._t_ms = seen.t_ms
        self._part({face.track for face in seen.faces}, seen.t_ms)
        heads = []
        for face in seen.faces:
            known = self._here.get(face.track)
            if known is None:
                known = self._here[face.track] = self._returned(face, seen.t_ms) or Known()
            known.filters.known_scale = self._sizing.known_scale(face.track)
            held: Held | None = None
            if bgr is not None and not known.hold.idle:
                held = partial(
                    known.hold.pose, points_px=face.points_px, bgr=bgr, camera=camera, memory=known.memory,
                    t_ms=seen.t_ms,
                )  # fmt: skip
            head = known.filters.update(face, camera, seen.t_ms, held, bgr if turns else None)
            known.coast.see(head, seen.t_ms)
            known.t_ms, known.last = seen.t_ms, (face, seen)
            target = _clear(face.confidence)
            # And a photo's only look is no place for half of something.
            known.shown = _towards(known.shown, target, elapsed) if running else float(target > 0.5)
            heads.append(head)
        return tuple(heads), self._fading(elapsed if running else math.inf, seen.t_ms)

    def _part(self, tracks: set[int], t_ms: float) -> None:
        """Who is not seen is away; who has been so for long, or another's time has come, is forgotten."""
        for track in [track for track in self._here if track not in tracks]:
            known = self._away[track] = self._here.pop(track)
            if known.last is not None:
                face, frame = known.last
                known.place_px, known.left, known.last = _place(face), _at_the_edge(face, frame), None
            self._toning.lost(track)
            if known.left:
                self._sizing.lost(track)
        for track in [track for track, known in self._away.items() if not 0 <= t_ms - known.t_ms <= KEPT_MS]:
            del self._away[track]
            self._sizing.lost(track)

    def _returned(self, face: FaceObservation, t_ms: float) -> Known | None:
        """What is known of a face that was lost where this one is; None of a new one."""
        away = {track: _away(known, _place(face), t_ms) for track, known in self._away.items()}
        track = min(away, key=lambda each: away[each], default=None)
        if track is None or away[track] > 1.0:
            return None
        known = self._away.pop(track)
        known.filters.doubt()
        self._sizing.renamed(track, face.track)
        return known

    def _fading(self, elapsed: float, t_ms: float) -> tuple[Head, ...]:
        fading = []
        for known in self._away.values():
            known.shown = max(known.shown - elapsed / FADE_OUT_MS, 0.0)
            head = known.coast.at(t_ms) if known.shown > 0.0 else None
            if head is not None:
                fading.append(head)
        return tuple(fading)


def _clear(confidence: float) -> float:
    """How strongly products of a face may show that the network is so sure of, 0 to 1."""
    odds = confidence / max(1.0 - confidence, 1e-9)
    part = math.log(max(odds, 1e-9) * (1 - UNSURE) / UNSURE) / math.log(
        SURE / (1 - SURE) * (1 - UNSURE) / UNSURE
    )
    return min(max(part, 0.0), 1.0)


def _towards(shown: float, target: float, elapsed: float) -> float:
    return min(max(target, shown - elapsed / FADE_OUT_MS), shown + elapsed / FADE_IN_MS)


def _place(face: FaceObservation) -> tuple[float, float, float]:
    """Middle and longer side of a face's box."""
    box = face.box
    return (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2, float(max(box.width, box.height, 1))


def _at_the_edge(face: FaceObservation, seen: Observation) -> bool:
    box = face.box
    return box.clip(seen.width_px, seen.height_px) != box


def _away(known: Known, place_px: tuple[float, float, float], t_ms: float) -> float:
    """How far a face is from one that was lost, over how far it may be; infinite from one that left the picture."""
    if known.left:
        return math.inf
    x, y, side = known.place_px
    seconds = (t_ms - known.t_ms) / 1000
    apart = math.hypot(place_px[0] - x, place_px[1] - y) / side / (NEAR + NEAR_PER_S * seconds)
    grown = abs(math.log(place_px[2] / side)) / (ALIKE + ALIKE_PER_S * seconds)
    return max(apart, grown)
