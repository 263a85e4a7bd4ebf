"""Lenses over a picture: the short cut between corners, and each pixel alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tryon.frame import F32, U8
from tryon.render import environment, transfer
from tryon.render.composite import summarise
from tryon.render.lenses import BEVEL, glaze
from tryon.render.material import Material
from tryon.render.mesh import I32, Mesh, Part
from tryon.render.model import Model, prepare
from tryon.render.raster import EMPTY, fill, to_samples, transform
from tryon.render.transfer import code

VIEW = (500.0, 40.0, 30.0)
WHITE = (0.9, 1.0, 1.1)


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
        self.inner: U8 | None = None
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
            self.model.triangles, 0, self.model.triangle_count, self.model.cull, self.vertices,
            depth, self.lens_numbers, shape[1], shape[0], samples,
        )  # fmt: skip
        self.opaque, self.lens = (np.empty((self.height, self.width), np.uint8) for _ in range(2))
        summarise(self.numbers, self.lens_numbers, samples, self.opaque, self.lens)

    def resolved(
        self,
        bgr: U8,
        opacity: float = 1.0,
        even_room: bool = False,
        before: U8 | None = None,
        block: int = 2,
        bevelled: float = 1.0,
    ) -> U8:
        out, model = bgr.copy(), self.model
        room, sharp = environment.studio(), environment.mirror()
        if even_room:
            room, sharp = read_only(np.full_like(room, 0.7)), read_only(np.full_like(sharp, 0.7))
        y1, x1 = self.y0 + self.height, self.x0 + self.width
        under = (bgr if before is None else before)[self.y0 : y1, self.x0 : x1].copy()
        glaze(
            out, self.x0, self.y0, self.samples, block, self.numbers, self.lens_numbers, self.lens,
            np.full_like(self.lens, 255) if self.inner is None else self.inner, bevelled, self.opaque, under,
            self.vertices, model.attributes, model.tangents, model.triangles, model.materials, model.texels,
            model.levels, model.uses, model.films, room, sharp, WHITE, VIEW, opacity, transfer.to_linear(),
            transfer.to_srgb(),
        )  # fmt: skip
        return out


@pytest.fixture(scope="module")
def picture() -> U8:
    return np.random.default_rng(5).integers(60, 220, (60, 80, 3), dtype=np.uint8)


@pytest.mark.parametrize("material", [GREEN, FROSTED, MIRRORED], ids=lambda value: value.name)
@pytest.mark.parametrize(("x0", "y0"), [(5, 5), (6, 5)])
@pytest.mark.parametrize(("samples", "block"), [(2, 2), (3, 2), (2, 4)])
def test_a_block_of_lens_is_shaded_as_its_pixels_are(
    picture: U8, material: Material, x0: int, y0: int, samples: int, block: int
) -> None:
    drawing = Drawing(material, x0, y0, samples)
    assert (drawing.lens == 255).sum() > 1500
    inside = drawing.lens == 255
    for even_room, most in ((True, 3), (False, 70)):
        pixels, blocks = (
            drawing.resolved(picture, even_room=even_room, block=side).astype(int) for side in (1, block)
        )
        assert (blocks != picture).any(axis=2).sum() > 1500
        difference = np.abs(blocks - pixels)[y0 : y0 + 50, x0 : x0 + 70][inside]
        assert difference.max() <= most
        # Between corners a reflected edge is a little softer; that is all that the short cut costs.
        assert difference.mean() < 4.0


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


@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.0])
def test_a_blended_surface_is_there_by_its_opacity(picture: U8, alpha: float) -> None:
    paint = Material("paint", base_color=(0.2, 0.2, 0.2, alpha), alpha_mode="BLEND", unlit=True)
    grey: U8 = np.full_like(picture, 255)
    after = Drawing(paint, 5, 5).resolved(grey)[30, 40]
    # The vertex colours darken it in the middle to 0.8; white is WHITE.
    wanted = np.minimum(np.array(WHITE[::-1]) * 0.2 * 0.8 * alpha + (1 - alpha), 1)
    assert after.tolist() == pytest.approx([code(float(v), transfer.to_srgb()) for v in wanted], abs=2)


def test_a_rim_beside_a_dark_lens_lets_no_bright_picture_between() -> None:
    """Half rim, half lens: what shows is half of each, and nothing of the wall behind."""
    wall: U8 = np.full((60, 80, 3), 255, np.uint8)
    black = Material("black", roughness=0.0, transmission=1.0, tint=(0.0, 0.0, 0.0), ior=1.0)
    drawing = Drawing(black, 5, 5)
    drawing.opaque[25, 35], drawing.lens[25, 35] = 128, 127
    half = wall.copy()
    half[30, 40] = code(0.5, transfer.to_srgb())  # a black rim took half of it
    after = drawing.resolved(half, before=wall)
    assert after[30, 40].max() < 30
    # A temple that lies behind a clear lens is seen through it.
    clear = Drawing(Material("clear", roughness=0.0, transmission=1.0, ior=1.0), 5, 5)
    clear.opaque[25, 35] = 255
    black_there = wall.copy()
    black_there[30, 40] = 0
    assert clear.resolved(black_there, before=wall)[30, 40].max() < 5


@pytest.mark.parametrize(("row", "bright"), [((0, -1, -2, -2), False), ((-1, 0, -2, -2), True)])
def test_what_is_open_between_a_rim_and_its_lens_is_lens_and_what_is_beyond_is_not(
    row: tuple[int, int, int, int], bright: bool
) -> None:
    """Of a pixel's columns one is rim (0), one open (-1), two dark lens (-2)."""
    wall: U8 = np.full((60, 80, 3), 255, np.uint8)
    black = Material("black", roughness=0.0, transmission=1.0, tint=(0.0, 0.0, 0.0), ior=1.0)
    drawing = Drawing(black, 5, 5, samples=4)
    y, x = 4 * 25, 4 * 35
    for column, shows in enumerate(row):
        drawing.numbers[y : y + 4, x + column] = 0 if shows == 0 else EMPTY
        if shows > -2:
            drawing.lens_numbers[y : y + 4, x + column] = EMPTY
    summarise(drawing.numbers, drawing.lens_numbers, 4, drawing.opaque, drawing.lens)
    rimmed = wall.copy()
    rimmed[30, 40] = code(0.75, transfer.to_srgb())  # a black rim took a quarter of it
    after = drawing.resolved(rimmed, before=wall)[30, 40]
    linear = transfer.to_linear()[after]
    assert linear == pytest.approx([0.25 if bright else 0.0] * 3, abs=0.02)


def test_something_else_beside_a_lens_keeps_its_own_colour() -> None:
    """A nose pad within a block of the lens: its pixels are not the lens carried on."""
    wall: U8 = np.full((60, 80, 3), 128, np.uint8)
    black = Material("black", roughness=0.0, transmission=1.0, tint=(0.0, 0.0, 0.0), ior=1.0)
    drawing = Drawing(black, 5, 5)
    dark = drawing.resolved(wall, block=6)
    clear = Material("pad", roughness=0.0, transmission=1.0, ior=1.0)
    materials = prepare(replace(bowl(black), materials=(black, clear))).materials
    triangles = np.vstack([drawing.model.triangles, drawing.model.triangles])
    triangles[len(drawing.model.triangles) :, 3] = 1
    drawing.model = replace(drawing.model, materials=materials, triangles=triangles)
    # Two columns of pixels right of the lens' edge, in a block whose other corners are the lens.
    edge = int(np.flatnonzero(drawing.lens[25])[-1]) + 1
    pad = (slice(2 * 24, 2 * 28), slice(2 * edge, 2 * (edge + 2)))
    drawing.lens_numbers[pad] = drawing.lens_numbers[2 * 25, 2 * edge - 4] + len(triangles) // 2
    summarise(drawing.numbers, drawing.lens_numbers, 2, drawing.opaque, drawing.lens)
    after = drawing.resolved(wall, block=6)
    there = np.zeros(after.shape[:2], bool)
    there[5 + 24 : 5 + 28, 5 + edge : 5 + edge + 2] = True
    assert after[there].min() > 60
    assert (after[~there] == dark[~there]).all()


def test_a_bevel_takes_as_much_light_as_it_is_wide(picture: U8) -> None:
    """Averaged over three pixels, one of a pixel's width takes a third of what one of three pixels' takes."""
    drawing = Drawing(Material("clear", roughness=0.0, transmission=1.0, ior=1.0), 5, 5)
    drawing.inner = np.full_like(drawing.lens, 85)
    light = [
        transfer.to_linear()[drawing.resolved(picture, bevelled=part, block=1)[20:40, 30:50]].mean()
        for part in (0.0, 1 / 3, 1.0)
    ]
    assert light[2] == pytest.approx(light[0] * (1 - BEVEL * 2 / 3), rel=0.01)
    assert light[0] - light[1] == pytest.approx((light[0] - light[2]) / 3, rel=0.05)
