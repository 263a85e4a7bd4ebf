"""A head in relief, cut out of a portrait: a fine mesh with the picture as its texture, and what stands behind it.

Pixel coordinates of the portrait have pixel centres at integer + 0.5. Depth comes from the landmarks inside the face's
outline and falls off behind it towards the hair's edge, as on an egg. Below the chin the mesh hands over from the head
to the body, so that a turning head does not drag its collar along.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.frame import F32, F64, U8
from tryon.geometry.head import template
from tryon.perception import landmarks as at
from tryon.render.mesh import I32
from tryon.render.raster import EMPTY, fill

# Where hair and neck end, behind the face's outline at the nasion's height; millimetres.
HAIR_BACK_MM: Final = 88.0
NECK_BACK_MM: Final = 72.0
STEEPEST: Final = 1.5  # millimetres back per millimetre of hair
# Parts of the face's height below the chin: there the neck is the body's, and there the cut-out has faded.
NECK_END: Final = 0.42
FADE_END: Final = 0.60
THROAT_HALF_WIDTH: Final = 0.28  # of the face's width
CHIN_SHADOW: Final = 0.11  # of the neck below the chin, what is still throat
NECK_HALF_WIDTH: Final = 0.42  # of the face's width
# A vertex every so many parts of the face's width, and texels of the texture per pixel of a small portrait.
VERTICES_PER_FACE: Final = 64
TEXTURE_FACE_PX: Final = 200.0
# Depth is drawn so large: the cheeks' sides fall off by a centimetre within a pixel of a small portrait.
DEPTH_FACE_PX: Final = 300.0
# So deep, in face widths, the wall is mirrored into the place of the head.
MIRROR_PART: Final = 0.22


@dataclass(frozen=True, slots=True, eq=False)
class Relief:
    """``vertices_mm`` (n, 3) in the portrait camera's space, ``uv`` (n, 2) texels, ``follow`` (n,) how far a vertex
    is the head's (1) or the body's (0), ``triangles`` (m, 4) as the rasteriser takes them; ``texels`` (h, w, 4)
    premultiplied BGRA; ``backdrop`` the portrait without the head. ``depth_mm`` has ``fine`` pixels a pixel."""

    vertices_mm: F64
    uv: F32
    follow: F64
    triangles: I32
    texels: U8
    backdrop: U8
    depth_mm: F32
    fine: float

    def depth_at(self, points_px: F64) -> F64:
        """Distance from the camera under the portrait's pixels (n, 2): what is there rides on the rendered surface."""
        return _sampled(self.depth_mm, points_px[:, 0] * self.fine, points_px[:, 1] * self.fine)


def carve(bgr: U8, points_px: F32, depths_mm: F64, focal_px: float, centre_px: tuple[float, float]) -> Relief:
    """Make the relief of the face with these landmarks (478, 3), whose distances from the camera are ``depths_mm``."""
    surface = points_px[: at.SURFACE_COUNT, :2].astype(np.float64)
    matte = _matte(bgr, surface)
    fine = max(1.0, DEPTH_FACE_PX / float(np.ptp(surface[:, 0])))
    size = (round(bgr.shape[1] * fine), round(bgr.shape[0] * fine))
    large = np.asarray(cv2.resize(matte, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    face_depth, inside = _face_depth(size, surface * fine, depths_mm)
    wide = np.where((large > 127) | (inside > 0), np.uint8(255), np.uint8(0))
    depth = _extended(face_depth, inside, wide, surface * fine, float(depths_mm[at.NASION]), focal_px * fine)
    follow, fade = _hand_over(bgr.shape[0], surface)
    alpha = np.minimum(_soft(matte), fade[:, None]).astype(np.float32)
    backdrop = _without(bgr, matte, surface)
    step = max(1.0, float(np.ptp(surface[:, 0])) / VERTICES_PER_FACE)
    reach = cv2.dilate((alpha > 0).astype(np.uint8), np.ones((3, 3), np.uint8), iterations=int(step) + 1)
    xs, ys, triangles = _grid(np.asarray(reach, np.uint8), step)
    z = _sampled(depth, xs * fine, ys * fine)
    vertices = np.column_stack([(xs - centre_px[0]) * z / focal_px, (ys - centre_px[1]) * z / focal_px, z])
    zoom = max(1, round(TEXTURE_FACE_PX / float(np.ptp(surface[:, 0]))))
    return Relief(
        vertices_mm=vertices,
        uv=np.column_stack([xs * zoom, ys * zoom]).astype(np.float32),
        follow=np.interp(ys, np.arange(len(follow)) + 0.5, follow),
        triangles=triangles,
        texels=_texels(bgr, matte, alpha, zoom),
        backdrop=backdrop,
        depth_mm=depth,
        fine=fine,
    )


def _face_depth(size: tuple[int, int], surface: F64, depths_mm: F64) -> tuple[F32, U8]:
    """Depth over the landmarks' triangles, interpolated; and where the face is (255)."""
    width, height = size
    inverse: F32 = np.zeros((height, width), np.float32)
    numbers: I32 = np.full((height, width), EMPTY, np.int32)
    vertices = np.zeros((at.SURFACE_COUNT, 6), np.float32)
    vertices[:, :2] = surface
    vertices[:, 2] = 1.0 / depths_mm[: at.SURFACE_COUNT]
    triangles = template().triangles
    fill(
        triangles, 0, len(triangles), np.zeros(1, np.int32), vertices, inverse, inverse, numbers, width, height
    )  # fmt: skip
    seen = numbers != EMPTY
    depth = np.where(seen, 1.0 / np.maximum(inverse, 1e-9), 0.0).astype(np.float32)
    inside = (seen * 255).astype(np.uint8)
    return depth, inside


def _matte(bgr: U8, surface: F64) -> U8:
    """Face, hair and neck (255), by GrabCut (Rother et al., SIGGRAPH 2004) from the face outwards."""
    low, high = surface.min(axis=0), surface.max(axis=0)
    width, height = high - low
    x, y = (low + high) / 2
    guess = np.full(bgr.shape[:2], cv2.GC_BGD, np.uint8)
    for wide, tall, label in ((0.95, 0.98, cv2.GC_PR_BGD), (0.70, 0.75, cv2.GC_PR_FGD)):
        middle, axes = (int(x), int(y - 0.12 * height)), (int(wide * width), int(tall * height))
        cv2.ellipse(guess, middle, axes, 0, 0, 360, [label], -1)
    below = np.arange(bgr.shape[0])[:, None] >= surface[at.CHIN, 1]
    guess[below & (guess == cv2.GC_PR_FGD)] = cv2.GC_PR_BGD
    cv2.fillConvexPoly(guess, cv2.convexHull(surface.astype(np.int32)), [cv2.GC_FGD])
    # GrabCut draws its first clusters from OpenCV's own random numbers: the same portrait gives the same head.
    cv2.setRNGSeed(1)
    cv2.grabCut(bgr, guess, None, np.zeros((1, 65)), np.zeros((1, 65)), 6, cv2.GC_INIT_WITH_MASK)  # type: ignore[call-overload]
    head = (guess == cv2.GC_FGD) | (guess == cv2.GC_PR_FGD)
    head &= ~below
    columns = np.abs(np.arange(bgr.shape[1])[None, :] + 0.5 - surface[at.CHIN, 0]) < NECK_HALF_WIDTH * width
    rows = np.arange(bgr.shape[0])[:, None]
    jaw = surface[at.CHIN, 1] - 0.02 * height
    head |= columns & (rows >= jaw) & (rows < surface[at.CHIN, 1] + FADE_END * height)
    whole = np.asarray(cv2.morphologyEx(head.astype(np.uint8) * 255, cv2.MORPH_OPEN, _disc(2)), np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(whole)
    if count > 2:
        whole = np.where(labels == 1 + stats[1:, cv2.CC_STAT_AREA].argmax(), 255, 0).astype(np.uint8)
    return whole


def _extended(face: F32, inside: U8, matte: U8, surface: F64, nasion_mm: float, focal_px: float) -> F32:
    """The face's depth, led on over hair and neck."""
    height = float(np.ptp(surface[:, 1]))
    from_face, labels = cv2.distanceTransformWithLabels(
        255 - inside, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    nearest = np.zeros(int(labels.max()) + 1, np.float32)
    nearest[labels[inside > 0]] = face[inside > 0]
    rim = nearest[labels]
    from_edge = cv2.distanceTransform(matte, cv2.DIST_L2, 5)
    part = np.clip(from_face / np.maximum(from_face + from_edge, 1e-3), 0, 1)
    # Between a cone and an egg: an egg's edge is so steep that a turn would smear its last row of hair.
    # And where no hair is, beside a jaw, there is no room to fall back in.
    room = STEEPEST * (from_face + from_edge) * nasion_mm / focal_px
    hair = rim + np.minimum(np.maximum(nasion_mm + HAIR_BACK_MM - rim, 0), room) * part**1.7
    set_back = _smooth_step(from_face / (0.16 * height))
    neck = rim + np.maximum(nasion_mm + NECK_BACK_MM - rim, 0) * set_back
    rows = np.arange(len(face))[:, None] + 0.5
    lower = _smooth_step((rows - surface[at.CHIN, 1] + 0.25 * height) / (0.25 * height))
    led_on = (hair + (neck - hair) * lower).astype(np.float32)
    sigma = 0.05 * height
    blurred = cv2.GaussianBlur(np.where(inside > 0, face, led_on), (0, 0), sigma)
    # Facets are softened inside by far less than the seam and the rays are outside, or the nose would melt.
    soft_face = cv2.GaussianBlur(np.where(inside > 0, face, led_on), (0, 0), 0.005 * height)
    outside = _smooth_step(from_face / (0.10 * height))
    return np.asarray(soft_face + (blurred - soft_face) * outside, np.float32)


def _hand_over(rows: int, surface: F64) -> tuple[F64, F64]:
    """For each row, how far it follows the head, and how opaque the cut-out is there."""
    chin, height = float(surface[:, 1].max()), float(np.ptp(surface[:, 1]))
    below = (np.arange(rows) + 0.5 - chin) / height
    fade = 1 - _smooth_step((below - NECK_END) / (FADE_END - NECK_END))
    return 1 - _smooth_step(below / NECK_END), fade


def _soft(matte: U8) -> F32:
    """Alpha with an edge as soft as a lens makes it, drawn in by a pixel so that no backdrop comes along."""
    inner = cv2.erode(matte, _disc(1))
    return np.asarray(cv2.GaussianBlur(inner, (0, 0), 0.9), np.float32) / 255


def _texels(bgr: U8, matte: U8, alpha: F32, zoom: int) -> U8:
    """Premultiplied BGRA; at the edge the colours come from further in, where hair is not mixed with backdrop."""
    core = cv2.erode(matte, _disc(3)).astype(np.float32) / 255
    weight = cv2.GaussianBlur(core, (0, 0), 2.5)[..., None] + 1e-4
    inner = cv2.GaussianBlur(bgr.astype(np.float32) * core[..., None], (0, 0), 2.5) / weight
    keep = cv2.GaussianBlur(np.asarray(cv2.erode(matte, _disc(2)), np.uint8), (0, 0), 0.8)[..., None] / 255.0
    colour = bgr * keep + inner * (1 - keep)
    size = (bgr.shape[1] * zoom, bgr.shape[0] * zoom)
    large = cv2.resize(colour, size, interpolation=cv2.INTER_CUBIC)
    cover = np.clip(cv2.resize(alpha, size, interpolation=cv2.INTER_LINEAR), 0, 1)[..., None]
    return _codes(np.concatenate([large * cover, 255 * cover], axis=2))


def _without(bgr: U8, matte: U8, surface: F64) -> U8:
    """The portrait with the head filled in from around it; the neck stays, it is what a turned chin lays bare."""
    width, height = np.ptp(surface, axis=0)
    chin_x, chin_y = surface[at.CHIN]
    rows, columns = np.indices(matte.shape)
    throat = np.abs(columns - chin_x) < THROAT_HALF_WIDTH * width
    head = (matte > 0) & ((rows < chin_y - 0.02 * height) | throat)
    hole = cv2.dilate(head.astype(np.uint8), _disc(max(2, int(0.045 * width)))) > 0
    hole &= rows < chin_y + CHIN_SHADOW * height
    known = (~hole).astype(np.float32)
    # Near the rim the wall is mirrored in, with its mottling; deeper, where nothing is ever laid bare, it blurs.
    filled = _filled(bgr, hole)
    above, depth_above = _mirrored(bgr, hole, filled, by_row=False)
    beside, depth_beside = _mirrored(bgr, hole, filled, by_row=True)
    low = _smooth_step((rows - surface[at.NASION, 1]) / (0.3 * height))[..., None].astype(np.float32)
    mirrored = np.asarray(cv2.GaussianBlur(above * (1 - low) + beside * low, (0, 0), 0.8), np.float32)
    depth = depth_above * (1 - low[..., 0]) + depth_beside * low[..., 0]
    deep = _smooth_step(depth / (MIRROR_PART * width) - 0.5)[..., None].astype(np.float32)
    filled = np.asarray(mirrored * (1 - deep) + filled * deep, np.float32)
    around = np.asarray(cv2.GaussianBlur(1 - known, (0, 0), 1.0), np.float32)
    seam = np.maximum(1 - known, around)[..., None]
    return _codes(bgr * (1 - seam) + filled * seam)


def _mirrored(bgr: U8, hole: NDArray[np.bool_], otherwise: F32, *, by_row: bool) -> tuple[F32, F32]:
    """The hole filled with what lies as far outside its rim, and each pixel's distance from the rim.

    By row, what stands on the ground beside a neck goes on behind it; else the nearest rim is the mirror.
    """
    rows, columns = np.indices(hole.shape)
    if by_row:
        left = np.maximum.accumulate(np.where(hole, -1, columns), axis=1)
        right = np.minimum.accumulate(np.where(hole, 2 * hole.shape[1], columns)[:, ::-1], axis=1)[:, ::-1]
        nearest = np.where((left >= 0) & (columns - left <= right - columns), left, right)
        depth = np.abs(nearest - columns).astype(np.float32)
        y, x = rows, 2 * nearest - columns
    else:
        distances, labels = cv2.distanceTransformWithLabels(
            hole.astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
        )
        rim = np.zeros((int(labels.max()) + 1, 2), np.int64)
        rim[labels[~hole]] = np.argwhere(~hole)
        depth = np.asarray(distances, np.float32)
        y, x = 2 * rim[labels, 0] - rows, 2 * rim[labels, 1] - columns
    y, x = np.clip(y, 0, hole.shape[0] - 1), np.clip(x, 0, hole.shape[1] - 1)
    return np.where(hole[y, x][..., None], otherwise, bgr[y, x].astype(np.float32)), depth


def _filled(bgr: U8, hole: NDArray[np.bool_]) -> F32:
    """Colours for the hole from its rim, coarse to fine (pull-push: Gortler et al., "The Lumigraph", 1996)."""
    known = (~hole).astype(np.float32)
    levels = [(bgr.astype(np.float32) * known[..., None], known)]
    while min(levels[-1][1].shape) > 4:
        colour, weight = levels[-1]
        levels.append(
            (np.asarray(cv2.pyrDown(colour), np.float32), np.asarray(cv2.pyrDown(weight), np.float32))
        )
    filled = levels[-1][0] / np.maximum(levels[-1][1], 1e-4)[..., None]
    for colour, weight in reversed(levels[:-1]):
        coarse = cv2.pyrUp(filled, dstsize=(weight.shape[1], weight.shape[0]))
        share = np.clip(weight, 0, 1)[..., None]
        filled = colour / np.maximum(weight, 1e-4)[..., None] * share + coarse * (1 - share)
    return np.asarray(filled, np.float32)


def _grid(reach: U8, step: float) -> tuple[F64, F64, I32]:
    """Vertices (x, y) every ``step`` pixels and two triangles for each cell that shows anything."""
    columns, rows = int(reach.shape[1] / step) + 1, int(reach.shape[0] / step) + 1
    gx, gy = np.meshgrid(np.arange(columns) * step, np.arange(rows) * step)
    px = np.clip(gx.astype(int), 0, reach.shape[1] - 1)
    py = np.clip(gy.astype(int), 0, reach.shape[0] - 1)
    shown = reach[py, px] > 0
    cell = shown[:-1, :-1] | shown[1:, :-1] | shown[:-1, 1:] | shown[1:, 1:]
    number = np.arange(columns * rows).reshape(rows, columns)
    a, b = number[:-1, :-1][cell], number[:-1, 1:][cell]
    c, d = number[1:, :-1][cell], number[1:, 1:][cell]
    corners = np.concatenate([np.column_stack([a, c, b]), np.column_stack([b, c, d])])
    used, compact = np.unique(corners, return_inverse=True)
    triangles = np.column_stack([compact.reshape(-1, 3), np.zeros(len(corners), int)]).astype(np.int32)
    return gx.ravel()[used], gy.ravel()[used], triangles


def _sampled(field: F32, xs: F64, ys: F64) -> F64:
    """``field`` at continuous pixel coordinates, bilinearly."""
    x = np.clip(xs - 0.5, 0, field.shape[1] - 1.001)
    y = np.clip(ys - 0.5, 0, field.shape[0] - 1.001)
    x0, y0 = x.astype(int), y.astype(int)
    fx, fy = x - x0, y - y0
    top = field[y0, x0] * (1 - fx) + field[y0, x0 + 1] * fx
    bottom = field[y0 + 1, x0] * (1 - fx) + field[y0 + 1, x0 + 1] * fx
    return np.asarray(top * (1 - fy) + bottom * fy, np.float64)


def _smooth_step(x: F64) -> F64:
    t = np.clip(x, 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float64)


def _codes(values: F32) -> U8:
    return np.asarray(np.clip(values + 0.5, 0, 255), np.uint8)


def _disc(radius: int) -> U8:
    size = 2 * radius + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)
