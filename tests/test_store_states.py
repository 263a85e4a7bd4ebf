"""Where products stand, on both engines."""

from __future__ import annotations

from pathlib import Path

from tests.published import lipstick, publish, put
from tryon.store import products
from tryon.store.merchants import Merchant
from tryon.store.products import Wanted
from tryon.store.states import STATES, counts
from tryon.store.store import Store


def test_where_products_stand(store: Store, acme: Merchant, tmp_path: Path) -> None:
    picture = put(store, acme, tmp_path, b"red")
    for sku in STATES:
        if sku == "draft":
            with store.write(acme.id) as tenant:
                products.create(tenant, lipstick(sku=sku))
        else:
            publish(store, acme, lipstick(sku=sku), picture)
    with store.write(acme.id) as tenant:
        products.replace(tenant, "changed", lipstick("changed", "Other"), None)
        assert products.archive(tenant, "archived", None).live is None
        assert products.archive(tenant, "archived", None).state == "archived"
        for state in STATES:
            assert [item.sku for item in products.page(tenant, Wanted(state=state), 9)] == [state]
            assert products.get(tenant, state).state == state
        assert counts(tenant) == dict.fromkeys(STATES, 1)
        assert [item.sku for item in products.page(tenant, Wanted(archived=False), 9)] == [
            "changed",
            "draft",
            "live",
        ]
        assert [sku for sku, _, _ in products.all_live(tenant)] == ["changed", "live"]
        assert products.restore(tenant, "archived", None).state == "draft"
        assert products.restore(tenant, "archived", None).state == "draft"
        # Publishing takes it out, too.
        products.archive(tenant, "archived", None)
        assert products.publish(tenant, "archived", None, {}).state == "live"
