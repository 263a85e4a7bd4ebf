"""What comes before a face, told from what the face has looked like.

While nothing is in front of it, a small picture of the wearer's face is kept, laid out flat (``cells``): the mean and
the variance of its log luminance and of two colours. Each frame is held against it, once the light's changes are taken
out (a level and a slope over the face of the luminance, a level of the colours). Two things tell something in front:

- a colour, or a brightness, that skin here has not had;
- features that are gone: where the memory has brows, lids, a nose, the picture follows it no more. Its slope on the
  memory over a neighbourhood is 1 on a face whatever the light, in a shadow too, and 0 on a hand of the same skin.

Where neither can tell, what is known around decides, up to edges in the picture. The memory lives as long as the track.

Faces do such things, too: a smile folds cheeks, furrows smooth out, a poor picture clears. So where no hand is known,
that suspects something (and a palm detector looks), but shows it only where it is no face's: of a colour that this
face has nowhere, or where brows, lids, nostrils or the lips' red are gone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Final

import cv2
import numpy as np

from tryon.frame import F32, F64, U8
from tryon.geometry.head import template
from tryon.geometry.steady import Head
from tryon.overlays import compare
from tryon.overlays.cells import SIDE, cells
from tryon.overlays.front import Front
from tryon.perception import landmarks as at

# Looks until the memory is believed, and the number after which older ones are forgotten as fast as new ones come.
LOOKS_MIN: Final = 6.0
LOOKS_MAX: Final = 90.0
# With fewer cells in sight and known there is no telling.
KNOWN_MIN: Final = 600
# What is in front covers at least this part of the cells in sight; less is noise, a strand of hair, a blink.
PATCH_MIN: Final = 0.02
# … and from this part on somebody had better look whether it is a hand.
# Recordings of faces alone had 0.3 % at most, bare hands that reach the eyes 1.0 … 40 %.
SUSPECT_MIN: Final = 0.005
# Nobody knows of a hand: of what is shown then this part of the cells in sight has a colour that is no face's, or of as
# many as this strong features are gone. Furrows between brows are as strong, but smaller.
STRANGE_MIN: Final = 0.02
LOST_MIN: Final = 0.04
# … or this part of the lips: lips are redder than the face by the first (log), and less than the second part of that
# is left of it.
LIPS_LOST: Final = 0.5
LIPS_REDDER: Final = 0.06
LIPS_LEFT: Final = 0.5
# Of fewer cells nothing is told.
LIPS_FEW: Final = 40
# Cells that are nearer to the face's outline than so many are of no strange colour, nor has a face features farther
# aside than its eyes: what a head that turns shows there is hair, and what is behind.
RIM: Final = 6
# A colour that is no face's is so many spreads away from this face's middle one (spreads of log luminance and of the
# two log colours are at least these), or by so many tolerances another than was here.
FOREIGN: Final = 4.0
FOREIGN_SPREAD: Final = np.array((0.25, 0.06, 0.06), np.float32)
GLARING: Final = 6.0
# While something is suspected nothing is learnt for so long: of a hand only a part is suspected.
SUSPECT_MS: Final = 1500.0
# A product is shown again over what has stayed as long as this: spectacles put on, a mask. No longer than the face was
# seen without; and after as long again the face is learnt anew.
STAYS_MS: Final = 8000.0
STAYS_MIN_MS: Final = 1500.0
# While nothing is in front, a webcam's every third frame is looked at, once the face is known.
IDLE_PERIOD_MS: Final = 70.0
YOUNG_MS: Final = 1000.0
# After a gap the mask before says nothing.
GAP_MS: Final = 250.0
# What was in front fades away over some frames; it appears at once.
RELEASE: Final = 0.5
NEIGHBOURHOOD: Final = 9
# Lips further apart than this, in mouth widths, are further apart still than landmarks say: where these have lip and
# chin there may be tongue, throat, lip, or a chin drawn long. None of that is lighter, or less red, than what was there
# by more than this (log luminance and colour), as a hand before lips is, or a cup.
WIDE: Final = 0.2
LIGHTER, PALER = 0.35, 0.10
# Cells around a covered one that are not learnt from, and gaps, a nose's flank, over which things hang together.
NEAR: Final = 7
BRIDGE: Final = 7


@dataclass(frozen=True, slots=True, eq=False)
class Covered:
    """Of each cell ``places_px`` (SIDE, SIDE, 2) in the picture, ``share`` (SIDE, SIDE) 0..1 that something covers, and
    ``weight`` (SIDE, SIDE) how sure that is: 0 where the cell is not in sight."""

    places_px: F32
    share: F32
    weight: F32


class FaceMemory:
    """One track's memory."""

    def __init__(self) -> None:
        shape = (SIDE, SIDE)
        self._mean: F32 = np.zeros((*shape, 3), np.float32)
        self._variance: F32 = np.zeros((*shape, 3), np.float32)
        self._looks: F32 = np.zeros(shape, np.float32)
        self._views: F32 = np.zeros(shape, np.float32)
        self._share: F32 = np.zeros(shape, np.float32)
        self._weight: F32 = np.zeros(shape, np.float32)
        self._stayed = np.zeros(shape, np.bool_)
        self._light: F32 = np.zeros(5, np.float32)
        self._seen: F32 = np.zeros(shape, np.float32)
        self._colours: F32 = np.zeros((*shape, 3), np.float32)
        self._places: F32 = np.zeros((*shape, 2), np.float32)
        self._known_ms = 0.0
        self._covered_ms = 0.0
        self._t_ms = -math.inf
        self._latest: Covered | None = None
        # How much of the face something may be in front of that the memory is not sure of; 0: no need to look.
        self.suspected = 0.0
        self._suspected: U8 = np.zeros(shape, np.uint8)
        self._suspected_ms = 0.0

    def look(self, bgr: U8, head: Head, t_ms: float, hands: Front | None = None) -> Covered | None:
        """What covers this face in the camera's picture, beside ``hands``, which are known; None: nothing, or nobody
        can tell."""
        elapsed = t_ms - self._t_ms
        idle = self._latest is None and self._known_ms > YOUNG_MS and not head.coasting and hands is None
        if idle and 0 <= elapsed < IDLE_PERIOD_MS:
            return None
        if not 0 <= elapsed < GAP_MS:
            self._share[:] = 0.0
            elapsed = 0.0
        self._t_ms = t_ms
        grid = cells()
        compare.sample(
            bgr, head.points_px, grid.corners, grid.shares, grid.normals, np.array(head.pose.rotation),
            np.array(head.pose.translation_mm), compare.logs(), self._colours, self._seen, self._places,
        )  # fmt: skip
        known = compare.known(self._seen, self._looks, grid.told, LOOKS_MIN)
        wide = _opened(head) > WIDE
        if wide:
            known &= ~(grid.jaw & self._jaw())
        self._suspected[:] = 0
        enough = np.count_nonzero(known) >= KNOWN_MIN
        weight = self._judged(known, hands is not None, wide) if enough else None
        if weight is None:
            self._share *= RELEASE
        part = np.count_nonzero(self._suspected) / max(np.count_nonzero(known), 1)
        self.suspected = part if part >= SUSPECT_MIN else 0.0
        self._suspected_ms = self._suspected_ms + elapsed if self.suspected else 0.0
        shown = self._shown(elapsed)
        self._latest = None if shown is None else Covered(self._places.copy(), shown, self._weight.copy())
        # A hand that comes is seen late at its edges, and a young memory would soon be all hand. Of a hand that is
        # known an arm or a bent finger is not: learnt, it would be the face, and the face strange afterwards.
        # And where a face ought to be but is not seen there may be none.
        if hands is None and not head.coasting and (shown is None or self._known_ms > YOUNG_MS):
            self._learn(elapsed)
        return self._latest

    def known(self) -> compare.BOOL:
        """Cells (SIDE, SIDE) whose look is known, wherever they are now."""
        return np.asarray(cells().told & (self._looks >= LOOKS_MIN), np.bool_)

    def luminance(self) -> F32:
        """The face's log luminance (SIDE, SIDE), in the memory's own light."""
        return self._mean[..., 0]

    def _jaw(self) -> compare.BOOL:
        """Cells that may show a mouth, a lip or a chin that landmarks have not followed."""
        away = self._colours - self._mean
        return np.asarray(
            (away[..., 0] < self._light[0] + LIGHTER) & (away[..., 1] > self._light[3] - PALER), np.bool_
        )

    def _judged(self, known: compare.BOOL, hands: bool, wide: bool) -> F32 | None:
        """Bring the shares up to this frame; None where nothing is in front. Of a jaw below a mouth that is ``wide``
        open only cells are known that are no throat, lip or chin."""
        compare.fit_light(self._colours, self._mean, self._seen, known, self._share, self._light)
        odd: F32 = np.empty((SIDE, SIDE), np.float32)
        sums: F32 = np.empty((SIDE, SIDE, 6), np.float32)
        compare.differ(self._colours, self._mean, self._variance, known, self._light, odd, sums)
        window = (NEIGHBOURHOOD, NEIGHBOURHOOD)
        summed = cv2.boxFilter(sums, -1, window, normalize=False, borderType=cv2.BORDER_CONSTANT)
        if hands:
            # Features are gone below a hand, and beside it landmarks are drawn after it: only colours can tell more. No
            # memory² is a memory without features.
            summed[..., 3] = 0.0
        share, lost = np.empty_like(odd), np.empty(odd.shape, np.bool_)
        compare.judge(
            odd, np.asarray(summed, np.float32), known, self._seen, self._views, share, self._weight, lost
        )
        sure: U8 = ((share > 0.5) & (self._weight > 0.5)).astype(np.uint8)
        self._suspected = sure
        count = np.count_nonzero(known)
        if np.count_nonzero(sure) < PATCH_MIN * count:
            return None
        proof = None
        if not hands:
            strange = (self._strange(known, odd) & _inner()) | (cells().jaw & wide)
            proof = strange / (STRANGE_MIN * count) + (lost & _between_eyes()) / (LOST_MIN * count)
            proof += self._lips_lost(known)
        patches = _patches(sure, PATCH_MIN * count, proof)
        if patches is None:
            return None
        share *= patches
        compare.spread(self._colours, known, share, self._weight)
        np.maximum(share, RELEASE * self._share, out=self._share)
        return self._weight

    def _strange(self, known: compare.BOOL, odd: F32) -> compare.BOOL:
        """Cells of a colour that is no face's."""
        own = self._mean[known]
        middle = np.median(own, axis=0)
        # The median deviation of a normal distribution is 0.6745 of its standard deviation.
        spread = np.maximum(np.median(np.abs(own - middle), axis=0) / 0.6745, FOREIGN_SPREAD)
        away = (self._colours - self._light[[0, 3, 4]] - middle) / spread
        foreign = (away * away).sum(axis=2) > FOREIGN * FOREIGN
        return np.asarray((foreign & (odd > compare.ODD[1])) | (odd > GLARING), np.bool_)

    def _lips_lost(self, known: compare.BOOL) -> F64:
        """What each cell of the lips tells of their being gone: 1 in all where LIPS_LOST of them are."""
        own, now = self._mean[..., 1], self._colours[..., 1] - self._light[3]
        lips = cells().lips & known
        redder = own - np.float32(np.median(own[known]))
        lips &= redder > LIPS_REDDER
        gone = lips & (now - own < (LIPS_LEFT - 1.0) * redder)
        return np.asarray(gone / (LIPS_LOST * max(np.count_nonzero(lips), LIPS_FEW)), np.float64)

    def _shown(self, elapsed: float) -> F32 | None:
        """The shares without what has stayed so long that it belongs to the face; None where nothing is left."""
        covered = self._share > 0.2
        if not covered.any():
            self._share[:] = 0.0
            self._stayed[:] = False
            self._covered_ms = 0.0
            return None
        self._covered_ms += elapsed
        stays_ms = min(max(self._known_ms, STAYS_MIN_MS), STAYS_MS)
        if self._covered_ms > stays_ms + STAYS_MS:
            # No hand rests as long: this is how the face looks now.
            self._looks[covered] = 0.0
            self._share[:] = 0.0
            self._covered_ms = 0.0
            return None
        if self._covered_ms > stays_ms:
            self._stayed |= covered
        shown: F32 = np.where(self._stayed, np.float32(0), self._share)
        return shown if (shown > 0.2).any() else None

    def _learn(self, elapsed: float) -> None:
        """Take in what nothing covers, and nothing near it either."""
        if self.suspected and self._suspected_ms < SUSPECT_MS:
            return
        near = cv2.dilate(self._share, _around(NEAR))
        compare.learn(
            self._colours, self._seen, np.asarray(near, np.float32), self._light, self._mean, self._variance,
            self._views, self._looks, LOOKS_MAX,
        )  # fmt: skip
        if self._covered_ms == 0.0:
            self._known_ms += elapsed


def _opened(head: Head) -> float:
    """How far the lips are apart, in mouth widths."""
    right, left, upper, lower = head.points_px[
        [at.LIPS_INNER[0], at.LIPS_INNER[10], at.LIPS_INNER[15], at.LIPS_INNER[5]], :2
    ]
    return float(np.hypot(*(lower - upper)) / max(float(np.hypot(*(left - right))), 1.0))


def _patches(sure: U8, least: float, proof: F64 | None) -> F32 | None:
    """1 where something in front hangs together over so many cells, gaps between them bridged, with proofs that add up
    to 1 (None: none are needed), and 0 elsewhere; None if nowhere."""
    sure = np.asarray(cv2.morphologyEx(sure, cv2.MORPH_OPEN, _around(3)), np.uint8)
    count, labels = cv2.connectedComponents(cv2.dilate(sure, _around(BRIDGE)))
    patch = labels[sure > 0]
    large = np.bincount(patch, minlength=count) >= least
    if proof is not None:
        large &= np.bincount(patch, weights=proof[sure > 0], minlength=count) >= 1.0
    large[0] = False
    return large[labels].astype(np.float32) if large.any() else None


@cache
def _inner() -> compare.BOOL:
    """Cells that are not near the face's outline; read-only."""
    there = (cells().corners[..., 0] >= 0).astype(np.uint8)
    side = 2 * RIM + 1
    inner = cv2.erode(there, _around(side), borderType=cv2.BORDER_CONSTANT, borderValue=(0.0,)) > 0
    inner.setflags(write=False)
    return np.asarray(inner, np.bool_)


@cache
def _between_eyes() -> compare.BOOL:
    """Cells no farther aside than the outer corners of the eyes; read-only."""
    grid, aside = cells(), np.abs(template().points_mm[:, 0])
    between = (aside[grid.corners] * grid.shares).sum(axis=2) <= max(aside[at.RIGHT_EYE])
    between.setflags(write=False)
    return np.asarray(between, np.bool_)


@cache
def _around(side: int) -> U8:
    kernel: U8 = np.ones((side, side), np.uint8)
    return kernel
