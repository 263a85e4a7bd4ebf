"""Known colours through every way in which video keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from av.video.reformatter import Interpolation

from tryon.frame import U8
from tryon.render.mesh import srgb_to_linear
from tryon.replay import ycbcr
from tryon.replay.clip import ClipReader
from tryon.replay.tonemap import _TO_709, U16, WHITE_NITS, nits_to_pq

# Red, green, blue; below the knee of the HDR curve.
PATCHES = [
    (170, 120, 95),
    (60, 40, 35),
    (160, 30, 25),
    (30, 140, 60),
    (40, 60, 150),
    (128, 128, 128),
    (12, 12, 12),
]
SIDE = 64
# FFmpeg's numbers.
BT709, BT601, BT2020 = 1, 6, 9
PQ, HLG = 16, 18
LIMITED, FULL = 1, 2
EXACT = Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT | Interpolation.BILINEAR


def bars(patches: Any, kind: type = np.uint8) -> Any:
    """The patches side by side, (SIDE, n · SIDE, 3)."""
    return np.repeat(np.repeat(np.array(patches)[None].astype(kind), SIDE, axis=0), SIDE, axis=1)


def record(
    path: Path,
    rgb: Any,
    layout: str,
    *,
    codec: str = "ffv1",
    matrix: int = BT709,
    tagged: bool = True,
    value_range: int = LIMITED,
    primaries: int = 1,
    transfer: int = 1,
) -> Path:
    """Three frames of this 8- or 16-bit RGB picture, converted by that matrix and, unless told not to, marked so."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=25)
        stream.height, stream.width = rgb.shape[:2]
        stream.pix_fmt = layout
        if codec.startswith("libx26"):
            stream.options = {"crf": "4"}
        context = stream.codec_context
        context.time_base = Fraction(1, 25)
        if tagged:
            context.colorspace, context.color_range = matrix, value_range
            context.color_primaries, context.color_trc = primaries, transfer
        for number in range(3):
            source = av.VideoFrame.from_ndarray(rgb, format="rgb24" if rgb.dtype == np.uint8 else "rgb48le")
            picture = source.reformat(
                format=layout,
                dst_colorspace={BT601: 5}.get(matrix, matrix),
                dst_color_range=value_range,
                interpolation=EXACT,
            )
            if not tagged:
                picture.colorspace = 2
            picture.pts, picture.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return path


def seen(path: Path, count: int = len(PATCHES)) -> list[tuple[int, ...]]:
    """The colours in the middle of the patches, red, green, blue."""
    with ClipReader(path) as reader:
        bgr: U8 = list(reader)[-1].bgr
    width = bgr.shape[1] / count
    middle = bgr.shape[0] // 2
    return [tuple(bgr[middle, int((number + 0.5) * width), ::-1].tolist()) for number in range(count)]


def assert_alike(found: list[tuple[int, ...]], expected: Sequence[Sequence[int]], within: int) -> None:
    away = np.abs(np.array(found) - np.array(expected)).max(axis=1)
    assert away.max() <= within, dict(zip(map(tuple, expected), found, strict=True))


@pytest.mark.parametrize("value_range", [LIMITED, FULL])
@pytest.mark.parametrize("matrix", [BT709, BT601])
@pytest.mark.parametrize("layout", ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le"])
def test_every_layout_gives_the_colours(tmp_path: Path, layout: str, matrix: int, value_range: int) -> None:
    path = record(tmp_path / "a.mkv", bars(PATCHES), layout, matrix=matrix, value_range=value_range)
    assert_alike(seen(path), PATCHES, 2)


@pytest.mark.parametrize(
    ("name", "codec", "layout"),
    [
        ("a.mov", "png", "rgb24"),
        ("a.mkv", "ffv1", "bgr0"),
        ("a.nut", "rawvideo", "nv12"),
        ("a.avi", "rawvideo", "bgr24"),
    ],
)
def test_what_can_name_no_matrix_gives_the_colours(
    tmp_path: Path, name: str, codec: str, layout: str
) -> None:
    path = record(tmp_path / name, bars(PATCHES), layout, codec=codec, matrix=BT601, tagged=False)
    assert_alike(seen(path), PATCHES, 2)


@pytest.mark.parametrize("codec", ["libx264", "libx265", "mjpeg", "libvpx-vp9", "prores_ks"])
def test_codecs_give_the_colours(tmp_path: Path, codec: str) -> None:
    layout = {"mjpeg": "yuvj420p", "prores_ks": "yuv422p10le"}.get(codec, "yuv420p")
    matrix, value_range = (BT601, FULL) if codec == "mjpeg" else (BT709, LIMITED)
    name = {"prores_ks": "a.mov", "libvpx-vp9": "a.webm"}.get(codec, "a.mkv")
    path = record(tmp_path / name, bars(PATCHES), layout, codec=codec, matrix=matrix, value_range=value_range)
    assert_alike(seen(path), PATCHES, 8)


@pytest.mark.parametrize(("height", "matrix"), [(480, BT601), (576, BT601), (720, BT709)])
def test_video_that_names_no_matrix_has_that_of_its_size(tmp_path: Path, height: int, matrix: int) -> None:
    small = bars(PATCHES)
    rgb = cv2.resize(small, (small.shape[1], height), interpolation=cv2.INTER_NEAREST)
    path = record(
        tmp_path / "a.mkv", np.ascontiguousarray(rgb), "yuv420p", codec="libx264", matrix=matrix, tagged=False
    )
    assert_alike(seen(path), PATCHES, 5)


def test_colours_stay_when_a_large_clip_is_scaled(tmp_path: Path) -> None:
    rgb = cv2.resize(bars(PATCHES), (1920, 480), interpolation=cv2.INTER_NEAREST)
    path = record(tmp_path / "a.mkv", rgb, "yuv420p")
    with ClipReader(path) as reader:
        assert reader.info.width_px == 1280
    assert_alike(seen(path), PATCHES, 2)


def in_pq(patches: Sequence[Sequence[int]]) -> U16:
    """PQ codes of sRGB colours, white at 203 cd/m², in BT.2020."""
    linear = srgb_to_linear(np.array(patches, np.float32) / np.float32(255)).astype(np.float64)
    wide = linear @ np.linalg.inv(_TO_709.astype(np.float64)).T
    codes: U16 = np.rint(nits_to_pq(np.clip(wide, 0, None) * WHITE_NITS) * 65535).astype(np.uint16)
    return codes


@pytest.mark.parametrize(
    ("codec", "layout"), [("libx265", "yuv420p10le"), ("ffv1", "yuv420p10le"), ("ffv1", "yuv422p10le")]
)
def test_hdr_shows_the_colours_that_were_put_into_it(tmp_path: Path, codec: str, layout: str) -> None:
    codes = in_pq(PATCHES)
    path = record(
        tmp_path / "a.mkv",
        bars(codes, np.uint16),
        layout,
        codec=codec,
        matrix=BT2020,
        primaries=BT2020,
        transfer=PQ,
    )
    assert_alike(seen(path), PATCHES, 3 if codec == "ffv1" else 8)


def test_hlg_is_told_from_pq(tmp_path: Path) -> None:
    # 75 % is HLG's diffuse white, 38 % its middle grey (BT.2408, table 1): light, and about as dark as a photograph's.
    codes = [[round(0.75 * 65535)] * 3, [round(0.38 * 65535)] * 3, [0] * 3]
    path = record(
        tmp_path / "a.mkv",
        bars(codes, np.uint16),
        "yuv420p10le",
        matrix=BT2020,
        primaries=BT2020,
        transfer=HLG,
    )
    white, grey, black = seen(path, 3)
    assert 220 < white[0] < 240
    assert 90 < grey[0] < 130
    assert max(black) <= 1
    assert np.ptp(white) <= 1
    assert np.ptp(grey) <= 1


def test_ten_bits_without_hdr_are_plain_video(tmp_path: Path) -> None:
    path = record(tmp_path / "a.mkv", bars(PATCHES), "yuv420p10le", codec="libx265")
    assert_alike(seen(path), PATCHES, 6)


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("matrix", [1, 5, 9])
def test_planes_become_the_colours_of_the_standard(matrix: int, full: bool) -> None:
    red, blue = ycbcr.LUMA[matrix]
    for rgb in PATCHES:
        r, g, b = (value / 255 for value in rgb)
        y = red * r + (1 - red - blue) * g + blue * b
        # ITU-R BT.601-7, 2.5: luma and colour differences, then their codes.
        cb, cr = (b - y) / (2 * (1 - blue)), (r - y) / (2 * (1 - red))
        codes = (
            (255 * y, 255 * cb + 128, 255 * cr + 128)
            if full
            else (219 * y + 16, 224 * cb + 128, 224 * cr + 128)
        )
        luma = np.full((5, 7), round(codes[0]), np.uint8)
        chroma = [np.full((3, 4), round(code), np.uint8) for code in codes[1:]]
        bgr = ycbcr.to_bgr(luma, chroma[0], chroma[1], matrix, full=full)
        assert bgr.shape == (5, 7, 3)
        assert (bgr == bgr[0, 0]).all()
        assert bgr[0, 0, ::-1].tolist() == pytest.approx(rgb, abs=2)


def test_planes_clip_instead_of_wrapping() -> None:
    extremes = [np.full((2, 2), code, np.uint8) for code in (0, 255)]
    for luma in extremes:
        for cb in extremes:
            for cr in extremes:
                bgr = ycbcr.to_bgr(luma, cb[:1, :1], cr[:1, :1], 1, full=False)[0, 0].astype(int)
                # More of a colour difference never makes less of its colour.
                assert (bgr[0] >= bgr[1]) or cb[0, 0] == 0
                assert (bgr[2] >= bgr[1]) or cr[0, 0] == 0
