"""What ``tryon replay`` does with its arguments: takes, their folder, gates, report, and how the command ends."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import typer

from tryon.cli.qa_gate import GATE_FAILED, read_gates, tell
from tryon.cli.replay_progress import ReplayProgress
from tryon.cli.replay_summary import print_takes
from tryon.cli.root import FAULT_OF_THE_CALLER
from tryon.config import Settings
from tryon.errors import BadClip, ConfigError, TryOnError
from tryon.looks import LookBook
from tryon.qa.cluster import Place, parse_place
from tryon.qa.cluster import run_takes as run_on_cluster
from tryon.qa.cluster.places import WORKERS_MAX
from tryon.qa.comparison import compare_run, gate_run
from tryon.qa.results import RunResult
from tryon.qa.run import TakeDone, keep_run, make_folder, run_of, run_takes
from tryon.replay.sources import Source, find_sources
from tryon.replay.takes import TakeTask, check_outputs, look_text, parse_look, plan_folder
from tryon.replay.unfinished import drop_unfinished

# Some takes failed and the others ran. (A gate that fails ends with 1, a run in which nothing ran with 2.)
SOME_FAILED = 3


@dataclass(frozen=True, slots=True)
class Wanted:
    """The command's arguments."""

    clips: tuple[str, ...]
    looks: tuple[str, ...]
    out: str | None = None
    records: Path | None = None
    report: Path | None = None
    gates: Path | None = None
    baseline: Path | None = None
    video: bool = True
    pixels: bool = True
    realtime: bool = False
    fps: float | None = None
    jobs: int | None = None
    cluster: str | None = None

    @property
    def judged(self) -> bool:
        return self.gates is not None or self.baseline is not None

    @property
    def folder(self) -> Path | None:
        """Where the run is kept, if ``out`` names a folder."""
        if self.out is None:
            return None
        named_so = self.out.endswith(("/", os.sep)) or not Path(self.out).suffix
        return Path(self.out) if named_so or Path(self.out).is_dir() else None


def run(wanted: Wanted, settings: Settings) -> None:
    """Do it all. Raises TryOnError where nothing can be run, and typer.Exit with the command's status."""
    if wanted.judged:
        read_gates(wanted.gates)  # what is wrong with them is told before the work
    place = place_of(wanted)
    book = LookBook(settings.catalogue_dir)
    problems: list[TryOnError] = []
    sources = find_sources(wanted.clips, wanted.fps, problems)
    looks = usable_looks(wanted.looks, book, problems)
    if not sources or not looks:
        for problem in problems[1:]:
            _complain(problem.sentence)
        raise problems[0]
    with _workplace(wanted) as folder:
        tasks = plan(wanted, sources, looks, folder)
        sentences = [problem.sentence for problem in problems]
        result, done = _run(wanted, settings, book, tasks, sentences, folder, place)
        print_takes(done, folder if wanted.folder is not None else None)
        failed = _told_failures(result)
        if len(failed) == len(tasks):
            raise typer.Exit(FAULT_OF_THE_CALLER)
        if wanted.judged and folder is not None:
            result = _judged(wanted, folder)
        if wanted.report is not None and folder is not None:
            from tryon.qa.report import write_report

            write_report(folder, wanted.report)
            typer.echo(f"{wanted.report}: the report")
        if wanted.judged:
            with suppress(typer.Exit):
                tell(result, None, None, step_summary=False, show_all=False)
        if any(not verdict.passed for verdict in result.verdicts):
            raise typer.Exit(GATE_FAILED)
        if failed or problems:
            raise typer.Exit(SOME_FAILED)


def place_of(wanted: Wanted) -> Place | None:
    """Where the takes run; None for this process. Raises ConfigError."""
    if wanted.jobs is not None and wanted.cluster is not None:
        raise ConfigError("--jobs and --cluster both say where takes run; give one.")
    if wanted.cluster is not None:
        return parse_place(wanted.cluster)
    if wanted.jobs is None or wanted.jobs == 1:
        return None
    if not 1 <= wanted.jobs <= WORKERS_MAX:
        raise ConfigError(
            f"--jobs {wanted.jobs}: between 1 and {WORKERS_MAX} takes run at once on one machine."
        )
    return Place(workers=wanted.jobs)


def usable_looks(texts: Sequence[str], book: LookBook, problems: list[TryOnError]) -> tuple[str, ...]:
    """The looks that the catalogue can dress, written alike; what is wrong with the others goes to ``problems``."""
    looks = [_usable(text, book, problems) for text in texts]
    return tuple(dict.fromkeys(look for look in looks if look is not None))


def _usable(text: str, book: LookBook, problems: list[TryOnError]) -> str | None:
    try:
        items = parse_look(text)
        book.resolve(items)
    except TryOnError as problem:
        problems.append(problem)
        return None
    return look_text(items)


def plan(
    wanted: Wanted, sources: Sequence[Source], looks: Sequence[str], folder: Path | None
) -> tuple[TakeTask, ...]:
    """The takes. Raises BadClip where they cannot be written as asked."""
    if wanted.folder is not None:
        if wanted.records is not None:
            raise BadClip("A folder has its own records; leave --records out, or name a file with --out.")
        tasks = plan_folder(
            sources,
            looks,
            wanted.folder.absolute(),
            video=wanted.video,
            before=wanted.video and wanted.report is not None,
            realtime=wanted.realtime,
            probes=wanted.pixels,
        )
        make_folder(wanted.folder, tasks)
        return tasks
    if len(sources) * len(looks) > 1:
        raise BadClip(
            f"Several takes ({len(sources) * len(looks)}) do not go into one file; give --out a folder, such as runs/."
        )
    if wanted.out is None and wanted.records is None and folder is None:
        raise BadClip(
            "Say what to write: --out OUT.mp4 or --out FOLDER/, --records OUT.jsonl, or --report OUT.html."
        )
    (inner,) = plan_folder(
        sources, looks, folder or Path(), before=wanted.report is not None, realtime=wanted.realtime
    )
    task = replace(
        inner,
        video=Path(wanted.out).absolute()
        if wanted.out is not None
        else inner.video
        if wanted.report
        else None,
        records=wanted.records.absolute()
        if wanted.records is not None
        else inner.records
        if folder
        else None,
        probes=wanted.pixels and (wanted.records is not None or folder is not None),
    )
    check_outputs([task])
    return (task,)


@contextmanager
def _workplace(wanted: Wanted) -> Iterator[Path | None]:
    """The run's folder: the one that was asked for, or one for as long as report and gates need it."""
    if wanted.folder is not None or not (wanted.judged or wanted.report is not None):
        yield wanted.folder
        return
    with tempfile.TemporaryDirectory(prefix="tryon-run-") as folder:
        yield Path(folder)


def _run(
    wanted: Wanted,
    settings: Settings,
    book: LookBook,
    tasks: Sequence[TakeTask],
    problems: Sequence[str],
    folder: Path | None,
    place: Place | None,
) -> tuple[RunResult, list[TakeDone]]:
    done: list[TakeDone] = []
    try:
        with ReplayProgress() as shown:
            if place is not None:
                result = run_on_cluster(
                    tasks, settings, place, problems=problems, watch=shown.standing, ended=done.append
                )
            else:
                result = run_takes(
                    tasks,
                    settings,
                    book,
                    problems=problems,
                    begins=shown.begins,
                    progress=shown.frames,
                    warming=shown.warming,
                    ended=done.append,
                )
    except KeyboardInterrupt:
        drop_unfinished(path for task in tasks for path in (*task.outputs, *task.times))
        if wanted.folder is not None and done:
            results = [take.result for take in done]
            stopped = f"The run was stopped after {len(done)} of {len(tasks)} takes."
            keep_run(run_of(results, settings, [*problems, stopped], realtime=wanted.realtime), wanted.folder)
        raise
    # Workers end in whatever order.
    done.sort(key=lambda take: tasks.index(take.outcome.task))
    if folder is not None:
        for task in tasks:
            _gather(task, folder)
        keep_run(result, folder)
    return result, done


def _gather(task: TakeTask, folder: Path) -> None:
    """Have what the take wrote elsewhere in the folder as well, under its name."""
    for path in (*task.outputs, *task.times):
        if path.parent != folder.absolute() and path.is_file():
            try:
                (folder / path.name).hardlink_to(path)
            except OSError:
                shutil.copyfile(path, folder / path.name)


def _judged(wanted: Wanted, folder: Path) -> RunResult:
    gates = read_gates(wanted.gates)
    if wanted.baseline is None:
        return gate_run(folder, gates)
    with ReplayProgress() as shown:
        return compare_run(folder, wanted.baseline, gates, shown.comparing)


def _told_failures(result: RunResult) -> list[str]:
    """The sentences of takes that failed, which are told on the standard error with those about clips and looks."""
    failed = [take.error for take in result.takes if take.error is not None]
    for sentence in dict.fromkeys((*result.problems, *failed)):
        _complain(sentence)
    return failed


def _complain(sentence: str) -> None:
    typer.echo(f"tryon: {sentence}", err=True)
