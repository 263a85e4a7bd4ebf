"""The studio's addresses: who answers, and who may ask. The tests' matrix is made from this table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from tryon.store.accounts import Role
from tryon.web.studio import (
    account,
    comparing,
    editing,
    entrance,
    making,
    models,
    people,
    products,
    records,
    shop,
)
from tryon.web.studio.visit import HOME, Reply, Visit

Handler: TypeAlias = Callable[[Visit], Reply]
# "half": whoever has given the password and not yet the second factor, too.
Needs: TypeAlias = Role | Literal["anyone", "half"]

ID: Final = "{id:[0-9a-f]{32}}"
SKU: Final = "{sku:[a-z0-9][a-z0-9-]{0,63}}"
_SECRET: Final = "{secret:[A-Za-z0-9_-]{1,128}}"  # noqa: S105 - a pattern


@dataclass(frozen=True, slots=True)
class Way:
    """One method of one address. ``tries`` names whose password it tries, so that guessing is slow; ``codes`` says that
    it is a second factor's code.

    ``page`` is where somebody comes back to, whose session ended before they sent a form.
    """

    method: str
    path: str
    run: Handler
    needs: Needs
    tries: Callable[[Visit], str] | None = None
    page: str = HOME
    codes: bool = False

    def back(self, path: Mapping[str, str]) -> str:
        """The page that the form stood on."""
        return self.page.format(**path)


_MINE: Final = account.HERE
_PEOPLE: Final = people.HERE
_TOKENS: Final = records.TOKENS
_mine = account.password_asked

WAYS: Final[tuple[Way, ...]] = (
    Way("GET", "/studio", entrance.home, "anyone"),
    Way("GET", "/studio/sign-in", entrance.sign_in_page, "anyone"),
    Way("POST", "/studio/sign-in", entrance.sign_in, "anyone", entrance.account_asked),
    Way("POST", "/studio/sign-out", entrance.sign_out, "half"),
    Way("GET", "/studio/second-factor", entrance.factor_page, "half"),
    Way("POST", "/studio/second-factor", entrance.factor, "half", entrance.factor_asked, codes=True),
    Way("GET", f"/studio/join/{_SECRET}", entrance.join_page, "anyone"),
    Way("POST", f"/studio/join/{_SECRET}", entrance.join, "anyone", entrance.join_asked),
    Way("GET", "/studio/products", products.list_page, "viewer"),
    Way("GET", "/studio/new", making.new_page, "editor"),
    Way("GET", f"/studio/products/{SKU}", editing.product_page, "viewer"),
    Way("POST", f"/studio/products/{SKU}/preview", editing.preview, "editor", page="/studio/products/{sku}"),
    Way("GET", f"/studio/products/{SKU}/compare", comparing.compare_page, "viewer"),
    Way("GET", f"/studio/jobs/{ID}", making.job_page, "viewer"),
    Way("GET", "/studio/models", models.models_page, "viewer"),
    Way("GET", "/studio/account", account.account_page, "viewer"),
    Way("POST", "/studio/account/password", account.change_password, "viewer", _mine, _MINE),
    Way("POST", "/studio/account/sessions/end", account.end_others, "viewer", page=_MINE),
    Way("POST", f"/studio/account/sessions/{ID}/end", account.end_session, "viewer", page=_MINE),
    Way("POST", "/studio/account/factor", account.begin_factor, "viewer", _mine, _MINE),
    Way("POST", "/studio/account/factor/on", account.confirm_factor, "viewer", page=_MINE),
    Way("POST", "/studio/account/factor/off", account.end_factor, "viewer", _mine, _MINE),
    Way("POST", "/studio/account/codes", account.renew_codes, "viewer", _mine, _MINE),
    Way("GET", "/studio/people", people.people_page, "owner"),
    Way("POST", "/studio/people", people.invite, "owner", page=_PEOPLE),
    Way("POST", f"/studio/people/{ID}/role", people.change_role, "owner", page=_PEOPLE),
    Way("POST", f"/studio/people/{ID}/reset", people.reset, "owner", page=_PEOPLE),
    Way("POST", f"/studio/people/{ID}/remove", people.remove, "owner", page=_PEOPLE),
    Way("POST", f"/studio/links/{ID}/withdraw", people.withdraw, "owner", page=_PEOPLE),
    Way("GET", "/studio/tokens", records.tokens_page, "owner"),
    Way("POST", "/studio/tokens", records.new_token, "owner", page=_TOKENS),
    Way("POST", f"/studio/tokens/{ID}/revoke", records.revoke, "owner", page=_TOKENS),
    Way("GET", "/studio/shop", shop.shop_page, "editor"),
    Way("POST", "/studio/shop", shop.change, "editor", page=shop.HERE),
    Way("POST", "/studio/shop/rekey", shop.rekey, "owner", page=shop.HERE),
    Way("GET", "/studio/log", records.log_page, "owner"),
)
