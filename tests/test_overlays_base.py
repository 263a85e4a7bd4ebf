"""A scene, and what every overlay promises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from tryon.geometry.camera import Camera
from tryon.geometry.pose import Pose
from tryon.geometry.steady import Head
from tryon.looks import LookBook, LookItem
from tryon.overlays.base import Overlay, Scene
from tryon.overlays.light import LightEstimate
from tryon.render.draw import Rasteriser

CAMERA = Camera.from_fov(320, 240, 63.0)


@pytest.fixture(scope="module")
def overlays(book: LookBook) -> list[Overlay]:
    """Of all that is worn on a face; garments want a body and have tests of their own."""
    worn = [product for product in book.products() if product.kind != "garment"]
    return [book.resolve((LookItem(product.sku),)).overlays[0] for product in worn]


def scene(heads: tuple[Head, ...]) -> Scene:
    bgr = np.full((240, 320, 3), 120, np.uint8)
    return Scene(bgr, heads, CAMERA, LightEstimate((0.8, 0.8, 0.8), 0.3), Rasteriser())


def test_a_scene_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        scene(()).heads = ()  # type: ignore[misc]


def test_with_nobody_in_view_nothing_is_drawn(overlays: list[Overlay]) -> None:
    for overlay in overlays:
        view = scene(())
        assert overlay.draw(view) is None
        assert (view.bgr == 120).all()


def test_overlays_are_stateless(
    overlays: list[Overlay], head_at: Callable[..., Head], pose_at: Callable[..., Pose]
) -> None:
    """A picture depends on its scene alone, not on what an overlay drew before."""
    heads = [head_at(pose_at(yaw, 0, 0, (0.0, 0.0, 300.0)), CAMERA) for yaw in (0.0, 25.0)]
    for overlay in overlays:
        first, other, again = (scene((heads[i],)) for i in (0, 1, 0))
        rects = [overlay.draw(view) for view in (first, other, again)]
        assert rects[0] == rects[2]
        assert rects[0] is not None
        assert np.array_equal(first.bgr, again.bgr)
        assert not np.array_equal(first.bgr, other.bgr)
