"""What stands before a plain wall, and what is the wall."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tryon.errors import BadAsset
from tryon.frame import U8
from tryon.ingest.photo_ground import ground_of
from tryon.ingest.photo_read import Picture

HEIGHT, WIDTH = 240, 400


def wall(shade: float = 1.0) -> U8:
    y, x = np.mgrid[0 : 1 : HEIGHT * 1j, 0 : 1 : WIDTH * 1j]
    light = (235 - 14 * y + 8 * x * x)[..., None] * (1.0, 0.99, 0.97) * shade
    noise = np.random.default_rng(1).normal(0, 1.2, (HEIGHT, WIDTH, 3))
    return np.asarray(np.clip(light + noise, 0, 255), np.uint8)


def bar(color: tuple[int, int, int], shadow: float) -> U8:
    """A bar 200 × 40 on a wall with its shadow below, as a JPEG has it."""
    cover = np.zeros((HEIGHT, WIDTH), np.float32)
    cover[100:140, 100:300] = 1
    shade = cv2.GaussianBlur(np.roll(cover, 8, axis=0), (0, 0), 6) * shadow
    picture = wall() * (1 - shade[..., None]) * (1 - cover[..., None]) + cover[..., None] * np.array(color)
    _, data = cv2.imencode(".jpg", picture.astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 80])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


@pytest.mark.parametrize("shadow", [0.0, 0.2, 0.4])
@pytest.mark.parametrize("color", [(10, 10, 12), (40, 30, 180), (90, 140, 200), (120, 120, 125)])
def test_a_thing_is_told_from_its_shadow(color: tuple[int, int, int], shadow: float) -> None:
    ground = ground_of(Picture(bar(color, shadow), None))
    inside = ground.cover > 0.5
    truth = np.zeros_like(inside)
    truth[100:140, 100:300] = True
    assert (inside & truth).sum() / (inside | truth).sum() > 0.97
    # Where its edge lies, to a part of a pixel.
    assert ground.cover[:, 200].sum() == pytest.approx(40, abs=1.0)
    assert ground.cover[120].sum() == pytest.approx(200, abs=1.0)


def test_the_wall_behind_is_known() -> None:
    ground = ground_of(Picture(bar((10, 10, 12), 0.3), None))
    seen = (wall()[115:125, 195:205] / 255.0).mean(axis=(0, 1))
    assert ground.wall[120, 200] == pytest.approx(((seen + 0.055) / 1.055) ** 2.4, abs=0.03)


def test_a_cut_out_is_believed() -> None:
    cover = np.zeros((HEIGHT, WIDTH), np.float32)
    cover[50:60] = 0.5
    assert (ground_of(Picture(wall(), cover)).cover == cover).all()


@pytest.mark.parametrize("seed", range(3))
def test_a_busy_background_is_refused(seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 255, (12, 20, 3), dtype=np.uint8)
    busy = np.asarray(cv2.resize(noise, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC), np.uint8)
    with pytest.raises(BadAsset, match="not plain"):
        ground_of(Picture(busy, None))
