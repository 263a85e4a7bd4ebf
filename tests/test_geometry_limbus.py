"""Irises' middles: where they were painted, to a fraction of a pixel, whatever landmarks say; or none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

import cv2
import numpy as np
import pytest

from tryon.frame import F64, U8
from tryon.geometry.limbus import middles
from tryon.geometry.steady import Head
from tryon.perception import landmarks as at
from tryon.replay import irises

if TYPE_CHECKING:
    from tryon.overlays.light import LightEstimate

    Sitter: TypeAlias = tuple[U8, Head, LightEstimate]

CENTRES = [at.RIGHT_IRIS_CENTRE, at.LEFT_IRIS_CENTRE]
# What a camera adds: σ in codes, and JPEG's quality.
NOISE = 2.0
QUALITY = 80


def landmarks(head: Head) -> F64:
    return head.points_px[CENTRES, :2].astype(np.float64)


def along(head: Head) -> F64:
    across = landmarks(head)[1] - landmarks(head)[0]
    return np.asarray(across / np.linalg.norm(across), np.float64)


def looking(sitter: Sitter, off_mm: tuple[float, float], colour: str = "brown") -> tuple[U8, F64]:
    """The sitter with painted irises so far beside the landmarks, as a camera sees it, and where they are."""
    bgr, head, _ = sitter
    places = landmarks(head) + np.outer(off_mm, along(head)) * head.px_per_mm
    painted = irises.painted(bgr, head.points_px, places, colour, head.px_per_mm)
    return seen(painted), places


def seen(bgr: U8, seed: int = 0) -> U8:
    noisy = bgr + np.random.default_rng(seed).normal(0, NOISE, bgr.shape)
    clipped = np.clip(noisy + 0.5, 0, 255).astype(np.uint8)
    coded = cv2.imencode(".jpg", clipped, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1]
    decoded = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    assert decoded is not None
    return np.asarray(decoded, np.uint8)


def found(bgr: U8, head: Head) -> F64:
    places = middles(bgr, head)
    assert places is not None, "no limbus was seen"
    return places


def apart(places: F64) -> float:
    return float(np.linalg.norm(places[1] - places[0]))


@pytest.mark.parametrize("colour", irises.COLOURS)
@pytest.mark.parametrize("off_mm", [(0.0, 0.0), (0.7, -0.6), (-0.8, 0.5), (1.2, 1.0), (-1.2, -0.9)])
def test_the_middles_are_where_the_picture_shows_them(
    sitter: Sitter, off_mm: tuple[float, float], colour: str
) -> None:
    bgr, places = looking(sitter, off_mm, colour)
    head = sitter[1]
    off = (found(bgr, head) - places) @ along(head) / head.px_per_mm
    assert np.abs(off).max() < 0.1


def test_they_follow_a_quarter_of_a_pixel(sitter: Sitter) -> None:
    head = sitter[1]
    steps_mm = np.arange(5) * 0.25 / head.px_per_mm
    told = []
    for step in steps_mm:
        bgr, places = looking(sitter, (step, step))
        told.append((found(bgr, head) - places) @ along(head))
    assert np.ptp(np.array(told), axis=0).max() < 0.12


@pytest.mark.parametrize("size", [0.6, 1.6])
def test_a_smaller_and_a_larger_picture_tell_the_same(sitter: Sitter, size: float) -> None:
    bgr, places = looking(sitter, (0.7, -0.6))
    head = sitter[1]
    resized = cv2.resize(
        bgr, None, fx=size, fy=size, interpolation=cv2.INTER_AREA if size < 1 else cv2.INTER_CUBIC
    )
    camera = replace(
        head.camera,
        focal_px=head.camera.focal_px * size,
        cx_px=head.camera.cx_px * size,
        cy_px=head.camera.cy_px * size,
    )
    places = places * size
    other = replace(head, camera=camera, points_px=head.points_px * np.float32(size))
    there = found(np.asarray(resized, np.uint8), other)
    assert abs(apart(there) - apart(places)) / other.px_per_mm < 0.15


def test_a_highlight_across_a_limbus_moves_it_little(sitter: Sitter) -> None:
    bgr, places = looking(sitter, (0.3, -0.3))
    head = sitter[1]
    lit = bgr.copy()
    rim = places[0] + along(head) * 5.7 * head.px_per_mm
    cv2.circle(lit, tuple(int(v) for v in rim), 2, (255, 255, 255), -1)
    moved = found(lit, head)[0] - found(bgr, head)[0]
    assert abs(moved @ along(head)) / head.px_per_mm < 0.25


def hidden(sitter: Sitter, what: str) -> U8:
    """The picture in which an eye cannot be measured."""
    bgr, places = looking(sitter, (0.5, -0.5))
    head = sitter[1]
    out = bgr.copy()
    eyes = [np.round(head.points_px[ring, :2]).astype(np.int32) for ring in (at.RIGHT_EYE, at.LEFT_EYE)]
    skin = tuple(float(v) for v in head_skin(bgr, head))
    for number, (ring, place) in enumerate(zip(eyes, places, strict=True)):
        if what == "shut" or (what == "one shut" and number == 0):
            cv2.fillPoly(out, [ring], skin)
        elif what == "white":
            cv2.fillPoly(out, [ring], irises.WHITE)
        elif what == "dark":
            cv2.fillPoly(out, [ring], (25, 28, 40))
        elif what == "one side dark":
            beside = ring.copy()
            beside[:, 0] = np.minimum(beside[:, 0], int(place[0]) - 2)
            cv2.fillPoly(out, [beside], (25, 28, 40))
    return seen(out, 1)


def head_skin(bgr: U8, head: Head) -> F64:
    x, y = (int(v) for v in head.points_px[50, :2])
    return np.asarray(np.median(bgr[y - 4 : y + 4, x - 4 : x + 4].reshape(-1, 3), axis=0), np.float64)


@pytest.mark.parametrize("what", ["shut", "one shut", "white", "dark", "one side dark"])
def test_where_no_limbus_shows_nothing_is_told(sitter: Sitter, what: str) -> None:
    assert middles(hidden(sitter, what), sitter[1]) is None


def test_a_plain_and_a_noisy_picture_tell_nothing(sitter: Sitter) -> None:
    head = sitter[1]
    plain = np.full(sitter[0].shape, 128, np.uint8)
    noise = np.random.default_rng(3).integers(0, 256, sitter[0].shape).astype(np.uint8)
    assert middles(plain, head) is None
    assert middles(noise, head) is None


@pytest.mark.parametrize("shift", [(-10_000.0, 0.0), (0.0, 10_000.0), (-200.0, 0.0)])
def test_an_eye_outside_the_picture_tells_nothing(sitter: Sitter, shift: tuple[float, float]) -> None:
    bgr, _ = looking(sitter, (0.0, 0.0))
    head = sitter[1]
    away = head.points_px + np.array([*shift, 0.0], np.float32)
    assert middles(bgr, replace(head, points_px=away)) is None


def test_the_frame_is_only_read(sitter: Sitter) -> None:
    bgr, _ = looking(sitter, (0.5, 0.0))
    before = bgr.copy()
    middles(bgr, sitter[1])
    assert np.array_equal(bgr, before)
