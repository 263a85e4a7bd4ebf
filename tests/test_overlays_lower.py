"""Skirts and trousers on a drawn person, and on the portrait, whose legs are out of the picture."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.standing_figures import LEGS, SIZE, SKIN, TOP, face_px, figure, picture
from tryon.config import Settings
from tryon.errors import BadLook
from tryon.frame import U8, Frame, Rect
from tryon.geometry.camera import Camera
from tryon.geometry.figure import Figure
from tryon.geometry.steady import Head
from tryon.looks import LookBook, LookItem
from tryon.overlays.base import Scene
from tryon.overlays.garment import Garment
from tryon.overlays.light import LightEstimate
from tryon.overlays.lower import Lower
from tryon.overlays.lower_watch import LegsWatch
from tryon.overlays.palette import Palette
from tryon.overlays.wearer import Wearer
from tryon.perception import body_landmarks as at
from tryon.pipeline import Engine, Pipeline, Rendered


def lower(book: LookBook, sku: str) -> Lower:
    (overlay,) = book.resolve((LookItem(sku),)).overlays
    assert isinstance(overlay, Lower)
    return overlay


def dressed(
    overlay: Lower, engine: Engine, made: Figure, bgr: U8, shown: float = 1.0, frames: int = 3
) -> tuple[U8, Rect | None]:
    """The last of some frames that are alike."""
    head = cast("Head", SimpleNamespace(points_px=face_px(), track=1))
    legs, palette = LegsWatch(), Palette()
    camera = Camera.from_fov(*SIZE, 60.0)
    for number in range(frames):
        legs.look(made, SIZE[1], 200.0 * number)
        legs.shown = shown
        drawn = bgr.copy()
        light = LightEstimate((0.8, 0.8, 0.8), 0.3)
        wearers = {1: Wearer(made, palette, legs)}
        scene = Scene(drawn, (head,), camera, light, engine.rasteriser, t_ms=200.0 * number, wearers=wearers)
        rect = overlay.draw(scene)
    return drawn, rect


def colored(bgr: U8, color: tuple[float, ...]) -> NDArray[np.bool_]:
    return np.asarray(np.abs(bgr.astype(int) - np.array(color)).max(axis=-1) < 26, np.bool_)


@pytest.mark.parametrize("apart", [0.0, 0.5])
def test_trousers_cover_the_legs_and_nothing_between_them(
    book: LookBook, engine: Engine, apart: float
) -> None:
    made = figure(apart)
    bgr = picture(made)
    drawn, rect = dressed(lower(book, "quarry-jeans"), engine, made, bgr)
    assert rect is not None
    outside = np.ones(bgr.shape[:2], bool)
    outside[rect.y0 : rect.y1, rect.x0 : rect.x1] = False
    assert np.array_equal(drawn[outside], bgr[outside])
    same = (drawn == bgr).all(axis=-1)
    own = colored(bgr, LEGS)
    # Below the ankles are shoes.
    own[int(made.points_px[at.LEFT_ANKLE, 1]) :] = False
    assert same[own].mean() < 0.03
    if apart:
        middle, low = int(made.hips[0][0] + made.hips[1][0]) // 2, int(made.points_px[at.LEFT_KNEE, 1])
        assert same[low + 20 : low + 90, middle - 8 : middle + 9].all()


def test_hands_and_the_upper_garment_stay_before_it(book: LookBook, engine: Engine) -> None:
    hanging = {at.LEFT_ELBOW: (0.58, 1.05), at.LEFT_WRIST: (0.42, 1.72), at.LEFT_INDEX: (0.38, 1.95),
               at.LEFT_PINKY: (0.36, 1.97)}  # fmt: skip
    made = figure(0.0, hanging)
    bgr = picture(made)
    drawn, _ = dressed(lower(book, "quarry-jeans"), engine, made, bgr)
    away = np.abs(drawn.astype(int) - bgr).max(axis=-1)
    hand = colored(bgr, SKIN)
    hand[: int(made.points_px[at.LEFT_WRIST, 1])] = False
    assert hand.sum() > 150
    assert (away[hand] > 30).mean() < 0.12
    top = colored(bgr, TOP)
    top[: int(made.hips[0][1] - 0.45 * made.width_px)] = False
    assert top.sum() > 1000
    assert (away[top] > 30).mean() < 0.06


def test_under_a_garment_the_own_one_is_covered(book: LookBook, engine: Engine) -> None:
    """Else what they wear would show between the two."""
    made = figure()
    bgr = picture(made)
    trousers = lower(book, "quarry-jeans")
    hips = np.s_[
        int(made.hips[0][1]) - 25 : int(made.hips[0][1]) - 5, int(made.hips[0][0]) : int(made.hips[1][0])
    ]
    assert colored(bgr[hips], TOP).mean() > 0.9
    over, _ = dressed(trousers, engine, made, bgr)
    under, _ = dressed(replace(trousers, under=True), engine, made, bgr)
    assert colored(over[hips], TOP).mean() > 0.9
    assert colored(under[hips], TOP).mean() < 0.05


def test_a_skirt_hides_what_is_between_the_legs(book: LookBook, engine: Engine) -> None:
    made = figure(0.5)
    bgr = picture(made)
    drawn, _ = dressed(lower(book, "orchard-skirt"), engine, made, bgr)
    middle = int(made.hips[0][0] + made.hips[1][0]) // 2
    knee, ankle = (int(made.points_px[row, 1]) for row in (at.LEFT_KNEE, at.LEFT_ANKLE))
    between = drawn[knee - 30 : knee, middle - 6 : middle + 7]
    assert (between[..., 1] > between[..., 2] + 8).all()
    # Below its hem the wearer's own trousers are seen.
    assert np.array_equal(drawn[ankle - 20 :], bgr[ankle - 20 :])


def test_it_fades(book: LookBook, engine: Engine) -> None:
    made = figure()
    bgr = picture(made)
    trousers = lower(book, "quarry-jeans")
    whole, _ = dressed(trousers, engine, made, bgr)
    half, rect = dressed(trousers, engine, made, bgr, shown=0.5)
    assert rect is not None
    expected = (whole.astype(float) + bgr) / 2
    assert np.abs(half - expected).max() < 1.6
    none, rect = dressed(trousers, engine, made, bgr, shown=0.0)
    assert rect is None
    assert np.array_equal(none, bgr)


def test_a_look_wears_one_above_and_one_below(book: LookBook) -> None:
    look = book.resolve((LookItem("linden-tee"), LookItem("quarry-jeans")))
    below, above = look.overlays
    assert isinstance(below, Lower)
    assert isinstance(above, Garment)
    assert below.under
    assert look.legs
    assert not lower(book, "quarry-jeans").under
    assert not book.resolve((LookItem("linden-tee"),)).legs
    with pytest.raises(BadLook, match="one skirt or pair of trousers at a time"):
        book.resolve((LookItem("orchard-skirt"), LookItem("quarry-jeans")))
    assert book.resolve((LookItem("linden-tee"),), ((LookItem("quarry-jeans"),),)).legs


def rendered(book: LookBook, engine: Engine, bgr: U8, *skus: str) -> Rendered:
    look = book.resolve([LookItem(sku) for sku in skus])
    pipeline = Pipeline(Settings(threads=1))
    for number in range(3):
        made = pipeline.process(Frame(bgr, 150.0 * number), look, engine)
    return made


def test_whose_legs_are_out_of_the_picture_is_asked_to_step_back(
    book: LookBook, engine: Engine, astronaut: U8
) -> None:
    made = rendered(book, engine, astronaut, "quarry-jeans")
    assert made.hints[0] == "no_legs"
    assert np.array_equal(made.bgr, astronaut)
    both = rendered(book, engine, astronaut, "quarry-jeans", "linden-tee")
    assert "no_legs" in both.hints
    assert np.array_equal(both.bgr, rendered(book, engine, astronaut, "linden-tee").bgr)
    assert "no_legs" not in rendered(book, engine, astronaut, "linden-tee").hints
