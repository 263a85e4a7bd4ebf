"""What a QA run found: figures by take, verdicts by gate, and where it ran. Plain values, kept as ``run.json``."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal, TypeAlias

from pydantic import ConfigDict, TypeAdapter, ValidationError

from tryon.errors import BadBaseline

SCHEMA: Final = 1
RUN_FILE: Final = "run.json"
# Thousands of takes fit; a larger file is not one of ours.
RUN_BYTES_MAX: Final = 64 * 1024 * 1024

# Figures that only a baseline gives.
BASELINE_MEASURES: Final = ("diff.",)

# Figures of one take or stratum, by the identifiers of ``docs/measures.md``. What a take cannot tell (lag of a head
# that rests) is absent, never zero.
Figures: TypeAlias = dict[str, float]


@dataclass(frozen=True, slots=True)
class Definition:
    """One measure: what it is called, its unit, which way is better, its formula in a sentence, and its source.

    ``pool`` tells how the figures of several takes become one: the mean weighted by frames, the root of the weighted
    mean of squares (what is itself a root mean square), or the worst of them.
    """

    id: str
    title: str
    unit: str
    better: Literal["lower", "higher", "neither"]
    formula: str
    source: str = ""
    pool: Literal["mean", "rms", "worst"] = "mean"


@dataclass(frozen=True, slots=True)
class WorstFrame:
    """A frame to look at first: the measure by which it is bad, and how bad, in that measure's unit."""

    index: int
    t_ms: float
    measure: str
    value: float


@dataclass(frozen=True, slots=True)
class TakeResult:
    """One clip with one look.

    ``files`` are names inside the run's folder: ``records``, ``times``, ``video`` (dressed), ``before`` (the camera's
    picture) and ``baseline`` (the baseline's dressed video); those that were not made are absent. ``error`` is the
    sentence that stopped the take; its figures then cover the frames before, if any. ``kinds`` are those of the
    look's products, sorted; ``sha256`` is the clip's, as in its records.
    """

    key: str
    clip: str
    look: str
    frames: int
    tags: tuple[str, ...] = ()
    figures: Figures = field(default_factory=dict)
    worst: tuple[WorstFrame, ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    warning: str | None = None
    error: str | None = None
    kinds: tuple[str, ...] = ()
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One gate held against one stratum: all takes, those with a tag, or one take.

    ``stratum`` is ``all``, ``tag:dark_skin`` or ``take:walk.mp4 × aviator-gold``. ``sentence`` says what passed or
    failed with its numbers; ``limit`` is the number that decided, in the measure's unit. ``value`` is None where the
    stratum has no such figure; such a gate fails if it says that the figure is required.
    """

    gate: str
    measure: str
    stratum: str
    value: float | None
    baseline: float | None
    limit: float | None
    passed: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class RunResult:
    """A whole run. ``environment`` names versions, machine and settings; ``problems`` are clips that never began.

    ``notes`` are what a reader of the verdicts must know and what is no fault: another version, a group too small.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    takes: tuple[TakeResult, ...]
    environment: dict[str, str]
    verdicts: tuple[Verdict, ...] = ()
    problems: tuple[str, ...] = ()
    baseline: str | None = None
    schema: int = SCHEMA
    notes: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every take ran to its end and every gate held."""
        whole = not self.problems and all(take.error is None for take in self.takes)
        return whole and all(verdict.passed for verdict in self.verdicts)


_RUN: Final = TypeAdapter(RunResult)


def save_run(run: RunResult, folder: Path) -> Path:
    """Write ``run.json`` into the run's folder, in one step in place of the one there, and return its path."""
    path = folder / RUN_FILE
    half = folder / f".half-{RUN_FILE}"
    half.write_bytes(_RUN.dump_json(run, indent=1) + b"\n")
    half.replace(path)
    return path


def without_verdicts(run: RunResult) -> RunResult:
    """The run as it was before it was held against gates or compared with a baseline."""
    return replace(run, takes=tuple(map(_uncompared, run.takes)), verdicts=(), baseline=None, notes=())


def _uncompared(take: TakeResult) -> TakeResult:
    return replace(
        take,
        figures={key: value for key, value in take.figures.items() if not key.startswith(BASELINE_MEASURES)},
        worst=tuple(frame for frame in take.worst if not frame.measure.startswith(BASELINE_MEASURES)),
        files={kind: name for kind, name in take.files.items() if kind != "baseline"},
    )


def load_run(folder: Path) -> RunResult:
    """Read it back. Raises BadBaseline with a sentence where there is none, or one of another format."""
    path = folder / RUN_FILE
    try:
        if path.stat().st_size > RUN_BYTES_MAX:
            raise BadBaseline(f"{path} is larger than any run's results; check the folder.")
        run = _RUN.validate_json(path.read_bytes())
    except OSError as error:
        raise BadBaseline(
            f"{folder} holds no run: it has no readable {RUN_FILE}. 'tryon replay … --out {folder}/' makes one."
        ) from error
    except ValidationError as error:
        raise BadBaseline(f"{path} is not a run's results; run the replay again.") from error
    if run.schema != SCHEMA:
        raise BadBaseline(
            f"{path} was written in format {run.schema}, this version reads format {SCHEMA}; run the replay again."
        )
    return run
