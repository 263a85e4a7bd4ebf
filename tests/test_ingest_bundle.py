"""Shops in a ZIP: what is found in good ones, and that each way of doing harm is refused with a sentence of its own."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.shop_zips import (
    lipstick,
    listed_size,
    locked,
    named,
    overlapping,
    packed,
    symlink,
    table,
    with_entry,
)
from tryon.errors import StoreInvalid, StoreTooLarge
from tryon.ingest.bundle import ENTRIES_MAX, TABLE, Bundle

GOOD = packed({"a.glb": b"a" * 50, "photos/B.JPG": b"b" * 60}, lipstick("velvet"))


def opened(tmp_path: Path, content: bytes) -> Bundle:
    path = tmp_path / "shop.zip"
    path.write_bytes(content)
    return Bundle(path)


def test_files_are_found_as_the_table_says_them(tmp_path: Path) -> None:
    with opened(tmp_path, GOOD) as bundle:
        assert bundle.table() == table(lipstick("velvet"))
        for told in ("photos/B.JPG", "photos\\b.jpg", "./photos/b.JPG"):
            assert bundle.read(bundle.find(told, "file"), 60) == b"b" * 60
        assert bundle.unread == ["a.glb"]
        with pytest.raises(StoreInvalid, match=r"no 'c\.glb'"):
            bundle.find("c.glb", "file")
        with pytest.raises(StoreTooLarge, match="more than"):
            bundle.read("photos/B.JPG", 59)


def test_a_folder_that_was_packed_whole_is_its_top(tmp_path: Path) -> None:
    content = packed({"a.glb": b"a", ".DS_Store": b"litter"}, lipstick("velvet"), folder="My shop/")
    made = io.BytesIO(content)
    with zipfile.ZipFile(made, "a") as archive:
        archive.writestr("__MACOSX/My shop/._a.glb", b"litter")
    with opened(tmp_path, made.getvalue()) as bundle:
        assert bundle.unread == ["a.glb"]
        assert bundle.read(bundle.find("a.glb", "file"), 1) == b"a"


def test_letters_of_another_size_leave_no_doubt(tmp_path: Path) -> None:
    with opened(tmp_path, packed({"a.glb": b"1", "A.glb": b"2"}, lipstick("velvet"))) as bundle:
        assert bundle.read(bundle.find("A.glb", "file"), 1) == b"2"
        with pytest.raises(StoreInvalid, match=r"no 'A\.GLB'"):
            bundle.find("A.GLB", "file")


def _twice() -> bytes:
    with pytest.warns(UserWarning, match="Duplicate name"):
        return with_entry(named(TABLE))


def packed_nothing() -> bytes:
    made = io.BytesIO()
    zipfile.ZipFile(made, "w").close()
    return made.getvalue()


def without_table() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("a/b/products.csv", b"sku\n")
    return made.getvalue()


def with_method(method: int) -> bytes:
    info = named("a.glb")
    info.compress_type = method
    return with_entry(info, bytes(100))


def bomb_of_a_table() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(TABLE, b"sku\n" + b"\n" * (4 << 20))
    return made.getvalue()


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "no archive": (lambda: b"glTF and so on", "no ZIP"),
    "half an archive": (lambda: GOOD[:-30], "no ZIP"),
    "a picture before it": (lambda: b"\xff\xd8\xff\xe0" + GOOD, "no ZIP"),
    "nothing": (packed_nothing, "empty"),
    "no table": (without_table, "no products.csv"),
    "up": (lambda: with_entry(named("../../etc/cron.d/x")), "leads out"),
    "up, between": (lambda: with_entry(named("a/../../x")), "leads out"),
    "absolute": (lambda: with_entry(named("/etc/passwd")), "leads out"),
    "a drive": (lambda: with_entry(named("C:\\x")), "leads out"),
    "up, backwards": (lambda: with_entry(named("..\\x")), "leads out"),
    "no letters": (lambda: with_entry(named("a\x1b[2J")), "not printable"),
    "a long name": (lambda: with_entry(named("a" * 256)), "longer than"),
    "a link": (lambda: with_entry(symlink("a.glb"), b"/etc/passwd"), "a link"),
    "twice": (_twice, "twice"),
    "an archive within": (lambda: with_entry(named("more.ZIP")), "holds another"),
    "bzip2": (lambda: with_method(zipfile.ZIP_BZIP2), "Deflate"),
    "encrypted": (lambda: locked(GOOD, "a.glb"), "encrypted"),
    "overlapping": (lambda: overlapping(GOOD, "photos/B.JPG", "a.glb"), "overlap"),
    "a bomb": (lambda: packed({"a.glb": bytes(3 << 20)}, lipstick("velvet")), "unpacks to more"),
    "a bomb of a table": (bomb_of_a_table, "unpacks to more"),
}


@pytest.mark.parametrize("what", BAD)
def test_what_could_only_do_harm_is_refused_whole(tmp_path: Path, what: str) -> None:
    make, said = BAD[what]
    with pytest.raises((StoreInvalid, StoreTooLarge), match=said):
        opened(tmp_path, make())


def test_a_large_archives_end_counts_as_it_does_for_whoever_reads_it(tmp_path: Path) -> None:
    """It stands before the usual end, and what that says is not looked at."""
    at = GOOD.rindex(b"PK\x05\x06")
    count, size, offset = struct.unpack_from("<HII", GOOD, at + 10)
    for told, fine in ((count, True), (ENTRIES_MAX + 1, False)):
        end = struct.pack("<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, told, told, size, offset)
        locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, at, 1)
        content = GOOD[:at] + end + locator + GOOD[at:]
        if fine:
            with opened(tmp_path, content) as bundle:
                assert bundle.unread == ["a.glb", "photos/B.JPG"]
        else:
            with pytest.raises(StoreTooLarge, match="divide it"):
                opened(tmp_path, content)


def test_too_many_files_are_refused_before_the_list_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for number in range(ENTRIES_MAX):
            archive.writestr(f"{number}", b"")
        archive.writestr(TABLE, table(lipstick("velvet")))
    monkeypatch.setattr("tryon.ingest.bundle.zipfile.ZipFile", lambda *_: pytest.fail("the list was read"))
    with pytest.raises(StoreTooLarge, match="more than 20000 files"):
        opened(tmp_path, made.getvalue())


@pytest.mark.parametrize("size", [10, 55])
def test_a_size_that_lies_costs_its_file_alone(tmp_path: Path, size: int) -> None:
    with opened(tmp_path, listed_size(GOOD, "a.glb", size)) as bundle:
        with pytest.raises(StoreInvalid, match=r"damaged|not the size"):
            bundle.read(bundle.find("a.glb", "file"), 100)
        assert bundle.table()


@example(at=len(GOOD) - 20, value=255)
@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_byte_is_wrong_ends_in_a_sentence(tmp_path: Path, at: int, value: int) -> None:
    bent = bytearray(GOOD)
    bent[at] = value
    assert said_of(tmp_path, bytes(bent)).endswith(".")


def said_of(tmp_path: Path, content: bytes) -> str:
    """Why it is refused, if it is."""
    try:
        with opened(tmp_path, content) as bundle:
            bundle.table()
            for name in bundle.unread:
                assert len(bundle.read(name, 100)) <= 100
    except (StoreInvalid, StoreTooLarge) as error:
        return error.sentence
    return "It is not."
