"""Baselines: runs that were good enough to hold later ones against, kept whole.

A baseline's folder holds ``baseline.json``, which names a folder beside it, and that folder::

    main/baseline.json
    main/takes-3f2a…/run.json, walk-aviator.jsonl, walk-aviator.times.jsonl, walk-aviator.mp4, …

A new one is written beside the old one; replacing ``baseline.json``, which is one step of the file system, switches
over. Whatever stops a save, the folder then holds the old baseline or the new one, and never half of one.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from tryon.errors import BadBaseline
from tryon.qa.results import RUN_FILE, RunResult, TakeResult, load_run, save_run, without_verdicts

BASELINE_FILE: Final = "baseline.json"
SCHEMA: Final = 1
_MANIFEST_BYTES_MAX: Final = 16 * 1024 * 1024
_FOLDER: Final = "takes-"
_HALF: Final = ".half-"
# What of a take is kept: the camera's picture is not, it can be had from the clip.
_KEPT: Final = ("records", "times", "video")
_CHUNK_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class _Manifest:
    """``files`` are those of ``folder`` with their sizes, by which a cut or replaced file is found."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    kind: Literal["baseline"]
    version: str
    folder: Annotated[str, Field(pattern=rf"^{_FOLDER}[0-9a-f]{{16}}$")]
    files: dict[str, int]
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True)
class Baseline:
    """A baseline that was read. ``folder`` holds its takes' files; ``version`` is the Tryon that made it."""

    name: str
    folder: Path
    version: str
    run: RunResult
    bytes_total: int


_MANIFEST: Final = TypeAdapter(_Manifest)


def save_baseline(run_folder: Path, folder: Path) -> Baseline:
    """Keep a run as a baseline, in place of the one that is there.

    Raises BadBaseline for a run that is not whole, a folder that holds something else, and what the disk refuses.
    """
    run = _whole(load_run(run_folder), run_folder)
    _check_place(run_folder, folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _half(folder) as half:
            manifest = _fill(half, run, run_folder)
            _place(half, folder / manifest.folder, manifest)
        _switch(folder, manifest)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise BadBaseline(
            f"The baseline {folder} cannot be written: {reason}. What was there before still is."
        ) from error
    _tidy(folder, manifest.folder)
    return open_baseline(folder)


def open_baseline(folder: Path) -> Baseline:
    """Read a baseline; a run's own folder serves, too.

    Raises BadBaseline for one that is not there, that is damaged, or that is of another format.
    """
    if not (folder / BASELINE_FILE).exists():
        if not (folder / RUN_FILE).exists():
            raise BadBaseline(
                f"{folder} is no baseline; 'tryon qa baseline save RUN_FOLDER {folder}' makes one."
            )
        run = load_run(folder)
        return Baseline(folder.resolve().name, folder, run.environment.get("tryon", "unknown"), run, 0)
    manifest = _read_manifest(folder / BASELINE_FILE)
    inner = folder / manifest.folder
    for name, size in manifest.files.items():
        path = inner / plain_name(name)
        found = _size(path)
        if found != size:
            state = "is missing" if found is None else f"has {found} bytes instead of {size}"
            raise BadBaseline(
                f"The baseline {folder} is damaged: {name} {state}. Save it again, or fetch it whole."
            )
    run = load_run(inner)
    return Baseline(folder.resolve().name, inner, manifest.version, run, sum(manifest.files.values()))


def list_baselines(folder: Path) -> Iterator[Baseline | BadBaseline]:
    """Every baseline directly inside ``folder``, by name; in place of one that cannot be read, why."""
    if not folder.is_dir():
        raise BadBaseline(f"There is no folder {folder}.")
    for inner in sorted(folder.iterdir()):
        if (inner / BASELINE_FILE).is_file():
            try:
                yield open_baseline(inner)
            except BadBaseline as error:
                yield error


def plain_name(name: str) -> str:
    """The name of a file inside a folder, checked: no path that leads elsewhere. Raises BadBaseline."""
    if not name or name in {".", ".."} or any(mark in name for mark in "/\\\0"):
        raise BadBaseline(f"{name!r} is no name of a file in a run's folder.")
    return name


def _whole(run: RunResult, folder: Path) -> RunResult:
    """The run without what a former comparison added to it."""
    if not run.takes:
        raise BadBaseline(f"The run in {folder} has no takes; there is nothing to keep.")
    broken = [*run.problems, *(f"{take.key}: {take.error}" for take in run.takes if take.error)]
    if broken:
        raise BadBaseline(f"A baseline must be whole, and this run is not. {broken[0]}")
    kept = [replace(take, files=_kept(take)) for take in without_verdicts(run).takes]
    return replace(without_verdicts(run), takes=tuple(kept))


def _kept(take: TakeResult) -> dict[str, str]:
    return {kind: plain_name(name) for kind, name in take.files.items() if kind in _KEPT}


def _check_place(run_folder: Path, folder: Path) -> None:
    inside = folder.resolve()
    if inside == run_folder.resolve() or run_folder.resolve() in inside.parents:
        raise BadBaseline("A baseline needs a folder of its own, outside of the run's.")
    if not folder.exists():
        return
    if not folder.is_dir():
        raise BadBaseline(f"{folder} is a file; a baseline is a folder.")
    ours = all(path.name.startswith((_FOLDER, _HALF)) for path in folder.iterdir())
    if not (folder / BASELINE_FILE).exists() and not ours:
        raise BadBaseline(f"{folder} holds other files; give a baseline a folder of its own.")


@contextmanager
def _half(folder: Path) -> Iterator[Path]:
    """A folder to fill; it is gone afterwards unless it was renamed."""
    half = Path(tempfile.mkdtemp(prefix=_HALF, dir=folder))
    try:
        yield half
    finally:
        shutil.rmtree(half, ignore_errors=True)


def _fill(half: Path, run: RunResult, source: Path) -> _Manifest:
    save_run(run, half)
    names = sorted({name for take in run.takes for name in take.files.values()})
    digest = hashlib.blake2b((half / RUN_FILE).read_bytes(), digest_size=8)
    for name in names:
        if not (source / name).is_file():
            raise BadBaseline(f"The run's folder {source} lacks {name}; run the replay again.")
        digest.update(name.encode())
        _copy(source / name, half / name, digest)
    half.chmod(0o755)
    _sync(half)
    sizes = {path.name: path.stat().st_size for path in sorted(half.iterdir())}
    version = run.environment.get("tryon", "unknown")
    return _Manifest("baseline", version, f"{_FOLDER}{digest.hexdigest()}", sizes)


def _place(half: Path, target: Path, manifest: _Manifest) -> None:
    """Give the filled folder its name; one of this name has the same content, unless it was damaged since."""
    if target.exists():
        if all(_size(target / name) == size for name, size in manifest.files.items()):
            return
        target.rename(half.with_name(f"{half.name}.old"))
    half.rename(target)


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None


def _copy(source: Path, target: Path, digest: hashlib.blake2b) -> None:
    with source.open("rb") as read, target.open("wb") as written:
        while chunk := read.read(_CHUNK_BYTES):
            digest.update(chunk)
            written.write(chunk)
        written.flush()
        os.fsync(written.fileno())


def _switch(folder: Path, manifest: _Manifest) -> None:
    """From the old baseline to the new one, in one step."""
    _sync(folder)
    half = folder / f"{_HALF}{BASELINE_FILE}"
    with half.open("wb") as file:
        file.write(_MANIFEST.dump_json(manifest, indent=1) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    half.replace(folder / BASELINE_FILE)
    _sync(folder)


def _sync(folder: Path) -> None:
    """Have the folder's names on the disk, too, where the system knows such a thing."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _tidy(folder: Path, current: str) -> None:
    """Remove former baselines and what a stopped save left."""
    for path in folder.iterdir():
        if path.name != current and path.name.startswith((_FOLDER, _HALF)):
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def _read_manifest(path: Path) -> _Manifest:
    try:
        with path.open("rb") as file:
            manifest = _MANIFEST.validate_json(file.read(_MANIFEST_BYTES_MAX))
    except OSError as error:
        raise BadBaseline(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.") from error
    except ValidationError as error:
        raise BadBaseline(f"{path} is no baseline's list of files; save the baseline again.") from error
    if manifest.schema != SCHEMA:
        raise BadBaseline(
            f"{path.parent} is a baseline of format {manifest.schema}, this version reads format {SCHEMA}; "
            "save it again."
        )
    return manifest
