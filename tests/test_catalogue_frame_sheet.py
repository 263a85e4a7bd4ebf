"""Sheets and wires between closed lines."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.catalogue.frame_sheet import Cut, sheet
from tryon.catalogue.frame_solids import Solid, volume
from tryon.frame import F64
from tryon.render.material import Material

PLAIN = Material("plain")


def circle(radius: float, x: float = 0.0, count: int = 120) -> F64:
    angle = np.arange(count) / count * 2 * np.pi
    return np.column_stack((x + radius * np.cos(angle), radius * np.sin(angle)))


def flat(points: F64) -> F64:
    return np.zeros(len(points))


def is_closed(solid: Solid) -> bool:
    """Every edge has one triangle on each side."""
    edges = np.concatenate([solid.triangles[:, (k, (k + 1) % 3)] for k in range(3)])
    names = {(int(a), int(b)) for a, b in edges}
    return len(names) == len(edges) and all((b, a) in names for a, b in names)


@pytest.mark.parametrize("round_mm", [0.0, 2.5])
def test_a_ring_is_one_closed_solid(round_mm: float) -> None:
    solid = sheet([Cut(circle(25), 1.2), Cut(circle(20), 0.7)], 4.0, flat, PLAIN, round_mm=round_mm)
    assert is_closed(solid)
    area = np.pi * (25**2 - 20**2)
    whole = 5.0 / 2 * 4.0 / 2 * np.pi / (5.0 * 4.0) if round_mm else 1.0
    assert volume(solid.positions, solid.triangles) == pytest.approx(area * 4.0 * whole, rel=0.12)
    reach = np.hypot(solid.positions[:, 0], solid.positions[:, 1])
    assert 19.9 < reach.min() < 20.1
    assert reach.max() == pytest.approx(25, abs=0.01)


def test_holes_are_left_open_and_the_back_follows_its_surface() -> None:
    cuts = [Cut(circle(40, count=240), 1.2), Cut(circle(10, 18), 0.7), Cut(circle(10, -18), 0.7)]
    solid = sheet(cuts, 4.0, lambda points: -(points[:, 0] ** 2) / 200, PLAIN)
    assert is_closed(solid)
    middles = solid.positions[solid.triangles].mean(axis=1)
    assert np.hypot(np.abs(middles[:, 0]) - 18, middles[:, 1]).min() > 9
    over = solid.positions[:, 2] + solid.positions[:, 0] ** 2 / 200
    assert over.min() >= 0
    assert 4.0 < over.max() < 4.5
    edge = np.hypot(solid.positions[:, 0], solid.positions[:, 1]) > 39.9
    assert over[edge].max() < 3.0, "edges are rounded off"
