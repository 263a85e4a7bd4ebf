"""Over the API: what is planned for a product, and in what two of its versions differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

from pydantic import Field

from tryon.store import products, timetable
from tryon.store.differences import differences
from tryon.store.editions import get_edition
from tryon.store.folder import check_whole
from tryon.store.store import Tenant
from tryon.store.timetable import Act, Outcome, Planned
from tryon.web.api.calls import Answer, Call
from tryon.web.api.models import Asked, Told


class PlanIn(Asked):
    """When, in milliseconds since 1970 UTC."""

    at_ms: Annotated[int, Field(ge=0, lt=2**53)]


class PlannedOut(Told):
    """``sentence`` says why what was planned was dropped; ``version`` is the product's when it was planned."""

    act: Act
    at_ms: int
    version: int
    outcome: Outcome
    sentence: str
    actor: str
    created_ms: int
    ended_ms: int | None


class ScheduleOut(Told):
    """What is planned for a product, and what became of it, by time."""

    items: tuple[PlannedOut, ...]


class DifferencesQuery(Asked):
    """Numbers of editions; without one, the draft."""

    before: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    after: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None


class DifferenceOut(Told):
    """``field`` is a path such as ``dimensions_mm.bridge_mm``; null is what is not there."""

    field: str
    before: Any
    after: Any


class DifferencesOut(Told):
    """In the order of the fields; none where the two are the same."""

    items: tuple[DifferenceOut, ...]


def list_schedule(call: Call) -> Answer:
    """List what is planned for a product, and what became of what was."""
    found = call.read(lambda tenant: timetable.list_planned(tenant, call.path["sku"]))
    return Answer(ScheduleOut(items=tuple(told(one) for one in found)))


def plan(call: Call) -> Answer:
    """Publish the draft as it is now, or take the product from the mirror, at a later time."""
    sku, act = call.path["sku"], call.path["act"]
    files: dict[str, str] = {}
    version = call.version
    if act == "publish":
        document = call.read(lambda tenant: draft_document(tenant, sku))
        version = document["version"] if version is None else version
        if version == document["version"]:
            check_whole(call.store.blobs, call.token.merchant_id, document)
        files = document["files"]

    def work(tenant: Tenant) -> Answer:
        return Answer(
            told(timetable.plan(tenant, sku, act, call.body.at_ms, version, files))  # type: ignore[arg-type]
        )

    return call.write(work)


def cancel_plan(call: Call) -> Answer:
    """Take back what is planned, or forget what became of it."""

    def work(tenant: Tenant) -> Answer:
        timetable.cancel(tenant, call.path["sku"], call.path["act"])  # type: ignore[arg-type]
        return Answer(status=204)

    return call.write(work)


def compare(call: Call) -> Answer:
    """Tell in what two versions of a product differ."""
    sku, query = call.path["sku"], call.query

    def work(tenant: Tenant) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        before, after = (document_of(tenant, sku, number) for number in (query.before, query.after))
        return before, after

    found = differences(*call.read(work))
    return Answer(DifferencesOut(items=tuple(DifferenceOut(**asdict(one)) for one in found)))


def document_of(tenant: Tenant, sku: str, edition: int | None) -> Mapping[str, Any]:
    """An edition's document, or the draft's. Raises StoreMissing."""
    if edition is None:
        return draft_document(tenant, sku)
    return get_edition(tenant, products.get(tenant, sku).id, edition).document


def draft_document(tenant: Tenant, sku: str) -> dict[str, Any]:
    """The draft with its files, as an edition has them, and its version."""
    item, files = products.get_with_files(tenant, sku)
    return {**item.as_draft(), "files": files, "version": item.version}


def told(planned: Planned) -> PlannedOut:
    """As the API tells it."""
    return PlannedOut(**{name: getattr(planned, name) for name in PlannedOut.model_fields})
