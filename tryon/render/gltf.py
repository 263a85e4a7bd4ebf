"""GLB 2.0 files as meshes: the subset that eyewear uses, read within limits.

Read: triangles, strips and fans; indices of any width or none; positions, normals, tangents, two sets of
texture coordinates and vertex colours, quantised or not; node transforms; metallic-roughness materials with
the extensions in ``gltf_limits.EXTENSIONS_READ``; PNG and JPEG pictures inside the file.

Left out with a note: points and lines, morph targets, animations, a coat's own normals. Refused with a sentence:
anything that points outside the file, compression, skins, sparse accessors, and every number that lies.

glTF's unit is the metre; the mesh is in millimetres.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tryon.errors import AssetUnsupported, BadAsset
from tryon.render import gltf_limits as limits
from tryon.render.gltf_accessors import Accessors
from tryon.render.gltf_json import JsonObject, child, name_of, objects, read_container
from tryon.render.gltf_materials import Materials
from tryon.render.gltf_nodes import placed_meshes
from tryon.render.gltf_primitives import MM_PER_M, Piece, PrimitiveReader
from tryon.render.material import Material
from tryon.render.mesh import I16, I32, Mesh, Part, joined

# Adult frames are 110-160 mm wide, children's from 100; beyond these ends it is another unit or no frame.
PRODUCT_WIDTH_MM = (80.0, 220.0)


@dataclass(frozen=True)
class GlbContent:
    """A mesh, and sentences about what the file has but Tryon does not show."""

    mesh: Mesh
    notes: tuple[str, ...]


def load_glb(data: bytes) -> Mesh:
    """The mesh of a GLB file. Raises BadAsset, AssetTooLarge or AssetUnsupported, naming the place."""
    return read_glb(data).mesh


def read_glb(data: bytes) -> GlbContent:
    """The mesh and the notes. Raises as ``load_glb`` does."""
    document, binary = read_container(data)
    notes: list[str] = []
    _check_version_and_extensions(document, notes)
    accessors = Accessors(document, binary)
    materials = Materials(document, accessors, notes)
    notes.extend(f"{key} are left out." for key in ("animations", "cameras") if document.get(key))
    meshes = objects(document, "meshes", limits.MESHES_MAX)
    reader = PrimitiveReader(accessors, materials, notes)
    pieces: list[Piece] = []
    parts: list[Part] = []
    at = 0
    for placed in placed_meshes(document, len(meshes), notes):
        own = reader.pieces(meshes[placed.mesh], placed)
        count = sum(len(piece.triangles) for piece in own)
        if count:
            name = placed.name or name_of(meshes[placed.mesh], f"mesh {placed.mesh}")
            parts.append(Part(name, at, count))
            pieces += own
            at += count
    if not pieces:
        raise BadAsset("The file shows no triangles; export the product's meshes in the scene.")
    return GlbContent(_assemble(pieces, parts, materials), tuple(notes))


def size_advice(mesh: Mesh) -> str | None:
    """None for a plausible width; otherwise a sentence that says which unit the file seems to be in."""
    low, high = PRODUCT_WIDTH_MM
    width = float(mesh.size_mm[0])
    if low <= width <= high:
        return None
    for unit, factor in (("millimetres", 1e-3), ("centimetres", 1e-2), ("inches", 0.0254)):
        if low <= width * factor <= high:
            return (
                f"The product is {width / MM_PER_M:.3g} m wide; it seems to be drawn in {unit}. "
                f"Export in metres (scale by {factor:g})."
            )
    return f"The product is {width:.3g} mm wide; eyewear is {low:g} to {high:g} mm. Check the export's scale."


def _check_version_and_extensions(document: JsonObject, notes: list[str]) -> None:
    version = child(document, "asset", "asset").get("version")
    if not isinstance(version, str) or not version.startswith("2."):
        raise AssetUnsupported("asset.version is not 2.x; export as glTF 2.0.")
    for key in ("extensionsRequired", "extensionsUsed"):
        names = document.get(key, [])
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise BadAsset(f"{key} is not a list of names.")
        unknown = sorted({name[: limits.NAME_MAX_CHARACTERS] for name in names} - limits.EXTENSIONS_READ)
        if unknown and key == "extensionsRequired":
            advice = limits.EXTENSION_ADVICE.get(unknown[0], "export again without it")
            raise AssetUnsupported(
                f"The file requires the extension {unknown[0]}; {advice}.", extension=unknown[0]
            )
        notes.extend(f"The extension {name} is not read." for name in unknown[:16])


def _assemble(pieces: list[Piece], parts: list[Part], materials: Materials) -> Mesh:
    used: list[int | None] = list(dict.fromkeys(piece.material for piece in pieces))
    vertex_base = np.cumsum([0] + [len(piece.positions_mm) for piece in pieces])
    triangles: I32 = np.concatenate(
        [piece.triangles + base for piece, base in zip(pieces, vertex_base[:-1], strict=True)]
    ).astype(np.int32)
    numbers = [np.full(len(piece.triangles), used.index(piece.material)) for piece in pieces]
    triangle_material: I16 = np.concatenate(numbers).astype(np.int16)
    counts = [len(piece.positions_mm) for piece in pieces]
    # Where one piece lacks tangents, all are derived.
    tangents = [piece.tangents for piece in pieces if piece.tangents is not None]
    whole = all(
        piece.tangents is not None or materials.get(piece.material).normal_texture is None for piece in pieces
    )
    return Mesh(
        positions_mm=np.concatenate([piece.positions_mm for piece in pieces]),
        normals=np.concatenate([piece.normals for piece in pieces]),
        uvs=np.concatenate([piece.uvs for piece in pieces]),
        triangles=np.ascontiguousarray(triangles),
        triangle_material=triangle_material,
        materials=tuple(_opaque_if_solid(materials.get(index), index, pieces) for index in used),
        parts=tuple(parts),
        colors=joined([piece.colors for piece in pieces], counts, (1.0,) * 4),
        second_uvs=joined([piece.second_uvs for piece in pieces], counts, (0.0,) * 2),
        tangents=joined([piece.tangents for piece in pieces], counts, (1.0, 0.0, 0.0, 1.0))
        if tangents and whole
        else None,
    )


def _opaque_if_solid(material: Material, index: int | None, pieces: list[Piece]) -> Material:
    """Exporters mark solid materials BLEND; only what has alpha below 1 somewhere needs blending."""
    if material.alpha_mode != "BLEND" or material.base_color[3] < 1.0:
        return material
    texture = material.base_texture
    if texture is not None and int(texture.rgba[..., 3].min()) < 255:
        return material
    own = [piece.colors for piece in pieces if piece.material == index and piece.colors is not None]
    if any(float(colors[:, 3].min()) < 1.0 for colors in own):
        return material
    return replace(material, alpha_mode="OPAQUE")
