"""The products that come with Tryon: five frames and two lip colours, all invented.

The files in ``assets/catalogue`` are what ``write_range`` makes; a test compares them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import numpy as np

from tryon.catalogue.frame_outline import Bridge
from tryon.catalogue.frame_spec import FrameSpec, LensSpec
from tryon.catalogue.makeup_range import makeup
from tryon.catalogue.paint_textures import textures
from tryon.catalogue.parametric import build_frame
from tryon.frame import F64
from tryon.render.gltf_write import write_glb
from tryon.render.material import Material, Texture

TEXTURE_PX = 192


def _acetate(name: str, red: float, green: float, blue: float, texture: Texture | None = None) -> Material:
    return Material(
        name=name,
        base_color=(red, green, blue, 1.0),
        base_texture=texture,
        roughness=0.25,
        ior=1.49,
        # Polished through and through: one interface reflects, not two.
        specular=0.25,
        clearcoat=1.0,
        clearcoat_roughness=0.06,
    )


def _metal(name: str, red: float, green: float, blue: float, roughness: float) -> Material:
    return Material(name=name, base_color=(red, green, blue, 1.0), metallic=1.0, roughness=roughness)


def tortoise_texture(seed: int = 7) -> Texture:
    """Amber with dark brown clouds, as laminated acetate; repeats without a seam.

    The clouds are noise with a 1/f² spectrum, made periodic by being summed from whole waves.
    """
    random = np.random.default_rng(seed)
    patches = _clouds(random, 2.6, 3.5) + 0.25 * _clouds(random, 2.2, 9.0)
    dark = _step(-0.35, 0.75, patches)
    glow = _step(-1.2, 1.6, _clouds(random, 2.6, 3.0))
    amber = _mix(np.array((0.27, 0.080, 0.012)), np.array((0.50, 0.20, 0.040)), glow)
    linear = _mix(amber, np.array((0.022, 0.007, 0.003)), dark)
    coded = 1.055 * linear ** (1 / 2.4) - 0.055
    rgba = np.full((TEXTURE_PX, TEXTURE_PX, 4), 255, np.uint8)
    rgba[..., :3] = np.rint(coded * 255).astype(np.uint8)
    return Texture(rgba, srgb=True)


def _clouds(random: np.random.Generator, slope: float, waves_across: float) -> F64:
    """Mean 0, deviation 1; the largest patches are a ``waves_across``-th of the tile."""
    waves = np.fft.fft2(random.standard_normal((TEXTURE_PX, TEXTURE_PX)))
    across = np.fft.fftfreq(TEXTURE_PX, 1 / TEXTURE_PX)
    # Tortoise patches are wider than high in the sheet.
    frequency = np.hypot(across[:, None], across[None, :] * 1.5)
    frequency[0, 0] = np.inf
    clouds = np.fft.ifft2(waves * np.maximum(frequency, waves_across) ** -slope).real
    normalised: F64 = (clouds - clouds.mean()) / clouds.std()
    return normalised


def _mix(without: F64, whole: F64, share: F64) -> F64:
    return np.asarray(without * (1 - share[..., None]) + whole * share[..., None], np.float64)


def _step(low: float, high: float, values: F64) -> F64:
    t: F64 = np.clip((values - low) / (high - low), 0.0, 1.0)
    step: F64 = t * t * (3 - 2 * t)
    return step


CLEAR: Final = LensSpec("clear lens", tint=(0.982, 0.99, 0.984), ior=1.12)
# A coated lens still shows a little green.
COATED: Final = LensSpec("coated clear lens", tint=(0.978, 0.99, 0.984), ior=1.1)


def frames() -> dict[str, tuple[str, str, FrameSpec]]:
    """Name, description and spec of each frame, by sku."""
    black = _acetate("black acetate", 0.004, 0.004, 0.0045)
    tortoise = _acetate("tortoise acetate", 1.0, 1.0, 1.0, tortoise_texture())
    return {
        "harbour-black": (
            "Harbour",
            "A bold trapeze in polished black acetate with silver rivets and clear lenses.",
            FrameSpec(
                shape="trapeze", build="acetate", lens_width_mm=51, lens_height_mm=39, bridge_mm=19,
                endpiece_mm=10.5, temple_length_mm=145, frame=black, lens=CLEAR, datum_mm=5.5,
                hinge_height=0.80, rim_top_mm=4.8, rim_side_mm=4.2, rim_bottom_mm=3.4, depth_mm=4.2,
                bridge=Bridge(top=8.5, low=-0.5, top_fall=-0.012, low_fall=0.06),
                endpiece_height_mm=14, temple_heights_mm=(13, 8.5, 10.5), temple_thickness_mm=4.2,
                rivets=True,
            ),
        ),
        "juniper-tortoise": (
            "Juniper",
            "A round panto shape in amber tortoise acetate with a keyhole bridge and clear lenses.",
            FrameSpec(
                shape="panto", build="acetate", lens_width_mm=49, lens_height_mm=44, bridge_mm=20,
                endpiece_mm=9.5, temple_length_mm=145, frame=tortoise, lens=CLEAR, datum_mm=5.0,
                hinge_height=0.48, rim_top_mm=3.4, rim_side_mm=3.3, rim_bottom_mm=3.0, depth_mm=4.0,
                bridge=Bridge(top=8.2, low=0.0, top_fall=-0.006, low_fall=0.075, key=2.2),
                endpiece_height_mm=8.0, temple_heights_mm=(8.0, 6.2, 8.5), temple_thickness_mm=3.6,
            ),
        ),
        "solstice-gold": (
            "Solstice",
            "A gold aviator with a double bridge and lenses that fade from brown to clear.",
            FrameSpec(
                shape="aviator", build="metal", lens_width_mm=57, lens_height_mm=49, bridge_mm=16,
                endpiece_mm=6.0, temple_length_mm=140, frame=_metal("gold", 1.0, 0.74, 0.36, 0.2),
                lens=LensSpec("gradient brown lens", (0.075, 0.036, 0.016), tint_low=(0.74, 0.62, 0.46)),
                datum_mm=9.0, hinge_height=0.62, base_curve=6, face_form_deg=7, double_bridge=True,
                tip=_acetate("brown acetate", 0.055, 0.022, 0.010),
            ),
        ),
        "meridian-gunmetal": (
            "Meridian",
            "A thin gunmetal rectangle with black tips and coated clear lenses.",
            FrameSpec(
                shape="rectangle", build="metal", lens_width_mm=54, lens_height_mm=34, bridge_mm=18,
                endpiece_mm=6.5, temple_length_mm=145, frame=_metal("gunmetal", 0.25, 0.255, 0.27, 0.32),
                lens=COATED, datum_mm=5.0, hinge_height=0.45, base_curve=4, face_form_deg=5,
                tip=_acetate("black acetate", 0.004, 0.004, 0.0045),
            ),
        ),
        "nocturne-black-sun": (
            "Nocturne",
            "Cat-eye sunglasses in deep black acetate with solid grey lenses.",
            FrameSpec(
                shape="cat-eye", build="acetate", lens_width_mm=54, lens_height_mm=43, bridge_mm=18,
                endpiece_mm=8.5, temple_length_mm=145, frame=black,
                lens=LensSpec("grey lens", (0.105, 0.110, 0.115)), datum_mm=7.5, hinge_height=0.86,
                rim_top_mm=4.4, rim_side_mm=3.8, rim_bottom_mm=3.4, depth_mm=4.2,
                base_curve=6, face_form_deg=7,
                bridge=Bridge(top=7.0, low=-1.5, top_fall=-0.010, low_fall=0.055),
                endpiece_height_mm=9.5, temple_heights_mm=(9.5, 7.5, 10), temple_thickness_mm=4.0,
            ),
        ),
    }  # fmt: skip


def _lens(name: str, kind: str, **fields: Any) -> dict[str, Any]:
    return {"id": name.lower().replace(" ", "-"), "name": name, "type": kind, **fields}


CLEAR_COATED: Final = _lens("Clear", "clear", transmission_percent=97, anti_reflection="green")
PHOTOCHROMIC: Final = _lens(
    "Photochromic grey", "photochromic", color="#5d6166", transmission_percent=14, anti_reflection="green"
)
# What each frame may have for lenses, and whether they are ground to order, by sku.
LENSES: Final[dict[str, tuple[tuple[dict[str, Any], ...], bool]]] = {
    "harbour-black": (
        (
            CLEAR_COATED,
            _lens("Clear uncoated", "clear", transmission_percent=92),
            PHOTOCHROMIC,
            _lens("Amber", "solid", color="#f0b45a", transmission_percent=62, anti_reflection="violet"),
        ),
        True,
    ),
    "juniper-tortoise": (
        (
            CLEAR_COATED,
            _lens("Bottle green", "solid", color="#3f6b4a", transmission_percent=18, anti_reflection="green"),
            _lens("Rose", "solid", color="#d98f8f", transmission_percent=55, anti_reflection="violet"),
            _lens("Brown fade", "gradient", color="#7a4a26", transmission_percent=12, low_percent=70),
        ),
        True,
    ),
    "meridian-gunmetal": (
        (
            _lens("Clear violet coat", "clear", transmission_percent=97, anti_reflection="violet"),
            PHOTOCHROMIC,
        ),
        True,
    ),
    "solstice-gold": (
        (
            _lens("Brown fade", "gradient", color="#7a4a26", transmission_percent=8, low_percent=62),
            _lens("Grey fade", "gradient", color="#60646a", transmission_percent=10, low_percent=68),
            _lens("Gold mirror", "mirror", color="#6e5a3a", transmission_percent=14, mirror="#f2c14e",
                  mirror_strength=0.45),
            _lens("Green polarised", "solid", color="#4c5f3c", transmission_percent=13, polarised=True),
        ),
        False,
    ),
    "nocturne-black-sun": (
        (
            _lens("Grey", "solid", color="#5d6166", transmission_percent=11),
            _lens("Grey polarised", "solid", color="#5d6166", transmission_percent=12, polarised=True),
            _lens("Blue mirror", "mirror", color="#5d6166", transmission_percent=12, mirror="#3f7fe0"),
            _lens("Silver mirror", "mirror", color="#5d6166", transmission_percent=10, mirror="#dfe3e8",
                  mirror_strength=0.5),
        ),
        False,
    ),
}  # fmt: skip


def write_range(folder: Path) -> None:
    """Write every product's product.json, and model.glb for frames, into ``folder``."""
    for sku, (name, description, spec) in frames().items():
        target = folder / sku
        target.mkdir(parents=True, exist_ok=True)
        (target / "model.glb").write_bytes(write_glb(build_frame(spec)))
        content = {
            "sku": sku,
            "kind": "eyewear",
            "name": name,
            "description": description,
            "model": "model.glb",
            "dimensions_mm": spec.dimensions_mm,
            "lenses": list(LENSES[sku][0]),
            "prescription": LENSES[sku][1],
        }
        _write_json(target / "product.json", content)
    for sku, content in makeup().items():
        (folder / sku).mkdir(parents=True, exist_ok=True)
        _write_json(folder / sku / "product.json", content)
        if content["type"] == "face_paint":
            for name, png in textures().items():
                (folder / sku / name).write_bytes(png)


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
