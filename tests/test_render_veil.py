"""Veils: they hide what is behind their plane, where their mask says so, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.frame import F32, Rect
from tryon.render.veil import Veil, hang, plane_inverse_depth

VIEW = (500.0, 320.0, 240.0)


def test_a_planes_inverse_depth_is_that_of_its_points() -> None:
    normal = np.array([0.3, -0.2, 0.9])
    point = np.array([20.0, -30.0, 600.0])
    a, b, c = plane_inverse_depth(point, normal, *VIEW)
    for offset in ([10.0, 0.0], [-50.0, 40.0], [0.0, 0.0]):
        x, y = point[0] + offset[0], point[1] + offset[1]
        z = point[2] - (normal[0] * offset[0] + normal[1] * offset[1]) / normal[2]
        px, py = VIEW[0] * x / z + VIEW[1], VIEW[0] * y / z + VIEW[2]
        assert a * px + b * py + c == pytest.approx(1 / z, rel=1e-9)


def test_a_plane_through_the_camera_hides_nothing() -> None:
    assert plane_inverse_depth(np.array([0.0, 0.0, 600.0]), np.array([1.0, 0.0, 0.0]), *VIEW) == (
        0.0,
        0.0,
        0.0,
    )


@pytest.mark.parametrize("scale", [1, 2])
def test_it_covers_its_mask_and_never_brings_an_occluder_back(scale: int) -> None:
    rect = Rect(100, 50, 140, 80)
    depth: F32 = np.full((30 * scale, 40 * scale), 0.0005, np.float32)
    depth[: 15 * scale] = 0.004
    mask = np.zeros((20, 20), np.uint8)
    mask[:, :10] = 255
    mask[:, 10:] = 127
    hang(Veil(Rect(90, 55, 110, 75), mask, (0.0, 0.0, 0.002)), rect, depth)
    assert np.allclose(depth[: 15 * scale], 0.004), "what is nearer stays"
    assert (depth == np.float32(0.002)).sum() == 0, "the mask's columns 90..99 lie left of the rectangle"
    hang(Veil(Rect(102, 55, 122, 75), mask, (0.0, 0.0, 0.002)), rect, depth)
    covered = depth == np.float32(0.002)
    assert covered.sum() == 10 * 10 * scale * scale
    assert covered[15 * scale : 25 * scale, 2 * scale : 12 * scale].all()


def test_a_veil_beside_the_rectangle_changes_nothing() -> None:
    depth: F32 = np.zeros((10, 10), np.float32)
    hang(
        Veil(Rect(50, 50, 60, 60), np.full((10, 10), 255, np.uint8), (0.0, 0.0, 1.0)),
        Rect(0, 0, 10, 10),
        depth,
    )
    assert not depth.any()
