"""Hands near a face, followed from frame to frame; the palm detector runs only while somebody suspects one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from tryon.frame import F32, Frame
from tryon.perception.face_model import Region
from tryon.perception.hand_model import HandModel, region_of

# Of the network's probability: a hand that is found, and one that is followed.
FOUND: Final = 0.7
FOLLOWED: Final = 0.4
HANDS_MAX: Final = 2
# Where hands are looked for and followed: around the face, in its longer sides.
AROUND: Final = 2.2
# Searches follow one another so soon, for a hand that comes is blurred at first, and after so many that found nothing
# ever later.
SEARCH_MS: Final = 90.0
EAGER: Final = 4
SEARCH_MAX_MS: Final = 1500.0
# … and go on for so long after the last suspicion, or after a hand was lost: one that moves is suspected on and off.
LINGER_MS: Final = 250.0
# Somebody who has suspected nothing for so long is believed at once, and so is one who suspects so many times as much.
CALM_MS: Final = 600.0
GROWN: Final = 2.0
# A second hand is looked for beside the first.
SECOND_MS: Final = 300.0
GAP_MS: Final = 250.0
# Two crops nearer than this part of a side hold one hand.
SAME: Final = 0.35


@dataclass(slots=True)
class _Hand:
    region: Region
    points_px: F32


class HandTracker:
    """The hands before one face of one session."""

    def __init__(self) -> None:
        self._hands: list[_Hand] = []
        self._searched_ms = -math.inf
        self._suspected_ms = -math.inf
        self._period_ms = SEARCH_MS
        self._missed = 0
        self._missed_at = 0.0
        self._t_ms = -math.inf

    @property
    def idle(self) -> bool:
        """Whether no hand is followed."""
        return not self._hands

    def rests(self, t_ms: float) -> bool:
        """Whether ``observe`` has nothing to do then, unless somebody suspects a hand."""
        return not self._hands and not 0 <= t_ms - self._suspected_ms <= LINGER_MS

    def observe(self, frame: Frame, face: Region, suspected: float, model: HandModel) -> tuple[F32, ...]:
        """The points (21, 2) of the hands near a face. ``suspected`` is how much of the face may be covered; 0: nobody
        suspects a hand. Raises PerceptionFailed."""
        if not 0 <= frame.t_ms - self._t_ms <= GAP_MS:
            self._hands.clear()
        self._t_ms = frame.t_ms
        kept: list[_Hand] = []
        for hand in self._hands:
            found = self._look(frame, hand.region, face, model, FOLLOWED)
            if found is not None and not any(_same(found.region, other.region) for other in kept):
                kept.append(found)
        lost = len(self._hands) > len(kept)
        self._hands = kept
        if lost:
            self._suspected_ms = frame.t_ms
        if self._search_is_due(frame.t_ms, suspected):
            self._search(frame, face, model)
        return tuple(hand.points_px for hand in self._hands)

    def _search_is_due(self, t_ms: float, suspected: float) -> bool:
        since = t_ms - self._searched_ms
        if self._hands:
            return len(self._hands) < HANDS_MAX and suspected > 0 and not 0 <= since < SECOND_MS
        if suspected > 0:
            if not 0 <= t_ms - self._suspected_ms <= CALM_MS or suspected > GROWN * self._missed_at:
                self._period_ms, self._missed, self._missed_at = SEARCH_MS, 0, suspected
            self._suspected_ms = t_ms
        elif self.rests(t_ms):
            return False
        return not 0 <= since < self._period_ms

    def _search(self, frame: Frame, face: Region, model: HandModel) -> None:
        self._searched_ms = frame.t_ms
        before = len(self._hands)
        for region in model.detect(frame.bgr, Region(face.x, face.y, face.side * AROUND, 0.0)):
            if len(self._hands) >= HANDS_MAX:
                break
            if any(_same(region, hand.region) for hand in self._hands):
                continue
            found = self._look(frame, region, face, model, FOUND)
            if found is not None and not any(_same(found.region, hand.region) for hand in self._hands):
                self._hands.append(found)
        self._missed = 0 if len(self._hands) > before else self._missed + 1
        if self._missed == 0:
            self._period_ms = SEARCH_MS
        elif self._missed >= EAGER:
            self._period_ms = min(2 * self._period_ms, SEARCH_MAX_MS)

    @staticmethod
    def _look(frame: Frame, region: Region, face: Region, model: HandModel, least: float) -> _Hand | None:
        points, presence = model.points(frame.bgr, region)
        if presence < least:
            return None
        wanted = region_of(points)
        apart = math.hypot(wanted.x - face.x, wanted.y - face.y)
        if apart > (AROUND * face.side + wanted.side) / 2 or not 0.15 < wanted.side / face.side < 3.0:
            return None
        return _Hand(wanted, points)


def _same(one: Region, other: Region) -> bool:
    return math.hypot(one.x - other.x, one.y - other.y) < SAME * max(one.side, other.side)
