"""The contact sheet of anybody's own recordings."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tryon.errors import BadClip, BadLook
from tryon.looks import LookBook
from tryon.replay import people_sheet
from tryon.replay.body_poses import POSES
from tryon.replay.people_sheet import GARMENTS, HEADING_PX, TILE_PX, looks_of, main, named, takes, tile
from tryon.resources import portrait


def test_the_garments_of_the_house_are_six_with_and_without_long_sleeves(book: LookBook) -> None:
    looks = looks_of(book, GARMENTS)
    assert list(looks) == ["bare", *GARMENTS]
    assert {overlay.long for look in looks.values() for overlay in look.overlays} == {True, False}  # type: ignore[attr-defined]


def test_what_is_no_garment_is_refused(book: LookBook) -> None:
    with pytest.raises(BadLook, match="velvet-lipstick is no garment"):
        looks_of(book, ["velvet-lipstick"])


def test_a_person_is_a_file_or_a_folder_of_files(tmp_path: Path) -> None:
    for name in ("b.MP4", "a.jpg", "notes.txt"):
        (tmp_path / name).touch()
    assert [file.name for file in takes(tmp_path)] == ["a.jpg", "b.MP4"]
    assert takes(tmp_path / "notes.txt") == [tmp_path / "notes.txt"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadClip, match="no clip and no picture"):
        takes(tmp_path / "empty")
    with pytest.raises(BadClip, match="nothing at"):
        takes(tmp_path / "absent")
    assert list(named([tmp_path, tmp_path / "a.jpg"])) == [tmp_path.name, "a"]
    with pytest.raises(BadClip, match="Two people are called a;"):
        named([tmp_path / "a.jpg", tmp_path / "a.jpg"])


def test_a_tile_keeps_its_pictures_shape() -> None:
    made = tile(np.zeros((240, 320, 3), np.uint8), "")
    assert made.shape == (TILE_PX + HEADING_PX, TILE_PX, 3)
    rows = np.flatnonzero((made == 0).all(axis=(1, 2)))
    assert len(rows) == pytest.approx(TILE_PX * 0.75, abs=2)
    assert (tile(None, "") == 235).all()


def test_a_picture_is_worn_in_its_own_pose_and_what_is_missing_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(people_sheet, "FRAMES", 10)
    out = tmp_path / "out"
    main([str(out), str(portrait()), "--garment", "oxford-shirt", "--cells"])
    said = capsys.readouterr().err.splitlines()
    cells = sorted(out.glob("*.png"))
    poses = {cell.stem.split("-")[1] for cell in cells}
    assert 1 <= len(poses) < len(POSES)
    assert len(said) == len(POSES) - len(poses)
    bare, worn = (cv2.imread(str(cell)) for cell in cells[:2])
    assert (np.abs(worn.astype(int) - bare).max(axis=-1)[300:] > 12).mean() > 0.3
    sheet = cv2.imread(str(out / "people.jpg"))
    assert sheet.shape == (len(POSES) * (TILE_PX + HEADING_PX), 2 * TILE_PX, 3)


def test_a_wrong_name_is_told_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([str(tmp_path / "out"), str(tmp_path / "absent.mp4")])
    assert "There is nothing at" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
