"""Blobs in a folder and in a bucket: kept whole or not at all, swept when nobody needs them."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from tryon.config import Settings
from tryon.errors import ConfigError, StoreDown, StoreFull, StoreMissing
from tryon.store import blobs as blobs_module
from tryon.store.assets import add_upload, get_upload, list_uploads, record_blob, remove_upload
from tryon.store.blobs import Blobs, FolderBlobs, copy_in, digest_of
from tryon.store.jobs import submit
from tryon.store.merchants import add_merchant
from tryon.store.s3 import S3Blobs
from tryon.store.store import Store
from tryon.store.sweep import sweep

DAY_MS = 24 * 3600 * 1000


class Bucket(BaseHTTPRequestHandler):
    """What S3 is for us: PUT, HEAD, GET, DELETE and a list, with the signature's digest checked."""

    protocol_version = "HTTP/1.1"
    objects: dict[str, bytes]
    full = False

    def log_message(self, *_given: object) -> None:
        pass

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in {
            "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT",
            "Content-Length": str(len(body)),
            **headers,
        }.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _fault(self, status: int, code: str) -> None:
        self._answer(
            status,
            f"<Error><Code>{code}</Code><Message>m</Message></Error>".encode(),
            Content_Type="application/xml",
        )

    @property
    def _key(self) -> str:
        return unquote(urlsplit(self.path).path).removeprefix("/shop/")

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        told = self.headers["x-amz-content-sha256"]
        if not self.headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=key/"):
            self._fault(403, "AccessDenied")
        elif told not in {hashlib.sha256(body).hexdigest(), "UNSIGNED-PAYLOAD"}:
            self._fault(400, "XAmzContentSHA256Mismatch")
        elif type(self).full:
            self._fault(507, "XMinioStorageFull")
        else:
            self.objects[self._key] = body
            self._answer(200, ETag='"x"')

    def do_GET(self) -> None:
        if "list-type" in parse_qs(urlsplit(self.path).query):
            rows = "".join(
                f"<Contents><Key>{key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
                f"<ETag>x</ETag><Size>{len(body)}</Size></Contents>"
                for key, body in sorted(self.objects.items())
            )
            text = (
                '<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
                f"<Name>shop</Name><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>"
            )
            self._answer(200, text.encode(), Content_Type="application/xml")
        elif self._key in self.objects:
            self._answer(200, self.objects[self._key], ETag='"x"')
        else:
            self._fault(404, "NoSuchKey")

    do_HEAD = do_GET  # noqa: N815 - the server's own name for it

    def do_DELETE(self) -> None:
        self.objects.pop(self._key, None)
        self._answer(204)


@pytest.fixture
def bucket() -> Iterator[tuple[str, type[Bucket]]]:
    class Own(Bucket):
        objects: dict[str, bytes] = {}  # noqa: RUF012 - this very bucket's

    server = ThreadingHTTPServer(("127.0.0.1", 0), Own)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"s3://shop/catalogue?endpoint=127.0.0.1:{server.server_port}&secure=0", Own
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(params=["folder", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Blobs:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "word")
    if request.param == "folder":
        return FolderBlobs(tmp_path / "blobs")
    url, _ = request.getfixturevalue("bucket")
    return S3Blobs(url, tmp_path / "cache")


def put(blobs: Blobs, content: bytes, merchant: str = "m1") -> str:
    file = blobs.scratch()
    file.write_bytes(content)
    sha256, size = digest_of(file)
    assert size == len(content)
    blobs.put(merchant, file, sha256)
    assert not file.exists()
    return sha256


def test_what_is_put_is_there_until_it_is_removed(blobs: Blobs) -> None:
    sha256 = put(blobs, b"glasses")
    assert sha256 == hashlib.sha256(b"glasses").hexdigest()
    assert put(blobs, b"glasses") == sha256
    assert blobs.has("m1", sha256)
    assert blobs.path("m1", sha256).read_bytes() == b"glasses"
    assert [(kept.merchant_id, kept.sha256) for kept in blobs.every()] == [("m1", sha256)]
    blobs.remove("m1", sha256)
    blobs.remove("m1", sha256)
    assert not blobs.has("m1", sha256)
    with pytest.raises(StoreMissing):
        blobs.path("m1", sha256)


def test_one_merchants_file_is_not_another_ones(blobs: Blobs) -> None:
    sha256 = put(blobs, b"secret frame", "m1")
    assert not blobs.has("m2", sha256)
    with pytest.raises(StoreMissing):
        blobs.path("m2", sha256)


@pytest.mark.parametrize(
    ("merchant", "sha256"), [("..", "0" * 64), ("m1", "../../x"), ("m1", "A" * 64), ("", "0" * 64)]
)
def test_a_path_leads_nowhere_else(tmp_path: Path, merchant: str, sha256: str) -> None:
    with pytest.raises(StoreMissing):
        FolderBlobs(tmp_path).path(merchant, sha256)


def test_half_written_files_are_swept(blobs: Blobs) -> None:
    blobs.scratch("x").write_bytes(b"half")
    assert blobs.sweep_scratch(3600) == 0
    assert blobs.sweep_scratch(-1) == 1


def test_a_file_that_stays_is_copied(blobs: Blobs, tmp_path: Path) -> None:
    source = tmp_path / "mine.glb"
    source.write_bytes(b"mine")
    sha256, size = copy_in(blobs, "m1", source)
    assert source.read_bytes() == blobs.path("m1", sha256).read_bytes() == b"mine"
    assert size == 4


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_told_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    blobs = FolderBlobs(tmp_path / "blobs")
    kept = put(blobs, b"before")

    def full(*_given: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(blobs_module, "sync_file", full)
    with pytest.raises(StoreFull, match="disk is full"):
        put(blobs, b"after")
    assert [one.sha256 for one in blobs.every()] == [kept]


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ConfigError, match="TRYON_BLOBS_URL"):
        FolderBlobs(tmp_path / "file" / "blobs")


def test_a_full_bucket_and_a_bucket_that_is_gone(
    bucket: tuple[str, type[Bucket]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "word")
    url, server = bucket
    server.full = True
    with pytest.raises(StoreFull):
        put(S3Blobs(url, tmp_path), b"x")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "stranger")
    server.full = False
    with pytest.raises(StoreDown, match="AccessDenied"):
        put(S3Blobs(url, tmp_path), b"x")
    monkeypatch.setattr("tryon.store.s3._RETRIES", 0)
    with pytest.raises(StoreDown, match="does not answer"):
        S3Blobs("s3://shop?endpoint=127.0.0.1:1&secure=0", tmp_path).has("m1", "0" * 64)


@pytest.mark.parametrize("url", ["s3://", "s3://shop?wrong=1", "s3://shop?endpoint=http://x/y"])
def test_addresses_of_buckets_that_cannot_be_used(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="TRYON_BLOBS_URL"):
        S3Blobs(url, tmp_path)


def test_reading_again_needs_no_network(
    bucket: tuple[str, type[Bucket]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "word")
    url, server = bucket
    blobs = S3Blobs(url, tmp_path)
    sha256 = put(blobs, b"frame")
    assert list(server.objects) == [f"catalogue/m1/{sha256}"]
    assert blobs.path("m1", sha256).read_bytes() == b"frame"
    server.objects.clear()
    assert blobs.path("m1", sha256).read_bytes() == b"frame"
    blobs.forget_local()
    with pytest.raises(StoreMissing):
        blobs.path("m1", sha256)


# Uploads and sweeping, on both databases.


def test_the_sweeper_takes_what_nobody_needs_and_nothing_else(store: Store) -> None:
    merchant = add_merchant(store, "acme")
    orphan, kept = (put(store.blobs, content, merchant.id) for content in (b"orphan", b"kept"))
    with store.write(merchant.id) as tenant:
        record_blob(store.database, store.blobs, tenant, kept, 4)
        upload = add_upload(tenant, "frame.glb", kept, 4)
    assert sweep(store).blobs == 0, "what is young may be about to get its row"
    swept = sweep(store, orphan_s=-1)
    assert (swept.blobs, swept.uploads, swept.rows) == (1, 0, 0)
    assert not store.blobs.has(merchant.id, orphan)
    with store.read(merchant.id) as tenant:
        assert get_upload(tenant, upload.id).sha256 == kept
    assert store.blobs.has(merchant.id, kept)


def test_an_upload_expires_unless_a_job_waits_for_it(store: Store) -> None:
    merchant = add_merchant(store, "acme")
    sha256 = put(store.blobs, b"frame", merchant.id)
    with store.write(merchant.id) as tenant:
        record_blob(store.database, store.blobs, tenant, sha256, 5)
        one, two = (add_upload(tenant, name, sha256, 5) for name in ("one.glb", "two.glb"))
        submit(tenant, "eyewear-glb", {}, one.id)
    store.now_ms = lambda: one.created_ms + 8 * DAY_MS
    assert sweep(store, orphan_s=-1).uploads == 1
    with store.read(merchant.id) as tenant:
        assert list_uploads(tenant, 10) == (one,)
    with store.write(merchant.id) as tenant:
        remove_upload(tenant, one.id)
    with pytest.raises(StoreMissing), store.write(merchant.id) as tenant:
        remove_upload(tenant, two.id)
    assert sweep(store, orphan_s=-1).blobs == 1


def test_a_blob_that_was_swept_before_its_row_is_asked_for_again(store: Store) -> None:
    merchant = add_merchant(store, "acme")
    sha256 = put(store.blobs, b"frame", merchant.id)
    sweep(store, orphan_s=-1)
    with pytest.raises(StoreMissing, match="again"), store.write(merchant.id) as tenant:
        record_blob(store.database, store.blobs, tenant, sha256, 5)


def test_settings_choose_where_blobs_are(tmp_path: Path) -> None:
    here = tmp_path / "elsewhere"
    store = Store.open(Settings(store_dir=tmp_path / "store", blobs_url=str(here)))
    sha256 = put(store.blobs, b"x")
    assert (here / "m1" / sha256[:2] / sha256).read_bytes() == b"x"
    store.close()
    shutil.rmtree(here)
