"""The studio's door: sign in, the second factor, one-time links, sign out."""

from __future__ import annotations

import hmac
from dataclasses import replace
from typing import Final
from urllib.parse import quote

from tryon.errors import StoreInvalid, StoreTaken, TryOnError
from tryon.store import accounts
from tryon.store.accounts import add_user, anybody_signs_in, email_of, user_by_email
from tryon.store.attempts import forgive
from tryon.store.database import SCHEMA_LOCK
from tryon.store.links import Link, LinkRefused, link_of, use_link
from tryon.store.merchants import find_merchant
from tryon.store.passwords import PASSWORD_MIN, check_new, hash_password, matches
from tryon.store.second_factor import proves
from tryon.store.sessions import close_others, close_session, open_session
from tryon.store.store import Tenant
from tryon.web.studio.pages import WHY
from tryon.web.studio.visit import HOME, Go, Page, Reply, Visit, safe_next

# Which of the two was wrong is nobody's business.
_WRONG: Final = "The address or the password is wrong. Capital letters count."


def home(_visit: Visit) -> Reply:
    return Go(HOME)


def sign_in_page(visit: Visit) -> Reply:
    """Who is signed in already goes on."""
    back = visit.query.get("next", "")
    if visit.session is not None:
        return Go(safe_next(back) if visit.session.proved else "/studio/second-factor")
    if not visit.has_store or not anybody_signs_in(visit.store):
        return Page("first.html", {"title": "Welcome"})
    return _sign_in(back, WHY.get(visit.query.get("why", ""), ""))


def sign_in(visit: Visit) -> Reply:
    email, back = visit.field("email"), visit.field("next")
    user = user_by_email(visit.store, email) if visit.has_store else None
    if not matches(None if user is None else user.password, visit.field("password")) or user is None:
        return _sign_in(back, "", _WRONG, email, 401)
    forgive(visit.store, account_asked(visit), visit.address)
    with visit.store.write(user.merchant_id, user.actor) as tenant:
        _, secret = open_session(tenant, user, visit.agent, proved=user.totp is None)
    if user.totp is not None:
        return Go(f"/studio/second-factor?next={quote(safe_next(back), safe='/')}", secret)
    return Go(safe_next(back), secret)


def account_asked(visit: Visit) -> str:
    """Whose password is being tried."""
    return visit.field("email").strip().lower()[:254]


def factor_page(visit: Visit) -> Reply:
    if visit.now.proved:
        return Go(HOME)
    return Page("factor_asked.html", _factor(visit.query.get("next", "")))


def factor_asked(visit: Visit) -> str:
    """Whose codes are being tried."""
    return f"code of {visit.who.id}"


def factor(visit: Visit) -> Reply:
    back = visit.field("next")
    if visit.now.proved:
        return Go(safe_next(back))
    right = visit.write(lambda tenant: proves(tenant, visit.who, visit.field("code")))
    if not right:
        said = "That code is wrong, or was used already. Wait for the next one in your app."
        return Page("factor_asked.html", _factor(back, said), 401)
    forgive(visit.store, factor_asked(visit), visit.address)

    def work(tenant: Tenant) -> str:
        # A new secret: whoever saw the half session's has nothing.
        close_session(tenant, visit.who.id, visit.now.id)
        return open_session(tenant, visit.who, visit.agent, proved=True)[1]

    return Go(safe_next(back), visit.write(work))


def sign_out(visit: Visit) -> Reply:
    if visit.session is not None:
        visit.write(lambda tenant: close_session(tenant, visit.who.id, visit.now.id))
    return Go("/studio/sign-in?done=out", "")


def join_page(visit: Visit) -> Reply:
    """What the link is for. Nothing is used up by looking."""
    link = _link(visit)
    if isinstance(link, Page):
        return link
    return Page("join.html", _join(link, link.email))


def join(visit: Visit) -> Reply:
    link = _link(visit)
    if isinstance(link, Page):
        return link
    email = link.email or visit.field("email")
    try:
        email = email_of(email)
        check_new(visit.field("password"), email)
        hashed = hash_password(visit.field("password"))
        secret = _let_in(visit, link, email, hashed)
    except (StoreInvalid, StoreTaken) as error:
        return Page("join.html", _join(link, email, error.sentence), 422)
    except LinkRefused as error:
        return _refused(error)
    forgive(visit.store, join_asked(visit), visit.address)
    return Go(f"{HOME}?done=welcome" if link.purpose == "join" else HOME, secret)


def join_asked(visit: Visit) -> str:
    """Links cannot be guessed, but hashing passwords takes time."""
    return f"link {visit.path['secret'][:8]}"


def _let_in(visit: Visit, link: Link, email: str, hashed: str) -> str:
    """One transaction: the link is used up, and whoever came is signed in. Raises StoreTaken, LinkRefused."""
    store = visit.store
    with store.write(link.merchant_id, "link") as tenant:
        if link.id:
            use_link(tenant, link)
        else:
            store.database.lock(tenant.connection, SCHEMA_LOCK)
            if accounts.anybody_has_password(tenant.connection):
                raise LinkRefused(
                    "Somebody was quicker: there is an owner already. Sign in, or ask them for a link."
                )
        if link.purpose == "reset":
            user = next((one for one in accounts.list_users(tenant) if one.email == link.email), None)
            if user is None:
                raise LinkRefused("Whom this link was for signs in here no more. Ask for an invitation.")
            accounts.set_password(tenant, user.id, hashed)
            accounts.set_second_factor(tenant, user.id, None)
            close_others(tenant, user.id)
        else:
            user = add_user(tenant, email, link.role, hashed)
        return open_session(replace(tenant, actor=user.actor), user, visit.agent, proved=True)[1]


def _link(visit: Visit) -> Link | Page:
    """The link of the address, or a page that says why it lets nobody in."""
    secret, key = visit.path["secret"], visit.settings.studio_key
    try:
        if key and hmac.compare_digest(secret.encode(), key.encode()):
            if visit.has_store and anybody_signs_in(visit.store):
                raise LinkRefused("There is an owner already. Sign in, or ask them for a link.")
            # Whoever has read the server's own words may make the store.
            merchant = find_merchant(visit.store, visit.settings.merchant)
            return Link(merchant.id, "", "join", "owner", "", 0, 0, None)
        if not visit.has_store:
            raise LinkRefused(
                "This link is none of ours, or of an earlier start: the server prints one that works when it starts."
            )
        return link_of(visit.store, secret)
    except TryOnError as error:
        return _refused(error)


def _refused(error: TryOnError) -> Page:
    values = {"title": "This link does not work", "sentence": error.sentence}
    return Page("word.html", values, 410 if isinstance(error, LinkRefused) else 503)


def _sign_in(back: str, why: str = "", wrong: str = "", email: str = "", status: int = 200) -> Page:
    values = {"title": "Sign in", "next": safe_next(back), "why": why, "wrong": wrong, "email": email[:254]}
    return Page("sign_in.html", values, status)


def _factor(back: str, wrong: str = "") -> dict[str, str]:
    return {"title": "Second step", "next": safe_next(back), "wrong": wrong}


def _join(link: Link, email: str, wrong: str = "") -> dict[str, object]:
    title = "Choose a new password" if link.purpose == "reset" else "Make your account"
    return {"title": title, "link": link, "email": email, "wrong": wrong, "least": PASSWORD_MIN}
