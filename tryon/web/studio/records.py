"""What programs may do, and what was done: tokens, and the log."""

from __future__ import annotations

from typing import Final

from tryon.errors import StoreInvalid
from tryon.store.accounts import list_users
from tryon.store.events import Event, list_events
from tryon.store.merchants import SCOPES, Scope, list_tokens, make_token, revoke_token
from tryon.store.store import Tenant
from tryon.web.api.calls import cursor, parts_of, split
from tryon.web.studio.visit import Go, Page, Reply, Visit

TOKENS: Final = "/studio/tokens"
_PAGE: Final = 50
_NAME_MAX: Final = 120
SCOPE_WORDS: Final[dict[Scope, str]] = {
    "read": "Read products, files, jobs and the log",
    "write": "Change drafts, upload files, order jobs",
    "publish": "Publish, unpublish and delete",
    "embed": "Let the shop's pages open the mirror",
    "tokens": "Make and revoke tokens",
}
# What happened, in words; what is not here is told by its own name.
_WORDS: Final = {
    "product.created": "made the product",
    "product.changed": "changed the product",
    "product.published": "published",
    "product.unpublished": "took from the mirror",
    "product.deleted": "deleted",
    "product.archived": "put away",
    "product.restored": "took out again",
    "product.rolled_back": "went back to an earlier version of",
    "product.publish_planned": "planned to publish",
    "product.publish_cancelled": "no longer plans to publish",
    "product.publish_dropped": "planned to publish, in vain:",
    "product.unpublish_planned": "planned to take from the mirror",
    "product.unpublish_cancelled": "no longer plans to take from the mirror",
    "product.unpublish_dropped": "planned to take from the mirror, in vain:",
    "upload.kept": "uploaded a file",
    "job.submitted": "ordered a job",
    "job.done": "finished a job",
    "job.refused": "refused a file",
    "job.failed": "failed at a job",
    "job.cancelled": "stopped a job",
    "token.made": "made a token",
    "token.revoked": "revoked a token",
    "merchant.renamed": "renamed the shop",
    "model.added": "added a model picture",
    "model.deleted": "deleted a model picture",
    "storefront.changed": "changed the mirror's look or its origins",
    "storefront.logo": "changed the logo",
    "embed.rekeyed": "made a new key for the shop's pages",
    "session.opened": "signed in",
    "session.closed": "signed out",
    "user.added": "came in",
    "user.removed": "removed",
    "user.made_owner": "made an owner of",
    "user.made_editor": "made an editor of",
    "user.made_viewer": "made a viewer of",
    "user.password_changed": "changed the password of",
    "user.second_factor_on": "turned the second factor on for",
    "user.second_factor_off": "turned the second factor off for",
    "user.recovery_code_used": "used a recovery code of",
    "user.recovery_codes_made": "made recovery codes for",
    "link.join": "made an invitation",
    "link.reset": "made a link for a new password",
    "link.withdrawn": "withdrew a link",
}
# Whose subject is a person, or a product that has a page.
_ABOUT_PEOPLE: Final = ("user.", "session.")
_ACTORS: Final = {
    "cli": "The command line",
    "ingest": "The pipeline",
    "folder": "The catalogue's folder",
    "": "The server",
}


def tokens_page(visit: Visit) -> Reply:
    return _tokens(visit)


def new_token(visit: Visit) -> Reply:
    name = visit.field("name").strip()[:_NAME_MAX]
    scopes = [scope for scope in SCOPES if visit.field(f"scope-{scope}")]
    if not name:
        wrong = "Say what the token is for, so that you know which one to revoke."
        return _tokens(visit, wrong=wrong, name=name, chosen=scopes)
    try:
        _, text = visit.write(lambda tenant: make_token(tenant, name, scopes))
    except StoreInvalid as error:
        return _tokens(visit, wrong=error.sentence, name=name, chosen=scopes)
    return Page("token.html", {"title": "Your new token", "name": name, "token": text, "base": visit.base})


def revoke(visit: Visit) -> Reply:
    visit.write(lambda tenant: revoke_token(tenant, visit.path["id"]))
    return Go(f"{TOKENS}?done=revoked")


def log_page(visit: Visit) -> Reply:
    """The newest first."""
    try:
        before = parts_of(visit.query.get("from", ""), int, str)
    except StoreInvalid:
        return Go("/studio/log")

    def work(tenant: Tenant) -> tuple[tuple[Event, ...], dict[str, str]]:
        names = {user.actor: user.email for user in list_users(tenant)}
        names |= {token.prefix: f"The token “{token.name}”" for token in list_tokens(tenant)}
        return list_events(tenant, _PAGE + 1, before), names

    rows, names = visit.read(work)
    shown, following = split(rows, _PAGE, lambda event: cursor(event.at_ms, event.id))
    values = {
        "title": "Log",
        "lines": [_line(event, names) for event in shown],
        "next": following,
        "first": before is None,
        "now_ms": visit.store.now_ms(),
    }
    return Page("log.html", values)


def _line(event: Event, names: dict[str, str]) -> dict[str, object]:
    """One event for people: addresses stand with the people themselves, so who is removed is named no more."""
    actor = names.get(event.actor) or _ACTORS.get(event.actor)
    if actor is None:
        actor = (
            "Somebody who is removed"
            if event.actor.startswith("user:")
            else f"A revoked token ({event.actor})"
        )
    subject, product = event.subject, ""
    if event.what.startswith(_ABOUT_PEOPLE):
        person = names.get(f"user:{event.subject}", "somebody who is removed")
        own = event.actor == f"user:{event.subject}"
        subject = "" if event.what.startswith("session.") or event.what == "user.added" else person
        if own and subject:
            subject = "themselves"
        if event.what in {"user.added", "session.opened"} and not own:
            actor = person
    elif event.what.startswith("product."):
        product = event.subject if event.what != "product.deleted" else ""
        subject = event.subject
    elif event.what == "token.made":
        subject = names.get(event.subject, "that is revoked").removeprefix("The token ")
    elif event.what.startswith(("upload.", "job.", "link.", "token.", "model.")):
        subject = ""
    return {
        "at_ms": event.at_ms,
        "actor": actor,
        "what": _WORDS.get(event.what, event.what),
        "subject": subject,
        "product": product,
    }


def _tokens(visit: Visit, wrong: str = "", name: str = "", chosen: list[Scope] | None = None) -> Page:
    values = {
        "title": "API tokens",
        "tokens": visit.read(list_tokens),
        "scopes": SCOPE_WORDS,
        "chosen": ["read"] if chosen is None else chosen,
        "now_ms": visit.store.now_ms(),
        "wrong": wrong,
        "name": name,
    }
    return Page("tokens.html", values, 422 if wrong else 200)
