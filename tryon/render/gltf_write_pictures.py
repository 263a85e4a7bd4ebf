"""A mesh's pictures inside a GLB file: each set of pixels once, with how it is wrapped and mapped where it is used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2

from tryon.render.material import Mapping, Texture, Wrap

# Photographs of a thousand pixels a side take 2 MB each as PNG; a few of them would outgrow what a file may have.
_PNG_MAX_BYTES = 1 << 20
_JPEG = (cv2.IMWRITE_JPEG_QUALITY, 95, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444)
# OpenGL's numbers for what lies beyond a picture's edge.
_WRAPS: dict[Wrap, int] = {"REPEAT": 10497, "CLAMP": 33071, "MIRROR": 33648}


class PictureWriter:
    """Writes into ``document``; ``add_view`` takes bytes and returns their buffer view. ``extensions`` are those that
    the references made so far use."""

    def __init__(self, document: dict[str, Any], add_view: Callable[[bytes], int]) -> None:
        self.extensions: set[str] = set()
        self._document = document
        self._add_view = add_view
        self._images: dict[int, int] = {}
        self._textures: dict[tuple[int, tuple[Wrap, Wrap]], int] = {}
        self._samplers: dict[tuple[Wrap, Wrap], int] = {}

    def info(self, texture: Texture) -> dict[str, Any]:
        """A material's reference to a picture."""
        mapping = texture.mapping
        info: dict[str, Any] = {"index": self._texture(texture)}
        if mapping.uv_set:
            info["texCoord"] = mapping.uv_set
        moved = _moved(mapping)
        if moved:
            info["extensions"] = {"KHR_texture_transform": moved}
            self.extensions.add("KHR_texture_transform")
        return info

    def _texture(self, texture: Texture) -> int:
        key = id(texture.rgba), texture.wrap
        if key not in self._textures:
            entry = {"source": self._image(texture)}
            if texture.wrap != ("REPEAT", "REPEAT"):
                entry["sampler"] = self._sampler(texture.wrap)
            textures = self._document.setdefault("textures", [])
            textures.append(entry)
            self._textures[key] = len(textures) - 1
        return self._textures[key]

    def _sampler(self, wrap: tuple[Wrap, Wrap]) -> int:
        if wrap not in self._samplers:
            across, down = wrap
            samplers = self._document.setdefault("samplers", [])
            samplers.append({"wrapS": _WRAPS[across], "wrapT": _WRAPS[down]})
            self._samplers[wrap] = len(samplers) - 1
        return self._samplers[wrap]

    def _image(self, texture: Texture) -> int:
        key = id(texture.rgba)
        if key not in self._images:
            data, kind = _encoded(texture)
            images = self._document.setdefault("images", [])
            images.append({"bufferView": self._add_view(data), "mimeType": kind})
            self._images[key] = len(images) - 1
        return self._images[key]


def _encoded(texture: Texture) -> tuple[bytes, str]:
    """PNG; large ones without alpha as a JPEG that nobody can tell from it."""
    done, data = cv2.imencode(".png", cv2.cvtColor(texture.rgba, cv2.COLOR_RGBA2BGRA))
    kind = "image/png"
    if done and len(data) > _PNG_MAX_BYTES and bool((texture.rgba[..., 3] == 255).all()):
        done, data = cv2.imencode(".jpg", cv2.cvtColor(texture.rgba, cv2.COLOR_RGBA2BGR), _JPEG)
        kind = "image/jpeg"
    if not done:
        raise ValueError(f"OpenCV could not encode a texture of shape {texture.rgba.shape}")
    return data.tobytes(), kind


def _moved(mapping: Mapping) -> dict[str, Any]:
    """KHR_texture_transform without what it has by default; exact, for a picture may repeat many times."""
    moved: dict[str, Any] = {}
    if any(mapping.offset):
        moved["offset"] = [float(value) for value in mapping.offset]
    if mapping.rotation:
        moved["rotation"] = float(mapping.rotation)
    if any(value != 1.0 for value in mapping.scale):
        moved["scale"] = [float(value) for value in mapping.scale]
    return moved
