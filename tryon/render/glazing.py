"""Other lenses in a frame that is laid out already: what passes, what reflects, by material and vertex."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from tryon.frame import F32, F64
from tryon.render import film
from tryon.render import model as col
from tryon.render.material import Film, Rgb
from tryon.render.mesh import Mesh
from tryon.render.model import Model

# A lens is at least this large; pads and screws are smaller. The lenses of narrow reading glasses are 20 mm high.
LENS_WIDTH_MM: Final = 25.0
LENS_HEIGHT_MM: Final = 16.0
# Dyed lenses fade between these parts of their height, counted from below.
FADE: Final = (0.15, 0.85)


@dataclass(frozen=True, eq=False)
class Glazing:
    """Linear colours that pass at the top and at the bottom; the front's coating; and the back's reflection, as a part
    of the front's."""

    top: Rgb
    bottom: Rgb
    coat: Film
    back: float = 1.0


def lens_materials(mesh: Mesh) -> tuple[int, ...]:
    """Which materials are lenses: see-through, and as large as a lens on at least one side of the nose."""
    found = []
    for number, material in enumerate(mesh.materials):
        if not material.transparent:
            continue
        points = mesh.positions_mm[np.unique(mesh.triangles[mesh.triangle_material == number])]
        for side in (points[points[:, 0] > 0], points[points[:, 0] <= 0]):
            if len(side) and _is_lens(np.ptp(side, axis=0).astype(np.float64)):
                found.append(number)
                break
    return tuple(found)


def glazed(model: Model, lenses: tuple[int, ...], glazing: Glazing) -> Model:
    """The model with its ``lenses`` (material numbers) exchanged; nothing else changes."""
    if not lenses:
        return model
    rows = model.materials.copy()
    films = np.concatenate([model.films, film.flat(glazing.coat)[None]])
    for number in lenses:
        row = rows[number]
        row[col.BASE : col.BASE + 4] = 1.0
        row[col.TINT : col.TINT + 3] = 1.0
        row[col.TRANSMISSION] = 1.0
        row[col.METALLIC] = row[col.ROUGHNESS] = row[col.CLEARCOAT] = row[col.TEXTURED] = 0.0
        row[col.UNLIT] = row[col.CUTOFF] = 0.0
        row[col.EMISSIVE : col.EMISSIVE + 3] = 0.0
        row[col.TEXTURES :] = -1.0
        row[col.BACK] = glazing.back
        row[col.FILM], row[col.FILM_SHARE] = len(films) - 1, 1.0
    used = np.unique(model.triangles[np.isin(model.triangles[:, 3], lenses), :3])
    attributes = model.attributes.copy()
    attributes[used, 2:5] = dyed(model.positions_mm[used], glazing)
    return replace(model, materials=rows, films=np.ascontiguousarray(films), attributes=attributes)


def optical_centres_mm(model: Model, lenses: tuple[int, ...]) -> F32:
    """The middle of each lens in product space, (0, 1 or 2, 3): of the wearer's right first."""
    used = np.unique(model.triangles[np.isin(model.triangles[:, 3], lenses), :3])
    points = model.positions_mm[used]
    sides = [points[points[:, 0] <= 0], points[points[:, 0] > 0]]
    middles = [(side.min(axis=0) + side.max(axis=0)) / 2 for side in sides if len(side)]
    return np.array(middles, np.float32).reshape(-1, 3)


def _is_lens(size_mm: F64) -> bool:
    return bool(size_mm[0] >= LENS_WIDTH_MM and size_mm[1] >= LENS_HEIGHT_MM)


def dyed(points: F32, glazing: Glazing) -> F32:
    """Linear colours (n, 3) of the lenses' vertices, mixed by optical density, which is what a dye bath changes."""
    low, high = float(points[:, 1].min()), float(points[:, 1].max())
    height = (points[:, 1] - low) / max(high - low, 1e-6)
    t = np.clip((height - FADE[0]) / (FADE[1] - FADE[0]), 0.0, 1.0)
    t = t * t * (3 - 2 * t)
    top, bottom = (np.log(np.maximum(np.array(rgb), 1e-4)) for rgb in (glazing.top, glazing.bottom))
    dye: F32 = np.exp(bottom + np.outer(t, top - bottom)).astype(np.float32)
    return dye
