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
# The mean head is what the network makes of people, and flatter across than people are. Laid over a scanned head and
# over the mean of many scans, from 38 mm beside the midline to 60 mm it comes to stand out by 5.3 mm too much, and by
# another 3.9 mm from the eyes up. (The two scans' own gaps correlate by 0.75.) It matters: fitted across the picture
# alone, a head made of the scan's frontal picture turns by 1.01 of what it should with this, and by 0.97 without; the
# scan itself by 1.05.
SIDE_MM: Final = (5.3, 3.9)
SIDE_FROM_MM: Final = (38.0, 22.0)
UPPER_FROM_MM: Final = (-15.0, 30.0)


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
    """A face (478, 3) in head space with a mean head's depth, as scans have it, at its own size.

    It stands where the face stood by the middle alone: the rigid points within 38 mm of the midline keep their mean
    depth. With the sides among them, rounder sides would push the whole face forward.
    """
    mean = template().points_mm
    size = float(np.ptp(own_mm[at.RIGID, :2], axis=0).mean() / np.ptp(mean[at.RIGID, :2], axis=0).mean())
    depth = (mean[:, 2] - _flatter(mean)) * size
    middle = at.RIGID[np.abs(mean[at.RIGID, 0]) < SIDE_FROM_MM[0]]
    shift = float((own_mm[middle, 2] - depth[middle]).mean())
    return np.column_stack([own_mm[:, :2], depth + shift])


def _flatter(mean_mm: F64) -> F64:
    """By how much (478,) the mean head's points stand out too far beside its middle, mm."""
    side = np.clip((np.abs(mean_mm[:, 0]) - SIDE_FROM_MM[0]) / SIDE_FROM_MM[1], 0.0, 1.0)
    upper = np.clip((mean_mm[:, 1] - UPPER_FROM_MM[0]) / UPPER_FROM_MM[1], 0.0, 1.0)
    return np.asarray(side * (SIDE_MM[0] + SIDE_MM[1] * upper), np.float64)
