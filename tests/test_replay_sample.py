"""The sample clip: made once, found again, a loop in which a face is seen all the time."""

from __future__ import annotations

import dataclasses
import itertools
import math
from pathlib import Path

import numpy as np
import pytest

from tryon.config import Settings
from tryon.errors import ConfigError
from tryon.perception.face import FaceTracker
from tryon.perception.face_model import FaceModel
from tryon.replay import sample
from tryon.replay.clip import ClipReader

pytestmark = pytest.mark.usefixtures("carved_once")

LOOP_MS = 3000.0


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Settings, list[float]]:
    settings = Settings(cache_dir=tmp_path_factory.mktemp("cache") / "not" / "there yet")
    told: list[float] = []
    with pytest.MonkeyPatch.context() as patch:
        # As the real one in all but the time that it takes, to make and to test.
        patch.setattr(sample, "LOOP_MS", LOOP_MS)
        return sample.sample_clip(settings, told.append), settings, told


def test_the_clip_is_what_the_page_plays(made: tuple[Path, Settings, list[float]]) -> None:
    path, settings, told = made
    assert path.parent == settings.cache_dir
    assert [file.name for file in settings.cache_dir.iterdir()] == [path.name], "nothing half-made is left"
    with ClipReader(path) as clip:
        assert (clip.info.width_px, clip.info.height_px) == (640, 480)
        assert clip.info.fps == pytest.approx(30, abs=0.1)
        assert clip.info.duration_ms == pytest.approx(LOOP_MS, abs=50)
    assert path.stat().st_size < 1_500_000
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) == 90


def test_the_second_call_finds_it(made: tuple[Path, Settings, list[float]]) -> None:
    path, settings, _ = made
    before = path.stat().st_mtime_ns
    told: list[float] = []
    assert sample.sample_clip(settings, told.append) == path
    assert path.stat().st_mtime_ns == before
    assert told == []


def test_one_face_of_the_right_size_is_tracked_throughout(made: tuple[Path, Settings, list[float]]) -> None:
    model, tracker = FaceModel(), FaceTracker(max_faces=2)
    widths = []
    with ClipReader(made[0]) as clip:
        for frame in clip:
            if frame.sequence % 3:
                continue
            faces = tracker.observe(frame, model).faces
            assert len(faces) == 1
            box = faces[0].box
            assert box.x0 > 0
            assert box.y0 > 0
            assert box.x1 < 640
            assert box.y1 < 480
            widths.append(box.width)
            assert faces[0].track == 1, "it was never lost"
    model.close()
    assert 150 < np.mean(widths) < 220


def test_the_loop_has_no_seam(made: tuple[Path, Settings, list[float]]) -> None:
    with ClipReader(made[0]) as clip:
        frames = [frame.bgr.astype(np.int16) for frame in clip]
    steps = [np.abs(b - a).mean() for a, b in zip(frames, frames[1:] + frames[:1], strict=True)]
    assert steps[-1] < 1.25 * max(steps[:-1])


def test_the_motion_is_gentle_and_closed() -> None:
    script = sample.gentle()
    start, end = (dataclasses.astuple(script.at(t_ms)) for t_ms in (0.0, script.duration_ms))
    assert end == pytest.approx(start, abs=1e-9)
    moves = [script.at(t_ms) for t_ms in np.arange(0.0, script.duration_ms, 1000 / 30)]
    yaws = [move.yaw_deg for move in moves]
    assert 19 < max(yaws) < 24
    assert -24 < min(yaws) < -19
    turns = [
        math.hypot(b.yaw_deg - a.yaw_deg, b.pitch_deg - a.pitch_deg) * 30
        for a, b in itertools.pairwise(moves)
    ]
    assert max(turns) < 35, "degrees a second"
    assert min(move.z_mm for move in moves) < -15, "comes closer"


def test_other_cameras_get_their_own_clip(tmp_path: Path) -> None:
    wide, narrow = (
        sample._version(Settings(cache_dir=tmp_path, horizontal_fov_deg=fov)) for fov in (63.0, 50.0)
    )
    assert wide != narrow
    assert wide == sample._version(Settings(cache_dir=tmp_path))


def test_a_cache_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    blocked = tmp_path / "a file"
    blocked.write_text("in the way", "utf-8")
    with pytest.raises(ConfigError, match="TRYON_CACHE_DIR"):
        sample.sample_clip(Settings(cache_dir=blocked / "cache"))


def test_a_failure_half_way_leaves_nothing(tmp_path: Path) -> None:
    def stop(done: float) -> None:
        if done > 0.02:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sample.sample_clip(Settings(cache_dir=tmp_path), stop)
    assert list(tmp_path.iterdir()) == []
