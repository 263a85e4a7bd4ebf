"""The two networks on the real portrait: points move with the picture, and nothing is found where nothing is."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tryon.errors import PerceptionFailed
from tryon.frame import F32, U8
from tryon.perception import landmarks as at
from tryon.perception.face import region_of
from tryon.perception.face_model import CROP_PX, FaceModel, Region
from tryon.perception.observation import FaceObservation


def warped(bgr: U8, affine: F32, size: tuple[int, int] = (512, 512)) -> U8:
    """The picture through ``affine`` (2, 3), in continuous pixels as everywhere else."""
    shift = affine.astype(np.float64).copy()
    shift[:, 2] += shift[:, :2] @ (0.5, 0.5) - 0.5
    return np.ascontiguousarray(cv2.warpAffine(bgr, shift, size, flags=cv2.INTER_AREA), np.uint8)


def similarity(scale: float, turn_deg: float, dx: float = 0.0, dy: float = 0.0) -> F32:
    """Scaled and turned about the portrait's middle, then moved."""
    c, s = scale * math.cos(math.radians(turn_deg)), scale * math.sin(math.radians(turn_deg))
    return np.array([[c, -s, 256 - 256 * c + 256 * s + dx], [s, c, 256 - 256 * s - 256 * c + dy]], np.float32)


@pytest.fixture(scope="module")
def region(astronaut_face: FaceObservation) -> Region:
    return region_of(astronaut_face.points_px)


@given(st.floats(-500, 500), st.floats(-500, 500), st.floats(10, 800), st.floats(-math.pi, math.pi))
def test_a_crops_middle_and_corners_are_the_regions(x: float, y: float, side: float, roll: float) -> None:
    affine = Region(x, y, side, roll).picture_from_crop().astype(np.float64)

    def place(u: float, v: float) -> complex:
        return complex(*(affine @ (u, v, 1)))

    middle, half = complex(x, y), side / 2
    assert place(CROP_PX / 2, CROP_PX / 2) == pytest.approx(middle, abs=1e-2)
    for u, v in ((0, 0), (1, 0), (1, 1), (0, 1)):
        # Clockwise as seen: multiplication by e^(i·roll) where y points down.
        corner = middle + complex((2 * u - 1) * half, (2 * v - 1) * half) * complex(
            math.cos(roll), math.sin(roll)
        )
        assert place(u * CROP_PX, v * CROP_PX) == pytest.approx(corner, abs=1e-2)


@pytest.mark.parametrize("side", [60.0, 150.0, 192.0, 300.0, 390.0, 777.0, 1300.0])
@pytest.mark.parametrize("roll", [0.0, 0.6, -2.5])
def test_the_crop_shows_what_the_region_names(face_model: FaceModel, side: float, roll: float) -> None:
    """A smooth picture whose codes tell the place: each crop pixel holds its own place's code."""
    picture_y, picture_x = np.mgrid[0:1024, 0:1024].astype(np.float64) + 0.5
    region = Region(511.3, 508.9, side, roll)
    v, u = np.mgrid[0:CROP_PX, 0:CROP_PX].astype(np.float64) + 0.5
    x, y = np.einsum("ij,jhw->ihw", region.picture_from_crop(), np.stack([u, v, np.ones_like(u)]))
    inside = (x > 16) & (x < 1008) & (y > 16) & (y < 1008)
    for place, picture in ((x, picture_x), (y, picture_y)):
        # Rising and falling: what rounding adds to both is no shift.
        codes = np.stack([picture / 4.02, 255 - picture / 4.02, np.zeros_like(picture)], axis=-1)
        rgb = face_model._cut(np.rint(codes).astype(np.uint8), region).astype(np.float64)
        error_px = ((rgb[..., 2] - rgb[..., 1] + 255) / 2 * 4.02 - place)[inside]
        assert abs(float(error_px.mean())) < 0.35
        assert float(np.abs(error_px).max()) < 4.1


@pytest.mark.parametrize(
    "region",
    [Region(-900, -900, 100, 0), Region(5000, 20, 700, 1), Region(30, 30, 2000, 0), Region(512, 0, 25, 3)],
)
def test_any_region_gives_an_answer(face_model: FaceModel, astronaut: U8, region: Region) -> None:
    points, presence = face_model.landmarks(astronaut, region)
    assert np.isfinite(points).all()
    assert 0 <= presence <= 1


def test_the_face_is_there(face_model: FaceModel, astronaut: U8, region: Region) -> None:
    points, presence = face_model.landmarks(astronaut, region)
    assert presence > 0.99
    assert points.shape == (at.POINT_COUNT, 3)
    assert points.dtype == np.float32
    eyes = points[[at.RIGHT_EYE_OUTER, at.LEFT_EYE_OUTER], 0]
    assert eyes[0] < eyes[1]  # the subject's right eye is on the picture's left
    assert points[at.NOSE_TIP, 2] < points[at.LEFT_TRAGUS, 2]  # depth grows away from the camera


def test_the_same_picture_gives_the_same_points_to_the_bit(
    face_model: FaceModel, astronaut: U8, region: Region
) -> None:
    first, _ = face_model.landmarks(astronaut, region)
    face_model.landmarks(astronaut[:, ::-1], Region(200, 300, 180, 1.0))
    second, _ = face_model.landmarks(astronaut, region)
    assert np.array_equal(first, second)


@pytest.mark.parametrize(
    ("scale", "turn_deg", "dx", "dy"),
    [
        (1, 0, 40, -25),
        (1, 0, 0.5, 0.25),
        (1, 20, 0, 0),
        (1, -35, 10, 60),
        (1.5, 0, 20, 150),
        (0.7, 0, 0, 0),
        (0.8, 90, 0, 0),
    ],
)
def test_points_move_with_the_picture(
    face_model: FaceModel, astronaut: U8, region: Region, scale: float, turn_deg: float, dx: float, dy: float
) -> None:
    affine = similarity(scale, turn_deg, dx, dy)
    x, y = affine @ (region.x, region.y, 1)
    moved = Region(x, y, region.side * scale, region.roll + math.radians(turn_deg))
    still, _ = face_model.landmarks(astronaut, region)
    points, presence = face_model.landmarks(warped(astronaut, affine), moved)
    undone = (points[:, :2] - affine[:, 2]) @ np.linalg.inv(affine[:, :2]).T
    error = np.hypot(*(undone - still[:, :2]).T)
    assert presence > 0.99
    assert float(np.sqrt((error**2).mean())) < 0.6


def test_the_detector_finds_the_astronaut(face_model: FaceModel, astronaut: U8) -> None:
    (found,) = face_model.detect(astronaut)
    assert math.hypot(found.x - 225, found.y - 125) < 30
    assert 60 < found.width < 160
    assert abs(found.roll) < math.radians(15)
    assert found.score > 0.5


def test_the_detectors_roll_is_clockwise_as_seen(face_model: FaceModel, astronaut: U8) -> None:
    (upright,) = face_model.detect(astronaut)
    (turned,) = face_model.detect(warped(astronaut, similarity(1, 25)))
    assert turned.roll - upright.roll == pytest.approx(math.radians(25), abs=math.radians(8))


def _noise(sigma: float) -> U8:
    values = np.random.default_rng(3).normal(120, sigma, (480, 640, 3))
    return values.clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((480, 640, 3), np.uint8),
        np.full((480, 640, 3), 255, np.uint8),
        _noise(8),
        _noise(80),
        np.zeros((1, 1, 3), np.uint8),
        np.zeros((16, 16, 3), np.uint8),
        np.zeros((1, 1280, 3), np.uint8),
        np.zeros((1280, 1, 3), np.uint8),
    ],
    ids=["black", "white", "noise", "strong noise", "1×1", "16×16", "a row", "a column"],
)
def test_no_face_is_found_where_there_is_none(face_model: FaceModel, picture: U8) -> None:
    assert face_model.detect(picture) == ()
    _, presence = face_model.landmarks(picture, Region(320, 240, 300, 0))
    assert presence < 0.5


def test_a_picture_that_the_graph_refuses_costs_that_picture_only(astronaut: U8, region: Region) -> None:
    model = FaceModel()
    expected, _ = model.landmarks(astronaut, region)
    with pytest.raises(PerceptionFailed, match="the next one may work"):
        model._landmarks.run(np.zeros((8, 8, 3), np.uint8))
    points, presence = model.landmarks(astronaut, region)
    model.close()
    assert presence > 0.99
    assert np.array_equal(points, expected)


def test_closing_twice_is_fine() -> None:
    model = FaceModel()
    model.close()
    model.close()
