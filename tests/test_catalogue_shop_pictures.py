"""Pictures of a frame as a shop shows them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tryon.catalogue import shop_pictures as pictures
from tryon.catalogue.items import load_product
from tryon.catalogue.shop_pictures import GROUND_BGR, VIEWS, main, shop_pictures

# Large enough to measure, and drawn in a moment.
WIDTH_PX, HEIGHT_PX = 480, 360
CATALOGUE = Path(__file__).resolve().parents[1] / "assets" / "catalogue"


def test_the_frame_stands_in_the_middle_of_a_light_ground_with_its_shadow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "WIDTH_PX", WIDTH_PX)
    monkeypatch.setattr(pictures, "HEIGHT_PX", HEIGHT_PX)
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
