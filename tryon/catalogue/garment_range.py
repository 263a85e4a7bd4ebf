"""The garments that come with Tryon.

``python -m tryon.catalogue.garment_range FOLDER`` draws them into a catalogue folder, with their points.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from tryon.catalogue import lower_range
from tryon.catalogue.garment_cut import FLIP, Cut
from tryon.catalogue.garment_details import (
    Design,
    blouse,
    dress,
    hoodie,
    jacket,
    polo,
    shirt,
    sweater,
    tank,
    tee,
)
from tryon.catalogue.garment_fabric import Fabric
from tryon.catalogue.garment_picture import Canvas, Part
from tryon.frame import F64, U8

# What rises above the high shoulder points, in centimetres.
RISES: Final = {"shirt": 4.0, "polo": 4.0, "jacket": 4.0}
PICTURE_FILE: Final = "picture.png"
# Bare arms are not invented: whoever wears longer sleeves than the garment's is told what they will see.
ELBOW_CM: Final = 30.0
OVER_SLEEVES: Final = " Shown over your own sleeves."

LONG: Final = Cut(sleeve_cm=60.0, sleeve_angle_deg=19.0, cuff_cm=10.5)
# Heavy cloth is cut wider, its shoulders drop.
WIDE: Final = replace(
    LONG,
    neck_cm=10.0,
    shoulder_cm=(24.0, 5.0),
    armpit_cm=(29.0, 26.0),
    waist_cm=(28.5, 48.0),
    hem_cm=(27.5, 68.0),
)

RANGE: Final[tuple[Design, ...]] = (
    Design(
        "linden-tee", "Linden T-shirt", "t_shirt", "A white cotton T-shirt with a ribbed neck.",
        Cut(), Fabric("#ecebe6", "jersey"), tee, seed=1,
    ),
    Design(
        "harbour-stripe", "Harbour Stripe", "t_shirt", "A long-sleeved Breton shirt, navy on ecru.",
        replace(LONG, neck_cm=10.5, neck_depth_cm=6.5), Fabric("#eae4d4", "jersey", "stripes", "#1f2a4d", 2.8), tee,
        Fabric("#eae4d4", "rib"), seed=2,
    ),
    Design(
        "regatta-polo", "Regatta Polo", "polo", "A bottle-green piqué polo with three buttons.",
        Cut(neck_depth_cm=7.5), Fabric("#1f5a43", "poplin"), polo, seed=3,
    ),
    Design(
        "oxford-shirt", "Oxford Shirt", "shirt", "A light blue button-down in Oxford cloth.",
        replace(LONG, cuff_cm=11.5, neck_depth_cm=7.0, hem_cm=(26.0, 76.0), hem_drop_cm=3.0),
        Fabric("#9db9dc", "poplin", "melange", "#bfd2ea"), shirt, seed=4,
    ),
    Design(
        "isla-blouse", "Isla Blouse", "blouse", "A flowing blouse with a V neck, dusty rose.",
        replace(
            LONG, neck="v", neck_cm=8.5, neck_depth_cm=16.0, cuff_cm=13.0, sleeve_cm=58.0, hem_cm=(28.0, 66.0)
        ),
        Fabric("#c08088", "crepe"), blouse, seed=5,
    ),
    Design(
        "fjord-sweater", "Fjord Sweater", "sweater", "A cable-knit wool sweater, oatmeal.",
        replace(WIDE, cuff_cm=13.0, neck_depth_cm=8.0), Fabric("#cbb994", "knit"), sweater, seed=6,
    ),
    Design(
        "campus-hoodie", "Campus Hoodie", "hoodie", "A heavy fleece hoodie, burgundy, with a kangaroo pocket.",
        replace(WIDE, cuff_cm=14.0, neck_depth_cm=10.0, armpit_cm=(30.0, 27.0), hem_cm=(28.5, 71.0)),
        Fabric("#7a2033", "fleece"), hoodie, seed=7,
    ),
    Design(
        "ridge-jacket", "Ridge Denim Jacket", "jacket", "A denim trucker jacket, worn open over what you have on.",
        replace(WIDE, cuff_cm=14.0, neck_cm=9.5, neck_depth_cm=9.0, hem_cm=(27.0, 64.0), open_cm=7.5),
        Fabric("#3f5f8f", "twill", "denim", "#c5d0de"), jacket, seed=8,
    ),
    Design(
        "cove-tank", "Cove Tank", "tank", "A black ribbed tank top.",
        Cut(
            neck_cm=10.0, neck_depth_cm=14.0, shoulder_cm=(15.0, 2.2), armpit_cm=(23.5, 25.0), waist_cm=(22.5, 46.0),
            hem_cm=(24.5, 66.0), sleeve_cm=0.0,
        ),
        Fabric("#26262b", "rib"), tank, seed=9,
    ),
    Design(
        "meadow-dress", "Meadow Dress", "dress", "A summer dress with cap sleeves, white blossoms on blue.",
        Cut(
            neck_cm=11.0, neck_depth_cm=12.0, shoulder_cm=(21.5, 4.5), armpit_cm=(24.0, 23.0), waist_cm=(20.5, 42.0),
            hem_cm=(39.0, 98.0), hem_drop_cm=3.0, sleeve_cm=12.0, sleeve_angle_deg=65.0, cuff_cm=15.0,
        ),
        Fabric("#33507f", "crepe", "floral", "#f3e9dc", 4.2), dress, seed=10,
    ),
)  # fmt: skip


def draw(design: Design) -> tuple[U8, dict[str, tuple[float, float]]]:
    """The picture (BGRA) and the truth about its points, in its pixels."""
    cut = design.cut
    outlines = [cut.body(), np.array([[0.0, -RISES.get(design.cut_name, 0.0)]])]
    if cut.sleeve_cm:
        outlines += [cut.sleeve(), cut.sleeve() * FLIP]
    every = np.concatenate(outlines)
    canvas = Canvas(every.min(axis=0), every.max(axis=0), design.seed * 1000)
    canvas.add(Part(cut.back(), design.fabric, depth=0.2, shade=0.52, casts=False))
    if cut.sleeve_cm:
        for side in (1, -1):
            outline = cut.sleeve() * np.array([float(side), 1.0])
            canvas.add(Part(outline, design.fabric, grain_deg=-side * cut.sleeve_angle_deg, casts=False))
    canvas.add(Part(cut.body(), design.fabric))
    if cut.sleeve_cm:
        for side in (1, -1):
            canvas.stitch(cut.armhole() * np.array([float(side), 1.0]), 0.30, 0.2)
    design.details(canvas, design)
    if cut.open_cm:
        gap = canvas.mask(cut.front_gap())
        canvas.alpha *= 1 - gap
    return canvas.picture(), {name: canvas.px(point) for name, point in points_cm(cut).items()}


def points_cm(cut: Cut) -> dict[str, F64]:
    """The points of a garment in garment space; "right" is the wearer's, at the picture's left."""
    outer, inner = cut.cuff
    half = {
        "neck": np.array([cut.neck_cm, 0.0]),
        "shoulder": np.array(cut.shoulder_cm),
        "armpit": np.array(cut.armpit_cm),
        "waist": np.array(cut.waist_cm),
        "hem": np.array(cut.hem_cm),
    }
    if cut.sleeve_cm:
        half |= {"cuff_outer": outer, "cuff_inner": inner}
    points = {f"left_{name}": point for name, point in half.items()}
    points |= {f"right_{name}": point * FLIP for name, point in half.items()}
    points["neck_front"] = np.array([0.0, cut.neck_depth_cm])
    points["hem_centre"] = np.array([0.0, cut.hem_cm[1] + cut.hem_drop_cm])
    return points


def content(design: Design, points: dict[str, tuple[float, float]]) -> dict[str, Any]:
    """The product.json of a design."""
    return {
        "sku": design.sku,
        "kind": "garment",
        "name": design.name,
        "description": design.description + ("" if design.cut.sleeve_cm > ELBOW_CM else OVER_SLEEVES),
        "cut": design.cut_name,
        "picture": PICTURE_FILE,
        "points": {name: [round(x, 1), round(y, 1)] for name, (x, y) in sorted(points.items())},
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line: draw the garments into a catalogue folder."""
    parser = argparse.ArgumentParser(prog="python -m tryon.catalogue.garment_range", description=main.__doc__)
    parser.add_argument("folder", type=Path, help="the catalogue folder")
    write(parser.parse_args(arguments).folder)


def write(folder: Path) -> None:
    """Draw every design of the range."""
    for design in RANGE:
        picture, points = draw(design)
        _write(folder / design.sku, picture, content(design, points))
    for lower in lower_range.LOWER_RANGE:
        picture, points = lower_range.draw(lower)
        _write(folder / lower.sku, picture, lower_range.content(lower, points))


def _write(place: Path, picture: U8, told: dict[str, Any]) -> None:
    place.mkdir(parents=True, exist_ok=True)
    done, png = cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    if not done:
        raise ValueError(f"OpenCV could not encode the picture of {place.name}")
    (place / PICTURE_FILE).write_bytes(png.tobytes())
    text = json.dumps(told, indent=2, ensure_ascii=False) + "\n"
    (place / "product.json").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
