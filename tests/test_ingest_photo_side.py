"""Temples from photos of the side."""

from __future__ import annotations

import numpy as np
import pytest

from tests.photo_frames import photo, specs
from tryon.errors import BadAsset
from tryon.ingest.photo_shoot import Shot, photograph
from tryon.ingest.photo_side import read_side


@pytest.mark.parametrize(("yaw", "roll"), [(90.0, 0.0), (-90.0, 5.0), (90.0, 172.0)])
def test_a_temple_is_as_high_as_it_is_however_the_frame_lies(yaw: float, roll: float) -> None:
    spec = specs()["honey-panto"]
    shot = Shot(width_px=800, fills=0.62, distance_mm=1000, yaw_deg=yaw, roll_deg=roll)
    side = read_side(photograph(spec, shot).jpeg, spec.temple_length_mm)
    assert np.array(side.heights_mm) == pytest.approx(np.array(spec.temple_heights_mm), abs=2.8)
    assert side.texture.rgba.shape[1] > 10 * side.texture.rgba.shape[0]
    amber = np.median(side.texture.rgba[..., :3].reshape(-1, 3), axis=0)
    assert amber[0] > amber[1] > amber[2]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (photo("honey-panto").jpeg, "exactly from the side"),
        (b"no picture", "Side photo: the side photo is neither"),
    ],
    ids=["front", "bytes"],
)
def test_what_shows_no_temple_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(BadAsset, match=said) as told:
        read_side(data, 145)
    assert told.value.details["field"] == "side"
