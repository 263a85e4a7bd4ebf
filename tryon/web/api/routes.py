"""The table of routes: the router, the checks, the OpenAPI document and the tests are all made from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from tryon.ingest.orders import Order
from tryon.store.definition import Draft
from tryon.store.merchants import Scope
from tryon.web.api import account, drawings, models, people, products, schedule, storefront, work
from tryon.web.api.calls import Answer, Call

SKU: Final = "{sku:[a-z0-9][a-z0-9-]{0,63}}"
ID: Final = "{id:[0-9a-f]{32}}"
FILE: Final = "{name:[a-z0-9][a-z0-9_-]{0,63}[.][a-z0-9]{1,5}}"

Handler = Callable[[Call], Answer]
ACT: Final = "{act:(?:publish|unpublish)}"
PERSON: Final = "{person:(?:[a-z]{1,16}|[0-9a-f]{32})}"
# JSON in and out; bytes in (an upload), or bytes out (a file, the logo, a model picture, and one that is drawn);
# a model picture that is forgotten by the fitting room, too.
Kind = Literal["json", "upload", "file", "logo", "model", "forget", "worn"]
# If-Match has to be there, may be there, or has no meaning.
Match = Literal["needed", "taken", "none"]


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one address. ``body`` is a model, or an annotation that pydantic understands."""

    method: str
    path: str
    run: Handler
    scope: Scope
    returns: Any = None
    status: int = 200
    query: Any = None
    body: Any = None
    match: Match = "none"
    # A second request with the same Idempotency-Key gets the first one's answer.
    repeatable: bool = False
    kind: Kind = "json"

    @property
    def name(self) -> str:
        """As aiohttp and the document name it."""
        return f"v1_{self.run.__name__}"

    @property
    def summary(self) -> str:
        """The handler's own sentence."""
        return (self.run.__doc__ or "").strip().split("\n")[0]


def _elsewhere(_call: Call) -> Answer:
    raise NotImplementedError


def upload_file(call: Call) -> Answer:
    """Upload a file; 201 means that it is on the disk for good."""
    return _elsewhere(call)


def read_file(call: Call) -> Answer:
    """Read one of a product's files."""
    return _elsewhere(call)


def read_logo(call: Call) -> Answer:
    """Read the logo."""
    return _elsewhere(call)


def read_model(call: Call) -> Answer:
    """Read a model picture."""
    return _elsewhere(call)


def draw_unsaved(call: Call) -> Answer:
    """Draw a product on a person as another draft would have it; nothing is saved."""
    return _elsewhere(call)


def draw_worn(call: Call) -> Answer:
    """Draw a product on a person: the mirror's own work on a still picture."""
    return _elsewhere(call)


ROUTES: Final[tuple[Route, ...]] = (
    Route("GET", "/v1/merchant", account.get_merchant, "read", models.MerchantOut),
    Route(
        "PATCH",
        "/v1/merchant",
        account.rename_merchant,
        "write",
        models.MerchantOut,
        body=models.MerchantIn,
        match="needed",
    ),
    Route("GET", "/v1/storefront", storefront.get_storefront, "read", storefront.StorefrontOut),
    Route(
        "PUT",
        "/v1/storefront",
        storefront.replace_storefront,
        "publish",
        storefront.StorefrontOut,
        body=storefront.StorefrontIn,
        match="needed",
    ),
    Route("GET", storefront.LOGO_HREF, read_logo, "read", kind="logo"),
    Route(
        "PUT",
        storefront.LOGO_HREF,
        storefront.set_logo,
        "publish",
        storefront.StorefrontOut,
        body=storefront.LogoIn,
        match="needed",
    ),
    Route(
        "DELETE",
        storefront.LOGO_HREF,
        storefront.remove_logo,
        "publish",
        storefront.StorefrontOut,
        match="needed",
    ),
    Route(
        "POST",
        "/v1/embed/tokens",
        storefront.make_embed_token,
        "embed",
        storefront.EmbedTokenOut,
        201,
        body=storefront.EmbedTokenIn,
    ),
    Route(
        "POST",
        "/v1/embed/keys",
        storefront.renew_embed_key,
        "tokens",
        storefront.EmbedKeyOut,
        201,
        repeatable=True,
    ),
    Route(
        "GET", "/v1/products", products.list_products, "read", models.ProductsOut, query=models.ProductsQuery
    ),
    Route(
        "POST",
        "/v1/products",
        products.create_product,
        "write",
        models.ProductOut,
        201,
        body=Draft,
        repeatable=True,
    ),
    Route("GET", f"/v1/products/{SKU}", products.get_product, "read", models.ProductOut),
    Route(
        "PUT",
        f"/v1/products/{SKU}",
        products.replace_product,
        "write",
        models.ProductOut,
        body=Draft,
        match="needed",
    ),
    Route("DELETE", f"/v1/products/{SKU}", products.delete_product, "publish", status=204, match="needed"),
    Route(
        "POST",
        f"/v1/products/{SKU}/publish",
        products.publish_product,
        "publish",
        models.ProductOut,
        match="taken",
        repeatable=True,
    ),
    Route(
        "POST",
        f"/v1/products/{SKU}/unpublish",
        products.unpublish_product,
        "publish",
        models.ProductOut,
        match="taken",
        repeatable=True,
    ),
    Route(
        "POST",
        f"/v1/products/{SKU}/archive",
        products.archive_product,
        "publish",
        models.ProductOut,
        match="taken",
        repeatable=True,
    ),
    Route(
        "POST",
        f"/v1/products/{SKU}/restore",
        products.restore_product,
        "write",
        models.ProductOut,
        match="taken",
        repeatable=True,
    ),
    Route(
        "POST",
        f"/v1/products/{SKU}/drawing",
        drawings.draw_product,
        "write",
        drawings.DrawingOut,
        body=drawings.DrawingIn,
    ),
    Route("GET", f"/v1/products/{SKU}/editions", products.list_editions, "read", models.EditionsOut),
    Route(
        "POST",
        f"/v1/products/{SKU}/rollback",
        products.roll_back,
        "write",
        models.ProductOut,
        body=models.RollBackIn,
        match="taken",
        repeatable=True,
    ),
    Route(
        "GET",
        f"/v1/products/{SKU}/differences",
        schedule.compare,
        "read",
        schedule.DifferencesOut,
        query=schedule.DifferencesQuery,
    ),
    Route("GET", f"/v1/products/{SKU}/schedule", schedule.list_schedule, "read", schedule.ScheduleOut),
    Route(
        "PUT",
        f"/v1/products/{SKU}/schedule/{ACT}",
        schedule.plan,
        "publish",
        schedule.PlannedOut,
        body=schedule.PlanIn,
        match="taken",
    ),
    Route("DELETE", f"/v1/products/{SKU}/schedule/{ACT}", schedule.cancel_plan, "publish", status=204),
    Route("GET", f"/v1/products/{SKU}/files", products.list_files, "read", models.FilesOut),
    Route("GET", f"/v1/products/{SKU}/files/{FILE}", read_file, "read", query=models.FileQuery, kind="file"),
    Route("GET", f"/v1/products/{SKU}/worn", people.list_people, "read", people.PeopleOut),
    Route("GET", f"/v1/products/{SKU}/worn/{PERSON}", draw_worn, "read", query=people.WornQuery, kind="worn"),
    Route(
        "POST",
        f"/v1/products/{SKU}/worn/{PERSON}",
        draw_unsaved,
        "write",
        query=people.UnsavedQuery,
        body=Draft,
        kind="worn",
    ),
    Route("GET", "/v1/models", people.list_models, "read", people.ModelsOut),
    Route("POST", "/v1/models", people.add_model, "write", people.ModelOut, 201, body=people.ModelIn),
    Route("GET", f"/v1/models/{ID}", people.get_model, "read", people.ModelOut),
    Route("DELETE", f"/v1/models/{ID}", people.delete_model, "write", status=204, kind="forget"),
    Route("GET", f"/v1/models/{ID}/picture", read_model, "read", kind="model"),
    Route("GET", "/v1/uploads", work.list_uploads, "read", models.UploadsOut, query=models.Paging),
    Route(
        "POST",
        "/v1/uploads",
        upload_file,
        "write",
        models.UploadOut,
        201,
        query=models.UploadQuery,
        repeatable=True,
        kind="upload",
    ),
    Route("GET", f"/v1/uploads/{ID}", work.get_upload, "read", models.UploadOut),
    Route("DELETE", f"/v1/uploads/{ID}", work.delete_upload, "write", status=204),
    Route("GET", "/v1/jobs", work.list_jobs, "read", models.JobsOut, query=models.JobsQuery),
    Route("POST", "/v1/jobs", work.submit_job, "write", models.JobOut, 202, body=Order, repeatable=True),
    Route("GET", f"/v1/jobs/{ID}", work.get_job, "read", models.JobOut),
    Route("GET", f"/v1/jobs/{ID}/rows", work.list_rows, "read", models.RowsOut, query=models.RowsQuery),
    Route("POST", f"/v1/jobs/{ID}/cancel", work.cancel_job, "write", models.JobOut),
    Route("GET", "/v1/looks", work.list_looks, "read", models.LooksOut, query=models.Paging),
    Route(
        "POST",
        "/v1/looks",
        work.create_look,
        "write",
        models.LookOut,
        201,
        body=models.LookIn,
        repeatable=True,
    ),
    Route("GET", f"/v1/looks/{ID}", work.get_look, "read", models.LookOut),
    Route(
        "PUT",
        f"/v1/looks/{ID}",
        work.replace_look,
        "write",
        models.LookOut,
        body=models.LookIn,
        match="needed",
    ),
    Route("DELETE", f"/v1/looks/{ID}", work.delete_look, "write", status=204, match="needed"),
    Route("GET", "/v1/tokens", account.list_tokens, "tokens", models.TokensOut),
    Route("POST", "/v1/tokens", account.make_token, "tokens", models.TokenMade, 201, body=models.TokenIn),
    Route("DELETE", f"/v1/tokens/{ID}", account.revoke_token, "tokens", status=204),
    Route("GET", "/v1/events", account.list_events, "read", models.EventsOut, query=models.Paging),
)
