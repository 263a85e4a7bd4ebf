"""Records: the same values back, the same bytes again, and a sentence for what is no record."""

from __future__ import annotations

from pathlib import Path

import pytest

from tryon.errors import BadRecords
from tryon.replay.records import (
    LINE_BYTES_MAX,
    SCHEMA,
    AnchorRecord,
    ClipRecord,
    EndRecord,
    FaceRecord,
    FrameRecord,
    PoseRecord,
    RegionRecord,
    Take,
    TakeRecord,
    TimesRecord,
    as_json,
    read_takes,
    times_path,
    to_line,
    write_takes,
)

CLIP = ClipRecord("walk.mp4", "ab" * 32, 640, 480, 1280, 960, 30.0, 2, 66.7)
HEAD = TakeRecord("0.1.0", CLIP, "aviator-gold", {"horizontal_fov_deg": 63.0}, tags=("dark_skin",))
POSE = PoseRecord(1.5, -2.0, 0.25, (1.0, 2.0, 600.0), 0.4)
FACE = FaceRecord(
    track=1,
    confidence=0.98,
    frames_tracked=7,
    pose=POSE,
    raw_pose=POSE,
    scale=1.01,
    scale_sigma=0.02,
    px_per_mm=0.9,
    interpupillary_px=57.0,
    anchors={"bridge": AnchorRecord((320.0, 200.5), (320.25, 200.0), (0.0, -10.0, 590.0))},
)
FRAME = FrameRecord(
    index=0,
    t_ms=0.0,
    width_px=640,
    height_px=480,
    faces=(FACE,),
    hints=("too_dark",),
    light_white=(0.5, 0.5, 0.4),
    light_skin=0.2,
    dirty=(1, 2, 3, 4),
    regions={"lips": RegionRecord((50.0, 20.0, 10.0), (45.0, 40.0, 12.0))},
    pixels={"leak_px": 0.0},
    picture="9f" * 16,
)
EMPTY = FrameRecord(index=1, t_ms=33.3, width_px=640, height_px=480)
TAKE = Take(HEAD, (FRAME, EMPTY), EndRecord(2), (TimesRecord(0, {"perceive": 1.5}), TimesRecord(1, {})))


def test_what_was_written_is_read_back_and_writes_the_same_bytes(tmp_path: Path) -> None:
    second = Take(HEAD, (EMPTY,), EndRecord(1, warning="cut"), (TimesRecord(0, {"perceive": 2.0}),))
    path = tmp_path / "worn.jsonl"
    write_takes(path, [TAKE, second])
    assert list(read_takes(path)) == [TAKE, second]
    first_bytes = path.read_bytes()
    write_takes(path, read_takes_all(path))
    assert path.read_bytes() == first_bytes
    assert b'"ms"' not in first_bytes, "clocks have no place in the records"


def read_takes_all(path: Path) -> list[Take]:
    return list(read_takes(path))


def test_records_without_times_are_read(tmp_path: Path) -> None:
    path = tmp_path / "worn.jsonl"
    write_takes(path, [TAKE])
    times_path(path).unlink()
    assert read_takes_all(path) == [Take(HEAD, TAKE.frames, TAKE.end)]


def test_every_line_says_first_what_it_is() -> None:
    for record, kind in ((HEAD, b"take"), (FRAME, b"frame"), (EndRecord(2), b"end")):
        line = to_line(record)
        assert line.startswith(b'{"kind":"' + kind)
        assert line.count(b"\n") == 1
        assert line.endswith(b"\n")
    assert as_json(EMPTY)["t_ms"] == 33.3


def test_a_take_is_named_by_clip_and_look() -> None:
    assert TAKE.key == HEAD.key == "walk.mp4 × aviator-gold"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"not json\n", "line 1, is no line"),
        (b"{}\n", "line 1"),
        (b'{"kind":"cake"}\n', "line 1"),
        (to_line(FRAME), "line 1: a 'frame' line does not belong here"),
        (to_line(EndRecord(1)), "line 1: a 'end' line does not belong here"),
        (to_line(HEAD) + to_line(HEAD), "line 2: a 'take' line does not belong here"),
        (to_line(HEAD) + to_line(FRAME), "breaks off inside walk.mp4 × aviator-gold"),
        (to_line(HEAD) + to_line(FRAME)[:-20], "line 2, is no line"),
        (to_line(HEAD).replace(b'"schema":1', b'"schema":99'), "format 99"),
        (b'{"kind":"end","frames":1,"more":1}\n', "more"),
        (b'"' + b"x" * LINE_BYTES_MAX + b'"\n', "line 1"),
    ],
)
def test_what_is_no_record_is_refused_by_its_line(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "worn.jsonl"
    path.write_bytes(content)
    with pytest.raises(BadRecords, match=complaint):
        read_takes_all(path)


def test_broken_times_and_missing_files_are_named(tmp_path: Path) -> None:
    path = tmp_path / "worn.jsonl"
    with pytest.raises(BadRecords, match="cannot be read: no such file"):
        read_takes_all(path)
    write_takes(path, [TAKE])
    times_path(path).write_bytes(b'{"index":0}\n')
    with pytest.raises(BadRecords, match=r"worn\.times\.jsonl, line 1: ms field required"):
        read_takes_all(path)


def test_the_format_is_the_first() -> None:
    assert SCHEMA == 1
