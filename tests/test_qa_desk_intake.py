"""What becomes of an uploaded file: a clip with its picture, or a sentence."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from tryon.config import Settings
from tryon.errors import BadClip
from tryon.frame import U8
from tryon.qa.desk.intake import POSTER, lacks_index, look, look_at
from tryon.qa.desk.shelf import Shelf, Upload
from tryon.qa.desk.values import Probe
from tryon.replay.clip import ClipWriter


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("clips") / "clip.mp4"
    rng = np.random.default_rng(1)
    with ClipWriter(path, 640, 360, 25) as writer:
        for number in range(40):
            picture: U8 = rng.integers(0, 255, (360, 640, 3), np.uint8)
            picture[:, :, 0] = 6 * number
            writer.write(picture, number * 40)
    return path.read_bytes()


def begin(tmp_path: Path, data: bytes, name: str = "walk.mp4") -> tuple[Upload, Settings]:
    settings = Settings(qa_dir=tmp_path / "qa")
    upload = Shelf(settings).begin_upload(name, "upload", max(1, len(data)))
    upload.path.write_bytes(data)
    return upload, settings


def test_a_clip_is_counted_and_pictured(tmp_path: Path, clip: bytes) -> None:
    upload, settings = begin(tmp_path, clip)
    probe = look_at(upload, settings)
    assert probe == Probe(640, 360, 25.0, 40, 1600.0, None)
    poster = cv2.imread(str(upload.folder / POSTER))
    assert poster is not None
    assert poster.shape == (180, 320, 3)


@pytest.mark.parametrize(
    ("name", "part", "sentence"),
    [
        ("noise.mp4", b"nonsense" * 1000, "noise.mp4 is not a video"),
        ("letter.txt", b"Dear reader,\n" * 100, "letter.txt is not a video"),
        ("list.m3u8", b"#EXTM3U\n#EXTINF:1,\nother.mp4\n", "list.m3u8 is a list of other files"),
        ("list.mp4", b"ffconcat version 1.0\nfile other.mp4\n", "list.mp4 is a list of other files"),
        ("cut.mp4", 0.7, "cut.mp4 was cut"),
        ("head.mp4", 0.0002, "head.mp4 was cut"),
    ],
)
def test_what_is_no_whole_clip_is_refused_by_its_own_name(
    tmp_path: Path, clip: bytes, name: str, part: bytes | float, sentence: str
) -> None:
    data = part if isinstance(part, bytes) else clip[: max(24, int(len(clip) * part))]
    upload, _ = begin(tmp_path, data, name)
    said = look({"path": str(upload.path), "name": name})
    assert isinstance(said, str)
    assert said.startswith(sentence)
    assert "clip." not in said.replace(name, "")
    assert str(tmp_path) not in said


def test_the_sentence_comes_out_of_the_process(tmp_path: Path) -> None:
    upload, settings = begin(tmp_path, b"nonsense" * 100, "noise.mp4")
    with pytest.raises(BadClip, match=r"^noise\.mp4 is not a video"):
        look_at(upload, settings)


def test_a_clip_that_breaks_off_in_the_middle_is_refused(tmp_path: Path, clip: bytes) -> None:
    whole = _index_first(clip)
    upload, _ = begin(tmp_path, whole[: len(whole) // 2])
    said = look({"path": str(upload.path), "name": "walk.mp4"})
    assert isinstance(said, str)
    assert said.startswith("walk.mp4 breaks off after")
    assert said.endswith("it was cut. Upload the whole file.")
    upload.path.write_bytes(whole)
    assert isinstance(look({"path": str(upload.path), "name": "walk.mp4"}), dict)


def _index_first(data: bytes) -> bytes:
    """An MP4 with its ``moov`` before its ``mdat``, the chunks' places moved along."""
    boxes = []
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        boxes.append((data[at + 4 : at + 8], data[at : at + size]))
        at += size
    moov = bytearray(next(box for kind, box in boxes if kind == b"moov"))
    table = moov.index(b"stco")
    count = int.from_bytes(moov[table + 8 : table + 12], "big")
    behind = next(number for number, (kind, _) in enumerate(boxes) if kind == b"moov")
    shift = len(moov) if any(kind == b"mdat" for kind, _ in boxes[:behind]) else 0
    for number in range(count):
        place = table + 12 + 4 * number
        offset = int.from_bytes(moov[place : place + 4], "big") + shift
        moov[place : place + 4] = offset.to_bytes(4, "big")
    rest = [box for kind, box in boxes if kind not in (b"moov", b"ftyp")]
    return b"".join([boxes[0][1], bytes(moov), *rest])


def test_a_file_that_takes_for_ever_is_given_up(tmp_path: Path, clip: bytes) -> None:
    upload, settings = begin(tmp_path, clip)
    with pytest.raises(BadClip, match="could not be read within"):
        look_at(upload, settings, lambda _: [sys.executable, "-c", "import time; time.sleep(60)"], kill_s=0.5)


def test_a_file_that_kills_its_reader_is_refused(tmp_path: Path, clip: bytes) -> None:
    upload, settings = begin(tmp_path, clip)
    with pytest.raises(BadClip, match="breaks what reads videos"):
        look_at(upload, settings, lambda _: [sys.executable, "-c", "import os; os.abort()"])


def test_only_mp4_is_searched_for_its_index(tmp_path: Path, clip: bytes) -> None:
    path = tmp_path / "clip"
    for data, cut in ((clip, False), (clip[:-40], True), (b"RIFF" + bytes(100), False), (b"", False)):
        path.write_bytes(data)
        assert lacks_index(path) is cut
