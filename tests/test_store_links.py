"""One-time links on both engines."""

from __future__ import annotations

import pytest

from tryon.errors import StoreInvalid
from tryon.store import links
from tryon.store.accounts import add_user
from tryon.store.links import LinkRefused, invite, link_of, list_links, reset, use_link, withdraw
from tryon.store.merchants import Merchant, add_merchant
from tryon.store.store import Store


def test_a_link_works_once(store: Store, acme: Merchant) -> None:
    with store.write(acme.id) as tenant:
        made, secret = invite(tenant, "editor", "Bob@shop.example")
    found = link_of(store, secret)
    assert found == made
    assert (found.email, found.role, found.purpose) == ("bob@shop.example", "editor", "join")
    with store.write(acme.id) as tenant:
        assert list_links(tenant) == (made,)
        use_link(tenant, found)
        with pytest.raises(LinkRefused, match="used already"):
            use_link(tenant, found)
        assert list_links(tenant) == ()
    with pytest.raises(LinkRefused, match=r"used already.* sign in"):
        link_of(store, secret)


def test_a_link_expires(store: Store, acme: Merchant) -> None:
    with store.write(acme.id) as tenant:
        made, secret = invite(tenant, "owner")
    began_ms = made.created_ms
    store.now_ms = lambda: began_ms + links.LIFE_MS - 1
    assert link_of(store, secret) == made
    store.now_ms = lambda: began_ms + links.LIFE_MS
    with pytest.raises(LinkRefused, match="expired"):
        link_of(store, secret)
    with store.write(acme.id) as tenant, pytest.raises(LinkRefused):
        use_link(tenant, made)


@pytest.mark.parametrize("secret", ["", "x", "x" * 43, "x" * 44, "\0" * 43])
def test_what_is_no_link(store: Store, secret: str) -> None:
    with pytest.raises(LinkRefused, match="none of ours"):
        link_of(store, secret)


def test_who_is_here_is_not_invited_but_may_forget_their_password(store: Store, acme: Merchant) -> None:
    with store.write(acme.id) as tenant:
        add_user(tenant, "ann@shop.example", "owner", "hash")
        with pytest.raises(StoreInvalid, match="here already"):
            invite(tenant, "viewer", "ann@shop.example")
        with pytest.raises(StoreInvalid, match="no e-mail"):
            invite(tenant, "viewer", "ann")
        with pytest.raises(StoreInvalid, match="Nobody here"):
            reset(tenant, "bob@shop.example")
        link, _ = reset(tenant, "Ann@shop.example")
    assert (link.purpose, link.email) == ("reset", "ann@shop.example")


def test_a_link_is_withdrawn_and_another_merchants_is_not(store: Store, acme: Merchant) -> None:
    other = add_merchant(store, "other")
    with store.write(acme.id) as tenant:
        made, secret = invite(tenant, "editor")
    with store.write(other.id) as tenant:
        withdraw(tenant, made.id)
    assert link_of(store, secret) == made
    with store.write(acme.id) as tenant:
        withdraw(tenant, made.id)
    with pytest.raises(LinkRefused):
        link_of(store, secret)


def test_links_do_not_pile_up(store: Store, acme: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "LINKS_MAX", 2)
    with store.write(acme.id) as tenant:
        invite(tenant, "editor")
        invite(tenant, "editor")
        with pytest.raises(StoreInvalid, match="withdraw"):
            invite(tenant, "editor")
