"""Makeup's colours held against what they should be: shades, the same in other light, skin's detail and its tone.

The sitter is the portrait at twice its size (a face 200 px wide), re-toned; each picture goes through the pipeline.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.config import Settings
from tryon.frame import F64, U8, Frame
from tryon.geometry.steady import Head
from tryon.looks import BARE, Look
from tryon.overlays.application import Application, rgb8
from tryon.overlays.lips import Lips
from tryon.overlays.skin import Skin
from tryon.overlays.skinlight import face_colours
from tryon.overlays.skintone import skin_tone
from tryon.perception import landmarks as at
from tryon.pipeline import Engine, Pipeline
from tryon.render import transfer
from tryon.render.colour import de00, hex_from_lab, ita_deg, lab_from_codes, lab_from_hex, lab_from_linear
from tryon.replay.tone import TONES, cheeks_lab, toned
from tryon.resources import portrait

Bools: TypeAlias = NDArray[np.bool_]
Gain: TypeAlias = tuple[float, float, float]

# The face in the portrait, and how much it is enlarged.
CROP: Final = np.s_[20:300, 90:370]
ENLARGED: Final = 2
SETTLE: Final = 3
# Lipsticks from nearly white to nearly black, among them a red, a pink, an orange, nudes and a blue.
SHADES: Final = {
    "pale pink": "#f2d3cf",
    "nude": "#c08a76",
    "pink": "#e08b9b",
    "coral": "#dd5847",
    "red": "#b3121d",
    "fuchsia": "#b31b63",
    "brown": "#7a4636",
    "plum": "#4c1535",
    "blue": "#3a4f9a",
    "near black": "#241419",
}
# Linear red, green, blue of lamps of 3000 and 8000 K as a camera balanced for 6500 K shows them, and with half of that
# balanced away, as cameras do; each as bright as white light was, as cameras expose.
LAMPS: Final[dict[str, Gain]] = {
    "3000 K, half balanced": (1.38, 0.93, 0.53),
    "8000 K, half balanced": (0.94, 1.01, 1.13),
    "3000 K": (1.81, 0.83, 0.27),
    "8000 K": (0.88, 1.01, 1.30),
}
# Exposures at which skin's tone is read.
EXPOSURES: Final = (0.45, 0.7, 1.0)
# Foundation: what is put on is the sitter's own colour, and a shade lighter or darker.
STEPS_L: Final = (-8.0, 0.0, 8.0)
DETAIL_SIGMA_PX: Final = 3.0


class Sitters:
    """The portrait's face in each tone, with the head that the pipeline finds in it."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self._settings, self._engine = settings, engine
        source = cv2.imdecode(np.fromfile(portrait(), np.uint8), cv2.IMREAD_COLOR)
        if source is None:
            raise ValueError("the portrait cannot be decoded")
        large = cv2.resize(source[CROP], None, fx=ENLARGED, fy=ENLARGED, interpolation=cv2.INTER_CUBIC)
        self.bgr: U8 = np.asarray(large, np.uint8)
        self.head = self.dressed(self.bgr, BARE)[1]

    def toned(self, tone: str) -> U8:
        """The face in one of ``replay.tone``'s tones."""
        return toned(self.bgr, self.head.points_px.astype(np.float64), tone)

    def dressed(self, bgr: U8, look: Look) -> tuple[U8, Head]:
        """The picture as the pipeline answers it, once it has settled."""
        pipeline = Pipeline(self._settings)
        for number in range(SETTLE):
            rendered = pipeline.process(Frame(bgr, number * 33.0), look, self._engine)
        return rendered.bgr, rendered.heads[0]

    def lip_core(self) -> Bools:
        """What is well within the lips."""
        lips = filled(self.bgr.shape, self.head.points_px[at.LIPS_OUTER])
        lips &= ~filled(self.bgr.shape, self.head.points_px[at.LIPS_INNER])
        return np.asarray(cv2.erode(lips.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0, np.bool_)

    def cheeks(self) -> Bools:
        """Both cheeks."""
        found = np.zeros(self.bgr.shape[:2], np.bool_)
        for point in (50, 280):
            x, y = self.head.points_px[point, :2].astype(int).tolist()
            found[y - 8 : y + 9, x - 8 : x + 9] = True
        return found


def filled(shape: tuple[int, ...], outline_px: NDArray[Any]) -> Bools:
    """The pixels of a closed outline (n, 2+)."""
    area = np.zeros(shape[:2], np.uint8)
    points = np.rint(np.asarray(outline_px[:, :2], np.float64) * 16 - 8).astype(np.int32)
    cv2.fillPoly(area, [points], [1], cv2.LINE_8, 4)
    return area > 0


def relit(bgr: U8, gain: Gain) -> U8:
    """The picture with its linear red, green and blue multiplied."""
    linear = transfer.to_linear()[bgr] * np.array(gain[::-1], np.float32)
    steps = np.clip(linear * transfer.TO_SRGB_STEPS + 0.5, 0, transfer.TO_SRGB_STEPS)
    return transfer.to_srgb()[steps.astype(np.int32)]


def lipstick(color: str) -> Look:
    """One matte shade that covers."""
    return Look((Lips((Application("lipstick", ((rgb8(color), "matte"),), 1.0),)),))


def foundation(color: str, coverage: float) -> Look:
    """One matte foundation."""
    return Look((Skin((Application("foundation", ((rgb8(color), "matte"),), coverage),)),))


def shades(sitters: Sitters, tones: Sequence[str], names: Sequence[str]) -> dict[str, dict[str, float]]:
    """Median ΔE00 of the lips' core to each shade, by shade and tone."""
    core = sitters.lip_core()
    found: dict[str, dict[str, float]] = {}
    for tone in tones:
        bgr = sitters.toned(tone)
        for name in names:
            made, _ = sitters.dressed(bgr, lipstick(SHADES[name]))
            away = de00(lab_from_codes(made[core]), lab_from_hex(SHADES[name]))
            found.setdefault(name, {})[tone] = float(np.median(away))
    return found


def constancy(
    sitters: Sitters, tones: Sequence[str], names: Sequence[str], lamps: Sequence[str]
) -> dict[str, dict[str, float]]:
    """Median ΔE00 between a shade in each lamp's light, that light divided out, and in white light; the worst of the
    shades, by lamp and tone."""
    core = sitters.lip_core()
    found: dict[str, dict[str, float]] = {}
    for tone in tones:
        bgr = sitters.toned(tone)
        neutral = {name: _linear(sitters.dressed(bgr, lipstick(SHADES[name]))[0], core) for name in names}
        for lamp in lamps:
            off = []
            for name in names:
                made, _ = sitters.dressed(relit(bgr, LAMPS[lamp]), lipstick(SHADES[name]))
                own = _linear(made, core) / np.array(LAMPS[lamp][::-1])
                off.append(float(np.median(de00(lab_from_linear(own), lab_from_linear(neutral[name])))))
            found.setdefault(lamp, {})[tone] = max(off)
    return found


def foundations(sitters: Sitters, tones: Sequence[str]) -> dict[str, dict[str, float]]:
    """Of each tone: ΔE00 that a foundation in the skin's very own colour makes (coverage 0.55; it should make none),
    the largest ΔE00 of cheeks to a shade that covers, and how fine detail before and after correlates."""
    cheeks = sitters.cheeks()
    found = {}
    for tone in tones:
        bgr = sitters.toned(tone)
        lab = cheeks_lab(bgr, sitters.head.points_px.astype(np.float64))
        bare = _middle(bgr, cheeks)
        own, _ = sitters.dressed(bgr, foundation(hex_from_lab(lab), 0.55))
        off = []
        for step in STEPS_L:
            shade = hex_from_lab(lab + np.array((step, 0.0, 0.0)))
            made, _ = sitters.dressed(bgr, foundation(shade, 1.0))
            # The cheek as lit as the sitter's own is: how much it is lighter than the face's middle stays.
            off.append(float(de00(_middle(made, cheeks) - bare + lab, lab_from_hex(shade))))
        half, _ = sitters.dressed(bgr, foundation(hex_from_lab(lab + np.array((4.0, 0.0, 0.0))), 0.5))
        found[tone] = {
            "own_colour_de00": float(de00(_middle(own, cheeks), bare)),
            "shade_de00": max(off),
            "detail_correlation": float(np.corrcoef(_detail(bgr, cheeks), _detail(half, cheeks))[0, 1]),
        }
    return found


def readings(
    sitters: Sitters, tones: Sequence[str], exposures: Sequence[float]
) -> dict[str, dict[str, float]]:
    """Skin's tone as read without a sheet of paper against what it is: errors of L* and of ITA°, ΔE00, and how many of
    the doubt's standard deviations the angle is off; medians over exposures and lamps that are half balanced."""
    found = {}
    lamps: list[Gain] = [(1.0, 1.0, 1.0)] + [gain for name, gain in LAMPS.items() if "half" in name]
    for tone in tones:
        bgr, true = sitters.toned(tone), np.array(TONES[tone])
        rows = []
        for exposure in exposures:
            for red, green, blue in lamps:
                lit = relit(bgr, (exposure * red, exposure * green, exposure * blue))
                seen = face_colours(lit, sitters.head)
                if isinstance(seen, str):
                    continue
                told = skin_tone(seen)
                angle = told.ita_deg - ita_deg(true)
                rows.append(
                    (
                        float(told.lab[0] - true[0]),
                        angle,
                        float(de00(told.lab, true)),
                        abs(angle) / told.ita_sigma_deg,
                    )
                )
        names = ("lightness", "ita_deg", "de00", "ita_sigmas")
        found[tone] = dict(zip(names, np.median(np.array(rows), axis=0).tolist(), strict=True))
    return found


def _linear(bgr: U8, where: Bools) -> F64:
    return np.asarray(transfer.to_linear()[bgr[where]], np.float64)


def _middle(bgr: U8, where: Bools) -> F64:
    return np.asarray(lab_from_codes(np.median(bgr[where], axis=0).astype(np.uint8)), np.float64)


def _detail(bgr: U8, where: Bools) -> F64:
    grey = cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY).astype(np.float64)
    return np.asarray((grey - cv2.GaussianBlur(grey, (0, 0), DETAIL_SIGMA_PX))[where], np.float64)
