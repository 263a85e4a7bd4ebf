"""Meshes as GLB 2.0 files: the same bytes for the same mesh.

Each part becomes a node of its own name, with one primitive a material. Written is what ``tryon.render.gltf`` reads:
positions (metres), normals, tangents and texture coordinates where a material's pictures need them, vertex colours
where the mesh has them, and materials with their extensions and pictures. Of films only those that ``thin_film``
made: glTF has no others.
"""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tryon.frame import F32
from tryon.render.gltf_primitives import MM_PER_M
from tryon.render.gltf_write_pictures import PictureWriter
from tryon.render.material import Material
from tryon.render.mesh import Mesh, Part

_FLOAT, _U16, _U32 = 5126, 5123, 5125
_VERTICES, _INDICES = 34962, 34963
# Enough for a colour in 16 bits; keeps the file free of the platform's last digits.
_DIGITS = 6
# A volume of this thickness carries a tint that differs from the base colour (any length would do).
_THICKNESS_M = 0.002
# Where each picture of an extension stands, by its name in ``Material``.
_EXTENSION_PICTURES = (
    ("transmission_texture", "KHR_materials_transmission", "transmissionTexture"),
    ("clearcoat_texture", "KHR_materials_clearcoat", "clearcoatTexture"),
    ("clearcoat_roughness_texture", "KHR_materials_clearcoat", "clearcoatRoughnessTexture"),
    ("specular_texture", "KHR_materials_specular", "specularTexture"),
    ("specular_color_texture", "KHR_materials_specular", "specularColorTexture"),
    ("film_texture", "KHR_materials_iridescence", "iridescenceTexture"),
    ("film_thickness_texture", "KHR_materials_iridescence", "iridescenceThicknessTexture"),
)


def write_glb(mesh: Mesh, generator: str = "Tryon") -> bytes:
    """The GLB file. Vertices that no triangle uses are dropped."""
    return _Writer(mesh, generator).file()


class _Writer:
    def __init__(self, mesh: Mesh, generator: str) -> None:
        self._mesh = mesh
        self._binary = bytearray()
        self._extensions: set[str] = set()
        self._document: dict[str, Any] = {
            "asset": {"version": "2.0", "generator": generator},
            "scene": 0,
            "scenes": [{"nodes": []}],
            "nodes": [],
            "meshes": [],
            "materials": [],
            "accessors": [],
            "bufferViews": [],
        }
        self._pictures = PictureWriter(self._document, self._view)

    def file(self) -> bytes:
        document = self._document
        document["materials"] = [self._material(material) for material in self._mesh.materials]
        for part in self._mesh.parts:
            primitives = self._primitives(part)
            if primitives:
                index = len(document["nodes"])
                document["scenes"][0]["nodes"].append(index)
                document["nodes"].append({"name": part.name, "mesh": index})
                document["meshes"].append({"name": part.name, "primitives": primitives})
        extensions = self._extensions | self._pictures.extensions
        if extensions:
            document["extensionsUsed"] = sorted(extensions)
        document["buffers"] = [{"byteLength": len(self._binary)}]
        text = json.dumps(document, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode()
        text += b" " * (-len(text) % 4)
        binary = bytes(self._binary) + bytes(-len(self._binary) % 4)
        total = 12 + 8 + len(text) + 8 + len(binary)
        return b"".join(
            (
                struct.pack("<4sII", b"glTF", 2, total),
                struct.pack("<I4s", len(text), b"JSON"),
                text,
                struct.pack("<I4s", len(binary), b"BIN\0"),
                binary,
            )
        )

    def _primitives(self, part: Part) -> list[dict[str, Any]]:
        span = slice(part.first_triangle, part.first_triangle + part.triangle_count)
        numbers = self._mesh.triangle_material[span]
        return [
            self._primitive(self._mesh.triangles[span][numbers == number], int(number))
            for number in np.unique(numbers)
        ]

    def _primitive(self, triangles: NDArray[np.int32], material: int) -> dict[str, Any]:
        used, local = np.unique(triangles, return_inverse=True)
        attributes = {
            "POSITION": self._vectors(self._mesh.positions_mm[used] / np.float32(MM_PER_M), bounds=True),
            "NORMAL": self._vectors(self._mesh.normals[used]),
        }
        attributes |= self._coordinates(self._mesh.materials[material], used)
        if self._mesh.colors is not None and not np.all(self._mesh.colors[used] == 1.0):
            attributes["COLOR_0"] = self._vectors(self._mesh.colors[used])
        wide = len(used) > 0xFFFF
        order = local.reshape(-1).astype("<u4" if wide else "<u2")
        indices = self._accessor(
            self._view(order.tobytes(), _INDICES), _U32 if wide else _U16, "SCALAR", len(order)
        )
        return {"attributes": attributes, "indices": indices, "material": material, "mode": 4}

    def _coordinates(self, material: Material, used: NDArray[np.int32]) -> dict[str, int]:
        """What the material's pictures need of the vertices."""
        mesh, attributes = self._mesh, {}
        if material.textures:
            attributes["TEXCOORD_0"] = self._vectors(mesh.uvs[used])
        if mesh.second_uvs is not None and any(texture.mapping.uv_set for texture in material.textures):
            attributes["TEXCOORD_1"] = self._vectors(mesh.second_uvs[used])
        if mesh.tangents is not None and material.normal_texture is not None:
            attributes["TANGENT"] = self._vectors(mesh.tangents[used])
        return attributes

    def _vectors(self, values: F32, *, bounds: bool = False) -> int:
        view = self._view(np.ascontiguousarray(values, dtype="<f4").tobytes(), _VERTICES)
        index = self._accessor(view, _FLOAT, f"VEC{values.shape[1]}", len(values))
        if bounds:
            self._document["accessors"][index]["min"] = [float(value) for value in values.min(axis=0)]
            self._document["accessors"][index]["max"] = [float(value) for value in values.max(axis=0)]
        return index

    def _accessor(self, view: int, component_type: int, kind: str, count: int) -> int:
        self._document["accessors"].append(
            {"bufferView": view, "componentType": component_type, "count": count, "type": kind}
        )
        return len(self._document["accessors"]) - 1

    def _view(self, data: bytes, target: int | None = None) -> int:
        self._binary += bytes(-len(self._binary) % 4)
        view: dict[str, int] = {"buffer": 0, "byteOffset": len(self._binary), "byteLength": len(data)}
        if target is not None:
            view["target"] = target
        self._binary += data
        self._document["bufferViews"].append(view)
        return len(self._document["bufferViews"]) - 1

    def _material(self, material: Material) -> dict[str, Any]:
        pbr: dict[str, Any] = {
            "baseColorFactor": _rounded(material.base_color),
            "metallicFactor": round(material.metallic, _DIGITS),
            "roughnessFactor": round(material.roughness, _DIGITS),
        }
        if material.base_texture is not None:
            pbr["baseColorTexture"] = self._pictures.info(material.base_texture)
        if material.metallic_roughness_texture is not None:
            pbr["metallicRoughnessTexture"] = self._pictures.info(material.metallic_roughness_texture)
        entry: dict[str, Any] = {"name": material.name, "pbrMetallicRoughness": pbr}
        if material.normal_texture is not None:
            scale = round(material.normal_scale, _DIGITS)
            entry["normalTexture"] = self._pictures.info(material.normal_texture) | {"scale": scale}
        if material.occlusion_texture is not None:
            occluded = round(material.occlusion_strength, _DIGITS)
            entry["occlusionTexture"] = self._pictures.info(material.occlusion_texture) | {
                "strength": occluded
            }
        if material.emissive_texture is not None:
            entry["emissiveTexture"] = self._pictures.info(material.emissive_texture)
        strength = max(1.0, *material.emissive)
        if any(material.emissive):
            entry["emissiveFactor"] = _rounded(tuple(c / strength for c in material.emissive))
        if material.double_sided:
            entry["doubleSided"] = True
        if material.alpha_mode != "OPAQUE":
            entry["alphaMode"] = material.alpha_mode
        if material.alpha_mode == "MASK":
            entry["alphaCutoff"] = round(material.alpha_cutoff, _DIGITS)
        extensions = _extensions(material, strength)
        for slot, name, key in _EXTENSION_PICTURES:
            picture = getattr(material, slot)
            # Where its factor leaves an extension out, its pictures show nothing either.
            if picture is not None and name in extensions:
                extensions[name][key] = self._pictures.info(picture)
        if extensions:
            entry["extensions"] = extensions
            self._extensions.update(extensions)
        return entry


def _extensions(material: Material, strength: float) -> dict[str, Any]:
    extensions: dict[str, Any] = {}
    if strength > 1.0:
        extensions["KHR_materials_emissive_strength"] = {"emissiveStrength": round(strength, _DIGITS)}
    if material.transmission > 0.0:
        factor = round(material.transmission, _DIGITS)
        extensions["KHR_materials_transmission"] = {"transmissionFactor": factor}
    attenuation = tuple(
        min(1.0, tint / max(base, 1e-6))
        for tint, base in zip(material.tint, material.base_color, strict=False)
    )
    if material.transmission > 0.0 and min(attenuation) < 1.0 - 1e-6:
        extensions["KHR_materials_volume"] = {
            "thicknessFactor": _THICKNESS_M,
            "attenuationDistance": _THICKNESS_M,
            "attenuationColor": _rounded(attenuation),
        }
    if material.ior != 1.5:
        extensions["KHR_materials_ior"] = {"ior": round(material.ior, _DIGITS)}
    if material.clearcoat > 0.0:
        extensions["KHR_materials_clearcoat"] = {
            "clearcoatFactor": round(material.clearcoat, _DIGITS),
            "clearcoatRoughnessFactor": round(material.clearcoat_roughness, _DIGITS),
        }
    specular = _specular(material)
    if specular:
        extensions["KHR_materials_specular"] = specular
    if material.film is not None and material.film.layer is not None:
        ior, low_nm, high_nm = material.film.layer
        extensions["KHR_materials_iridescence"] = {
            "iridescenceFactor": round(material.film.share, _DIGITS),
            "iridescenceIor": round(ior, _DIGITS),
            "iridescenceThicknessMinimum": round(low_nm, _DIGITS),
            "iridescenceThicknessMaximum": round(high_nm, _DIGITS),
        }
    if material.unlit:
        extensions["KHR_materials_unlit"] = {}
    return extensions


def _specular(material: Material) -> dict[str, Any]:
    """KHR_materials_specular; empty where it says nothing."""
    pictured = material.specular_texture is not None or material.specular_color_texture is not None
    coloured = material.specular_color != (1.0, 1.0, 1.0)
    if not (pictured or coloured or material.specular < 1.0):
        return {}
    told: dict[str, Any] = {"specularFactor": round(material.specular, _DIGITS)}
    if coloured:
        told["specularColorFactor"] = _rounded(material.specular_color)
    return told


def _rounded(values: tuple[float, ...]) -> list[float]:
    return [round(float(value), _DIGITS) for value in values]
