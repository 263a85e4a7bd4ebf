from __future__ import annotations

import os
from pathlib import Path

from tryon.replay.unfinished import drop_unfinished, unfinished


def test_what_is_unfinished_has_a_hidden_name_beside_its_own(tmp_path: Path) -> None:
    path = unfinished(tmp_path / "a.mp4")
    assert path.parent == tmp_path
    assert path.name.startswith(".a.mp4.")
    assert str(os.getpid()) in path.name


def test_only_what_this_process_left_of_them_goes(tmp_path: Path) -> None:
    whole, half, gone = tmp_path / "a.mp4", tmp_path / "b.mp4", tmp_path / "c.mp4"
    whole.touch()
    unfinished(half).touch()
    others = tmp_path / f".b.mp4.{os.getpid() + 1}.partial"
    others.touch()
    unasked = unfinished(tmp_path / "d.mp4")
    unasked.touch()
    drop_unfinished([whole, half, gone])
    assert sorted(tmp_path.iterdir()) == sorted([whole, others, unasked])
