"""How far a merchant has come with products of their own."""

from __future__ import annotations

from tests.published import lipstick
from tryon.store import products, storefront
from tryon.store.beginning import Beginning, beginning_of
from tryon.store.merchants import Merchant
from tryon.store.store import Store
from tryon.store.storefront import Storefront


def test_only_own_products_count(store: Store, acme: Merchant) -> None:
    with store.write(acme.id) as tenant:
        assert beginning_of(tenant) == Beginning(None, shown=False, embedded=False)
        # It came with Tryon, and nobody touched it.
        products.create(tenant, lipstick("house"), seed="print")
        products.publish(tenant, "house", None, {})
        assert beginning_of(tenant) == Beginning(None, shown=False, embedded=False)
        products.create(tenant, lipstick("own", "Own"))
        assert beginning_of(tenant) == Beginning(("own", "Own"), shown=False, embedded=False)
        products.archive(tenant, "own", None)
        assert beginning_of(tenant).draft is None
        products.restore(tenant, "own", None)
        products.publish(tenant, "own", None, {})
        storefront.replace(tenant, Storefront(origins=("https://shop.example",)), 0)
        assert beginning_of(tenant) == Beginning(None, shown=True, embedded=True)
