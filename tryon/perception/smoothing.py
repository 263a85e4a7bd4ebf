"""One-Euro filters: still when still, quick when quick.

Casiez, Roussel, Vogel, "1 € Filter", CHI 2012: a first-order low-pass whose cut-off grows with the signal's own
filtered speed. Time comes with the samples; no clock is read. A gap, a repeated or a backward time restarts the filter
at the new value, so an old face never glides to a new one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from tryon.compiled import quick
from tryon.frame import F64

# After a gap of this length the past says nothing about the present.
GAP_MS: Final = 400.0


@dataclass(frozen=True, slots=True)
class OneEuro:
    """``minimum_hz`` is the cut-off at rest; ``beta`` adds hertz per unit of speed (units a second)."""

    minimum_hz: float
    beta: float
    derivative_hz: float = 1.5


@quick
def one_euro(
    value: F64, state: F64, speed: F64, seconds: float, minimum_hz: float, beta: float, derivative_hz: float
) -> None:
    """Move ``state`` (n, k) towards ``value`` in place; a row's cut-off follows the norm of its filtered ``speed``."""
    rate = 2 * math.pi * derivative_hz * seconds
    share = rate / (rate + 1)
    for i in range(value.shape[0]):
        total = 0.0
        for k in range(value.shape[1]):
            speed[i, k] += share * ((value[i, k] - state[i, k]) / seconds - speed[i, k])
            total += speed[i, k] * speed[i, k]
        rate = 2 * math.pi * (minimum_hz + beta * math.sqrt(total)) * seconds
        follow = rate / (rate + 1)
        for k in range(value.shape[1]):
            state[i, k] += follow * (value[i, k] - state[i, k])


class VectorFilter:
    """One filter over a contiguous array of one shape; the speed that opens it is the norm over the last axis."""

    def __init__(self, tuning: OneEuro) -> None:
        self._tuning = tuning
        self._value: F64 | None = None
        self._speed: F64 | None = None
        self._t_ms = -math.inf

    @property
    def value(self) -> F64 | None:
        """The last output."""
        return self._value

    @property
    def speed(self) -> float:
        """How fast the output would have to go to be where the input is, filtered, in units a second, and the norm over
        all of it: what opens the filter. 0 before the second sample."""
        return 0.0 if self._speed is None else float(np.linalg.norm(self._speed))

    def reset(self) -> None:
        """Forget everything."""
        self._value = None
        self._speed = None
        self._t_ms = -math.inf

    def __call__(self, value: F64, t_ms: float) -> F64:
        """Filter the next sample."""
        elapsed = t_ms - self._t_ms
        if self._value is None or self._speed is None or not 0 < elapsed <= GAP_MS:
            self._value, self._speed, self._t_ms = value.copy(), np.zeros_like(value), t_ms
            return value.copy()
        rows = (-1, value.shape[-1])
        one_euro(
            value.reshape(rows), self._value.reshape(rows), self._speed.reshape(rows), elapsed / 1000,
            self._tuning.minimum_hz, self._tuning.beta, self._tuning.derivative_hz,
        )  # fmt: skip
        self._t_ms = t_ms
        return self._value.copy()


class RotationFilter:
    """One-Euro on rotation matrices (3, 3): the low-pass moves along the shortest turn."""

    def __init__(self, tuning: OneEuro) -> None:
        self._tuning = tuning
        self._value: F64 | None = None
        self._speed = np.zeros(3)
        self._t_ms = -math.inf

    def reset(self) -> None:
        """Forget everything."""
        self._value = None
        self._speed = np.zeros(3)
        self._t_ms = -math.inf

    def __call__(self, rotation: F64, t_ms: float) -> F64:
        """Filter the next sample; speeds are in radians a second."""
        elapsed = t_ms - self._t_ms
        if self._value is None or not 0 < elapsed <= GAP_MS:
            self._value, self._speed, self._t_ms = rotation.copy(), np.zeros(3), t_ms
            return rotation.copy()
        seconds = elapsed / 1000
        _one_euro_turn(
            np.ascontiguousarray(rotation), self._value, self._speed, seconds,
            self._tuning.minimum_hz, self._tuning.beta, self._tuning.derivative_hz,
        )  # fmt: skip
        self._t_ms = t_ms
        return self._value.copy()


def rotation_vector(rotation: F64) -> F64:
    """Axis times angle (radians) of a rotation matrix; exact for angles below 180°."""
    vector = np.empty(3)
    _to_vector(np.ascontiguousarray(rotation, np.float64), vector)
    return vector


def rotation_matrix(vector: F64) -> F64:
    """Rodrigues' formula: the matrix of axis times angle."""
    matrix = np.empty((3, 3))
    _to_matrix(np.ascontiguousarray(vector, np.float64), 1.0, matrix)
    return matrix


@quick
def _to_vector(rotation: F64, out: F64) -> None:
    out[0] = rotation[2, 1] - rotation[1, 2]
    out[1] = rotation[0, 2] - rotation[2, 0]
    out[2] = rotation[1, 0] - rotation[0, 1]
    sine = math.sqrt(out[0] * out[0] + out[1] * out[1] + out[2] * out[2]) / 2
    cosine = (rotation[0, 0] + rotation[1, 1] + rotation[2, 2] - 1) / 2
    size = 0.5 if sine < 1e-9 else math.atan2(sine, cosine) / (2 * sine)
    for k in range(3):
        out[k] *= size


@quick
def _to_matrix(vector: F64, part: float, out: F64) -> None:
    """The matrix of ``part`` of the turn ``vector``."""
    x, y, z = vector[0] * part, vector[1] * part, vector[2] * part
    squared = x * x + y * y + z * z
    angle = math.sqrt(squared)
    a, b = 1.0, 0.0
    if angle >= 1e-9:
        a, b = math.sin(angle) / angle, (1 - math.cos(angle)) / squared
    out[0, 0], out[0, 1], out[0, 2] = 1 - b * (y * y + z * z), b * x * y - a * z, b * x * z + a * y
    out[1, 0], out[1, 1], out[1, 2] = b * x * y + a * z, 1 - b * (x * x + z * z), b * y * z - a * x
    out[2, 0], out[2, 1], out[2, 2] = b * x * z - a * y, b * y * z + a * x, 1 - b * (x * x + y * y)


@quick
def _one_euro_turn(
    rotation: F64,
    state: F64,
    speed: F64,
    seconds: float,
    minimum_hz: float,
    beta: float,
    derivative_hz: float,
) -> None:
    """As ``one_euro``, on matrices (3, 3): ``state`` turns towards ``rotation``, in place."""
    away, turn, before = np.empty((3, 3)), np.empty(3), state.copy()
    for i in range(3):
        for j in range(3):
            away[i, j] = (
                rotation[i, 0] * state[j, 0] + rotation[i, 1] * state[j, 1] + rotation[i, 2] * state[j, 2]
            )
    _to_vector(away, turn)
    rate = 2 * math.pi * derivative_hz * seconds
    total = 0.0
    for k in range(3):
        speed[k] += rate / (rate + 1) * (turn[k] / seconds - speed[k])
        total += speed[k] * speed[k]
    rate = 2 * math.pi * (minimum_hz + beta * math.sqrt(total)) * seconds
    _to_matrix(turn, rate / (rate + 1), away)
    for i in range(3):
        for j in range(3):
            state[i, j] = away[i, 0] * before[0, j] + away[i, 1] * before[1, j] + away[i, 2] * before[2, j]
