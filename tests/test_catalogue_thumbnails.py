"""Thumbnails: the product fills the picture, the background is transparent."""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from tryon.catalogue.items import load_product
from tryon.catalogue.thumbnails import HEIGHT_PX, WIDTH_PX, encoded, frame_picture, main, smear_picture
from tryon.render.draw import Rasteriser

COMMITTED = Path(__file__).resolve().parents[1] / "assets" / "catalogue"


def test_a_frame_fills_the_picture_and_its_lenses_show_the_background() -> None:
    bgra = frame_picture(load_product(COMMITTED / "meridian-gunmetal"), Rasteriser())
    assert bgra.shape == (HEIGHT_PX, WIDTH_PX, 4)
    alpha = bgra[..., 3]
    rows, columns = np.nonzero(alpha > 128)
    assert np.ptp(columns) > 0.85 * WIDTH_PX
    assert np.ptp(rows) > 0.25 * HEIGHT_PX
    assert alpha[:4].max() == 0
    assert alpha[-4:].max() == 0
    # A clear lens hides little of what is behind it, and is many more pixels than the wire around it.
    glass = (alpha > 2) & (alpha < 60)
    assert glass.sum() > (alpha > 200).sum()


def test_a_smear_shows_three_shades() -> None:
    product = load_product(COMMITTED / "velvet-lipstick")
    bgra = smear_picture(product)
    assert bgra.shape == (HEIGHT_PX, WIDTH_PX, 4)
    solid = bgra[..., 3] > 200
    assert 0.2 < solid.mean() < 0.7
    counts, labels = cv2.connectedComponents(solid.astype(np.uint8))
    sizes = np.bincount(labels.ravel())[1:]
    assert counts - 1 >= 3
    assert (sizes > 3000).sum() == 3
    large = np.argsort(sizes)[-3:] + 1
    means = np.array([bgra[labels == label][:, :3].mean(axis=0) for label in large])
    assert np.ptp(means.mean(axis=1)) > 30


def test_a_product_of_the_other_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="no shades"):
        smear_picture(load_product(COMMITTED / "meridian-gunmetal"))
    with pytest.raises(ValueError, match="no model"):
        frame_picture(load_product(COMMITTED / "velvet-lipstick"), Rasteriser())


def test_the_command_writes_a_picture_into_each_folder(tmp_path: Path) -> None:
    target = tmp_path / "velvet-lipstick"
    target.mkdir()
    shutil.copy(COMMITTED / "velvet-lipstick" / "product.json", target)
    main([str(tmp_path)])
    picture = cv2.imread(str(target / "thumbnail.png"), cv2.IMREAD_UNCHANGED)
    assert picture is not None
    assert picture.shape == (HEIGHT_PX, WIDTH_PX, 4)


def test_noisy_pictures_get_by_with_fewer_colours() -> None:
    noise = np.random.default_rng(3).integers(96, 128, (240, 320, 4), np.uint8)
    plain = np.full((240, 320, 4), 97, np.uint8)
    for bgra, off in ((noise, 8), (plain, 0)):
        read = cv2.imdecode(np.frombuffer(encoded(bgra), np.uint8), cv2.IMREAD_UNCHANGED)
        assert read.shape == bgra.shape
        assert np.array_equal(read[..., 3], bgra[..., 3])
        assert int(np.abs(read.astype(int) - bgra).max()) <= off
    assert len(encoded(noise)) < len(cv2.imencode(".png", noise)[1])
