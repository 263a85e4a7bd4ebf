"""Clips in and out, on files that PyAV and OpenCV make here."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from tryon.errors import BadClip
from tryon.frame import U8
from tryon.replay.clip import ClipReader, ClipWriter
from tryon.replay.clip import reader as clip
from tryon.replay.clip.writer import letterboxed

TICKS = 1000


def gradient(width: int, height: int, shift: int = 0) -> U8:
    """Dark at the left, light at the right, blue at the top: turning and mirroring show."""
    bgr = np.zeros((height, width, 3), np.uint8)
    bgr[..., 2] = (np.linspace(0, 200, width) + shift).astype(np.uint8)
    bgr[: height // 4, :, 0] = 220
    return bgr


def record(
    path: Path,
    pictures: Iterable[U8],
    times_ms: Iterable[int],
    faststart: bool = False,
    change: Callable[[av.VideoStream], None] = lambda stream: None,
) -> Path:
    """A clip with these frames at these times, made without the code under test."""
    options = {"movflags": "faststart"} if faststart else {}
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream("libx264", rate=25)
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = stream.time_base = Fraction(1, TICKS)
        change(stream)
        opened = False
        for bgr, t_ms in zip(pictures, times_ms, strict=True):
            picture = av.VideoFrame.from_ndarray(bgr, format="bgr24")
            picture.pts, picture.time_base = t_ms, Fraction(1, TICKS)
            if not opened:
                stream.height, stream.width = bgr.shape[:2]
                opened = True
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return path


def steady(path: Path, frames: int = 25, faststart: bool = False) -> Path:
    pictures = (gradient(160, 120, shift) for shift in range(frames))
    return record(path, pictures, range(0, frames * 40, 40), faststart=faststart)


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.mov", "clip.ts", "name: with % and ü.mp4"])
def test_a_clip_is_read_on_its_own_clock(tmp_path: Path, name: str) -> None:
    with ClipReader(steady(tmp_path / name)) as reader:
        frames = list(reader)
        assert len(frames) == 25
        assert np.allclose(np.diff([frame.t_ms for frame in frames]), 40, atol=1.1)
        assert [frame.sequence for frame in frames] == list(range(25))
        assert (reader.info.width_px, reader.info.height_px) == (160, 120)
        assert reader.info.fps == pytest.approx(25, rel=0.05)
        assert reader.info.duration_ms == pytest.approx(1000, abs=45)
        assert reader.warning is None
        assert np.abs(frames[0].bgr.astype(int) - gradient(160, 120)).mean() < 6


def test_a_variable_frame_rate_keeps_its_times(tmp_path: Path) -> None:
    times = [0, 10, 50, 400, 433, 900]
    source = record(tmp_path / "a.mkv", [gradient(64, 64)] * 6, times)
    with ClipReader(source) as reader, ClipWriter(tmp_path / "b.mp4", 64, 64, reader.info.fps) as writer:
        for frame in reader:
            writer.write(frame.bgr, frame.t_ms)
    with ClipReader(tmp_path / "b.mp4") as copy:
        assert [frame.t_ms for frame in copy] == pytest.approx(times, abs=1)


def test_a_gif_is_a_clip(tmp_path: Path) -> None:
    path = tmp_path / "a.gif"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("gif", rate=10)
        stream.width, stream.height, stream.pix_fmt = 48, 32, "rgb8"
        for shift in range(5):
            container.mux(
                stream.encode(av.VideoFrame.from_ndarray(gradient(48, 32, shift * 9), format="bgr24"))
            )
        container.mux(stream.encode(None))
    with ClipReader(path) as reader:
        frames = list(reader)
    assert len(frames) == 5
    assert frames[0].bgr.shape == (32, 48, 3)
    assert np.diff([frame.t_ms for frame in frames]) == pytest.approx(100)
    assert reader.warning is None


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.bmp"])
def test_a_picture_is_a_clip_of_one_frame(tmp_path: Path, name: str) -> None:
    assert cv2.imwrite(str(tmp_path / name), gradient(61, 47))
    with ClipReader(tmp_path / name) as reader:
        (frame,) = reader
        assert reader.warning is None
    assert frame.t_ms == 0
    assert frame.bgr.shape == (47, 61, 3)
    assert np.abs(frame.bgr.astype(int) - gradient(61, 47)).mean() < 6


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_a_turned_phone_gives_upright_frames(tmp_path: Path, degrees: int) -> None:
    upright = gradient(96, 64)
    stored = np.ascontiguousarray(np.rot90(upright, -degrees // 90))
    path = record(
        tmp_path / "a.mp4", [stored] * 2, [0, 40], change=lambda stream: stream.set_display_rotation(degrees)
    )
    with ClipReader(path) as reader:
        frames = list(reader)
        assert (reader.info.width_px, reader.info.height_px) == (96, 64)
    assert frames[1].bgr.shape == upright.shape
    assert np.abs(frames[1].bgr.astype(int) - upright).mean() < 8


def test_pixels_become_square(tmp_path: Path) -> None:
    def anamorphic(stream: av.VideoStream) -> None:
        stream.codec_context.sample_aspect_ratio = Fraction(4, 3)

    path = record(tmp_path / "a.mp4", [gradient(72, 54)] * 2, [0, 40], change=anamorphic)
    with ClipReader(path) as reader:
        assert [frame.bgr.shape for frame in reader] == [(54, 96, 3)] * 2


@pytest.mark.parametrize(
    ("size", "expected"),
    [((1280, 720), (1280, 720)), ((1920, 1080), (1280, 720)), ((720, 2560), (360, 1280))],
)
def test_large_frames_are_scaled_to_the_limit(
    tmp_path: Path, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    with ClipReader(record(tmp_path / "a.mp4", [gradient(*size)], [0])) as reader:
        (frame,) = reader
        assert (reader.info.width_px, reader.info.height_px) == (frame.width_px, frame.height_px) == expected
        assert (reader.info.source_width_px, reader.info.source_height_px) == size


def test_8k_is_read_and_scaled(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    assert cv2.imwrite(str(path), cv2.resize(gradient(96, 54), (7680, 4320), interpolation=cv2.INTER_NEAREST))
    with ClipReader(path) as reader:
        (frame,) = reader
        assert (reader.info.source_width_px, reader.info.source_height_px) == (7680, 4320)
    assert frame.bgr.shape == (720, 1280, 3)


def test_a_clip_that_changes_size_keeps_each_frames_own(tmp_path: Path) -> None:
    # Motion JPEG in raw form: every picture carries its own size.
    sizes = [(64, 48), (64, 48), (48, 64), (96, 96)]
    path = tmp_path / "a.mjpeg"
    path.write_bytes(b"".join(cv2.imencode(".jpg", gradient(*size))[1].tobytes() for size in sizes))
    out = tmp_path / "b.mp4"
    with ClipReader(path) as reader, ClipWriter(out, reader.info.width_px, reader.info.height_px) as writer:
        seen = []
        for frame in reader:
            seen.append((frame.width_px, frame.height_px))
            writer.write(frame.bgr, frame.t_ms)
    assert seen == sizes
    with ClipReader(out) as copy:
        shapes = [frame.bgr.shape for frame in copy]
    assert shapes == [(48, 64, 3)] * 4


def test_a_clock_that_stands_still_moves_on(tmp_path: Path) -> None:
    path = record(tmp_path / "a.mkv", [gradient(64, 64)] * 4, [0, 40, 80, 120])
    with ClipReader(path) as reader:
        # What a broken muxer writes: the same time again and again, and then an earlier one.
        pictures = list(reader._pictures)
        for picture, t_ms in zip(pictures, [40, 40, 10], strict=True):
            picture.pts, picture.time_base = t_ms, Fraction(1, TICKS)
        reader._pictures = iter(pictures)
        times = [frame.t_ms for frame in reader]
    assert times == pytest.approx([0, 40, 80, 120])


def test_a_cut_clip_gives_what_it_has_and_says_so(tmp_path: Path) -> None:
    whole = steady(tmp_path / "whole.mp4", frames=100, faststart=True).read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole[: len(whole) * 6 // 10])
    with ClipReader(cut) as reader:
        frames = list(reader)
    assert 10 < len(frames) < 90
    assert reader.warning is not None
    assert "cut.mp4 breaks off after" in reader.warning
    assert f"frames: {len(frames)}" in reader.warning


def test_damage_in_the_middle_costs_those_frames_and_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    steady(path, frames=60)
    bent = bytearray(path.read_bytes())
    middle = len(bent) // 2
    bent[middle : middle + 400] = os.urandom(400)
    path.write_bytes(bent)
    with ClipReader(path) as reader:
        frames = list(reader)
    assert 5 < len(frames) <= 60
    assert all(np.diff([frame.t_ms for frame in frames]) > 0)
    assert reader.warning is None or path.name in reader.warning


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("empty.mp4", b"", "not a video"),
        ("text.mp4", b"this is no video, whatever its name says\n" * 40, "not a video"),
        ("noise.mkv", bytes(range(256)) * 64, "not a video"),
        ("cut.jpg", cv2.imencode(".jpg", gradient(64, 64))[1].tobytes()[:40], "no frame|not a video"),
        (
            "list.m3u8",
            b"#EXTM3U\n#EXTINF:1,\nhttp://192.0.2.1/a.ts\n#EXT-X-ENDLIST\n",
            "not a video|no video",
        ),
    ],
)
def test_what_is_no_clip_is_refused_in_a_sentence(
    tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BadClip, match=sentence) as caught:
        ClipReader(path)
    assert name in caught.value.sentence
    assert str(tmp_path) not in caught.value.sentence


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadClip, match=r"There is no clip at .*gone\.mp4"):
        ClipReader(tmp_path / "gone.mp4")


def test_a_folder_is_no_clip(tmp_path: Path) -> None:
    with pytest.raises(BadClip, match="no clip"):
        ClipReader(tmp_path)


def test_sound_alone_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        silence.sample_rate = 8000
        container.mux(stream.encode(silence))
        container.mux(stream.encode(None))
    with pytest.raises(BadClip, match="no video in it"):
        ClipReader(path)


def test_a_video_without_a_frame_is_refused(tmp_path: Path) -> None:
    whole = steady(tmp_path / "whole.mp4", faststart=True).read_bytes()
    path = tmp_path / "headeronly.mp4"
    path.write_bytes(whole[: whole.index(b"mdat") + 8])
    with pytest.raises(BadClip, match="holds no frame"):
        ClipReader(path)


def test_a_picture_beyond_the_limit_is_refused_before_it_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = record(tmp_path / "at.mp4", [gradient(64, 64)], [0])
    over = record(tmp_path / "over.mp4", [gradient(66, 64)], [0])
    monkeypatch.setattr(clip, "PIXELS_MAX", 64 * 64)
    with ClipReader(at) as reader:
        assert len(list(reader)) == 1
    with pytest.raises(BadClip, match="66×64 pixels"):
        ClipReader(over)


def test_a_clip_that_grows_beyond_the_limit_loses_those_frames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.mjpeg"
    sizes = [(64, 64), (640, 640), (64, 64)]
    path.write_bytes(b"".join(cv2.imencode(".jpg", gradient(*size))[1].tobytes() for size in sizes))
    monkeypatch.setattr(clip, "PIXELS_MAX", 100 * 100)
    with ClipReader(path) as reader:
        assert [(frame.width_px, frame.height_px) for frame in reader] == [(64, 64), (64, 64)]
    assert reader.warning is not None
    assert "damaged: 1 of" in reader.warning


def test_a_reader_is_read_once_and_closed_twice(tmp_path: Path) -> None:
    reader = ClipReader(steady(tmp_path / "a.mp4"))
    assert len(list(reader)) == 25
    assert list(reader) == []
    reader.close()
    reader.close()


@pytest.mark.parametrize(("width", "height"), [(64, 48), (63, 48), (64, 47), (63, 47), (1, 1)])
def test_odd_sizes_are_written_even(tmp_path: Path, width: int, height: int) -> None:
    bgr = np.full((height, width, 3), 90, np.uint8)
    with ClipWriter(tmp_path / "a.mp4", width, height, 30) as writer:
        writer.write(bgr, 0)
    with ClipReader(tmp_path / "a.mp4") as reader:
        (frame,) = reader
    assert frame.bgr.shape == (height + height % 2, width + width % 2, 3)
    assert np.abs(frame.bgr.astype(int) - 90).max() <= 3


@pytest.mark.parametrize("colour", [(200, 30, 30), (30, 200, 30), (30, 30, 200), (255, 255, 255), (0, 0, 0)])
def test_colours_come_back(tmp_path: Path, colour: tuple[int, int, int]) -> None:
    with ClipWriter(tmp_path / "a.mp4", 64, 64, 30) as writer:
        writer.write(np.full((64, 64, 3), colour, np.uint8), 0)
    with ClipReader(tmp_path / "a.mp4") as reader:
        (frame,) = reader
    assert np.abs(frame.bgr.reshape(-1, 3).mean(axis=0) - colour).max() <= 4


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    out = tmp_path / "a.mp4"
    writer = ClipWriter(out, 64, 64)
    writer.write(gradient(64, 64), 0)
    assert not out.exists()
    writer.close()
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]
    writer.close()
    writer.abandon()
    assert out.exists()


def test_an_error_on_the_way_leaves_the_old_file(tmp_path: Path) -> None:
    out = tmp_path / "a.mp4"
    out.write_bytes(b"older")

    def broken_replay() -> None:
        with ClipWriter(out, 64, 64) as writer:
            writer.write(gradient(64, 64), 0)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken_replay()
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]
    assert out.read_bytes() == b"older"


def test_no_frames_make_no_file(tmp_path: Path) -> None:
    with pytest.raises(BadClip, match="No frame was written"), ClipWriter(tmp_path / "a.mp4", 64, 64):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a.avi", "a", "a.mp4.txt"])
def test_only_mp4_is_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadClip, match=r"ends in \.mp4"):
        ClipWriter(tmp_path / name, 64, 64)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadClip, match="cannot be written: no such file"):
        ClipWriter(tmp_path / "gone" / "a.mp4", 64, 64)


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    out = tmp_path / "a.mp4"
    partial = tmp_path / f".a.mp4.{os.getpid()}.partial"
    partial.symlink_to("/dev/full")
    writer = ClipWriter(out, 320, 240)
    rng = np.random.default_rng(1)

    def fill() -> None:
        for number in range(40):
            writer.write(rng.integers(0, 255, (240, 320, 3), np.uint8), number * 33)
        writer.close()

    with pytest.raises(BadClip, match=os.strerror(errno.ENOSPC).lower()):
        fill()
    assert list(tmp_path.iterdir()) == []


def test_lossless_keeps_every_bit(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    pictures = [random.integers(0, 256, (48, 66, 3), dtype=np.uint8) for _ in range(3)]
    with ClipWriter(tmp_path / "out.mp4", 66, 48, 30, lossless=True) as writer:
        for number, bgr in enumerate(pictures):
            writer.write(bgr, number * 1000 / 30)
    with ClipReader(tmp_path / "out.mp4") as reader:
        back = [frame.bgr for frame in reader]
    assert all(np.array_equal(a, b) for a, b in zip(pictures, back, strict=True))


def test_letterboxing_keeps_proportions() -> None:
    boxed = letterboxed(np.full((100, 50, 3), 200, np.uint8), 64, 48)
    assert boxed.shape == (48, 64, 3)
    lit = np.flatnonzero(boxed[24, :, 0])
    assert (lit[0], lit[-1]) == (20, 43)


@pytest.mark.media
def test_real_recordings_are_read_whole(media_dir: Path) -> None:
    clips = sorted([*media_dir.glob("webcam/*.mkv"), *media_dir.glob("heads/*.gif")])
    assert clips
    for path in clips:
        with ClipReader(path) as reader:
            frames = list(reader)
        assert len(frames) > 10
        assert reader.warning is None
        assert reader.info.frames in {None, len(frames)}


ENCODE = """
import sys
from pathlib import Path
import numpy as np
from tryon.replay.clip import ClipWriter
rng = np.random.default_rng(1)
walk = np.cumsum(np.cumsum(rng.normal(0, 1.5, (280, 360, 3)), 0), 1)
scene = ((walk - walk.min()) / np.ptp(walk) * 255).astype(np.uint8)
with ClipWriter(Path(sys.argv[1]), 320, 240, 30.0) as writer:
    for number in range(40):
        x, y = number % 7 * 3, number // 2
        writer.write(np.ascontiguousarray(scene[y : y + 240, x : x + 320]), number * 33.3)
"""


def test_what_memory_held_before_is_not_in_the_file(tmp_path: Path) -> None:
    # glibc fills fresh memory with this byte's complement: whoever reads what nobody wrote is found out.
    written = []
    for fill in ("0", "1", "200"):
        path = tmp_path / f"{fill}.mp4"
        env = {**os.environ, "MALLOC_PERTURB_": fill}
        subprocess.run([sys.executable, "-c", ENCODE, path], check=True, env=env)
        written.append(path.read_bytes())
    assert written[0] == written[1] == written[2]
