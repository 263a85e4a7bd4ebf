"""Files of records, written line by line as a take goes on; they appear under their names when they are whole."""

from __future__ import annotations

import contextlib
import gzip
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Protocol

from typing_extensions import Self

from tryon.errors import BadRecords
from tryon.replay.records import Line, TimesRecord, times_path, to_line
from tryon.replay.unfinished import unfinished

# Slower to write, hardly smaller above it.
GZIP_LEVEL: Final = 6
ENDINGS: Final = (".jsonl", ".jsonl.gz", ".parquet")


class LineSink(Protocol):
    """What takes a file's records."""

    def put(self, record: Line) -> None: ...
    def close(self) -> None: ...


class RecordsWriter:
    """A take's records, and its times beside them. The ending chooses the form: one of ``ENDINGS``.

    Memory does not grow with the take. Leaving a ``with`` block by an exception leaves nothing behind. Raises
    BadRecords where the files cannot be written.
    """

    def __init__(self, path: Path) -> None:
        check_ending(path)
        self.path = path
        self._finals = {unfinished(target): target for target in (path, times_path(path))}
        self._open = True
        records, times = self._finals
        self._files: list[Any] = []
        try:
            self._sink = self._kept(_sink(records, path.name))
            self._times: IO[bytes] = self._kept(times.open("wb"))
        except OSError as error:
            self.abandon()
            raise self._unwritable(error) from error
        except BaseException:
            self.abandon()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: object, __: TracebackType | None) -> None:
        if kind is None:
            self.close()
        else:
            self.abandon()

    def put(self, record: Line, times: TimesRecord | None = None) -> None:
        """Append a record, and the times of the frame that it is about."""
        try:
            self._sink.put(record)
            if times is not None:
                self._times.write(to_line(times))
        except OSError as error:
            self.abandon()
            raise self._unwritable(error) from error

    def close(self) -> None:
        """Finish both files and give them their names. A second call does nothing."""
        if not self._open:
            return
        try:
            for file in self._files:
                file.close()
            for partial, target in self._finals.items():
                partial.replace(target)
        except OSError as error:
            self.abandon()
            raise self._unwritable(error) from error
        self._open = False

    def abandon(self) -> None:
        """Drop what was written. A second call, or one after ``close``, does nothing."""
        if not self._open:
            return
        self._open = False
        for file in self._files:
            with contextlib.suppress(OSError):
                file.close()
        for partial in self._finals:
            partial.unlink(missing_ok=True)

    def _kept(self, file: Any) -> Any:
        self._files.append(file)
        return file

    def _unwritable(self, error: OSError) -> BadRecords:
        return BadRecords(f"{self.path} cannot be written: {(error.strerror or str(error)).lower()}.")


class _Lines:
    """JSON lines into an open file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def put(self, record: Line) -> None:
        self._file.write(to_line(record))

    def close(self) -> None:
        self._file.close()


class _Zipped(_Lines):
    """JSON lines, compressed; no name and no time inside, so that the bytes are the records' alone."""

    def __init__(self, path: Path) -> None:
        self._below = path.open("wb")
        packed = gzip.GzipFile("", "wb", GZIP_LEVEL, self._below, mtime=0)
        super().__init__(packed)  # type: ignore[arg-type]

    def close(self) -> None:
        try:
            super().close()
        finally:
            self._below.close()


def check_ending(path: Path) -> None:
    """Raises BadRecords for a name from which no form can be told."""
    if not path.name.endswith(ENDINGS):
        raise BadRecords(f"Records are written as {', '.join(ENDINGS)}; {path.name} ends in none of them.")


def _sink(partial: Path, name: str) -> LineSink:
    if name.endswith(".parquet"):
        from tryon.replay.parquet import ParquetSink

        return ParquetSink(partial)
    return _Zipped(partial) if name.endswith(".gz") else _Lines(partial.open("wb"))
