"""How true the wearer's sizes are: the mirror's own measuring on synthetic heads whose pupils' distance is known.

A head ``s`` times as large and as far away makes the very same picture, so one run by irises is held against heads of
several sizes: their irises are then as many times 11.7 mm, as those of people are. A card has one size only, so each
head is measured with one of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from tryon.bench.scene import HEIGHT_PX, WIDTH_PX
from tryon.config import Settings
from tryon.frame import F64, U8, Frame
from tryon.geometry.camera import Camera
from tryon.geometry.pose import Pose
from tryon.looks import BARE
from tryon.pipeline import Engine, Pipeline
from tryon.replay import bankcard
from tryon.replay.motion import Move
from tryon.replay.proportions import Proportions
from tryon.replay.synth import Grain, Stage, SyntheticHead
from tryon.wire.measure import Measure, MeasureRequest, Size

# The irises' diameters of adults, over the mean: quantiles of 11.7 ± 0.5 mm at 10, 30, 50, 70, 90 %.
IRISES: Final = (0.945, 0.978, 1.0, 1.022, 1.055)
HEADS: Final = (Proportions(), Proportions(0.97, 1.04, 1.04, 2.0), Proportions(1.03, 0.97, 0.97, -1.5))
ATTITUDES: Final = ((0.0, 0.0), (5.0, -4.0), (-5.0, 4.0))
FACE_PART: Final = 0.27
FRAME_MS: Final = 33.3
NOISE: Final = 2.0
SETTLE_FRAMES: Final = 8
IRIS_FRAMES: Final = 20
# So that each look for the card gets another picture.
CARD_FRAME_MS: Final = 250.0
CARD_FRAMES: Final = 18
CARD_COLOUR: Final = "blue"
# A card's middle above the brow's, so that its lower edge lies above the eyebrows; on the chin it lies over the
# foremost place; and what of either it covers.
ABOVE_BROW_MM: Final = 8.0
COVERS_MM: Final = 26.0
BROW_MIDDLE, CHIN_MIDDLE = 151, 199
BROW: Final = (10, 151, 9, 8, 107, 336, 108, 337, 109, 338, 67, 297, 69, 299)
CHIN: Final = (18, 200, 199, 175, 83, 313, 201, 421, 208, 428, 171, 396)
CARD_MM: Final = 0.76


def measure(
    settings: Settings, head: SyntheticHead, engine: Engine, heads: int, say: Callable[[str], None]
) -> dict[str, float]:
    """Mean absolute errors in mm, and in percent how many truths lie inside ± and how many cards were found.

    ``head`` has irises of 11.7 mm; of it so many ``heads`` are made, nine at most. Nothing is told of a card that was
    never found (NaN).
    """
    say("measuring pupils, with irises and with a card")
    iris: list[tuple[float, bool]] = []
    card: list[tuple[float, bool] | None] = []
    chin: list[tuple[float, bool] | None] = []
    cases = [(shape, attitude) for shape in HEADS for attitude in ATTITUDES][:heads]
    for number, (shape, attitude) in enumerate(cases):
        size = IRISES[number % len(IRISES)]
        worn = _Sitting(settings, engine, _sized(head.reshaped(shape), size), attitude, number)
        seen = worn.by_irises()
        # The same picture is that of every size of head.
        iris += [_error(seen, worn.pd_mm * other / size) for other in IRISES]
        for errors, found in ((card, worn.by_card()), (chin, worn.by_card_on_chin())):
            errors.append(None if found is None else _error(found, worn.pd_mm))
    return {
        "iris_pd_error_mm": float(np.mean([abs(error) for error, _ in iris])),
        "iris_inside_percent": 100 * float(np.mean([inside for _, inside in iris])),
        **_carded("card", card),
        **_carded("chin", chin),
    }


def _carded(name: str, errors: list[tuple[float, bool] | None]) -> dict[str, float]:
    held = [one for one in errors if one is not None]
    return {
        f"{name}_found_percent": 100 * len(held) / len(errors),
        f"{name}_pd_error_mm": float(np.mean([abs(error) for error, _ in held])) if held else math.nan,
        f"{name}_pd_error_mm_max": max((abs(error) for error, _ in held), default=math.nan),
        f"{name}_inside_percent": 100 * float(np.mean([inside for _, inside in held])) if held else math.nan,
    }


def _error(seen: Size, true_mm: float) -> tuple[float, bool]:
    error = seen.mm - true_mm
    return error, abs(error) <= seen.plus_minus_mm


class _Sitting:
    """One head that holds still before the mirror, first without a card and then with one."""

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        head: SyntheticHead,
        attitude_deg: tuple[float, float],
        seed: int,
    ) -> None:
        camera = Camera.from_fov(WIDTH_PX, HEIGHT_PX, settings.horizontal_fov_deg)
        stage = head.stage(camera, face_px=FACE_PART * WIDTH_PX)
        yaw, pitch = attitude_deg
        pose = stage.pose(Move(yaw_deg=yaw, pitch_deg=pitch))
        self.pd_mm = stage.truth(pose).pupillary_mm
        self._pipeline = Pipeline(settings)
        self._engine = engine
        self._grain = Grain(WIDTH_PX, HEIGHT_PX, NOISE, seed)
        self._bare = stage.render(pose)
        self._carded, self._on_chin = (
            bankcard.held(self._bare, CARD_COLOUR, place(stage, pose), camera)
            for place in (_on_the_forehead, _on_the_chin)
        )
        self._now_ms = 0.0

    def by_irises(self) -> Size:
        """What irises tell."""
        self._pipeline.measure(MeasureRequest("iris"))
        *_, told = self._watch(self._bare, SETTLE_FRAMES + IRIS_FRAMES, FRAME_MS)
        if told.sizes is None:
            raise AssertionError(f"A still head was not measured: {told.state}.")
        return told.sizes.pupils

    def by_card(self) -> Size | None:
        """What a card on the brow tells; None where it was not found often enough."""
        self._pipeline.measure(MeasureRequest("card"))
        return self._told(self._carded)

    def by_card_on_chin(self) -> Size | None:
        """As ``by_card``, after all that was measured is forgotten."""
        self._pipeline.measure(MeasureRequest("card", again=True))
        for _ in self._watch(self._bare, IRIS_FRAMES, FRAME_MS):
            pass
        return self._told(self._on_chin)

    def _told(self, carded: U8) -> Size | None:
        for told in self._watch(carded, CARD_FRAMES, CARD_FRAME_MS):
            if told.sizes is not None and told.sizes.pupils.source == "card":
                return told.sizes.pupils
        return None

    def _watch(self, bgr: U8, frames: int, frame_ms: float) -> Iterator[Measure]:
        for _ in range(frames):
            frame = Frame(self._grain.on(bgr), self._now_ms)
            self._now_ms += frame_ms
            told = self._pipeline.process(frame, BARE, self._engine).measured
            if told is not None:
                yield told


def _sized(head: SyntheticHead, size: float) -> SyntheticHead:
    """The head so many times as large, in the same picture."""
    return replace(
        head,
        vertices_mm=head.vertices_mm * size,
        points_mm=head.points_mm * size,
        portrait=head.portrait.scaled(size),
    )


def _on_the_forehead(stage: Stage, pose: Pose) -> Pose:
    """Where a card is that lies on the brow."""
    return _lying(stage, pose, float(stage.head.points_mm[BROW_MIDDLE, 1]) + ABOVE_BROW_MM, BROW)


def _on_the_chin(stage: Stage, pose: Pose) -> Pose:
    """Where a card is that lies on the chin."""
    return _lying(stage, pose, float(stage.head.points_mm[CHIN_MIDDLE, 1]), CHIN)


def _lying(stage: Stage, pose: Pose, middle: float, rests: tuple[int, ...]) -> Pose:
    points: F64 = stage.head.points_mm
    touched = [point for point in rests if abs(points[point, 1] - middle) < COVERS_MM]
    place = np.array([[0.0, middle, float(points[touched, 2].max()) + CARD_MM]])
    return Pose(np.asarray(pose.rotation @ bankcard.UPRIGHT, np.float64), pose.to_camera(place)[0])
