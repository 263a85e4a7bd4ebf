"""Run by tests: a drawn person who stands or spreads their legs, whose joints and mask are known.

None of the recordings that the project may use shows hips and knees. Where the body's network is not what is tested,
what it would tell is drawn: limbs as capsules, and the mask from the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from tryon.frame import F32, U8
from tryon.geometry.figure import Figure, standing
from tryon.perception import body_landmarks as at
from tryon.perception import landmarks as face_at

SIZE: Final = (480, 640)
WALL: Final = (188.0, 192.0, 186.0)
TOP: Final = (60.0, 70.0, 170.0)
LEGS: Final = (120.0, 70.0, 40.0)
SKIN: Final = (120.0, 150.0, 205.0)
MIDDLE_PX: Final = 240.0
# Joints in shoulder widths from the chin: of the wearer's left, mirrored for the right.
STANDS: Final = {at.LEFT_KNEE: (0.3, 2.95), at.LEFT_ANKLE: (0.3, 4.1)}


def face_px() -> F32:
    """A face's landmarks: chin and forehead; the others beside them."""
    face = np.zeros((478, 3), np.float32)
    face[:, :2] = (MIDDLE_PX, 62.0)
    face[face_at.CHIN, :2], face[face_at.FOREHEAD_TOP, :2] = (MIDDLE_PX, 80.0), (MIDDLE_PX, 34.0)
    face[face_at.LEFT_TRAGUS, :2], face[face_at.RIGHT_TRAGUS, :2] = (
        (MIDDLE_PX + 22, 62.0),
        (MIDDLE_PX - 22, 62.0),
    )
    angle = np.linspace(0, 2 * np.pi, len(face_at.FACE_OVAL))
    face[face_at.FACE_OVAL, 0] = MIDDLE_PX + 20 * np.sin(angle)
    face[face_at.FACE_OVAL, 1] = 57.0 - 23 * np.cos(angle)
    return face


def figure(apart: float = 0.0, left: dict[int, tuple[float, float]] | None = None) -> Figure:
    """Somebody in a picture of ``SIZE``; ``apart`` spreads the legs by so many shoulder widths at the ankles; ``left``
    moves joints of the left side, as ``STANDS`` gives them."""
    made = standing(face_px(), SIZE[1])
    points = made.points_px.copy()
    chin, unit = np.array([MIDDLE_PX, 80.0]), made.width_px
    for row, (x, y) in STANDS.items():
        share = 1.0 if row == at.LEFT_ANKLE else 0.5
        for number, sign in ((row, 1.0), (row + 1, -1.0)):
            points[number] = chin + unit * np.array([sign * (x + share * apart), y])
    for row, place in (left or {}).items():
        points[row] = chin + unit * np.array(place)
    made = replace(made, points_px=points)
    return replace(made, mask=mask_of(made))


def picture(made: Figure, hands: bool = True) -> U8:
    """The person before a wall: a red top down to the hips, blue trousers, and bare hands."""
    height, width = SIZE[1], SIZE[0]
    bgr: U8 = np.full((height, width, 3), WALL, np.uint8)
    for ends, half, color in _limbs(made):
        if color != SKIN or hands:
            _capsule(bgr, ends, half, color)
    noise = np.random.default_rng(1).normal(0, 2.0, bgr.shape)
    return np.clip(bgr + noise, 0, 255).astype(np.uint8)


def mask_of(made: Figure) -> U8:
    """The person's mask in the crop that the figure names."""
    shown: U8 = np.zeros((SIZE[1] * 2, SIZE[0] * 2), np.uint8)
    for ends, half, _ in _limbs(made):
        _capsule(shown, [(x + SIZE[0] / 2, y + SIZE[1] / 2) for x, y in ends], half, (255.0,))
    there = made.picture_from_mask.astype(np.float64)
    there[:, 2] += (SIZE[0] / 2, SIZE[1] / 2)
    return np.asarray(
        cv2.warpAffine(shown, there, (256, 256), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP), np.uint8
    )


Limb = tuple[list[tuple[float, float]], float, tuple[float, ...]]


def _limbs(made: Figure) -> list[Limb]:
    points, unit = made.points_px, made.width_px
    limbs: list[Limb] = []
    for hip, knee, ankle in (
        (at.RIGHT_HIP, at.RIGHT_KNEE, at.RIGHT_ANKLE), (at.LEFT_HIP, at.LEFT_KNEE, at.LEFT_ANKLE),
    ):  # fmt: skip
        for start, end, half in ((hip, knee, 0.19), (knee, ankle, 0.13)):
            limbs.append(([_xy(points[start]), _xy(points[end])], half * unit, LEGS))
    (right, left), (hip_right, hip_left) = made.shoulders, made.hips
    for share in np.linspace(0.0, 1.0, 7).tolist():
        above = (1 - share) * right + share * left
        below = (1 - share) * hip_right + share * hip_left
        limbs.append(([_xy(above), _xy(below - (0.0, 0.1 * unit))], 0.15 * unit, TOP))
    for side in ("right", "left"):
        arm = made.arm(side)
        limbs += [
            ([_xy(arm[0]), _xy(arm[1])], 0.12 * unit, TOP),
            ([_xy(arm[1]), _xy(arm[2])], 0.10 * unit, TOP),
            ([_xy(arm[2]), _xy(arm[3])], 0.09 * unit, SKIN),
        ]
    head = face_px()[face_at.FACE_OVAL, :2].mean(axis=0)
    limbs.append(([_xy(head), _xy(head)], 24.0, SKIN))
    return limbs


def _xy(point: np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[float, float]:
    return float(point[0]), float(point[1])


def _capsule(bgr: U8, ends: list[tuple[float, float]], half: float, color: tuple[float, ...]) -> None:
    (ax, ay), (bx, by) = ends
    cv2.line(
        bgr, (round(ax * 16), round(ay * 16)), (round(bx * 16), round(by * 16)), color, max(round(2 * half), 1),
        cv2.LINE_AA, 4,
    )  # fmt: skip
