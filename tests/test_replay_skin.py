"""The portrait on a whole head: seen as it was taken, and covered all round."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.frame import F64, U8
from tryon.perception import landmarks as at
from tryon.perception.face_model import FaceModel
from tryon.replay import skin
from tryon.replay.synth import SyntheticHead


@pytest.fixture(scope="module")
def person(astronaut: U8, face_model: FaceModel) -> SyntheticHead:
    return SyntheticHead.from_portrait(astronaut, face_model)


def test_in_front_each_vertex_has_its_own_pixel(person: SyntheticHead) -> None:
    bust = person.bust
    seen = person.camera.project(person.portrait.to_camera(bust.vertices_mm))
    facing = skin._facing(bust.vertices_mm, bust.normals, person.portrait)
    above = bust.vertices_mm[:, 1] > person.points_mm[at.CHIN, 1] + 10
    # The neck's column begins above the chin, inside the head; it is the vertices laid out in rows at the end.
    head = np.arange(len(above)) < len(above) - 40 * 61
    front = (facing > skin.SEEN + 0.3) & above & head & (bust.uv[:, 1] < len(bust.backdrop) * bust.zoom)
    assert front.sum() > 1000
    assert np.abs(bust.uv[front] - seen[front] * bust.zoom).max() < 0.01


def test_every_part_of_the_head_is_covered(person: SyntheticHead) -> None:
    bust = person.bust
    assert np.linalg.norm(bust.normals, axis=1) == pytest.approx(1.0)
    corners = bust.triangles[:, :3]
    assert corners.max() == len(bust.vertices_mm) - 1
    height, width = bust.texels.shape[:2]
    assert bust.uv.min() >= 0
    heads_own = (bust.follow == 1) & (bust.uv[:, 0] < width) & (bust.uv[:, 1] < height)
    x, y = bust.uv[heads_own].astype(int).T
    assert np.all(bust.texels[y, x, 3] > 250), "no hole in the head"


def test_above_the_chin_the_head_moves_as_one_and_the_neck_gives_way(person: SyntheticHead) -> None:
    bust = person.bust
    above = bust.vertices_mm[:, 1] > person.points_mm[at.CHIN, 1] + 10
    assert np.all(bust.follow[above & (bust.vertices_mm[:, 2] > -60)] == 1)
    assert bust.follow.min() < 0.1
    assert np.all((bust.follow >= 0) & (bust.follow <= 1))


def test_depth_is_that_of_the_surface_under_a_pixel(person: SyntheticHead) -> None:
    inner: F64 = person.points_mm[np.setdiff1d(at.RIGID, at.FACE_OVAL)]
    placed = person.portrait.to_camera(inner)
    depth = skin.depth_at(person.bust, person.camera.project(placed), person.portrait, person.camera)
    assert np.abs(depth - placed[:, 2]).max() < 1.0
