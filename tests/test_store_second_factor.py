"""The second factor on both engines: codes of an app, and recovery codes, each good for once."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tryon.store import second_factor
from tryon.store.account_tables import recovery_codes
from tryon.store.accounts import User, add_user, get_user, set_second_factor
from tryon.store.merchants import add_merchant
from tryon.store.second_factor import CODES, PERIOD_S, address_of, codes_left, new_codes, proves, step_of
from tryon.store.store import Store

# RFC 6238, appendix B: SHA-1, the ASCII secret "12345678901234567890"; the last six digits of each.
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
VECTORS = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
]


@pytest.mark.parametrize(("at_s", "code"), VECTORS)
def test_the_codes_are_those_of_the_standard(at_s: int, code: str) -> None:
    assert step_of(SECRET, code, at_s * 1000) == at_s // PERIOD_S
    assert step_of(SECRET, f" {code[:3]} {code[3:]} ", at_s * 1000) == at_s // PERIOD_S
    # A phone's clock may be half a minute off, and no more.
    assert step_of(SECRET, code, (at_s + PERIOD_S) * 1000) == at_s // PERIOD_S
    assert step_of(SECRET, code, (at_s + 3 * PERIOD_S) * 1000) is None


@pytest.mark.parametrize("code", ["", "28708", "2870822", "abcdef", "２８７０８２", "287 08x"])
def test_what_is_no_code(code: str) -> None:
    assert step_of(SECRET, code, 59_000) is None


def test_what_an_app_is_told() -> None:
    told = address_of(second_factor.new_secret(), "ann@shop.example")
    assert told.startswith("otpauth://totp/Tryon:ann%40shop.example?secret=")


@pytest.fixture
def ann(store: Store) -> User:
    store.now_ms = lambda: 59_000
    with store.write(add_merchant(store, "acme").id) as tenant:
        made = add_user(tenant, "ann@shop.example", "owner", "hash")
        assert not proves(tenant, made, "287082")
        set_second_factor(tenant, made.id, SECRET)
        return get_user(tenant, made.id)


def test_no_code_counts_twice(store: Store, ann: User) -> None:
    with store.write(ann.merchant_id) as tenant:
        assert not proves(tenant, ann, "000000")
        assert proves(tenant, ann, "287082")
        assert not proves(tenant, ann, "287082")


def test_recovery_codes_work_once_each_and_are_kept_nowhere(store: Store, ann: User) -> None:
    with store.write(ann.merchant_id) as tenant:
        codes = new_codes(tenant, ann.id)
        assert len(set(codes)) == CODES
        assert not set(codes) & set(str(tenant.connection.execute(select(recovery_codes)).all()).split("'"))
        assert proves(tenant, ann, f"  {codes[0].upper()} ")
        assert not proves(tenant, ann, codes[0])
        assert codes_left(tenant, ann.id) == CODES - 1
        assert new_codes(tenant, ann.id)
        assert not proves(tenant, ann, codes[1])
        set_second_factor(tenant, ann.id, None)
        assert codes_left(tenant, ann.id) == 0
