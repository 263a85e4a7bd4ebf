"""Whose body a garment is put on: the nearest wearer's figure, and what is known of their colours."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from tryon.frame import Frame
from tryon.geometry.figure import Figure, FigureFilter
from tryon.overlays.lower_watch import LegsWatch
from tryon.overlays.palette import Palette
from tryon.overlays.torso_watch import TorsoWatch
from tryon.perception.aside import Aside
from tryon.perception.body import BodyTracker
from tryon.perception.body_model import BodyModel
from tryon.perception.company import Company
from tryon.perception.observation import Observation

# A body that was lost for no longer is not missed: what is told would flicker.
MISSED_MS: Final = 300.0


@dataclass(frozen=True, slots=True, eq=False)
class Wearer:
    """``palette`` and ``legs`` learn from the frames that are dressed; ``torso`` tells which way it is turned;
    ``company`` who is beside them."""

    figure: Figure
    palette: Palette
    legs: LegsWatch = field(default_factory=LegsWatch)
    torso: TorsoWatch = field(default_factory=TorsoWatch)
    company: Company | None = None


class WearerWatch:
    """One session's memory of the body that is dressed."""

    def __init__(self) -> None:
        self._tracker = BodyTracker()
        self._filter = FigureFilter()
        self._palette = Palette()
        self._legs = LegsWatch()
        self._torso = TorsoWatch()
        self._track: int | None = None
        self._found_ms = -math.inf
        # Whether no body is found, and was not just now.
        self.missed = False

    def reset(self) -> None:
        """Forget the body and its colours."""
        self._tracker.reset()
        self._track = None
        self._found_ms = -math.inf

    def ahead(self, frame: Frame, model: BodyModel, aside: Aside) -> None:
        """Begin with what ``look`` will want of the same frame, before it is known whose body it is; ``settle``
        afterwards."""
        self._tracker.ahead(frame, model, aside)

    def settle(self) -> None:
        """Have done with what ``ahead`` began."""
        self._tracker.settle()

    def look(
        self, frame: Frame, seen: Observation, model: BodyModel, *, legs: bool = False
    ) -> dict[int, Wearer]:
        """The wearer of the next frame by the track of their face; nobody where no body is found. ``legs`` tells that
        they are dressed, too. Raises PerceptionFailed."""
        body = self._tracker.observe(frame, seen.faces, model, others=seen.others, legs=legs)
        if body is None:
            self._track = None
            self.missed = not 0 <= frame.t_ms - self._found_ms <= MISSED_MS
            return {}
        self._found_ms, self.missed = frame.t_ms, False
        if body.face != self._track:
            self._track = body.face
            self._filter = FigureFilter()
            self._palette = Palette()
            self._legs = LegsWatch()
            self._torso = TorsoWatch()
        figure = self._filter.update(body, frame.height_px, frame.t_ms)
        self._legs.look(figure, frame.height_px, frame.t_ms)
        face = next(face for face in seen.faces if face.track == body.face)
        company = self._tracker.company
        others = None if company is None else company.places_px[1:]
        self._torso.look(body, face.points_px, frame.t_ms, frame.height_px, others)
        return {body.face: Wearer(figure, self._palette, self._legs, self._torso, company)}


def body_hints(
    hints: tuple[str, ...], wearers: Mapping[int, Wearer], *, legs: bool, missed: bool = False
) -> tuple[str, ...]:
    """The hints for whoever is to be dressed: what keeps clothes from being shown is told first, and whose ``legs`` are
    dressed has to be far away. ``missed`` tells that no body was found."""
    wearer = next(iter(wearers.values()), None)
    if wearer is not None and not wearer.torso.faces:
        hints = ("no_front", *hints)
    elif (wearer is not None and not wearer.torso.in_view) or (
        missed and not legs and "too_far" not in hints
    ):
        hints = ("no_shoulders", *hints)
    if legs:
        hints = tuple(hint for hint in hints if hint != "too_far")
    return ("no_legs", *hints) if legs and (wearer is None or not wearer.legs.seen) else hints
