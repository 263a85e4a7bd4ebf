"""Keys of embed tokens: made once, changed in time, shared by processes, private."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from tryon.errors import ConfigError
from tryon.store.embed_keys import KEYS_FILE, ROTATE_MS, VERIFY_MS, EmbedKeys, Key

NOW_MS = 1_800_000_000_000


def test_the_first_use_makes_a_key_that_stays(tmp_path: Path) -> None:
    made = EmbedKeys(tmp_path / "store").newest(NOW_MS)
    again = EmbedKeys(tmp_path / "store")
    assert again.newest(NOW_MS + ROTATE_MS - 1) == made
    assert again.named(made.id, NOW_MS) == made
    assert len(made.secret) == 32
    file = tmp_path / "store" / KEYS_FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_key_that_is_old_is_followed_by_another_and_still_verifies_for_a_day(tmp_path: Path) -> None:
    keys = EmbedKeys(tmp_path)
    first = keys.newest(NOW_MS)
    later_ms = NOW_MS + ROTATE_MS
    second = keys.newest(later_ms)
    assert second.id != first.id
    assert keys.named(first.id, later_ms + VERIFY_MS - 1) == first
    assert keys.named(first.id, later_ms + VERIFY_MS) is None
    third = keys.newest(later_ms + ROTATE_MS)
    assert keys.named(first.id, later_ms + ROTATE_MS) is None
    assert keys.named(second.id, later_ms + ROTATE_MS) == second
    assert keys.named(third.id, later_ms + ROTATE_MS) == third


def test_a_new_key_by_hand_ends_the_others_in_every_process(tmp_path: Path) -> None:
    here, there = EmbedKeys(tmp_path), EmbedKeys(tmp_path)
    old = here.newest(NOW_MS)
    assert there.named(old.id, NOW_MS) == old
    new = here.renew(NOW_MS)
    assert there.named(old.id, NOW_MS) is None
    assert there.newest(NOW_MS) == new


def test_whoever_comes_first_makes_the_only_key(tmp_path: Path) -> None:
    made: list[Key] = []
    began = threading.Barrier(6)

    def make() -> None:
        keys = EmbedKeys(tmp_path)
        began.wait(10)
        made.append(keys.newest(NOW_MS))

    threads = [threading.Thread(target=make) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(made) == 6
    assert len({key.id for key in made}) == 1


@pytest.mark.parametrize("text", ["", "{}", '{"keys": [{"id": "ab", "secret": "00", "made_ms": 1}]}', "[1]"])
def test_a_damaged_file_is_told_with_a_way_on(tmp_path: Path, text: str) -> None:
    (tmp_path / KEYS_FILE).write_text(text)
    with pytest.raises(ConfigError, match="delete it"):
        EmbedKeys(tmp_path).newest(NOW_MS)
