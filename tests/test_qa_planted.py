"""Faults planted in the pipeline itself: each is flagged by its own gate and by no other, and a clean run by none.

A synthetic head of known pose is replayed with glasses and a lipstick. The default gates hold each faulty replay
against the clean one. The clean replay that must pass is of another recording: the same head and motion, other noise.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from functools import cache
from typing import Final, Literal

import numpy as np
import pytest

from tryon.config import Settings
from tryon.frame import U8, Frame
from tryon.geometry.camera import Camera
from tryon.geometry.pose import Pose
from tryon.geometry.steady import Head
from tryon.looks import Look, LookBook, LookItem
from tryon.overlays.application import Application
from tryon.overlays.front import Front
from tryon.overlays.lips import Lips
from tryon.perception import landmarks as at
from tryon.perception.face import FaceTracker
from tryon.perception.face_model import FaceModel
from tryon.perception.observation import Observation
from tryon.pipeline import Engine, Pipeline
from tryon.qa.gates import default_gates, load_gates
from tryon.qa.measure import Measured, measure_take
from tryon.qa.results import TakeResult
from tryon.qa.series import Series
from tryon.qa.verdicts import Reference, judge
from tryon.replay.account import account
from tryon.replay.motion import Motion, still, yaw
from tryon.replay.probes import Probes
from tryon.replay.synth import Stage, SyntheticHead
from tryon.replay.truth import ClipTruth, TrueFrame, TruePose, TruthHead

pytestmark = pytest.mark.usefixtures("carved_once")

Fault = Literal["none", "tremble", "late", "late whole", "grows", "shade up", "shade down", "lost"]
Script = Literal["turns", "rests"]

FRAMES: Final = 105
FPS: Final = 30.0
NOISE: Final = 4.0
TREMBLE_PX: Final = 0.5
GROWTH: Final = 0.02
COLOUR: Final = 0.03
# Where lips are neither in their best light nor in their worst: a take's mean colour is that of the frames it has.
LOST: Final = range(30, 50)
SETTINGS: Final = Settings(threads=1)
CAMERA: Final = Camera.from_fov(640, 480, SETTINGS.horizontal_fov_deg)
# So slow that one frame's delay is a delay only: at 60° a second it is 2° of rotation, which the pose's own gate flags,
# and rightly.
TURN_DEG_PER_S: Final = 45.0
SCRIPTS: Final[dict[Script, Motion]] = {
    "turns": yaw(25, TURN_DEG_PER_S, FRAMES * 1000 / FPS, steady=True),
    "rests": still(FRAMES * 1000 / FPS),
}
# The family of measures whose gates may, and must, flag the fault.
RIGHT: Final[dict[Fault, str]] = {
    "tremble": "jitter",
    "late": "lag",
    "late whole": "lag",
    "grows": "scale",
    "shade up": "colour",
    "shade down": "colour",
    "lost": "detect",
}


class SeenBefore(FaceTracker):
    """What the tracker saw in a clip's frames: it is the same in each replay, and half of the work."""

    def __init__(self, seen: list[Observation]) -> None:
        super().__init__()
        self._seen = seen

    def observe(self, frame: Frame, model: FaceModel) -> Observation:
        del model
        return self._seen[frame.sequence]


class FaultyPipeline(Pipeline):
    """The pipeline with a fault between the geometry and the drawing."""

    def __init__(self, fault: Fault, seen: list[Observation]) -> None:
        super().__init__(SETTINGS)
        self._tracker = SeenBefore(seen)
        follow = self._attendance.follow
        self._attendance.follow = lambda *told, **asked: (self._faulty(*follow(*told, **asked)), ())  # type: ignore[method-assign]
        self._fault = fault
        self._random = np.random.default_rng(7)
        self._number = -1
        self._last: Head | None = None
        self._true: tuple[Head, ...] = ()

    def _front(
        self, frame: Frame, heads: tuple[Head, ...], engine: Engine, *, on_face: bool
    ) -> dict[int, Front]:
        """What is before the face is looked for where the face is: the fault lies behind."""
        return super()._front(frame, self._true if heads else (), engine, on_face=on_face)

    def _faulty(self, heads: tuple[Head, ...], fading: tuple[Head, ...]) -> tuple[Head, ...]:
        self._number += 1
        assert len(heads) == 1
        assert not fading
        self._true = heads
        if self._fault == "lost" and self._number in LOST:
            return ()
        head, last = heads[0], self._last or heads[0]
        self._last = head
        if self._fault == "tremble":
            return (self._shaken(head),)
        if self._fault == "late":
            # As by a slower filter: the unfiltered pose stays.
            return (dataclasses.replace(last, raw_pose=head.raw_pose),)
        if self._fault == "late whole":
            return (last,)
        return (grown(head, 1 + GROWTH * self._number / (FRAMES - 1)) if self._fault == "grows" else head,)

    def _shaken(self, head: Head) -> Head:
        """Half a pixel, RMS, in any direction."""
        x, y = self._random.normal(0, TREMBLE_PX / np.sqrt(2), 2)
        points = head.points_px + np.array([x, y, 0.0], np.float32)
        shift = np.array([x, y, 0.0]) / head.px_per_mm
        pose = Pose(head.pose.rotation, head.pose.translation_mm + shift, head.pose.residual_px)
        return dataclasses.replace(head, points_px=points, pose=pose)


def grown(head: Head, factor: float) -> Head:
    """The same picture of a larger head farther away: the product of fixed millimetres shrinks on it."""
    return dataclasses.replace(
        head,
        shape_mm=head.shape_mm * factor,
        pose=head.pose.scaled(factor),
        raw_pose=head.raw_pose.scaled(factor),
        scale=dataclasses.replace(head.scale, value=head.scale.value * factor),
    )


@pytest.fixture(scope="module")
def studio(astronaut: U8, engine: Engine, book: LookBook) -> Studio:
    return Studio(astronaut, engine, book)


class Studio:
    """Renders each clip once and replays it with any fault."""

    def __init__(self, portrait: U8, engine: Engine, book: LookBook) -> None:
        model: FaceModel = engine.model
        self._stage: Stage = SyntheticHead.from_portrait(portrait, model).stage(CAMERA)
        self._engine = engine
        self._look = book.resolve((LookItem("harbour-black"), LookItem("velvet-lipstick", "classic-red")))
        self.clip = cache(self._clip)
        self.take = cache(self._take)

    def _clip(self, script: Script, seed: int) -> tuple[list[Frame], list[Observation], ClipTruth]:
        shots = list(self._stage.frames(SCRIPTS[script], FPS, NOISE, seed))
        frames = tuple(self._true(frame, pose) for frame, pose in shots)
        pupils_mm = self._stage.truth(shots[0][1]).pupillary_mm
        head = TruthHead(
            "truth", f"{script}.mp4", CAMERA.width_px, CAMERA.height_px, SETTINGS.horizontal_fov_deg, FPS, pupils_mm,
            11.7, script, NOISE, "portrait", (1.0, 1.0, 1.0), 1.0, 40.0, "raw", seed, "astronaut", "0",
        )  # fmt: skip
        tracker = FaceTracker(SETTINGS.max_faces)
        seen = [tracker.observe(frame, self._engine.model) for frame, _ in shots]
        return [frame for frame, _ in shots], seen, ClipTruth(head, frames)

    def _true(self, frame: Frame, pose: Pose) -> TrueFrame:
        yaw_deg, pitch_deg, roll_deg = pose.yaw_pitch_roll_deg
        x, y, z = pose.translation_mm.tolist()
        nasion_x, nasion_y, _ = self._stage.truth(pose).points_px[at.NASION].tolist()
        place = TruePose(yaw_deg, pitch_deg, roll_deg, (x, y, z))
        return TrueFrame(frame.sequence, frame.t_ms, True, place, {"nasion": (nasion_x, nasion_y)})

    def _take(self, script: Script, fault: Fault, seed: int = 0) -> Measured:
        frames, seen, truth = self.clip(script, seed)
        pipeline, probes, series = FaultyPipeline(fault, seen), Probes(self._look), Series()
        worn = shifted(self._look, {"shade up": 1 + COLOUR, "shade down": 1 - COLOUR}.get(fault, 1.0))
        for frame in frames:
            rendered = pipeline.process(frame, worn, self._engine)
            series.add(account(frame, rendered, probes.see(frame.bgr, rendered, frame.sequence)))
        return measure_take(series, truth)

    def result(self, script: Script, fault: Fault, seed: int = 0) -> TakeResult:
        figures = self.take(script, fault, seed).figures
        name = f"{script}.mp4"
        look = "harbour-black,velvet-lipstick:classic-red"
        return TakeResult(
            f"{name} × {look}", name, look, FRAMES, (script,), figures, kinds=("eyewear", "makeup")
        )

    def flagged(self, script: Script, fault: Fault, seed: int = 0) -> dict[str, str]:
        """The measures whose default gates fail against the clean take, with what they say."""
        clean, faulty = self.result(script, "none"), self.result(script, fault, seed)
        judgement = judge([faulty], load_gates(default_gates()), Reference({clean.key: clean}))
        assert judgement.verdicts
        return {verdict.measure: verdict.sentence for verdict in judgement.verdicts if not verdict.passed}


def shifted(look: Look, factor: float) -> Look:
    """The look with a lipstick whose codes are all off by that factor; what it claims to be stays."""
    return Look(tuple(_shifted(worn, factor) if isinstance(worn, Lips) else worn for worn in look.overlays))


def _shifted(worn: Lips, factor: float) -> Lips:
    return Lips(tuple(_recoloured(one, factor) for one in worn.worn))


def _recoloured(one: Application, factor: float) -> Application:
    red, green, blue = (min(round(code * factor), 255) for code in one.color)
    return dataclasses.replace(one, tones=(((red, green, blue), one.finish),))


@pytest.mark.parametrize("script", ["turns", "rests"])
def test_a_clean_run_of_another_recording_passes(studio: Studio, script: Script) -> None:
    assert studio.flagged(script, "none", seed=1) == {}
    assert studio.take(script, "none", 1).figures != studio.take(script, "none", 0).figures


def cases() -> Iterator[tuple[Script, Fault]]:
    yield from (("turns", fault) for fault in RIGHT)
    # A head that rests tells no delay, but everything else.
    yield from (("rests", fault) for fault in RIGHT if RIGHT[fault] not in {"lag", "colour"})


@pytest.mark.parametrize(("script", "fault"), list(cases()))
def test_each_fault_is_flagged_by_its_own_gate_and_no_other(
    studio: Studio, script: Script, fault: Fault
) -> None:
    flagged = studio.flagged(script, fault)
    assert {measure.split(".")[0] for measure in flagged} == {RIGHT[fault]}, flagged


def test_each_fault_is_found_at_its_own_size(studio: Studio) -> None:
    clean, rest = studio.take("turns", "none", 0).figures, studio.take("rests", "none", 0).figures

    def change(measure: str, fault: Fault) -> float:
        return studio.take("turns", fault, 0).figures[measure] - clean[measure]

    shaken = studio.take("rests", "tremble", 0).figures["jitter.corner_px"]
    assert shaken**2 - rest["jitter.corner_px"] ** 2 == pytest.approx(TREMBLE_PX**2, rel=0.3)
    for measure, fault in (("lag.ms", "late"), ("lag.skin_ms", "late"), ("lag.skin_ms", "late whole")):
        assert change(measure, fault) == pytest.approx(1000 / FPS, abs=8), measure  # type: ignore[arg-type]
    # The drift is looked at from the second second on.
    assert 1.0 < studio.take("rests", "grows", 0).figures["scale.drift_percent"] < 100 * GROWTH
    assert studio.take("turns", "lost", 0).figures["detect.longest_loss_ms"] == pytest.approx(
        len(LOST) * 1000 / FPS
    )
    assert change("detect.rate", "lost") == pytest.approx(-100 * len(LOST) / FRAMES)
    assert change("colour.lighter", "shade up") > 0.5 > -0.5 > change("colour.lighter", "shade down")


def test_the_worst_frames_point_at_the_fault(studio: Studio) -> None:
    """Of each measure the worst two frames, apart from one another."""
    worst = studio.take("rests", "tremble", 0).worst
    assert worst[0].measure == "jitter.corner_px"
    assert worst[0].value > 0.5
    assert len(worst) <= 12
    by_measure = [frame.index for frame in worst if frame.measure == "jitter.corner_px"]
    assert len(by_measure) == 2
    assert abs(by_measure[0] - by_measure[1]) > 10
