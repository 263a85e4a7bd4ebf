"""Who may sign in: people, their roles, and links that invite them."""

from __future__ import annotations

from tryon.errors import StoreInvalid
from tryon.store import accounts, links
from tryon.store.accounts import ROLES, get_user, list_users, role_of
from tryon.store.links import list_links
from tryon.store.sessions import close_others
from tryon.store.store import Tenant
from tryon.web.studio.visit import Go, Page, Reply, Visit

HERE = "/studio/people"


def people_page(visit: Visit) -> Reply:
    return _people(visit)


def invite(visit: Visit) -> Reply:
    try:
        role = role_of(visit.field("role"))
        link, secret = visit.write(lambda tenant: links.invite(tenant, role, visit.field("email")))
    except StoreInvalid as error:
        return _people(visit, wrong=error.sentence, email=visit.field("email"), status=422)
    return _link(visit, link.email, secret, "invited")


def reset(visit: Visit) -> Reply:
    def work(tenant: Tenant) -> tuple[str, str]:
        email = get_user(tenant, visit.path["id"]).email
        return email, links.reset(tenant, email)[1]

    email, secret = visit.write(work)
    return _link(visit, email, secret, "reset")


def withdraw(visit: Visit) -> Reply:
    visit.write(lambda tenant: links.withdraw(tenant, visit.path["id"]))
    return Go(f"{HERE}?done=withdrawn")


def change_role(visit: Visit) -> Reply:
    try:
        role = role_of(visit.field("role"))
        visit.write(lambda tenant: accounts.set_role(tenant, visit.path["id"], role))
    except StoreInvalid as error:
        return _people(visit, wrong_role=error.sentence, status=422)
    # Who made themselves an editor may not look at this page any more.
    return Go(f"{HERE}?done=role" if visit.path["id"] != visit.who.id else "/studio/account?done=role")


def remove(visit: Visit) -> Reply:
    def work(tenant: Tenant) -> None:
        close_others(tenant, visit.path["id"])
        accounts.remove_user(tenant, visit.path["id"])

    try:
        visit.write(work)
    except StoreInvalid as error:
        return _people(visit, wrong_role=error.sentence, status=422)
    if visit.path["id"] == visit.who.id:
        return Go("/studio/sign-in?done=out", "")
    return Go(f"{HERE}?done=removed")


def _link(visit: Visit, email: str, secret: str, why: str) -> Page:
    """The one time that the link is told."""
    values = {
        "title": "A link for once",
        "email": email,
        "address": f"{visit.base}/studio/join/{secret}",
        "why": why,
    }
    return Page("link.html", values)


def _people(
    visit: Visit, *, status: int = 200, wrong: str = "", wrong_role: str = "", email: str = ""
) -> Page:
    people, waiting = visit.read(lambda tenant: (list_users(tenant), list_links(tenant)))
    values = {
        "title": "People",
        "people": people,
        "waiting": waiting,
        "roles": ROLES,
        "now_ms": visit.store.now_ms(),
        "wrong": wrong,
        "wrong_role": wrong_role,
        "email": email,
    }
    return Page("people.html", values, status)
