"""One take: a recorded clip through the mirror's own pipeline, on the clip's own clock, with records of every frame.

The same clip, look, settings and version make the same bytes of records and video, in whatever process. Times are kept
apart, because clocks differ from run to run; a take in ``realtime`` depends on them and is marked.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import cv2

from tryon import __version__, jpeg
from tryon.config import Settings
from tryon.errors import PerceptionFailed, TryOnError
from tryon.frame import Frame
from tryon.looks import Look, LookBook
from tryon.pipeline import Engine, Pipeline, Rendered
from tryon.replay.account import account, dropped, settings_record
from tryon.replay.arrivals import Arrivals, everything
from tryon.replay.clip import ClipInfo, ClipReader, ClipWriter, Sound, StillsReader
from tryon.replay.notes import read_notes
from tryon.replay.probes import Probes
from tryon.replay.record_files import RecordsWriter
from tryon.replay.records import MS_DIGITS, ClipRecord, EndRecord, FrameRecord, Line, TakeRecord, TimesRecord
from tryon.replay.sources import Source
from tryon.replay.takes import TakeOutcome, TakeTask, Tally, parse_look

# Called with the frames done, and how many there will be where the clip tells.
Progress = Callable[[int, int | None], None]
# Called with every record as it is written, and the times of the frame that it is about.
Watch = Callable[[Line, TimesRecord | None], None]
Reader = ClipReader | StillsReader

_MB: Final = 1 << 20


def silent(*_: object) -> None:
    """For callers who do not watch."""


def run_take(
    task: TakeTask,
    engine: Engine,
    settings: Settings,
    book: LookBook,
    *,
    progress: Progress = silent,
    watch: Watch = silent,
    clock: Callable[[], float] = time.perf_counter,
) -> TakeOutcome:
    """Run one take and write what it asks for.

    Whatever is wrong with clip, look or output is told in the outcome's ``end.error``, one sentence; files of such a
    take are not written, or left as they were. A frame on which the landmark model fails costs that frame. ``clock``
    is monotonic, in seconds.
    """
    take = _Take(task, engine, settings, progress, watch, clock)
    begun_s = clock()
    try:
        with one_thread():
            take.run(book)
    except TryOnError as error:
        take.fail(error.sentence)
    except OSError as error:
        take.fail(f"{task.key} was stopped by the system: {(error.strerror or str(error)).lower()}.")
    except Exception as error:  # noqa: BLE001 - whatever it was, the other takes go on
        take.fail(f"{task.key} was stopped by a fault of ours: {type(error).__name__} in {_place(error)}.")
    return take.outcome(clock() - begun_s)


@contextmanager
def one_thread() -> Iterator[None]:
    """OpenCV in this thread alone, as in the server's workers: other takes use the other cores."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(threads)


def open_source(source: Source, *, with_sound: bool = False, spent: bool = False) -> Reader:
    """The source's frames. Raises BadClip."""
    if source.fps is not None:
        return StillsReader(source.paths, source.fps, spent=spent)
    return ClipReader(source.path, with_sound=with_sound, spent=spent)


def dressed(pipeline: Pipeline, frame: Frame, look: Look, engine: Engine) -> Rendered | None:
    """The frame with the look on it; None where the landmark model fails."""
    try:
        return pipeline.process(frame, look, engine)
    except PerceptionFailed:
        return None


class _Take:
    """A take under way."""

    def __init__(
        self,
        task: TakeTask,
        engine: Engine,
        settings: Settings,
        progress: Progress,
        watch: Watch,
        clock: Callable[[], float],
    ) -> None:
        self._task = task
        self._engine = engine
        self._settings = settings
        self._progress = progress
        self._watch = watch
        self._clock = clock
        self._pipeline = Pipeline(settings)
        self._arrivals = Arrivals() if task.realtime else None
        self._tally = Tally()
        self._head: TakeRecord | None = None
        self._end: EndRecord | None = None

    def run(self, book: LookBook) -> None:
        """The whole take. Raises what stops it; files are then as they were."""
        task = self._task
        look = book.resolve(parse_look(task.look))
        notes = read_notes(task.source.path)
        probes = None
        if task.probes:
            labels = {index: [label.polygon for label in found] for index, found in notes.by_frame().items()}
            probes = Probes(look, labels)
        with ExitStack() as files:
            # Who looks at the camera's picture afterwards needs it undressed.
            spent = probes is None and task.before is None
            reader = open_source(task.source, with_sound=task.video is not None, spent=spent)
            files.callback(reader.close)
            head = self._head = self._take_record(reader.info, (*notes.tags, *task.tags))
            records = files.enter_context(RecordsWriter(task.records)) if task.records is not None else None
            before = (
                files.enter_context(_writer(task.before, reader.info)) if task.before is not None else None
            )
            video = (
                files.enter_context(_writer(task.video, reader.info, reader.sound))
                if task.video is not None
                else None
            )
            self._put(records, head)
            timed = _Timed(reader, self._clock)
            for frame, wanted in everything(timed) if self._arrivals is None else self._arrivals.sort(timed):
                if wanted:
                    record, times = self._work(frame, timed.ms.pop(frame.sequence), look, probes, video)
                else:
                    self._tally.add_dropped()
                    record, times = dropped(frame), TimesRecord(frame.sequence, {})
                if probes is not None and (record.dropped or record.failed):
                    probes.skip()
                if before is not None:
                    before.write(frame.bgr, frame.t_ms)
                self._put(records, record, times)
                self._progress(self._tally.frames, reader.info.frames)
            self._end = EndRecord(self._tally.frames, _warnings(reader, video))
            if records is not None:
                records.put(self._end)
        self._watch(self._end, None)

    def fail(self, sentence: str) -> None:
        """The take ends here."""
        self._end = EndRecord(self._tally.frames, error=sentence)
        if self._head is not None:
            self._watch(self._end, None)

    def outcome(self, wall_s: float) -> TakeOutcome:
        """What came of it, once it ran or failed."""
        tally = self._tally
        return TakeOutcome(
            self._task,
            self._head,
            self._end or EndRecord(tally.frames, error=f"{self._task.key} never ran."),
            frames_with_face=tally.with_face,
            frames_failed=tally.failed,
            frames_dropped=tally.dropped,
            hints=dict(tally.hints.most_common()),
            ms=tally.times(),
            wall_s=wall_s,
            peak_mb=peak_mb(),
        )

    def _work(
        self, frame: Frame, decode_ms: float, look: Look, probes: Probes | None, video: ClipWriter | None
    ) -> tuple[FrameRecord, TimesRecord]:
        ms = {"decode": decode_ms}
        begun_s = self._clock()
        rendered = dressed(self._pipeline, frame, look, self._engine)
        bgr = frame.bgr if rendered is None else rendered.bgr
        ms |= {} if rendered is None else rendered.timings_ms
        if self._arrivals is not None:
            # The live server reads the frame from a JPEG and answers with one.
            jpeg.decode(jpeg.encode(bgr, self._settings.jpeg_quality))
            self._arrivals.worked((self._clock() - begun_s) * 1e3)
        if video is not None:
            encoding_s = self._clock()
            video.write(bgr, frame.t_ms)
            ms["encode"] = (self._clock() - encoding_s) * 1e3
        self._tally.add(rendered)
        self._tally.add_times(ms)
        seen = None if probes is None or rendered is None else probes.see(frame.bgr, rendered, frame.sequence)
        rounded = {step: round(value, MS_DIGITS) for step, value in ms.items()}
        return account(frame, rendered, seen), TimesRecord(frame.sequence, rounded)

    def _put(self, records: RecordsWriter | None, record: Line, times: TimesRecord | None = None) -> None:
        if records is not None:
            records.put(record, times)
        self._watch(record, times)

    def _take_record(self, info: ClipInfo, tags: tuple[str, ...]) -> TakeRecord:
        source = self._task.source
        clip = ClipRecord(
            name=source.name,
            sha256=source.sha256(),
            width_px=info.width_px,
            height_px=info.height_px,
            source_width_px=info.source_width_px,
            source_height_px=info.source_height_px,
            fps=_rounded(info.fps),
            frames=info.frames,
            duration_ms=_rounded(info.duration_ms),
        )
        return TakeRecord(
            __version__,
            clip,
            self._task.look,
            settings_record(self._settings),
            tags=tuple(dict.fromkeys(tags)),
            realtime=self._task.realtime,
        )


class _Timed:
    """A reader's frames, and how long each took to come, in milliseconds by its number."""

    def __init__(self, reader: Reader, clock: Callable[[], float]) -> None:
        self.ms: dict[int, float] = {}
        self._reader = reader
        self._clock = clock

    def __iter__(self) -> Iterator[Frame]:
        begun_s = self._clock()
        for frame in self._reader:
            # One frame may still wait; of older ones that nobody worked on, nobody asks.
            self.ms = {number: ms for number, ms in self.ms.items() if number == frame.sequence - 1}
            self.ms[frame.sequence] = (self._clock() - begun_s) * 1e3
            yield frame
            begun_s = self._clock()


def _writer(path: Path, info: ClipInfo, sound: Sound | None = None) -> ClipWriter:
    return ClipWriter(path, info.width_px, info.height_px, info.fps, sound=sound)


def _warnings(reader: Reader, video: ClipWriter | None) -> str | None:
    told = (reader.warning, video.warning if video is not None else None)
    return " ".join(warning for warning in told if warning) or None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, MS_DIGITS)


def _place(error: Exception) -> str:
    """Function and line; never the text, in which a library may quote what it failed on."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace is not None else "?"


def peak_mb() -> float | None:
    """The most memory that this process has held, where the system tells."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / _MB if sys.platform == "darwin" else peak / 1024
