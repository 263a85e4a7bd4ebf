"""The front's shape and size from photos of frames whose size is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.photo_frames import reading, specs
from tryon.errors import BadAsset
from tryon.ingest.eyewear_photo import read_frame
from tryon.ingest.photo_outline import smoothed, spaced
from tryon.ingest.photo_shoot import Shot, photograph
from tryon.ingest.photo_size import Size


@pytest.mark.parametrize("name", ["honey-panto", "nocturne-black-sun", "blue-cat-eye-brown"])
def test_a_front_is_as_wide_as_it_was(name: str) -> None:
    shape, spec = reading(name).shape, specs()[name]
    assert shape.width_mm == pytest.approx(spec.total_width_mm, rel=0.02)
    assert shape.silhouette[:, 0].max() == pytest.approx(-shape.silhouette[:, 0].min(), abs=0.2)
    assert shape.end_y_mm == pytest.approx(spec.hinge_y - spec.lens_centre[1], abs=2.5)
    rim = 2 * 0.95 if spec.build == "metal" else spec.rim_bottom_mm
    assert shape.lower_rim_mm == pytest.approx(rim, abs=0.8)
    height = float(np.ptp(shape.opening[:, 1]))
    assert height == pytest.approx(spec.lens_height_mm, rel=0.05)


def test_two_bridges_leave_a_hole_and_one_leaves_none() -> None:
    assert max(np.ptp(hole[:, 0]) for hole in reading("solstice-gold").shape.holes) > 12
    assert len(reading("honey-panto").shape.holes) == 0


def test_lines_are_smoothed_and_thinned() -> None:
    angle = np.linspace(0, 2 * np.pi, 4000, endpoint=False)
    circle = 20 * np.column_stack((np.cos(angle), np.sin(angle)))
    noisy = circle + np.random.default_rng(0).normal(0, 0.05, circle.shape)
    thin = spaced(smoothed(noisy, 0.4))
    assert 60 < len(thin) < 160
    assert np.hypot(*thin.T) == pytest.approx(20, abs=0.1)


def test_a_frame_that_hardly_stands_out_is_refused() -> None:
    white = replace(specs()["harbour-black"].frame, base_color=(0.75, 0.74, 0.72, 1.0))
    spec = replace(specs()["red-trapeze"], frame=white)
    with pytest.raises(BadAsset, match="hardly stands out"):
        read_frame(photograph(spec, Shot(distance_mm=900), 1).jpeg, Size(51, 19, 145))
