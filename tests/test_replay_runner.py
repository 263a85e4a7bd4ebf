"""Replays of clips that are made here from the portrait, through the real pipeline."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from tryon.config import Settings, load_settings
from tryon.errors import BadClip, BadLook, PerceptionFailed
from tryon.frame import U8, Frame
from tryon.looks import BARE, Look, LookBook, LookItem
from tryon.pipeline import Engine, Pipeline, Rendered
from tryon.replay.clip import ClipReader, ClipWriter
from tryon.replay.runner import Tally, dressed, parse_look, replay

FRAMES = 6
STEP_MS = 40.0


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings()


@pytest.fixture(scope="module")
def look(settings: Settings) -> Look:
    """The first product of each kind, shades and all."""
    book = LookBook(settings.catalogue_dir)
    first = {product.kind: LookItem(product.sku) for product in reversed(book.products())}
    return book.resolve(tuple(first.values()))


def record(path: Path, pictures: Sequence[U8], step_ms: float = STEP_MS) -> Path:
    height, width = pictures[0].shape[:2]
    with ClipWriter(path, width, height, 1000 / step_ms) as writer:
        for number, bgr in enumerate(pictures):
            writer.write(bgr, number * step_ms)
    return path


def frames_of(path: Path) -> list[Frame]:
    with ClipReader(path) as reader:
        return list(reader)


def test_a_face_is_dressed_on_every_frame(
    tmp_path: Path, astronaut: U8, look: Look, settings: Settings
) -> None:
    clip = record(tmp_path / "in.mp4", [astronaut] * FRAMES)
    out = tmp_path / "out.mp4"
    seen: list[tuple[int, int | None]] = []
    warmed: list[float] = []
    summary = replay(
        clip, look, out, settings, lambda *counts: seen.append(counts), lambda _, share: warmed.append(share)
    )
    assert (summary.frames, summary.frames_with_face, summary.frames_failed) == (FRAMES, FRAMES, 0)
    assert summary.warning is None
    assert [done for done, _ in seen] == list(range(1, FRAMES + 1))
    assert {total for _, total in seen} == {FRAMES}
    assert warmed[-1] == 1.0
    assert all(0 <= times.p50 <= times.p95 <= times.worst for times in summary.ms.values())
    assert set(summary.ms) >= {overlay.kind for overlay in look.overlays}
    before, after = frames_of(clip), frames_of(out)
    assert [frame.t_ms for frame in after] == pytest.approx([frame.t_ms for frame in before], abs=1)
    changed = np.abs(after[-1].bgr.astype(int) - before[-1].bgr).max(axis=2) > 40
    rows, columns = np.nonzero(changed)
    assert len(rows) > 200, "nothing was put on"
    # The face of the portrait lies here; coding noise stays below the threshold everywhere else.
    assert rows.min() > 50
    assert rows.max() < 260
    assert columns.min() > 130
    assert columns.max() < 330


def test_a_replay_is_repeatable(tmp_path: Path, astronaut: U8, look: Look, settings: Settings) -> None:
    clip = record(tmp_path / "in.mp4", [np.roll(astronaut, 3 * number, axis=1) for number in range(FRAMES)])
    for name in ("a.mp4", "b.mp4"):
        replay(clip, look, tmp_path / name, settings)
    first, second = frames_of(tmp_path / "a.mp4"), frames_of(tmp_path / "b.mp4")
    assert all(np.array_equal(a.bgr, b.bgr) for a, b in zip(first, second, strict=True))


def test_a_clip_without_a_face_stays_as_it_is(tmp_path: Path, look: Look, settings: Settings) -> None:
    rng = np.random.default_rng(7)
    wall = cv2.GaussianBlur(rng.integers(90, 160, (240, 320, 3), np.uint8), (0, 0), 6)
    clip = record(tmp_path / "in.mp4", [wall.astype(np.uint8)] * FRAMES)
    summary = replay(clip, look, tmp_path / "out.mp4", settings)
    assert summary.frames_with_face == 0
    assert summary.hints == {"no_face": FRAMES}
    pairs = zip(frames_of(clip), frames_of(tmp_path / "out.mp4"), strict=True)
    assert all(np.abs(a.bgr.astype(int) - b.bgr).mean() < 2 for a, b in pairs)


def test_two_faces_are_both_dressed(tmp_path: Path, astronaut: U8, look: Look, settings: Settings) -> None:
    both = np.hstack([astronaut[:, 60:400], astronaut[:, 60:400]])
    clip = record(tmp_path / "in.mp4", [both] * FRAMES)
    replay(clip, look, tmp_path / "out.mp4", settings)
    before, after = frames_of(clip)[-1].bgr, frames_of(tmp_path / "out.mp4")[-1].bgr
    changed = np.abs(after.astype(int) - before).max(axis=2) > 40
    assert changed[:, :340].sum() > 200
    assert changed[:, 340:].sum() > 200


def test_a_clip_that_changes_size_is_dressed_throughout(
    tmp_path: Path, astronaut: U8, look: Look, settings: Settings
) -> None:
    smaller = cv2.resize(astronaut, (400, 400), interpolation=cv2.INTER_AREA)
    clip = tmp_path / "in.mjpeg"
    pictures = [astronaut, astronaut, smaller, smaller, astronaut]
    clip.write_bytes(b"".join(cv2.imencode(".jpg", bgr)[1].tobytes() for bgr in pictures))
    summary = replay(clip, look, tmp_path / "out.mp4", settings)
    assert (summary.frames, summary.frames_with_face) == (5, 5)
    assert {frame.bgr.shape for frame in frames_of(tmp_path / "out.mp4")} == {(512, 512, 3)}


def test_no_look_changes_nothing(tmp_path: Path, astronaut: U8, settings: Settings) -> None:
    clip = record(tmp_path / "in.mp4", [astronaut] * 2)
    summary = replay(clip, BARE, tmp_path / "out.mp4", settings)
    assert summary.frames_with_face == 2
    difference = frames_of(tmp_path / "out.mp4")[1].bgr.astype(int) - frames_of(clip)[1].bgr
    assert np.abs(difference).mean() < 2


def test_a_cut_clip_is_replayed_as_far_as_it_goes(tmp_path: Path, astronaut: U8, settings: Settings) -> None:
    clip = tmp_path / "in.mkv"
    whole = record(tmp_path / "whole.mp4", [np.roll(astronaut, number, axis=1) for number in range(50)])
    shutil.move(whole, clip)
    bent = bytearray(clip.read_bytes())
    middle = bent.index(b"mdat") + (len(bent) // 2)
    bent[middle : middle + 3000] = bytes(3000)
    clip.write_bytes(bent)
    summary = replay(clip, BARE, tmp_path / "out.mp4", settings)
    assert 5 < summary.frames <= 50
    assert len(frames_of(tmp_path / "out.mp4")) == summary.frames


def test_the_clip_itself_is_never_overwritten(tmp_path: Path, astronaut: U8, settings: Settings) -> None:
    clip = record(tmp_path / "in.mp4", [astronaut])
    content = clip.read_bytes()
    (tmp_path / "alias.mp4").symlink_to(clip)
    for out in (clip, tmp_path / "alias.mp4"):
        with pytest.raises(BadClip, match="is the clip itself"):
            replay(clip, BARE, out, settings)
    assert clip.read_bytes() == content


def test_a_clip_that_cannot_be_read_writes_nothing(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "in.mp4").write_bytes(b"no video")
    with pytest.raises(BadClip):
        replay(tmp_path / "in.mp4", BARE, tmp_path / "out.mp4", settings)
    assert [path.name for path in tmp_path.iterdir()] == ["in.mp4"]


class StumblingPipeline(Pipeline):
    """Fails on the frames of these numbers, and is the real pipeline on all others."""

    def __init__(self, settings: Settings, fails_on: set[int]) -> None:
        super().__init__(settings)
        self._fails_on = fails_on

    def process(self, frame: Frame, look: Look, engine: Engine) -> Rendered:
        if frame.sequence in self._fails_on:
            raise PerceptionFailed("The landmark model failed on this frame.")
        return super().process(frame, look, engine)


def test_a_frame_on_which_the_model_fails_costs_that_frame(
    astronaut: U8, look: Look, settings: Settings
) -> None:
    pipeline, tally, engine = StumblingPipeline(settings, {1}), Tally(), Engine(settings)
    frames = [Frame(astronaut, number * STEP_MS, number) for number in range(3)]
    pictures = [dressed(pipeline, frame, look, engine, tally) for frame in frames]
    engine.close()
    assert (tally.frames, tally.with_face, tally.failed) == (3, 2, 1)
    assert np.array_equal(pictures[1], astronaut)
    assert not np.array_equal(pictures[2], astronaut)


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("aviator", [LookItem("aviator")]),
        ("velvet:rose", [LookItem("velvet", "rose")]),
        ("velvet:rose@0.6", [LookItem("velvet", "rose", 0.6)]),
        ("velvet@0", [LookItem("velvet", None, 0.0)]),
        ("aviator, velvet:rose", [LookItem("aviator"), LookItem("velvet", "rose")]),
    ],
)
def test_a_look_is_read_from_text(text: str, items: list[LookItem]) -> None:
    assert list(parse_look(text)) == items


@pytest.mark.parametrize("text", ["", ",", "a,", ":rose", "a:", "a@", "a@strong", "a:@0.5"])
def test_a_look_that_is_no_look_is_refused(text: str) -> None:
    with pytest.raises(BadLook, match=r"SKU:SHADE@STRENGTH"):
        parse_look(text)


@pytest.mark.media
@pytest.mark.slow
def test_people_are_followed_through_real_recordings(media_dir: Path, tmp_path: Path, look: Look) -> None:
    for name in ("webcam/book.mkv", "webcam/no.mkv", "heads/head-pose-face-detection-female.gif"):
        summary = replay(media_dir / name, look, tmp_path / "out.mp4", load_settings())
        assert summary.frames_with_face > 0.9 * summary.frames, name
        assert summary.warning is None
