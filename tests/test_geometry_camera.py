"""The pinhole."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tryon.geometry.camera import Camera


@pytest.mark.parametrize("size", [(640, 480), (480, 640), (1280, 720), (512, 512), (333, 251)])
@pytest.mark.parametrize("fov_deg", [20.0, 63.0, 120.0])
def test_the_longer_side_spans_the_field_of_view(size: tuple[int, int], fov_deg: float) -> None:
    camera = Camera.from_fov(*size, fov_deg)
    side = max(size)
    assert 2 * math.degrees(math.atan(side / 2 / camera.focal_px)) == pytest.approx(fov_deg)
    assert (camera.cx_px, camera.cy_px) == (size[0] / 2, size[1] / 2)


@pytest.mark.parametrize(
    ("point_mm", "pixel"),
    [
        ((0, 0, 500), (320, 240)),  # the axis meets the picture's middle
        ((100, 0, 500), (420, 240)),  # x is right
        ((0, 100, 500), (320, 340)),  # y is down
        ((100, 100, 1000), (370, 290)),  # twice as far, half as large
    ],
)
def test_projection(point_mm: tuple[float, float, float], pixel: tuple[float, float]) -> None:
    camera = Camera(640, 480, 500.0, 320.0, 240.0)
    assert camera.project(np.array([point_mm])).tolist() == [list(pixel)]


@given(
    st.floats(-500, 500), st.floats(-500, 500), st.floats(50, 3000), st.floats(0.1, 10), st.floats(20, 120)
)
def test_points_of_one_ray_share_a_pixel(x: float, y: float, z: float, along: float, fov_deg: float) -> None:
    camera = Camera.from_fov(640, 480, fov_deg)
    one, other = camera.project(np.array([[x, y, z], [x * along, y * along, z * along]]))
    assert np.allclose(one, other, rtol=1e-9, atol=1e-6)


def test_a_frames_edge_is_seen_at_half_the_field_of_view() -> None:
    camera = Camera.from_fov(640, 480, 60.0)
    edge = camera.project(np.array([[math.tan(math.radians(30)) * 700, 0, 700]]))
    assert edge[0] == pytest.approx((640, 240))
