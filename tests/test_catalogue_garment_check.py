"""Pictures that cannot be worn are refused with the reason and what to do."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tryon.catalogue.garment_check import check_head_up, checked
from tryon.errors import BadAsset
from tryon.frame import U8

TEE = Path(__file__).resolve().parents[1] / "assets" / "catalogue" / "linden-tee" / "picture.png"


@pytest.fixture(scope="module")
def tee() -> U8:
    picture = cv2.imread(str(TEE), cv2.IMREAD_UNCHANGED)
    assert picture is not None
    return np.asarray(picture, np.uint8)


def on(tee: U8, background: U8) -> U8:
    share = tee[..., 3:].astype(np.float32) / 255
    return (tee[..., :3] * share + background * (1 - share)).astype(np.uint8)


def test_a_picture_with_alpha_is_taken_as_it_is(tee: U8) -> None:
    assert np.array_equal(checked(tee, "it"), tee)


def test_a_plain_background_is_taken_away(tee: U8) -> None:
    plain: U8 = np.full((*tee.shape[:2], 3), (120, 90, 60), np.uint8)
    cut = checked(on(tee, plain), "it")
    wrong = (cut[..., 3] > 128) != (tee[..., 3] > 128)
    assert wrong.mean() < 0.01


def test_a_busy_background_is_refused(tee: U8) -> None:
    busy = np.random.default_rng(1).integers(0, 255, (*tee.shape[:2], 3)).astype(np.uint8)
    with pytest.raises(BadAsset, match="not plain; cut the garment out"):
        checked(on(tee, busy), "it")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda tee: cv2.resize(tee, (50, 50)), "50×50 pixels; a garment needs at least 200"),
        (lambda tee: np.ascontiguousarray(np.rot90(tee)), "on its side; turn"),
        (lambda tee: np.hstack([tee, tee[:, ::-1] // 2 + tee[:, ::-1] // 2]), "more than one garment"),
        (lambda tee: tee[: tee.shape[0] * 2 // 3], "off at its lower edge"),
        (lambda tee: tee[:, : tee.shape[1] * 3 // 5], "off at its right edge"),
        (np.zeros_like, "empty"),
        (lambda tee: tee[..., 0], "eight bits"),
        (lambda tee: None, "eight bits"),
    ],
)
def test_what_cannot_be_worn_is_refused(tee: U8, change: object, reason: str) -> None:
    assert callable(change)
    with pytest.raises(BadAsset, match=reason):
        checked(change(tee.copy()), "it")


def test_what_stands_on_its_head_is_told_but_can_be_worn(tee: U8) -> None:
    """A picture that is worn already, or whose points came along, is not doubted."""
    turned = np.ascontiguousarray(tee[::-1])
    check_head_up(tee, "it")
    with pytest.raises(BadAsset, match="upside down; turn"):
        check_head_up(turned, "it")
    checked(turned, "it")
