"""A shop in a ZIP: a table and the files that its rows name, read within limits and never unpacked where a name says.

An archive that could only be meant to harm (names that lead out of it, links, files that overlap or swell) is refused
whole; a file that is damaged costs the row that names it.
"""

from __future__ import annotations

import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import IO, Final

from typing_extensions import Self

from tryon.errors import StoreInvalid, StoreTooLarge
from tryon.store.archive import RATIO_MAX

TABLE: Final = "products.csv"
# A hundred thousand rows have about 10 MB.
TABLE_MAX_BYTES: Final = 32 * 1024 * 1024
ENTRIES_MAX: Final = 20_000
# So many entries with names of a hundred letters, twice over; a list beyond it is not even read.
LIST_MAX_BYTES: Final = 8 * 1024 * 1024
NAME_MAX: Final = 255
_FIRST: Final = b"PK\x03\x04"
_END: Final = b"PK\x05\x06"
# APPNOTE.TXT 4.3.16: the end record's fixed part, and the longest comment after it.
_END_BYTES, _COMMENT_MAX = 22, 65_535
# APPNOTE.TXT 4.3.14 and 4.3.15: the end record of large archives and its locator, which stand before that one; where
# they do, what they say counts.
_LOCATOR: Final = b"PK\x06\x07"
_LARGE_BYTES, _LOCATOR_BYTES = 56, 20
# APPNOTE.TXT 4.3.7: what stands before a name in a local header.
_HEADER_BYTES: Final = 30
# Encrypted, strongly encrypted, its list hidden.
_LOCKED: Final = 0x1 | 0x40 | 0x2000
_PACKED: Final = frozenset(
    {".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".jar", ".iso"}
)
# What file managers leave in archives by themselves.
_LITTER: Final = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
_DRIVE: Final = re.compile(r"^[A-Za-z]:")
_ANEW: Final = "pack the files anew into a plain ZIP"
_NO_ZIP: Final = "The file is no ZIP, or is damaged; pack the table and its files into one ZIP."


class Bundle:
    """An archive that was checked. Names are those that the table says: relative to the folder it lies in.

    Raises StoreInvalid and StoreTooLarge with what is wrong with it.
    """

    def __init__(self, path: Path) -> None:
        size = path.stat().st_size
        with path.open("rb") as file:
            _check_ends(file, size)
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, OSError) as error:
            raise StoreInvalid(_NO_ZIP, field="upload") from error
        try:
            infos = _checked(self._zip.infolist(), size)
            self._root, self._table = _table_of(infos)
        except BaseException:
            self._zip.close()
            raise
        self._infos = {
            name.removeprefix(self._root): info for name, info in infos.items() if info is not self._table
        }
        self._unread = set(self._infos)
        self._folded: dict[str, list[str]] = {}
        for name in self._infos:
            self._folded.setdefault(name.casefold(), []).append(name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    @property
    def unread(self) -> list[str]:
        """Names that nobody has found, in order."""
        return sorted(self._unread)

    def table(self) -> bytes:
        """The table's bytes."""
        return self._content(self._table, TABLE, TABLE_MAX_BYTES)

    def find(self, told: str, column: str) -> str:
        """The name of the file that a row means: letters of another size will do where they leave no doubt.

        Raises StoreInvalid.
        """
        name = told.replace("\\", "/").removeprefix("./")
        if name not in self._infos:
            alike = self._folded.get(name.casefold(), [])
            if len(alike) != 1:
                raise StoreInvalid(f"{column}: the archive has no {told[:120]!r}.", field=column)
            name = alike[0]
        self._unread.discard(name)
        return name

    def read(self, name: str, limit: int) -> bytes:
        """The bytes of a file that ``find`` found, at most ``limit``. Raises StoreInvalid, StoreTooLarge."""
        return self._content(self._infos[name], name, limit)

    def _content(self, info: zipfile.ZipInfo, name: str, limit: int) -> bytes:
        if info.file_size > limit:
            raise StoreTooLarge(_over(name, limit), field="upload")
        try:
            with self._zip.open(info) as file:
                # Counted while it is unpacked: a header may lie.
                data = file.read(limit + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError) as error:
            raise StoreInvalid(
                f"{name[:120]!r} in the archive is damaged; pack it anew.", field="upload"
            ) from error
        if len(data) > limit:
            raise StoreTooLarge(_over(name, limit), field="upload")
        if len(data) != info.file_size:
            raise StoreInvalid(
                f"{name[:120]!r} in the archive has not the size that its list says; pack it anew.",
                field="upload",
            )
        return data


def _check_ends(file: IO[bytes], size: int) -> None:
    """The beginning is a ZIP's, and the list at the end is short enough to be read whole."""
    first = file.read(4)
    if first == _END:
        raise StoreInvalid("The archive is empty.", field="upload")
    if first != _FIRST:
        raise StoreInvalid(_NO_ZIP, field="upload")
    tail = min(size, _LARGE_BYTES + _LOCATOR_BYTES + _END_BYTES + _COMMENT_MAX)
    file.seek(size - tail)
    data = file.read(tail)
    at = data.rfind(_END)
    if at < 0 or len(data) - at < _END_BYTES:
        raise StoreInvalid(_NO_ZIP, field="upload")
    count, listed = struct.unpack_from("<HI", data, at + 10)
    large = at - _LOCATOR_BYTES - _LARGE_BYTES
    if large >= 0 and data.startswith(_LOCATOR, at - _LOCATOR_BYTES):
        count, listed = struct.unpack_from("<QQ", data, large + 32)
    if count > ENTRIES_MAX or listed > LIST_MAX_BYTES:
        raise StoreTooLarge(
            f"The archive has more than {ENTRIES_MAX} files, or very long names; divide it.", field="upload"
        )


def _checked(infos: list[zipfile.ZipInfo], size: int) -> dict[str, zipfile.ZipInfo]:
    """Plain files by name. Raises StoreInvalid, StoreTooLarge naming the first that is none."""
    if len(infos) > ENTRIES_MAX:
        raise StoreTooLarge(f"The archive has more than {ENTRIES_MAX} files; divide it.", field="upload")
    _check_apart(infos, size)
    named: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        name = _check_name(info)
        _check_kind(info, name)
        if info.is_dir() or _is_litter(name):
            continue
        if name in named:
            raise StoreInvalid(f"The archive has {name[:120]!r} twice; {_ANEW}.", field="upload")
        _check_content(info, name)
        named[name] = info
    return named


def _check_name(info: zipfile.ZipInfo) -> str:
    """The name, with slashes as ZIP has them."""
    name = info.orig_filename.replace("\\", "/")
    parts = PurePosixPath(name).parts
    if name.startswith("/") or _DRIVE.match(name) or ".." in parts:
        raise StoreInvalid(
            f"The archive names {name[:120]!r}, which leads out of it; {_ANEW}.", field="upload"
        )
    if not parts or len(name) > NAME_MAX or not name.isprintable():
        raise StoreInvalid(
            f"The archive has a file whose name is empty, longer than {NAME_MAX} letters or not printable; {_ANEW}.",
            field="upload",
        )
    return name


def _check_kind(info: zipfile.ZipInfo, name: str) -> None:
    """A folder, or a file that anybody can read."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise StoreInvalid(
            f"{name[:120]!r} in the archive is a link or a device; put the file itself in.", field="upload"
        )
    if info.flag_bits & _LOCKED:
        raise StoreInvalid("The archive is encrypted; pack it without a password.", field="upload")


def _check_content(info: zipfile.ZipInfo, name: str) -> None:
    """A file of this size and way of packing is no trap."""
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise StoreInvalid(
            f"{name[:120]!r} is packed in a way that Tryon does not read; pack it with Deflate, as is usual.",
            field="upload",
        )
    if PurePosixPath(name).suffix.lower() in _PACKED:
        raise StoreInvalid(
            f"The archive holds another one, {name[:120]!r}; put its files in instead.", field="upload"
        )
    if info.file_size > RATIO_MAX * (info.compress_size + 1024):
        raise StoreTooLarge(f"{name[:120]!r} unpacks to more than it may; {_ANEW}.", field="upload")


def _check_apart(infos: list[zipfile.ZipInfo], size: int) -> None:
    """No two files share bytes (D. Fifield, A better zip bomb, WOOT 2019), and none lies beyond the archive's end."""
    end = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < end:
            raise StoreInvalid(f"Files in the archive overlap; {_ANEW}.", field="upload")
        end = info.header_offset + _HEADER_BYTES + info.compress_size
    if end > size:
        raise StoreInvalid(_NO_ZIP, field="upload")


def _is_litter(name: str) -> bool:
    path = PurePosixPath(name)
    return path.parts[0] == "__MACOSX" or path.name.casefold() in _LITTER


def _table_of(infos: Mapping[str, zipfile.ZipInfo]) -> tuple[str, zipfile.ZipInfo]:
    """The table, and the folder that it lies in, with its slash; "" for none. Raises StoreInvalid."""
    found = [name for name in infos if PurePosixPath(name).name.casefold() == TABLE and name.count("/") <= 1]
    top = [name for name in found if "/" not in name] or found
    if not top:
        raise StoreInvalid(
            f"The archive has no {TABLE}; it tells what is made of which file.", field="upload"
        )
    if len(top) > 1:
        raise StoreInvalid(f"The archive has several {TABLE}; leave one.", field="upload")
    return top[0][: -len(TABLE)], infos[top[0]]


def _over(name: str, limit: int) -> str:
    return f"{name[:120]!r} has more than {limit >> 20} MB; make it smaller."
