"""The second factor: six digits of an app that change every half minute (RFC 6238), and codes for a lost phone."""

from __future__ import annotations

import secrets
from typing import Final

import pyotp
from sqlalchemy import delete, func, insert, select

from tryon.store.account_tables import recovery_codes
from tryon.store.accounts import User, take_step
from tryon.store.events import note
from tryon.store.sessions import digest_of
from tryon.store.store import Tenant

PERIOD_S: Final = 30
# A phone's clock may be a step off.
WINDOW: Final = 1
CODES: Final = 10
# 80 bits each, without letters that look alike.
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_CODE_LETTERS: Final = 16


def new_secret() -> str:
    """160 bits in base32, as RFC 4226 recommends."""
    return pyotp.random_base32()


def address_of(secret: str, email: str) -> str:
    """What the QR code says: otpauth://…"""
    return pyotp.TOTP(secret, interval=PERIOD_S).provisioning_uri(name=email, issuer_name="Tryon")


def step_of(secret: str, code: str, now_ms: int) -> int | None:
    """The time step of which this is the code; None where it is none of now."""
    digits = "".join(code.split())
    if len(digits) != 6 or not digits.isascii() or not digits.isdigit():
        return None
    now = now_ms // 1000 // PERIOD_S
    totp = pyotp.TOTP(secret, interval=PERIOD_S)
    for step in range(now - WINDOW, now + WINDOW + 1):
        if secrets.compare_digest(totp.generate_otp(step), digits):
            return step
    return None


def proves(tenant: Tenant, user: User, code: str) -> bool:
    """Whether this is a code of the app, or a recovery code, that was not used before; it is used up."""
    if user.totp is None:
        return False
    step = step_of(user.totp, code, tenant.now_ms)
    if step is not None:
        return take_step(tenant, user.id, step)
    plain = "".join(letter for letter in code.lower() if letter in _ALPHABET)
    gone = tenant.connection.execute(
        delete(recovery_codes).where(
            recovery_codes.c.merchant_id == tenant.merchant_id,
            recovery_codes.c.user_id == user.id,
            recovery_codes.c.digest == digest_of(plain),
        )
    )
    if gone.rowcount:
        note(tenant, "user.recovery_code_used", user.id)
    return gone.rowcount == 1


def new_codes(tenant: Tenant, user_id: str) -> list[str]:
    """Recovery codes in place of all before them; told this once."""
    tenant.connection.execute(
        delete(recovery_codes).where(
            recovery_codes.c.merchant_id == tenant.merchant_id, recovery_codes.c.user_id == user_id
        )
    )
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LETTERS)) for _ in range(CODES)]
    rows = [
        {"merchant_id": tenant.merchant_id, "user_id": user_id, "digest": digest_of(code)} for code in codes
    ]
    tenant.connection.execute(insert(recovery_codes), rows)
    note(tenant, "user.recovery_codes_made", user_id)
    return ["-".join(code[at : at + 4] for at in range(0, _CODE_LETTERS, 4)) for code in codes]


def codes_left(tenant: Tenant, user_id: str) -> int:
    """How many recovery codes still work."""
    return tenant.connection.execute(
        select(func.count()).where(
            recovery_codes.c.merchant_id == tenant.merchant_id, recovery_codes.c.user_id == user_id
        )
    ).scalar_one()
