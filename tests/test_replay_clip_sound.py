"""A clip's sound: kept, and at the same moment of the picture as before."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tryon.frame import U8
from tryon.replay.clip import ClipReader, ClipWriter

RATE = 44_100
FRAME_MS = 40
FRAMES = 50
ONSET_S = 1.0


def grey(level: int) -> U8:
    return np.full((64, 64, 3), level, np.uint8)


def record(path: Path, codec: str, *, first_ms: int = 0, layout: str = "stereo") -> Path:
    """Two seconds of grey that turns white when a silent sound begins to hum, at ``ONSET_S``."""
    with av.open(str(path), "w") as container:
        video: Any = container.add_stream("libx264", rate=25)
        video.width = video.height = 64
        video.pix_fmt = "yuv420p"
        video.codec_context.time_base = video.time_base = Fraction(1, 1000)
        sound: Any = container.add_stream(codec, rate=RATE)
        sound.layout = layout
        t_s = np.arange(2 * RATE) / RATE
        hum = np.where(t_s >= ONSET_S, 0.5 * np.sin(2 * np.pi * 500 * t_s), 0).astype(np.float32)
        for number in range(FRAMES):
            t_ms = number * FRAME_MS
            if t_ms >= first_ms:
                picture = av.VideoFrame.from_ndarray(
                    grey(230 if t_ms >= ONSET_S * 1000 else 40), format="bgr24"
                )
                picture.pts, picture.time_base = t_ms, Fraction(1, 1000)
                container.mux(video.encode(picture))
            part = hum[t_ms * RATE // 1000 : (t_ms + FRAME_MS) * RATE // 1000]
            planes = np.repeat(part[None], 1 if layout == "mono" else 2, axis=0)
            samples = av.AudioFrame.from_ndarray(np.ascontiguousarray(planes), format="fltp", layout=layout)
            samples.sample_rate, samples.pts = RATE, t_ms * RATE // 1000
            samples.time_base = Fraction(1, RATE)
            container.mux(sound.encode(samples))
        container.mux(video.encode(None))
        container.mux(sound.encode(None))
    return path


def copy(source: Path, out: Path) -> str | None:
    with (
        ClipReader(source, with_sound=True) as reader,
        ClipWriter(out, 64, 64, reader.info.fps, sound=reader.sound) as writer,
    ):
        for frame in reader:
            writer.write(frame.bgr, frame.t_ms)
    return writer.warning


def onset_s(path: Path) -> tuple[float, float]:
    """When the picture turns white, and when the sound begins, on the file's clock."""
    with ClipReader(path) as reader:
        white = next(frame.t_ms for frame in reader if frame.bgr.mean() > 130) / 1000
    with av.open(str(path)) as container:
        for samples in container.decode(audio=0):
            loud = np.flatnonzero(
                np.abs(samples.to_ndarray().astype(np.float64)).max(axis=0) > 0.1 * _top(samples)
            )
            if len(loud):
                return white, float(samples.time or 0) + loud[0] / samples.sample_rate
    raise AssertionError("the sound is silent")


def _top(samples: av.AudioFrame) -> float:
    return 1.0 if samples.format.name.startswith("flt") else 32767.0


@pytest.mark.parametrize(
    ("name", "codec", "kept_as"),
    [
        ("a.mp4", "aac", "aac"),
        ("a.ts", "aac", "aac"),
        ("a.mkv", "libopus", "opus"),
        ("a.mov", "pcm_s16le", "aac"),
        ("a.mkv", "mp2", "aac"),
    ],
)
def test_sound_is_kept_in_time(tmp_path: Path, name: str, codec: str, kept_as: str) -> None:
    source = _resampled(tmp_path / name) if codec == "libopus" else record(tmp_path / name, codec)
    out = tmp_path / "out.mp4"
    assert copy(source, out) is None
    with av.open(str(out)) as container:
        assert container.streams.audio[0].codec_context.name == kept_as
        assert float(container.duration or 0) / av.time_base == pytest.approx(2.0, abs=0.1)
    before, after = onset_s(source), onset_s(out)
    assert before[1] - before[0] == pytest.approx(0, abs=0.06)
    assert after[1] - after[0] == pytest.approx(before[1] - before[0], abs=0.03)


def _resampled(path: Path) -> Path:
    """The same with Opus, which knows 48 kHz only: the coder converts."""
    plain = record(path.with_name("plain.mov"), "pcm_s16le")
    with av.open(str(plain)) as source, av.open(str(path), "w") as target:
        video = target.add_stream_from_template(source.streams.video[0])
        sound = target.add_stream("libopus", rate=48_000)
        for packet in source.demux():
            if packet.size == 0:
                continue
            if packet.stream.type == "video":
                packet.stream = video
                target.mux(packet)
            else:
                decoded: Any = packet.decode()
                for samples in decoded:
                    target.mux(sound.encode(samples))
        target.mux(sound.encode(None))
    return path


@pytest.mark.parametrize("codec", ["aac", "pcm_s16le"])
def test_sound_before_the_first_picture_is_left_out(tmp_path: Path, codec: str) -> None:
    source = record(tmp_path / "a.mov", codec, first_ms=400)
    out = tmp_path / "out.mp4"
    assert copy(source, out) is None
    white, hum = onset_s(out)
    assert white == pytest.approx(ONSET_S - 0.4, abs=0.02)
    assert hum == pytest.approx(white, abs=0.06)


def test_mono_stays_mono(tmp_path: Path) -> None:
    copy(record(tmp_path / "a.mov", "pcm_s16le", layout="mono"), tmp_path / "out.mp4")
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert container.streams.audio[0].codec_context.layout.nb_channels == 1


def test_a_clip_without_sound_gets_none(tmp_path: Path) -> None:
    with ClipWriter(tmp_path / "a.mp4", 64, 64) as writer:
        writer.write(grey(90), 0)
    with ClipReader(tmp_path / "a.mp4", with_sound=True) as reader:
        assert reader.sound is None
    copy(tmp_path / "a.mp4", tmp_path / "out.mp4")
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert not container.streams.audio


def test_broken_sound_costs_no_picture(tmp_path: Path) -> None:
    source = record(tmp_path / "a.avi", "pcm_s16le")
    plain = tmp_path / "plain.mp4"
    copy(source, plain)
    bent = bytearray(record(tmp_path / "b.mkv", "mp2").read_bytes())
    rng = np.random.default_rng(3)
    for place in rng.integers(len(bent) // 3, len(bent), 40):
        bent[place] ^= 0x55
    (tmp_path / "b.mkv").write_bytes(bent)
    copy(tmp_path / "b.mkv", tmp_path / "out.mp4")
    with ClipReader(tmp_path / "out.mp4") as reader:
        assert len(list(reader)) > FRAMES // 3


def test_the_same_sound_makes_the_same_bytes(tmp_path: Path) -> None:
    source = record(tmp_path / "a.mov", "pcm_s16le")
    for name in ("x.mp4", "y.mp4"):
        copy(source, tmp_path / name)
    assert (tmp_path / "x.mp4").read_bytes() == (tmp_path / "y.mp4").read_bytes()
