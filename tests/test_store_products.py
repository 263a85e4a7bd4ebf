"""Products, looks, merchants and tokens on both engines: versions, tenants, pages, searches."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tests.published import lipstick
from tryon.catalogue.items import ProductFile, load_catalogue
from tryon.errors import StoreConflict, StoreInvalid, StoreMissing, StoreTaken
from tryon.resources import folder
from tryon.store import products
from tryon.store.definition import Draft, draft_of, plain, swatches
from tryon.store.events import list_events
from tryon.store.looks import get_look, list_looks, remove_look, replace_look, save
from tryon.store.merchants import (
    TOKENS_MAX,
    Merchant,
    add_merchant,
    all_merchants,
    find_merchant,
    list_tokens,
    make_token,
    merchant_of,
    rename,
    revoke_token,
    token_of,
)
from tryon.store.products import Wanted
from tryon.store.store import Store
from tryon.store.tables import metadata


def frame(sku: str = "aviator") -> Draft:
    return draft_of({"definition": {"sku": sku, "kind": "eyewear", "name": "Aviator"}, "tags": ["metal"]})


@pytest.fixture
def acme(store: Store) -> Merchant:
    return add_merchant(store, "acme", "Acme Optics")


@pytest.fixture
def other(store: Store) -> Merchant:
    return add_merchant(store, "other")


def test_every_row_of_every_table_has_its_merchant_in_the_key() -> None:
    for table in metadata.sorted_tables:
        # Attempts to sign in come before it is known who somebody is.
        if table.name not in {"merchants", "attempts"}:
            assert "merchant_id" in table.primary_key.columns, table.name


def test_a_product_is_made_changed_published_and_deleted(store: Store, acme: Merchant) -> None:
    with store.write(acme.id, "cli") as tenant:
        made = products.create(tenant, lipstick(tags=["vegan"], price={"minor": 1290, "currency": "EUR"}))
        assert (made.version, made.state, made.tags, made.price_minor) == (1, "draft", ("vegan",), 1290)
        changed = products.replace(tenant, "velvet", lipstick(name="Velvet Two"), 1)
        assert (changed.version, changed.name, changed.tags) == (2, "Velvet Two", ())
        live = products.publish(tenant, "velvet", 2, {"thumbnail.png": "0" * 64})
        assert live.state == "live"
        assert live.live is not None
        assert live.live["files"] == {"thumbnail.png": "0" * 64}
        assert products.publish(tenant, "velvet", None, {"thumbnail.png": "0" * 64}) == live
        edited = products.replace(tenant, "velvet", lipstick(name="Three"), live.version)
        assert edited.state == "changed"
        assert edited.live == live.live, "shoppers see what was published until it is published again"
        gone = products.unpublish(tenant, "velvet", None)
        assert (gone.state, products.unpublish(tenant, "velvet", None).version) == ("draft", gone.version)
        products.remove(tenant, "velvet", gone.version)
        with pytest.raises(StoreMissing):
            products.get(tenant, "velvet")
    with store.read(acme.id) as tenant:
        told = [event.what for event in list_events(tenant, 20)]
        assert set(told) >= {"product.created", "product.published", "product.deleted"}
        assert {event.actor for event in list_events(tenant, 20)} == {"cli"}
        assert products.page(tenant, Wanted(tag="vegan"), 10) == ()


def test_what_shoppers_see_is_counted(store: Store, acme: Merchant) -> None:
    versions = []
    for change in (
        lambda tenant: products.create(tenant, lipstick()),
        lambda tenant: products.publish(tenant, "velvet", None, {}),
        lambda tenant: products.replace(tenant, "velvet", lipstick(name="Two"), None),
        lambda tenant: products.unpublish(tenant, "velvet", None),
        lambda tenant: products.publish(tenant, "velvet", None, {}),
        lambda tenant: products.remove(tenant, "velvet", None),
    ):
        with store.write(acme.id) as tenant:
            change(tenant)
            versions.append(merchant_of(tenant).live_version)
    assert versions == [1, 2, 2, 3, 4, 5]


def test_the_slower_of_two_writers_is_told_both_versions(store: Store, acme: Merchant) -> None:
    with store.write(acme.id) as tenant:
        products.create(tenant, lipstick())
    outcomes: list[str] = []
    ready = threading.Barrier(2)

    def write(name: str) -> None:
        ready.wait(20)
        try:
            with store.write(acme.id) as tenant:
                products.replace(tenant, "velvet", lipstick(name=name), 1)
            outcomes.append("written")
        except StoreConflict as error:
            outcomes.append(f"{error.details['given_version']} against {error.details['current_version']}")

    threads = [threading.Thread(target=write, args=(name,)) for name in ("One", "Two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["1 against 2", "written"]
    for change in (products.remove, products.unpublish):
        with pytest.raises(StoreConflict), store.write(acme.id) as tenant:
            change(tenant, "velvet", 1)


def test_a_sku_is_taken_once_a_merchant(store: Store, acme: Merchant, other: Merchant) -> None:
    for merchant in (acme, other):
        with store.write(merchant.id) as tenant:
            products.create(tenant, lipstick())
    with pytest.raises(StoreTaken, match="velvet"), store.write(acme.id) as tenant:
        products.create(tenant, lipstick())
    with store.write(other.id) as tenant:
        products.remove(tenant, "velvet", None)
    with store.read(acme.id) as tenant:
        assert products.get(tenant, "velvet").name == "Velvet"


def test_a_product_keeps_its_sku_and_kind(store: Store, acme: Merchant) -> None:
    with store.write(acme.id) as tenant:
        products.create(tenant, lipstick())
        for draft in (lipstick("satin"), frame("velvet")):
            with pytest.raises(StoreInvalid, match="keeps its sku"):
                products.replace(tenant, "velvet", draft, None)


def test_lists_are_narrowed_and_paged(store: Store, acme: Merchant, other: Merchant) -> None:
    with store.write(acme.id) as tenant:
        for number in range(7):
            products.create(
                tenant, lipstick(f"lip-{number}", f"Lip 100%_{number}", tags=["even"][number % 2 :])
            )
        products.create(tenant, frame())
    with store.write(other.id) as tenant:
        products.create(tenant, lipstick("lip-0"))

    def skus(**wanted: Any) -> list[str]:
        with store.read(acme.id) as tenant:
            return [item.sku for item in products.page(tenant, Wanted(**wanted), 50)]

    assert skus(kind="eyewear") == skus(tag="metal") == ["aviator"]
    assert skus(tag="even") == ["lip-0", "lip-2", "lip-4", "lip-6"]
    assert skus(words="100%_3") == ["lip-3"]
    assert skus(words="CLASSIC lip") == [f"lip-{number}" for number in range(7)]
    assert skus(words="classic nothing") == skus(words="100%%") == []
    assert skus(swatch="#b3121d", words="_6") == ["lip-6"]
    assert skus(live=True) == []
    assert len(skus(live=False)) == 8
    orders: tuple[products.Order, ...] = ("sku", "newest")
    for order in orders:
        found: list[str] = []
        after = None
        while True:
            with store.read(acme.id) as tenant:
                page = products.page(tenant, Wanted(order=order), 3, after)
            if not page:
                break
            found += [item.sku for item in page]
            after = (page[-1].updated_ms, page[-1].sku)
        assert len(found) == len(set(found)) == 8
        assert found == sorted(found) or order == "newest"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"definition": {"kind": "hat"}}, "definition.kind"),
        ({"definition": {"sku": "No Such"}}, "definition.sku"),
        ({"definition": {"wat": 1}}, "definition.wat"),
        ({"definition": {"shades": []}}, "definition"),
        ({"tags": ["A"]}, "tags.0"),
        ({"tags": ["a"] * 33}, "tags"),
        ({"price": {"minor": -1, "currency": "EUR"}}, "price.minor"),
        ({"price": {"minor": 1, "currency": "euro"}}, "price.currency"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"definition": {"description": "a\0b"}}, "definition"),
    ],
)
def test_what_breaks_a_rule_names_its_field(change: dict[str, Any], field: str) -> None:
    raw = {"definition": plain(lipstick().definition)}
    raw["definition"] |= change.pop("definition", {})
    with pytest.raises(StoreInvalid) as caught:
        draft_of({**raw, **change})
    assert caught.value.details["field"] == field
    assert caught.value.sentence.startswith(f"{field}: ")


def test_all_that_comes_with_tryon_survives_the_way_through_json() -> None:
    for product in load_catalogue(folder("assets") / "catalogue"):
        read = ProductFile.model_validate_json((product.path / "product.json").read_bytes())
        assert ProductFile.model_validate(plain(read)) == read
        assert [row[0] for row in swatches(read)] == [shade.id for shade in product.shades]


@pytest.mark.parametrize(
    "words", ["%", "_", "\\", "'", '"; --', "\x00", "ﬁ", "\u202e", "a" * 5000, "* ? [", "Ǆ"]
)
def test_any_words_can_be_searched_for_and_mean_themselves(store: Store, acme: Merchant, words: str) -> None:
    with store.write(acme.id) as tenant:
        products.create(tenant, lipstick("plain", "Plain"))
        if "\x00" not in words and len(words) < 100:
            products.create(tenant, lipstick("odd", f"Odd{words}one"))
            assert [item.sku for item in products.page(tenant, Wanted(words=words), 9)] == ["odd"]
        else:
            assert products.page(tenant, Wanted(words=words), 9) == ()


def test_looks_name_products_and_shades_that_there_are(store: Store, acme: Merchant) -> None:
    with store.write(acme.id) as tenant:
        products.create(tenant, lipstick())
        look = save(tenant, "Evening", [{"sku": "velvet", "shade": "red", "strength": 0.5}])
        with pytest.raises(StoreInvalid, match="no product"):
            save(tenant, "Bad", [{"sku": "nothing"}])
        with pytest.raises(StoreInvalid, match="no shade"):
            save(tenant, "Bad", [{"sku": "velvet", "shade": "blue"}])
        changed = replace_look(tenant, look.id, "Night", [{"sku": "velvet"}], 1)
        assert (changed.version, changed.name, changed.items) == (2, "Night", ({"sku": "velvet"},))
        with pytest.raises(StoreConflict):
            replace_look(tenant, look.id, "Late", [], 1)
        assert list_looks(tenant, 10) == (changed,)
        with pytest.raises(StoreConflict):
            remove_look(tenant, look.id, 1)
        remove_look(tenant, look.id, 2)
        with pytest.raises(StoreMissing):
            get_look(tenant, look.id)


def test_a_token_works_until_it_is_revoked_and_is_kept_as_a_digest(store: Store, acme: Merchant) -> None:
    with store.write(acme.id) as tenant:
        token, text = make_token(tenant, "CI", ["write", "read"])
    assert token.scopes == ("read", "write")
    assert token_of(store, text) == token
    for wrong in ("", "tryon_", text[:-1], text + "x", text.upper(), text.replace(token.prefix, "0" * 12)):
        assert token_of(store, wrong) is None
    with store.database.read() as connection:
        kept = connection.exec_driver_sql("SELECT * FROM tokens").one()
    # The secret may have underscores of its own.
    assert text.split("_", 2)[2] not in str(kept)
    with store.write(acme.id) as tenant:
        revoke_token(tenant, token.id)
        assert list_tokens(tenant) == ()
        with pytest.raises(StoreMissing):
            revoke_token(tenant, token.id)
    assert token_of(store, text) is None


def test_tokens_are_the_merchants_own_and_not_without_number(
    store: Store, acme: Merchant, other: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.write(acme.id) as tenant:
        token, _ = make_token(tenant, "CI", ["read"])
        with pytest.raises(StoreInvalid, match="scope"):
            make_token(tenant, "CI", [])
    with pytest.raises(StoreMissing), store.write(other.id) as tenant:
        revoke_token(tenant, token.id)
    assert TOKENS_MAX > 1
    monkeypatch.setattr("tryon.store.merchants.TOKENS_MAX", 1)
    with pytest.raises(StoreInvalid, match="at most 1"), store.write(acme.id) as tenant:
        make_token(tenant, "more", ["read"])


def test_merchants_have_slugs(store: Store, acme: Merchant, other: Merchant) -> None:
    assert [merchant.slug for merchant in all_merchants(store)] == ["acme", "other"]
    assert find_merchant(store, "acme") == acme
    with pytest.raises(StoreMissing, match="acme, other"):
        find_merchant(store, "nobody")
    for slug in ("", "A", "a b", "-a", "x" * 65):
        with pytest.raises(StoreInvalid):
            add_merchant(store, slug)
    with store.write(acme.id) as tenant:
        assert rename(tenant, "Acme & Sons", 1).version == 2
        with pytest.raises(StoreConflict):
            rename(tenant, "Late", 1)
