"""What makeup there is: types, their finishes and templates, and what a product file says of them.

``RULES`` holds the types in cosmetic order: what is applied first stands first. A template says where or how a type is
put on; the first one of a type is the one without a choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

MakeupType = Literal[
    "contact_lenses",
    "foundation",
    "concealer",
    "contour",
    "blush",
    "highlighter",
    "face_paint",
    "brows",
    "eyeshadow",
    "eyeliner",
    "mascara",
    "lip_liner",
    "lipstick",
]
Finish = Literal["matte", "satin", "gloss", "metallic", "shimmer", "glitter"]
Side = Literal["left", "right"]
HexColor = Annotated[str, StringConstraints(pattern=r"^#[0-9a-f]{6}$")]
TextureName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}\.png$")]

# Palettes of more pans are worn four at a time.
TONES_MAX: Final = 4


# CIELAB from a wearer's skin to the shade that suits it. What shapes a face is darker: a shade for paler skin would be
# a pale stripe; what blushes is skin with more blood in it, and a little darker.
SAME: Final = (0.0, 0.0, 0.0)
SHADOW: Final = (-26.0, 0.0, 0.0)
FLUSH: Final = (-4.0, 16.0, 2.0)


@dataclass(frozen=True, slots=True)
class Rule:
    """What a type may have. ``tones`` is the most that one shade has; ``region`` the group that is drawn at once.

    Of one with ``suits`` somebody who has not chosen a shade wears the one nearest to their skin, or of brows to their
    own brows, so far away in CIELAB.
    ``powder`` is how much white powder is in it, from none to 1 as in a foundation: it hides as soon in every channel.
    """

    finishes: tuple[Finish, ...]
    templates: tuple[str, ...]
    region: Literal["skin", "eyes", "lips"]
    tones: int = 1
    textured: bool = False
    suits: tuple[float, float, float] | None = None
    powder: float = 0.0


RULES: Final[dict[MakeupType, Rule]] = {
    "contact_lenses": Rule(("matte",), ("natural", "limbal", "vivid"), "eyes"),
    "foundation": Rule(("matte", "satin", "gloss"), ("full",), "skin", suits=SAME, powder=1.0),
    "concealer": Rule(("matte", "satin"), ("under_eye", "full"), "skin", suits=SAME, powder=1.0),
    "contour": Rule(
        ("matte", "satin", "shimmer"),
        ("sculpt", "bronze", "nose"),
        "skin",
        suits=SHADOW,
        powder=1.0,
    ),
    "blush": Rule(
        ("matte", "satin", "shimmer"),
        ("apple", "lifted", "draped", "sunkissed"),
        "skin",
        suits=FLUSH,
        powder=0.5,
    ),
    "highlighter": Rule(
        ("satin", "shimmer", "metallic", "glitter"), ("cheekbones", "full_glow", "strobe"), "skin"
    ),
    "face_paint": Rule(("matte", "satin", "metallic", "glitter"), ("full",), "skin", textured=True),
    "brows": Rule(
        ("matte", "satin"), ("natural", "soft", "defined", "arched"), "eyes", suits=SAME, powder=1.0
    ),
    "eyeshadow": Rule(
        ("matte", "satin", "metallic", "shimmer", "glitter"),
        ("gradient", "wash", "smoky", "halo", "cut_crease"),
        "eyes",
        tones=TONES_MAX,
        powder=1.0,
    ),
    "eyeliner": Rule(
        ("matte", "satin", "gloss", "metallic", "glitter"),
        ("classic", "thin", "winged", "cat_eye", "smudged", "graphic", "full"),
        "eyes",
    ),
    "mascara": Rule(("matte", "gloss"), ("natural", "volume", "length", "doll", "wispy"), "eyes"),
    "lip_liner": Rule(("matte", "satin"), ("natural", "overlined", "soft"), "lips"),
    "lipstick": Rule(
        ("matte", "satin", "gloss", "metallic", "shimmer", "glitter"),
        ("full", "blotted", "ombre", "overlined"),
        "lips",
    ),
}
TYPES: Final = tuple(RULES)


class Tone(BaseModel):
    """One pan of a palette: where it goes, the template says. ``finish`` None is the product's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    color: HexColor
    finish: Finish | None = None


class Makeup(BaseModel):
    """What is applied where: ``coverage`` 0 shows bare skin, 1 hides it. ``finishes`` can be chosen from, ``finish`` is
    the one without a choice; so with templates."""

    model_config = ConfigDict(frozen=True)

    type: MakeupType
    finish: Finish
    coverage: Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
    template: str = ""
    finishes: tuple[Finish, ...] = ()

    @property
    def rule(self) -> Rule:
        """What its type may have."""
        return RULES[self.type]

    @property
    def order(self) -> int:
        """Its place in cosmetic order."""
        return TYPES.index(self.type)


def allowed_finish(type_: MakeupType, finish: Finish) -> Finish:
    """The finish, if the type may have it. Raises ValueError with a sentence."""
    rule = RULES[type_]
    if finish not in rule.finishes:
        raise ValueError(f"{type_} may be {', '.join(rule.finishes)}, not {finish}")
    return finish


def allowed_template(type_: MakeupType, template: str) -> str:
    """The template, if the type has it. Raises ValueError with a sentence."""
    rule = RULES[type_]
    if template not in rule.templates:
        raise ValueError(f"{type_} has the templates {', '.join(rule.templates)}, not {template[:64]!r}")
    return template
