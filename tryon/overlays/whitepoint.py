"""What white would look like here, told by several doubtful witnesses, each with its doubt.

A camera's picture is light times the surfaces' colours times the camera's own balance, and only the product is seen. So
each thing whose colour is roughly known says what diffuse white would be: bright things of the room, the whites of the
eyes, a sheet of paper. Everything is in logs of linear blue, green and red, where products are sums, doubts are
Gaussian, and witnesses are weighed by their inverse covariance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from tryon.frame import F64

# Log red/green and log blue/green of a black body at 3000 K seen by a camera balanced for 6500 K.
WARM: Final = (0.785, -1.135)
# What automatic white balance leaves of such a cast, one standard deviation; and how far light lies beside that line.
LEFT_OVER: Final = 0.30
BESIDE: Final = 0.06

_TINT_FROM_LOG: Final = np.array([[0.0, -1.0, 1.0], [1.0, -1.0, 0.0]])
_ALONG: Final = np.array(WARM) / float(np.hypot(*WARM))
_ACROSS: Final = np.array([-_ALONG[1], _ALONG[0]])


@dataclass(frozen=True, slots=True, eq=False)
class Gaussian:
    """A mean (3,) and covariance (3, 3) of log linear blue, green and red."""

    mean: F64
    covariance: F64


def clue(seen: F64, albedo: F64, level: float, tint: float) -> Gaussian:
    """White as something says that is ``seen`` (3,) and would be ``albedo`` (3,) under unit white, both linear;
    ``level`` and ``tint`` are the standard deviations of its logs, of all channels together and of each alone."""
    return Gaussian(np.log(seen / albedo), level**2 * np.ones((3, 3)) + tint**2 * np.eye(3))


def white(clues: Sequence[Gaussian]) -> Gaussian:
    """All clues together, at least one, with what cameras are known to do about the colour of light."""
    axes = np.stack([_ALONG, _ACROSS]) @ _TINT_FROM_LOG
    spread = np.array([LEFT_OVER * float(np.hypot(*WARM)), BESIDE])
    precision = axes.T @ np.diag(spread**-2.0) @ axes
    weighed = np.zeros(3)
    for one in clues:
        known = np.linalg.inv(one.covariance)
        precision = precision + known
        weighed = weighed + known @ one.mean
    covariance = np.linalg.inv(precision)
    return Gaussian(covariance @ weighed, covariance)


def cast(log_white: F64) -> tuple[float, float]:
    """How far a light's colour is from neutral: along the line of warm and cold light, 1 for 3000 K unbalanced, below
    0 cold; and beside that line, in logs, as only coloured lamps and walls are."""
    tint = _TINT_FROM_LOG @ log_white
    return float(tint @ _ALONG / np.hypot(*WARM)), float(tint @ _ACROSS)
