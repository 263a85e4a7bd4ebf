"""How well photos are read: ``python -m tryon.ingest.photo_figures`` photographs frames of known shape and tells.

For each frame and each way of photographing it: how the lens openings that were found overlap with the true ones, how
far the measured width is from the true one, and how long reading took.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from tryon.catalogue.frame_spec import FrameSpec
from tryon.errors import TryOnError
from tryon.frame import F64
from tryon.ingest.eyewear_photo import Reading, read_frame
from tryon.ingest.frame_parts import parts_of
from tryon.ingest.photo_shoot import Photo, Shot, photo_range, photograph
from tryon.ingest.photo_size import Size

# A studio's, a table's by the window, and a bad one's: farther away, askew, a grey wall, hard shadows, much JPEG.
SHOTS: Final = {
    "studio": Shot(distance_mm=1000, shadow=0.2, quality=92),
    "table": Shot(
        distance_mm=700, roll_deg=2.5, yaw_deg=1.5, pitch_deg=3.0, wall=(232, 230, 226), shadow=0.35, quality=85
    ),
    "poor": Shot(
        width_px=900, distance_mm=1200, roll_deg=-3.0, yaw_deg=-2.0, pitch_deg=-2.0, wall=(205, 210, 214),
        shadow=0.45, uneven=0.12, noise=2.5, quality=78,
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """One photo: overlaps of both openings 0..1, the width's error as a part of it, seconds; or why it was refused."""

    name: str
    shot: str
    overlaps: tuple[float, float] = (0.0, 0.0)
    width: float = 1.0
    seconds: float = 0.0
    refused: str = ""

    @property
    def good(self) -> bool:
        return min(self.overlaps) >= 0.9 and abs(self.width) <= 0.01


def overlaps(reading: Reading, photo: Photo) -> tuple[float, float]:
    """Intersection over union of the found and the true opening, of the wearer's right first."""
    axis = np.array((reading.straight.axis_px, 0.0))
    found = [reading.straight.to_photo(reading.opening.points(side) + axis) + 0.5 for side in (-1.0, 1.0)]
    right, left = (_overlap(own, true) for own, true in zip(found, photo.openings_px, strict=True))
    return right, left


def measured(name: str, spec: FrameSpec, shot_name: str, shot: Shot) -> Figure:
    """Photograph, read and compare."""
    photo = photograph(spec, shot, seed=len(name))
    started = time.process_time()
    try:
        reading = read_frame(photo.jpeg, Size(spec.lens_width_mm, spec.bridge_mm, spec.temple_length_mm))
    except TryOnError as error:
        return Figure(name, shot_name, refused=error.sentence)
    seconds = time.process_time() - started
    width = float(parts_of(reading.mesh).sizes_mm["total_width_mm"]) / spec.total_width_mm - 1
    return Figure(name, shot_name, overlaps(reading, photo), width, seconds)


def figures(shots: Sequence[str]) -> Iterator[Figure]:
    """Of every frame in every way."""
    for name, spec in photo_range().items():
        for shot in shots:
            yield measured(name, spec, shot, SHOTS[shot])


def _overlap(one: F64, other: F64) -> float:
    low = np.floor(np.minimum(one.min(axis=0), other.min(axis=0))) - 2
    size = np.ceil(np.maximum(one.max(axis=0), other.max(axis=0)) - low).astype(int) + 2
    masks = []
    for line in (one, other):
        mask = np.zeros((int(size[1]), int(size[0])), np.uint8)
        cv2.fillPoly(mask, [np.rint((line - low) * 16).astype(np.int32)], [1], cv2.LINE_8, 4)
        masks.append(mask > 0)
    return float((masks[0] & masks[1]).sum() / (masks[0] | masks[1]).sum())


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line: a line a photo, and the worst at the end."""
    parser = argparse.ArgumentParser(prog="python -m tryon.ingest.photo_figures", description=main.__doc__)
    parser.add_argument("--shot", choices=list(SHOTS), action="append", help="one way only; again for others")
    told = []
    for figure in figures(parser.parse_args(arguments).shot or list(SHOTS)):
        told.append(figure)
        right, left = figure.overlaps
        line = figure.refused or f"{right:.3f} {left:.3f}  {figure.width:+.2%}  {figure.seconds:.1f} s"
        sys.stdout.write(f"{figure.name:22} {figure.shot:7} {line}\n")
        sys.stdout.flush()
    good = sum(figure.good for figure in told)
    sys.stdout.write(
        f"{good} of {len(told)} with overlaps of 0.9 and a width within 1 %; least overlap "
        f"{min(min(figure.overlaps) for figure in told):.3f}, largest error of width "
        f"{max(abs(figure.width) for figure in told):.2%}\n"
    )


if __name__ == "__main__":
    main()
