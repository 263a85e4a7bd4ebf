"""Eyewear from a merchant's GLB: read within limits, put right, rebuilt from what was read, pictured, and reported.

Nothing of the file's own bytes is shown to anybody: the live mesh is written anew from decoded triangles and pixels.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import cv2

from tryon.catalogue.arrangement import arranged, load_frame
from tryon.catalogue.items import PRODUCT_FILE, THUMBNAIL_FILE, load_product
from tryon.catalogue.thumbnails import frame_picture
from tryon.errors import AssetTooLarge, BadAsset
from tryon.ingest.frame_parts import DIFFERENCE_MM, Parts, parts_of, see_through
from tryon.ingest.turntable import FILE, turntable
from tryon.ingest.work import Work
from tryon.render.draw import Rasteriser
from tryon.render.gltf import read_glb
from tryon.render.gltf_limits import FILE_MAX_BYTES
from tryon.render.gltf_write import write_glb
from tryon.render.mesh import Mesh
from tryon.render.simplify import simplified
from tryon.store.assets import SOURCE_FILE
from tryon.store.definition import MODEL_FILE, Draft, draft_of, listing, plain

_MAGIC: Final = b"glTF"
# Meshes beyond this are thinned before they are kept: what the mirror draws closest needs fewer.
THINNED_FROM: Final = 30_000
# A twentieth of a millimetre is a tenth of a pixel where a face fills the picture.
THINNED_MM: Final = 0.05
# What of the measured sizes fills in for what was not declared.
_FILLED: Final = ("total_width_mm", "lens_width_mm", "lens_height_mm", "bridge_mm")


def eyewear_glb(work: Work) -> None:
    """``EyewearGlb``. Raises BadAsset and StoreInvalid with what is wrong with the file."""
    draft = work.draft("eyewear")
    work.progress("reading the mesh", 0.05)
    from_glb(work, draft, _sniffed(work.inputs["source"]), work.inputs["source"], SOURCE_FILE)


def from_glb(work: Work, draft: Draft, data: bytes, source: Path, source_name: str) -> None:
    """A frame's GLB put right, measured, pictured and told; ``source`` is kept beside it under ``source_name``."""
    draft = _anew(work, draft)
    content = read_glb(data)
    for note in content.notes:
        work.note("advice", note)
    work.note("found", f"{len(content.mesh.triangles)} triangles in {len(content.mesh.parts)} parts.")
    work.progress("measuring", 0.5)
    placed = arranged(content.mesh, draft.definition.dimensions_mm)
    mesh, cleared = see_through(placed.mesh)
    for note in placed.notes:
        if not (cleared and "no lens" in note) and "no dimensions_mm" not in note:
            work.note("fixed" if " was " in note else "advice", note)
    if cleared:
        work.note("fixed", f"Lenses that were drawn opaque are clear now: {', '.join(cleared)}.")
    work.progress("thinning", 0.55)
    mesh = _thinned(work, mesh)
    parts = parts_of(mesh)
    _tell_parts(work, mesh, parts)
    draft = measured(work, draft, parts, placed.notes)
    work.progress("writing", 0.65)
    work.product(draft, finish(work, draft, mesh, source, source_name))


def measured(work: Work, draft: Draft, parts: Parts, said: Sequence[str] = ()) -> Draft:
    """The draft with measured sizes where none were declared; differences are told unless one of ``said`` did."""
    declared: Mapping[str, float] = draft.definition.dimensions_mm
    for name, size in parts.sizes_mm.items():
        # The mesh has been made as wide as is declared; who measures over the temples means another width.
        told = None if name == "total_width_mm" else declared.get(name)
        if any(note.startswith(f"{name} is declared") for note in said):
            continue
        if told is not None and abs(told - size) > DIFFERENCE_MM:
            work.note("advice", f"{_words(name)} is declared as {told:g} mm; the mesh measures {size:g} mm.")
    missing = {
        name: parts.sizes_mm[name] for name in _FILLED if name in parts.sizes_mm and name not in declared
    }
    if not missing:
        return draft
    sizes = ", ".join(f"{_words(name)} {size:g} mm" for name, size in missing.items())
    work.note("fixed", f"Sizes that were not declared were measured: {sizes}.")
    definition = plain(draft.definition) | {"dimensions_mm": {**declared, **missing}}
    return draft_of({**listing(draft), "definition": definition})


def _anew(work: Work, draft: Draft) -> Draft:
    """The draft without what was adjusted by hand about an earlier file; what is ordered with this one stays."""
    if draft.definition.adjustment is None or work.order.get("product"):
        return draft
    work.note("fixed", "What was adjusted by hand was about the earlier file; this one is as it was found.")
    definition = {name: value for name, value in plain(draft.definition).items() if name != "adjustment"}
    return draft_of({**listing(draft), "definition": definition})


def finish(work: Work, draft: Draft, mesh: Mesh, source: Path, source_name: str) -> dict[str, Path]:
    """The product's files, written and read again as the mirror reads them; name to path."""
    place = work.folder / draft.definition.sku
    place.mkdir()
    (place / MODEL_FILE).write_bytes(write_glb(mesh))
    (place / PRODUCT_FILE).write_text(json.dumps(plain(draft.definition)), "utf-8")
    try:
        product = load_product(place)
        again = load_frame(product).mesh
    except BadAsset as error:
        raise BadAsset(f"The frame could not be rebuilt: {error.sentence}") from error
    work.progress("drawing", 0.7)
    done, png = cv2.imencode(".png", frame_picture(product, Rasteriser()), [cv2.IMWRITE_PNG_COMPRESSION, 9])
    if not done:
        raise BadAsset("The thumbnail could not be written.")
    (place / THUMBNAIL_FILE).write_bytes(png.tobytes())
    (place / FILE).write_bytes(turntable(again))
    shutil.copyfile(source, place / source_name)
    return {name: place / name for name in (MODEL_FILE, THUMBNAIL_FILE, FILE, source_name)}


def _sniffed(path: Path) -> bytes:
    size = path.stat().st_size
    if size > FILE_MAX_BYTES:
        raise AssetTooLarge(
            f"The file has {size} bytes; a GLB may have {FILE_MAX_BYTES}. Make its pictures smaller.",
            field="upload",
        )
    data = path.read_bytes()
    if not data.startswith(_MAGIC):
        raise BadAsset("The file is no GLB; export glTF 2.0 as one binary file (.glb).", field="upload")
    return data


def _thinned(work: Work, mesh: Mesh) -> Mesh:
    before = len(mesh.triangles)
    if before <= THINNED_FROM:
        return mesh
    thinner = simplified(mesh, THINNED_MM)
    after = len(thinner.triangles)
    if after < before:
        work.note(
            "fixed", f"{before} triangles became {after}; no surface moved by more than {THINNED_MM:g} mm."
        )
    return thinner


def _tell_parts(work: Work, mesh: Mesh, parts: Parts) -> None:
    width, height, depth = (float(side) for side in mesh.size_mm)
    work.note("found", f"A frame {width:.1f} mm wide, {height:.1f} mm high and {depth:.1f} mm deep.")
    if parts.lenses:
        names = ", ".join(mesh.materials[number].name for number in parts.lenses)
        work.note("found", f"Lenses by the material {names}.")
    if parts.temples:
        work.note("found", f"Temples by the parts {', '.join(parts.temples)}.")


def _words(name: str) -> str:
    return name.removesuffix("_mm").replace("_", " ")
