"""Which colours are this wearer's skin, hair and clothes: histograms learned as the session goes.

Skin is learned from the face's own landmarks, hair from above them, clothes from the middle of the torso. A pixel's
colour then tells what it is better than any fixed range of "skin colours" could, on every skin and in every light.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from tryon.frame import F32, F64, U8
from tryon.geometry.figure import Figure
from tryon.overlays.torso_memory import TorsoMemory
from tryon.perception import landmarks as at

# Bins of luma, and of the two colour differences: skin keeps its hue in shadow, so luma is coarse.
LUMA: Final = 8
CHROMA: Final = 32
CLASSES: Final = ("skin", "hair", "cloth")
# What is kept of the counts from one lesson to the next.
KEEP: Final = 0.85
PERIOD_MS: Final = 120.0
FORGET_MS: Final = 2000.0
# A colour nobody has shown yet is as likely as this share of a flat distribution.
UNSEEN: Final = 0.15
# A place is the person's when their mask is this sure.
PERSON: Final = 0.6
# Beside a face hang long hair, in shade that the top of the head never shows, and ears: what has this share of skin's
# colour is none of it. So far out from the middle it is looked for, over the face's own half width.
NOT_SKIN: Final = 0.3
BESIDE: Final = (1.18, 1.32, 1.46)
# Long hair hangs over clothes where those are learned. What is so much likelier hair than cloth is left out, but only
# if that leaves this share of the places, and less than the last is hair at their lowest third: hair ends somewhere,
# and clothes of hair's colour go on.
# So are brows and fringes where skin is learned, unless too little would be left.
HANGS_OVER: Final = 1.5
SKIN_LEFT: Final = 0.65
CLOTH_LEFT: Final = 0.5
STILL_HAIR: Final = 0.35

_SKIN_POINTS: Final = np.array(
    [4, 5, 6, 9, 8, 151, 108, 337, 69, 299, 50, 280, 101, 330, 36, 266, 117, 346, 118, 347, 205, 425, 187, 411, 147,
     376, 123, 352, 213, 433, 192, 416, 207, 427, 197, 195, 107, 336, 66, 296, 67, 297, 104, 333], np.intp
)  # fmt: skip
# Down each side of a face, from the temples to the height of the mouth.
_SIDES: Final = np.array([127, 234, 93, 132, 356, 454, 323, 361], np.intp)
# Along the chin, a little inside its edge.
_JAW: Final = np.array([199, 200, 175, 171, 396, 140, 369, 170, 395], np.intp)
_TOP: Final = np.array([10, 338, 297, 332, 284, 109, 67, 103, 54], np.intp)


@dataclass(slots=True)
class Hand:
    """How much of where a hand is thought to be has looked like skin, 0..1, None before the first look, and whether
    that is a hand."""

    share: float | None = None
    shown: bool = False


class Palette:
    """One wearer's colours. ``tables`` (LUMA·CHROMA², 3) uint8: how surely a colour is skin, hair, cloth.
    ``alike`` is the share of colours that hair and clothes have in common, 0..1; ``shade`` the bin of light that
    most of the clothes have, for whoever looks at their folds; ``seen`` which joints of the arms were
    in the picture, ``hands`` whether hands were; ``bearded`` how much of the jaw's edge has the colour of hair rather
    than of skin, 0..1: only who has a beard there has one below the jaw, too; ``near_by`` whether the wearer is so
    near that coarser maps tell as much; ``torso`` what was seen of it while no hand was before it."""

    def __init__(self) -> None:
        self._counts: F32 = np.zeros((3, LUMA, CHROMA, CHROMA), np.float32)
        self._frequent: F32 = np.zeros((3, LUMA * CHROMA * CHROMA), np.float32)
        self._t_ms = -np.inf
        self.tables: U8 = np.zeros((LUMA * CHROMA * CHROMA, 3), np.uint8)
        self.skin_bgr: F64 = np.array([120.0, 140.0, 180.0])
        self.alike = 1.0
        self.shade: int | None = None
        self.seen: dict[int, bool] = {}
        self.hands = {"right": Hand(), "left": Hand()}
        self.near_by = False
        self.bearded = 0.0
        self.torso = TorsoMemory()

    def wants(self, t_ms: float) -> bool:
        """Whether it is time for the next lesson."""
        return not 0 <= t_ms - self._t_ms < PERIOD_MS

    def learn(self, bgr: U8, face_px: F32, cloth_px: F64, t_ms: float, figure: Figure | None = None) -> None:
        """Look at the next frame. ``face_px`` (478, 2+); ``cloth_px`` (n, 2) where clothes are thought to be;
        ``figure`` tells the wall above a head from its hair."""
        if not self.wants(t_ms):
            return
        elapsed = t_ms - self._t_ms
        if not 0 <= elapsed < FORGET_MS:
            self._counts[:] = 0
            self.torso.forget()
        self._t_ms = t_ms
        self._counts *= KEEP
        points = face_px[:, :2].astype(np.float64)
        skin = _patches(bgr, points[_SKIN_POINTS], 1)
        middle = points[_TOP].mean(axis=0)
        up = points[at.FOREHEAD_TOP] - points[at.CHIN]
        hair = np.concatenate(
            [
                points[_TOP] + share * up + 0.1 * share * (points[_TOP] - middle)
                for share in (0.10, 0.16, 0.22)
            ]
        )
        if figure is not None:
            hair = hair[figure.shows(hair) > PERSON]
        hanging = _patches(bgr, _beside(points, figure), 1)
        if len(hanging):
            hanging = hanging[self._share(hanging, 0) < NOT_SKIN]
        if len(skin):
            known = self.tables[index(skin)].astype(np.float32)
            bare = known[:, 1] <= HANGS_OVER * known[:, 0]
            skin = skin[bare] if bare.mean() > SKIN_LEFT else skin
            self.skin_bgr = np.median(skin, axis=0)
        self._count(0, skin)
        self._count(1, np.concatenate([_patches(bgr, hair, 1), hanging]))
        cloth = _patches(bgr, cloth_px, 1)
        self._count(2, self._clothes(cloth) if len(skin) and len(cloth) else cloth)
        self._tables()
        self.bearded = self._beard(_patches(bgr, points[_JAW], 0))

    @property
    def skin_ycc(self) -> U8:
        """The middle of this wearer's skin, (3,) YCrCb."""
        code = np.clip(self.skin_bgr + 0.5, 0, 255).astype(np.uint8).reshape(1, 1, 3)
        return np.asarray(cv2.cvtColor(code, cv2.COLOR_BGR2YCrCb).reshape(3), np.uint8)

    def likely(self, number: int) -> F32:
        """How often each colour is seen of a class, (LUMA·CHROMA²,), 1 in all, or 0 where none was seen."""
        return np.asarray(self._frequent[number], np.float32)

    def _count(self, number: int, codes: U8) -> None:
        if len(codes):
            flat = np.bincount(index(codes), minlength=LUMA * CHROMA * CHROMA).astype(np.float32)
            self._counts[number] += flat.reshape(LUMA, CHROMA, CHROMA) / len(codes)

    def _clothes(self, codes: U8) -> U8:
        """Those of codes (n, 3), from the torso's top to its bottom, that are no skin, a hand's, nor hair that hangs
        there."""
        known = self.tables[index(codes)].astype(np.float32)
        hair = known[:, 1] > HANGS_OVER * known[:, 2]
        low = hair[len(hair) - len(hair) // 3 :]
        if len(low) and hair.mean() <= 1 - CLOTH_LEFT and low.mean() < STILL_HAIR:
            codes, known = codes[~hair], known[~hair]
        return np.asarray(codes[known[:, 0] < 0.5 * 255], np.uint8)

    def _beard(self, jaw: U8) -> float:
        if not len(jaw):
            return 0.0
        chances = self.tables[index(jaw)].astype(np.float64)
        hair = chances[:, 1] / np.maximum(chances[:, 0] + chances[:, 1], 1.0)
        return min(max((float(np.median(hair)) - 0.3) / 0.3, 0.0), 1.0)

    def _share(self, codes: U8, number: int) -> F64:
        known = self.tables[index(codes)]
        return np.asarray(known[:, number] / 255.0, np.float64)

    def _tables(self) -> None:
        # As one picture with a channel for each class and brightness.
        layers = np.ascontiguousarray(self._counts.reshape(-1, CHROMA, CHROMA).transpose(1, 2, 0))
        layers = np.asarray(cv2.GaussianBlur(layers, (0, 0), 1.3), np.float32)
        cubes = layers.transpose(2, 0, 1).reshape(self._counts.shape)
        smooth = 0.5 * cubes
        smooth[:, 1:] += 0.25 * cubes[:, :-1]
        smooth[:, :-1] += 0.25 * cubes[:, 1:]
        for edge in (0, -1):
            smooth[:, edge] += 0.25 * cubes[:, edge]
        flat = smooth.reshape(3, -1)
        flat /= np.maximum(flat.sum(axis=1, keepdims=True), np.float32(1e-9))
        self._frequent = flat
        self.alike = float(np.minimum(flat[1], flat[2]).sum()) if flat[1].any() else 1.0
        total = flat.sum(axis=0) + UNSEEN / flat.shape[1]
        self.tables = np.ascontiguousarray((flat / total * 255).astype(np.uint8).T)


def _beside(points: F64, figure: Figure | None) -> F64:
    """Where long hair hangs beside the face (n, 2), if it does: where the person is seen there."""
    if figure is None:
        return np.zeros((0, 2))
    middle = points[_SIDES].mean(axis=0)
    across = points[_SIDES[4:]].mean(axis=0) - points[_SIDES[:4]].mean(axis=0)
    across /= max(float(np.hypot(*across)), 1e-6)
    out = ((points[_SIDES] - middle) @ across)[:, None] * across
    places = np.concatenate([points[_SIDES] + (share - 1) * out for share in BESIDE])
    return np.asarray(places[figure.shows(places) > PERSON], np.float64)


def index(bgr: U8) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """The bin of each colour, (n, 3) → (n,)."""
    ycc = np.asarray(cv2.cvtColor(bgr.reshape(-1, 1, 3), cv2.COLOR_BGR2YCrCb), np.uint8).reshape(-1, 3)
    y = ycc[:, 0].astype(np.intp) >> 5
    cr, cb = (np.clip((ycc[:, k].astype(np.intp) - 64) >> 2, 0, CHROMA - 1) for k in (1, 2))
    return np.asarray((y * CHROMA + cr) * CHROMA + cb, np.intp)


def _patches(bgr: U8, points: F64, radius: int) -> U8:
    """Means of small squares around points that lie in the picture, (n, 3)."""
    height, width = bgr.shape[:2]
    x, y = np.rint(points[:, 0]).astype(int), np.rint(points[:, 1]).astype(int)
    inside = (x >= radius) & (y >= radius) & (x < width - radius) & (y < height - radius)
    x, y = x[inside], y[inside]
    if not len(x):
        return np.zeros((0, 3), np.uint8)
    span = range(-radius, radius + 1)
    stack = np.stack([bgr[y + dy, x + dx] for dy in span for dx in span])
    return np.asarray(stack.mean(axis=0), np.uint8)
