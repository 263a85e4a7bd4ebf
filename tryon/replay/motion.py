"""How a synthetic head moves: pure functions of time."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

# A turn at constant speed begins and ends over this part of each leg: heads do not reverse in no time.
EASE: Final = 0.2


@dataclass(frozen=True, slots=True)
class Move:
    """Angles as ``Pose.yaw_pitch_roll_deg`` reads them, and the neck's shift in camera space (x right, y down, z away
    from the camera), in millimetres."""

    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0
    x_mm: float = 0.0
    y_mm: float = 0.0
    z_mm: float = 0.0


@dataclass(frozen=True, slots=True)
class Motion:
    """A script: ``at(t_ms)`` tells where the head is, for ``duration_ms``."""

    name: str
    duration_ms: float
    at: Callable[[float], Move]


def still(duration_ms: float, move: Move | None = None) -> Motion:
    """No motion at all."""
    rest = move or Move()
    return Motion("still", duration_ms, lambda _: rest)


def swing(
    name: str,
    move: Move,
    amplitude: float,
    speed: float,
    duration_ms: float,
    *,
    field: str,
    steady: bool = False,
) -> Motion:
    """To and fro in one ``field`` of ``move`` by ± ``amplitude`` about its value.

    ``speed`` per second is the highest of a sine, or, with ``steady``, that of straight legs with rounded ends.
    """
    middle = float(getattr(move, field))
    # A leg with eased ends takes 1 + EASE of the time that it would take at full speed throughout.
    period_ms = 1000 * amplitude / speed * (4 * (1 + EASE) if steady else 2 * math.pi)

    def at(t_ms: float) -> Move:
        phase = t_ms / period_ms
        part = _zigzag(phase) if steady else math.sin(2 * math.pi * phase)
        changed: Move = replace(move, **{field: middle + amplitude * part})
        return changed

    return Motion(name, duration_ms, at)


def yaw(amplitude_deg: float, deg_per_s: float, duration_ms: float, *, steady: bool = False) -> Motion:
    """Shaking the head."""
    return swing("yaw", Move(), amplitude_deg, deg_per_s, duration_ms, field="yaw_deg", steady=steady)


def pitch(amplitude_deg: float, deg_per_s: float, duration_ms: float, *, steady: bool = False) -> Motion:
    """Nodding."""
    return swing("pitch", Move(), amplitude_deg, deg_per_s, duration_ms, field="pitch_deg", steady=steady)


def roll(amplitude_deg: float, deg_per_s: float, duration_ms: float, *, steady: bool = False) -> Motion:
    """Tilting."""
    return swing("roll", Move(), amplitude_deg, deg_per_s, duration_ms, field="roll_deg", steady=steady)


def translate(amplitude_mm: float, mm_per_s: float, duration_ms: float, *, steady: bool = False) -> Motion:
    """From side to side."""
    return swing("translate", Move(), amplitude_mm, mm_per_s, duration_ms, field="x_mm", steady=steady)


def approach(amplitude_mm: float, mm_per_s: float, duration_ms: float, *, steady: bool = False) -> Motion:
    """To the camera and back."""
    return swing("approach", Move(), amplitude_mm, mm_per_s, duration_ms, field="z_mm", steady=steady)


def leave(
    away_mm: float, leave_ms: float, return_ms: float, duration_ms: float, walk_ms: float = 400.0
) -> Motion:
    """Out of the frame sideways at ``leave_ms`` and back again from ``return_ms`` on."""

    def at(t_ms: float) -> Move:
        out = _ease((t_ms - leave_ms) / walk_ms) - _ease((t_ms - return_ms) / walk_ms)
        return Move(x_mm=away_mm * out)

    return Motion("leave", duration_ms, at)


def cut(first: Move, second: Move, cut_ms: float, duration_ms: float) -> Motion:
    """From one place to another between two frames."""
    return Motion("cut", duration_ms, lambda t_ms: first if t_ms < cut_ms else second)


def _zigzag(phase: float) -> float:
    """Period 1, starts at 0 rising; straight legs between -1 and 1 with parabolic turns."""
    leg = (phase + 0.25) % 1.0 * 2
    up = leg < 1
    t = leg if up else leg - 1
    # Constant acceleration over the first EASE/(1+EASE) half of each end, then constant speed.
    ramp = EASE / (1 + EASE)
    full = 1 / (1 - ramp)
    if t < ramp:
        part = full * t * t / (2 * ramp)
    elif t > 1 - ramp:
        part = 1 - full * (1 - t) ** 2 / (2 * ramp)
    else:
        part = full * (t - ramp / 2)
    return 2 * part - 1 if up else 1 - 2 * part


def _ease(t: float) -> float:
    t = min(max(t, 0.0), 1.0)
    return t * t * (3 - 2 * t)
