"""Measuring in turn, so that a busy machine disturbs what is compared alike.

A block of frames runs on the floor, then on one course, then on the floor again, then on the next course …; a
course's ratio in that round is its own median over the floor's two neighbouring medians. Over many rounds the median
of the ratios stays put where milliseconds wander.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tryon.bench.courses import Course, Steps
from tryon.bench.scene import Scene

Middle = Callable[[Sequence[float]], Any]


@dataclass(slots=True)
class Times:
    """What one course took, frame by frame, and round by round against the floor.

    ``cpu_ms`` is the whole process's processor time a frame, one value a block; other programs do not add to it.
    """

    steps_ms: list[Steps] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)
    cpu_ratios: list[float] = field(default_factory=list)

    @property
    def frames_ms(self) -> list[float]:
        return [sum(steps) for steps in self.steps_ms]

    def step_medians(self, names: Sequence[str]) -> dict[str, float]:
        """Milliseconds by step; medians, so their sum is near the whole frame's and not equal to it."""
        columns = np.median(np.array(self.steps_ms), axis=0)
        return {name: float(value) for name, value in zip(names, columns, strict=True)}


@dataclass(frozen=True, slots=True)
class Block:
    """Median (or mean) milliseconds, and processor milliseconds, of a frame in one block."""

    ms: float
    cpu_ms: float


def run_block(
    course: Course,
    scene: Scene,
    first: int,
    count: int,
    times: Times | None = None,
    middle: Middle = np.median,
) -> Block:
    """``count`` frames from number ``first`` on one course; ``times`` keeps them."""
    cpu = time.process_time()
    steps = [course.frame(number, scene.at(number)) for number in range(first, first + count)]
    cpu_ms = (time.process_time() - cpu) * 1e3 / count
    if times is not None:
        times.steps_ms += steps
        times.cpu_ms.append(cpu_ms)
    return Block(float(middle([sum(frame) for frame in steps])), cpu_ms)


def in_turn(
    floor: Course,
    courses: Sequence[Course],
    scene: Scene,
    *,
    rounds: int,
    block: int,
    done: Callable[[int], None] = lambda _: None,
    middle: Middle = np.median,
) -> dict[str, Times]:
    """Times by course name, the floor's among them. ``done`` gets the rounds that are done. ``middle`` says what stands
    for a block: where a course takes long on every other frame, only the mean does."""
    times = {course.name: Times() for course in (floor, *courses)}
    for course in (floor, *courses):
        run_block(course, scene, 0, block)
    for number in range(1, rounds + 1):
        first = number * block
        before = run_block(floor, scene, first, block, times[floor.name], middle)
        # Another order each round: what a course leaves in the caches then troubles each of the others alike.
        turn = number % len(courses)
        for course in (*courses[turn:], *courses[:turn]):
            own = times[course.name]
            measured = run_block(course, scene, first, block, own, middle)
            after = run_block(floor, scene, first, block, times[floor.name], middle)
            own.ratios.append(2 * measured.ms / (before.ms + after.ms))
            own.cpu_ratios.append(2 * measured.cpu_ms / (before.cpu_ms + after.cpu_ms))
            before = after
        done(number)
    return times
