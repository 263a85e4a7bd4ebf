"""Where a product stands: a draft, live, live with a newer draft, or put away."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, get_args

from sqlalchemy import ColumnElement, case, func, select

from tryon.store.store import Tenant
from tryon.store.tables import products

State: TypeAlias = Literal["draft", "live", "changed", "archived"]
STATES: Final[tuple[State, ...]] = get_args(State)


def counts(tenant: Tenant) -> dict[State, int]:
    """How many products are in each state."""
    state = case(*((in_state(name), name) for name in STATES), else_="draft").label("state")
    rows = tenant.connection.execute(
        select(state, func.count()).where(products.c.merchant_id == tenant.merchant_id).group_by(state)
    )
    found = {str(name): int(count) for name, count in rows}
    return {name: found.get(name, 0) for name in STATES}


def in_state(state: State) -> ColumnElement[bool]:
    """The rows of it."""
    archived, shown = products.c.archived_ms.is_not(None), products.c.live_version.is_not(None)
    same = products.c.live_version == products.c.version
    return {
        "archived": archived,
        "draft": ~archived & ~shown,
        "live": ~archived & shown & same,
        "changed": ~archived & shown & ~same,
    }[state]
