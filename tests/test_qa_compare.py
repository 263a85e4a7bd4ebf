"""Two videos frame by frame: figures checked by hand, worst frames first, a sentence for what does not fit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from tryon.errors import BadClip
from tryon.frame import U8, Frame
from tryon.qa.compare import WORST, compare_clips, compare_videos
from tryon.qa.definitions import definition
from tryon.render.colour import de00, lab_from_codes
from tryon.replay.clip import ClipWriter

GREY = np.full((40, 60, 3), 120, np.uint8)


def frames(*pictures: U8) -> list[Frame]:
    return [Frame(picture, number * 40.0) for number, picture in enumerate(pictures)]


def patched(rows: int, by: int) -> U8:
    """Grey with its first rows changed."""
    picture = GREY.copy()
    picture[:rows] += np.uint8(by)
    return picture


def test_equal_videos_have_no_difference() -> None:
    found = compare_videos(frames(GREY, GREY), frames(GREY, GREY))
    assert found.figures == {
        "diff.ssim": 1, "diff.ssim_min": 1, "diff.de00_p50": 0, "diff.de00_p95": 0, "diff.de00_max": 0,
        "diff.changed_percent": 0,
    }  # fmt: skip
    assert (found.worst, found.unpaired) == ((), 0)
    for measure in found.figures:
        assert definition(measure).id == measure


def test_figures_are_those_of_all_frames_together() -> None:
    found = compare_videos(frames(GREY, patched(4, 10), patched(10, 30)), frames(GREY, GREY, GREY))
    small, large = (
        float(de00(*lab_from_codes(np.array([[120] * 3, [120 + by] * 3], np.uint8)))) for by in (10, 30)
    )
    figures = found.figures
    assert figures["diff.changed_percent"] == pytest.approx(100 * (4 + 10) / (3 * 40))
    assert figures["diff.de00_p50"] == pytest.approx(large, abs=0.006)
    assert figures["diff.de00_max"] == pytest.approx(large, abs=1e-3)
    assert figures["diff.ssim_min"] < figures["diff.ssim"] < 1
    assert [(frame.index, frame.t_ms, frame.measure) for frame in found.worst] == [
        (2, 80.0, "diff.ssim"), (1, 40.0, "diff.ssim"), (2, 80.0, "diff.de00_p95"), (1, 40.0, "diff.de00_p95"),
    ]  # fmt: skip
    assert found.worst[0].value == figures["diff.ssim_min"]
    assert found.worst[3].value == pytest.approx(small, abs=0.006)


def test_the_percentiles_count_changed_pixels_alone() -> None:
    # 38 rows by a little, 2 by much: 5 % of the changed pixels.
    picture = patched(40, 10)
    picture[:2] += np.uint8(60)
    figures = compare_videos(frames(picture), frames(GREY)).figures
    assert figures["diff.de00_p95"] == figures["diff.de00_p50"] < figures["diff.de00_max"] - 10


def test_an_encoders_rounding_is_no_change() -> None:
    figures = compare_videos(frames(patched(40, 1)), frames(GREY)).figures
    assert figures["diff.changed_percent"] == 0
    assert figures["diff.de00_p95"] == 0
    assert 0.99 < figures["diff.ssim"] < 1


def test_only_the_worst_few_frames_are_kept_and_of_equal_ones_the_first() -> None:
    many = compare_videos(frames(*[patched(4, 10)] * 20), frames(*[GREY] * 20))
    assert [frame.index for frame in many.worst] == [*range(WORST), *range(WORST)]


def test_videos_of_other_lengths_and_sizes() -> None:
    assert compare_videos(frames(GREY, GREY, GREY), frames(GREY)).unpaired == 2
    assert compare_videos(frames(GREY), frames(GREY, GREY)).unpaired == 1
    with pytest.raises(BadClip, match="Frame 0 has 60×40 pixels, the baseline's 40×60"):
        compare_videos(frames(GREY), frames(np.ascontiguousarray(GREY.transpose(1, 0, 2))))
    with pytest.raises(BadClip, match="has no frame"):
        compare_videos([], frames(GREY))


def write(path: Path, pictures: Sequence[U8]) -> Path:
    with ClipWriter(path, pictures[0].shape[1], pictures[0].shape[0], 25) as writer:
        for number, picture in enumerate(pictures):
            writer.write(picture, number * 40)
    return path


def test_files_are_compared_by_their_pictures(tmp_path: Path, astronaut: U8) -> None:
    face = np.ascontiguousarray(astronaut[100:228, 160:288])
    darker = (face * 0.7).astype(np.uint8)
    before = write(tmp_path / "before.mp4", [face] * 4)
    now = write(tmp_path / "now.mp4", [face, face, darker, face])
    found = compare_clips(now, before)
    assert next(frame.index for frame in found.worst if frame.measure == "diff.de00_p95") == 2
    assert found.figures["diff.ssim_min"] < 0.97
    assert compare_clips(before, before).figures["diff.ssim"] == 1
    with pytest.raises(BadClip):
        compare_clips(now, tmp_path / "gone.mp4")
