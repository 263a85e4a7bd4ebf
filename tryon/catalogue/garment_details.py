"""What is put on a garment after its plain parts: ribs, hems, collars, plackets, pockets, seams."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from tryon.catalogue.garment_cut import FLIP, Cut, bezier, mirrored
from tryon.catalogue.garment_fabric import Fabric, linear
from tryon.catalogue.garment_picture import Canvas, Part
from tryon.frame import F64

METAL: Final = np.array([0.42, 0.30, 0.17])
THREAD: Final = np.array([0.44, 0.24, 0.07])


@dataclass(frozen=True, slots=True)
class Design:
    """One garment: what it is called, its cut and cloth, and what is drawn on it after the plain parts."""

    sku: str
    name: str
    cut_name: str
    description: str
    cut: Cut
    fabric: Fabric
    details: Callable[[Canvas, Design], None]
    trim: Fabric | None = None
    seed: int = 1


def whole(half: F64) -> F64:
    """A path across the centre from its half with x > 0, which ends there."""
    return np.concatenate([half, (half * FLIP)[::-1]])


def _rib(canvas: Canvas, design: Design, path: F64, width_cm: float, grain_deg: float = 0.0) -> None:
    cloth = design.trim or replace(design.fabric, weave="rib", print="plain")
    within = np.maximum(canvas.mask(design.cut.body()), canvas.mask(design.cut.back()))
    covered = canvas.band(path, width_cm) * within
    canvas.lay(covered, Part(path, cloth, grain_deg=grain_deg, depth=0.1, lift_cm=0.16))


def _neck_rib(canvas: Canvas, design: Design, width_cm: float = 2.0) -> None:
    _rib(canvas, design, whole(design.cut.neckline()), width_cm)
    outer = design.cut.neckline() * (1 + width_cm / 2 / design.cut.neck_cm)
    canvas.stitch(whole(outer), 0.18, 0.12)


def _hems(canvas: Canvas, design: Design, up_cm: float = 2.2) -> None:
    cut = design.cut
    canvas.stitch(whole(cut.hem()) - (0.0, up_cm), 0.16, 0.12)
    canvas.stitch(whole(cut.hem()) - (0.0, up_cm + 0.5), 0.16, 0.12)
    if cut.sleeve_cm:
        _sleeve_lines(canvas, cut, up_cm)


def _sleeve_lines(canvas: Canvas, cut: Cut, up_cm: float) -> None:
    outer, inner = cut.cuff
    along = (outer - np.array(cut.shoulder_cm)) / cut.sleeve_cm
    path = np.linspace(outer + (inner - outer) * 0.02, inner, 8) - up_cm * along
    for side in (1, -1):
        canvas.stitch(path * np.array([float(side), 1.0]), 0.16, 0.12)


def _cuffs(canvas: Canvas, design: Design, length_cm: float = 6.0, hem_cm: float = 6.0) -> None:
    """Ribbed cuffs and waistband."""
    cut = design.cut
    outer, inner = cut.cuff
    along = (outer - np.array(cut.shoulder_cm)) / cut.sleeve_cm
    cloth = design.trim or replace(design.fabric, weave="rib", print="plain")
    squeeze = 0.06 * (inner - outer)
    cuff = np.array([outer - length_cm * along, outer + squeeze, inner - squeeze, inner - length_cm * along])
    for side in (1, -1):
        part = Part(
            cuff * np.array([float(side), 1.0]),
            cloth,
            -side * cut.sleeve_angle_deg,
            0.1,
            0.2,
            clip=cut.sleeve() * np.array([float(side), 1.0]),
        )
        canvas.add(part)
    hem = whole(cut.hem())
    band = np.concatenate([hem, (hem - (0.0, hem_cm))[::-1]])
    canvas.add(Part(band, cloth, depth=0.1, lift_cm=0.2, clip=cut.body()))


def tee(canvas: Canvas, design: Design) -> None:
    """A ribbed neck and stitched hems."""
    _neck_rib(canvas, design)
    _hems(canvas, design)


def tank(canvas: Canvas, design: Design) -> None:
    """Bound neck and armholes."""
    _neck_rib(canvas, design, 1.3)
    for side in (1, -1):
        _rib(canvas, design, design.cut.armhole() * np.array([float(side), 1.0]) - (0.5 * side, 0.0), 1.2)
    _hems(canvas, design)


def sweater(canvas: Canvas, design: Design) -> None:
    """Wide ribs at neck, cuffs and hem; cables down the front."""
    if design.fabric.weave == "knit":
        for x in (-15.0, -7.5, 0.0, 7.5, 15.0):
            y = np.linspace(design.cut.neck_depth_cm + 1 if abs(x) < 8 else 7.0, design.cut.hem_cm[1] - 6, 90)
            for phase in (0.0, np.pi):
                path = np.column_stack([x + 1.25 * np.sin(y / 4.2 * np.pi + phase), y])
                canvas.lay(canvas.band(path, 1.15), Part(path, design.fabric, depth=0.0, lift_cm=0.42))
            for edge in (-2.3, 2.3):
                canvas.darken(canvas.band(np.column_stack([np.full_like(y, x + edge), y]), 0.5), 0.16)
    _neck_rib(canvas, design, 3.0)
    _cuffs(canvas, design)


def hoodie(canvas: Canvas, design: Design) -> None:
    """The hood's two sides round the neck, a pocket, drawstrings."""
    cut = design.cut
    pocket = np.array([[-9.5, 47.0], [9.5, 47.0], [15.5, 56.5], [15.0, 65.5], [-15.0, 65.5], [-15.5, 56.5]])
    canvas.add(Part(pocket, design.fabric, lift_cm=0.4, depth=0.5))
    for side in (1, -1):
        canvas.stitch(np.array([[9.2, 47.6], [15.0, 56.8]]) * np.array([float(side), 1.0]), 0.2, 0.14)
    canvas.stitch(np.array([[-9.2, 47.8], [9.2, 47.8]]), 0.2, 0.14)
    _cuffs(canvas, design)
    depth = cut.neck_depth_cm
    inner = bezier(
        np.array([6.0, -0.6]), np.array([8.0, 3.0]), np.array([4.2, depth - 2]), np.array([0.0, depth + 1.0])
    )
    outer = bezier(
        np.array([0.0, depth + 5.5]),
        np.array([7.0, depth + 3.0]),
        np.array([14.5, 6.0]),
        np.array([13.6, 0.5]),
    )
    top = bezier(np.array([13.6, 0.5]), np.array([12.5, -1.0]), np.array([9.0, -1.6]), np.array([6.0, -0.6]))
    wing = np.concatenate([inner, outer, top])
    for side in (-1, 1):
        canvas.add(
            Part(
                wing * np.array([float(side), 1.0]),
                design.fabric,
                grain_deg=side * 35,
                depth=0.8,
                lift_cm=0.8,
            )
        )
    cord = linear(design.fabric.second if design.trim is None else design.trim.color)
    for side in (1, -1):
        path = bezier(
            np.array([2.6, depth + 2.2]),
            np.array([3.4, depth + 9]),
            np.array([2.2, depth + 14]),
            np.array([3.0, depth + 21]),
        )
        cloth = Fabric("#e9e6df", "rib")
        canvas.lay(
            canvas.band(path * np.array([float(side), 1.0]), 0.75), Part(path, cloth, depth=0.0, lift_cm=0.3)
        )
        canvas.disc(np.array([2.6 * side, depth + 2.2]), 0.55, cord * 0.7 + 0.1)


def _collar(canvas: Canvas, design: Design, spread_cm: float, fall_cm: float) -> None:
    """A fold-down collar: the stand at the back, and two leaves."""
    cut = design.cut
    depth = cut.neck_depth_cm
    stand = mirrored(
        np.array([[0.0, -3.4], [4.5, -3.0], [8.0, -1.6], [cut.neck_cm, 0.2], [7.0, 2.6], [0.0, 2.0]])
    )
    canvas.add(Part(stand, design.fabric, depth=0.1, lift_cm=0.3, shade=0.8))
    lower = np.array([0.5, depth - 1.0])
    inner = bezier(np.array([6.4, -2.3]), np.array([6.6, 2.0]), np.array([3.4, depth - 4.0]), lower)
    tip = np.array([spread_cm, depth + fall_cm])
    outer = bezier(
        tip,
        tip + np.array([2.0, -4.0]),
        np.array([cut.neck_cm + 5.2, 4.0]),
        np.array([cut.neck_cm + 2.6, -0.2]),
    )
    top = bezier(outer[-1], np.array([cut.neck_cm + 0.6, -2.8]), np.array([8.0, -3.2]), np.array([6.4, -2.3]))
    leaf = np.concatenate([inner, outer, top])
    for side in (1, -1):
        canvas.add(
            Part(
                leaf * np.array([float(side), 1.0]),
                design.fabric,
                grain_deg=side * 30,
                depth=0.25,
                lift_cm=0.35,
            )
        )
        canvas.stitch((outer - (0.55, 0.45)) * np.array([float(side), 1.0]), 0.14, 0.1)


def _placket(
    canvas: Canvas, design: Design, to_cm: float, width_cm: float, buttons: Sequence[float], color: str
) -> None:
    depth = design.cut.neck_depth_cm
    strip = np.array(
        [
            [-width_cm / 2, depth - 1.5],
            [width_cm / 2, depth - 1.5],
            [width_cm / 2, to_cm],
            [-width_cm / 2, to_cm],
        ]
    )
    canvas.add(Part(strip, design.fabric, depth=0.6, lift_cm=0.14))
    for x in (-width_cm / 2 + 0.45, width_cm / 2 - 0.45):
        canvas.stitch(np.array([[x, depth], [x, to_cm]]), 0.14, 0.1)
    for y in buttons:
        canvas.disc(np.array([0.0, y]), 0.62, linear(color))


def polo(canvas: Canvas, design: Design) -> None:
    """A collar, a short placket with three buttons, ribbed sleeve ends."""
    _hems(canvas, design)
    depth = design.cut.neck_depth_cm
    _placket(canvas, design, depth + 15, 3.4, [depth + 2.5, depth + 7.5, depth + 12.5], "#e8e4da")
    _collar(canvas, design, 7.0, 4.5)


def shirt(canvas: Canvas, design: Design) -> None:
    """A collar, a placket with buttons to the hem, cuffs, a pocket."""
    cut = design.cut
    depth = cut.neck_depth_cm
    _placket(
        canvas,
        design,
        cut.hem_cm[1] + 0.6,
        3.2,
        np.arange(depth + 2.5, cut.hem_cm[1] - 4, 9.0).tolist(),
        "#f2efe6",
    )
    pocket = np.array([[7.0, 21.0], [18.0, 21.0], [18.0, 32.5], [12.5, 34.0], [7.0, 32.5]])
    canvas.add(Part(pocket, design.fabric, depth=0.4, lift_cm=0.1))
    canvas.stitch(np.array([[7.0, 22.6], [18.0, 22.6]]), 0.14, 0.1)
    _sleeve_lines(canvas, cut, 6.5)
    _sleeve_lines(canvas, cut, 0.8)
    canvas.stitch(whole(cut.hem()) - (0.0, 0.8), 0.12, 0.1)
    _collar(canvas, design, 7.5, 5.0)


def blouse(canvas: Canvas, design: Design) -> None:
    """A faced V neck and gathered cuffs."""
    cut = design.cut
    _rib(canvas, replace(design, trim=design.fabric), whole(cut.neckline()), 1.6)
    canvas.stitch(whole(cut.neckline() * 1.16), 0.14, 0.1)
    _sleeve_lines(canvas, cut, 4.5)
    canvas.stitch(whole(cut.hem()) - (0.0, 1.2), 0.12, 0.1)


def jacket(canvas: Canvas, design: Design) -> None:
    """A trucker jacket: yokes, chest pockets with flaps, cuffs, metal buttons, contrast stitches."""
    cut = design.cut
    depth = cut.neck_depth_cm

    def seam(path: F64) -> None:
        for side in (1, -1):
            canvas.darken(canvas.band(path * np.array([float(side), 1.0]), 0.24), 0.42)
            for off in (0.45, 0.95):
                covered = canvas.band(path * np.array([float(side), 1.0]) + (0.0, off), 0.12)
                canvas.color += (THREAD - canvas.color) * 0.55 * covered[..., None]

    seam(np.array([[cut.open_cm * 0.6, 17.5], [25.5, 17.0]]))
    flap = np.array([[8.0, 20.5], [19.0, 20.2], [19.0, 24.0], [13.5, 26.4], [8.0, 24.2]])
    for side in (1, -1):
        canvas.add(Part(flap * np.array([float(side), 1.0]), design.fabric, depth=0.2, lift_cm=0.25))
        canvas.disc(np.array([13.5 * side, 24.6]), 0.7, METAL)
    for x in (8.6, 18.4):
        seam(np.array([[x, 25.5], [x - 1.0 if x < 10 else x + 0.5, cut.hem_cm[1] - 5.5]]))
    hem = whole(cut.hem())
    canvas.add(
        Part(
            np.concatenate([hem, (hem - (0.0, 4.5))[::-1]]),
            design.fabric,
            depth=0.3,
            lift_cm=0.3,
            clip=cut.body(),
        )
    )
    _sleeve_lines(canvas, cut, 5.5)
    _sleeve_lines(canvas, cut, 5.0)
    edge = np.array([[cut.open_cm * 0.55 + 3.4, depth + 3], [cut.open_cm + 3.4, cut.hem_cm[1] - 4.5]])
    seam(edge)
    for y in np.arange(depth + 5.0, cut.hem_cm[1] - 1, 9.0).tolist():
        canvas.disc(np.array([cut.open_cm + 1.8, y]), 0.75, METAL)
    _collar(canvas, design, 10.5, 4.0)


def dress(canvas: Canvas, design: Design) -> None:
    """A bound neck, a waist seam, gathers below it."""
    cut = design.cut
    _rib(canvas, replace(design, trim=replace(design.fabric, print="plain")), whole(cut.neckline()), 1.0)
    waist = np.array(
        [
            [-cut.waist_cm[0], cut.waist_cm[1]],
            [0.0, cut.waist_cm[1] + 1.0],
            [cut.waist_cm[0], cut.waist_cm[1]],
        ]
    )
    random = np.random.default_rng(design.seed)
    for x in random.uniform(-cut.waist_cm[0], cut.waist_cm[0], 26):
        length = random.uniform(6, 22)
        path = np.array([[x, cut.waist_cm[1] + 0.8], [x * (1 + length / 90), cut.waist_cm[1] + length]])
        canvas.darken(faded(canvas, path), 0.22)
    canvas.stitch(waist, 0.3, 0.22)
    canvas.stitch(whole(cut.hem()) - (0.0, 1.6), 0.12, 0.1)
    if cut.sleeve_cm:
        _sleeve_lines(canvas, cut, 1.2)


def faded(canvas: Canvas, path: F64) -> F64:
    """A fold that runs out downwards."""
    t = np.clip((path[1, 1] - canvas.y_cm) / (path[1, 1] - path[0, 1]), 0.0, 1.0)
    return np.asarray(canvas.band(path, 0.35) * t, np.float64)
