"""The house's frames as meshes, with the sizes that they were made with."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from tryon.render.gltf import load_glb
from tryon.render.mesh import Mesh

CATALOGUE = Path(__file__).resolve().parent.parent / "assets" / "catalogue"
# Of acetate, patterned, and of metal with pads.
NAMES = ("harbour-black", "juniper-tortoise", "solstice-gold")


@cache
def frame_mesh(name: str) -> Mesh:
    """As it lies in the catalogue."""
    return load_glb((CATALOGUE / name / "model.glb").read_bytes())


@cache
def declared(name: str) -> dict[str, float]:
    """Of its product.json."""
    sizes: dict[str, float] = json.loads((CATALOGUE / name / "product.json").read_text("utf-8"))[
        "dimensions_mm"
    ]
    return sizes
