"""Pictures of a frame as a shop shows them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tryon.catalogue.items import load_product
from tryon.catalogue.shop_pictures import GROUND_BGR, HEIGHT_PX, VIEWS, WIDTH_PX, main, shop_pictures

CATALOGUE = Path(__file__).resolve().parents[1] / "assets" / "catalogue"


def test_the_frame_stands_in_the_middle_of_a_light_ground_with_its_shadow(tmp_path: Path) -> None:
    main([str(CATALOGUE / "meridian-gunmetal"), str(tmp_path)])
    assert {path.stem for path in tmp_path.glob("*.jpg")} == set(VIEWS)
    for name, (_, _, fills) in VIEWS.items():
        picture = cv2.imread(str(tmp_path / f"{name}.jpg"))
        assert picture is not None
        assert picture.shape == (HEIGHT_PX, WIDTH_PX, 3)
        off = np.abs(picture.astype(int) - GROUND_BGR).max(axis=2)
        assert off[:40].max() <= 4
        columns = np.nonzero((off > 60).any(axis=0))[0]
        assert np.ptp(columns) == pytest.approx(fills * WIDTH_PX, rel=0.05)
        assert columns.mean() == pytest.approx(WIDTH_PX / 2, rel=0.15)
        soft = (off > 4) & (off < 40)
        assert soft[HEIGHT_PX // 2 :].sum() > soft[: HEIGHT_PX // 2].sum()


def test_what_has_no_mesh_has_no_such_picture() -> None:
    with pytest.raises(ValueError, match="no model"):
        shop_pictures(load_product(CATALOGUE / "velvet-lipstick"))
