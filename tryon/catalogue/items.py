"""Products as values, and a catalogue folder that holds them.

A catalogue is a folder of product folders, each named after its product's sku::

    <sku>/product.json     what this module reads
    <sku>/model.glb        eyewear: the mesh that ``model`` names
    <sku>/*.png            face paint: the textures that its shades name; garments: the picture that ``picture`` names
    <sku>/thumbnail.png    optional

Reading one never opens a mesh or a picture; it only checks that the files are there and not too large.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from tryon.catalogue.adjustment import AS_FOUND, Adjustment, dimensions_after
from tryon.catalogue.garment import (
    LOWER,
    PICTURE_FILE_MAX_BYTES,
    CutName,
    GarmentSource,
    Points,
    check_points,
)
from tryon.catalogue.lens_options import LensOption
from tryon.catalogue.makeup import (
    RULES,
    TONES_MAX,
    Finish,
    HexColor,
    Makeup,
    MakeupType,
    TextureName,
    Tone,
    allowed_finish,
    allowed_template,
)
from tryon.catalogue.textures import check_texture
from tryon.errors import AssetTooLarge, BadAsset

Kind = Literal["eyewear", "makeup", "garment"]
# Where skirts and trousers are worn: a garment for the upper body goes with them.
BOTTOMS: Final = "bottoms"
Sku = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
FileName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}\.[a-z0-9]{1,5}$")]
DimensionName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{0,40}_mm$")]
Line = Annotated[str, StringConstraints(min_length=1, max_length=120, strip_whitespace=True)]
Share = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
Millimetres = Annotated[float, Field(gt=0.0, le=1000.0, allow_inf_nan=False)]

# A product file is a few hundred bytes; 64 shades with long names stay under this.
PRODUCT_FILE_MAX_BYTES = 64 * 1024
MODEL_FILE_MAX_BYTES = 15 * 1024 * 1024
THUMBNAIL_FILE_MAX_BYTES = 512 * 1024
SHADES_MAX = 64
LENSES_MAX = 16
# A folder that is read at start and listed whole in a tray; larger catalogues belong in a database.
PRODUCTS_MAX = 2000
PRODUCT_FILE = "product.json"
THUMBNAIL_FILE = "thumbnail.png"


class Shade(BaseModel):
    """One colour of a product. ``swatch`` is sRGB, "#rrggbb"; product.json calls it ``color``. Palettes have ``tones``,
    in the order of their template's places; face paint has a ``texture``, a PNG beside product.json."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Sku
    name: Line
    swatch: HexColor = Field(alias="color")
    tones: Annotated[tuple[Tone, ...], Field(max_length=TONES_MAX)] = ()
    texture: TextureName | None = None


class ProductFile(BaseModel):
    """The content of a product.json; ``model``, ``lenses``, ``prescription`` and ``adjustment`` belong to eyewear,
    type/finish/finishes/template/coverage to makeup, ``cut``, ``picture`` and ``points`` to garments."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sku: Sku
    kind: Kind
    name: Line
    description: Annotated[str, StringConstraints(max_length=1000)] = ""
    # Before what is judged by it.
    type: MakeupType | None = None
    finish: Finish | None = None
    finishes: Annotated[tuple[Finish, ...], Field(max_length=6)] = ()
    template: Annotated[str, StringConstraints(max_length=64)] | None = None
    coverage: Share | None = None
    shades: Annotated[tuple[Shade, ...], Field(max_length=SHADES_MAX)] = ()
    model: FileName | None = None
    dimensions_mm: Annotated[dict[DimensionName, Millimetres], Field(max_length=16)] = {}
    lenses: Annotated[tuple[LensOption, ...], Field(max_length=LENSES_MAX)] = ()
    prescription: bool = False
    adjustment: Adjustment | None = None
    cut: CutName | None = None
    picture: FileName | None = None
    points: Points = {}

    @field_validator("finish")
    @classmethod
    def _finish_of_type(cls, finish: Finish | None, info: ValidationInfo) -> Finish | None:
        type_: MakeupType | None = info.data.get("type")
        return finish if finish is None or type_ is None else allowed_finish(type_, finish)

    @field_validator("finishes")
    @classmethod
    def _finishes_of_type(cls, finishes: tuple[Finish, ...], info: ValidationInfo) -> tuple[Finish, ...]:
        type_: MakeupType | None = info.data.get("type")
        return finishes if type_ is None else tuple(allowed_finish(type_, finish) for finish in finishes)

    @field_validator("template")
    @classmethod
    def _template_of_type(cls, template: str | None, info: ValidationInfo) -> str | None:
        type_: MakeupType | None = info.data.get("type")
        return template if template is None or type_ is None else allowed_template(type_, template)

    @field_validator("shades")
    @classmethod
    def _shades_of_type(cls, shades: tuple[Shade, ...], info: ValidationInfo) -> tuple[Shade, ...]:
        type_: MakeupType | None = info.data.get("type")
        for shade in shades:
            _check_shade(type_, shade)
        return shades

    @model_validator(mode="after")
    def _kind_has_its_fields(self) -> ProductFile:
        _check_kind(self)
        if self.lenses and self.shades:
            raise ValueError("eyewear has its lenses for shades; leave out 'shades'")
        for what, ids in (
            ("shades", [shade.id for shade in self.shades]),
            ("lenses", [lens.id for lens in self.lenses]),
        ):
            if len(set(ids)) != len(ids):
                raise ValueError(f"two {what} share an id")
        return self


def _check_kind(file: ProductFile) -> None:
    """What a kind needs is there, and nothing of another kind is."""
    if file.kind == "eyewear":
        if file.model is None or not file.model.endswith(".glb"):
            raise ValueError("eyewear needs 'model', the name of its .glb file")
    elif file.kind == "garment":
        if file.cut is None or file.picture is None or not file.picture.endswith(".png"):
            raise ValueError("a garment needs 'cut' and 'picture', the name of its .png file with alpha")
        if file.points:
            check_points(file.points, file.cut)
    else:
        missing = [name for name in ("type", "finish", "coverage") if getattr(file, name) is None]
        if missing:
            raise ValueError(f"makeup needs {', '.join(repr(name) for name in missing)}")
        if not file.shades:
            raise ValueError("makeup needs at least one shade in 'shades'")
    own = {
        "eyewear": ("model", "lenses", "prescription", "adjustment"),
        "makeup": ("type", "finish", "coverage", "finishes", "template"),
        "garment": ("cut", "picture", "points"),
    }
    foreign = [name for kind, names in own.items() if kind != file.kind for name in names]
    if file.kind == "garment":
        foreign.append("shades")
    # A coverage of 0 is a value, too.
    wrong = [
        name
        for name in foreign
        if getattr(file, name) not in (None, (), {}) and getattr(file, name) is not False
    ]
    if wrong:
        raise ValueError(f"{file.kind} has no {', '.join(repr(name) for name in wrong)}")


def _check_shade(type_: MakeupType | None, shade: Shade) -> None:
    what = type_ or "this kind"
    most = RULES[type_].tones if type_ is not None and RULES[type_].tones > 1 else 0
    if len(shade.tones) > most:
        raise ValueError(
            f"a shade of {what} has {f'up to {most}' if most else 'no'} 'tones'; see {shade.id!r}"
        )
    textured = type_ is not None and RULES[type_].textured
    if textured != (shade.texture is not None):
        raise ValueError(
            f"a shade of {what} {'needs a' if textured else 'has no'} 'texture'; see {shade.id!r}"
        )
    for tone in shade.tones:
        if type_ is not None and tone.finish is not None:
            allowed_finish(type_, tone.finish)


@dataclass(frozen=True)
class Product:
    """One thing to try on. Paths are absolute where the catalogue's folder was; files exist."""

    sku: str
    kind: Kind
    name: str
    path: Path
    description: str = ""
    shades: tuple[Shade, ...] = ()
    thumbnail: Path | None = None
    model: Path | None = None
    makeup: Makeup | None = None
    garment: GarmentSource | None = None
    # What its maker declared of the mesh as it is, and what was changed about it by hand.
    dimensions_mm: Mapping[str, float] = field(default_factory=dict)
    adjustment: Adjustment = AS_FOUND
    # Of eyewear: what a shopper may have for lenses (each is one of ``shades`` too), and whether ground to their eyes.
    lenses: tuple[LensOption, ...] = ()
    prescription: bool = False

    @property
    def sizes_mm(self) -> Mapping[str, float]:
        """``dimensions_mm`` as they are after the adjustment."""
        return dimensions_after(self.dimensions_mm, self.adjustment)

    @property
    def is_matched(self) -> bool:
        """Whether the wearer's own skin, or brows, decide which shade is worn by somebody who has not chosen one."""
        return self.makeup is not None and self.makeup.rule.suits is not None and len(self.shades) > 1

    @property
    def slot(self) -> str:
        """Where it is worn: one product at a time has that place."""
        if self.garment is not None and self.garment.cut in LOWER:
            return BOTTOMS
        return self.kind if self.makeup is None else self.makeup.type

    def lens(self, lens_id: str | None) -> LensOption | None:
        """The lens of that id, or None."""
        return next((lens for lens in self.lenses if lens.id == lens_id), None)

    def shade(self, shade_id: str) -> Shade | None:
        """The shade of that id, or None."""
        return next((shade for shade in self.shades if shade.id == shade_id), None)


def load_catalogue(folder: Path) -> tuple[Product, ...]:
    """Every product of the folder, by sku. Names that start with a dot, and plain files, are passed over.

    Raises BadAsset naming the file and the field for the first product that cannot be used.
    """
    if not folder.is_dir():
        raise BadAsset("The catalogue folder does not exist; set TRYON_CATALOGUE_DIR to one that does.")
    folders = sorted(entry for entry in folder.iterdir() if entry.is_dir() and entry.name[0] not in "._")
    if len(folders) > PRODUCTS_MAX:
        raise AssetTooLarge(f"The catalogue folder has {len(folders)} products; it may have {PRODUCTS_MAX}.")
    return tuple(load_product(entry) for entry in folders)


def load_product(folder: Path) -> Product:
    """The product of one folder. Raises BadAsset naming the file and the field."""
    label = f"{folder.name}/{PRODUCT_FILE}"
    file = _read_product_file(folder / PRODUCT_FILE, label)
    if file.sku != folder.name:
        raise BadAsset(
            f"{label}: sku is {file.sku!r}, but the folder is named {folder.name!r}; make them the same.",
            file=label,
            field="sku",
        )
    model = None
    if file.model is not None:
        model = folder / file.model
        _check_size(model, f"{folder.name}/{file.model}", MODEL_FILE_MAX_BYTES)
    thumbnail = folder / THUMBNAIL_FILE
    if thumbnail.exists():
        _check_size(thumbnail, f"{folder.name}/{THUMBNAIL_FILE}", THUMBNAIL_FILE_MAX_BYTES)
    makeup = None
    if file.type is not None and file.finish is not None and file.coverage is not None:
        makeup = Makeup(
            type=file.type,
            finish=file.finish,
            coverage=file.coverage,
            template=file.template or RULES[file.type].templates[0],
            finishes=tuple(dict.fromkeys((file.finish, *file.finishes))),
        )
    garment = None
    if file.cut is not None and file.picture is not None:
        picture = folder / file.picture
        _check_size(picture, f"{folder.name}/{file.picture}", PICTURE_FILE_MAX_BYTES)
        garment = GarmentSource(file.cut, picture, {str(name): point for name, point in file.points.items()})
    for name in dict.fromkeys(shade.texture for shade in file.shades if shade.texture is not None):
        check_texture(folder / name, f"{folder.name}/{name}")
    return Product(
        sku=file.sku,
        kind=file.kind,
        name=file.name,
        path=folder,
        description=file.description,
        shades=file.shades
        or tuple(Shade(id=lens.id, name=lens.name, color=lens.swatch) for lens in file.lenses),
        thumbnail=thumbnail if thumbnail.exists() else None,
        model=model,
        makeup=makeup,
        garment=garment,
        dimensions_mm=dict(file.dimensions_mm),
        adjustment=file.adjustment or AS_FOUND,
        lenses=file.lenses,
        prescription=file.prescription,
    )


def _read_product_file(path: Path, label: str) -> ProductFile:
    _check_size(path, label, PRODUCT_FILE_MAX_BYTES)
    try:
        return ProductFile.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = ".".join(str(part) for part in first["loc"] if part != "[key]") or "the whole"
        message = first["msg"].removeprefix("Value error, ")
        raise BadAsset(f"{label}: {name}: {message}.", file=label, field=name) from error


def _check_size(path: Path, label: str, limit: int) -> None:
    if not path.is_file():
        raise BadAsset(f"{label} does not exist; add it or remove the product's folder.", file=label)
    size = path.stat().st_size
    if size > limit:
        raise AssetTooLarge(f"{label} has {size} bytes; it may have {limit}.", file=label)
