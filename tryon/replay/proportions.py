"""The shape of a synthetic head: whose depth it has, and heads of other proportions under the same skin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from tryon.frame import F64
from tryon.geometry.head import template
from tryon.perception import landmarks as at

# Where a nose is, and how far it reaches around its middle; head space, mm.
NOSE_MM: Final = (np.array([0.0, -36.0, 18.0]), np.array([13.0, 14.0, 30.0]))


@dataclass(frozen=True, slots=True)
class Proportions:
    """A head's width, height and depth over the portrait's, and how much further its nose stands out, in mm."""

    width: float = 1.0
    height: float = 1.0
    depth: float = 1.0
    nose_mm: float = 0.0

    def of(self, points_mm: F64) -> F64:
        """Points of the portrait's head (n, 3) on this one."""
        middle, reach = NOSE_MM
        nose = np.exp(-0.5 * (((points_mm - middle) / reach) ** 2).sum(axis=1))
        out = points_mm * (self.width, self.height, self.depth)
        out[:, 2] += self.nose_mm * nose
        return np.asarray(out / self.width, np.float64)


def with_mean_depth(own_mm: F64) -> F64:
    """A face (478, 3) in head space with the mean head's depth, at its own size."""
    mean = template().points_mm
    size = float(np.ptp(own_mm[at.RIGID, :2], axis=0).mean() / np.ptp(mean[at.RIGID, :2], axis=0).mean())
    depth = mean[:, 2] * size
    shift = float((own_mm[at.RIGID, 2] - depth[at.RIGID]).mean())
    return np.column_stack([own_mm[:, :2], depth + shift])
