"""What a clip with known truth shall show: every choice of ``tryon qa synth``, checked."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tryon.errors import ConfigError
from tryon.geometry.head import IRIS_MM
from tryon.replay import motion
from tryon.replay.clip.picture import SIDE_MAX_PX
from tryon.replay.lighting import LIGHTS
from tryon.replay.motion import Motion, Move
from tryon.replay.tone import TONES

SIDE_MIN_PX: Final = 160
SECONDS_MAX: Final = 3600.0
FPS_MAX: Final = 240.0
NOISE_MAX: Final = 40.0
# Beyond this the cut-out of a frontal portrait shows what the portrait does not.
TURN_MAX_DEG: Final = 40.0
# A face of this part of the picture's height (of three quarters of its width, where that is less) at rest.
FACE_PART: Final = 200 / 480
# Of the head's distance, how far it may come nearer.
APPROACH_MAX: Final = 0.6


@dataclass(frozen=True, slots=True)
class Course:
    """A motion's defaults: ``amplitude`` to either side and highest ``speed`` a second, in ``unit``."""

    amplitude: float
    speed: float
    unit: str


COURSES: Final[dict[str, Course]] = {
    "still": Course(0.0, 0.0, ""),
    "yaw": Course(25.0, 60.0, "°"),
    "pitch": Course(12.0, 40.0, "°"),
    "roll": Course(20.0, 50.0, "°"),
    "approach": Course(120.0, 150.0, "mm"),
    "translate": Course(70.0, 150.0, "mm"),
    "leave": Course(0.0, 0.0, ""),
    "cut": Course(20.0, 0.0, "°"),
    "mixed": Course(20.0, 60.0, "°"),
}
_SWINGS: Final[dict[str, Callable[[float, float, float], Motion]]] = {
    "yaw": motion.yaw,
    "pitch": motion.pitch,
    "roll": motion.roll,
    "approach": motion.approach,
    "translate": motion.translate,
}
# What ``mixed`` does in turn: the field that moves, and its amplitude for each degree of the turn's.
_MIXED: Final = (
    ("yaw_deg", 0.0),
    ("yaw_deg", 1.0),
    ("pitch_deg", 0.5),
    ("roll_deg", 0.8),
    ("x_mm", 3.0),
    ("z_mm", 5.0),
)


@dataclass(frozen=True, slots=True)
class Recipe:
    """One clip. ``None`` leaves a choice to the portrait (``pd_mm``, ``head_width_mm``, ``tone``) or to the motion
    (``amplitude``, ``speed``: degrees or millimetres, each to one side, and per second)."""

    seconds: float
    motion: str = "mixed"
    amplitude: float | None = None
    speed: float | None = None
    pd_mm: float | None = None
    iris_mm: float = IRIS_MM
    head_width_mm: float | None = None
    fov_deg: float = 63.0
    width_px: int = 640
    height_px: int = 480
    fps: float = 30.0
    noise: float = 2.0
    light: str = "neutral"
    tone: str | None = None
    portrait: Path | None = None
    seed: int = 0
    lossless: bool = False

    def __post_init__(self) -> None:
        """Raises ConfigError, which names the flag, for what cannot be made."""
        _within("--seconds", self.seconds, 1 / FPS_MAX, SECONDS_MAX)
        _within("--fps", self.fps, 1, FPS_MAX)
        _within("--fov", self.fov_deg, 20, 120)
        _within("--noise", self.noise, 0, NOISE_MAX)
        _within("--iris", self.iris_mm, 9, 15)
        _within("--seed", self.seed, 0, 2**31)
        for side in (self.width_px, self.height_px):
            _within("--size", side, SIDE_MIN_PX, SIDE_MAX_PX)
            if side % 2:
                raise ConfigError(f"--size {self.width_px}x{self.height_px}: both sides must be even.")
        _one_of("--motion", self.motion, COURSES)
        _one_of("--light", self.light, LIGHTS)
        if self.tone is not None:
            _one_of("--tone", self.tone, TONES)
        if self.seconds * self.fps < 1:
            raise ConfigError(
                f"{self.seconds:g} s at {self.fps:g} frames/s are not one frame; make it longer."
            )
        if self.pd_mm is not None and self.head_width_mm is not None:
            raise ConfigError(
                "--pd and --head-width both set the size of one head, whose proportions are the portrait's; give one."
            )
        if self.pd_mm is not None:
            _within("--pd", self.pd_mm, 40, 85)
        if self.head_width_mm is not None:
            _within("--head-width", self.head_width_mm, 100, 200)
        self._check_course()

    @property
    def face_px(self) -> float:
        """How wide the face is at rest."""
        return FACE_PART * min(self.height_px, 0.75 * self.width_px)

    @property
    def course(self) -> Course:
        """Amplitude and speed, given or the motion's own."""
        own = COURSES[self.motion]
        return Course(
            own.amplitude if self.amplitude is None else self.amplitude,
            own.speed if self.speed is None else self.speed,
            own.unit,
        )

    def script(self, distance_mm: float, away_mm: float) -> Motion:
        """The head's way. It rests at ``distance_mm``, and ``away_mm`` aside it is out of the picture."""
        course, length_ms = self.course, self.seconds * 1000
        if self.motion == "approach" and course.amplitude > APPROACH_MAX * distance_mm:
            raise ConfigError(
                f"--amplitude {course.amplitude:g}: the head rests {distance_mm:.0f} mm before the camera and may come "
                f"nearer by {APPROACH_MAX * distance_mm:.0f} mm at most."
            )
        if self.motion == "still":
            return motion.still(length_ms)
        if self.motion == "leave":
            return motion.leave(
                away_mm, length_ms * 0.35, length_ms * 0.6, length_ms, min(400.0, length_ms * 0.1)
            )
        if self.motion == "cut":
            there = Move(yaw_deg=course.amplitude, x_mm=40.0, z_mm=60.0)
            return motion.cut(Move(), there, length_ms / 2, length_ms)
        if self.motion == "mixed":
            return Motion("mixed", length_ms, lambda t_ms: _mixed(t_ms / length_ms, t_ms, course))
        return _SWINGS[self.motion](course.amplitude, course.speed, length_ms)

    def _check_course(self) -> None:
        course = COURSES[self.motion]
        if not course.speed and self.speed is not None:
            raise ConfigError(f"--speed says nothing of the motion {self.motion!r}; leave it out.")
        if not course.amplitude and self.amplitude is not None:
            raise ConfigError(f"--amplitude says nothing of the motion {self.motion!r}; leave it out.")
        if self.amplitude is not None:
            _within("--amplitude", self.amplitude, 0.1, TURN_MAX_DEG if course.unit == "°" else 1000)
        if self.speed is not None:
            _within("--speed", self.speed, 0.1, 1000)


def _mixed(part: float, t_ms: float, course: Course) -> Move:
    """Rest, turn, nod, tilt, sideways, nearer: each for a sixth of the time, each begun and ended at rest."""
    leg = min(int(part * len(_MIXED)), len(_MIXED) - 1)
    within = part * len(_MIXED) - leg
    field, share = _MIXED[leg]
    # A swing that grows to the leg's middle and dies away again.
    fade = math.sin(math.pi * within) ** 2
    phase = t_ms / 1000 * course.speed / max(course.amplitude, 1e-6)
    # Nearer only: beyond its rest the face would be small.
    swing = 0.5 * (math.cos(phase) - 1) if field == "z_mm" else math.sin(phase)
    return Move(**{field: course.amplitude * share * fade * swing})


def _within(flag: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise ConfigError(f"{flag} {value:g} is outside {least:g} to {most:g}.")


def _one_of(flag: str, name: str, known: Collection[str]) -> None:
    if name not in known:
        raise ConfigError(f"{flag} {name!r} is none of {', '.join(known)}.")
