"""Blobs in an S3-compatible bucket, with MinIO's client. Files that are read are kept in a local folder."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

from tryon.errors import ConfigError, StoreDown, StoreFull, StoreMissing
from tryon.store.blobs import PRIVATE, Kept, disk_faults_named, sweep_folder

if TYPE_CHECKING:
    from minio import Minio

_OBJECT: Final = re.compile(r"(?:.*/)?([0-9a-z]+)/([0-9a-f]{64})")
_EXAMPLE: Final = "s3://BUCKET/PREFIX?endpoint=HOST:PORT"
_GONE: Final = frozenset({"NoSuchKey", "NoSuchObject"})
# What servers say when they have no room.
_FULL: Final = frozenset({"XMinioStorageFull", "QuotaExceeded", "InsufficientStorage"})
_CONNECT_S: Final = 5.0
_READ_S: Final = 30.0
_RETRIES: Final = 2


class S3Blobs:
    """``url`` as ``TRYON_BLOBS_URL``; ``cache`` holds what was read, and files on their way in."""

    def __init__(self, url: str, cache: Path) -> None:
        parts = urlsplit(url)
        options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        self._bucket, self._prefix = parts.netloc, parts.path.strip("/")
        if not self._bucket or set(options) - {"endpoint", "secure", "region"}:
            raise ConfigError(
                f"TRYON_BLOBS_URL is not {_EXAMPLE}, with &secure=0 and &region=… where needed.",
                setting="blobs_url",
            )
        try:
            self._client = self._connect(options)
        except ImportError as error:
            raise ConfigError(
                "TRYON_BLOBS_URL names S3, whose client is not installed: pip install 'tryon[s3]'.",
                setting="blobs_url",
            ) from error
        except ValueError as error:
            raise ConfigError(f"TRYON_BLOBS_URL is not {_EXAMPLE}.", setting="blobs_url") from error
        self._read, self._incoming = cache / "read", cache / "incoming"
        for folder in (self._read, self._incoming):
            with disk_faults_named():
                folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE)

    @staticmethod
    def _connect(options: dict[str, str]) -> Minio:
        import urllib3
        from minio import Minio

        pool = urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=_CONNECT_S, read=_READ_S), retries=urllib3.Retry(_RETRIES)
        )
        return Minio(
            options.get("endpoint", "s3.amazonaws.com"),
            access_key=os.environ.get("AWS_ACCESS_KEY_ID"),
            secret_key=os.environ.get("AWS_SECRET_ACCESS_KEY"),
            secure=options.get("secure", "1") != "0",
            region=options.get("region", "us-east-1"),
            http_client=pool,
        )

    def scratch(self, name: str = "") -> Path:
        return self._incoming / f"{secrets.token_hex(16)}{name and '-'}{name}"

    def put(self, merchant_id: str, file: Path, sha256: str) -> None:
        # Put again even where it is there: that makes it young, so that the sweeper leaves it alone.
        with self._faults_named():
            self._client.fput_object(self._bucket, self._key(merchant_id, sha256), str(file))
        file.unlink(missing_ok=True)

    def has(self, merchant_id: str, sha256: str) -> bool:
        try:
            with self._faults_named():
                self._client.stat_object(self._bucket, self._key(merchant_id, sha256))
        except StoreMissing:
            return False
        return True

    def path(self, merchant_id: str, sha256: str) -> Path:
        local = self._read / merchant_id / sha256
        if local.is_file():
            return local
        scratch = self.scratch()
        try:
            with self._faults_named():
                self._client.fget_object(self._bucket, self._key(merchant_id, sha256), str(scratch))
            with disk_faults_named():
                local.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE)
                scratch.replace(local)
        finally:
            scratch.unlink(missing_ok=True)
        return local

    def remove(self, merchant_id: str, sha256: str) -> None:
        with self._faults_named():
            self._client.remove_object(self._bucket, self._key(merchant_id, sha256))
        (self._read / merchant_id / sha256).unlink(missing_ok=True)

    def every(self) -> Iterator[Kept]:
        now_s = time.time()
        with self._faults_named():
            found = self._client.list_objects(
                self._bucket, prefix=f"{self._prefix}/" if self._prefix else None, recursive=True
            )
            for item in found:
                match = _OBJECT.fullmatch(item.object_name or "")
                if match and item.last_modified is not None:
                    yield Kept(match[1], match[2], now_s - item.last_modified.timestamp())

    def sweep_scratch(self, older_s: float) -> int:
        with suppress(OSError):
            for folder in self._read.iterdir():
                sweep_folder(folder, older_s)
        return sweep_folder(self._incoming, older_s)

    def forget_local(self) -> None:
        """Empty the local copies."""
        shutil.rmtree(self._read, ignore_errors=True)

    def _key(self, merchant_id: str, sha256: str) -> str:
        return "/".join(part for part in (self._prefix, merchant_id, sha256) if part)

    @contextmanager
    def _faults_named(self) -> Iterator[None]:
        from minio.error import MinioException, S3Error
        from urllib3.exceptions import HTTPError

        try:
            yield
        except S3Error as error:
            if error.code in _GONE:
                raise StoreMissing("A file of the catalogue is missing from the bucket.") from error
            if error.code in _FULL:
                raise StoreFull("The bucket has no room; nothing that was kept is lost.") from error
            raise StoreDown(
                f"The bucket refuses ({error.code}); look at TRYON_BLOBS_URL and the keys."
            ) from error
        except (HTTPError, MinioException, OSError, ValueError) as error:
            raise StoreDown("The bucket does not answer; look at TRYON_BLOBS_URL.") from error
