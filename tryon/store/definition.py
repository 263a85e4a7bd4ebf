"""What a merchant says of a product: the definition, as in a product.json, and how it is offered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from tryon.catalogue.items import ProductFile
from tryon.errors import StoreInvalid

TAGS_MAX: Final = 32
MODEL_FILE: Final = "model.glb"
PICTURE_FILE: Final = "picture.png"
Tag = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9 &+'-]{0,63}$")]
Link = Annotated[str, StringConstraints(max_length=2000, pattern=r"^(https?://[^\s<>\"]+)?$")]


def _named(raw: object) -> object:
    """In the store a frame's mesh and a garment's picture have always the same name, so that nobody has to say it."""
    if isinstance(raw, Mapping):
        for kind, field, name in (("eyewear", "model", MODEL_FILE), ("garment", "picture", PICTURE_FILE)):
            if raw.get("kind") == kind and raw.get(field) is None:
                return {**raw, field: name}
    return raw


def _storable(file: ProductFile) -> ProductFile:
    """PostgreSQL has no text with a NUL in it."""
    if "\\u0000" in file.model_dump_json():
        raise ValueError("a text contains the character U+0000; leave it out")
    return file


Definition = Annotated[ProductFile, BeforeValidator(_named), AfterValidator(_storable)]


class Price(BaseModel):
    """``minor`` is in the currency's smallest unit: 12900 EUR is € 129.00."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    minor: Annotated[int, Field(ge=0, le=10**12)]
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class Draft(BaseModel):
    """A product as its merchant wants it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    definition: Definition
    tags: Annotated[tuple[Tag, ...], Field(max_length=TAGS_MAX)] = ()
    price: Price | None = None
    link: Link = ""


def draft_of(raw: Mapping[str, Any]) -> Draft:
    """Raises StoreInvalid naming the field and what is wrong with it."""
    try:
        return Draft.model_validate(raw)
    except ValidationError as error:
        raise invalid(error) from error


def check_same(draft: Draft, sku: str, kind: str) -> None:
    """Raises StoreInvalid where the draft is another product's."""
    if (draft.definition.sku, draft.definition.kind) != (sku, kind):
        raise StoreInvalid(
            "A product keeps its sku and its kind; make a new one instead.", field="definition.sku"
        )


def invalid(error: ValidationError) -> StoreInvalid:
    """The first thing that is wrong, as a sentence and as data; nothing of what was sent is told."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    field = ".".join(str(part) for part in first["loc"] if part != "[key]")
    message = first["msg"].removeprefix("Value error, ")
    where = f"{field}: " if field else "It is not as it should be: "
    return StoreInvalid(f"{where}{message[:1].lower()}{message[1:]}.", field=field)


def plain(file: ProductFile) -> dict[str, Any]:
    """As JSON: what ``product.json`` would say."""
    return file.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def listing(draft: Draft) -> dict[str, Any]:
    """As JSON: how it is offered, which is all but its definition."""
    price = None if draft.price is None else draft.price.model_dump()
    return {"tags": list(draft.tags), "price": price, "link": draft.link}


def search_text(draft: Draft) -> str:
    """The casefolded words that a product is found by."""
    definition = draft.definition
    words = [definition.name, definition.sku, definition.description, *draft.tags]
    words += [shade.name for shade in definition.shades]
    words += [lens.name for lens in definition.lenses]
    return " ".join(words).casefold()


def swatches(file: ProductFile) -> list[tuple[str, str, str]]:
    """Id, name and colour of each variant, in order."""
    shades = [(shade.id, shade.name, shade.swatch) for shade in file.shades]
    return shades or [(lens.id, lens.name, lens.swatch) for lens in file.lenses]
