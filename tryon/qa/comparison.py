"""A run held against gates, alone or against a baseline. What comes of it is written into the run's ``run.json``."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from tryon.errors import BadBaseline, TryOnError
from tryon.qa.baseline import BASELINE_FILE, Baseline, open_baseline, plain_name
from tryon.qa.environment import differences, same_machine
from tryon.qa.gates import Gates
from tryon.qa.results import RunResult, TakeResult, Verdict, load_run, save_run, without_verdicts
from tryon.qa.verdicts import Judgement, Reference, judge, listed

# The gate of takes that cannot be held against the baseline's; a file of gates cannot turn it off.
BASELINE_GATE: Final = "baseline"

# Told before each pair of videos is compared: the take, its number, and how many there are.
Progress = Callable[[str, int, int], None]


@dataclass
class _Pairing:
    """The run's takes beside the baseline's, as far as they are the same clips and looks."""

    takes: list[TakeResult]
    reference: dict[str, TakeResult] = field(default_factory=dict)
    refused: list[Verdict] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def silent(_take: str, _number: int, _of: int) -> None:
    """A progress that nobody watches."""


def gate_run(run_folder: Path, gates: Gates) -> RunResult:
    """Hold a run against the absolute limits. Raises BadBaseline where no gate has anything to hold."""
    run = without_verdicts(_load(run_folder))
    return _write(run_folder, run, judge(run.takes, gates))


def compare_run(
    run_folder: Path, baseline_folder: Path, gates: Gates, progress: Progress = silent
) -> RunResult:
    """Hold a run against all gates and a baseline, frame by frame where both have their videos.

    Raises BadBaseline for what is no run or no baseline, and where they have no take in common. A take that cannot be
    compared (another clip under the same name, one that is missing) is a failed verdict, and the others go on.
    """
    run = without_verdicts(_load(run_folder))
    baseline = open_baseline(baseline_folder)
    pairing = _pair(run, baseline)
    for number, key in enumerate(pairing.reference, 1):
        progress(key, number, len(pairing.reference))
        _see_pictures(pairing, key, run_folder, baseline)
    reference = Reference(pairing.reference, same_machine(run.environment, baseline.run.environment))
    judgement = judge(pairing.takes, gates, reference)
    told = Judgement(
        (*pairing.refused, *judgement.verdicts),
        (*_changes(run, baseline), *_told(pairing), *judgement.notes),
    )
    return _write(run_folder, replace(run, takes=tuple(pairing.takes), baseline=baseline.name), told)


def _load(run_folder: Path) -> RunResult:
    if (run_folder / BASELINE_FILE).exists():
        raise BadBaseline(
            f"{run_folder} is a baseline; name the run's folder first and the baseline's second."
        )
    return load_run(run_folder)


def _write(run_folder: Path, run: RunResult, judgement: Judgement) -> RunResult:
    if not judgement.verdicts and any(take.error is None for take in run.takes):
        raise BadBaseline(f"No gate could be held against this run. {' '.join(judgement.notes)}".rstrip())
    judged = replace(run, verdicts=judgement.verdicts, notes=judgement.notes)
    try:
        save_run(judged, run_folder)
    except OSError as error:
        raise BadBaseline(
            f"The verdicts cannot be written to {run_folder}: {(error.strerror or str(error)).lower()}."
        ) from error
    return judged


def _pair(run: RunResult, baseline: Baseline) -> _Pairing:
    before = {take.key: take for take in baseline.run.takes}
    now = [take.key for take in run.takes]
    if not set(now) & set(before):
        raise BadBaseline(
            f"The run and the baseline {baseline.name} have no take in common: the run has "
            f"{listed(now)}, the baseline {listed(before)}."
        )
    pairing = _Pairing(list(run.takes))
    for take in run.takes:
        _pair_take(pairing, take, before.get(take.key))
    for key in before:
        if key not in now:
            pairing.refused.append(
                _refusal(key, f"The baseline has {key}, this run has not; replay it, or save a new baseline.")
            )
    return pairing


def _pair_take(pairing: _Pairing, take: TakeResult, before: TakeResult | None) -> None:
    if take.error is not None:
        return  # its own sentence fails the run
    if before is None:
        pairing.new.append(take.key)
    elif not take.sha256 or take.sha256 != before.sha256:
        sentence = (
            f"{take.key}: {take.clip} is another clip than the one of this name in the baseline; "
            "rename it, or save a new baseline."
        )
        pairing.refused.append(_refusal(take.key, sentence))
    else:
        pairing.reference[take.key] = before
        if take.frames != before.frames:
            pairing.notes.append(f"{take.key} has {take.frames} frames, the baseline's {before.frames}.")


def _refusal(key: str, sentence: str) -> Verdict:
    return Verdict(BASELINE_GATE, "", f"take:{key}", None, None, None, False, sentence)


def _see_pictures(pairing: _Pairing, key: str, run_folder: Path, baseline: Baseline) -> None:
    """Compare the dressed videos, and lay the baseline's beside the run's for the report."""
    from tryon.qa.compare import compare_clips

    before = pairing.reference[key]
    number = next(index for index, take in enumerate(pairing.takes) if take.key == key)
    take = pairing.takes[number]
    if "video" not in take.files or "video" not in before.files:
        pairing.unseen.append(key)
        return
    try:
        video = run_folder / plain_name(take.files["video"])
        old = baseline.folder / plain_name(before.files["video"])
        difference = compare_clips(video, old)
        beside = video.with_name(f"{video.stem}.baseline{video.suffix}")
        _lay(old, beside)
    except (TryOnError, OSError) as error:
        told = error.sentence if isinstance(error, TryOnError) else (error.strerror or str(error)).lower()
        sentence = f"{key}: the pictures could not be compared with the baseline's. {told}"
        pairing.refused.append(_refusal(key, sentence))
        return
    if difference.unpaired and take.frames == before.frames:
        sentence = f"{key}: one of the two videos has {difference.unpaired} frames more; one was cut. Replay it again."
        pairing.refused.append(_refusal(key, sentence))
    pairing.takes[number] = replace(
        take,
        figures={**take.figures, **difference.figures},
        worst=(*take.worst, *difference.worst),
        files={**take.files, "baseline": beside.name},
    )


def _lay(source: Path, target: Path) -> None:
    """The same file under another name where the file system can, else a copy."""
    target.unlink(missing_ok=True)
    with suppress(OSError):
        os.link(source, target)
        return
    shutil.copyfile(source, target)


def _changes(run: RunResult, baseline: Baseline) -> list[str]:
    """Another version, machine or setting: what a comparison is for, or what explains it."""
    told = differences(run.environment, baseline.run.environment)
    return [f"Not as in the baseline {baseline.name}: {told}."] if told else []


def _told(pairing: _Pairing) -> list[str]:
    notes = list(pairing.notes)
    if pairing.new:
        notes.append(f"Held to absolute limits alone, for the baseline has them not: {listed(pairing.new)}.")
    if pairing.unseen:
        notes.append(
            f"No pictures were compared, for there is no video on both sides: {listed(pairing.unseen)}."
        )
    return notes
