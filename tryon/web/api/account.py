"""The merchant itself over the API: its name, tokens and events."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from tryon.store import events, merchants
from tryon.store.merchants import Merchant, Token
from tryon.store.store import Tenant
from tryon.web.api.calls import Answer, Call, ScopeMissing, cursor, parts_of, split
from tryon.web.api.models import EventOut, EventsOut, MerchantOut, TokenMade, TokenOut, TokensOut


def get_merchant(call: Call) -> Answer:
    """Read whose token this is."""
    return call.read(lambda tenant: _merchant(merchants.merchant_of(tenant)))


def rename_merchant(call: Call) -> Answer:
    """Give the merchant another name."""

    def work(tenant: Tenant) -> Answer:
        return _merchant(
            merchants.rename(tenant, call.body.name, 0 if call.version is None else call.version)
        )

    return call.write(work)


def list_tokens(call: Call) -> Answer:
    """List the tokens that work."""
    found = call.read(merchants.list_tokens)
    return Answer(TokensOut(items=tuple(TokenOut(**_token(token)) for token in found)))


def make_token(call: Call) -> Answer:
    """Make a token. It is told this once; a repeated request makes another one."""

    more = sorted(set(call.body.scopes) - set(call.token.scopes))
    if more:
        raise ScopeMissing(f"This token cannot give what it has not: {', '.join(more)}.", scope=more[0])

    def work(tenant: Tenant) -> Answer:
        token, text = merchants.make_token(tenant, call.body.name, call.body.scopes)
        return Answer(TokenMade(**_token(token), token=text), 201)

    return call.write(work)


def revoke_token(call: Call) -> Answer:
    """Revoke a token: it is refused from now on."""

    def work(tenant: Tenant) -> Answer:
        merchants.revoke_token(tenant, call.path["id"])
        return Answer(status=204)

    return call.write(work)


def list_events(call: Call) -> Answer:
    """List what happened, the newest first."""
    before = parts_of(call.query.cursor, int, str)
    rows = call.read(lambda tenant: events.list_events(tenant, call.query.limit + 1, before))
    shown, following = split(rows, call.query.limit, lambda event: cursor(event.at_ms, event.id))
    return Answer(EventsOut(items=tuple(EventOut(**asdict(event)) for event in shown), next=following))


def _merchant(merchant: Merchant) -> Answer:
    values = {name: getattr(merchant, name) for name in MerchantOut.model_fields}
    return Answer(MerchantOut(**values), etag=str(merchant.version))


def _token(token: Token) -> dict[str, Any]:
    return {name: getattr(token, name) for name in TokenOut.model_fields}
