"""Drawing one product into a frame: buffers, passes and the rectangle that was touched."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import cv2
import numpy as np

from tryon.frame import F32, F64, U8, Rect
from tryon.render import environment, transfer
from tryon.render.composite import cast, resolve, shades, soften, summarise
from tryon.render.lenses import glaze
from tryon.render.mesh import I32
from tryon.render.model import Model
from tryon.render.raster import (
    EMPTY,
    LANES,
    NEAR_MM,
    fill,
    fill_occluder,
    spread,
    to_samples,
    transform,
    turn,
)
from tryon.render.refraction import Correction, refract
from tryon.render.veil import Veil, hang

# A contact shadow reaches a few millimetres below what casts it, under the overhead light of rooms.
SHADOW_DROP_MM: Final = 4.0
SHADOW_BLUR_MM: Final = 2.2
SHADOW_STRENGTH: Final = 0.55
# Samples along each side of a pixel, by pixels a millimetre. A metal rim is 1 mm thick: seen small it is thinner than
# a pixel and breaks into dashes unless sampled finely, and seen small it costs little to.
SAMPLES: Final = ((0.7, 4), (1.15, 3), (float("inf"), 2))
# A light from the side throws the shadow to the other, at most as far as it falls.
SHADOW_ASIDE: Final = 1.0
# Directions of light are told apart to this: a step is a hundredth of the brightness at a frame's end.
DIRECTION_STEP: Final = 0.02
# A camera's point spread where nobody has measured it: assumed.
CAMERA_BLUR_PX: Final = 0.65
# Half widths of the blur's window, by standard deviations: the tails beyond are not seen.
BLUR_WINDOWS: Final = ((0.8, 1), (1.1, 2), (1.6, 3), (float("inf"), 4))
# The blur reaches its full strength on any pixel that a third of a neighbourhood of product surrounds.
EDGE_SPREAD: Final = 3.0
# What hides is drawn coarser by this factor than what is seen: skin and a frame meet softly, and it is half the work.
OCCLUDER_COARSER: Final = 2
# Between points this far apart a lens changes evenly.
LENS_BLOCK_MM: Final = 3.0
# Width of a lens' bevelled edge. Seen small it is narrower than the pixels that its darkness is spread over.
BEVEL_MM: Final = 1.2
# Side of the tile of noise that is laid over products; a power of two.
GRAIN_PX: Final = 256
# A camera's noise is no finer than its own demosaicing and compression leave it: assumed.
GRAIN_BLUR_PX: Final = 0.5
# Noise of less than this is not seen, and is not laid.
NOISE_SEEN: Final = 0.5
# Pixels beyond the projected vertices that a sample on the edge may still touch.
EDGE_PX: Final = 2


@dataclass(frozen=True, slots=True)
class View:
    """The pinhole that a product is drawn through: focal length and principal point in pixels."""

    focal_px: float
    cx_px: float
    cy_px: float


@dataclass(frozen=True, slots=True, eq=False)
class Occluder:
    """A surface that hides but is not drawn: ``points_mm`` (n, 3) in camera space, ``triangles`` (m, 4); the last
    column is 0."""

    points_mm: F32
    triangles: I32


@dataclass(frozen=True, slots=True)
class Light:
    """Linear red, green and blue that diffuse white has in this picture, each about 0.1 … 1.5; how dark a contact
    shadow is, 0..1; where the light comes from, as ``environment.turned`` has it (None: the room's own); the
    standard deviation of the camera's point spread in pixels of the frame, and that of its noise in codes of 255;
    ``seed`` tells one frame's noise from the next's; ``haze`` is the linear light that the camera adds to everything,
    ``white`` without it."""

    white: tuple[float, float, float]
    shadow: float = SHADOW_STRENGTH
    direction: tuple[float, float] | None = None
    blur_px: float = CAMERA_BLUR_PX
    noise: float = 0.0
    seed: int = 0
    haze: float = 0.0


class Rasteriser:
    """Scratch buffers and the passes over them. Use from one thread at a time."""

    def __init__(self) -> None:
        # Flat, so that what is cut from them is contiguous whatever its shape: kernels compile once and walk straight.
        self._depths: F32 = np.empty(0, np.float32)
        self._numbers: I32 = np.empty((2, 0), np.int32)
        self._vertices: F32 = np.empty((0, 6), np.float32)
        self._studio, self._mirror = environment.studio(), environment.mirror()

    def draw(
        self,
        bgr: U8,
        model: Model,
        camera_from_product: F64,
        view: View,
        light: Light,
        occluders: Sequence[Occluder] = (),
        opacity: float = 1.0,
        veils: Sequence[Veil] = (),
        correction: Correction | None = None,
    ) -> Rect | None:
        """Draw into ``bgr`` in place; ``camera_from_product`` is 4×4, a rotation and a shift in millimetres.

        Returns the rectangle outside which no bit has changed, or None where nothing of the product is in view.
        """
        pinhole = (view.focal_px, view.cx_px, view.cy_px)
        vertices = self._room_for(len(model.positions_mm))
        matrix = camera_from_product.astype(np.float32)
        bounds = transform(model.positions_mm, model.normals, matrix, pinhole, vertices)
        px_per_mm = view.focal_px / max(float(matrix[2, 3]), NEAR_MM)
        drop, blur = round(SHADOW_DROP_MM * px_per_mm), SHADOW_BLUR_MM * px_per_mm
        aside = round(SHADOW_ASIDE * drop * -light.direction[0]) if light.direction is not None else 0
        window = next(half for limit, half in BLUR_WINDOWS if light.blur_px <= limit)
        rect = _pixels(bounds, EDGE_PX + window - 1, 0, 0).clip(bgr.shape[1], bgr.shape[0])
        if rect.empty:
            return None
        reach = round(3 * blur) + abs(aside)
        outer = rect
        if light.shadow > 0:
            outer = _pixels(bounds, EDGE_PX + window - 1, reach, drop).clip(bgr.shape[1], bgr.shape[0])
        samples = next(number for limit, number in SAMPLES if px_per_mm < limit)
        width, height = rect.width * samples, rect.height * samples
        depth, numbers, lens_numbers = self._buffers(width, height)
        to_samples(vertices, rect.x0, rect.y0, samples)
        hidden = _occlusion(occluders, view, outer, samples // OCCLUDER_COARSER)
        # A veil is where the picture is unlike skin, which a wall is, too: no shadow falls on it.
        face = hidden.copy() if veils else hidden
        for veil in veils:
            hang(veil, outer, hidden)
        coarse = hidden.shape[1] // outer.width
        left, top = (rect.x0 - outer.x0) * coarse, (rect.y0 - outer.y0) * coarse
        spread(hidden, left, top, samples // coarse, depth, numbers)
        first, last, triangles = model.opaque_count, model.triangle_count, model.triangles
        fill(triangles, 0, first, model.cull, vertices, depth, numbers, width, height, samples)
        # Lenses before what is opaque, into the same depths: of what a lens hides nobody asks for the depth.
        fill(triangles, first, last, model.cull, vertices, depth, lens_numbers, width, height, samples)
        opaque, lens = (np.empty((rect.height, rect.width), np.uint8) for _ in range(2))
        summarise(numbers, lens_numbers, samples, opaque, lens)
        taken = np.asarray(cv2.addWeighted(opaque, 1.0, lens, model.lens_shade, 0.0), np.uint8)
        bends = correction is not None and last > first and len(correction.centres_mm) > 0
        bare = bgr.copy() if bends else bgr
        if light.shadow > 0:
            shadow = _moved(_blurred(_framed(taken, rect, outer), blur), aside)
            cast(bgr, outer.x0, outer.y0, shadow, drop, face, light.shadow * opacity, shades(light.haze))
        part = bgr[rect.y0 : rect.y1, rect.x0 : rect.x1]
        under = part.copy()
        surfaces = (
            vertices, model.attributes, self._tangents(model, matrix), triangles, model.materials, model.texels,
            model.levels, model.uses, model.films, *self._room(light),
        )  # fmt: skip
        after = (light.white, pinhole, opacity, transfer.to_linear(light.haze), transfer.to_srgb(light.haze))
        resolve(bgr, rect.x0, rect.y0, samples, numbers, opaque, *surfaces, *after)
        if correction is not None and bends:
            centres = correction.centres_mm @ matrix[:3, :3].T + matrix[:3, 3]
            refract(
                bgr, bare, rect.x0, rect.y0, samples, depth, lens_numbers, lens, opaque,
                np.ascontiguousarray(hidden[top : top + rect.height * coarse, left : left + rect.width * coarse]),
                np.ascontiguousarray(centres, np.float32), pinhole, correction.power_d, opacity,
            )  # fmt: skip
        if last > first:
            block = max(round(LENS_BLOCK_MM * px_per_mm), 2)
            side = 2 * max(round(BEVEL_MM * px_per_mm / 2), 1) + 1
            inner = np.asarray(cv2.blur(lens, (side, side)), np.uint8)
            glaze(
                bgr,
                rect.x0,
                rect.y0,
                samples,
                block,
                numbers,
                lens_numbers,
                lens,
                inner,
                min(BEVEL_MM * px_per_mm / side, 1.0),
                opaque,
                under,
                *surfaces,
                *after,
            )
        # A rendered edge is sharper than any lens and sensor draw it, and cleaner.
        side = 2 * window + 1
        soft = np.asarray(cv2.GaussianBlur(part, (side, side), light.blur_px), np.uint8)
        edges = np.asarray(cv2.blur(opaque, (side, side)), np.uint8)
        noise = light.noise * opacity if light.noise >= NOISE_SEEN else 0.0
        soften(bgr, rect.x0, rect.y0, soft, edges, EDGE_SPREAD, taken, grain(), _grain_at(light.seed), noise)
        return outer

    def _room(self, light: Light) -> tuple[F32, F32]:
        """The room to reflect, with its light from where the picture's comes from."""
        if light.direction is None:
            return self._studio, self._mirror
        x, y = (round(part / DIRECTION_STEP) * DIRECTION_STEP for part in light.direction)
        return environment.turned((x, y))

    def _room_for(self, count: int) -> F32:
        if len(self._vertices) < count:
            self._vertices = np.empty((count, 6), np.float32)
        return self._vertices[:count]

    def _tangents(self, model: Model, matrix: F32) -> F32:
        """The model's tangents in camera space; nothing where no material needs them."""
        if len(model.tangents) == 0:
            return model.tangents
        turned = np.empty_like(model.tangents)
        turn(model.tangents, matrix, turned)
        return turned

    def _buffers(self, width: int, height: int) -> tuple[F32, I32, I32]:
        """Depths, and numbers of what is opaque and of lenses; rows of whole runs of samples."""
        width = -(-width // LANES) * LANES
        count = width * height
        if len(self._depths) < count:
            self._depths, self._numbers = np.empty(count, np.float32), np.empty((2, count), np.int32)
        numbers, lens_numbers = (row[:count].reshape(height, width) for row in self._numbers)
        lens_numbers.fill(EMPTY)
        return self._depths[:count].reshape(height, width), numbers, lens_numbers


_NO_NORMALS: Final[F32] = np.empty((0, 3), np.float32)
_IDENTITY: Final[F32] = np.eye(4, dtype=np.float32)


def _occlusion(occluders: Sequence[Occluder], view: View, rect: Rect, samples: int) -> F32:
    """1/z of the nearest occluder in the rectangle, with ``samples`` (at least one) along each side of a pixel."""
    samples = max(samples, 1)
    depth: F32 = np.zeros((rect.height * samples, rect.width * samples), np.float32)
    # A pinhole that projects straight to the rectangle's samples.
    pinhole = (view.focal_px * samples, (view.cx_px - rect.x0) * samples, (view.cy_px - rect.y0) * samples)
    for occluder in occluders:
        projected = np.empty((len(occluder.points_mm), 6), np.float32)
        transform(occluder.points_mm, _NO_NORMALS, _IDENTITY, pinhole, projected)
        fill_occluder(occluder.triangles, projected, depth)
    return depth


def _blurred(share: U8, blur_px: float) -> U8:
    """Two box filters in place of a Gaussian of that standard deviation: a shadow's edge needs no more."""
    # The variance of a box n wide is (n² - 1) / 12; two of them add up.
    side = max(round(math.sqrt(6 * blur_px * blur_px + 1)), 1)
    once = cv2.blur(share, (side, side), borderType=cv2.BORDER_CONSTANT)
    return np.asarray(cv2.blur(once, (side, side), borderType=cv2.BORDER_CONSTANT), np.uint8)


def _moved(share: U8, aside: int) -> U8:
    """Moved to the right by so many pixels, to the left for less than none; nothing comes in from the side."""
    if aside == 0:
        return share
    moved = np.zeros_like(share)
    if aside > 0:
        moved[:, aside:] = share[:, :-aside]
    else:
        moved[:, :aside] = share[:, -aside:]
    return moved


def _framed(share: U8, rect: Rect, outer: Rect) -> U8:
    """The rectangle's share in the middle of nothing, as large as ``outer``."""
    framed = np.zeros((outer.height, outer.width), np.uint8)
    left, top = rect.x0 - outer.x0, rect.y0 - outer.y0
    framed[top : top + rect.height, left : left + rect.width] = share
    return framed


@cache
def grain() -> F32:
    """A tile (GRAIN_PX, GRAIN_PX) of noise with deviation 1, without a seam; read-only."""
    tile = np.random.default_rng(0).normal(0.0, 1.0, (GRAIN_PX, GRAIN_PX))
    across = np.fft.fftfreq(GRAIN_PX)
    blur = np.exp(-2 * (np.pi * GRAIN_BLUR_PX) ** 2 * (across[:, None] ** 2 + across[None, :] ** 2))
    tile = np.fft.ifft2(np.fft.fft2(tile) * blur).real
    noise: F32 = (tile / tile.std()).astype(np.float32)
    noise.setflags(write=False)
    return noise


def _grain_at(seed: int) -> tuple[int, int]:
    """Where in the tile the frame of that number begins: anywhere, and the same again for the same."""
    mixed = (seed * 2654435761) & 0xFFFFFFFF
    return mixed % GRAIN_PX, (mixed >> 16) % GRAIN_PX


def _pixels(bounds: tuple[float, float, float, float], edge: int, reach: int, drop: int) -> Rect:
    """The pixels that vertices within ``bounds`` can touch, softened by ``edge`` pixels; and their shadow, ``drop``
    lower, that reaches ``reach`` further; empty if there are none."""
    left, top, right, bottom = bounds
    if left > right:
        return Rect(0, 0, 0, 0)
    far = 1_000_000  # a vertex at the near plane's edge projects anywhere
    left, top = max(left, -far), max(top, -far)
    right, bottom = min(right, far), min(bottom, far)
    return Rect(
        int(left) - edge - reach,
        int(top) - edge - max(reach - drop, 0),
        int(right) + 1 + edge + reach,
        int(bottom) + 1 + edge + drop + reach,
    )
