"""The folder of ``/qa``: clips with all that was made of them, for this user alone, and until they expire.

::

    clips/ID/clip.json, clip.mp4, poster.jpg     one clip
    clips/ID/runs/ID/…                           its runs (``runs.py``)
    clips/ID/baselines/ID/…                      runs of it that were kept to hold later ones against
    incoming/ID/…                                uploads under way
    expired/ID.json                              what is told of expired runs, for a day
    trash/                                       what is being removed

A clip's folder appears whole, by one rename, and goes the same way, with everything that shows what it showed. Any
process may read and change it; changes of state are made under ``lock``.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tryon.config import Settings
from tryon.errors import QaFull, QaGone, QaRefused, QaTooLarge
from tryon.qa.desk.files import discard, empty, locked, make_private, size_of, sync, write_json
from tryon.qa.desk.values import Clip, ClipKind, Order, Probe, Tombstone, plain, read
from tryon.replay.sources import VIDEO_ENDINGS

MB: Final = 1 << 20
# So much of the disk stays free for everything else on this machine.
SPARE_BYTES: Final = 256 * MB
CLIPS_MAX: Final = 50
UPLOADS_MAX: Final = 4
# An upload to which nothing was added for so long belongs to a process that died.
STALE_UPLOAD_S: Final = 600.0
TOMBSTONE_MS: Final = 24 * 3600 * 1000
_TOMBSTONES_MAX: Final = 50
_DAY_MS: Final = 24 * 3600 * 1000
_HOUR_MS: Final = 3600 * 1000
_NAME_MAX: Final = 100
_ID: Final = re.compile(r"[0-9a-f]{16}")
# EFBIG: the limit of one file's size that this process was given.
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def now_ms() -> int:
    """The wall clock: an expiry outlives processes."""
    return int(time.time() * 1000)


def free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def new_id() -> str:
    return secrets.token_hex(8)


@contextmanager
def told_when_full() -> Iterator[None]:
    """A full disk as QaFull."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise QaFull(
                "The disk is full. Delete clips or runs here, or make room on the disk, then try again."
            ) from error
        raise


@dataclass(slots=True)
class Upload:
    """One that is under way: its bytes go to ``path``."""

    id: str
    folder: Path
    path: Path
    name: str
    kind: ClipKind
    length: int


class Shelf:
    """``clock_ms`` and ``free`` are arguments for tests. Raises OSError where the folder cannot be made."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock_ms: Callable[[], int] = now_ms,
        free: Callable[[Path], int] = free_bytes,
    ) -> None:
        self.settings = settings
        self.now_ms = clock_ms
        self._free = free
        self.folder = make_private(settings.qa_dir)
        self.clips_folder, self._incoming, self._expired, self.trash = (
            make_private(self.folder / name) for name in ("clips", "incoming", "expired", "trash")
        )

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Nobody else changes a state meanwhile."""
        with locked(self.folder / "lock"):
            yield

    # Clips.

    def clips(self) -> list[Clip]:
        """Those that have not expired, newest first."""
        found = (read(Clip, path / "clip.json") for path in self._ids(self.clips_folder))
        living = [clip for clip in found if clip is not None and clip.expires_ms > self.now_ms()]
        return sorted(living, key=lambda clip: (-clip.made_ms, clip.id))

    def clip(self, clip_id: str) -> Clip:
        """Raises QaGone."""
        clip = read(Clip, self.clips_folder / clip_id / "clip.json") if _ID.fullmatch(clip_id) else None
        if clip is None or clip.expires_ms <= self.now_ms():
            raise QaGone("This clip is no longer here: it was deleted, or its time was over.")
        return clip

    def clip_folder(self, clip: Clip) -> Path:
        return self.clips_folder / clip.id

    def clip_file(self, clip: Clip) -> Path:
        return self.clips_folder / clip.id / clip.file

    def extend(self, clip_id: str) -> Clip:
        """Keep an upload, and all that was made of it, for its whole time again. Raises QaGone, QaRefused."""
        with self.lock():
            clip = self.clip(clip_id)
            if clip.kind == "recording":
                raise QaRefused("A recording's time cannot be extended; record again.")
            kept = replace(clip, expires_ms=self.now_ms() + self.lifetime_ms("upload"))
            with told_when_full():
                write_json(self.clip_folder(clip) / "clip.json", plain(kept))
        return kept

    def delete_clip(self, clip_id: str) -> None:
        """And all that was made of it. Raises QaGone."""
        clip = self.clip(clip_id)
        discard(self.clip_folder(clip), self.trash)

    def lifetime_ms(self, kind: ClipKind) -> int:
        if kind == "recording":
            return int(self.settings.qa_recording_hours * _HOUR_MS)
        return int(self.settings.qa_days * _DAY_MS)

    # Uploads.

    def begin_upload(self, name: str, kind: ClipKind, length: int) -> Upload:
        """Set room aside for ``length`` bytes. Raises QaTooLarge, QaFull, QaRefused."""
        limit = self.settings.qa_clip_mb
        if length > limit * MB:
            raise QaTooLarge(
                f"The clip is {length / MB:.0f} MB large; at most {limit} MB are taken. Cut it, or scale it down."
            )
        if length <= 0:
            raise QaRefused("The file is empty; choose another one.")
        with self.lock():
            self._check_room(length)
            upload_id = new_id()
            name = plain_name(name)
            suffix = Path(name).suffix.lower()
            folder = make_private(self._incoming / upload_id)
            # An ending can make a reader take text for a video.
            path = folder / f"clip{suffix if suffix in VIDEO_ENDINGS else ''}"
            try:
                with told_when_full(), path.open("wb") as file:
                    _reserve(file.fileno(), length)
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
        return Upload(upload_id, folder, path, name, kind, length)

    def _check_room(self, length: int) -> None:
        if len(list(self._ids(self.clips_folder))) >= CLIPS_MAX:
            raise QaFull(f"There are {CLIPS_MAX} clips already; delete one that is no longer needed.")
        if len(list(self._ids(self._incoming))) >= UPLOADS_MAX:
            raise QaRefused("Other uploads are under way; try again when they are done.")
        self.check_total(length)

    def check_total(self, more: int = 0) -> None:
        """Raises QaFull where ``more`` bytes do not fit into what /qa may fill, or onto the disk."""
        allowed = self.settings.qa_total_mb
        used = self.used_bytes()
        if used + more > allowed * MB:
            raise QaFull(
                f"QA may fill {allowed} MB of the disk and has {used / MB:.0f} MB already; delete clips or runs first."
            )
        if self._free(self.folder) - more < SPARE_BYTES:
            raise QaFull(
                "The disk is nearly full. Delete clips or runs here, or make room on the disk, then try again."
            )

    def used_bytes(self) -> int:
        return size_of(self.folder)

    def free_bytes(self) -> int:
        return self._free(self.folder)

    def keep_upload(self, upload: Upload, sha256: str, probe: Probe) -> Clip:
        """Have the upload among the clips, so that not even a loss of power loses it. Raises QaFull."""
        made_ms = self.now_ms()
        clip = Clip(
            upload.id,
            upload.name,
            upload.kind,
            upload.path.name,
            upload.length,
            sha256,
            probe,
            made_ms,
            made_ms + self.lifetime_ms(upload.kind),
        )
        with told_when_full():
            for name in ("runs", "baselines"):
                make_private(upload.folder / name)
            write_json(upload.folder / "clip.json", plain(clip))
            upload.folder.rename(self.clips_folder / upload.id)
            sync(self.clips_folder)
        return clip

    def drop_upload(self, upload: Upload) -> None:
        """Idempotent; nothing of a kept one."""
        shutil.rmtree(upload.folder, ignore_errors=True)

    # Time.

    def sweep(self) -> int:
        """Remove what has expired and what dead processes left; returns how many clips went."""
        gone = 0
        for folder in list(self._ids(self.clips_folder)):
            clip = read(Clip, folder / "clip.json")
            if clip is not None and clip.expires_ms > self.now_ms():
                continue
            if clip is not None:
                self._bury(folder, clip)
            discard(folder, self.trash)
            gone += 1
        for folder in list(self._ids(self._incoming)):
            if time.time() - _touched_s(folder) > STALE_UPLOAD_S:
                shutil.rmtree(folder, ignore_errors=True)
        for path in self._expired.glob("*.json"):
            stone = read(Tombstone, path)
            if stone is None or stone.expired_ms + TOMBSTONE_MS < self.now_ms():
                path.unlink(missing_ok=True)
        empty(self.trash)
        return gone

    def _bury(self, folder: Path, clip: Clip) -> None:
        """A full disk must not keep anything from being removed."""
        for place in list(self._ids(folder / "runs"))[:_TOMBSTONES_MAX]:
            order = read(Order, place / "order.json")
            if order is not None:
                stone = Tombstone(order.id, clip.name, order.looks, clip.expires_ms)
                with suppress(OSError):
                    write_json(self._expired / f"{order.id}.json", plain(stone), durable=False)

    def tombstones(self) -> list[Tombstone]:
        """Of runs that expired within the last day, newest first."""
        found = (read(Tombstone, path) for path in self._expired.glob("*.json"))
        stones = sorted((stone for stone in found if stone), key=lambda stone: -stone.expired_ms)
        return stones[:_TOMBSTONES_MAX]

    @staticmethod
    def _ids(folder: Path) -> Iterator[Path]:
        with suppress(FileNotFoundError):
            yield from (path for path in folder.iterdir() if _ID.fullmatch(path.name))


def plain_name(name: str) -> str:
    """A file's name as people gave it: its last part, printable, and not endless."""
    last = re.split(r"[/\\]", name)[-1]
    printable = " ".join("".join(filter(str.isprintable, last)).split()).strip(". ")
    stem, suffix = os.path.splitext(printable)  # noqa: PTH122 - of a text
    return f"{stem[:_NAME_MAX]}{suffix[:9]}" or "clip"


def _reserve(handle: int, length: int) -> None:
    """Take the room now, so that a full disk is told before the upload. Raises OSError."""
    try:
        os.posix_fallocate(handle, 0, length)
    except (AttributeError, OSError) as error:
        # Some systems and file systems cannot; the size alone counts towards the total.
        if isinstance(error, OSError) and error.errno in _FULL:
            raise
        os.ftruncate(handle, length)


def _touched_s(folder: Path) -> float:
    """When something was last written there."""
    times = [0.0]
    for path in (folder, *folder.iterdir()):
        with suppress(OSError):
            times.append(path.stat().st_mtime)
    return max(times)
