"""Skirts and trousers that come with Tryon: their cut in centimetres, and what is drawn on them.

Garment space is that of ``garment_cut``, with the origin in the middle of the waistband's upper edge.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from tryon.catalogue.garment import CutName
from tryon.catalogue.garment_cut import FLIP, bezier, mirrored
from tryon.catalogue.garment_details import METAL, THREAD, faded, whole
from tryon.catalogue.garment_fabric import Fabric
from tryon.catalogue.garment_picture import Canvas, Part
from tryon.frame import F64, U8

PICTURE_FILE: Final = "picture.png"
# Bare legs are not invented: whoever wears longer trousers than the garment's is told what they will see.
KNEE_CM: Final = 80.0


def _at(x_cm: float, y_cm: float) -> F64:
    return np.array([x_cm, y_cm])


@dataclass(frozen=True, slots=True)
class LowerCut:
    """Half widths and heights in centimetres, as it lies flat. ``dip_cm`` is how far the waistband's front hangs;
    ``leg_cm`` the outer and the inner end of a leg, from the middle, None for a skirt, which has a ``hem_cm``."""

    waist_cm: float = 20.0
    dip_cm: float = 1.2
    hip_cm: tuple[float, float] = (25.5, 20.0)
    rise_cm: float = 27.0
    length_cm: float = 104.0
    leg_cm: tuple[float, float] | None = None
    hem_cm: float = 34.0
    hem_drop_cm: float = 2.4

    def side(self) -> F64:
        """From the waist over the hip to the hem."""
        waist, hip = np.array([self.waist_cm, 0.0]), np.array(self.hip_cm)
        out = self.leg_cm[0] if self.leg_cm is not None else self.hem_cm
        hem = np.array([out, self.length_cm])
        upper = bezier(waist, waist + _at(1.2, 0.35 * hip[1]), hip - _at(1.0, 0.45 * hip[1]), hip)
        fall = hem[1] - hip[1]
        lower = bezier(hip, hip + _at(0.5, 0.22 * fall), hem - _at(0.35 * (hem[0] - hip[0]), 0.5 * fall), hem)
        return np.concatenate([upper, lower[1:]])

    def waist(self) -> F64:
        """From the centre of the waistband's upper edge to the side."""
        t = np.linspace(0.0, 1.0, 16)
        return np.column_stack([self.waist_cm * t, self.dip_cm * np.cos(t * np.pi / 2)])

    def hem(self) -> F64:
        """From the side back to the centre: of trousers, along the leg's end and up its inner side to the crotch."""
        if self.leg_cm is None:
            t = np.linspace(0.0, 1.0, 24)
            return np.column_stack(
                [self.hem_cm * (1 - t), self.length_cm + self.hem_drop_cm * np.sin(t * np.pi / 2)]
            )
        out, inn = self.leg_cm
        end = np.column_stack(
            [np.linspace(out, inn, 8), self.length_cm + 0.5 * np.sin(np.linspace(0, np.pi, 8))]
        )
        crotch, low = np.array([0.0, self.rise_cm]), np.array([inn, self.length_cm])
        inseam = bezier(low, low - _at(0.15 * inn, 30.0), crotch + _at(1.6, 16.0), crotch)
        return np.concatenate([end, inseam[1:]])

    def body(self) -> F64:
        """The whole front as a closed outline."""
        return mirrored(np.concatenate([self.waist(), self.side()[1:], self.hem()[1:]]))

    def points(self) -> dict[str, F64]:
        """The points of the garment; "right" is the wearer's, at the picture's left."""
        half = {"waist": np.array([self.waist_cm, 0.0]), "hip": np.array(self.hip_cm)}
        if self.leg_cm is None:
            half["hem"] = np.array([self.hem_cm, self.length_cm])
        else:
            half |= {
                "leg_outer": np.array([self.leg_cm[0], self.length_cm]),
                "leg_inner": np.array([self.leg_cm[1], self.length_cm]),
            }
        points = {f"left_{name}": point for name, point in half.items()}
        points |= {f"right_{name}": point * FLIP for name, point in half.items()}
        points["waist_centre"] = np.array([0.0, self.dip_cm])
        if self.leg_cm is None:
            points["hem_centre"] = np.array([0.0, self.length_cm + self.hem_drop_cm])
        else:
            points["crotch"] = np.array([0.0, self.rise_cm])
        return points


@dataclass(frozen=True, slots=True)
class LowerDesign:
    """One garment: what it is called, its cut and cloth, and what is drawn on it after the plain part."""

    sku: str
    name: str
    cut_name: CutName
    description: str
    cut: LowerCut
    fabric: Fabric
    details: Callable[[Canvas, LowerDesign], None]
    seed: int = 1


def _band(canvas: Canvas, design: LowerDesign, high_cm: float) -> None:
    """A waistband of the garment's own cloth, turned across."""
    edge = whole(design.cut.waist()[::-1])[::-1]
    outline = np.concatenate([edge, (edge + _at(0.0, high_cm))[::-1]])
    canvas.add(Part(outline, design.fabric, grain_deg=90.0, depth=0.1, lift_cm=0.25, clip=design.cut.body()))


def jeans(canvas: Canvas, design: LowerDesign) -> None:
    """A waistband with loops and a button, a fly, pockets with rivets, seams in yellow thread."""
    cut = design.cut
    waist, rise = cut.waist_cm, cut.rise_cm
    # Worn thighs are paler.
    for side in (1.0, -1.0):
        thigh = ((canvas.x_cm - side * 14.0) / 6.0) ** 2 + ((canvas.y_cm - 46.0) / 19.0) ** 2
        canvas.color += 0.045 * np.exp(-thigh)[..., None] * (canvas.alpha[..., None] > 0)
    _seam(canvas, np.column_stack([np.zeros(20), np.linspace(4.0, rise, 20)]))
    fly = bezier(np.array([4.2, 4.0]), np.array([4.2, 12.0]), np.array([4.0, 19.0]), np.array([0.2, 20.5]))
    for away in (0.0, 0.7):
        _thread(canvas, fly - _at(away, 0.0))
    for side in (1.0, -1.0):
        flip = np.array([side, 1.0])
        mouth = bezier(
            np.array([waist - 8.5, 4.0]), np.array([waist - 8.0, 9.5]), np.array([waist - 3.5, 12.0]),
            np.array([waist + 3.2, 12.2]),
        )  # fmt: skip
        canvas.darken(canvas.band(mouth * flip + _at(0.0, -0.25), 0.5), 0.45)
        for away in (0.4, 1.1):
            _thread(canvas, mouth * flip + _at(0.0, away))
        for rivet in (mouth[2], mouth[-4]):
            canvas.disc(rivet * flip + _at(0.0, 0.7), 0.45, METAL)
        canvas.darken(canvas.band((cut.hem()[8:-2] + _at(1.0, 0.0)) * flip, 0.3), 0.2)
        out, inn = cut.leg_cm or (0.0, 0.0)
        hem = np.column_stack([np.linspace(inn, out, 8), np.full(8, cut.length_cm - 2.2)])
        _thread(canvas, hem * flip)
        canvas.darken(canvas.band(hem * flip + _at(0.0, 0.6), 0.7), 0.12)
    _band(canvas, design, 4.0)
    edge = whole(cut.waist()[::-1])[::-1]
    for away in (0.5, 3.5):
        _thread(canvas, edge * _at(0.985, 1.0) + _at(0.0, away))
    for x in (-waist + 6.5, -4.8, 6.0, waist - 6.5):
        loop = np.array([[x - 0.55, 0.1], [x + 0.55, 0.1], [x + 0.55, 5.0], [x - 0.55, 5.0]])
        canvas.add(Part(loop, design.fabric, depth=0.0, lift_cm=0.3))
    canvas.disc(np.array([0.0, cut.dip_cm + 2.0]), 0.95, METAL)


def _seam(canvas: Canvas, path: F64) -> None:
    canvas.darken(canvas.band(path, 0.3), 0.35)
    _thread(canvas, path + _at(0.7, 0.0))


def _thread(canvas: Canvas, path: F64) -> None:
    """A row of stitches in thread of another colour."""
    canvas.darken(canvas.band(path, 0.3), 0.22)
    cover = 0.75 * canvas.band(path, 0.2) * (np.sin(3.4 * np.pi * (canvas.x_cm + canvas.y_cm)) > -0.5)
    canvas.color += (THREAD - canvas.color) * cover[..., None]


def midi(canvas: Canvas, design: LowerDesign) -> None:
    """A waistband, and soft pleats that open to the hem."""
    cut = design.cut
    for number, share in enumerate(np.linspace(-0.86, 0.86, 13).tolist()):
        top = np.array([share * cut.waist_cm, 3.4])
        end = np.array([share * cut.hem_cm * 0.97, cut.length_cm + cut.hem_drop_cm * (1 - abs(share))])
        path = top + np.linspace(0.0, 1.0, 40)[:, None] * (end - top)
        deep = 0.34 if number % 2 == 0 else 0.2
        canvas.darken(faded(canvas, np.stack([top, end])), 0.9 * deep)
        for width, by in ((2.6, 0.10), (1.2, 0.12), (0.35, 0.20)):
            t = np.clip((end[1] - canvas.y_cm) / (end[1] - top[1]), 0.0, 1.0) ** 0.5
            canvas.darken(canvas.band(path, width) * t, by * deep / 0.34)
        light = canvas.band(path - _at(1.9, 0.0), 1.6) * 0.5
        canvas.color *= 1 + 0.10 * light[..., None]
    canvas.stitch(whole(cut.hem()) - _at(0.0, 2.0), 0.14, 0.12)
    _band(canvas, design, 3.4)
    edge = whole(cut.waist()[::-1])[::-1]
    canvas.stitch(edge * _at(0.985, 1.0) + _at(0.0, 3.0), 0.18, 0.12)


LOWER_RANGE: Final[tuple[LowerDesign, ...]] = (
    LowerDesign(
        "quarry-jeans", "Quarry Jeans", "trousers", "Straight jeans in washed indigo denim.",
        LowerCut(waist_cm=20.5, hip_cm=(26.0, 20.0), rise_cm=27.5, length_cm=105.0, leg_cm=(24.5, 4.5)),
        Fabric("#33486f", "twill", "denim", "#a9b8cd"), jeans, seed=11,
    ),
    LowerDesign(
        "orchard-skirt", "Orchard Midi Skirt", "skirt", "A pleated midi skirt in heavy crepe, forest green.",
        LowerCut(waist_cm=18.5, hip_cm=(24.0, 20.0), length_cm=72.0, hem_cm=36.0),
        Fabric("#2f5145", "crepe"), midi, seed=12,
    ),
)  # fmt: skip


def draw(design: LowerDesign) -> tuple[U8, dict[str, tuple[float, float]]]:
    """The picture (BGRA) and the truth about its points, in its pixels."""
    cut = design.cut
    outline = cut.body()
    canvas = Canvas(outline.min(axis=0), outline.max(axis=0), design.seed * 1000)
    canvas.add(Part(outline, design.fabric))
    design.details(canvas, design)
    # What was drawn across the edge.
    canvas.alpha *= canvas.mask(outline)
    return canvas.picture(), {name: canvas.px(point) for name, point in cut.points().items()}


def content(design: LowerDesign, points: dict[str, tuple[float, float]]) -> dict[str, Any]:
    """The product.json of a design."""
    over = "" if design.cut.length_cm > KNEE_CM else " Shown over your own trousers."
    return {
        "sku": design.sku,
        "kind": "garment",
        "name": design.name,
        "description": f"{design.description} Step back until your knees are in view.{over}",
        "cut": design.cut_name,
        "picture": PICTURE_FILE,
        "points": {name: [round(x, 1), round(y, 1)] for name, (x, y) in sorted(points.items())},
    }
