"""Pictures of a frame as a shop shows them: large, from three sides, on a light ground with a soft shadow.

``python -m tryon.catalogue.shop_pictures assets/catalogue/juniper-tortoise assets/demo-shop`` made the demo shop's.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from tryon.catalogue.arrangement import load_frame
from tryon.catalogue.items import Product, load_product
from tryon.catalogue.thumbnails import camera_from_mesh, extent
from tryon.frame import F64, U8
from tryon.render.draw import Light, Rasteriser, View
from tryon.render.mesh import Mesh
from tryon.render.model import prepare

WIDTH_PX, HEIGHT_PX = 1200, 900
OVERSAMPLE: Final = 2
# Yaw and pitch in degrees, and the share of the width that the frame fills.
VIEWS: Final = {"quarter": (32.0, 12.0, 0.78), "front": (0.0, 4.0, 0.78), "side": (84.0, 7.0, 0.72)}
GROUND_BGR: Final = (233, 238, 241)
WHITE: Final = (0.9, 0.9, 0.9)
# The shadow below the frame: how far down, how soft and how dark.
_SHADOW_DOWN_PX: Final = 54.0
_SHADOW_SIGMA_PX: Final = 26.0
_SHADOW: Final = 0.34
_QUALITY: Final = 86


def shop_pictures(product: Product) -> dict[str, bytes]:
    """A JPEG for each view. Raises ValueError where the product has no mesh."""
    if product.model is None:
        raise ValueError(f"{product.sku} has no model to draw")
    mesh = load_frame(product).mesh
    return {name: _picture(mesh, *view) for name, view in VIEWS.items()}


def _picture(mesh: Mesh, yaw_deg: float, pitch_deg: float, fills: float) -> bytes:
    model, rasteriser = prepare(mesh), Rasteriser()
    matrix, view = _camera(mesh, yaw_deg, pitch_deg, fills)
    shape = (HEIGHT_PX * OVERSAMPLE, WIDTH_PX * OVERSAMPLE, 3)
    black, white = np.zeros(shape, np.uint8), np.full(shape, 255, np.uint8)
    for picture in (black, white):
        rasteriser.draw(picture, model, matrix, view, Light(white=WHITE, shadow=0.0))
    # What differs between a black and a white ground is what shows through (difference matting).
    through = 1 - np.clip(_reduced(white) - _reduced(black), 0, 1).min(axis=-1)
    ground = np.broadcast_to(np.array(GROUND_BGR, np.float64), (HEIGHT_PX, WIDTH_PX, 3)) * _shade(through)
    drawn = _reduced(black) * 255 + (1 - through[..., None]) * ground
    done, data = cv2.imencode(
        ".jpg", np.rint(drawn).clip(0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
    )
    if not done:
        raise ValueError("OpenCV could not encode the picture")
    return data.tobytes()


def _shade(cover: F64) -> F64:
    """What the ground keeps of its light, (h, w, 1)."""
    move = np.array([[1.0, 0, 0], [0, 0.9, _SHADOW_DOWN_PX + 0.1 * HEIGHT_PX / 2]])
    fallen = cv2.warpAffine(cover, move, (WIDTH_PX, HEIGHT_PX))
    soft = cv2.GaussianBlur(fallen, (0, 0), _SHADOW_SIGMA_PX)
    return 1 - _SHADOW * np.asarray(soft, np.float64)[..., None]


def _camera(mesh: Mesh, yaw_deg: float, pitch_deg: float, fills: float) -> tuple[F64, View]:
    matrix = camera_from_mesh(mesh, yaw_deg, pitch_deg)
    least, most = extent(mesh, matrix)
    focal = fills * WIDTH_PX * OVERSAMPLE / float(most[0] - least[0])
    middle = np.array((WIDTH_PX, HEIGHT_PX)) * OVERSAMPLE / 2 - focal * (least + most) / 2
    return matrix, View(focal, float(middle[0]), float(middle[1]))


def _reduced(picture: U8) -> F64:
    small = cv2.resize(picture, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float64) / 255


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw one product's pictures into a folder."""
    parser = argparse.ArgumentParser(description="Draw a frame as a shop shows it.")
    parser.add_argument("product", type=Path, help="the product's folder")
    parser.add_argument("out", type=Path, help="where the pictures go")
    given = parser.parse_args(arguments)
    for name, data in shop_pictures(load_product(given.product)).items():
        (given.out / f"{name}.jpg").write_bytes(data)


if __name__ == "__main__":
    main()
