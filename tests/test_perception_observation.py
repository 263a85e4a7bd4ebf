"""What perception hands on."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.frame import Rect
from tryon.perception import landmarks as at
from tryon.perception.observation import FaceObservation


def observation(points: dict[int, tuple[float, float]]) -> FaceObservation:
    """A face of which only these points are anywhere else than at (10, 20)."""
    xyz = np.full((at.POINT_COUNT, 3), (10.0, 20.0, 0.0), np.float32)
    for index, xy in points.items():
        xyz[index, :2] = xy
    return FaceObservation(xyz, 0.9, 1, 1)


@pytest.mark.parametrize("shape", [(468, 3), (478, 2), (478,), (0, 3)])
def test_another_number_of_points_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"\(478, 3\), not \("):
        FaceObservation(np.zeros(shape, np.float32), 1.0, 1, 1)


def test_a_group_is_its_points_in_order() -> None:
    face = observation({33: (1, 2), 133: (3, 4)})
    assert face.group(np.array([133, 33])).tolist() == [[3, 4, 0], [1, 2, 0]]


@pytest.mark.parametrize(
    ("low", "high", "box"),
    [
        ((1.2, 2.9), (30.1, 40.0), Rect(1, 2, 31, 40)),
        ((-3.5, -0.2), (30.0, 40.5), Rect(-4, -1, 30, 41)),  # a face that leaves the picture
        ((5.0, 6.0), (10.0, 20.0), Rect(5, 6, 10, 20)),
    ],
)
def test_the_box_holds_every_surface_point(
    low: tuple[float, float], high: tuple[float, float], box: Rect
) -> None:
    assert observation({0: low, 467: high}).box == box


def test_irises_do_not_widen_the_box() -> None:
    assert observation({470: (500.0, 500.0)}).box == observation({}).box


def test_the_width_is_the_distance_between_the_traguses() -> None:
    assert observation({at.RIGHT_TRAGUS: (0, 0), at.LEFT_TRAGUS: (3, 4)}).width_px == pytest.approx(5)
