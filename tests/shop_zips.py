"""Run by tests: small shops in a ZIP, good ones and such as only somebody who means harm makes."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping

from tryon.ingest.bundle import TABLE

HEADER = "sku,name,kind,file,side,size,width_mm,cut,tags,price,currency,type,finish,coverage,color,shade_name,texture"


def table(*rows: Mapping[str, str]) -> bytes:
    """Rows by column, as a merchant's spreadsheet writes them."""
    names = HEADER.split(",")
    lines = [",".join(row.get(name, "") for name in names) for row in rows]
    return "\r\n".join([HEADER, *lines]).encode()


def lipstick(sku: str, color: str = "#b3121d", shade: str = "Red") -> dict[str, str]:
    said = {"sku": sku, "name": sku.title(), "type": "lipstick", "finish": "satin", "coverage": "0.8"}
    return {**said, "color": color, "shade_name": shade}


def packed(files: Mapping[str, bytes], *rows: Mapping[str, str], folder: str = "") -> bytes:
    """A ZIP of these files and a table of these rows, all below ``folder``."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{folder}{TABLE}", table(*rows))
        for name, content in files.items():
            archive.writestr(f"{folder}{name}", content)
    return made.getvalue()


def with_entry(info: zipfile.ZipInfo, content: bytes = b"x") -> bytes:
    """A good shop, and one entry more."""
    made = io.BytesIO(packed({}, lipstick("velvet")))
    with zipfile.ZipFile(made, "a") as archive:
        archive.writestr(info, content)
    return made.getvalue()


def named(name: str) -> zipfile.ZipInfo:
    """An entry's head as Unix packers write it."""
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = 0o100644 << 16
    return info


def symlink(name: str) -> zipfile.ZipInfo:
    info = named(name)
    info.external_attr = 0o120777 << 16
    return info


def listed_size(archive: bytes, name: str, size: int) -> bytes:
    """The same archive, whose list and local header say another size of that file."""
    with zipfile.ZipFile(io.BytesIO(archive)) as old:
        at = old.getinfo(name).header_offset
    bent = bytearray(archive)
    struct.pack_into("<I", bent, at + 22, size)
    entry = archive.rindex(name.encode()) - 46
    struct.pack_into("<I", bent, entry + 24, size)
    return bytes(bent)


def locked(archive: bytes, name: str) -> bytes:
    """The same archive, whose list says that the file is encrypted."""
    bent = bytearray(archive)
    entry = archive.rindex(name.encode()) - 46
    bent[entry + 8] |= 1
    return bytes(bent)


def overlapping(archive: bytes, one: str, other: str) -> bytes:
    """The same archive, whose list says of one file that it lies where another one does."""
    bent = bytearray(archive)
    entries = [archive.rindex(name.encode()) - 46 for name in (one, other)]
    bent[entries[0] + 42 : entries[0] + 46] = archive[entries[1] + 42 : entries[1] + 46]
    return bytes(bent)
