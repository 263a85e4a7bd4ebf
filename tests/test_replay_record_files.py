"""Records on the disk: whole or not there, in each form the same content."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tryon.errors import BadRecords
from tryon.replay.record_files import RecordsWriter
from tryon.replay.records import (
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
)

POSE = PoseRecord(1.5, -2.0, 0.0, (1.0, 2.0, 600.0), 0.7)
FACE = FaceRecord(
    1,
    0.99,
    3,
    POSE,
    POSE,
    1.01,
    0.04,
    0.5,
    61.0,
    {"nasion": AnchorRecord((1.0, 2.0), (1.5, 2.5), (3.0, 4.0, 5.0))},
)
TAKE = Take(
    TakeRecord("0.1.0", ClipRecord("a.mp4", "00", 640, 480, 640, 480, 30.0, 2, None), "x", {"max_faces": 2}),
    (
        FrameRecord(
            0, 0.0, 640, 480, (FACE,), ("too_dark",), (1.0, 0.9, 0.8), 0.3, (1, 2, 3, 4),
            {"cheeks": RegionRecord((1.0, 2.0, 3.0), (4.0, 5.0, 6.0))}, {"leak.px": 0.0}, "00ff",
        ),
        FrameRecord(1, 33.333, 640, 480, dropped=True),
    ),
    EndRecord(2, "the clip breaks off"),
    (TimesRecord(0, {"decode": 1.5}), TimesRecord(1, {})),
)  # fmt: skip


def write(path: Path) -> None:
    with RecordsWriter(path) as writer:
        writer.put(TAKE.head)
        for frame, times in zip(TAKE.frames, TAKE.times, strict=True):
            writer.put(frame, times)
            assert not path.exists()
        writer.put(TAKE.end)
    writer.close()
    writer.abandon()


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_lines_come_back(tmp_path: Path, name: str) -> None:
    write(tmp_path / name)
    assert list(read_takes(tmp_path / name)) == [TAKE]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, "a.times.jsonl"])


def test_packed_lines_hold_no_name_and_no_time(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write(tmp_path / f"{name}.jsonl.gz")
        write(tmp_path / f"{name}.jsonl")
    packed = (tmp_path / "a.jsonl.gz").read_bytes()
    assert packed == (tmp_path / "b.jsonl.gz").read_bytes()
    assert packed[4:8] == bytes(4)
    assert gzip.decompress(packed) == (tmp_path / "a.jsonl").read_bytes()


@pytest.mark.parametrize("cut", [30, -4])
def test_packed_lines_that_were_cut_are_told(tmp_path: Path, cut: int) -> None:
    write(tmp_path / "a.jsonl.gz")
    (tmp_path / "a.jsonl.gz").write_bytes((tmp_path / "a.jsonl.gz").read_bytes()[:cut])
    with pytest.raises(BadRecords, match="breaks off"):
        list(read_takes(tmp_path / "a.jsonl.gz"))


def test_packed_lines_that_were_bent_are_told(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl.gz")
    bent = bytearray((tmp_path / "a.jsonl.gz").read_bytes())
    bent[40:60] = bytes(20)
    (tmp_path / "a.jsonl.gz").write_bytes(bent)
    with pytest.raises(BadRecords, match=r"cannot be read|breaks off|no line"):
        list(read_takes(tmp_path / "a.jsonl.gz"))


def test_a_table_has_a_row_a_frame_and_the_rest_on_the_side(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra 'parquet' is not installed")
    write(tmp_path / "a.parquet")
    table = parquet.read_table(tmp_path / "a.parquet")
    rows = table.to_pylist()
    assert [row["index"] for row in rows] == [0, 1]
    assert rows[0]["faces"][0]["pose"] == as_json(TAKE.frames[0])["faces"][0]["pose"]
    assert dict(rows[0]["faces"][0]["anchors"])["nasion"]["mm"] == [3.0, 4.0, 5.0]
    assert dict(rows[0]["pixels"]) == {"leak.px": 0.0}
    assert rows[0]["dirty"] == [1, 2, 3, 4]
    assert rows[1]["dropped"]
    assert rows[1]["faces"] == []
    assert rows[1]["light_white"] is None
    facts = table.schema.metadata or parquet.read_metadata(tmp_path / "a.parquet").metadata
    assert json.loads(facts[b"tryon.take"]) == as_json(TAKE.head)
    assert json.loads(facts[b"tryon.end"]) == as_json(TAKE.end)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.parquet", "a.times.jsonl"]


def test_a_table_names_every_field_of_a_frame() -> None:
    pytest.importorskip("pyarrow", reason="the extra 'parquet' is not installed")
    from tryon.replay.parquet import SCHEMA

    assert SCHEMA.names == [name for name in as_json(TAKE.frames[0]) if name != "kind"]
    face = SCHEMA.field("faces").type.value_type
    assert [field.name for field in face] == list(as_json(TAKE.frames[0])["faces"][0])


def test_a_table_longer_than_a_group_is_whole(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra 'parquet' is not installed")
    from tryon.replay.parquet import ROWS_A_GROUP

    with RecordsWriter(tmp_path / "a.parquet") as writer:
        for index in range(ROWS_A_GROUP + 1):
            writer.put(FrameRecord(index, index * 33.0, 640, 480))
    table = parquet.read_table(tmp_path / "a.parquet")
    assert table.column("index").to_pylist() == list(range(ROWS_A_GROUP + 1))


def test_without_pyarrow_a_sentence_tells_both_ways_out(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "from pathlib import Path\nfrom tryon.errors import ConfigError\n"
        "from tryon.replay.record_files import RecordsWriter\n"
        "try: RecordsWriter(Path(sys.argv[1]))\n"
        "except ConfigError as error: print(error.sentence)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "a.parquet"], capture_output=True, text=True, check=True
    )
    assert "pip install 'tryon[parquet]'" in ran.stdout
    assert ".jsonl" in ran.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a.csv", "a", "a.gz", "a.json", "jsonl"])
def test_other_endings_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadRecords, match=r"\.jsonl, \.jsonl\.gz, \.parquet"):
        RecordsWriter(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_an_error_on_the_way_leaves_the_old_files(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def broken() -> None:
        with RecordsWriter(tmp_path / "a.jsonl") as writer:
            writer.put(TAKE.head)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("ending", [".jsonl", ".jsonl.gz", ".parquet"])
def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path, ending: str) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    if ending == ".parquet":
        pytest.importorskip("pyarrow", reason="the extra 'parquet' is not installed")
    path = tmp_path / f"a{ending}"
    (tmp_path / f".{path.name}.{os.getpid()}.partial").symlink_to("/dev/full")
    with pytest.raises(BadRecords, match="cannot be written: no space left"):
        write(path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadRecords, match="cannot be written: no such file"):
        RecordsWriter(tmp_path / "gone" / "a.jsonl")
