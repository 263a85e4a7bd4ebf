"""Videos that fit into a report, and the pictures of single frames."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tryon.qa import report_video
from tryon.qa.report_video import LEVELS, VideoWish, fit, merged, thumbnails
from tryon.replay.clip import ClipReader, ClipWriter

FRAMES, STEP_MS = 40, 1000 / 30


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Noise, which no encoder makes small; its mean grey rises with every frame."""
    path = tmp_path_factory.mktemp("video") / "noisy.mp4"
    rng = np.random.default_rng(1)
    with ClipWriter(path, 512, 384, 30.0) as writer:
        for number in range(FRAMES):
            coarse = rng.integers(0, 60, (96, 128, 3))
            noise = np.repeat(np.repeat(coarse, 4, 0), 4, 1) + 4 * number
            writer.write(noise.astype(np.uint8), number * STEP_MS)
    return path


def frames(path: Path) -> list[tuple[float, float]]:
    """Time and mean grey of each picture."""
    with ClipReader(path) as reader:
        return [(frame.t_ms, float(frame.bgr.mean())) for frame in reader]


def test_what_fits_stays_as_it_is(video: Path, tmp_path: Path) -> None:
    (kept,) = fit([VideoWish(0, "video", video)], video.stat().st_size, tmp_path)
    assert (kept.path, kept.note, kept.parts) == (video, None, ())


def test_what_does_not_fit_is_scaled_down_and_keeps_its_times(video: Path, tmp_path: Path) -> None:
    budget = video.stat().st_size // 2
    (kept,) = fit([VideoWish(0, "video", video)], budget, tmp_path)
    assert kept.path is not None
    assert kept.path.stat().st_size <= budget
    assert kept.note == "Scaled down to keep this file small; noisy.mp4 is sharper."
    with ClipReader(kept.path) as reader:
        assert max(reader.info.width_px, reader.info.height_px) <= LEVELS[0][0]
    for (t_ms, grey), (kept_ms, kept_grey) in zip(frames(video), frames(kept.path), strict=True):
        assert kept_ms == pytest.approx(t_ms, abs=0.1)
        assert kept_grey == pytest.approx(grey, abs=3)


def test_what_does_not_fit_at_all_shows_its_worst_parts(
    video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_video, "PART_MS", 150.0)
    monkeypatch.setattr(report_video, "SHARE_MIN", 1000)
    (whole,) = fit([VideoWish(0, "video", video)], 2_000, tmp_path)
    assert whole.path is None
    one_part, all_of_it = tmp_path / "one.mp4", tmp_path / "all.mp4"
    report_video._encode(video, one_part, *LEVELS[-1], ((850.0, 1150.0),))
    report_video._encode(video, all_of_it, *LEVELS[-1])
    budget = one_part.stat().st_size * 5 // 4
    assert budget < all_of_it.stat().st_size
    (kept,) = fit([VideoWish(0, "video", video, (1000.0, 400.0))], budget, tmp_path)
    assert kept.path is not None
    assert kept.path.stat().st_size <= budget
    assert kept.parts == ((850.0, 1150.0),), "the worst frame's part is there, the other's is not"
    assert "Only the parts around the worst frames" in (kept.note or "")
    times = [t_ms for t_ms, _ in frames(kept.path)]
    assert times[0] == 0
    assert len(times) == 10
    assert all(850 <= t_ms <= 1150 for t_ms in times[1:])


def test_the_last_are_left_out_when_there_are_too_many(
    video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_video, "SHARE_MIN", video.stat().st_size - 1)
    wishes = [VideoWish(take, "video", video) for take in range(4)]
    kept = fit(wishes, video.stat().st_size, tmp_path)
    assert [found.wish.take for found in kept if found.path is None] == [3, 2, 1]
    assert all(
        "Left out to keep this file small" in (found.note or "") for found in kept if found.path is None
    )


def test_the_budget_is_shared_fairly() -> None:
    assert report_video._share([100, 100], 250) == float("inf")
    assert report_video._share([10, 200, 300], 210) == 100
    assert report_video._share([], 0) == float("inf")


def test_a_video_that_is_gone_or_broken_costs_itself_only(video: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(bytes(video.stat().st_size))
    wishes = [VideoWish(0, "video", broken), VideoWish(0, "before", tmp_path / "gone.mp4")]
    kept = {found.wish.role: found for found in fit(wishes, video.stat().st_size // 2, tmp_path)}
    assert kept["before"].note == "gone.mp4 is not in the run's folder."
    assert "broken.mp4 is not a video" in (kept["video"].note or "")
    assert thumbnails(broken, [0.0]) == {}


def test_parts_that_touch_are_one() -> None:
    assert merged([(5.0, 9.0), (0.0, 2.0), (2.0, 3.0), (6.0, 7.0)]) == ((0.0, 3.0), (5.0, 9.0))


def test_thumbnails_show_the_frames_of_those_times(video: Path) -> None:
    grey = [mean for _, mean in frames(video)]
    wanted = [0, 7, 25, FRAMES - 1]
    found = thumbnails(video, [number * STEP_MS for number in wanted])
    assert len(found) == len(wanted)
    for number in wanted:
        data = np.frombuffer(found[number * STEP_MS], np.uint8)
        bgr = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
        assert max(bgr.shape) == report_video.THUMB_SIDE_PX
        assert float(bgr.mean()) == pytest.approx(grey[number], abs=1)
