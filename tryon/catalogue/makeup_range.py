"""The makeup that comes with Tryon: at least one product of every type. Colours are of the product on white, sRGB."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from tryon.render.colour import hex_from_lab

# Eight depths of skin, as L*, a*, b*, each in three undertones. Redness and yellowness are skin's own (as in
# ``overlays.skintone``: a* mostly 7 to 14, b* 11 to 21, most of both in the middle): a foundation that is more
# colourful than any skin shows as orange on everybody.
_DEPTHS: Final = (
    ("Porcelain", (82.0, 7.0, 13.5)), ("Ivory", (75.5, 9.0, 15.5)), ("Sand", (69.0, 10.0, 17.0)),
    ("Honey", (62.0, 11.5, 18.0)), ("Caramel", (54.5, 12.5, 19.0)), ("Chestnut", (46.5, 12.5, 18.0)),
    ("Mocha", (38.5, 11.5, 15.5)), ("Ebony", (30.5, 9.5, 12.0)),
)  # fmt: skip
_UNDERTONES: Final = (("Cool", (1.5, -3.0)), ("Neutral", (0.0, 0.0)), ("Warm", (-0.5, 3.5)))


def _id(name: str) -> str:
    return name.lower().replace(" ", "-")


def _shades(*rows: tuple[str, str]) -> list[dict[str, Any]]:
    return [{"id": _id(name), "name": name, "color": color} for name, color in rows]


def _skin_shades() -> list[dict[str, Any]]:
    rows = []
    for depth, (lightness, a, b) in _DEPTHS:
        for undertone, (redder, yellower) in _UNDERTONES:
            lab = np.array((lightness, a + redder, b + yellower))
            rows.append((f"{depth} {undertone}", hex_from_lab(lab)))
    return _shades(*rows)


def _palette(name: str, *tones: str) -> dict[str, Any]:
    """The lid's tone, the crease's, the outer corner's, and that of brow bone and inner corner: a colour, and a finish
    where it is not the palette's."""
    listed = [dict(zip(("color", "finish"), tone.split(), strict=False)) for tone in tones]
    return {"id": _id(name), "name": name, "color": listed[0]["color"], "tones": listed}


def _product(
    name: str,
    type_: str,
    finish: str,
    coverage: float,
    description: str,
    shades: list[dict[str, Any]],
    **more: Any,
) -> tuple[str, dict[str, Any]]:
    sku = _id(name)
    return sku, {
        "sku": sku,
        "kind": "makeup",
        "name": name,
        "description": description,
        "type": type_,
        "finish": finish,
        **more,
        "coverage": coverage,
        "shades": shades,
    }


def makeup() -> dict[str, dict[str, Any]]:
    """The content of each makeup product.json, by sku."""
    return dict(
        (
            *_lips(), *_face(), *_cheeks(), *_eyes(),
        )
    )  # fmt: skip


def _lips() -> tuple[tuple[str, dict[str, Any]], ...]:
    return (
        _product(
            "Velvet Lipstick", "lipstick", "satin", 0.8,
            "A satin lipstick with full, even colour, from quiet nudes to deep plum.",
            _shades(
                ("Rose Dust", "#b9696b"), ("Bare Almond", "#c08a76"), ("Terracotta", "#a9503c"),
                ("Peony", "#c94f6d"), ("Coral Reef", "#dd5847"), ("Classic Red", "#b3121d"), ("Brick", "#8c2a22"),
                ("Raspberry", "#a01c4b"), ("Mulled Wine", "#6b1527"), ("Deep Plum", "#4c1535"),
            ),
        ),
        _product(
            "Glass Lip Gloss", "lipstick", "gloss", 0.35,
            "A sheer gloss with a wet shine that lets the lips' own colour through.",
            _shades(
                ("Honey", "#cf8f72"), ("Pink Petal", "#e08b9b"), ("Apricot", "#e58a6b"), ("Berry Ice", "#b2476a"),
                ("Cherry", "#c22a3c"), ("Fig", "#7d3a4a"), ("Rosewood", "#a65a5b"), ("Cocoa", "#7a4636"),
            ),
        ),
        _product(
            "Powder Matte Lip", "lipstick", "matte", 0.95,
            "A soft matte lip colour that covers in one stroke.",
            _shades(
                ("Chai", "#b57b66"), ("Dusk Rose", "#a5565c"), ("Paprika", "#b23a24"), ("Signal", "#c1121f"),
                ("Fuchsia", "#b31b63"), ("Aubergine", "#421a2e"), ("Espresso", "#4a2018"), ("Clay", "#94513f"),
            ),
        ),
        _product(
            "Foil Lip", "lipstick", "metallic", 0.75,
            "Liquid metal for the lips, also with a glitter top coat.",
            _shades(
                ("Copper", "#a4503c"), ("Rose Gold", "#c0787a"), ("Bronze Leaf", "#8a5a3a"), ("Ruby Foil", "#9b1c3a"),
                ("Amethyst", "#7a4a86"), ("Champagne", "#cf9c86"), ("Pewter Plum", "#5e3f52"), ("Guava", "#d0605e"),
            ),
            finishes=["shimmer", "glitter"],
        ),
        _product(
            "Contour Lip Liner", "lip_liner", "matte", 0.85,
            "A fine pencil that follows the border of the lips, or goes a little beyond it.",
            _shades(
                ("Nude Oak", "#9a6552"), ("Old Rose", "#9c5358"), ("Sienna", "#8a4030"), ("Red Thread", "#9c1520"),
                ("Mulberry", "#7a1f42"), ("Plum Skin", "#4a1a30"), ("Cocoa Bean", "#5a3024"), ("Fig Leaf", "#6d3a42"),
            ),
        ),
    )  # fmt: skip


def _face() -> tuple[tuple[str, dict[str, Any]], ...]:
    return (
        _product(
            "Second Skin Foundation", "foundation", "satin", 0.55,
            "Medium, buildable cover that lets skin look like skin; 24 shades in three undertones.", _skin_shades(),
            finishes=["matte", "gloss"],
        ),
        _product(
            "Bright Eye Concealer", "concealer", "satin", 0.6,
            "A light concealer for shadows under the eyes.", _skin_shades()[1::3] + _skin_shades()[2::3],
            finishes=["matte"],
        ),
        _product(
            "Festival Face Paint", "face_paint", "matte", 0.9,
            "Painted by hand in a minute: three designs that move with the face.",
            [
                {"id": "butterfly", "name": "Butterfly", "color": "#3a6fd0", "texture": "butterfly.png"},
                {"id": "tiger", "name": "Tiger", "color": "#e8862a", "texture": "tiger.png"},
                {"id": "stardust", "name": "Stardust", "color": "#d8b74a", "texture": "stardust.png"},
            ],
            finishes=["glitter"],
        ),
    )  # fmt: skip


def _cheeks() -> tuple[tuple[str, dict[str, Any]], ...]:
    return (
        _product(
            "Petal Blush", "blush", "satin", 0.28,
            "A soft powder blush, from a breath of pink to berry.",
            _shades(
                ("First Blush", "#e59a98"), ("Peach Fuzz", "#ea9a76"), ("Wild Rose", "#d2566a"), ("Coral", "#df6650"),
                ("Mauve", "#b3677c"), ("Brick Rose", "#b04a45"), ("Cranberry", "#a02848"), ("Plum", "#7f2a4c"),
            ),
            finishes=["matte", "shimmer"],
        ),
        _product(
            "Shadow Play Contour", "contour", "matte", 0.70,
            "Cool browns that shape cheeks, nose and jaw.",
            _shades(
                ("Fair", "#a98068"), ("Light", "#946850"), ("Medium", "#7c523c"), ("Tan", "#63402e"),
                ("Deep", "#472c20"), ("Rich", "#331f18"),
            ),
        ),
        _product(
            "Sunday Bronzer", "contour", "shimmer", 0.50,
            "A warm glow where the sun would touch the face.",
            _shades(
                ("Dune", "#b98358"), ("Terra", "#a26a3f"), ("Sienna", "#8a5230"), ("Adobe", "#754026"),
                ("Mahogany", "#55301f"), ("Umber", "#3e2418"),
            ),
            template="bronze", finishes=["matte"],
        ),
        _product(
            "Halo Highlighter", "highlighter", "shimmer", 0.26,
            "A fine pearl that lies on the high points of the face.",
            _shades(
                ("Moonstone", "#f1e4dc"), ("Champagne", "#ecd0ae"), ("Rose Quartz", "#e6b8ae"), ("Gold Dust",
                "#d6a868"), ("Copper Glow", "#b97a4c"), ("Bronze Star", "#8e5a38"),
            ),
            finishes=["satin", "metallic", "glitter"],
        ),
    )  # fmt: skip


def _eyes() -> tuple[tuple[str, dict[str, Any]], ...]:
    return (
        _product(
            "Four Seasons Palette", "eyeshadow", "matte", 0.62,
            "Four tones for a whole eye: lid, crease, corner, light.",
            [
                _palette("Bare Sand", "#c9a48a shimmer", "#96694f", "#5a3a2c", "#eedcc6 shimmer"),
                _palette("Rosewood", "#c08084 shimmer", "#8a4a4a", "#4a2226", "#f0d2c8 shimmer"),
                _palette("Smoke", "#8d8580 shimmer", "#55504e", "#1f1c1d", "#d9d3cd shimmer"),
                _palette("Old Gold", "#b98a3e metallic", "#7a5228", "#3b2616", "#f0dcae shimmer"),
                _palette("Plum Night", "#8a4b6a metallic", "#5a2a48", "#2a1424", "#e8ccd6 shimmer"),
                _palette("Lagoon", "#3f8a8c metallic", "#2a5a68", "#152c38", "#d2e6e2 shimmer"),
                _palette("Sunset", "#e08a4e shimmer", "#c0503c", "#6a2030", "#f6dcaa shimmer"),
                _palette("Fireworks", "#9a7ad0 glitter", "#4a3a86", "#1c1638", "#e6dcf6 glitter"),
            ],
        ),
        _product(
            "Inkwell Eyeliner", "eyeliner", "matte", 1.0,
            "A liquid liner for lines from fine to feline.",
            _shades(
                ("Ink", "#120f10"), ("Espresso", "#2e1c14"), ("Navy", "#141d40"), ("Forest", "#12301f"),
                ("Burgundy", "#3c0f1c"), ("Graphite", "#3a3a3e"), ("White", "#f2f0ec"), ("Electric", "#2444c8"),
            ),
            template="winged", finishes=["satin", "gloss", "metallic", "glitter"],
        ),
        _product(
            "Long Story Mascara", "mascara", "matte", 1.0,
            "Lashes, lifted and parted.",
            _shades(("Black", "#0d0b0b"), ("Brown Black", "#1f130e"), ("Brown", "#3a2318"), ("Midnight", "#11183a")),
            template="volume", finishes=["gloss"],
        ),
        _product(
            "Feather Brow", "brows", "matte", 0.5,
            "Fills and shapes brows, hair by hair.",
            _shades(
                ("Taupe", "#7c6754"), ("Blonde", "#9a8a72"), ("Auburn", "#6d4030"), ("Soft Brown", "#5d4434"),
                ("Brown", "#46311f"), ("Dark Brown", "#2f2119"), ("Soft Black", "#211b1a"), ("Grey", "#77726e"),
            ),
        ),
        _product(
            "Iris Lenses", "contact_lenses", "matte", 0.7,
            "Coloured lenses with the depth of a real iris.",
            _shades(
                ("Glacier", "#86a9c0"), ("Ocean", "#3f75a8"), ("Sage", "#8a9c76"), ("Emerald", "#3f8458"),
                ("Hazel", "#9a7444"), ("Honey", "#c08a3c"), ("Silver", "#9ca3a8"), ("Violet", "#7a68b0"),
            ),
        ),
    )  # fmt: skip
