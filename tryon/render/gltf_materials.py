"""Materials and textures of a GLB file.

A mesh here has one set of texture coordinates. Each material's mapping (which set, moved how) is that of
its base colour texture, or of its first other texture; textures that are mapped otherwise are left out
with a note. Samplers are not read: textures repeat and are filtered.

Sources: Khronos, glTF 2.0 specification, section 3.9, and the KHR_materials_* extensions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tryon.errors import AssetTooLarge, AssetUnsupported, BadAsset
from tryon.frame import F32
from tryon.render import gltf_limits as limits
from tryon.render.gltf_accessors import Accessors
from tryon.render.gltf_images import decode_picture, picture_size
from tryon.render.gltf_json import JsonObject, child, integer, name_of, number, numbers, objects
from tryon.render.mesh import AlphaMode, Material, Rgb, Texture

# Beyond this an emissive surface is white whatever the exposure.
EMISSIVE_MAX = 1000.0
_ALPHA_MODES: tuple[AlphaMode, ...] = ("OPAQUE", "MASK", "BLEND")
_TEXTURES_NOT_READ = (
    ("emissiveTexture", ""),
    ("transmissionTexture", "KHR_materials_transmission"),
    ("thicknessTexture", "KHR_materials_volume"),
    ("clearcoatTexture", "KHR_materials_clearcoat"),
    ("clearcoatRoughnessTexture", "KHR_materials_clearcoat"),
    ("clearcoatNormalTexture", "KHR_materials_clearcoat"),
    ("specularTexture", "KHR_materials_specular"),
    ("specularColorTexture", "KHR_materials_specular"),
)


@dataclass(frozen=True)
class Mapping:
    """Which texture coordinates a material uses, and KHR_texture_transform's offset, turn and scale."""

    uv_set: int = 0
    offset: tuple[float, ...] = (0.0, 0.0)
    rotation: float = 0.0
    scale: tuple[float, ...] = (1.0, 1.0)

    def apply(self, uvs: F32) -> F32:
        """Scale, then turn counter-clockwise on the page (v runs down), then move."""
        if self == Mapping(self.uv_set):
            return uvs
        cosine, sine = math.cos(self.rotation), math.sin(self.rotation)
        turn = np.array([[cosine, sine], [-sine, cosine]])
        moved: F32 = ((uvs * np.array(self.scale)) @ turn.T + np.array(self.offset)).astype(np.float32)
        return moved


class Materials:
    """Every material of a file; pictures are decoded when a material that shows them is asked for."""

    def __init__(self, document: JsonObject, accessors: Accessors, notes: list[str]) -> None:
        self._entries = objects(document, "materials", limits.MATERIALS_MAX)
        self._textures = objects(document, "textures", limits.TEXTURES_MAX)
        self._images = objects(document, "images", limits.IMAGES_MAX)
        self._accessors = accessors
        self._notes = notes
        self._cache: dict[int, tuple[Material, Mapping]] = {}
        self._decoded: dict[tuple[int, bool], Texture] = {}
        self._check_images()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, index: int | None) -> tuple[Material, Mapping]:
        """The material and its mapping; glTF's default material for None."""
        if index is None:
            return Material("default", metallic=1.0, roughness=1.0), Mapping()
        if index not in self._cache:
            self._cache[index] = self._read(index)
        return self._cache[index]

    def _check_images(self) -> None:
        """Sizes of all pictures by their headers, used or not, before any is decoded."""
        pixels = 0
        for index, image in enumerate(self._images):
            width, height = picture_size(self._image_bytes(index, image), f"images[{index}]")
            pixels += width * height
        if pixels > limits.IMAGES_MAX_PIXELS:
            raise AssetTooLarge(
                f"The pictures have {pixels} pixels together; they may have {limits.IMAGES_MAX_PIXELS}."
            )

    def _image_bytes(self, index: int, image: JsonObject) -> bytes:
        place = f"images[{index}]"
        if "uri" in image:
            raise AssetUnsupported(f"{place} has a uri; export one .glb file with everything inside.")
        view = integer(image, "bufferView", place, below=self._accessors.view_count)
        return bytes(self._accessors.view_bytes(view))

    def _read(self, index: int) -> tuple[Material, Mapping]:
        place = f"materials[{index}]"
        entry = self._entries[index]
        pbr = child(entry, "pbrMetallicRoughness", place)
        pbr_place = f"{place}.pbrMetallicRoughness"
        extensions = child(entry, "extensions", place)
        base = numbers(pbr, "baseColorFactor", pbr_place, default=(1.0,) * 4, low=0.0, high=1.0)
        mapping, textures = self._mapped_textures(entry, pbr, place)
        self._note_textures_not_read(entry, extensions, place)
        transmission = child(extensions, "KHR_materials_transmission", place)
        clearcoat = child(extensions, "KHR_materials_clearcoat", place)
        specular = child(extensions, "KHR_materials_specular", place)
        ior = number(child(extensions, "KHR_materials_ior", place), "ior", place, default=1.5, high=4.0)
        if ior != 0.0 and ior < 1.0:
            raise BadAsset(f"{place}: ior is {ior:g}; it is 0 or at least 1.")
        material = Material(
            name=name_of(entry, f"material {index}"),
            base_color=(base[0], base[1], base[2], base[3]),
            base_texture=textures.get("baseColorTexture"),
            metallic=number(pbr, "metallicFactor", pbr_place, default=1.0, low=0.0, high=1.0),
            roughness=number(pbr, "roughnessFactor", pbr_place, default=1.0, low=0.0, high=1.0),
            metallic_roughness_texture=textures.get("metallicRoughnessTexture"),
            normal_texture=textures.get("normalTexture"),
            normal_scale=number(child(entry, "normalTexture", place), "scale", place, default=1.0),
            emissive=self._emissive(entry, extensions, place),
            double_sided=entry.get("doubleSided") is True,
            alpha_mode=_alpha_mode(entry, place),
            alpha_cutoff=number(entry, "alphaCutoff", place, default=0.5, low=0.0, high=1.0),
            transmission=number(transmission, "transmissionFactor", place, default=0.0, low=0.0, high=1.0),
            tint=_tint(base, child(extensions, "KHR_materials_volume", place), place),
            ior=ior,
            clearcoat=number(clearcoat, "clearcoatFactor", place, default=0.0, low=0.0, high=1.0),
            clearcoat_roughness=number(
                clearcoat, "clearcoatRoughnessFactor", place, default=0.0, low=0.0, high=1.0
            ),
            specular=number(specular, "specularFactor", place, default=1.0, low=0.0, high=1.0),
            unlit="KHR_materials_unlit" in extensions,
        )
        return material, mapping

    def _mapped_textures(
        self, entry: JsonObject, pbr: JsonObject, place: str
    ) -> tuple[Mapping, dict[str, Texture]]:
        mapping: Mapping | None = None
        textures: dict[str, Texture] = {}
        for parent, key in (
            (pbr, "baseColorTexture"),
            (pbr, "metallicRoughnessTexture"),
            (entry, "normalTexture"),
        ):
            if key not in parent:
                continue
            info = child(parent, key, place)
            own = _mapping(info, f"{place}.{key}")
            if mapping is None:
                mapping = own
            if own != mapping:
                self._notes.append(f"{place}.{key} is mapped unlike the others; it is left out.")
                continue
            textures[key] = self._texture(info, f"{place}.{key}", srgb=key == "baseColorTexture")
        return mapping or Mapping(), textures

    def _texture(self, info: JsonObject, place: str, *, srgb: bool) -> Texture:
        index = integer(info, "index", place, below=len(self._textures))
        entry = self._textures[index]
        if "source" not in entry:
            raise AssetUnsupported(f"textures[{index}] has no PNG or JPEG; export with one of these.")
        image = integer(entry, "source", f"textures[{index}]", below=len(self._images))
        if (image, srgb) not in self._decoded:
            data = self._image_bytes(image, self._images[image])
            self._decoded[image, srgb] = Texture(decode_picture(data, f"images[{image}]"), srgb)
        return self._decoded[image, srgb]

    def _emissive(self, entry: JsonObject, extensions: JsonObject, place: str) -> Rgb:
        factor = numbers(entry, "emissiveFactor", place, default=(0.0,) * 3, low=0.0, high=1.0)
        if "emissiveTexture" in entry:
            return (0.0, 0.0, 0.0)
        strength = number(
            child(extensions, "KHR_materials_emissive_strength", place),
            "emissiveStrength",
            place,
            default=1.0,
            low=0.0,
            high=EMISSIVE_MAX,
        )
        red, green, blue = (channel * strength for channel in factor)
        return red, green, blue

    def _note_textures_not_read(self, entry: JsonObject, extensions: JsonObject, place: str) -> None:
        for key, extension in _TEXTURES_NOT_READ:
            parent = child(extensions, extension, place) if extension else entry
            if key in parent:
                self._notes.append(f"{place}.{key} is left out; Tryon does not read it.")


def _mapping(info: JsonObject, place: str) -> Mapping:
    uv_set = integer(info, "texCoord", place, default=0)
    moved = child(child(info, "extensions", place), "KHR_texture_transform", place)
    return Mapping(
        uv_set=integer(moved, "texCoord", place, default=uv_set),
        offset=numbers(moved, "offset", place, default=(0.0, 0.0), low=-1e6, high=1e6),
        rotation=number(moved, "rotation", place, default=0.0),
        scale=numbers(moved, "scale", place, default=(1.0, 1.0), low=-1e6, high=1e6),
    )


def _alpha_mode(entry: JsonObject, place: str) -> AlphaMode:
    mode = entry.get("alphaMode", "OPAQUE")
    for known in _ALPHA_MODES:
        if mode == known:
            return known
    raise BadAsset(f"{place}.alphaMode is none of OPAQUE, MASK and BLEND.")


def _tint(base: tuple[float, ...], volume: JsonObject, place: str) -> Rgb:
    """Base colour times the volume's attenuation over its thickness (Beer's law, KHR_materials_volume)."""
    color = numbers(volume, "attenuationColor", place, default=(1.0,) * 3, low=0.0, high=1.0)
    thickness = number(volume, "thicknessFactor", place, default=0.0, low=0.0)
    if "attenuationDistance" not in volume or thickness == 0.0:
        return base[0], base[1], base[2]
    distance = number(volume, "attenuationDistance", place, default=1.0, low=1e-9)
    # Past 1e3 distances nothing is left of any colour below 1, and the power would leave the range.
    passages = min(thickness / distance, 1e3)
    red, green, blue = (base[k] * color[k] ** passages for k in range(3))
    return red, green, blue
