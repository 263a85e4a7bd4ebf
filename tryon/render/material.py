"""How a surface looks, as plain values: pictures, coatings and glTF's metallic-roughness material.

Arrays are checked once, when a value is made, and belong to it from then on: nobody writes into them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Final, Literal

import numpy as np

from tryon.frame import F32, U8

AlphaMode = Literal["OPAQUE", "MASK", "BLEND"]
Wrap = Literal["REPEAT", "CLAMP", "MIRROR"]
Rgb = tuple[float, float, float]
Rgba = tuple[float, float, float, float]


@dataclass(frozen=True)
class Mapping:
    """Which of a mesh's texture coordinates a picture uses, and KHR_texture_transform's offset, turn and scale."""

    uv_set: int = 0
    offset: tuple[float, ...] = (0.0, 0.0)
    rotation: float = 0.0
    scale: tuple[float, ...] = (1.0, 1.0)

    @property
    def affine(self) -> tuple[float, float, float, float, float, float]:
        """Row after row of 2×3: scale, then turn counter-clockwise on the page (v runs down), then move."""
        cosine, sine = math.cos(self.rotation), math.sin(self.rotation)
        wide, high = self.scale
        return cosine * wide, sine * high, self.offset[0], -sine * wide, cosine * high, self.offset[1]


@dataclass(frozen=True, eq=False)
class Texture:
    """A picture of shape (height, width, 4), uint8, rows from the top; alpha is never premultiplied.

    ``srgb`` tells whether red, green and blue carry the sRGB transfer curve (colour pictures do, data
    pictures such as normals do not). ``wrap`` says what lies beyond its left and right, and its upper and
    lower edge. ``mips`` holds the same picture at 1/2, 1/4, … size, averaged in linear light; it is made on
    construction.
    """

    rgba: U8
    srgb: bool
    mips: tuple[U8, ...] = field(default=(), repr=False)
    wrap: tuple[Wrap, Wrap] = ("REPEAT", "REPEAT")
    mapping: Mapping = Mapping()

    def __post_init__(self) -> None:
        shape = self.rgba.shape
        if self.rgba.dtype != np.uint8 or len(shape) != 3 or shape[2] != 4 or 0 in shape:
            raise ValueError(f"a texture is (height, width, 4) uint8, not {shape} {self.rgba.dtype}")
        if not self.rgba.flags.c_contiguous:
            raise ValueError("a texture is C-contiguous; pass np.ascontiguousarray(rgba)")
        if not self.mips:
            object.__setattr__(self, "mips", _mip_chain(self.rgba, self.srgb))


@dataclass(frozen=True, eq=False)
class Film:
    """A thin layer's own reflection: ``reflectance`` (thicknesses, angles, 3) linear, 0..1.

    Angles run evenly in the cosine, from grazing (0) to straight on (1); thicknesses evenly from the least
    to the greatest, and where nothing says which, it is the greatest. ``share`` mixes it with the bare
    surface's reflection. ``layer`` is what it was reckoned from: the film's index, and its least and greatest
    thickness in nanometres; None where it is no single layer.
    """

    reflectance: F32
    share: float = 1.0
    layer: tuple[float, float, float] | None = None

    def __post_init__(self) -> None:
        shape = self.reflectance.shape
        if self.reflectance.dtype != np.float32 or len(shape) != 3 or shape[2] != 3 or 0 in shape:
            raise ValueError(f"a film is (thicknesses, angles, 3) float32, not {shape}")
        if not (self.reflectance >= 0.0).all() or not (self.reflectance <= 1.0).all():
            raise ValueError("a film reflects 0 to 1 of the light")
        _check_share("film", self.share)


@dataclass(frozen=True, eq=False)
class Material:
    """How a surface looks: glTF's metallic-roughness model and the extensions that eyewear uses.

    ``base_color`` is linear and multiplies the texture and the vertex colours. ``tint`` (linear, 0..1) is
    the colour that remains of white light after one passage through a transmitting material: the base
    colour times the volume's attenuation. It, the base texture and the vertex colours multiply what
    shines through; ``transmission`` is the share of light that enters at all (the rest is diffuse).
    ``back`` is how much a lens' far side reflects, of what its near side does.

    Pictures multiply the number that they are named after, by the channel that glTF gives them.
    """

    name: str = "default"
    base_color: Rgba = (1.0, 1.0, 1.0, 1.0)
    base_texture: Texture | None = None
    metallic: float = 0.0
    roughness: float = 0.5
    metallic_roughness_texture: Texture | None = None
    normal_texture: Texture | None = None
    normal_scale: float = 1.0
    occlusion_texture: Texture | None = None
    occlusion_strength: float = 1.0
    emissive: Rgb = (0.0, 0.0, 0.0)
    emissive_texture: Texture | None = None
    double_sided: bool = False
    alpha_mode: AlphaMode = "OPAQUE"
    alpha_cutoff: float = 0.5
    transmission: float = 0.0
    transmission_texture: Texture | None = None
    tint: Rgb = (1.0, 1.0, 1.0)
    back: float = 1.0
    ior: float = 1.5
    clearcoat: float = 0.0
    clearcoat_texture: Texture | None = None
    clearcoat_roughness: float = 0.0
    clearcoat_roughness_texture: Texture | None = None
    specular: float = 1.0
    specular_texture: Texture | None = None
    specular_color: Rgb = (1.0, 1.0, 1.0)
    specular_color_texture: Texture | None = None
    film: Film | None = None
    film_texture: Texture | None = None
    film_thickness_texture: Texture | None = None
    unlit: bool = False

    def __post_init__(self) -> None:
        for name in ("metallic", "roughness", "alpha_cutoff", "transmission", "back", "occlusion_strength"):
            _check_share(name, getattr(self, name))
        for name in ("clearcoat", "clearcoat_roughness", "specular"):
            _check_share(name, getattr(self, name))
        for name, length in (("base_color", 4), ("tint", 3)):
            value = getattr(self, name)
            if len(value) != length:
                raise ValueError(f"a material's {name} has {length} numbers, not {len(value)}")
            for channel in value:
                _check_share(name, channel)
        for name in ("emissive", "specular_color"):
            value = getattr(self, name)
            if len(value) != 3 or not all(0.0 <= channel < np.inf for channel in value):
                raise ValueError(f"a material's {name} is three numbers from 0, not {value}")
        if self.ior != 0.0 and not 1.0 <= self.ior <= 4.0:
            raise ValueError(f"a material's ior is 1..4 (or 0), not {self.ior}")

    @property
    def transparent(self) -> bool:
        """Whether what lies behind shows through (the GLB reader turns BLEND with alpha 1 into OPAQUE)."""
        return self.transmission > 0.0 or self.alpha_mode == "BLEND"

    @property
    def textures(self) -> tuple[Texture, ...]:
        """Every picture that it uses."""
        values = (getattr(self, name) for name in TEXTURE_SLOTS)
        return tuple(value for value in values if value is not None)


# The names of a material's pictures.
TEXTURE_SLOTS: Final = tuple(name for name in Material.__dataclass_fields__ if name.endswith("_texture"))


def with_pictures(material: Material, pictures: dict[str, Texture]) -> Material:
    """The material with the pictures of these slots."""
    return replace(material, **{name: pictures[name] for name in TEXTURE_SLOTS if name in pictures})  # type: ignore[arg-type]


def _check_share(name: str, value: float) -> None:
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"a material's {name} is 0..1, not {value}")


def _mip_chain(rgba: U8, srgb: bool) -> tuple[U8, ...]:
    """Halved pictures down to 1 pixel on the shorter side; an odd last row or column is dropped."""
    linear = rgba.astype(np.float32) / np.float32(255.0)
    if srgb:
        linear[..., :3] = srgb_to_linear(linear[..., :3])
    mips: list[U8] = []
    while min(linear.shape[:2]) >= 2:
        height, width = linear.shape[0] // 2, linear.shape[1] // 2
        linear = linear[: 2 * height, : 2 * width].reshape(height, 2, width, 2, 4).mean(axis=(1, 3))
        coded = linear.copy()
        if srgb:
            coded[..., :3] = linear_to_srgb(coded[..., :3])
        mips.append(np.ascontiguousarray(np.rint(coded * 255.0).astype(np.uint8)))
    return tuple(mips)


def srgb_to_linear(coded: F32) -> F32:
    """The sRGB transfer curve taken off, 0..1 to 0..1 (IEC 61966-2-1)."""
    curve = ((coded + 0.055) / 1.055) ** 2.4
    return np.where(coded <= 0.04045, coded / 12.92, curve).astype(np.float32)


def linear_to_srgb(linear: F32) -> F32:
    """The sRGB transfer curve put on, 0..1 to 0..1 (IEC 61966-2-1)."""
    curve = 1.055 * np.maximum(linear, 0.0) ** (1 / 2.4) - 0.055
    return np.where(linear <= 0.0031308, linear * 12.92, curve).astype(np.float32)
