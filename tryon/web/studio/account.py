"""One's own account: password, second factor, and the browsers that are signed in."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Any, Final

import segno

from tryon.errors import StoreInvalid
from tryon.store import accounts
from tryon.store.accounts import get_user
from tryon.store.attempts import forgive
from tryon.store.passwords import PASSWORD_MIN, check_new, hash_password, matches
from tryon.store.second_factor import address_of, codes_left, new_codes, new_secret, step_of
from tryon.store.sessions import close_others, close_session, list_sessions
from tryon.store.store import Tenant
from tryon.web.studio.visit import Go, Page, Reply, Visit

HERE: Final = "/studio/account"
# Of this many bits or more, in base32.
_SECRET: Final = re.compile(r"[A-Z2-7]{32,64}")
_WRONG = "That is not your password. Capital letters count."


def account_page(visit: Visit) -> Reply:
    return _account(visit)


def password_asked(visit: Visit) -> str:
    """Whose password is being tried."""
    return visit.who.email


def change_password(visit: Visit) -> Reply:
    user = visit.who
    if not matches(user.password, visit.field("password")):
        return _account(visit, 422, wrong_password=_WRONG)
    forgive(visit.store, user.email, visit.address)
    try:
        check_new(visit.field("new"), user.email)
    except StoreInvalid as error:
        return _account(visit, 422, wrong_password=error.sentence)
    hashed = hash_password(visit.field("new"))

    def work(tenant: Tenant) -> None:
        accounts.set_password(tenant, user.id, hashed)
        close_others(tenant, user.id, visit.now.id)

    visit.write(work)
    return Go(f"{HERE}?done=password")


def end_session(visit: Visit) -> Reply:
    visit.write(lambda tenant: close_session(tenant, visit.who.id, visit.path["id"]))
    if visit.path["id"] == visit.now.id:
        return Go("/studio/sign-in?done=out", "")
    return Go(f"{HERE}?done=session")


def end_others(visit: Visit) -> Reply:
    visit.write(lambda tenant: close_others(tenant, visit.who.id, visit.now.id))
    return Go(f"{HERE}?done=sessions")


def begin_factor(visit: Visit) -> Reply:
    """A secret to show; it counts for nothing before a code of it was typed, and only with the proof beside it."""
    if not matches(visit.who.password, visit.field("password")):
        return _account(visit, 422, wrong_factor=_WRONG)
    forgive(visit.store, visit.who.email, visit.address)
    return _factor(visit, new_secret())


def confirm_factor(visit: Visit) -> Reply:
    secret = visit.field("secret")
    proof = _proof(visit, secret).encode()
    if not _SECRET.fullmatch(secret) or not hmac.compare_digest(proof, visit.field("proof").encode()):
        # The form was changed on its way, or is from before a new password.
        return Go(HERE)
    step = step_of(secret, visit.field("code"), visit.store.now_ms())
    if step is None:
        return _factor(
            visit, secret, "That code is not one of now. Look at the app again, and at the phone's clock."
        )

    def work(tenant: Tenant) -> list[str]:
        accounts.set_second_factor(tenant, visit.who.id, secret, step)
        close_others(tenant, visit.who.id, visit.now.id)
        return new_codes(tenant, visit.who.id)

    return _codes(visit.write(work), "Your second factor is on")


def end_factor(visit: Visit) -> Reply:
    if not matches(visit.who.password, visit.field("password")):
        return _account(visit, 422, wrong_factor=_WRONG)
    forgive(visit.store, visit.who.email, visit.address)
    visit.write(lambda tenant: accounts.set_second_factor(tenant, visit.who.id, None))
    return Go(f"{HERE}?done=factor-off")


def renew_codes(visit: Visit) -> Reply:
    if not matches(visit.who.password, visit.field("password")):
        return _account(visit, 422, wrong_factor=_WRONG)
    forgive(visit.store, visit.who.email, visit.address)
    if visit.who.totp is None:
        return Go(HERE)
    return _codes(visit.write(lambda tenant: new_codes(tenant, visit.who.id)), "Your new recovery codes")


def _proof(visit: Visit, secret: str) -> str:
    """That this secret was shown to this session after its password was asked for: made with what no browser has."""
    told = f"second factor {visit.now.id} {secret}"
    return hmac.new((visit.who.password or "").encode(), told.encode(), hashlib.sha256).hexdigest()


def _account(visit: Visit, status: int = 200, **wrong: str) -> Page:
    def work(tenant: Tenant) -> dict[str, Any]:
        return {
            "sessions": list_sessions(tenant, visit.who.id),
            "codes": codes_left(tenant, visit.who.id),
            "me": get_user(tenant, visit.who.id),
        }

    values = {
        "title": "Your account",
        "now": visit.now,
        "now_ms": visit.store.now_ms(),
        "least": PASSWORD_MIN,
    }
    blank = {"wrong_password": "", "wrong_factor": ""}
    return Page("account.html", {**values, **visit.read(work), **blank, **wrong}, status)


def _factor(visit: Visit, secret: str, wrong: str = "") -> Page:
    code = segno.make(address_of(secret, visit.who.email), error="m")
    picture = code.svg_data_uri(scale=6, border=2, dark="#1b1b19", light="#ffffff")
    spaced = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    values = {
        "title": "Second factor",
        "secret": secret,
        "proof": _proof(visit, secret),
        "spaced": spaced,
        "picture": picture,
        "wrong": wrong,
    }
    return Page("factor.html", values, 422 if wrong else 200)


def _codes(codes: list[str], title: str) -> Page:
    return Page("codes.html", {"title": title, "codes": codes})
