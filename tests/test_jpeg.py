from __future__ import annotations

import os
import struct
import subprocess
import sys
import time

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tryon import jpeg
from tryon.errors import BadFrame, NotAJpeg, PictureTooLarge, PictureTooSmall, TooManyScans
from tryon.frame import U8
from tryon.jpeg import Limits


def _picture(height: int = 48, width: int = 64) -> U8:
    y, x = np.mgrid[0:height, 0:width]
    planes: U8 = np.stack([x * 255 // width, y * 255 // height, x * 0 + 90], axis=-1).astype(np.uint8)
    return planes


def _encode(picture: U8, *options: int) -> bytes:
    done, data = cv2.imencode(".jpg", picture, list(options))
    assert done
    return data.tobytes()


def _segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def _frame_header(width: int, height: int, marker: int = 0xC0, bits: int = 8, components: int = 3) -> bytes:
    body = struct.pack(">BHHB", bits, height, width, components)
    return _segment(marker, body + b"".join(bytes((i + 1, 0x11, 0)) for i in range(components)))


SCAN = _segment(0xDA, bytes((1, 1, 0, 0, 63, 0)))
END = b"\xff\xd9"
GOOD = _encode(_picture())
PROGRESSIVE = _encode(_picture(), cv2.IMWRITE_JPEG_PROGRESSIVE, 1)


def _with_header(header: bytes) -> bytes:
    """GOOD with another frame header."""
    at = GOOD.index(b"\xff\xc0")
    return GOOD[:at] + header + GOOD[at + 19 :]


def _with_orientation(data: bytes, orientation: int, order: str = "<") -> bytes:
    tiff = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, 8)
    tiff += struct.pack(f"{order}HHHIHHI", 1, 0x0112, 3, 1, orientation, 0, 0)
    return data[:2] + _segment(0xE1, b"Exif\0\0" + tiff) + data[2:]


def test_scan_tells_what_the_markers_say() -> None:
    info = jpeg.scan(GOOD)
    assert (info.width, info.height, info.components) == (64, 48, 3)
    assert (info.scans, info.progressive, info.orientation) == (1, False, 1)


def test_scan_counts_the_scans_of_a_progressive_picture() -> None:
    info = jpeg.scan(PROGRESSIVE)
    assert info.progressive
    assert 2 <= info.scans <= 10


def test_a_picture_survives_encode_and_decode() -> None:
    picture = _picture()
    decoded = jpeg.decode(jpeg.encode(picture, 95))
    assert decoded.flags.c_contiguous
    assert np.abs(decoded.astype(int) - picture).mean() < 3


def test_a_view_into_a_larger_picture_is_encoded_like_a_copy() -> None:
    picture = _picture(96, 128)
    view = picture[16:64, 32:96]
    assert jpeg.encode(view, 85) == jpeg.encode(np.ascontiguousarray(view), 85)


def test_encode_halves_the_chroma() -> None:
    data = jpeg.encode(_picture(), 85)
    header = data.index(b"\xff\xc0")
    assert data[header + 11] == 0x22


def test_a_grey_picture_becomes_bgr() -> None:
    decoded = jpeg.decode(_encode(np.ascontiguousarray(_picture()[:, :, 0])))
    assert decoded.shape == (48, 64, 3)
    assert (decoded[..., 0] == decoded[..., 2]).all()


def test_a_progressive_picture_is_decoded() -> None:
    assert jpeg.decode(PROGRESSIVE).shape == (48, 64, 3)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_upright_as_opencv_turns_it(orientation: int, order: str) -> None:
    data = _with_orientation(GOOD, orientation, order)
    assert jpeg.scan(data).orientation == orientation
    expected = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    decoded = jpeg.decode(data)
    assert decoded.flags.c_contiguous
    np.testing.assert_array_equal(decoded, expected)


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_without_meaning_is_upright(orientation: int) -> None:
    assert jpeg.scan(_with_orientation(GOOD, orientation)).orientation == 1


@pytest.mark.parametrize(
    "tiff", [b"", b"II", b"XX*\0\x08\0\0\0", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff"]
)
def test_broken_exif_is_ignored(tiff: bytes) -> None:
    data = GOOD[:2] + _segment(0xE1, b"Exif\0\0" + tiff) + GOOD[2:]
    assert jpeg.decode(data).shape == (48, 64, 3)


@pytest.mark.parametrize(
    ("data", "error", "word"),
    [
        pytest.param(b"", NotAJpeg, "begin", id="nothing"),
        pytest.param(b"hello, mirror" * 9, NotAJpeg, "begin", id="text"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(99), NotAJpeg, "begin", id="a_png"),
        pytest.param(b"\xff\xd8", NotAJpeg, "cut off", id="start_marker_alone"),
        pytest.param(b"\xff\xd8\xff\xd9", NotAJpeg, "before any picture", id="empty"),
        pytest.param(GOOD[:-2], NotAJpeg, "cut off", id="without_end_marker"),
        pytest.param(GOOD[: len(GOOD) // 2], NotAJpeg, "cut off", id="half"),
        pytest.param(GOOD[:40], NotAJpeg, "cut off", id="headers_cut"),
        pytest.param(GOOD[:2] + b"\x00" + GOOD[2:], NotAJpeg, "no marker", id="a_byte_between"),
        pytest.param(GOOD[:2] + GOOD, NotAJpeg, "no place", id="two_starts"),
        pytest.param(GOOD[:2] + b"\xff\xe0\x00\x01" + GOOD[2:], NotAJpeg, "segment", id="length_of_1"),
        pytest.param(
            GOOD[:2] + b"\xff\xfe\x00\x02" * 300 + GOOD[2:], NotAJpeg, "segments", id="300_segments"
        ),
        pytest.param(_with_header(_frame_header(64, 48) * 2), NotAJpeg, "two frame", id="two_headers"),
        pytest.param(b"\xff\xd8" + SCAN + END, NotAJpeg, "before any", id="pixels_without_header"),
        pytest.param(b"\xff\xd8" + _frame_header(64, 48) + END, NotAJpeg, "before any", id="header_alone"),
        pytest.param(_with_header(_segment(0xC0, b"\x08\x00")), NotAJpeg, "length", id="short_header"),
        pytest.param(_with_header(_frame_header(64, 48, 0xC3)), BadFrame, "lossless", id="lossless"),
        pytest.param(_with_header(_frame_header(64, 48, 0xC9)), BadFrame, "arithmetic", id="arithmetic"),
        pytest.param(_with_header(_frame_header(64, 48, bits=12)), BadFrame, "12 bits", id="12_bits"),
        pytest.param(_with_header(_frame_header(64, 48, components=4)), BadFrame, "CMYK", id="cmyk"),
        pytest.param(_with_header(_frame_header(64, 0)), PictureTooSmall, "64 x 0", id="no_height"),
        pytest.param(_encode(_picture(1, 1)), PictureTooSmall, "1 x 1", id="1x1"),
        pytest.param(_encode(_picture(31, 64)), PictureTooSmall, "64 x 31", id="31_rows"),
        pytest.param(_encode(_picture(32, 1281)), PictureTooLarge, "1281", id="1281_wide"),
        pytest.param(_encode(_picture(1281, 32)), PictureTooLarge, "1281", id="1281_high"),
        pytest.param(GOOD + bytes(512 * 1024), PictureTooLarge, "bytes", id="too_many_bytes"),
    ],
)
def test_a_bad_picture_is_refused_in_a_sentence(data: bytes, error: type[BadFrame], word: str) -> None:
    with pytest.raises(error, match=word) as refusal:
        jpeg.decode(data)
    assert type(refusal.value) is error
    assert refusal.value.sentence.endswith(".")


def test_pictures_at_the_limits_are_decoded() -> None:
    assert jpeg.decode(_encode(_picture(32, 32))).shape == (32, 32, 3)
    assert jpeg.decode(_encode(_picture(1280, 1280))).shape == (1280, 1280, 3)
    padded = GOOD + bytes(512 * 1024 - len(GOOD))
    assert jpeg.decode(padded).shape == (48, 64, 3)


def test_a_bomb_of_541_bytes_is_refused_before_it_is_decoded() -> None:
    bomb = (b"\xff\xd8" + _frame_header(30_000, 30_000, 0xC2) + SCAN).ljust(541 - 2, b"\0") + END
    begin = time.perf_counter()
    with pytest.raises(PictureTooLarge, match="30000 x 30000"):
        jpeg.decode(bomb)
    assert time.perf_counter() - begin < 0.1


def test_opencv_itself_refuses_what_is_larger_than_any_product_picture() -> None:
    bomb = _with_header(_frame_header(4097, 4096))
    # OpenCV reads its limit while it is loaded, and pytest may have loaded it before tryon.
    script = (
        "import sys, tryon, cv2, numpy\n"
        "try: cv2.imdecode(numpy.frombuffer(sys.stdin.buffer.read(), numpy.uint8), 1)\n"
        "except cv2.error as error: print(error)"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPENCV_")}
    done = subprocess.run(
        [sys.executable, "-c", script], input=bomb, capture_output=True, check=True, env=environment
    )
    assert b"CV_IO_MAX_IMAGE_PIXELS" in done.stdout


def _scans(count: int) -> bytes:
    at = PROGRESSIVE.index(b"\xff\xda")
    head, first = PROGRESSIVE[:at], PROGRESSIVE[at : PROGRESSIVE.index(b"\xff", at + 14)]
    return head + first * count + END


def test_twelve_scans_pass_and_one_more_is_refused() -> None:
    assert jpeg.scan(_scans(12)).scans == 12
    with pytest.raises(TooManyScans, match="12 scans"):
        jpeg.scan(_scans(13))


def test_five_thousand_scans_are_refused_at_once() -> None:
    data = _scans(5000)
    assert len(data) > 50_000
    begin = time.perf_counter()
    with pytest.raises(TooManyScans):
        jpeg.decode(data, Limits(max_bytes=len(data)))
    assert time.perf_counter() - begin < 0.1


@pytest.mark.parametrize(
    "body",
    [b"\xff\x00", b"\xff\xd0", b"\xff\xff", b"\x00\xff", b"\xff\xda", b"\xff\xe0\x00\x02", b"\xff"],
    ids=lambda body: body.hex(),
)
def test_hostile_bytes_cost_no_more_than_linear_time(body: bytes) -> None:
    at = GOOD.index(b"\xff\xda") + 14
    for data in (GOOD[:at] + body * (500_000 // len(body)), GOOD[:2] + body * (500_000 // len(body))):
        begin = time.perf_counter()
        with pytest.raises(BadFrame):
            jpeg.scan(data)
        assert time.perf_counter() - begin < 0.25


def test_a_picture_that_is_broken_inside_is_decoded_or_refused() -> None:
    at = GOOD.index(b"\xff\xda") + 20
    try:
        picture = jpeg.decode(GOOD[:at] + bytes(60) + GOOD[at + 60 :])
    except NotAJpeg:
        return
    assert picture.shape == (48, 64, 3)


@given(st.binary(max_size=200), st.booleans())
def test_arbitrary_bytes_are_refused_as_bad_frames(data: bytes, begins_well: bool) -> None:
    with pytest.raises(BadFrame):
        jpeg.decode((b"\xff\xd8" if begins_well else b"") + data)


@settings(max_examples=300)
@given(
    source=st.sampled_from([GOOD, PROGRESSIVE, _with_orientation(GOOD, 6)]),
    edits=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=6),
    cut=st.none() | st.floats(0, 1),
)
@example(source=GOOD, edits=[], cut=None)
def test_a_changed_picture_is_decoded_or_refused(
    source: bytes, edits: list[tuple[float, int]], cut: float | None
) -> None:
    data = bytearray(source)
    for where, value in edits:
        data[int(where * len(data))] = value
    sent = bytes(data if cut is None else data[: int(cut * len(data))])
    try:
        picture = jpeg.decode(sent)
    except BadFrame:
        return
    assert picture.dtype == np.uint8
    assert picture.flags.c_contiguous
    assert picture.ndim == 3
