"""Where makeup goes, held against a head whose lips and lids are known: edges that stay, mouths and eyes kept clean.

The head is ``bench.talking``'s, before a camera that shows its face 200 px wide at 640×480; each clip goes through the
whole pipeline, and what it changed is told by what came in.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from tryon.bench.makeup_colours import Bools, filled
from tryon.bench.scene import HEIGHT_PX, WIDTH_PX
from tryon.bench.talking import Outlines, Talking
from tryon.config import Settings
from tryon.frame import F64, U8, Frame
from tryon.geometry.camera import Camera
from tryon.geometry.pose import Pose
from tryon.looks import Look
from tryon.overlays.application import Application, rgb8
from tryon.overlays.eyes import Eyes
from tryon.overlays.lips import Lips
from tryon.overlays.skin import Skin
from tryon.pipeline import Engine, Pipeline, Rendered
from tryon.replay.motion import Move
from tryon.replay.synth import FACE_MIDDLE_MM, Grain, SyntheticHead
from tryon.resources import portrait

FRAME_MS: Final = 1000 / 30
# Filters and the light settle.
SETTLE: Final = 8
# A laptop's camera in a lit room.
NOISE: Final = 4.0
# One noise tells flicker to a half of it.
SEEDS: Final = (3, 4, 5, 6, 7)
# Changed by more than so many codes a pixel is coloured.
SEEN: Final = 2
# An outline's own doubt, half a pixel of the portrait, is one of the picture.
DOUBT_PX: Final = 1.0
# Lashes are as dark as what is told from them: where the upper lid ends is known less well.
EYE_DOUBT_PX: Final = 1.5
# Across a border, how far and how finely the change is looked at, and where it is whole.
ACROSS_PX: Final = np.arange(-6.0, 6.01, 0.25)
WITHIN: Final = slice(8, 18)  # 4 to 1.5 px inside
# A talking mouth's lips part to and fro so often a second; in mouth widths. And the head turns meanwhile.
SYLLABLES_HZ: Final = 2.0
PARTED: Final = (0.02, 0.28)
WIDE, WIDE_HZ = 0.40, 0.8
SWAY_DEG, SWAY_HZ = 12.0, 0.4
TURN_DEG, TURN_HZ = 30.0, 0.25
# Frames over which a mean is drifting rather than jitter.
DRIFT: Final = 9

AHEAD: Final = Move()
LIPSTICK: Final = Look((Lips((Application("lipstick", (((140, 10, 60), "matte"),), 1.0),)),))
FOUNDATION: Final = Look((Skin((Application("foundation", ((rgb8("#7a4a30"), "matte"),), 1.0),)),))
_TONES: Final = tuple((rgb8(color), "matte") for color in ("#a03040", "#603028", "#281418", "#f0d8c8"))
EYES: Final = Look(
    (
        Eyes(
            (
                Application("eyeshadow", _TONES, 1.0),
                Application("eyeliner", (((10, 10, 12), "matte"),), 1.0, template="classic"),
            )
        ),
    )
)


@dataclass(frozen=True, slots=True)
class Instant:
    """What the head does in one frame."""

    move: Move = AHEAD
    parted: float = 0.12
    shut: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """One frame: what came in, what the pipeline made of it, and what is true."""

    bgr: U8
    rendered: Rendered
    outlines: Outlines
    pose: Pose

    @property
    def changed(self) -> Bools:
        """The pixels that are coloured."""
        return np.asarray(np.abs(self.rendered.bgr.astype(int) - self.bgr).max(axis=2) > SEEN, np.bool_)


class Studio:
    """The head, the camera and the pipeline."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        source = cv2.imdecode(np.fromfile(portrait(), np.uint8), cv2.IMREAD_COLOR)
        if source is None:
            raise ValueError("the portrait cannot be decoded")
        self._settings, self._engine = settings, engine
        head = SyntheticHead.from_portrait(np.asarray(source, np.uint8), engine.model)
        self._talking = Talking(head)
        self.camera = Camera.from_fov(WIDTH_PX, HEIGHT_PX, settings.horizontal_fov_deg)
        self._stage = head.stage(self.camera)

    def shoot(
        self, script: Sequence[Instant], look: Look, noise: float = 0.0, seed: int = SEEDS[0]
    ) -> Iterator[Shown]:
        """The script's frames, after some in which everything settles on the first one."""
        pipeline = Pipeline(self._settings)
        grain = Grain(WIDTH_PX, HEIGHT_PX, noise, seed)
        last: tuple[Instant, U8, Outlines, Pose] | None = None
        for number, instant in enumerate([script[0]] * SETTLE + list(script)):
            if last is None or last[0] != instant:
                # The same head but for its texture.
                self._stage.head, outlines = self._talking.face(instant.parted, instant.shut)
                pose = self._stage.pose(instant.move, FACE_MIDDLE_MM)
                last = instant, self._stage.render(pose), outlines, pose
            bgr = grain.on(last[1])
            rendered = pipeline.process(Frame(bgr, number * FRAME_MS, number), look, self._engine)
            if number >= SETTLE:
                yield Shown(bgr, rendered, last[2], last[3])

    def silhouette(self, pose: Pose) -> Bools:
        """The pixels that the whole head covers."""
        head = self._talking.head
        seen = np.rint(self.camera.project(pose.to_camera(head.vertices_mm)) * 16 - 8).astype(np.int32)
        area = np.zeros((HEIGHT_PX, WIDTH_PX), np.uint8)
        for corners in head.bust.triangles[:, :3]:
            cv2.fillConvexPoly(area, seen[corners], [1], cv2.LINE_8, 4)
        return area > 0


def still(seconds: float) -> list[Instant]:
    """A face that does nothing."""
    return [Instant()] * round(seconds * 1000 / FRAME_MS)


def talking(seconds: float) -> list[Instant]:
    """A mouth that opens and shuts while the head sways."""
    low, high = PARTED
    return [
        Instant(
            Move(yaw_deg=SWAY_DEG * math.sin(2 * math.pi * SWAY_HZ * t)),
            low + (high - low) * (0.5 - 0.5 * math.cos(2 * math.pi * SYLLABLES_HZ * t)),
        )
        for t in np.arange(0, seconds, FRAME_MS / 1000).tolist()
    ]


def opening(seconds: float) -> list[Instant]:
    """A mouth that opens as wide as it goes and shuts, over and over, from closed on."""
    return [
        Instant(parted=WIDE / 2 * (1 - math.cos(2 * math.pi * WIDE_HZ * t)))
        for t in np.arange(0, seconds, FRAME_MS / 1000).tolist()
    ]


def turning(seconds: float) -> list[Instant]:
    """A head that turns to one side and to the other."""
    return [
        Instant(Move(yaw_deg=TURN_DEG * math.sin(2 * math.pi * TURN_HZ * t)))
        for t in np.arange(0, seconds, FRAME_MS / 1000).tolist()
    ]


def edges(studio: Studio, script: Sequence[Instant], noise: float) -> dict[str, float]:
    """Of the lips' outer border, where the change is half of what it is within, against the true border, in pixels.

    ``jitter`` is the RMS of what is quicker than a third of a second, ``swim`` that about each place's own mean over
    the clip, ``off`` the middle distance from the border as drawn by hand.
    """
    found = np.array([_border(shown, studio.camera) for shown in studio.shoot(script, LIPSTICK, noise)])
    # Places that a turn hides, or where no border is found now and then, say nothing.
    found = found[:, np.isfinite(found).all(axis=0)]
    half = DRIFT // 2
    slow = np.stack([found[max(i - half, 0) : i + half + 1].mean(axis=0) for i in range(len(found))])
    about = found - found.mean(axis=0)
    return {
        "jitter_px": float(np.sqrt(np.mean((found - slow) ** 2))),
        "swim_px": float(np.sqrt(np.mean(about**2))),
        "off_px": float(np.median(np.abs(found))),
        "places": float(found.shape[1]),
    }


def flicker(studio: Studio, seconds: float, seeds: Sequence[int] = SEEDS) -> dict[str, float]:
    """Deviation over time of the mean colour of lips and of a cheek, made up over bare, on a still face with noise; the
    root of the mean square over several noises."""
    found: dict[str, list[float]] = {"lips": [], "cheek": []}
    for seed in seeds:
        clip = list(studio.shoot(still(seconds), LIPSTICK, NOISE, seed))
        lips = _core(clip[0].bgr, clip[0].outlines.seen("lips", clip[0].pose, studio.camera), 3.0)
        hole = filled(clip[0].bgr.shape, clip[0].outlines.seen("mouth", clip[0].pose, studio.camera))
        found["lips"].append(_unsteady(clip, lips & ~_grown(hole, 5.0)))
        clip = list(studio.shoot(still(seconds), FOUNDATION, NOISE, seed))
        cheek = np.zeros(clip[0].bgr.shape[:2], np.bool_)
        x, y = clip[0].rendered.heads[0].points_px[50, :2].astype(int).tolist()
        cheek[y - 8 : y + 9, x - 8 : x + 9] = True
        found["cheek"].append(_unsteady(clip, cheek))
    return {name: math.sqrt(sum(one * one for one in each) / len(each)) for name, each in found.items()}


def mouth(studio: Studio, parted: Sequence[float], yaws: Sequence[float]) -> dict[str, dict[str, float]]:
    """How much of teeth and mouth lipstick changes, and how much of the lips it reaches, by how far the lips part (in
    mouth widths) on a face that has not been seen otherwise: the worst of the yaws."""
    found = {}
    for wide in parted:
        clips = [[Instant(Move(yaw_deg=yaw), wide)] * 2 for yaw in yaws]
        seen = [_within(studio, _last(studio.shoot(clip, LIPSTICK))) for clip in clips]
        inside, lips = ([_share(each[2], each[k]) for each in seen] for k in (0, 1))
        found[f"{wide:g}"] = {"mouth": max(inside), "lips": min(lips)}
    return found


def opened(studio: Studio, script: Sequence[Instant], noise: float) -> dict[str, float]:
    """The same over all frames of a clip: of all their pixels."""
    frames = [_within(studio, shown) for shown in studio.shoot(script, LIPSTICK, noise)]
    cores, owns, changes = (np.stack(each) for each in zip(*frames, strict=True))
    return {"mouth": _share(changes, cores), "lips": _share(changes, owns)}


def _within(studio: Studio, shown: Shown) -> tuple[Bools, Bools, Bools]:
    """Teeth and mouth, the lips, and what is changed."""
    hole = shown.outlines.seen("mouth", shown.pose, studio.camera)
    border = _core(shown.bgr, shown.outlines.seen("lips", shown.pose, studio.camera), DOUBT_PX)
    own = border & ~_grown(filled(shown.bgr.shape, hole), DOUBT_PX)
    return _core(shown.bgr, hole, DOUBT_PX), own, shown.changed


def blink(studio: Studio, shut: Sequence[float]) -> dict[str, dict[str, float]]:
    """How much of the eyes shadow and liner change, and how much of the lid's edge the liner reaches (two pixels above
    it), as the eyes shut (0 open, 1 shut)."""
    found = {}
    for part in shut:
        shown = _last(studio.shoot([Instant(shut=part)] * 2, EYES))
        eye, edge = [], []
        for side in ("right", "left"):
            outline = shown.outlines.seen(side, shown.pose, studio.camera)
            core = _core(shown.bgr, outline, EYE_DOUBT_PX)
            eye.append(_share(shown.changed, core) if core.any() else 0.0)
            lid = outline[: len(outline) // 2][4:-4] - (0.0, 1.5)
            x, y = np.floor(lid).astype(int).T
            darker = shown.bgr[y, x].astype(int).sum(axis=1) - shown.rendered.bgr[y, x].astype(int).sum(
                axis=1
            )
            edge.append(float((darker > 3 * SEEN).mean()))
        found[f"{part:g}"] = {"eye": max(eye), "lid_edge": min(edge)}
    return found


def turns(studio: Studio, yaws: Sequence[float]) -> dict[str, dict[str, float]]:
    """By yaw: the part of what lipstick changes that lies beyond the lips' true border (and its doubt), how much of the
    lips on the nearer side it reaches, pixels beyond the head's outline that foundation changes, and bits changed
    outside of the rectangle that the pipeline tells."""
    found = {}
    for yaw in yaws:
        lips = _last(studio.shoot([Instant(Move(yaw_deg=yaw))] * 2, LIPSTICK))
        skin = _last(studio.shoot([Instant(Move(yaw_deg=yaw))] * 2, FOUNDATION))
        outline = lips.outlines.seen("lips", lips.pose, studio.camera)
        beyond = ~_grown(filled(lips.bgr.shape, outline), DOUBT_PX + 1)
        hole = filled(lips.bgr.shape, lips.outlines.seen("mouth", lips.pose, studio.camera))
        own = _core(lips.bgr, outline, DOUBT_PX) & ~_grown(hole, DOUBT_PX)
        middle = float(outline[:, 0].mean())
        near = (
            (np.arange(WIDTH_PX)[None, :] > middle) == (yaw < 0) if yaw else np.ones((1, WIDTH_PX), np.bool_)
        )
        found[f"{yaw:g}"] = {
            "beyond_lips": float((lips.changed & beyond).sum() / max(lips.changed.sum(), 1)),
            "near_lips": _share(lips.changed, own & near),
            "beyond_head_px": float((skin.changed & ~studio.silhouette(skin.pose)).sum()),
            "outside_rectangle": float(_outside(lips) + _outside(skin)),
        }
    return found


def _border(shown: Shown, camera: Camera) -> F64:
    """How far outwards of the true border the painted one lies, at each place; NaN where none is found."""
    outline = shown.outlines.seen("lips", shown.pose, camera)
    along = np.roll(outline, -1, axis=0) - np.roll(outline, 1, axis=0)
    out = np.column_stack([along[:, 1], -along[:, 0]])
    out /= np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-6)
    change = np.abs(shown.rendered.bgr.astype(np.float32) - shown.bgr).sum(axis=2)
    places = outline[:, None] + out[:, None] * ACROSS_PX[None, :, None]
    seen = cv2.remap(
        change,
        (places[..., 0] - 0.5).astype(np.float32),
        (places[..., 1] - 0.5).astype(np.float32),
        cv2.INTER_LINEAR,
    )
    half = len(outline) // 2
    found = np.full(len(outline), np.nan)
    for i in range(len(outline)):
        # Corners are no borders.
        if min(i, abs(i - half), abs(i - half + 1), len(outline) - 1 - i) < 4:
            continue
        whole = float(np.median(seen[i, WITHIN]))
        if whole < 40:
            continue
        inside = seen[i] >= 0.5 * whole
        last = int(np.flatnonzero(inside)[-1])
        if last + 1 >= len(ACROSS_PX):
            continue
        one, other = float(seen[i, last]), float(seen[i, last + 1])
        found[i] = ACROSS_PX[last] + 0.25 * (one - 0.5 * whole) / max(one - other, 1e-6)
    return found


def _core(bgr: U8, outline: F64, margin_px: float) -> Bools:
    """The pixels of an outline that lie so far within it."""
    away = cv2.distanceTransform(filled(bgr.shape, outline).astype(np.uint8), cv2.DIST_L2, 5)
    return np.asarray(away > margin_px, np.bool_)


def _grown(area: Bools, margin_px: float) -> Bools:
    return np.asarray(cv2.distanceTransform((~area).astype(np.uint8), cv2.DIST_L2, 5) <= margin_px, np.bool_)


def _share(changed: Bools, area: Bools) -> float:
    return float(changed[area].mean()) if area.any() else 0.0


def _outside(shown: Shown) -> int:
    changed = (shown.rendered.bgr != shown.bgr).any(axis=2)
    if shown.rendered.dirty is not None:
        rect = shown.rendered.dirty
        changed[rect.y0 : rect.y1, rect.x0 : rect.x1] = False
    return int(changed.sum())


def _unsteady(clip: Sequence[Shown], where: Bools) -> float:
    made, bare = (
        np.array([picture[where].mean(axis=0) for picture in pictures]).std(axis=0).mean()
        for pictures in ([shown.rendered.bgr for shown in clip], [shown.bgr for shown in clip])
    )
    return float(made / bare)


def _last(clip: Iterator[Shown]) -> Shown:
    *_, shown = clip
    return shown
