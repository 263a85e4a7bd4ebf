"""What can be ordered: one model a kind, validated before anything is queued.

A new kind is one model here, one function in a module of its own, and one row in ``tryon.ingest.kinds``.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)

from tryon.catalogue.items import SHADES_MAX, Sku
from tryon.errors import StoreInvalid
from tryon.ingest.photo_size import size_of
from tryon.store.definition import Draft, Link, Price, Tag, invalid

UploadId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
_Words = Annotated[str, StringConstraints(min_length=1, max_length=120)]


class _Order(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    publish: bool = False


class EyewearGlb(_Order):
    """A frame's mesh. ``product`` makes the product, or replaces its draft; without it the product is there already."""

    kind: Literal["eyewear-glb"]
    sku: Sku
    upload: UploadId
    product: Draft | None = None


def _printed(text: str) -> str:
    """Numbers that can be a frame's; the sentence says what is wrong with others."""
    try:
        size_of(text)
    except StoreInvalid as error:
        raise ValueError(error.sentence.removeprefix("size: ").removesuffix(".")) from error
    return text


class EyewearPhoto(_Order):
    """A frame from one photo of its front, on a plain background or cut out. ``size`` is what is printed inside a
    temple: lens width, bridge, temple length. ``product`` as for a mesh."""

    kind: Literal["eyewear-photo"]
    sku: Sku
    upload: UploadId
    size: Annotated[str, StringConstraints(min_length=5, max_length=40), AfterValidator(_printed)] = Field(
        description='As in "52-18-140": millimetres.', examples=["52-18-140"]
    )
    side: UploadId | None = Field(default=None, description="A photo of the frame's side, for the temples.")
    product: Draft | None = None


class GarmentPhoto(_Order):
    """A garment from one photo of it, laid flat or on an invisible mannequin, on a plain background or cut out.
    ``product`` as for a mesh; its ``cut`` tells what it is, its ``points``, in the photo's pixels, are found if it has
    none."""

    kind: Literal["garment-photo"]
    sku: Sku
    upload: UploadId
    product: Draft | None = None


class LooseShade(BaseModel):
    """A shade as people write it: ``color`` "#B31" or "b3121d" will do; id and name are made where they are missing."""

    model_config = ConfigDict(frozen=True, extra="allow")

    color: Annotated[str, StringConstraints(min_length=3, max_length=9)]
    name: _Words | None = None
    id: Sku | None = None


class MakeupShades(_Order):
    """A makeup product from colours: ``definition`` as in a product.json, with ``shades`` as people write them."""

    kind: Literal["makeup-shades"]
    sku: Sku
    definition: dict[str, Any] = Field(description="As in a product.json, without kind, sku and shades.")
    shades: Annotated[tuple[LooseShade, ...], Field(min_length=1, max_length=SHADES_MAX)]
    tags: Annotated[tuple[Tag, ...], Field(max_length=32)] = ()
    price: Price | None = None
    link: Link = ""


class MakeupCsv(_Order):
    """Many makeup products from a CSV file, a shade a row."""

    kind: Literal["makeup-csv"]
    upload: UploadId


class ProductsZip(_Order):
    """Many products of all kinds from a ZIP: a table ``products.csv``, and the files that its rows name."""

    kind: Literal["products-zip"]
    upload: UploadId


AnyOrder: TypeAlias = EyewearGlb | EyewearPhoto | GarmentPhoto | MakeupShades | MakeupCsv | ProductsZip
Order: TypeAlias = Annotated[AnyOrder, Field(discriminator="kind")]
ORDER: Final[TypeAdapter[AnyOrder]] = TypeAdapter(Order)


def order_of(raw: object) -> AnyOrder:
    """Raises StoreInvalid naming the field."""
    try:
        return ORDER.validate_python(raw)
    except ValidationError as error:
        raise invalid(error) from error
