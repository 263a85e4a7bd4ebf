"""The list of products."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from tryon.errors import StoreInvalid
from tryon.store import jobs, products, timetable
from tryon.store.accounts import SCOPES_OF
from tryon.store.assets import current_of_many
from tryon.store.beginning import Beginning, beginning_of
from tryon.store.products import Wanted
from tryon.store.states import STATES, counts
from tryon.store.store import Tenant
from tryon.web.api.calls import cursor, parts_of, split
from tryon.web.studio.showing import KINDS, card, job_state, newest_works, work
from tryon.web.studio.visit import HOME, Go, Page, Reply, Visit

_PAGE: Final = 48
_JOBS: Final = 200
# Before the products themselves; the tabs have them all.
_WORKS: Final = 3
_TABS: Final = (
    ("", "All"),
    ("live", "Live"),
    ("changed", "Newer draft"),
    ("draft", "Drafts"),
    ("processing", "Processing"),
    ("failed", "Failed"),
    ("archived", "Put away"),
)
EMPTY: Final = {
    "live": ("Nothing is live", "Shoppers see what you publish. Open a draft, look at it, and publish it."),
    "changed": (
        "No live product has a newer draft",
        "What you change stays yours until you publish it again.",
    ),
    "draft": ("No drafts", "A draft is a product that only you see."),
    "processing": (
        "Nothing is being made",
        "What you upload is read, put right and pictured here, one thing after the other.",
    ),
    "failed": ("Nothing failed", "Where a file cannot be used, it is told here with what to do about it."),
    "archived": (
        "Nothing is put away",
        "What is put away is out of the mirror and out of this list, and can be taken out again.",
    ),
}


def list_page(visit: Visit) -> Reply:
    """Products and, before them, what is being made or could not be."""
    asked = visit.query
    q, kind, state = asked.get("q", "").strip()[:200], asked.get("kind", ""), asked.get("state", "")
    if kind not in KINDS:
        kind = ""
    if state not in {tab for tab, _ in _TABS}:
        state = ""
    try:
        after = parts_of(asked.get("from", ""), int, str)
    except StoreInvalid:
        return Go(HOME)

    def look(tenant: Tenant) -> dict[str, Any]:
        works = newest_works(jobs.list_jobs(tenant, _JOBS), tenant.now_ms)
        wanted = Wanted(
            words=q,
            kind=kind,
            archived=None if state == "archived" else False,
            state=state if state in STATES else None,
            order="newest",
        )
        rows = () if state in {"processing", "failed"} else products.page(tenant, wanted, _PAGE + 1, after)
        shown, following = split(rows, _PAGE, lambda item: cursor(item.updated_ms, item.sku))
        files = current_of_many(tenant, [item.id for item in shown])
        return {
            "planned": timetable.next_of_all(tenant),
            "counts": counts(tenant),
            "works": works,
            "items": [card(item, files[item.id]) for item in shown],
            "following": following,
            # Whoever looks for something is not shown round.
            "begun": None if q or kind or state or after is not None else beginning_of(tenant),
        }

    found = visit.read(look)
    works = found["works"]
    numbers: dict[str, int] = dict(found["counts"])
    numbers[""] = sum(count for name, count in numbers.items() if name != "archived")
    for name in ("processing", "failed"):
        numbers[name] = sum(job_state(job) == name for job in works)
    listed = [one for one in works if not state or job_state(one) == state]
    if after is not None or q or kind or state in STATES:
        # Who looks for something has not asked for these.
        listed = []
    most = _WORKS if not state else _JOBS
    scopes = SCOPES_OF[visit.who.role]
    begun: Beginning | None = found["begun"]
    values = {
        "title": "Products",
        "q": q,
        "kind": kind,
        "state": state,
        "kinds": KINDS,
        "tabs": [
            {"state": tab, "words": words, "count": numbers[tab], "href": _address(q=q, kind=kind, state=tab)}
            for tab, words in _TABS
            if numbers[tab] or tab in {"", "live", "draft", state}
        ],
        "works": [work(job) for job in listed[:most]],
        "works_more": (len(listed) - most, _address(state=job_state(listed[most])))
        if len(listed) > most
        else None,
        "items": found["items"],
        "planned": found["planned"],
        "first": after is None,
        "start": _address(q=q, kind=kind, state=state),
        "start_all": _address(),
        "next": _address(q=q, kind=kind, state=state, **{"from": found["following"]})
        if found["following"]
        else "",
        # There is nothing to look for, and nothing was looked for.
        "bare": not any(numbers.values()) and not q and not kind and not state,
        "empty": EMPTY,
        "begun": begun if begun is not None and not begun.shown and "write" in scopes else None,
        "may_write": "write" in scopes,
        "may_publish": "publish" in scopes,
    }
    return Page("products.html", values)


def _address(**asked: str) -> str:
    given = urlencode({name: value for name, value in asked.items() if value})
    return f"{HOME}?{given}" if given else HOME
