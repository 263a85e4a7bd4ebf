"""Textures of face paint, judged by their first bytes."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tryon.catalogue import textures
from tryon.catalogue.textures import check_texture
from tryon.errors import AssetTooLarge, BadAsset


def png(path: Path, height: int, width: int, channels: int, dtype: type = np.uint8) -> Path:
    path.write_bytes(cv2.imencode(".png", np.zeros((height, width, channels), dtype))[1].tobytes())
    return path


@pytest.mark.parametrize("side", textures.SIZES_PX)
def test_a_square_picture_with_alpha_is_taken(tmp_path: Path, side: int) -> None:
    check_texture(png(tmp_path / "t.png", side, side, 4), "t.png")


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        ((512, 511, 4), "511×512 pixels; it must have 512×512 or 1024×1024"),
        ((256, 256, 4), "256×256 pixels; it must have"),
        ((512, 512, 3), "has no alpha"),
        ((512, 512, 1), "has no alpha"),
    ],
)
def test_other_pictures_are_refused(tmp_path: Path, shape: tuple[int, int, int], says: str) -> None:
    with pytest.raises(BadAsset, match=says) as caught:
        check_texture(png(tmp_path / "t.png", *shape), "p/t.png")
    assert caught.value.details == {"file": "p/t.png", "field": "texture"}


def test_sixteen_bits_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadAsset, match="8 bits"):
        check_texture(png(tmp_path / "t.png", 512, 512, 4, np.uint16), "t.png")


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"GIF89a" * 10])
def test_no_pictures_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t.png").write_bytes(content)
    with pytest.raises(BadAsset, match="not a PNG"):
        check_texture(tmp_path / "t.png", "t.png")


def test_a_large_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = png(tmp_path / "t.png", 512, 512, 4)
    size = path.stat().st_size
    monkeypatch.setattr(textures, "FILE_MAX_BYTES", size)
    check_texture(path, "t.png")
    monkeypatch.setattr(textures, "FILE_MAX_BYTES", size - 1)
    with pytest.raises(AssetTooLarge, match=f"{size} bytes; it may have {size - 1}"):
        check_texture(path, "t.png")
