"""A garment on the portrait: over the clothes, under the face, nothing else touched."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from tryon.catalogue.garment import GarmentSource
from tryon.config import Settings
from tryon.errors import BadAsset
from tryon.frame import U8, Frame
from tryon.geometry.figure import standing
from tryon.looks import LookBook, LookItem
from tryon.overlays.garment import HAND_AREA, Garment, cloth_places, lit_white, load_garment
from tryon.overlays.light import LightEstimate
from tryon.overlays.torso_watch import TorsoWatch
from tryon.perception import body_landmarks as body_at
from tryon.perception import landmarks as at
from tryon.perception.body import BodyTracker
from tryon.perception.company import Company
from tryon.pipeline import Engine, Pipeline, Rendered


def worn(book: LookBook, engine: Engine, bgr: U8, sku: str, frames: int = 3) -> Rendered:
    look = book.resolve((LookItem(sku),))
    pipeline = Pipeline(Settings(threads=1))
    for number in range(frames):
        rendered = pipeline.process(Frame(bgr, 150.0 * number), look, engine)
    return rendered


@pytest.fixture(scope="module")
def tee(book: LookBook, engine: Engine, astronaut: U8) -> Rendered:
    return worn(book, engine, astronaut, "harbour-stripe")


def test_only_the_rectangle_changes_and_the_face_does_not(tee: Rendered, astronaut: U8) -> None:
    assert tee.dirty is not None
    rect = tee.dirty
    outside = np.ones(astronaut.shape[:2], bool)
    outside[rect.y0 : rect.y1, rect.x0 : rect.x1] = False
    assert np.array_equal(tee.bgr[outside], astronaut[outside])
    face: U8 = np.zeros(astronaut.shape[:2], np.uint8)
    oval = tee.heads[0].points_px[at.FACE_OVAL, :2]
    middle = oval.mean(axis=0)
    cv2.fillPoly(face, [np.rint(middle + 0.93 * (oval - middle)).astype(np.int32)], (255.0,))
    assert np.array_equal(tee.bgr[face > 0], astronaut[face > 0])


def test_the_chest_is_covered(tee: Rendered, astronaut: U8) -> None:
    chin = tee.heads[0].points_px[at.CHIN, :2]
    chest = slice(int(chin[1]) + 90, 480), slice(int(chin[0]) - 40, int(chin[0]) + 40)
    changed = np.abs(tee.bgr[chest].astype(int) - astronaut[chest]).max(axis=-1) > 8
    assert changed.mean() > 0.97
    # Its stripes are on it: much dark and much light.
    grey = tee.bgr[chest].mean(axis=-1)
    assert np.percentile(grey, 85) - np.percentile(grey, 10) > 60


def test_a_still_picture_is_dressed_alike(book: LookBook, engine: Engine, astronaut: U8) -> None:
    one = worn(book, engine, astronaut, "linden-tee", 6)
    again = worn(book, engine, astronaut, "linden-tee", 6)
    assert np.array_equal(one.bgr, again.bgr)


def test_without_a_garment_no_body_is_looked_for(book: LookBook, engine: Engine, astronaut: U8) -> None:
    assert "body" not in worn(book, engine, astronaut, "velvet-lipstick", 1).timings_ms
    assert "body" in worn(book, engine, astronaut, "cove-tank", 1).timings_ms


def test_a_head_without_a_body_wears_nothing(book: LookBook, engine: Engine, astronaut: U8) -> None:
    (overlay,) = book.resolve((LookItem("linden-tee"),)).overlays
    assert isinstance(overlay, Garment)
    assert not overlay.long
    with pytest.raises(AttributeError):
        overlay.type = "tank"  # type: ignore[misc]
    assert replace(overlay, type="tank").kind == "garment"


@pytest.mark.parametrize("content", [b"no picture", None])
def test_a_picture_that_cannot_be_worn_is_refused(tmp_path: Path, content: bytes | None) -> None:
    picture = tmp_path / "picture.png"
    if content is None:
        cv2.imwrite(str(picture), np.zeros((64, 64, 3), np.uint8))
    else:
        picture.write_bytes(content)
    with pytest.raises(BadAsset, match=r"alpha|at least 200"):
        load_garment(GarmentSource("t_shirt", picture, {}), "some")


@pytest.mark.parametrize("white", [0.3, 0.6, 1.0, 1.1])
def test_white_cloth_is_bright_and_never_blown_out(white: float) -> None:
    light = LightEstimate((white, white, 0.9 * white), 0.3)
    red, green, blue = lit_white(light)
    assert max(red, green, blue) <= 1.0
    assert green > white or white >= 1.0
    assert blue < red


def test_clothes_are_not_learned_from_a_hand_before_them() -> None:
    face = np.zeros((478, 3), np.float32)
    face[at.CHIN, :2], face[at.FOREHEAD_TOP, :2] = (320.0, 150.0), (320.0, 70.0)
    stands = standing(face, 480)
    points = stands.points_px.copy()
    points[body_at.LEFT_WRIST] = (330.0, 270.0)
    points[body_at.LEFT_INDEX] = points[body_at.LEFT_PINKY] = (320.0, 256.0)
    seen = np.ones_like(stands.visibility)
    far, near = cloth_places(stands), cloth_places(replace(stands, points_px=points, visibility=seen))
    away = np.hypot(*(near - (325.0, 262.0)).T)
    assert len(far) > len(near) > len(far) // 2
    assert float(away.min()) > HAND_AREA * stands.width_px
    # A hand that is only guessed, below the picture, hides nothing of the little torso that is seen.
    guessed = cloth_places(replace(stands, points_px=points, visibility=np.full_like(seen, 0.3)))
    assert len(guessed) == len(far)


def test_who_is_seen_from_the_side_is_asked_to_turn_and_cloth_fades(
    book: LookBook, engine: Engine, astronaut: U8, monkeypatch: pytest.MonkeyPatch
) -> None:
    look, pipeline = book.resolve((LookItem("linden-tee"),)), Pipeline(Settings())

    def change(number: int) -> tuple[float, tuple[str, ...]]:
        made = pipeline.process(Frame(astronaut, number * 33.0), look, engine)
        return float(np.abs(made.bgr.astype(int) - astronaut).mean()), made.hints

    worn, hints = change(0)
    assert "no_front" not in hints
    monkeypatch.setattr(TorsoWatch, "faces", property(lambda _: False))
    fading = [change(number) for number in range(1, 10)]
    assert all("no_front" in told for _, told in fading)
    assert worn > fading[0][0] > fading[3][0] > fading[6][0]
    assert fading[-1][0] == 0.0


def test_a_sleeve_leaves_the_face_of_somebody_beside_alone(
    book: LookBook, engine: Engine, astronaut: U8, monkeypatch: pytest.MonkeyPatch
) -> None:
    look, place = book.resolve((LookItem("linden-tee"),)), np.s_[232:252, 96:112]
    changed = []
    for others in ([], [(104.0, 242.0, 40.0)]):
        company = Company(np.array([(224.0, 123.0, 109.0), *others]))
        monkeypatch.setattr(BodyTracker, "company", company)
        made = Pipeline(Settings()).process(Frame(astronaut, 0.0), look, engine)
        assert "no_front" not in made.hints
        changed.append(np.abs(made.bgr.astype(int) - astronaut).max(axis=2))
    assert changed[0][place].min() > 0
    assert changed[1][place].max() == 0
    # Only there.
    assert (changed[1] > 0).sum() > 0.9 * (changed[0] > 0).sum()
