"""The folder of ``/qa``: what it takes, what it refuses, how things end."""

from __future__ import annotations

import hashlib
import os
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tryon.config import Settings
from tryon.errors import QaFull, QaGone, QaRefused, QaTooLarge
from tryon.qa.desk import shelf as module
from tryon.qa.desk.runs import Runs
from tryon.qa.desk.shelf import MB, Shelf, plain_name
from tryon.qa.desk.values import Clip, ClipKind, Probe

HOUR_MS = 3600 * 1000
PROBE = Probe(64, 48, 25.0, 10, 400.0)


class Clock:
    now_ms = 1_700_000_000_000

    def __call__(self) -> int:
        return self.now_ms


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shelf(tmp_path: Path, clock: Clock) -> Shelf:
    return Shelf(Settings(qa_dir=tmp_path / "qa", qa_clip_mb=1, qa_total_mb=3), clock_ms=clock)


def put(shelf: Shelf, name: str = "walk.mp4", kind: ClipKind = "upload", data: bytes = b"clip") -> Clip:
    upload = shelf.begin_upload(name, kind, len(data))
    upload.path.write_bytes(data)
    return shelf.keep_upload(upload, hashlib.sha256(data).hexdigest(), PROBE)


def test_a_kept_clip_is_there_for_everybody_and_for_this_user_alone(shelf: Shelf) -> None:
    clip = put(shelf)
    other = Shelf(shelf.settings, clock_ms=shelf.now_ms)
    assert other.clips() == [clip]
    assert other.clip(clip.id) == clip
    assert other.clip_file(clip).read_bytes() == b"clip"
    folders = [shelf.folder, *(path for path in shelf.folder.rglob("*") if path.is_dir())]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}
    assert list((shelf.folder / "incoming").iterdir()) == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("walk.mp4", "walk.mp4"),
        ("C:\\clips\\walk one.MOV", "walk one.MOV"),
        ("../../etc/passwd", "passwd"),
        ("a\x00b\n.mp4", "ab.mp4"),
        ("..", "clip"),
        ("", "clip"),
        ("x" * 400 + ".mp4", "x" * 100 + ".mp4"),
    ],
)
def test_names_are_kept_for_people_and_harmless(given: str, kept: str) -> None:
    assert plain_name(given) == kept


def test_a_clip_at_the_limit_is_taken_and_one_beyond_is_not(shelf: Shelf) -> None:
    put(shelf, data=bytes(MB))
    with pytest.raises(QaTooLarge, match="at most 1 MB"):
        shelf.begin_upload("a.mp4", "upload", MB + 1)
    with pytest.raises(QaRefused, match="empty"):
        shelf.begin_upload("a.mp4", "upload", 0)


def test_room_is_bounded_in_all_and_uploads_under_way_count(shelf: Shelf) -> None:
    put(shelf, data=bytes(MB))
    under_way = shelf.begin_upload("a.mp4", "upload", MB)
    with pytest.raises(QaFull, match="QA may fill 3 MB"):
        shelf.begin_upload("b.mp4", "upload", MB)
    shelf.drop_upload(under_way)
    shelf.begin_upload("b.mp4", "upload", MB)


def test_some_of_the_disk_stays_free(tmp_path: Path) -> None:
    free = module.SPARE_BYTES + 100
    shelf = Shelf(Settings(qa_dir=tmp_path), free=lambda _: free)
    shelf.drop_upload(shelf.begin_upload("a.mp4", "upload", 100))
    with pytest.raises(QaFull, match="nearly full"):
        shelf.begin_upload("a.mp4", "upload", 101)


@contextmanager
def short_of_room() -> Iterator[None]:
    """The system refuses files beyond 1000 bytes, as a full disk refuses any; no longer than the body takes, or the
    test's own report could not be written to a file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_told_and_leaves_nothing(shelf: Shelf) -> None:
    with short_of_room():
        with pytest.raises(QaFull, match="disk is full"):
            shelf.begin_upload("a.mp4", "upload", 2000)
        assert list((shelf.folder / "incoming").iterdir()) == []
        assert put(shelf).name == "walk.mp4"


def test_uploads_and_clips_are_bounded_in_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf(Settings(qa_dir=tmp_path))
    for _ in range(module.UPLOADS_MAX):
        shelf.begin_upload("a.mp4", "upload", 1)
    with pytest.raises(QaRefused, match="under way"):
        shelf.begin_upload("a.mp4", "upload", 1)
    monkeypatch.setattr(module, "CLIPS_MAX", 0)
    with pytest.raises(QaFull, match="delete one"):
        shelf.begin_upload("a.mp4", "upload", 1)


def test_what_has_expired_is_not_given_out_even_before_it_is_swept(shelf: Shelf, clock: Clock) -> None:
    upload, recording = put(shelf), put(shelf, "me.webm", "recording")
    assert recording.expires_ms - clock.now_ms == 24 * HOUR_MS
    clock.now_ms += 24 * HOUR_MS - 1
    assert {clip.id for clip in shelf.clips()} == {upload.id, recording.id}
    clock.now_ms += 1
    assert shelf.clips() == [upload]
    for refused in (shelf.clip, shelf.extend, shelf.delete_clip):
        with pytest.raises(QaGone):
            refused(recording.id)
    clock.now_ms = upload.expires_ms
    assert shelf.clips() == []


def test_the_sweeper_removes_files_and_tells_of_runs_for_a_day(shelf: Shelf, clock: Clock) -> None:
    clip = put(shelf, "me.webm", "recording", b"a face")
    run = Runs(shelf).submit(clip.id, ["gold"], "default", None)
    assert shelf.sweep() == 0
    clock.now_ms = clip.expires_ms
    assert shelf.sweep() == 1
    assert list(shelf.clips_folder.rglob("*")) == []
    assert b"a face" not in b"".join(path.read_bytes() for path in shelf.folder.rglob("*") if path.is_file())
    (stone,) = shelf.tombstones()
    assert (stone.id, stone.name, stone.looks) == (run.order.id, "me.webm", ("gold",))
    clock.now_ms += module.TOMBSTONE_MS + 1
    shelf.sweep()
    assert shelf.tombstones() == []
    assert list(shelf.trash.iterdir()) == []


def test_the_sweeper_removes_uploads_of_dead_processes_and_no_others(shelf: Shelf) -> None:
    dead, alive = (shelf.begin_upload("a.mp4", "upload", 10) for _ in range(2))
    before_s = dead.path.stat().st_mtime - module.STALE_UPLOAD_S - 1
    os.utime(dead.path, (before_s, before_s))
    os.utime(dead.folder, (before_s, before_s))
    shelf.sweep()
    assert not dead.folder.exists()
    assert alive.path.exists()


def test_an_upload_can_be_given_its_time_again_and_a_recording_cannot(shelf: Shelf, clock: Clock) -> None:
    upload, recording = put(shelf), put(shelf, "me.webm", "recording")
    clock.now_ms += HOUR_MS
    assert shelf.extend(upload.id).expires_ms == upload.expires_ms + HOUR_MS
    assert shelf.clip(upload.id).expires_ms == upload.expires_ms + HOUR_MS
    with pytest.raises(QaRefused, match="record again"):
        shelf.extend(recording.id)


def test_deleting_a_clip_leaves_no_byte_of_it(shelf: Shelf) -> None:
    clip = put(shelf, data=b"a face")
    run = Runs(shelf).submit(clip.id, ["gold"], "none", None)
    (Runs(shelf).folder(run.order) / "out").mkdir()
    (Runs(shelf).folder(run.order) / "out" / "dressed.mp4").write_bytes(b"a face")
    shelf.delete_clip(clip.id)
    assert not any(path.is_file() for path in shelf.folder.rglob("*") if path.name != "lock")
    with pytest.raises(QaGone):
        shelf.delete_clip(clip.id)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"id": "x"}'])
def test_a_description_that_is_not_ours_is_no_clip(shelf: Shelf, text: str) -> None:
    clip = put(shelf)
    (shelf.clip_folder(clip) / "clip.json").write_text(text, "utf-8")
    assert shelf.clips() == []
    with pytest.raises(QaGone):
        shelf.clip(clip.id)


@pytest.mark.parametrize("clip_id", ["", "..", "../../x", "0" * 15, "g" * 16])
def test_an_id_is_never_a_path(shelf: Shelf, clip_id: str) -> None:
    with pytest.raises(QaGone):
        shelf.clip(clip_id)
