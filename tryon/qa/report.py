"""A run's folder as one HTML file that opens from disk: no server, no network, nothing beside it."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, Final

import numpy as np

from tryon.errors import BadClip, BadRecords, ConfigError
from tryon.qa.measure import measure_take
from tryon.qa.report_page import VIDEOS_MARK, Screen, TakePart, Thumb, as_json, in_order, render
from tryon.qa.report_series import POINTS_MAX, Timeline, as_data, timeline
from tryon.qa.report_video import Embedded, VideoWish, fit, thumbnails
from tryon.qa.results import TakeResult, WorstFrame, load_run
from tryon.qa.series import series_of
from tryon.replay.clip import ClipReader
from tryon.replay.records import read_takes
from tryon.replay.unfinished import unfinished

# Of the whole file: what a mail server still takes and a phone still opens.
BYTES_MAX: Final = 64 * 1024 * 1024
# Of that, at most this much for plots and for pictures; the videos get the rest.
DATA_BYTES_MAX: Final = 16 * 1024 * 1024
THUMB_BYTES_MAX: Final = 8 * 1024 * 1024
THUMBS_MAX: Final = 12
# Plots of many takes are coarser, but never coarser than a phone's screen.
POINTS_MIN: Final = 200
POINTS_ALL: Final = 40_000
TITLE: Final = "Tryon quality report"
# The players' order, and what they are called.
ROLES: Final = {"before": "Camera", "video": "Dressed", "baseline": "Baseline, dressed"}


def write_report(
    run_folder: Path, out: Path, *, title: str | None = None, bytes_max: int = BYTES_MAX
) -> None:
    """Write the report of the run in ``run_folder`` to ``out``, which appears only when it is whole.

    The file stays below ``bytes_max``: videos that would go beyond are written smaller or in part, and say so. Raises
    BadBaseline if the folder holds no run, ConfigError if ``out`` cannot be written. What a take lacks is said in the
    report.
    """
    run = load_run(run_folder)
    takes = in_order(run)
    points = max(POINTS_MIN, min(POINTS_MAX, POINTS_ALL // max(1, len(takes))))
    budget = _Budget(DATA_BYTES_MAX, THUMB_BYTES_MAX)
    parts = [_part(run_folder, take, points, budget) for take in takes]
    wishes = [wish for number, part in enumerate(parts) for wish in _wishes(run_folder, part, number)]
    page = render(run, parts, title or TITLE)
    # Base64 makes four bytes of three; a screen's markup takes some hundred.
    room = (bytes_max - len(page.encode()) - 1000 * len(wishes)) * 3 // 4
    with tempfile.TemporaryDirectory(prefix="tryon-report-") as scratch:
        videos = fit(wishes, room, Path(scratch))
        parts = [replace(part, screens=_screens(videos, at)) for at, part in enumerate(parts)]
        head, tail = render(run, parts, title or TITLE).split(VIDEOS_MARK, 1)
        _write(out, head, videos, tail)


class _Budget:
    """Bytes that are left for plots and for pictures; takes come in the order of their importance."""

    def __init__(self, data: int, pictures: int) -> None:
        self.data, self.pictures = data, pictures


def _part(folder: Path, take: TakeResult, points: int, budget: _Budget) -> TakePart:
    """The take's plots and pictures, or the sentences that say why there are none."""
    line, notes = _read(_from_records, folder, take)
    if line is None:
        line, more = _read(_from_video, folder, take)
        notes += more
    if line is None or not len(line.t_ms):
        return TakePart(take, notes=tuple(notes))
    data = as_json(as_data(line, points))
    if len(data) > budget.data:
        notes.append("No plots, to keep this file small; make a report of fewer takes.")
        data = as_json(as_data(replace(line, plots=(), strips=(), stretches=()), points))
    budget.data -= len(data)
    thumbs = _thumbs(folder, take, line, budget)
    return TakePart(take, len(line.t_ms), data, thumbs=thumbs, notes=tuple(notes))


def _read(
    source: Callable[[Path, TakeResult], Timeline | None], folder: Path, take: TakeResult
) -> tuple[Timeline | None, list[str]]:
    """What the source tells, or the sentence that says why it does not."""
    try:
        return source(folder, take), []
    except (BadRecords, BadClip) as error:
        return None, [f"No plots: {error.sentence}"]


def _from_records(folder: Path, take: TakeResult) -> Timeline | None:
    records = _file(folder, take, "records")
    if records is None:
        return None
    for found in read_takes(records):
        if found.key == take.key:
            return timeline(found, measure_take(series_of(found)).curves)
    raise BadRecords(f"{records.name} holds no take {take.key}.")


def _from_video(folder: Path, take: TakeResult) -> Timeline | None:
    """Nothing but the frames' times."""
    video = _file(folder, take, "video")
    if video is None or not video.is_file():
        return None
    with ClipReader(video, side_max_px=16) as reader:
        times = np.array([frame.t_ms for frame in reader], np.float64)
    return Timeline(times - times[0], tuple(range(len(times))))


def _file(folder: Path, take: TakeResult, role: str) -> Path | None:
    """A file of the run; one outside its folder is none."""
    name = take.files.get(role)
    if name is None:
        return None
    path = (folder / name).resolve()
    return path if path.is_relative_to(folder.resolve()) else None


def _worst(take: TakeResult, line: Timeline) -> Iterable[tuple[WorstFrame, int, float]]:
    """The worst frames that the records have, with their place and their time from the start, ms."""
    places = {index: place for place, index in enumerate(line.indices)}
    for worst in take.worst:
        place = places.get(worst.index)
        if place is not None:
            yield worst, place, float(line.t_ms[place])


def _thumbs(folder: Path, take: TakeResult, line: Timeline, budget: _Budget) -> tuple[Thumb, ...]:
    worst = list(_worst(take, line))[:THUMBS_MAX]
    video = _file(folder, take, "video")
    wanted = [at_ms for _, _, at_ms in worst] if budget.pictures > 0 else []
    pictures = thumbnails(video, wanted) if video is not None and wanted else {}
    budget.pictures -= sum(map(len, pictures.values()))
    return tuple(
        Thumb(place, frame.index, at_ms / 1000, frame.measure, frame.value, pictures.get(at_ms))
        for frame, place, at_ms in worst
    )


def _wishes(folder: Path, part: TakePart, number: int) -> Iterable[VideoWish]:
    worst_ms = tuple(thumb.seconds * 1000 for thumb in part.thumbs)
    # The dressed video matters most; the player puts them into its own order.
    for role in ("video", "before", "baseline"):
        path = _file(folder, part.result, role)
        if path is not None and part.frames:
            yield VideoWish(number, role, path, worst_ms)


def _screens(videos: Sequence[Embedded], number: int) -> tuple[Screen, ...]:
    mine = {video.wish.role: video for video in videos if video.wish.take == number}
    return tuple(_screen(role, caption, mine[role]) for role, caption in ROLES.items() if role in mine)


def _screen(role: str, caption: str, video: Embedded) -> Screen:
    parts = as_json([[round(first), round(last)] for first, last in video.parts])
    return Screen(role, caption, _id(video) if video.path else None, video.note, parts)


def _id(video: Embedded) -> str:
    return f"video-{video.wish.take}-{video.wish.role}"


def _write(out: Path, head: str, videos: Sequence[Embedded], tail: str) -> None:
    partial = unfinished(out)
    try:
        with partial.open("wb") as file:
            file.write(head.encode())
            for video in videos:
                if video.path is not None:
                    _embed(file, video.path, _id(video))
            file.write(tail.encode())
        partial.replace(out)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise ConfigError(
            f"{out} cannot be written: {(error.strerror or str(error)).lower()}; choose another place.",
            setting="report",
        ) from error


def _embed(file: IO[bytes], path: Path, name: str) -> None:
    file.write(f'<script type="application/octet-stream" id="{name}">'.encode())
    with path.open("rb") as video:
        # A multiple of three, so that the pieces of base64 join without padding.
        while piece := video.read(3 * 256 * 1024):
            file.write(base64.b64encode(piece))
    file.write(b"</script>\n")
