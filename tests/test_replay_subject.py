"""Who stands before the camera: the size asked for holds, and a portrait that cannot be used is told why."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tryon.errors import BadFrame
from tryon.frame import F64, U8
from tryon.perception import landmarks as at
from tryon.perception.observation import FaceObservation
from tryon.replay.recipe import Recipe
from tryon.replay.subject import seat, with_irises
from tryon.resources import portrait

pytestmark = pytest.mark.usefixtures("carved_once")


@pytest.fixture(scope="module")
def points(astronaut_face: FaceObservation) -> F64:
    return astronaut_face.points_px.astype(np.float64)


def test_the_pd_is_the_one_asked_for() -> None:
    subject = seat(Recipe(seconds=1, pd_mm=66.0))
    assert subject.pd_mm == pytest.approx(66, abs=0.05)
    assert subject.iris_mm == 11.7
    assert subject.portrait == portrait().name


def test_the_head_is_as_wide_as_asked_for() -> None:
    subject = seat(Recipe(seconds=1, head_width_mm=150.0, tone="tan"))
    assert subject.head.face_mm == pytest.approx(150, abs=0.5)
    assert subject.ita_deg == pytest.approx(15.5, abs=1)


def dark_width(bgr: U8, centre: F64) -> float:
    """How much darkness there is along the row through an eye, in pixels of full black: the iris's width."""
    x, y = centre
    row = bgr[int(y) - 1 : int(y) + 2, int(x) - 12 : int(x) + 13].mean(axis=(0, 2))
    return float(((row.max() - row) / (row.max() - row.min())).sum())


@pytest.mark.parametrize("factor", [0.8, 1.2])
def test_irises_are_redrawn_about_their_centres(astronaut: U8, points: F64, factor: float) -> None:
    redrawn = with_irises(astronaut, points, factor)
    change = np.abs(redrawn.astype(int) - astronaut).max(axis=2)
    rows, columns = np.indices(change.shape)
    near = np.zeros(change.shape, bool)
    for centre, ring in ((at.RIGHT_IRIS_CENTRE, at.RIGHT_IRIS), (at.LEFT_IRIS_CENTRE, at.LEFT_IRIS)):
        x, y = points[centre, :2]
        radius = 0.5 * np.hypot(*(points[ring[0], :2] - points[ring[2], :2]))
        near |= np.hypot(columns + 0.5 - x, rows + 0.5 - y) < 2.4 * radius + 1
        before, after = (dark_width(picture, points[centre, :2]) for picture in (astronaut, redrawn))
        assert (after > before) == (factor > 1)
    assert change[~near].max() == 0


def test_irises_as_they_are_change_nothing(astronaut: U8, points: F64) -> None:
    assert np.abs(with_irises(astronaut, points, 1.0).astype(int) - astronaut).max() <= 1


def written(path: Path, bgr: U8) -> Path:
    assert cv2.imwrite(str(path), bgr)
    return path


def test_a_pd_out_of_reach_names_the_reach() -> None:
    with pytest.raises(
        BadFrame, match=r"heads with a PD of \d\d to \d\d mm .*choose one of these, or another --iris"
    ):
        seat(Recipe(seconds=1, pd_mm=85.0))


def test_portraits_that_cannot_be_used(tmp_path: Path, astronaut: U8) -> None:
    empty = written(tmp_path / "wall.png", np.full((300, 300, 3), 120, np.uint8))
    two = written(tmp_path / "two.png", np.ascontiguousarray(np.hstack([astronaut, astronaut])))
    small = written(tmp_path / "small.png", np.asarray(cv2.resize(astronaut, (256, 256)), np.uint8))
    text = tmp_path / "notes.png"
    text.write_text("no picture", "utf-8")
    for path, sentence in (
        (empty, "wall.png shows no face"),
        (two, "two.png shows more than one face; crop it"),
        (small, r"face in small.png is \d\d pixels wide and should be 80"),
        (text, "The portrait cannot be used: notes.png holds no frame"),
        (tmp_path / "none.png", "The portrait cannot be used: There is no clip"),
    ):
        with pytest.raises(BadFrame, match=sentence):
            seat(Recipe(seconds=1, portrait=path))


@pytest.mark.media
def test_a_turned_face_is_refused(media_dir: Path) -> None:
    clip = media_dir / "heads" / "head-pose-face-detection-female.gif"
    with pytest.raises(BadFrame, match=r"is turned by -?\d+°|pixels wide"):
        seat(Recipe(seconds=1, portrait=clip))


@pytest.mark.media
def test_another_portrait(media_dir: Path) -> None:
    subject = seat(Recipe(seconds=1, portrait=media_dir / "portrait" / "portrait.jpg", pd_mm=63.0))
    assert subject.pd_mm == pytest.approx(63, abs=0.05)
    assert subject.portrait == "portrait.jpg"
