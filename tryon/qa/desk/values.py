"""Clips, orders and states of ``/qa`` as they are kept in files and told to the page. Times are in ms since 1970."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from pydantic import TypeAdapter, ValidationError

from tryon.qa.desk.files import read_json

ClipKind = Literal["upload", "recording"]
GatesKind = Literal["none", "default", "own"]
StateName = Literal[
    "waiting", "running", "measured", "passed", "gates_failed", "failed", "cancelled", "interrupted"
]

# Nothing more comes of these by itself.
ENDED: Final = frozenset({"measured", "passed", "gates_failed", "failed", "cancelled", "interrupted"})
# Of these there is a report.
REPORTED: Final = frozenset({"measured", "passed", "gates_failed"})


@dataclass(frozen=True, slots=True)
class Probe:
    """What a clip is, as far as it was looked at. ``frames`` is None where it was too long to be counted."""

    width_px: int
    height_px: int
    fps: float | None
    frames: int | None
    duration_ms: float | None
    warning: str | None = None


@dataclass(frozen=True, slots=True)
class Clip:
    """One clip. All that was made of it expires with it. ``file`` is its name inside its folder."""

    id: str
    name: str
    kind: ClipKind
    file: str
    bytes: int
    sha256: str
    probe: Probe
    made_ms: int
    expires_ms: int


@dataclass(frozen=True, slots=True)
class Order:
    """A run as it was asked for. ``compare_only``: its takes are there, only gates and baseline are new."""

    id: str
    clip: str
    looks: tuple[str, ...]
    gates: GatesKind
    baseline: str | None
    made_ms: int
    # Places in the queue; a clock may stand still or jump.
    turn: int
    compare_only: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """Where a run is. ``sentence`` says why, where there is more to say."""

    name: StateName
    since_ms: int
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class TakeTold:
    """A take in a few words: its key figures as title and value with unit."""

    look: str
    frames: int
    error: str | None = None
    warning: str | None = None
    figures: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the replaying process left when it was done."""

    state: StateName
    sentence: str
    takes: tuple[TakeTold, ...] = ()
    baseline: str | None = None
    wall_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: what it does, which take of how many, and frames over all takes.

    ``frames_all`` and ``eta_s`` are None while nobody can know.
    """

    step: Literal["warming", "take", "comparing", "report"]
    fraction: float = 0.0
    take: int = 0
    takes: int = 0
    look: str = ""
    frames: int = 0
    frames_all: int | None = None
    fps: float | None = None
    eta_s: float | None = None


@dataclass(frozen=True, slots=True)
class BaselineAbout:
    """A run that was kept to hold later ones against."""

    id: str
    name: str
    clip: str
    looks: tuple[str, ...]
    version: str
    made_ms: int


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What is told of an expired run: nothing that its pictures showed."""

    id: str
    name: str
    looks: tuple[str, ...]
    expired_ms: int


@dataclass(frozen=True, slots=True)
class RunNow:
    """A run with all that is known of it now."""

    order: Order
    state: State
    outcome: Outcome | None = None
    progress: Progress | None = None
    files: tuple[str, ...] = field(default=())


Kept = TypeVar("Kept", Clip, Order, State, Outcome, Progress, BaselineAbout, Tombstone)


def read(kind: type[Kept], path: Path) -> Kept | None:
    """The value in the file; None where there is none, or one that another version wrote."""
    found = read_json(path)
    if found is None:
        return None
    try:
        return _adapter(kind).validate_python(found)
    except ValidationError:
        return None


_ADAPTERS: Final[dict[type[Any], TypeAdapter[Any]]] = {
    kind: TypeAdapter(kind)
    for kind in (Clip, Order, State, Outcome, Progress, BaselineAbout, Tombstone, Probe)
}


def _adapter(kind: type[Kept]) -> TypeAdapter[Kept]:
    return _ADAPTERS[kind]


def read_probe(text: bytes) -> Probe:
    """Raises pydantic's ValidationError for what is none."""
    probe: Probe = _ADAPTERS[Probe].validate_json(text)
    return probe


def plain(value: Any) -> dict[str, Any]:
    """The value as JSON takes it."""
    return asdict(value)
