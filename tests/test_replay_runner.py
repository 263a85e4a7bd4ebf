"""Takes of clips that are made here from the portrait, through the real pipeline."""

from __future__ import annotations

import hashlib
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tryon.config import Settings, load_settings
from tryon.errors import PerceptionFailed
from tryon.frame import U8, Frame
from tryon.looks import Look, LookBook
from tryon.pipeline import Engine, Pipeline, Rendered
from tryon.replay import runner
from tryon.replay.clip import ClipReader, ClipWriter
from tryon.replay.records import EndRecord, FrameRecord, Line, TakeRecord, TimesRecord, read_takes, times_path
from tryon.replay.runner import run_take
from tryon.replay.sources import Source, find_sources
from tryon.replay.takes import TakeOutcome, TakeTask

FRAMES = 6
STEP_MS = 40.0
GLASSES = "meridian-gunmetal"
LIPSTICK = "velvet-lipstick"
LOOK = f"{GLASSES},{LIPSTICK}"


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings()


class Take:
    """Runs takes with the shared engine."""

    def __init__(self, engine: Engine, book: LookBook, settings: Settings) -> None:
        self.engine, self.book, self.settings = engine, book, settings

    def __call__(self, clip: Path | Source, look: str = LOOK, **wanted: Any) -> TakeOutcome:
        source = clip if isinstance(clip, Source) else Source((clip,), clip.name)
        task = TakeTask(source, look, **wanted)
        return run_take(task, self.engine, self.settings, self.book)


@pytest.fixture(scope="module")
def take(engine: Engine, book: LookBook, settings: Settings) -> Take:
    return Take(engine, book, settings)


def record(path: Path, pictures: Sequence[U8], step_ms: float = STEP_MS) -> Path:
    height, width = pictures[0].shape[:2]
    with ClipWriter(path, width, height, 1000 / step_ms) as writer:
        for number, bgr in enumerate(pictures):
            writer.write(bgr, number * step_ms)
    return path


def frames_of(path: Path) -> list[Frame]:
    with ClipReader(path) as reader:
        return list(reader)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_face_is_dressed_and_told_of_on_every_frame(
    tmp_path: Path, astronaut: U8, engine: Engine, book: LookBook, settings: Settings
) -> None:
    clip = record(tmp_path / "in.mp4", [astronaut] * FRAMES)
    task = TakeTask(
        Source((clip,), clip.name),
        LOOK,
        video=tmp_path / "out.mp4",
        before=tmp_path / "before.mp4",
        records=tmp_path / "out.jsonl",
        probes=True,
    )
    seen: list[tuple[int, int | None]] = []
    lines: list[tuple[Line, TimesRecord | None]] = []
    outcome = run_take(
        task,
        engine,
        settings,
        book,
        progress=lambda *counts: seen.append(counts),
        watch=lambda *line: lines.append(line),
    )
    assert outcome.end == EndRecord(FRAMES)
    assert (outcome.frames_with_face, outcome.frames_failed, outcome.frames_dropped) == (FRAMES, 0, 0)
    assert seen == [(done, FRAMES) for done in range(1, FRAMES + 1)]
    assert next(iter(outcome.ms)) == "decode"
    assert list(outcome.ms)[-1] == "encode"
    assert {"perceive", "geometry", "eyewear", "makeup"} <= set(outcome.ms)
    assert all(0 <= times.p50 <= times.p95 <= times.worst for times in outcome.ms.values())

    (kept,) = read_takes(tmp_path / "out.jsonl")
    assert (kept.head, *kept.frames, kept.end) == tuple(line for line, _ in lines)
    assert kept.times == tuple(times for _, times in lines if times is not None)
    assert kept.head == outcome.head
    assert kept.head.clip.sha256 == hashlib.sha256(clip.read_bytes()).hexdigest()
    assert kept.key == task.key == f"in.mp4 × {LOOK}"
    _check_frames(kept.frames)

    before, after, camera = (
        frames_of(clip),
        frames_of(tmp_path / "out.mp4"),
        frames_of(tmp_path / "before.mp4"),
    )
    assert [frame.t_ms for frame in after] == pytest.approx([frame.t_ms for frame in before], abs=1)
    assert np.abs(camera[-1].bgr.astype(int) - before[-1].bgr).mean() < 2
    changed = np.abs(after[-1].bgr.astype(int) - before[-1].bgr).max(axis=2) > 40
    rows, columns = np.nonzero(changed)
    assert len(rows) > 200, "nothing was put on"
    # The face of the portrait lies here; coding noise stays below the threshold everywhere else.
    assert 50 < rows.min() < rows.max() < 260
    assert 130 < columns.min() < columns.max() < 330


def _check_frames(frames: Sequence[FrameRecord]) -> None:
    for number, frame in enumerate(frames):
        (face,) = frame.faces
        assert (frame.index, frame.t_ms) == (number, number * STEP_MS)
        assert len(frame.picture) == 16
        assert face.frames_tracked == number + 1
        assert 20 < face.interpupillary_px < 60
        right, left = face.anchors["right_eye_outer"], face.anchors["left_eye_outer"]
        assert right.px[0] < face.anchors["nasion"].px[0] < left.px[0]
        assert right.px == pytest.approx(right.raw_px, abs=3)
        # The head stands before the camera, millimetres right of one another.
        assert 60 < left.mm[0] - right.mm[0] < 120
        assert face.pose.t_mm[2] > 300
        assert frame.dirty is not None
        assert frame.light_skin is not None
        assert frame.pixels
        assert frame.regions
    assert len({frame.picture for frame in frames}) > 1


def test_numbers_are_told_to_a_stated_place(tmp_path: Path, astronaut: U8, take: Take) -> None:
    take(record(tmp_path / "in.mp4", [astronaut] * 2), records=tmp_path / "a.jsonl")
    text = (tmp_path / "a.jsonl").read_text("utf-8")
    assert "-0.0," not in text
    digits = {
        len(part.split(".")[1].rstrip("]},")) for part in text.replace(":", ",").split(",") if "." in part[:8]
    }
    assert max(digits) <= 6


SCRIPT = """
import hashlib, sys
from pathlib import Path
from tryon.config import load_settings
from tryon.looks import LookBook
from tryon.pipeline import Engine
from tryon.replay.runner import run_take
from tryon.replay.sources import find_sources
from tryon.replay.takes import TakeTask
folder = Path(sys.argv[2])
folder.mkdir()
settings = load_settings()
(source,) = find_sources([sys.argv[1]])
task = TakeTask(source, sys.argv[3], folder / "a.mp4", records=folder / "a.jsonl", probes=True)
outcome = run_take(task, Engine(settings), settings, LookBook())
assert outcome.end.error is None, outcome.end
"""


@pytest.mark.slow
def test_three_processes_write_the_same_bytes(tmp_path: Path, astronaut: U8) -> None:
    clip = record(tmp_path / "in.mp4", [np.roll(astronaut, 3 * number, axis=1) for number in range(5)])
    digests = []
    for number, threads in enumerate(("1", "2", "4")):
        env = {**os.environ, "OMP_NUM_THREADS": threads, "PYTHONHASHSEED": str(number)}
        folder = tmp_path / str(number)
        subprocess.run([sys.executable, "-c", SCRIPT, clip, folder, LOOK], check=True, env=env)
        digests.append(
            [hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in ("a.jsonl", "a.mp4")]
        )
    assert digests[0] == digests[1] == digests[2]
    (first,) = read_takes(tmp_path / "0" / "a.jsonl")
    assert len({frame.picture for frame in first.frames}) == 5


def test_what_is_not_asked_for_is_not_made(tmp_path: Path, astronaut: U8, take: Take) -> None:
    clip = record(tmp_path / "in.mp4", [astronaut] * 2)
    outcome = take(clip)
    assert outcome.end.frames == 2
    assert names_in(tmp_path) == ["in.mp4"]
    assert "encode" not in outcome.ms


def test_probing_changes_no_picture(tmp_path: Path, astronaut: U8, take: Take) -> None:
    clip = record(tmp_path / "in.mp4", [np.roll(astronaut, number, axis=1) for number in range(4)])
    pictures = []
    for probes in (False, True):
        take(clip, records=tmp_path / "a.jsonl", probes=probes)
        (kept,) = read_takes(tmp_path / "a.jsonl")
        pictures.append([frame.picture for frame in kept.frames])
    assert pictures[0] == pictures[1]


def test_a_clip_without_a_face_stays_as_it_is(tmp_path: Path, take: Take) -> None:
    rng = np.random.default_rng(7)
    wall = cv2.GaussianBlur(rng.integers(90, 160, (240, 320, 3), np.uint8), (0, 0), 6)
    clip = record(tmp_path / "in.mp4", [wall.astype(np.uint8)] * FRAMES)
    outcome = take(clip, video=tmp_path / "out.mp4")
    assert outcome.frames_with_face == 0
    assert outcome.hints == {"no_face": FRAMES}
    pairs = zip(frames_of(clip), frames_of(tmp_path / "out.mp4"), strict=True)
    assert all(np.abs(a.bgr.astype(int) - b.bgr).mean() < 2 for a, b in pairs)


def test_two_faces_are_both_dressed(tmp_path: Path, astronaut: U8, take: Take) -> None:
    both = np.hstack([astronaut[:, 60:400], astronaut[:, 60:400]])
    clip = record(tmp_path / "in.mp4", [both] * FRAMES)
    take(clip, video=tmp_path / "out.mp4")
    before, after = frames_of(clip)[-1].bgr, frames_of(tmp_path / "out.mp4")[-1].bgr
    changed = np.abs(after.astype(int) - before).max(axis=2) > 40
    assert changed[:, :340].sum() > 200
    assert changed[:, 340:].sum() > 200


def test_a_clip_that_changes_size_is_dressed_throughout(tmp_path: Path, astronaut: U8, take: Take) -> None:
    smaller = cv2.resize(astronaut, (401, 399), interpolation=cv2.INTER_AREA)
    clip = tmp_path / "in.mjpeg"
    pictures = [astronaut, astronaut, smaller, smaller, astronaut]
    clip.write_bytes(b"".join(cv2.imencode(".jpg", bgr)[1].tobytes() for bgr in pictures))
    outcome = take(clip, video=tmp_path / "out.mp4", records=tmp_path / "out.jsonl", probes=True)
    assert (outcome.end.frames, outcome.end.error, outcome.frames_with_face) == (5, None, 5)
    assert {frame.bgr.shape for frame in frames_of(tmp_path / "out.mp4")} == {(512, 512, 3)}
    (kept,) = read_takes(tmp_path / "out.jsonl")
    assert [frame.width_px for frame in kept.frames] == [512, 512, 401, 401, 512]


def test_pixels_that_are_the_decoders_own_stay_its_own(tmp_path: Path, astronaut: U8, take: Take) -> None:
    # Uncompressed BGR needs no conversion: what is drawn there would be in the decoder's memory.
    cv2.imwrite(str(tmp_path / "in.bmp"), astronaut)
    source = Source((tmp_path / "in.bmp",) * 3, "in", 25.0)
    take(source, video=tmp_path / "out.mp4", records=tmp_path / "out.jsonl")
    (kept,) = read_takes(tmp_path / "out.jsonl")
    assert [len(frame.faces) for frame in kept.frames] == [1, 1, 1]
    with ClipReader(tmp_path / "in.bmp", spent=True) as reader:
        (frame,) = reader
    assert not frame.spent
    with ClipReader(tmp_path / "out.mp4", spent=True) as reader:
        assert next(iter(reader)).spent


def test_numbered_pictures_are_a_clip(tmp_path: Path, astronaut: U8, take: Take) -> None:
    shots = tmp_path / "shots"
    shots.mkdir()
    for number in range(9, 12):
        cv2.imwrite(str(shots / f"shot_{number}.png"), np.roll(astronaut, number, axis=1))
    (shots / "shot_10.png").write_bytes(b"not a picture")
    (source,) = find_sources([str(shots)], fps=10)
    outcome = take(source, video=tmp_path / "out.mp4", records=tmp_path / "out.jsonl")
    assert outcome.end.frames == 2
    assert (
        outcome.end.warning
        == "1 of 3 pictures could not be read, shot_10.png first; the rest was used (frames: 2)."
    )
    (kept,) = read_takes(tmp_path / "out.jsonl")
    assert [frame.t_ms for frame in kept.frames] == [0.0, 200.0]
    assert kept.head.clip.name == "shots"
    assert kept.head.clip.fps == 10


def test_a_cut_clip_is_replayed_as_far_as_it_goes(tmp_path: Path, astronaut: U8, take: Take) -> None:
    clip = tmp_path / "in.mkv"
    whole = record(tmp_path / "whole.mp4", [np.roll(astronaut, number, axis=1) for number in range(50)])
    shutil.move(whole, clip)
    bent = bytearray(clip.read_bytes())
    middle = bent.index(b"mdat") + (len(bent) // 2)
    bent[middle : middle + 3000] = bytes(3000)
    clip.write_bytes(bent)
    outcome = take(clip, LIPSTICK, video=tmp_path / "out.mp4")
    assert 5 < outcome.end.frames <= 50
    assert outcome.end.error is None
    assert len(frames_of(tmp_path / "out.mp4")) == outcome.end.frames


def test_tags_and_labels_beside_a_clip_come_along(tmp_path: Path, astronaut: U8, take: Take) -> None:
    clip = record(tmp_path / "in.mp4", [astronaut] * 2)
    notes = clip.with_name("in.mp4.toml")
    notes.write_text('tags = ["dim", "still"]\n', "utf-8")
    outcome = take(clip, tags=("mine", "dim"))
    assert outcome.head is not None
    assert outcome.head.tags == ("dim", "still", "mine")
    notes.write_text('tags = ["dimm"]\n', "utf-8")
    assert "did you mean 'dim'" in (take(clip).end.error or "")


@pytest.mark.parametrize(
    ("look", "sentence"),
    [("no-such", "no product 'no-such'"), ("a:", "SKU:SHADE"), (f"{GLASSES}:no-such", "no shade")],
)
def test_a_look_that_cannot_be_ends_the_take(
    tmp_path: Path, astronaut: U8, take: Take, look: str, sentence: str
) -> None:
    outcome = take(record(tmp_path / "in.mp4", [astronaut]), look, video=tmp_path / "out.mp4")
    assert outcome.head is None
    assert sentence in (outcome.end.error or "")
    assert names_in(tmp_path) == ["in.mp4"]


def test_a_clip_that_cannot_be_read_writes_nothing(tmp_path: Path, take: Take) -> None:
    (tmp_path / "in.mp4").write_bytes(b"no video")
    outcome = take(tmp_path / "in.mp4", video=tmp_path / "out.mp4", records=tmp_path / "out.jsonl")
    assert "not a video" in (outcome.end.error or "")
    assert outcome.head is None
    assert names_in(tmp_path) == ["in.mp4"]


@pytest.mark.parametrize("kind", ["video", "before", "records"])
def test_an_output_that_cannot_be_written_ends_the_take(
    tmp_path: Path, astronaut: U8, take: Take, kind: str
) -> None:
    clip = record(tmp_path / "in.mp4", [astronaut])
    outputs: dict[str, Any] = {
        "video": tmp_path / "v.mp4",
        "before": tmp_path / "b.mp4",
        "records": tmp_path / "r.jsonl",
    }
    outputs[kind] = tmp_path / "gone" / outputs[kind].name
    outcome = take(clip, **outputs)
    assert "cannot be written: no such file" in (outcome.end.error or "")
    assert names_in(tmp_path) == ["in.mp4"]


@pytest.mark.parametrize("kind", ["video", "records", "times"])
def test_a_disk_that_fills_up_ends_the_take_and_leaves_nothing(
    tmp_path: Path, astronaut: U8, take: Take, kind: str
) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    clip = record(tmp_path / "in.mp4", [np.roll(astronaut, 9 * number, axis=1) for number in range(8)])
    video, records = tmp_path / "out.mp4", tmp_path / "out.jsonl"
    full = {"video": video, "records": records, "times": times_path(records)}[kind]
    (tmp_path / f".{full.name}.{os.getpid()}.partial").symlink_to("/dev/full")
    outcome = take(clip, video=video, records=records)
    assert "no space left" in (outcome.end.error or "")
    assert [name for name in names_in(tmp_path) if kind == "video" or name != "out.mp4"] == ["in.mp4"]


class StumblingPipeline(Pipeline):
    """Fails on its second frame, and is the real pipeline on all others."""

    def process(self, frame: Frame, look: Look, engine: Engine) -> Rendered:
        if frame.sequence == 1:
            raise PerceptionFailed("The landmark model failed on this frame.")
        return super().process(frame, look, engine)


def test_a_frame_on_which_the_model_fails_costs_that_frame(
    tmp_path: Path, astronaut: U8, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "Pipeline", StumblingPipeline)
    clip = record(tmp_path / "in.mp4", [astronaut] * 3)
    outcome = take(clip, video=tmp_path / "out.mp4", records=tmp_path / "out.jsonl", probes=True)
    assert (outcome.end.frames, outcome.frames_with_face, outcome.frames_failed) == (3, 2, 1)
    (kept,) = read_takes(tmp_path / "out.jsonl")
    assert [frame.failed for frame in kept.frames] == [False, True, False]
    before, after = frames_of(clip), frames_of(tmp_path / "out.mp4")
    assert np.abs(after[1].bgr.astype(int) - before[1].bgr).mean() < 2
    assert np.abs(after[2].bgr.astype(int) - before[2].bgr).max() > 40


class BrokenPipeline(Pipeline):
    def process(self, frame: Frame, look: Look, engine: Engine) -> Rendered:
        if frame.sequence == 1:
            raise ZeroDivisionError("secret of a face")
        return super().process(frame, look, engine)


def test_a_fault_of_ours_ends_that_take_alone_and_quotes_nothing(
    tmp_path: Path, astronaut: U8, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "Pipeline", BrokenPipeline)
    clip = record(tmp_path / "in.mp4", [astronaut] * 3)
    outcome = take(clip, video=tmp_path / "out.mp4", records=tmp_path / "out.jsonl")
    assert outcome.end.frames == 1
    assert "a fault of ours: ZeroDivisionError in process:" in (outcome.end.error or "")
    assert "secret" not in (outcome.end.error or "")
    assert names_in(tmp_path) == ["in.mp4"]


def test_ctrl_c_goes_through_and_leaves_nothing(
    tmp_path: Path, astronaut: U8, engine: Engine, book: LookBook, settings: Settings
) -> None:
    clip = record(tmp_path / "in.mp4", [astronaut] * 3)
    task = TakeTask(
        Source((clip,), "in.mp4"), LIPSTICK, video=tmp_path / "out.mp4", records=tmp_path / "out.jsonl"
    )

    def stop(done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_take(task, engine, settings, book, progress=stop)
    assert names_in(tmp_path) == ["in.mp4"]


def test_in_real_time_frames_that_come_meanwhile_are_dropped(
    tmp_path: Path, astronaut: U8, engine: Engine, book: LookBook, settings: Settings
) -> None:
    clip = record(tmp_path / "in.mp4", [np.roll(astronaut, number, axis=1) for number in range(10)])
    task = TakeTask(
        Source((clip,), "in.mp4"),
        LIPSTICK,
        tmp_path / "out.mp4",
        records=tmp_path / "out.jsonl",
        realtime=True,
    )
    # Every look at the clock takes 50 ms, and so does the work on a frame, of a clip that has one every 40.
    ticks = count()
    outcome = run_take(task, engine, settings, book, clock=lambda: next(ticks) * 0.05)
    (kept,) = read_takes(tmp_path / "out.jsonl")
    assert kept.head.realtime
    assert outcome.end.frames == 10
    assert [frame.index for frame in kept.frames] == list(range(10))
    dropped = [frame.index for frame in kept.frames if frame.dropped]
    # In work: 0 to 50, 50 to 100, 100 to 150, 150 to 200, 200 to 250; 5 comes at 200 and waits, 6 comes at 240.
    assert dropped == [5]
    assert outcome.frames_dropped == len(dropped)
    assert all(not frame.faces and not frame.picture for frame in kept.frames if frame.dropped)
    assert len(frames_of(tmp_path / "out.mp4")) == 10 - len(dropped)
    assert len(kept.times) == 10


def test_a_task_and_its_outcome_travel_between_processes(tmp_path: Path, astronaut: U8, take: Take) -> None:
    outcome = take(record(tmp_path / "in.mp4", [astronaut]), LIPSTICK, realtime=True, tags=("dim",))
    assert pickle.loads(pickle.dumps(outcome)) == outcome  # noqa: S301 - our own bytes


@pytest.mark.media
@pytest.mark.slow
def test_people_are_followed_through_real_recordings(media_dir: Path, tmp_path: Path, take: Take) -> None:
    for name in ("webcam/book.mkv", "webcam/no.mkv", "heads/head-pose-face-detection-female.gif"):
        outcome = take(media_dir / name, video=tmp_path / "out.mp4")
        assert outcome.frames_with_face > 0.9 * outcome.end.frames, name
        assert outcome.end.warning is None


def test_a_head_tells_how_the_take_was_made(tmp_path: Path, astronaut: U8, take: Take) -> None:
    head = take(record(tmp_path / "in.mp4", [astronaut] * 2), GLASSES).head
    assert isinstance(head, TakeRecord)
    assert head.settings == {"horizontal_fov_deg": 63.0, "max_faces": 2}
    assert (head.clip.width_px, head.clip.height_px, head.clip.frames) == (512, 512, 2)
    assert head.clip.fps == pytest.approx(25, abs=0.1)
