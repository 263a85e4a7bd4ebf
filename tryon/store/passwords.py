"""Passwords: argon2id, at most two at once, so that signing in cannot take a server's memory or its cores."""

from __future__ import annotations

import threading
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from tryon.errors import StoreInvalid

PASSWORD_MIN: Final = 10
# Longer ones only cost time.
PASSWORD_MAX: Final = 200
# A word of one letter, or of two in turn, is none.
_LETTERS_MIN: Final = 4
# OWASP's first choice: 19 MiB, two passes, one lane.
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_TURN: Final = threading.BoundedSemaphore(2)
# Compared where there is nothing to compare, so that the time tells nobody which accounts there are.
_NOBODYS: Final = (
    "$argon2id$v=19$m=19456,t=2,p=1$1XjeovKSLaHluKxzMxCD7Q$7QfK7OD8h7KeIda5rX1CgBGHm+SwJF9tRYlLADDqqB0"
)


def check_new(password: str, email: str) -> None:
    """Raises StoreInvalid with what a password of one's own needs."""
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise StoreInvalid(
            f"A password has {PASSWORD_MIN} to {PASSWORD_MAX} characters; a sentence does well.",
            field="password",
        )
    if len(set(password.casefold())) < _LETTERS_MIN or password.casefold() in {
        email.casefold(),
        email.casefold().split("@")[0],
    }:
        raise StoreInvalid(
            "This password is the first that others would try; take another one.", field="password"
        )


def hash_password(password: str) -> str:
    """In a thread: it takes 20 to 60 ms, more where others wait."""
    with _TURN:
        return _HASHER.hash(password)


def matches(known: str | None, password: str) -> bool:
    """Whether ``password`` is that of the hash. As slow for None, and for a wrong one, as for the right one."""
    if len(password) > PASSWORD_MAX:
        password = ""
    with _TURN:
        try:
            found = _HASHER.verify(known or _NOBODYS, password)
        except (VerificationError, InvalidHashError):
            return False
    return found and known is not None
