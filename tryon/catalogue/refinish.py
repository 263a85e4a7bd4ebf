"""Other materials and other lenses on a frame's mesh."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from tryon.catalogue.adjustment import Lens, Surface
from tryon.errors import BadAsset
from tryon.frame import F32, F64, U8
from tryon.render.glazing import dyed, lens_materials
from tryon.render.material import Material, Rgb, Texture, linear_to_srgb, srgb_to_linear
from tryon.render.mesh import Mesh

_LUMINANCE: Final = np.array((0.2126, 0.7152, 0.0722))
# What of a picture darker than this is left of its own brightness: black has no pattern to keep.
_DARKEST: Final = 0.004


@dataclass(frozen=True, slots=True)
class Coat:
    """One of a frame's materials as it looks: ``color`` is sRGB, the mean of its picture where it has one; ``share`` of
    the frame's surface."""

    name: str
    color: str
    metallic: float
    roughness: float
    share: float


def coats(mesh: Mesh) -> tuple[Coat, ...]:
    """All materials but the lenses, those that cover most first."""
    lenses = lens_materials(mesh)
    corners = mesh.positions_mm.astype(np.float64)[mesh.triangles]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    totals = np.bincount(mesh.triangle_material, area, len(mesh.materials))
    totals[list(lenses)] = 0.0
    whole = max(float(totals.sum()), 1e-9)
    found: dict[str, Coat] = {}
    for number in np.argsort(-totals, kind="stable"):
        material = mesh.materials[number]
        if totals[number] > 0 and material.name not in found:
            share = round(float(totals[number]) / whole, 3)
            color = hex_of(_mean(material))
            found[material.name] = Coat(material.name, color, material.metallic, material.roughness, share)
    return tuple(found.values())


def lens_seen(mesh: Mesh) -> tuple[str, float] | None:
    """The lenses' hue (sRGB, at its brightest) and the per cent of light that passes; None without lenses."""
    lenses = lens_materials(mesh)
    if not lenses:
        return None
    used = np.unique(mesh.triangles[np.isin(mesh.triangle_material, lenses)])
    dye = 1.0 if mesh.colors is None else mesh.colors[used, :3].astype(np.float64).mean(axis=0)
    material = mesh.materials[lenses[0]]
    through = material.transmission if material.transmission > 0 else 1.0 - material.base_color[3]
    passed = np.array(material.tint if material.transmission > 0 else (1.0,) * 3) * dye * through
    hue = passed / max(float(passed.max()), 1e-6)
    return hex_of(hue), round(float(np.clip(passed @ _LUMINANCE, 0.01, 1.0)) * 100, 1)


def resurfaced(mesh: Mesh, surfaces: Mapping[str, Surface]) -> Mesh:
    """The mesh with these materials changed, by name. Raises BadAsset for a name that it does not have."""
    known = tuple(coat.name for coat in coats(mesh))
    for name in surfaces:
        if name not in known:
            raise BadAsset(
                f"The frame has no material {name!r} but {', '.join(map(repr, known)) or 'its lenses'}; its file "
                "may be another than when this was set. Take it out.",
                field="materials",
            )
    lenses = lens_materials(mesh)
    materials = tuple(
        material if number in lenses else _surfaced(material, surfaces.get(material.name))
        for number, material in enumerate(mesh.materials)
    )
    return replace(mesh, materials=materials)


def reglazed(mesh: Mesh, lens: Lens) -> Mesh:
    """The mesh with its lenses exchanged, as ``glazing.glazed`` does it to a model. Raises BadAsset without lenses."""
    lenses = lens_materials(mesh)
    if not lenses:
        raise BadAsset(
            "The lens cannot be set: the frame has no lens that one can see through.", field="lens"
        )
    glazing = lens.option().glazing()
    materials = tuple(
        Material(
            name=material.name,
            roughness=0.0,
            double_sided=material.double_sided,
            transmission=1.0,
            back=glazing.back,
            film=glazing.coat,
        )
        if number in lenses
        else material
        for number, material in enumerate(mesh.materials)
    )
    count = len(mesh.positions_mm)
    colors = np.ones((count, 4), np.float32) if mesh.colors is None else mesh.colors.copy()
    used = np.unique(mesh.triangles[np.isin(mesh.triangle_material, lenses)])
    colors[used] = 1.0
    colors[used, :3] = dyed(mesh.positions_mm[used], glazing)
    return replace(mesh, materials=materials, colors=colors)


def hex_of(linear: F64) -> str:
    """A linear colour as people write it."""
    codes = np.rint(linear_to_srgb(np.clip(linear, 0.0, 1.0).astype(np.float32)) * 255).astype(int)
    return "#" + "".join(f"{code:02x}" for code in codes)


def _surfaced(material: Material, surface: Surface | None) -> Material:
    if surface is None:
        return material
    if surface.color is not None and surface.color != hex_of(_mean(material)):
        material = _coloured(material, _linear(surface.color))
    if surface.metallic is not None and surface.metallic != material.metallic:
        # Metal shows no lacquer, and acetate's gloss is its own.
        coat = material.clearcoat * (1.0 - surface.metallic)
        material = replace(
            material, metallic=surface.metallic, clearcoat=coat, metallic_roughness_texture=None
        )
    if surface.roughness is not None and surface.roughness != material.roughness:
        # A lacquer over what is matt would keep it glossy.
        material = replace(
            material,
            roughness=surface.roughness,
            clearcoat_roughness=surface.roughness,
            metallic_roughness_texture=None,
        )
    return material


def _coloured(material: Material, linear: F64) -> Material:
    red, green, blue = (float(channel) for channel in linear)
    if material.base_texture is None:
        tint: Rgb = (red, green, blue) if not material.transparent else _tinted(material, linear)
        return replace(material, base_color=(red, green, blue, material.base_color[3]), tint=tint)
    picture = replace(material.base_texture, rgba=_recoloured(material.base_texture, linear), mips=())
    return replace(material, base_color=(1.0, 1.0, 1.0, material.base_color[3]), base_texture=picture)


def _tinted(material: Material, linear: F64) -> Rgb:
    """Silicone that lets some light through is of the colour for that, too."""
    base = np.maximum(np.array(material.base_color[:3]), 1e-6)
    red, green, blue = (
        float(channel) for channel in np.clip(linear * np.array(material.tint) / base, 0.0, 1.0)
    )
    return red, green, blue


def _mean(material: Material) -> F64:
    base = np.array(material.base_color[:3], np.float64)
    if material.base_texture is None:
        return base
    pixels, cover = _pixels(material.base_texture)
    return np.asarray(base * (pixels * cover).sum(axis=(0, 1)) / max(float(cover.sum()), 1e-6), np.float64)


def _recoloured(texture: Texture, linear: F64) -> U8:
    """The picture's pattern, light and dark, about another colour."""
    pixels, cover = _pixels(texture)
    bright = pixels @ _LUMINANCE
    middle = max(float((bright * cover[..., 0]).sum() / max(float(cover.sum()), 1e-6)), _DARKEST)
    painted = np.clip(linear * (np.maximum(bright, 0.0) / middle)[..., None], 0.0, 1.0).astype(np.float32)
    coded: F32 = linear_to_srgb(painted) if texture.srgb else painted
    rgba = texture.rgba.copy()
    rgba[..., :3] = np.rint(coded * 255)
    return rgba


def _pixels(texture: Texture) -> tuple[F64, F64]:
    """Linear colours and how much of each is there."""
    rgba = texture.rgba.astype(np.float32) / np.float32(255)
    rgb = srgb_to_linear(rgba[..., :3]) if texture.srgb else rgba[..., :3]
    return rgb.astype(np.float64), rgba[..., 3:].astype(np.float64)


def _linear(color: str) -> F64:
    codes = np.array([int(color[at : at + 2], 16) for at in (1, 3, 5)], np.float32) / np.float32(255)
    return srgb_to_linear(codes).astype(np.float64)
