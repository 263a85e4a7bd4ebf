"""Pictures of products for trays and lists: 320 × 240 PNG with a transparent background.

Frames are drawn by the mirror's own rasteriser, garments show their own picture. Lip colours, foundation and concealer
are drawn as smears of three of their shades, as a film with thickness: streaks along the stroke, ragged ends, and the
finish's shine; pencils, liners and mascara as thin ones; powders as pans, lenses as irises, face paint on a face.

``python -m tryon.catalogue.thumbnails assets/catalogue`` writes each folder's ``thumbnail.png``.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from tryon.catalogue.arrangement import load_frame
from tryon.catalogue.items import THUMBNAIL_FILE, Product, load_catalogue
from tryon.catalogue.makeup import Finish, MakeupType
from tryon.catalogue.makeup_pictures import irises, painted, pans
from tryon.frame import F64, U8
from tryon.render.draw import Light, Rasteriser, View
from tryon.render.material import linear_to_srgb, srgb_to_linear
from tryon.render.mesh import Mesh
from tryon.render.model import prepare

WIDTH_PX, HEIGHT_PX = 320, 240
# Drawn larger and averaged down: thin metal needs it.
OVERSAMPLE: Final = 4
MARGIN_PX = 14
COLOR_STEPS: Final = 63
# A tray loads dozens of these. Knitted cloth and irises are noise to a PNG: they get by with fewer colours.
FILE_MAX_BYTES: Final = 40_000
COARSER: Final = (1, 8, 12, 16)
# A product photographer's three-quarter view.
YAW_DEG, PITCH_DEG = 30.0, 13.0
DISTANCE_MM = 900.0
WHITE: Final = (0.85, 0.85, 0.85)
# How the smears lie, and the height of their film's relief in pixels.
SMEAR_TURN_DEG = -14.0
SHINE: Final[dict[Finish, tuple[float, float]]] = {
    "matte": (0.03, 6.0), "satin": (0.16, 18.0), "gloss": (0.55, 60.0), "metallic": (0.26, 7.0),
    "shimmer": (0.22, 12.0), "glitter": (0.25, 10.0),
}  # fmt: skip
# Pencils and liners make thinner strokes.
_THIN: Final[dict[MakeupType, float]] = {"lip_liner": 0.32, "eyeliner": 0.36, "mascara": 0.5, "brows": 0.45}
_PICTURES: Final[dict[MakeupType, Callable[[Product, int, int], tuple[F64, F64]]]] = {
    "blush": pans, "contour": pans, "highlighter": pans, "eyeshadow": pans, "contact_lenses": irises,
    "face_paint": painted,
}  # fmt: skip


def write_thumbnails(folder: Path) -> None:
    """Draw every product of the catalogue folder."""
    rasteriser = Rasteriser()
    for product in load_catalogue(folder):
        if product.kind == "eyewear":
            bgra = frame_picture(product, rasteriser)
        elif product.kind == "garment":
            bgra = garment_picture(product)
        else:
            bgra = makeup_picture(product)
        (product.path / THUMBNAIL_FILE).write_bytes(encoded(bgra))


def encoded(bgra: U8) -> bytes:
    """A PNG of at most FILE_MAX_BYTES where coarser colours can do it. Raises ValueError where OpenCV cannot."""
    png = b""
    for step in COARSER:
        coarse = bgra.copy()
        coarse[..., :3] = np.minimum((bgra[..., :3].astype(np.int32) + step // 2) // step * step, 255)
        done, data = cv2.imencode(".png", coarse, [cv2.IMWRITE_PNG_COMPRESSION, 9])
        if not done:
            raise ValueError(
                f"OpenCV could not encode a thumbnail of {bgra.shape[1]} × {bgra.shape[0]} pixels"
            )
        png = data.tobytes()
        if len(png) < FILE_MAX_BYTES:
            break
    return png


def frame_picture(product: Product, rasteriser: Rasteriser) -> U8:
    """BGRA of the frame as it was adjusted, three-quarter view, open temples."""
    if product.model is None:
        raise ValueError(f"{product.sku} has no model to draw")
    mesh = load_frame(product).mesh
    matrix, view = _camera(mesh)
    model = prepare(mesh)
    shape = (HEIGHT_PX * OVERSAMPLE, WIDTH_PX * OVERSAMPLE, 3)
    on_black, on_white = np.zeros(shape, np.uint8), np.full(shape, 255, np.uint8)
    for picture in (on_black, on_white):
        rasteriser.draw(picture, model, matrix, view, Light(white=WHITE, shadow=0.0))
    black, white = _reduced(on_black), _reduced(on_white)
    # What differs between a black and a white background is what shows through (difference matting). One
    # alpha cannot hold a tint, so the picture is right on white, where trays are, and near it elsewhere.
    through = np.clip((white - black).min(axis=-1), 0.0, 1.0)
    alpha = 1.0 - through
    return _bgra((white - through[..., None]) / np.maximum(alpha, 1e-3)[..., None], alpha)


def camera_from_mesh(mesh: Mesh, yaw_deg: float, pitch_deg: float, distance_mm: float = DISTANCE_MM) -> F64:
    """The pose (4, 4) of a mesh that is turned and whose middle lies ahead."""
    yaw, pitch = np.radians(yaw_deg), np.radians(pitch_deg)
    turn = np.array(((np.cos(yaw), 0, np.sin(yaw)), (0, 1, 0), (-np.sin(yaw), 0, np.cos(yaw))))
    nod = np.array(((1, 0, 0), (0, np.cos(pitch), -np.sin(pitch)), (0, np.sin(pitch), np.cos(pitch))))
    matrix = np.eye(4)
    matrix[:3, :3] = np.diag((1.0, -1.0, -1.0)) @ nod @ turn
    low, high = mesh.bounds_mm
    matrix[:3, 3] = -matrix[:3, :3] @ ((low + high) / 2)
    matrix[2, 3] += distance_mm
    return matrix


def extent(mesh: Mesh, matrix: F64) -> tuple[F64, F64]:
    """The least and the most of x/z and y/z of a mesh in that pose."""
    points = mesh.positions_mm @ matrix[:3, :3].T + matrix[:3, 3]
    rays = points[:, :2] / points[:, 2:]
    return rays.min(axis=0), rays.max(axis=0)


def _camera(mesh: Mesh) -> tuple[F64, View]:
    """The pose and the pinhole with which the product fills the picture."""
    matrix = camera_from_mesh(mesh, YAW_DEG, PITCH_DEG)
    least, most = extent(mesh, matrix)
    room = np.array((WIDTH_PX - 2 * MARGIN_PX, HEIGHT_PX - 2 * MARGIN_PX)) * OVERSAMPLE
    focal = float((room / (most - least)).min())
    middle = np.array((WIDTH_PX, HEIGHT_PX)) * OVERSAMPLE / 2 - focal * (least + most) / 2
    return matrix, View(focal, float(middle[0]), float(middle[1]))


def garment_picture(product: Product) -> U8:
    """BGRA of the garment's own picture, as large as fits."""
    if product.garment is None:
        raise ValueError(f"{product.sku} has no picture to show")
    picture = cv2.imread(str(product.garment.picture), cv2.IMREAD_UNCHANGED)
    if picture is None or picture.ndim != 3 or picture.shape[2] != 4:
        raise ValueError(f"the picture of {product.sku} is not a PNG with alpha")
    height, width = picture.shape[:2]
    scale = min((WIDTH_PX - 2 * MARGIN_PX) / width, (HEIGHT_PX - 2 * MARGIN_PX) / height)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    alpha = picture[..., 3:].astype(np.float32) / 255
    small = cv2.resize(np.dstack((picture[..., :3] * alpha, alpha)), size, interpolation=cv2.INTER_AREA)
    drawn: F64 = np.zeros((HEIGHT_PX, WIDTH_PX, 4))
    top, left = (HEIGHT_PX - size[1]) // 2, (WIDTH_PX - size[0]) // 2
    drawn[top : top + size[1], left : left + size[0]] = small
    cover = drawn[..., 3]
    return _bgra(drawn[..., :3] / 255 / np.maximum(cover, 1e-3)[..., None], cover)


def makeup_picture(product: Product) -> U8:
    """BGRA of a makeup product, as its type is best shown. Raises ValueError for a product without shades."""
    drawn = None if product.makeup is None else _PICTURES.get(product.makeup.type)
    if drawn is None:
        return smear_picture(product)
    color, cover = drawn(product, WIDTH_PX * OVERSAMPLE, HEIGHT_PX * OVERSAMPLE)
    return _finished(color, cover)


def smear_picture(product: Product) -> U8:
    """BGRA of three smears: a light, a middle and a deep shade."""
    if product.makeup is None or not product.shades:
        raise ValueError(f"{product.sku} has no shades to draw")
    count = len(product.shades)
    chosen = [product.shades[k].swatch for k in (count // 8, count // 2, count - 1 - count // 8)]
    color = np.zeros((HEIGHT_PX * OVERSAMPLE, WIDTH_PX * OVERSAMPLE, 3))
    alpha: F64 = np.zeros(color.shape[:2])
    width = _THIN.get(product.makeup.type, 1.0)
    for number, swatch in enumerate(chosen):
        own, cover = _smear(swatch, product.makeup.finish, number, width)
        color += (own - color) * cover[..., None]
        alpha += (1 - alpha) * cover
    return _finished(color, alpha)


def _finished(color: F64, alpha: F64) -> U8:
    """Averaged down and coded: linear red, green, blue and coverage."""
    small = _averaged(np.dstack((color, alpha)))
    cover = small[..., 3]
    rgb = linear_to_srgb((small[..., :3] / np.maximum(cover, 1e-3)[..., None]).astype(np.float32))
    return _bgra(rgb[..., ::-1].astype(np.float64), cover)


def _smear(swatch: str, finish: Finish, number: int, width: float = 1.0) -> tuple[F64, F64]:
    """Linear colour and coverage of one stroke; along is its length, across its width, both in pixels."""
    y, x = np.mgrid[0 : HEIGHT_PX * OVERSAMPLE, 0 : WIDTH_PX * OVERSAMPLE].astype(np.float64) / OVERSAMPLE
    turn = np.radians(SMEAR_TURN_DEG)
    from_x, from_y = x - WIDTH_PX / 2 - (number - 1) * 12, y - HEIGHT_PX / 2 - (number - 1) * 62
    along = from_x * np.cos(turn) + from_y * np.sin(turn)
    across = -from_x * np.sin(turn) + from_y * np.cos(turn) - 5 * np.sin(along / 55 + number)
    random = np.random.default_rng(number + 1)
    streak = _streaks(random, across, 6.0) * 0.7 + _streaks(random, across, 2.6) * 0.3
    half_length = 112 + 10 * _streaks(random, across, 4.0) + 4 * streak
    half_width = 23 + 2 * np.sin(along / 30 + 2 * number) - 5 * np.clip(along / 112, 0, 1) ** 2
    half_width = width * half_width * (1.0 if width == 1.0 else np.clip(1.15 - (along / 125) ** 2, 0.05, 1.0))
    inside = np.minimum(half_width - np.abs(across), (half_length - np.abs(along)) * 0.8)
    cover = np.clip(inside / 1.2, 0.0, 1.0)
    # A film that is thick at its rim and start, and thins out towards the end of the stroke.
    body = np.clip(inside / 9.0, 0.0, 1.0)
    height = 5.0 * np.sqrt(body * (2 - body)) + 1.3 * streak * body
    slope_y, slope_x = np.gradient(height, 1 / OVERSAMPLE)
    normal = np.dstack((-slope_x, -slope_y, np.ones_like(height)))
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    light = np.array((-0.35, -0.65, 0.68))
    diffuse = 0.72 + 0.38 * np.clip(normal @ light, 0.0, 1.0)
    half = light + np.array((0.0, 0.0, 1.0))
    shine, sharpness = SHINE[finish]
    gleam = shine * np.clip(normal @ (half / np.linalg.norm(half)), 0.0, 1.0) ** sharpness
    base = srgb_to_linear(np.array([int(swatch[k : k + 2], 16) for k in (1, 3, 5)], np.float32) / 255)
    color = np.clip(base * diffuse[..., None] + gleam[..., None], 0.0, 1.0)
    return color, cover


def _streaks(random: np.random.Generator, across: F64, width_px: float) -> F64:
    """Smooth noise that depends on the position across the stroke alone, about -1..1."""
    knots = random.uniform(-1, 1, 512)
    at = (across / width_px + 256) % 511
    whole = at.astype(np.int64)
    part = at - whole
    part = part * part * (3 - 2 * part)
    noise: F64 = knots[whole] * (1 - part) + knots[whole + 1] * part
    return noise


def _reduced(bgr: U8) -> F64:
    return _averaged(bgr / 255.0)


def _averaged(picture: F64) -> F64:
    height, width, channels = picture.shape
    blocks = picture.reshape(height // OVERSAMPLE, OVERSAMPLE, width // OVERSAMPLE, OVERSAMPLE, channels)
    averaged: F64 = blocks.mean(axis=(1, 3))
    return averaged


def _bgra(bgr: F64, alpha: F64) -> U8:
    """Bytes in steps of four, which halves the file; where nothing covers, all four channels are zero."""
    steps = np.rint(np.dstack((np.clip(bgr, 0.0, 1.0), alpha)) * COLOR_STEPS)
    coded = np.rint(steps * (255 / COLOR_STEPS))
    coded[coded[..., 3] == 0] = 0
    bgra: U8 = coded.astype(np.uint8)
    return bgra


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line: draw the thumbnails of a catalogue folder."""
    parser = argparse.ArgumentParser(prog="python -m tryon.catalogue.thumbnails", description=main.__doc__)
    parser.add_argument("folder", type=Path, help="the catalogue folder")
    write_thumbnails(parser.parse_args(arguments).folder)


if __name__ == "__main__":
    main()
