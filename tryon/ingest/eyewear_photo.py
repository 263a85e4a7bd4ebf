"""Eyewear from a photo of its front and the numbers printed on a temple: made into a GLB, and from there as any GLB.

What the photo shows is measured and told; what no front photo shows (depth, wrap, temples) is as frames mostly have it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from tryon.errors import BadAsset
from tryon.ingest.eyewear_glb import from_glb
from tryon.ingest.photo_find import find_frame
from tryon.ingest.photo_frame import FACE_FORM_DEG, mesh_of, spec_of
from tryon.ingest.photo_ground import ground_of
from tryon.ingest.photo_look import Look, hex_of, look_of
from tryon.ingest.photo_openings import Opening, find_opening
from tryon.ingest.photo_outline import Shape, shape_of
from tryon.ingest.photo_person import SENTENCE, is_worn
from tryon.ingest.photo_read import read_picture
from tryon.ingest.photo_side import Side, read_side
from tryon.ingest.photo_size import Size, mm_per_px, size_of
from tryon.ingest.photo_straight import Straight, straightened
from tryon.ingest.work import Work
from tryon.render.gltf_write import write_glb
from tryon.render.mesh import Mesh
from tryon.store.assets import PHOTO_FILES
from tryon.store.definition import Draft, draft_of, listing, plain

# A turn or a difference of the sides that nobody sees is not worth a sentence.
_TOLD_DEG: Final = 0.3
_TOLD_KEYSTONE: Final = 0.004


@dataclass(frozen=True, eq=False)
class Reading:
    """Everything that a photo told, and the mesh that was made of it."""

    straight: Straight
    opening: Opening
    shape: Shape
    look: Look
    mm_per_px: float
    mesh: Mesh
    side: Side | None = None


def read_frame(data: bytes, size: Size, side_data: bytes | None = None) -> Reading:
    """From the photo's bytes, and those of a photo of its side.

    Raises BadAsset and its children with what is wrong with the photos or the numbers.
    """
    picture = read_picture(data)
    try:
        ground = ground_of(picture)
        straight = straightened(picture.bgr, ground, find_frame(ground.cover))
        opening = find_opening(straight)
    except BadAsset as error:
        if is_worn(picture.bgr):
            raise BadAsset(SENTENCE, field="upload") from error
        raise
    left, _, right, _ = opening.box_px
    scale = mm_per_px(size, right - left, left + right)
    wrap_mm = size.middles_mm / 2 / float(np.tan(np.radians(FACE_FORM_DEG)))
    shape = shape_of(straight, opening, scale, size.middles_mm, wrap_mm)
    look = look_of(straight, opening, shape, scale)
    side = None if side_data is None else read_side(side_data, size.temple_mm)
    mesh = mesh_of(shape, look, spec_of(shape, look, size, side), straight, scale, side)
    return Reading(straight, opening, shape, look, scale, mesh, side)


def eyewear_photo(work: Work) -> None:
    """``EyewearPhoto``. Raises BadAsset and StoreInvalid with what is wrong with the photo or the numbers."""
    draft = work.draft("eyewear")
    size = size_of(work.order["size"])
    source = work.inputs["source"]
    work.progress("reading the photo", 0.05)
    data = source.read_bytes()
    side = work.inputs.get("side")
    reading = read_frame(data, size, None if side is None else side.read_bytes())
    tell(work, reading, size)
    work.progress("writing the mesh", 0.45)
    draft = _sized(draft, size)
    kind = "png" if data.startswith(b"\x89PNG") else "jpg"
    from_glb(work, draft, write_glb(reading.mesh), source, PHOTO_FILES[kind])


def tell(work: Work, reading: Reading, size: Size) -> None:
    """What was found and what was put right, for the report."""
    straight, look, shape = reading.straight, reading.look, reading.shape
    left, _, right, _ = reading.opening.box_px
    scale = reading.mm_per_px
    work.note(
        "found",
        f"A front of {look.build}, {shape.width_mm:.1f} mm wide, its rim {shape.lower_rim_mm:.1f} mm below the lenses"
        + (", patterned." if look.patterned else f", of the colour {look.color}."),
    )
    work.note(
        "found",
        f"Lens openings of {right - left:.0f} pixels, {(right - left) * scale:.1f} mm, and {2 * left:.0f} pixels, "
        f"{2 * left * scale:.1f} mm, between them; {size} says {size.lens_mm:g} and {size.bridge_mm:g} mm.",
    )
    lens = look.lens
    if lens.tint_low is not None:
        words = f"fade from {hex_of(np.array(lens.tint))} to {hex_of(np.array(lens.tint_low))}"
    elif lens.name == "clear lens":
        words = "are clear"
    else:
        words = f"are tinted {hex_of(np.array(lens.tint))}"
    work.note("found", f"The lenses {words} and pass {100 * look.transmission:.0f} % of the light.")
    if abs(straight.roll_deg) > _TOLD_DEG:
        work.note("fixed", f"The photo was turned by {straight.roll_deg:.1f}°; it is level now.")
    if abs(straight.keystone) > _TOLD_KEYSTONE:
        work.note(
            "fixed",
            f"One side was seen {100 * abs(straight.keystone):.1f} % larger than the other; they are alike now.",
        )
    if reading.opening.bridged > 0:
        work.note(
            "fixed",
            f"Temples hid {100 * reading.opening.bridged:.0f} % of the lens openings' edges; these were bridged.",
        )
    if reading.side is not None:
        heights = ", ".join(f"{height:.1f}" for height in reading.side.heights_mm)
        work.note(
            "found",
            f"Temples {heights} mm high at the hinge, in the middle and at the tip, by the side photo.",
        )
        work.note(
            "advice",
            "Depth and wrap are not in these photos; they were made as such frames usually have them.",
        )
        return
    work.note(
        "advice",
        "Depth, wrap and temples are not in a front photo; they were made as such frames usually have them, in the "
        "front's material. A photo of the side shows the temples.",
    )


def _sized(draft: Draft, size: Size) -> Draft:
    """The draft with the printed numbers as its dimensions. Raises BadAsset where it declares others."""
    printed = {
        "lens_width_mm": size.lens_mm,
        "bridge_mm": size.bridge_mm,
        "temple_length_mm": size.temple_mm,
    }
    declared = draft.definition.dimensions_mm
    for name, number in printed.items():
        if abs(declared.get(name, number) - number) > 0.05:
            raise BadAsset(
                f"The product declares {name} {declared[name]:g}, and the size says {number:g}; correct one of them.",
                field="size",
            )
    definition = plain(draft.definition) | {"dimensions_mm": {**declared, **printed}}
    return draft_of({**listing(draft), "definition": definition})
