"""Shading and blending of drawn samples, and the short cut for lenses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tryon.frame import F32, U8
from tryon.render import environment, transfer
from tryon.render.composite import resolve, soften, summarise
from tryon.render.mesh import I32, Material, Mesh, Part
from tryon.render.model import Model, prepare
from tryon.render.raster import EMPTY, OCCLUDER, fill, to_samples, transform

VIEW = (500.0, 40.0, 30.0)
WHITE = (0.9, 1.0, 1.1)


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 4), st.integers(0, 1000))
def test_shares_count_samples(samples: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    height, width = 3, 4
    numbers, lenses = (
        rng.choice([EMPTY, OCCLUDER, 0, 7], (height * samples, width * samples)).astype(np.int32)
        for _ in range(2)
    )
    opaque, lens, face = (np.full((height, width), 77, np.uint8) for _ in range(3))
    summarise(numbers, lenses, samples, opaque, lens, face)

    def share(drawn: np.typing.NDArray[np.bool_]) -> F32:
        mean = drawn.reshape(height, samples, width, samples).mean(axis=(1, 3))
        return np.asarray(np.floor(mean * 255 + 0.5), np.float32)

    assert np.abs(opaque - share(numbers >= 0)).max() <= 1
    assert np.abs(lens - share(lenses >= 0)).max() <= 1
    assert np.abs(face - share(numbers == OCCLUDER)).max() <= 1
    assert ((opaque > 0) == (share(numbers >= 0) > 0)).all()
    assert ((opaque == 255) == (share(numbers >= 0) == 255)).all()


@pytest.mark.parametrize(
    ("share", "gain", "moved"),
    [(0, 3.0, 0.0), (255, 0.0, 0.0), (51, 1.0, 0.2), (51, 3.0, 0.6), (255, 3.0, 1.0)],
)
def test_soften_moves_towards_the_soft_picture_by_the_share(share: int, gain: float, moved: float) -> None:
    bgr: U8 = np.full((6, 8, 3), 100, np.uint8)
    soften(bgr, 2, 1, np.full((3, 4, 3), 200, np.uint8), np.full((3, 4), share, np.uint8), gain)
    assert (bgr[1:4, 2:6] == 100 + round(100 * moved)).all()
    bgr[1:4, 2:6] = 100
    assert (bgr == 100).all(), "only the rectangle is touched"


def bowl(material: Material, width_mm: float = 60.0) -> Mesh:
    """A curved lens of a fine grid before the origin."""
    x, y = np.meshgrid(np.linspace(-1, 1, 13), np.linspace(-1, 1, 9))
    positions = np.stack([x * width_mm / 2, y * 20, 10 - 4 * (x * x + y * y)], axis=-1).reshape(-1, 3)
    normals = np.stack([x * 0.28, y * 0.2, np.ones_like(x)], axis=-1).reshape(-1, 3)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    corner = (np.arange(8)[:, None] * 13 + np.arange(12)).ravel()
    triangles = np.concatenate(
        [np.stack([corner, corner + 1, corner + 14], 1), np.stack([corner, corner + 14, corner + 13], 1)]
    )
    colors = np.ones((len(positions), 4), np.float32)
    colors[:, :3] = np.linspace(0.6, 1, 9).repeat(13)[:, None]  # a gradient tint, darker below
    return Mesh(
        positions_mm=positions.astype(np.float32),
        normals=normals.astype(np.float32),
        uvs=np.zeros((len(positions), 2), np.float32),
        triangles=triangles.astype(np.int32),
        triangle_material=np.zeros(len(triangles), np.int16),
        materials=(material,),
        parts=(Part("lens", 0, len(triangles)),),
        colors=colors,
    )


GREEN = Material("green", roughness=0.0, transmission=1.0, tint=(0.5, 0.8, 0.5))
MIRRORED = Material("mirrored", roughness=0.05, transmission=1.0, metallic=1.0, tint=(0.3, 0.3, 0.4))
FROSTED = Material("frosted", roughness=0.6, transmission=0.7)


def read_only(array: F32) -> F32:
    """As the real room is: kernels are compiled for that."""
    array.setflags(write=False)
    return array


class Drawing:
    """The buffers of one lens before a noisy picture, ready to be resolved."""

    def __init__(self, material: Material, x0: int, y0: int, samples: int = 2) -> None:
        self.model: Model = prepare(bowl(material))
        self.x0, self.y0, self.samples = x0, y0, samples
        self.height, self.width = 50, 70
        matrix = np.diag([1, -1, -1, 1]).astype(np.float32)
        matrix[2, 3] = 500.0
        self.vertices = np.empty((len(self.model.positions_mm), 6), np.float32)
        transform(self.model.positions_mm, self.model.normals, matrix, VIEW, self.vertices)
        to_samples(self.vertices, x0, y0, samples)
        shape = (self.height * samples, self.width * samples)
        self.numbers: I32 = np.full(shape, EMPTY, np.int32)
        self.lens_numbers: I32 = np.full(shape, EMPTY, np.int32)
        depth = np.zeros(shape, np.float32)
        fill(
            self.model.triangles, 0, self.model.triangle_count, self.model.cull, self.vertices, np.zeros_like(depth),
            depth, self.lens_numbers, shape[1], shape[0],
        )  # fmt: skip
        self.opaque, self.lens, self.face = (np.empty((self.height, self.width), np.uint8) for _ in range(3))
        summarise(self.numbers, self.lens_numbers, samples, self.opaque, self.lens, self.face)

    def resolved(
        self, bgr: U8, lens_share: U8 | None = None, opacity: float = 1.0, even_room: bool = False
    ) -> U8:
        out, model = bgr.copy(), self.model
        room, sharp = environment.studio(), environment.mirror()
        if even_room:
            room, sharp = read_only(np.full_like(room, 0.7)), read_only(np.full_like(sharp, 0.7))
        resolve(
            out, self.x0, self.y0, self.samples, self.numbers, self.lens_numbers, self.opaque,
            self.lens if lens_share is None else lens_share, self.face, np.zeros_like(self.opaque), 0, 0.0,
            self.vertices, model.attributes, model.triangles, model.materials, model.texels, model.textures,
            room, sharp, WHITE, VIEW, opacity, transfer.to_linear(), transfer.to_srgb(),
        )  # fmt: skip
        return out


@pytest.fixture(scope="module")
def picture() -> U8:
    return np.random.default_rng(5).integers(60, 220, (60, 80, 3), dtype=np.uint8)


@pytest.mark.parametrize("material", [GREEN, FROSTED, MIRRORED], ids=lambda material: material.name)
@pytest.mark.parametrize(("x0", "y0"), [(5, 5), (6, 5), (5, 6), (6, 6)])
@pytest.mark.parametrize("samples", [2, 3, 4])
def test_a_block_of_lens_is_shaded_as_its_pixels_are(
    picture: U8, material: Material, x0: int, y0: int, samples: int
) -> None:
    drawing = Drawing(material, x0, y0, samples)
    assert (drawing.lens == 255).sum() > 1500
    # A share of 254 says "not wholly covered": then each pixel is worked out for itself.
    single = np.minimum(drawing.lens, np.uint8(254))
    blocks, pixels = (
        drawing.resolved(picture, share, even_room=True).astype(int) for share in (None, single)
    )
    assert (blocks != picture).any(axis=2).sum() > 1500
    assert np.abs(blocks - pixels).max() <= 2
    # A polished lens shows the window's edge in steps of two pixels; that is all that the short cut costs.
    blocks, pixels = (drawing.resolved(picture, share).astype(int) for share in (None, single))
    assert np.abs(blocks - pixels).mean() < 2.5


def test_blocks_lie_with_the_rectangle_and_that_shows_nowhere(picture: U8) -> None:
    one, two = (
        Drawing(GREEN, x0, y0).resolved(picture, even_room=True).astype(int) for x0, y0 in ((4, 4), (5, 5))
    )
    assert np.abs(one - two).max() <= 2


def test_pixels_that_nothing_covers_keep_their_bits(picture: U8) -> None:
    drawing = Drawing(GREEN, 5, 5)
    after = drawing.resolved(picture)
    covered = np.zeros(picture.shape[:2], bool)
    covered[5:55, 5:75] = drawing.lens > 0
    assert np.array_equal(after[~covered], picture[~covered])


@pytest.mark.parametrize("material", [GREEN, FROSTED, MIRRORED], ids=lambda material: material.name)
def test_no_opacity_keeps_every_bit(picture: U8, material: Material) -> None:
    assert np.array_equal(Drawing(material, 5, 5).resolved(picture, opacity=0.0), picture)


def test_the_gradient_is_darker_below(picture: U8) -> None:
    grey: U8 = np.full_like(picture, 180)
    after = Drawing(GREEN, 5, 5).resolved(grey)
    column = after[14:46, 40, 1].astype(int)
    # The middle of the lens lies at row 30; y up in the product is up in the picture.
    assert column[:6].mean() > column[-6:].mean() + 5
