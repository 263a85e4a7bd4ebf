"""The truth beside a clip reads back as it was written, and what is none is refused with its file and line."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tryon.errors import BadRecords
from tryon.replay import truth
from tryon.replay.truth import ClipTruth, TrueFrame, TruePose, TruthHead, read_truth, truth_path, write_truth

HEAD = TruthHead(
    kind="truth",
    clip="walk.mp4",
    width_px=640,
    height_px=480,
    fov_deg=63.0,
    fps=30.0,
    pd_mm=63.0,
    iris_mm=11.7,
    motion="yaw",
    noise=2.0,
    light="neutral",
    white=(1.0, 1.0, 1.0),
    exposure=1.0,
    ita_deg=40.0,
    quality="crf",
    seed=1,
    portrait="astronaut.png",
    version="0.1.0",
)
POSE = TruePose(1.0, 2.0, 3.0, (0.0, -20.0, 600.0))
FRAMES = tuple(
    TrueFrame(index, index * 1000 / 30, visible=index != 1, pose=POSE, anchors_px={"nasion": (320.5, 200.25)})
    for index in range(3)
)

number = st.floats(-1e4, 1e4, allow_nan=False)


@given(
    st.lists(
        st.builds(TruePose, number, number, number, st.tuples(number, number, number)),
        max_size=5,
    )
)
def test_what_was_written_reads_back(tmp_path_factory: pytest.TempPathFactory, poses: list[TruePose]) -> None:
    clip = tmp_path_factory.mktemp("truth") / "walk.mp4"
    frames = tuple(TrueFrame(index, index * 33.3, True, pose) for index, pose in enumerate(poses))
    assert write_truth(clip, HEAD, frames) == truth_path(clip)
    assert read_truth(clip) == ClipTruth(HEAD, frames)


def test_a_clip_without_truth_has_none(tmp_path: Path) -> None:
    assert read_truth(tmp_path / "walk.mp4") is None


def test_frames_are_found_by_their_number() -> None:
    whole = ClipTruth(HEAD, FRAMES)
    assert whole.at(2) == FRAMES[2]
    assert whole.at(3) is None
    assert whole.at(-1) is None


def lines(clip: Path) -> list[bytes]:
    write_truth(clip, HEAD, FRAMES)
    return truth_path(clip).read_bytes().splitlines(keepends=True)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda rows: [], "walk.mp4.truth.jsonl is empty"),
        (lambda rows: rows[1:], "line 1: kind field required"),
        (lambda rows: [rows[0].replace(b'"schema":1', b'"schema":9')], "format 9, this version reads format 1"),
        (lambda rows: [rows[0], rows[2]], "line 2: frame 1 stands where frame 0 belongs"),
        (lambda rows: [*rows[:2], rows[2].replace(b'"yaw_deg":1.0', b'"yaw_deg":"left"')], "line 3: pose.yaw_deg"),
        (lambda rows: [*rows[:3], rows[3][:40]], "line 4: invalid json"),
        (lambda rows: [rows[0], b'{"index": 0, "padding": "' + b"x" * 20_000 + b'"}\n'], "line 2: invalid json"),
        (lambda rows: [rows[0], rows[1].replace(b'"visible"', b'"vizible"')], "line 2: "),
        (lambda rows: [b"\xff\xfe\x00" * 10], "line 1: "),
    ],
)  # fmt: skip
def test_what_is_no_truth_is_refused(tmp_path: Path, change: object, sentence: str) -> None:
    clip = tmp_path / "walk.mp4"
    assert callable(change)
    truth_path(clip).write_bytes(b"".join(change(lines(clip))))
    with pytest.raises(BadRecords, match=sentence):
        read_truth(clip)


def test_frames_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clip = tmp_path / "walk.mp4"
    lines(clip)
    monkeypatch.setattr(truth, "FRAMES_MAX", 3)
    assert read_truth(clip) is not None
    monkeypatch.setattr(truth, "FRAMES_MAX", 2)
    with pytest.raises(BadRecords, match="more than 2 frames"):
        read_truth(clip)


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    clip = tmp_path / "walk.mp4"
    truth_path(clip).mkdir()
    with pytest.raises(BadRecords, match="cannot be read: is a directory"):
        read_truth(clip)
    with pytest.raises(BadRecords, match="cannot be written: is a directory"):
        write_truth(clip, HEAD, FRAMES)
    assert [path.name for path in tmp_path.iterdir()] == ["walk.mp4.truth.jsonl"], (
        "nothing half-written is left"
    )


def test_it_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    clip = tmp_path / "walk.mp4"
    before = b"".join(lines(clip))

    def broken() -> object:
        yield FRAMES[0]
        raise OSError(28, "No space left on device")

    with pytest.raises(BadRecords, match="no space left"):
        write_truth(clip, dataclasses.replace(HEAD, seed=2), broken())  # type: ignore[arg-type]
    assert truth_path(clip).read_bytes() == before
