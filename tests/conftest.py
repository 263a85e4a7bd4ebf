"""Fixtures that several test files share, and what the marks mean."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from tryon.config import Settings
from tryon.frame import F32, F64, U8, Frame
from tryon.resources import portrait

if TYPE_CHECKING:
    from tryon.geometry.camera import Camera
    from tryon.geometry.pose import Pose
    from tryon.geometry.steady import Head
    from tryon.looks import LookBook
    from tryon.perception.face_model import FaceModel
    from tryon.perception.observation import FaceObservation
    from tryon.pipeline import Engine

ROOT = Path(__file__).resolve().parent.parent


def shared_media() -> Path | None:
    """The folder of recordings that are too big, or not ours, to be in the repository; None without it."""
    place = Path(os.environ.get("TRYON_MEDIA", ROOT.parent / "shared" / "media"))
    return place if place.is_dir() else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if shared_media() is None:
        skip = pytest.mark.skip(reason="no recordings here: set TRYON_MEDIA to their folder")
        for item in items:
            if item.get_closest_marker("media"):
                item.add_marker(skip)


@pytest.fixture(scope="session")
def media_dir() -> Path:
    place = shared_media()
    if place is None:
        pytest.skip("no recordings here: set TRYON_MEDIA to their folder")
    return place


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def astronaut() -> U8:
    """The portrait in scikit-image's wheel: 512×512 BGR, read-only, one frontal face 100 px wide."""
    bgr = cv2.imdecode(np.fromfile(portrait(), np.uint8), cv2.IMREAD_COLOR)
    assert bgr is not None
    assert bgr.dtype == np.uint8
    bgr.flags.writeable = False
    return bgr  # type: ignore[return-value]


# The networks and kernels take seconds to start: one engine serves every test that does not close it.


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    from tryon.pipeline import Engine

    made = Engine(Settings(threads=1))
    yield made
    made.close()


@pytest.fixture(scope="session")
def face_model(engine: Engine) -> FaceModel:
    return engine.model


@pytest.fixture(scope="session")
def book() -> LookBook:
    """The catalogue that comes with Tryon."""
    from tryon.looks import LookBook

    return LookBook()


@pytest.fixture(scope="session")
def astronaut_face(astronaut: U8, face_model: FaceModel) -> FaceObservation:
    """The portrait's face, once the tracker has settled on it."""
    from tryon.perception.face import FaceTracker

    tracker = FaceTracker()
    for number in range(4):
        observation = tracker.observe(Frame(astronaut, number * 33.0), face_model)
    return observation.faces[0]


@pytest.fixture(scope="session")
def pose_at() -> Callable[..., Pose]:
    """``pose_at(yaw_deg, pitch_deg, roll_deg, (x, y, z))``: camera_from_head, turned in this order: roll first."""
    from tryon.geometry.pose import FLIP, Pose

    def make(
        yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0, at_mm: tuple[float, ...] = (0.0, 0.0, 600.0)
    ) -> Pose:
        (cy, sy), (cp, sp), (cr, sr) = (
            (np.cos(a), np.sin(a)) for a in np.radians((yaw, pitch, roll)).tolist()
        )
        turn = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
        nod = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
        tilt = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
        return Pose(FLIP @ turn @ nod @ tilt, np.array(at_mm, np.float64))

    return make


@pytest.fixture(scope="session")
def landmarks_at() -> Callable[..., F32]:
    """``landmarks_at(pose, camera, shape_mm)``: a head's 478 points as the tracker would report them, without noise.

    ``shape_mm`` defaults to the mean head.
    """
    from tryon.geometry.head import template

    def project(pose: Pose, camera: Camera, shape_mm: F64 | None = None) -> F32:
        in_camera = pose.to_camera(template().points_mm if shape_mm is None else shape_mm)
        distance = float(pose.translation_mm[2])
        depth = (in_camera[:, 2] - distance) * camera.focal_px / distance
        return np.column_stack([camera.project(in_camera), depth]).astype(np.float32)

    return project


@pytest.fixture(scope="session")
def head_at(landmarks_at: Callable[..., F32]) -> Callable[..., Head]:
    """``head_at(pose, camera, shape_mm)``: the steady head of a first frame with those landmarks."""
    from tryon.geometry.steady import HeadFilter
    from tryon.perception.observation import FaceObservation

    def make(pose: Pose, camera: Camera, shape_mm: F64 | None = None) -> Head:
        face = FaceObservation(landmarks_at(pose, camera, shape_mm), 1.0, 1, 1)
        return HeadFilter().update(face, camera, 0.0)

    return make


@pytest.fixture(autouse=True)
def _default_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test sees the defaults, whatever the developer's shell sets."""
    for name in os.environ:
        if name.startswith("TRYON_") and name != "TRYON_MEDIA":
            monkeypatch.delenv(name)
