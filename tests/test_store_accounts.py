"""People on both engines: roles, the last owner, addresses."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from tryon.errors import StoreInvalid, StoreMissing, StoreTaken
from tryon.store import accounts, links
from tryon.store.accounts import add_user, anybody_signs_in, email_of, get_user, list_users, role_of
from tryon.store.events import list_events
from tryon.store.merchants import Merchant, add_merchant
from tryon.store.store import Store


def test_somebody_comes_is_given_another_role_and_goes(store: Store, acme: Merchant) -> None:
    assert not anybody_signs_in(store)
    with store.write(acme.id) as tenant:
        ann = add_user(tenant, " Ann@Shop.example ", "owner", "hash")
        bob = add_user(tenant, "bob@shop.example", "viewer", "hash")
    assert anybody_signs_in(store)
    assert accounts.user_by_email(store, "ANN@shop.example") == ann
    assert accounts.user_by_email(store, "nobody@shop.example\0") is None
    with store.write(acme.id, ann.actor) as tenant:
        accounts.set_role(tenant, bob.id, "editor")
        assert [(user.email, user.role) for user in list_users(tenant)] == [
            ("ann@shop.example", "owner"),
            ("bob@shop.example", "editor"),
        ]
        accounts.remove_user(tenant, bob.id)
        with pytest.raises(StoreMissing):
            get_user(tenant, bob.id)
        told = [(event.what, event.subject, event.actor) for event in list_events(tenant, 10)]
    assert ("user.made_editor", bob.id, ann.actor) in told
    assert ("user.removed", bob.id, ann.actor) in told
    # The log names nobody: it knows ids.
    assert "shop.example" not in str(told)


def test_there_is_always_an_owner(store: Store, acme: Merchant) -> None:
    with store.write(acme.id) as tenant:
        ann = add_user(tenant, "ann@shop.example", "owner", "hash")
        with pytest.raises(StoreInvalid, match="has to be an owner"):
            accounts.set_role(tenant, ann.id, "editor")
        with pytest.raises(StoreInvalid, match="has to be an owner"):
            accounts.remove_user(tenant, ann.id)
        bob = add_user(tenant, "bob@shop.example", "owner", "hash")
        accounts.set_role(tenant, ann.id, "viewer")
        assert get_user(tenant, ann.id).role == "viewer"
        assert get_user(tenant, bob.id).role == "owner"


def test_of_two_owners_who_go_at_once_one_stays(store: Store, acme: Merchant) -> None:
    with store.write(acme.id) as tenant:
        ann = add_user(tenant, "ann@shop.example", "owner", "hash")
        bob = add_user(tenant, "bob@shop.example", "owner", "hash")

    def bob_goes() -> str:
        try:
            with store.write(acme.id) as tenant:
                accounts.remove_user(tenant, bob.id)
        except StoreInvalid as error:
            return error.sentence
        return "gone"

    with ThreadPoolExecutor(1) as other:
        with store.write(acme.id) as tenant:
            accounts.set_role(tenant, ann.id, "viewer")
            asked = other.submit(bob_goes)
            # It waits for this transaction's end; without waiting, it would see two owners.
            assert wait([asked], 0.3).done == set()
        assert "has to be an owner" in asked.result(30)
    with store.read(acme.id) as tenant:
        assert [user.role for user in list_users(tenant)] == ["viewer", "owner"]


def test_links_for_a_new_password_end_with_it_and_with_their_user(store: Store, acme: Merchant) -> None:
    with store.write(acme.id) as tenant:
        add_user(tenant, "ann@shop.example", "owner", "hash")
        bob = add_user(tenant, "bob@shop.example", "viewer", "hash")
        kept, _ = links.reset(tenant, "ann@shop.example")
        links.reset(tenant, "bob@shop.example")
        accounts.set_password(tenant, bob.id, "other")
        assert links.list_links(tenant) == (kept,)
        links.reset(tenant, "bob@shop.example")
        accounts.remove_user(tenant, bob.id)
        assert links.list_links(tenant) == (kept,)


def test_an_address_is_one_persons_in_the_whole_store(store: Store, acme: Merchant) -> None:
    other = add_merchant(store, "other")
    with store.write(acme.id) as tenant:
        add_user(tenant, "ann@shop.example", "owner", "hash")
    with pytest.raises(StoreTaken, match="already"), store.write(other.id) as tenant:
        add_user(tenant, "Ann@shop.example", "owner", "hash")
    with store.read(other.id) as tenant:
        assert list_users(tenant) == ()


def test_another_merchants_people_are_not_there(store: Store, acme: Merchant) -> None:
    other = add_merchant(store, "other")
    with store.write(acme.id) as tenant:
        ann = add_user(tenant, "ann@shop.example", "owner", "hash")
    with store.write(other.id) as tenant:
        with pytest.raises(StoreMissing):
            accounts.remove_user(tenant, ann.id)
        with pytest.raises(StoreMissing):
            accounts.set_password(tenant, ann.id, "stolen")
    with store.read(acme.id) as tenant:
        assert get_user(tenant, ann.id).password == "hash"


@pytest.mark.parametrize("text", ["", "ann", "ann@", "@shop", "a b@c", "a@b@c", "a\0@b", "a@" + "b" * 300])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(StoreInvalid, match="no e-mail address"):
        email_of(text)


def test_roles_are_three() -> None:
    assert role_of("editor") == "editor"
    with pytest.raises(StoreInvalid, match="owner, editor or viewer"):
        role_of("admin")
    assert (
        set(accounts.SCOPES_OF["viewer"])
        < set(accounts.SCOPES_OF["editor"])
        < set(accounts.SCOPES_OF["owner"])
    )
