"""A frame's pictures from its sides, and the cameras that say where its points are on them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tests.frame_meshes import frame_mesh
from tryon.catalogue.frame_places import anatomy
from tryon.catalogue.frame_views import HEIGHTS_PX, WIDTH_PX, Drawn, frame_views
from tryon.catalogue.reshape import reshaped
from tryon.frame import F64, U8


def picture(drawn: Drawn) -> U8:
    found = cv2.imdecode(np.frombuffer(drawn.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert found is not None
    return np.asarray(found, np.uint8)


def seen(drawn: Drawn, points_mm: F64) -> F64:
    camera = points_mm @ drawn.camera_from_product[:3, :3].T + drawn.camera_from_product[:3, 3]
    middle = (drawn.view.cx_px, drawn.view.cy_px)
    return np.asarray(camera[:, :2] / camera[:, 2:] * drawn.view.focal_px + middle, np.float64)


@pytest.mark.parametrize("yaw_deg", [-140.0, 30.0])
def test_each_camera_is_that_of_its_picture(yaw_deg: float) -> None:
    mesh = frame_mesh("harbour-black")
    for name, drawn in frame_views(mesh, mesh, HEIGHTS_PX, yaw_deg).items():
        shown = picture(drawn)
        assert shown.shape == (HEIGHTS_PX[name], WIDTH_PX, 3)
        inked = np.argwhere(shown.max(axis=2) < 150)[:, ::-1]
        points = seen(drawn, mesh.positions_mm.astype(np.float64))
        assert inked.min(axis=0) == pytest.approx(points.min(axis=0), abs=3)
        assert inked.max(axis=0) == pytest.approx(points.max(axis=0), abs=3)
        assert points.min() > 0
        assert (points.max(axis=0) < (WIDTH_PX, HEIGHTS_PX[name])).all()


def test_what_becomes_wider_looks_wider_and_stays_in_the_picture() -> None:
    mesh = frame_mesh("harbour-black")
    wider = reshaped(mesh, anatomy(mesh), {"total_width_mm": 142.2 * 1.1})
    widths = [
        np.ptp(np.argwhere(picture(frame_views(one, mesh, ("front",))["front"]).max(axis=2) < 150)[:, 1])
        for one in (mesh, wider)
    ]
    assert widths[1] / widths[0] == pytest.approx(1.1, abs=0.01)
    assert widths[1] < WIDTH_PX


def test_a_side_has_the_front_on_the_right_and_from_above_it_is_below() -> None:
    mesh = frame_mesh("harbour-black")
    views = frame_views(mesh, mesh, ("side", "top"))
    tip, front = np.array([[-65.0, 0.0, -130.0]]), np.array([[-65.0, 0.0, 0.0]])
    assert seen(views["side"], tip)[0, 0] < seen(views["side"], front)[0, 0]
    assert seen(views["top"], tip)[0, 1] < seen(views["top"], front)[0, 1]
