"""What clips a person means."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest

from tryon.errors import BadClip, TryOnError
from tryon.replay import sources
from tryon.replay.sources import Source, find_sources


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (
        "b/walk.mp4", "b/talk.MOV", "b/walk.mp4.truth.jsonl", "b/walk.mp4.toml", "b/notes.txt", "b/.hidden.mp4",
        "c/walk.mp4", "c/deep/walk.mp4",
        "shots/shot_9.png", "shots/shot_10.png", "shots/shot_0011.png", "shots/other.png", "shots/shot_x.png",
        "empty/readme.txt",
    ):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(*texts: str) -> list[str]:
    return [source.name for source in find_sources(texts)]


def test_a_file_is_a_clip_whatever_its_name(folder: Path) -> None:
    (source,) = find_sources(["b/notes.txt"])
    assert source == Source((folder / "b/notes.txt",), "notes.txt")
    assert source.path == folder / "b/notes.txt"
    assert not source.is_sequence
    assert pickle.loads(pickle.dumps(source)) == source  # noqa: S301 - our own bytes


def test_a_folder_gives_its_videos_by_name(folder: Path) -> None:
    assert names("b") == ["talk.MOV", "walk.mp4"]
    assert names(str(folder / "b") + os.sep) == ["talk.MOV", "walk.mp4"]


def test_a_glob_gives_its_videos(folder: Path) -> None:
    assert names("b/w*") == ["walk.mp4"]
    assert names("**/walk.mp4") == ["b/walk.mp4", "c/walk.mp4", "deep/walk.mp4"]


def test_clips_of_one_name_are_told_apart_by_their_folders(folder: Path) -> None:
    assert names("b/walk.mp4", "c/walk.mp4", "b/talk.MOV") == ["b/walk.mp4", "c/walk.mp4", "talk.MOV"]


def test_a_clip_named_twice_is_taken_once(folder: Path) -> None:
    assert names("b/walk.mp4", "b", "./b/w*") == ["walk.mp4", "talk.MOV"]


def test_a_name_with_magic_in_it_is_a_file_if_there_is_one(folder: Path) -> None:
    (folder / "a[1].mp4").write_bytes(b"")
    assert names("a[1].mp4") == ["a[1].mp4"]


def test_a_folder_of_pictures_is_one_sequence_in_the_order_of_its_numbers(folder: Path) -> None:
    (source,) = find_sources(["shots"], fps=24)
    assert [path.name for path in source.paths] == [
        "other.png", "shot_9.png", "shot_10.png", "shot_0011.png", "shot_x.png",
    ]  # fmt: skip
    assert (source.name, source.fps, source.path) == ("shots", 24, folder / "shots")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("shots/shot_%d.png", ["shot_9.png", "shot_10.png", "shot_0011.png"]),
        ("shots/shot_%04d.png", ["shot_0011.png"]),
        ("shots/shot_%02d.png", ["shot_10.png", "shot_0011.png"]),
        ("shots/shot_[0-9]*.png", ["shot_9.png", "shot_10.png", "shot_0011.png"]),
    ],
)
def test_a_pattern_is_a_sequence(folder: Path, pattern: str, expected: list[str]) -> None:
    (source,) = find_sources([pattern])
    assert [path.name for path in source.paths] == expected
    assert source.fps == 30


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("gone.mp4", "There is no clip at gone.mp4"),
        ("gone/*.mp4", "Nothing matches gone/"),
        ("b/*.toml", "No video is among"),
        ("shots/none_%d.png", "No picture matches"),
        ("gone/none_%d.png", "No picture matches"),
        ("empty", "neither videos nor pictures"),
    ],
)
def test_what_names_nothing_is_told_and_the_others_count(folder: Path, text: str, sentence: str) -> None:
    with pytest.raises(BadClip, match=sentence):
        find_sources([text])
    problems: list[TryOnError] = []
    assert [source.name for source in find_sources([text, "b/walk.mp4"], None, problems)] == ["walk.mp4"]
    assert len(problems) == 1


@pytest.mark.parametrize("fps", [0.0, -1.0, 1001.0, float("nan")])
def test_an_impossible_rate_is_refused(folder: Path, fps: float) -> None:
    with pytest.raises(BadClip, match="between 0 and 1000"):
        find_sources(["shots"], fps)


def test_thousands_of_clips_are_refused_at_the_limit(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "SOURCES_MAX", 2)
    assert len(find_sources(["b"])) == 2
    with pytest.raises(BadClip, match="More than 2 clips"):
        find_sources(["b", "c"])


def test_pictures_beyond_the_limit_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "PICTURES_MAX", 4)
    with pytest.raises(BadClip, match="more than 4 pictures"):
        find_sources(["shots"])


def test_a_checksum_is_of_every_byte_in_order(folder: Path) -> None:
    (one,), (other,) = find_sources(["shots/shot_%d.png"]), find_sources(["b/walk.mp4"])
    assert one.sha256() != other.sha256()
    before = one.sha256()
    (folder / "shots/shot_10.png").write_bytes(b"changed")
    assert one.sha256() != before
    (folder / "shots/shot_10.png").unlink()
    with pytest.raises(BadClip, match="cannot be read: no such file"):
        one.sha256()
