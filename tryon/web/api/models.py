"""What the API takes and answers: the source of both its checks and its OpenAPI document."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from tryon.catalogue.items import ProductFile, Share, Sku
from tryon.store.definition import Price
from tryon.store.jobs import JobState
from tryon.store.merchants import Scope
from tryon.store.products import Order
from tryon.store.states import State

LIMIT_MAX = 200
LOOK_ITEMS_MAX = 16
Name = Annotated[str, StringConstraints(min_length=1, max_length=120, strip_whitespace=True)]
Choice = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class Asked(BaseModel):
    """What is asked for; a field that there is not is a mistake that is told."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Told(BaseModel):
    """What is answered."""

    model_config = ConfigDict(frozen=True)


class Paging(Asked):
    """Which part of a list: ``cursor`` is the answer's ``next``."""

    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = 50
    cursor: Annotated[str, StringConstraints(max_length=400, pattern=r"^[A-Za-z0-9_-]*$")] = ""


class ProductsQuery(Paging):
    """``q``: words that all have to be found in name, sku, description, tags or shades. What is put away is listed
    with ``state`` "archived" only."""

    q: Annotated[str, StringConstraints(max_length=200)] = ""
    kind: Annotated[str, StringConstraints(max_length=32)] = ""
    tag: Annotated[str, StringConstraints(max_length=64)] = ""
    swatch: Annotated[str, StringConstraints(pattern=r"^(#[0-9a-f]{6})?$")] = ""
    live: bool | None = None
    state: State | None = None
    order: Order = "sku"


class FileQuery(Asked):
    """``version`` of the file; the newest without it."""

    version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None


class UploadQuery(Asked):
    """``name`` of the file, for people."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=200)] = "upload"


class RowsQuery(Asked):
    """Rows of the file after line ``after``."""

    limit: Annotated[int, Field(ge=1, le=1000)] = 200
    after: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0


class MerchantIn(Asked):
    """What a merchant can change of itself."""

    name: Name


class MerchantOut(Told):
    """``live_version`` rises with every change of what shoppers see."""

    slug: str
    name: str
    live_version: int
    version: int
    created_ms: int


class FileOut(Told):
    """One version of one file; ``href`` is where it can be read."""

    name: str
    version: int
    sha256: str
    bytes: int
    created_ms: int
    href: str


class ProductOut(Told):
    """A product's draft, and whether shoppers see it: "changed" means an older version of it."""

    sku: str
    kind: str
    name: str
    state: State
    version: int
    live_version: int | None
    created_ms: int
    updated_ms: int
    definition: Annotated[dict[str, Any], Field(description="As in a product.json.")]
    tags: tuple[str, ...]
    price: Price | None
    link: str
    files: tuple[FileOut, ...]


class ProductsOut(Told):
    """``next`` is the cursor of the next part, null at the end."""

    items: tuple[ProductOut, ...]
    next: str | None


class EditionOut(Told):
    """What shoppers were shown once; ``number`` is the product's version of that time."""

    number: int
    name: str
    created_ms: int
    actor: str
    current: bool
    files: tuple[FileOut, ...]


class EditionsOut(Told):
    """The newest first, at most 30."""

    items: tuple[EditionOut, ...]


class RollBackIn(Asked):
    """``edition`` is the number of what was shown."""

    edition: Annotated[int, Field(ge=1, le=2**31 - 1)]


class FilesOut(Told):
    """Every version of every file, the newest of each name first."""

    items: tuple[FileOut, ...]


class UploadOut(Told):
    """A file that came in whole and is on the disk for good, for seven days unless something is made of it."""

    id: str
    name: str
    sha256: str
    bytes: int
    created_ms: int


class UploadsOut(Told):
    """``next`` is the cursor of the next part, null at the end."""

    items: tuple[UploadOut, ...]
    next: str | None


class JobsQuery(Paging):
    """``sku``: of which product."""

    sku: Annotated[str, StringConstraints(pattern=r"^([a-z0-9][a-z0-9-]{0,63})?$")] = ""


class JobOut(Told):
    """``report`` names what was found, fixed and refused; ``done`` counts the products that a bulk job is done
    with."""

    id: str
    kind: str
    state: JobState
    order: dict[str, Any]
    step: str
    fraction: Annotated[float, Field(ge=0, le=1)]
    report: dict[str, Any]
    done: int
    attempts: int
    created_ms: int
    ended_ms: int | None


class JobsOut(Told):
    """``next`` is the cursor of the next part, null at the end."""

    items: tuple[JobOut, ...]
    next: str | None


class RowOut(Told):
    """What became of one row; ``line`` is that of the file, from 1."""

    line: int
    outcome: Literal["landed", "refused"]
    sku: str
    reason: str


class RowsOut(Told):
    """By line."""

    items: tuple[RowOut, ...]


class LookItemIn(Asked):
    """As in the mirror's protocol."""

    sku: Sku
    shade: Choice | None = None
    strength: Share | None = None
    power: Annotated[float, Field(ge=-12, le=12, allow_inf_nan=False)] | None = None
    finish: Choice | None = None
    template: Choice | None = None
    side: Literal["left", "right"] | None = None


class LookIn(Asked):
    """Products under a name."""

    name: Name
    items: Annotated[tuple[LookItemIn, ...], Field(min_length=1, max_length=LOOK_ITEMS_MAX)]


class LookOut(Told):
    """A saved look."""

    id: str
    name: str
    items: tuple[dict[str, Any], ...]
    version: int
    created_ms: int
    updated_ms: int


class LooksOut(Told):
    """``next`` is the cursor of the next part, null at the end."""

    items: tuple[LookOut, ...]
    next: str | None


class TokenIn(Asked):
    """``scopes``: read, write (drafts, files, jobs, looks), publish (what shoppers see), embed (tokens for the shop's
    pages), tokens."""

    name: Name
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1, max_length=5)]


class TokenOut(Told):
    """A token without its secret."""

    id: str
    prefix: str
    name: str
    scopes: tuple[Scope, ...]
    created_ms: int


class TokenMade(TokenOut):
    """``token`` is the whole of it, told this once and kept nowhere."""

    token: str


class TokensOut(Told):
    """Those that work, the oldest first."""

    items: tuple[TokenOut, ...]


class EventOut(Told):
    """What happened, to what, and through which token."""

    id: str
    at_ms: int
    what: str
    subject: str
    actor: str


class EventsOut(Told):
    """``next`` is the cursor of the next part, null at the end."""

    items: tuple[EventOut, ...]
    next: str | None


class Fault(Told):
    """``code`` for programs, ``sentence`` for people, ``correlation_id`` to find it in the server's log by."""

    model_config = ConfigDict(frozen=True, extra="allow")

    code: str
    sentence: str
    correlation_id: str
    field: str | None = None
    given_version: int | None = None
    current_version: int | None = None


class FaultOut(Told):
    """The one shape of an error."""

    error: Fault


# What a definition is, for the document: the store's own check of it.
DEFINITION = ProductFile
