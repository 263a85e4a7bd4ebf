"""Materials and textures of a GLB file.

Each picture keeps its own mapping (which texture coordinates, moved how) and its sampler's wrap modes. Filters are not
read: pictures are always filtered.

Sources: Khronos, glTF 2.0 specification, section 3.9, and the KHR_materials_* extensions.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tryon.errors import AssetTooLarge, AssetUnsupported, BadAsset
from tryon.render import gltf_limits as limits
from tryon.render.film import thin_film
from tryon.render.gltf_accessors import Accessors
from tryon.render.gltf_images import decode_picture, picture_size
from tryon.render.gltf_json import (
    JsonObject,
    child,
    integer,
    name_of,
    number,
    numbers,
    objects,
    optional_index,
)
from tryon.render.material import AlphaMode, Film, Mapping, Material, Rgb, Texture, Wrap, with_pictures

# Beyond this an emissive surface is white whatever the exposure.
EMISSIVE_MAX: Final = 1000.0
# Texture coordinates that a mesh may have here; files name further ones rarely and for baked light.
UV_SETS: Final = 2
_ALPHA_MODES: Final[tuple[AlphaMode, ...]] = ("OPAQUE", "MASK", "BLEND")
# OpenGL's numbers for what lies beyond a picture's edge.
_WRAPS: Final[dict[int, Wrap]] = {10497: "REPEAT", 33071: "CLAMP", 33648: "MIRROR"}
# Where a material has each picture, its name there, and whether it is a colour.
_PICTURES: Final = (
    ("base_texture", "pbrMetallicRoughness", "baseColorTexture", True),
    ("metallic_roughness_texture", "pbrMetallicRoughness", "metallicRoughnessTexture", False),
    ("normal_texture", "", "normalTexture", False),
    ("occlusion_texture", "", "occlusionTexture", False),
    ("emissive_texture", "", "emissiveTexture", True),
    ("transmission_texture", "KHR_materials_transmission", "transmissionTexture", False),
    ("clearcoat_texture", "KHR_materials_clearcoat", "clearcoatTexture", False),
    ("clearcoat_roughness_texture", "KHR_materials_clearcoat", "clearcoatRoughnessTexture", False),
    ("specular_texture", "KHR_materials_specular", "specularTexture", False),
    ("specular_color_texture", "KHR_materials_specular", "specularColorTexture", True),
    ("film_texture", "KHR_materials_iridescence", "iridescenceTexture", False),
    ("film_thickness_texture", "KHR_materials_iridescence", "iridescenceThicknessTexture", False),
)
_PICTURES_NOT_READ: Final = (
    ("KHR_materials_volume", "thicknessTexture"),
    ("KHR_materials_clearcoat", "clearcoatNormalTexture"),
)


class Materials:
    """Every material of a file; pictures are decoded when a material that shows them is asked for."""

    def __init__(self, document: JsonObject, accessors: Accessors, notes: list[str]) -> None:
        self._entries = objects(document, "materials", limits.MATERIALS_MAX)
        self._textures = objects(document, "textures", limits.TEXTURES_MAX)
        self._images = objects(document, "images", limits.IMAGES_MAX)
        self._accessors = accessors
        self._notes = notes
        self._samplers = objects(document, "samplers", limits.TEXTURES_MAX)
        self._cache: dict[int, Material] = {}
        self._decoded: dict[tuple[int, bool], Texture] = {}
        self._uses: dict[tuple[int, bool, Mapping, tuple[Wrap, Wrap]], Texture] = {}
        self._check_images()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, index: int | None) -> Material:
        """The material; glTF's default for None."""
        if index is None:
            return Material("default", metallic=1.0, roughness=1.0)
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

    def _read(self, index: int) -> Material:
        place = f"materials[{index}]"
        entry = self._entries[index]
        pbr = child(entry, "pbrMetallicRoughness", place)
        pbr_place = f"{place}.pbrMetallicRoughness"
        extensions = child(entry, "extensions", place)
        base = numbers(pbr, "baseColorFactor", pbr_place, default=(1.0,) * 4, low=0.0, high=1.0)
        for extension, key in _PICTURES_NOT_READ:
            if key in child(extensions, extension, place):
                self._notes.append(f"{place}.{key} is left out; Tryon does not read it.")
        transmission = child(extensions, "KHR_materials_transmission", place)
        clearcoat = child(extensions, "KHR_materials_clearcoat", place)
        specular = child(extensions, "KHR_materials_specular", place)
        occlusion = child(entry, "occlusionTexture", place)
        ior = number(child(extensions, "KHR_materials_ior", place), "ior", place, default=1.5, high=4.0)
        if ior != 0.0 and ior < 1.0:
            raise BadAsset(f"{place}: ior is {ior:g}; it is 0 or at least 1.")
        material = Material(
            name=name_of(entry, f"material {index}"),
            base_color=(base[0], base[1], base[2], base[3]),
            metallic=number(pbr, "metallicFactor", pbr_place, default=1.0, low=0.0, high=1.0),
            roughness=number(pbr, "roughnessFactor", pbr_place, default=1.0, low=0.0, high=1.0),
            normal_scale=number(child(entry, "normalTexture", place), "scale", place, default=1.0),
            occlusion_strength=number(occlusion, "strength", place, default=1.0, low=0.0, high=1.0),
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
            specular_color=_rgb(specular, "specularColorFactor", place),
            unlit="KHR_materials_unlit" in extensions,
        )
        material = replace(material, film=_film(extensions, material, place))
        return with_pictures(material, self._pictures(entry, pbr, extensions, place))

    def _pictures(
        self, entry: JsonObject, pbr: JsonObject, extensions: JsonObject, place: str
    ) -> dict[str, Texture]:
        """What a material shows, by its names in ``Material``."""
        pictures: dict[str, Texture] = {}
        for name, where, key, srgb in _PICTURES:
            parent = entry if not where else child(extensions, where, place)
            if where == "pbrMetallicRoughness":
                parent = pbr
            if key not in parent:
                continue
            info = child(parent, key, place)
            mapping = _mapping(info, f"{place}.{key}")
            if mapping.uv_set >= UV_SETS:
                self._notes.append(
                    f"{place}.{key} uses texture coordinates {mapping.uv_set}; it is left out, only 0 and 1 are read."
                )
                continue
            pictures[name] = self._texture(info, mapping, f"{place}.{key}", srgb=srgb)
        return pictures

    def _texture(self, info: JsonObject, mapping: Mapping, place: str, *, srgb: bool) -> Texture:
        index = integer(info, "index", place, below=len(self._textures))
        entry = self._textures[index]
        if "source" not in entry:
            raise AssetUnsupported(f"textures[{index}] has no PNG or JPEG; export with one of these.")
        image = integer(entry, "source", f"textures[{index}]", below=len(self._images))
        if (image, srgb) not in self._decoded:
            data = self._image_bytes(image, self._images[image])
            self._decoded[image, srgb] = Texture(decode_picture(data, f"images[{image}]"), srgb)
        sampler = optional_index(entry, "sampler", f"textures[{index}]", len(self._samplers))
        wrap: tuple[Wrap, Wrap] = (
            ("REPEAT", "REPEAT")
            if sampler is None
            else _wrap(self._samplers[sampler], f"samplers[{sampler}]")
        )
        key = image, srgb, mapping, wrap
        if key not in self._uses:
            self._uses[key] = replace(self._decoded[image, srgb], mapping=mapping, wrap=wrap)
        return self._uses[key]

    def _emissive(self, entry: JsonObject, extensions: JsonObject, place: str) -> Rgb:
        factor = numbers(entry, "emissiveFactor", place, default=(0.0,) * 3, low=0.0, high=1.0)
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


def _wrap(sampler: JsonObject, place: str) -> tuple[Wrap, Wrap]:
    across = integer(sampler, "wrapS", place, default=10497)
    down = integer(sampler, "wrapT", place, default=10497)
    if across not in _WRAPS or down not in _WRAPS:
        raise BadAsset(f"{place} wraps in an unknown way.")
    return _WRAPS[across], _WRAPS[down]


def _rgb(parent: JsonObject, key: str, place: str) -> Rgb:
    red, green, blue = numbers(parent, key, place, default=(1.0,) * 3, low=0.0, high=1e3)
    return red, green, blue


def _film(extensions: JsonObject, material: Material, place: str) -> Film | None:
    """KHR_materials_iridescence as a table; metals are taken at their base colour."""
    entry = child(extensions, "KHR_materials_iridescence", place)
    share = number(entry, "iridescenceFactor", place, default=0.0, low=0.0, high=1.0)
    low = number(entry, "iridescenceThicknessMinimum", place, default=100.0, low=0.0, high=1e5)
    high = number(entry, "iridescenceThicknessMaximum", place, default=400.0, low=0.0, high=1e5)
    ior = number(entry, "iridescenceIor", place, default=1.3, low=1.0, high=4.0)
    if share == 0.0:
        return None
    bare = 1.0 if material.ior == 0.0 else ((material.ior - 1) / (material.ior + 1)) ** 2
    red, green, blue = (bare + (base - bare) * material.metallic for base in material.base_color[:3])
    return thin_film(ior, low, high, (red, green, blue), share)


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
