"""The stock face mesh that ours is measured against."""

from __future__ import annotations

import numpy as np

from tryon.frame import U8
from tryon.perception import landmarks as at
from tryon.perception.observation import FaceObservation
from tryon.perception.stock import StockFaceMesh


def test_it_sees_the_face_where_we_see_it(astronaut: U8, astronaut_face: FaceObservation) -> None:
    with StockFaceMesh() as mesh:
        for _ in range(3):
            points = mesh.process(astronaut)
    assert points is not None
    assert points.shape == (at.POINT_COUNT, 3)
    error = np.hypot(*(points[:, :2] - astronaut_face.points_px[:, :2]).T)
    assert float(np.sqrt((error**2).mean())) < 1.5


def test_no_face_is_none_and_closing_twice_is_fine() -> None:
    mesh = StockFaceMesh()
    assert mesh.process(np.zeros((120, 160, 3), np.uint8)) is None
    mesh.close()
    mesh.close()
