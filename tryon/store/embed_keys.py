"""The keys that embed tokens are signed with: a file of the store's folder, made when the first token is.

The newest key signs. The one before it still verifies until the tokens that it signed have run out, so that changing
keys disturbs nobody. Several processes share the file; several machines that serve one shop have to share it, too.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tryon.errors import ConfigError
from tryon.store.blobs import PRIVATE, disk_faults_named

KEYS_FILE: Final = "embed-keys.json"
_KEY_BYTES: Final = 32
# A key that nobody changed by hand is changed by itself.
ROTATE_MS: Final = 30 * 24 * 3600 * 1000
# Longer than any token lives, with room for clocks that differ.
VERIFY_MS: Final = 24 * 3600 * 1000
_MODE: Final = 0o600
_HEX: Final = re.compile(r"[0-9a-f]+")


@dataclass(frozen=True, slots=True)
class Key:
    """``secret`` is random; ``id`` names it in tokens."""

    id: str
    secret: bytes
    made_ms: int


class EmbedKeys:
    """The keys in ``folder``. Safe for use from several threads and processes."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / KEYS_FILE
        self._seen: tuple[int, int] | None = None
        self._keys: tuple[Key, ...] = ()

    def newest(self, now_ms: int) -> Key:
        """The one to sign with; made where none is young enough. Raises ConfigError, StoreDown."""
        keys = self._read()
        if keys and now_ms - keys[0].made_ms < ROTATE_MS:
            return keys[0]
        with self._alone():
            keys = self._read()
            if keys and now_ms - keys[0].made_ms < ROTATE_MS:
                return keys[0]
            made = _new(now_ms)
            self._write((made, *keys[:1]))
            return made

    def named(self, key_id: str, now_ms: int) -> Key | None:
        """The key of that name, while it verifies."""
        keys = self._read()
        for number, key in enumerate(keys):
            followed_ms = keys[number - 1].made_ms if number else now_ms
            if key.id == key_id and now_ms - followed_ms < VERIFY_MS:
                return key
        return None

    def renew(self, now_ms: int) -> Key:
        """A new key, and no other: every token that is out is refused from now on."""
        with self._alone():
            made = _new(now_ms)
            self._write((made,))
            return made

    def _read(self) -> tuple[Key, ...]:
        """The newest first; read again only where another process has written."""
        try:
            state = self._path.stat()
        except OSError:
            return ()
        seen = (state.st_mtime_ns, state.st_ino)
        if seen != self._seen:
            try:
                told = json.loads(self._path.read_bytes())["keys"]
                keys = tuple(
                    Key(one["id"], bytes.fromhex(one["secret"]), int(one["made_ms"])) for one in told
                )
                sound = all(_HEX.fullmatch(key.id) and len(key.secret) == _KEY_BYTES for key in keys)
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise self._damaged() from error
            if not sound:
                raise self._damaged()
            self._seen, self._keys = seen, keys
        return self._keys

    def _damaged(self) -> ConfigError:
        return ConfigError(
            f"{KEYS_FILE} in the store's folder cannot be read; delete it, and a new one is made.",
            setting="store_dir",
        )

    def _write(self, keys: tuple[Key, ...]) -> None:
        told = [{"id": key.id, "secret": key.secret.hex(), "made_ms": key.made_ms} for key in keys]
        half = self._path.with_name(f".{KEYS_FILE}.{secrets.token_hex(4)}")
        with disk_faults_named():
            handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
            with os.fdopen(handle, "w") as file:
                json.dump({"keys": told}, file)
                file.flush()
                os.fsync(file.fileno())
            half.replace(self._path)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with disk_faults_named():
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE)
            lock = self._path.with_name(f"{KEYS_FILE}.lock").open("a")
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _new(now_ms: int) -> Key:
    return Key(secrets.token_hex(4), secrets.token_bytes(_KEY_BYTES), now_ms)
