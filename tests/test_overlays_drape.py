"""Drape: shoulders on shoulders, cuffs at wrists, and no tearing however the arms are held."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tryon.frame import F64
from tryon.geometry.figure import Figure, standing
from tryon.looks import LookBook, LookItem
from tryon.overlays.drape import covered_arms, drape, vertices
from tryon.overlays.garment import Garment
from tryon.overlays.garment_parts import ACROSS, ALONG, CONTROLS
from tryon.perception import body_landmarks as at
from tryon.perception import landmarks as face_at

LIGHT = (0.0, -0.3)


@pytest.fixture(scope="module")
def figure() -> Figure:
    face = np.zeros((478, 3), np.float32)
    face[face_at.CHIN, :2], face[face_at.FOREHEAD_TOP, :2] = (300.0, 150.0), (300.0, 90.0)
    return standing(face, 480)


@pytest.fixture(scope="module")
def garments(book: LookBook) -> dict[str, Garment]:
    made = {}
    for sku in ("linden-tee", "harbour-stripe", "cove-tank"):
        (overlay,) = book.resolve((LookItem(sku),)).overlays
        assert isinstance(overlay, Garment)
        made[sku] = overlay
    return made


def with_arm(figure: Figure, elbow: tuple[float, float], wrist: tuple[float, float]) -> Figure:
    """The left arm, from its shoulder, in shoulder widths."""
    points = figure.points_px.copy()
    shoulder = points[at.LEFT_SHOULDER]
    points[at.LEFT_ELBOW] = shoulder + np.array(elbow) * figure.width_px
    points[at.LEFT_WRIST] = points[at.LEFT_ELBOW] + np.array(wrist) * figure.width_px
    return replace(figure, points_px=points)


def test_shoulders_and_hem_are_where_the_body_says(figure: Figure, garments: dict[str, Garment]) -> None:
    garment = garments["linden-tee"]
    draped = drape(garment.parts, garment.type, figure, LIGHT)
    controls = np.stack([garment.parts.points[name] for name in CONTROLS])
    texels = garment.parts.torso.texels
    for side, joint in (("right", figure.shoulders[0]), ("left", figure.shoulders[1])):
        near = np.hypot(*(texels - controls[CONTROLS.index(f"{side}_shoulder")]).T).argmin()
        away = (draped.torso[near, :2] - joint) / figure.width_px
        assert np.hypot(*away) < 0.3
    # The hem hangs level, below the hips, in the middle.
    hem = draped.torso[np.hypot(*(texels - controls[CONTROLS.index("hem_centre")]).T).argmin()]
    assert hem[1] > figure.hips[0][1]
    assert hem[0] == pytest.approx(300.0, abs=0.06 * figure.width_px)


def test_long_sleeves_end_at_the_wrists_and_short_ones_do_not(
    figure: Figure, garments: dict[str, Garment]
) -> None:
    def cuff(sku: str) -> F64:
        garment = garments[sku]
        draped = drape(garment.parts, garment.type, figure, LIGHT)
        rows = draped.sleeves["left"].reshape(ALONG, len(ACROSS), 3)
        return np.asarray(rows[-2, len(ACROSS) // 2, :2], np.float64)

    wrist, elbow = figure.points_px[at.LEFT_WRIST], figure.points_px[at.LEFT_ELBOW]
    assert np.hypot(*(cuff("harbour-stripe") - wrist)) < 0.15 * figure.width_px
    assert cuff("linden-tee")[1] < elbow[1]
    assert not drape(garments["cove-tank"].parts, "tank", figure, LIGHT).sleeves


reach = st.floats(-0.8, 0.8, allow_nan=False)


@settings(max_examples=40, deadline=None)
@given(st.tuples(reach, reach), st.tuples(reach, reach))
def test_no_sleeve_tears(
    figure: Figure, garments: dict[str, Garment], elbow: tuple[float, float], wrist: tuple[float, float]
) -> None:
    garment = garments["harbour-stripe"]
    posed = with_arm(figure, elbow, wrist)
    rows = drape(garment.parts, garment.type, posed, LIGHT).sleeves["left"].reshape(ALONG, len(ACROSS), 3)
    assert np.isfinite(rows).all()
    # Neighbouring rows and columns stay neighbours.
    step = np.hypot(*np.moveaxis(np.diff(rows[..., :2], axis=0), -1, 0)).max()
    assert step < 0.75 * figure.width_px
    within = rows[:, (ACROSS >= 0) & (ACROSS <= 1), :2]
    width = np.hypot(*(within[:, -1] - within[:, 0]).T)
    assert (width < 1.3 * figure.width_px).all()


def test_a_still_body_is_draped_alike(figure: Figure, garments: dict[str, Garment]) -> None:
    garment = garments["linden-tee"]
    one, again = (drape(garment.parts, garment.type, figure, LIGHT) for _ in range(2))
    assert np.array_equal(one.torso, again.torso)
    corners = vertices(one.torso, garment.parts.torso.texels, 0.5)
    assert corners.shape == (len(one.torso), 5)
    assert corners[:, 2:4] == pytest.approx(garment.parts.torso.texels * 0.5)


def test_the_nearer_hands_sleeve_comes_last(figure: Figure, garments: dict[str, Garment]) -> None:
    garment = garments["harbour-stripe"]
    depth = figure.depth_px.copy()
    depth[at.LEFT_WRIST], depth[at.RIGHT_WRIST] = -50.0, -10.0
    nearer = replace(figure, depth_px=depth)
    assert drape(garment.parts, garment.type, nearer, LIGHT).order == ("right", "left")


@pytest.mark.parametrize("out", [0.0, 0.05, 0.09])
def test_a_sleeve_is_as_wide_as_the_arm_is_seen(
    figure: Figure, garments: dict[str, Garment], out: float
) -> None:
    """An arm that hangs straight down, in an outline of its own, in a mask of a cell a pixel."""
    hanging = with_arm(figure, (0.12, 0.8), (0.0, 0.7))
    width = hanging.width_px
    edge = float(hanging.points_px[at.LEFT_ELBOW, 0]) + (0.19 + out) * width
    corner = hanging.points_px[at.LEFT_ELBOW] - 128
    mask = np.zeros((256, 256), np.uint8)
    mask[:, : round(edge - corner[0])] = 255
    there = np.array([[1, 0, corner[0]], [0, 1, corner[1]]], np.float32)
    garment = garments["harbour-stripe"]
    seen = replace(hanging, mask=mask, picture_from_mask=there)
    sleeve = drape(garment.parts, garment.type, seen, LIGHT).sleeves["left"].reshape(ALONG, len(ACROSS), 3)
    outer = sleeve[:, list(ACROSS).index(0.0), :2]
    beside = (outer[:, 1] > hanging.points_px[at.LEFT_ELBOW, 1]) & (outer[:, 1] < corner[1] + 250)
    assert beside.sum() > 4
    assert outer[beside, 0] == pytest.approx(edge, abs=0.035 * width)


def test_a_lifted_shoulder_lifts_no_hem(figure: Figure, garments: dict[str, Garment]) -> None:
    points = figure.points_px.copy()
    points[at.LEFT_SHOULDER, 1] -= 0.2 * figure.width_px
    garment = garments["linden-tee"]
    controls = np.stack([garment.parts.points[name] for name in CONTROLS])
    draped = drape(garment.parts, garment.type, replace(figure, points_px=points), LIGHT).torso[:, :2]

    def place(name: str) -> F64:
        near = np.hypot(*(garment.parts.torso.texels - controls[CONTROLS.index(name)]).T).argmin()
        return np.asarray(draped[near], np.float64)

    shoulders = place("left_shoulder") - place("right_shoulder")
    hem = place("left_hem") - place("right_hem")
    assert shoulders[1] < -0.12 * figure.width_px
    assert abs(hem[1]) < 0.06 * figure.width_px


def test_so_much_of_an_arm_is_below_a_sleeve(garments: dict[str, Garment]) -> None:
    for sku, low, high in (("linden-tee", 0.4, 0.8), ("harbour-stripe", 1.0, 1.0), ("cove-tank", 0.0, 0.0)):
        for end in covered_arms(garments[sku].parts, garments[sku].type):
            assert low <= end <= high


def test_a_raised_arm_takes_its_armpit_along(figure: Figure, garments: dict[str, Garment]) -> None:
    garment = garments["linden-tee"]
    near = {
        side: np.hypot(*(garment.parts.torso.texels - garment.parts.points[f"{side}_armpit"]).T).argmin()
        for side in ("right", "left")
    }
    hanging, raised = (
        drape(garment.parts, garment.type, with_arm(figure, elbow, (0.0, -0.6)), LIGHT).torso[:, 1]
        for elbow in ((0.0, 0.8), (0.6, -0.5))
    )
    assert hanging[near["left"]] - raised[near["left"]] > 0.08 * figure.width_px
    assert hanging[near["right"]] - raised[near["right"]] < 0.03 * figure.width_px
