"""Wrong passwords make the next try wait, in every process of the server alike.

Counted are an account together with an address, an address alone, and an account alone. The first two have to wait
before the next try is even looked at; the third, which a stranger could drive up against somebody, never refuses
anyone: it only has the answer come a little later. An ``address`` is whatever tells clients apart; the web gives a
keyed digest, so that the rows tell nobody where somebody was.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update

from tryon.errors import StoreRefused
from tryon.store.account_tables import attempts
from tryon.store.store import Store

HOUR_MS: Final = 3600 * 1000
KEPT_MS: Final = 24 * HOUR_MS
# Doubling ends here; nobody counts further.
_COUNT_MAX: Final = 1000
# As those of tryon.store.database: any number that nothing else uses.
_LOCK: Final = 0x7472796F04


class TooSoon(StoreRefused):
    """A try that has to wait; ``wait_s`` is told."""

    code = "too_soon"

    def __init__(self, wait_s: int) -> None:
        unit = "second" if wait_s == 1 else "seconds"
        super().__init__(
            f"That was wrong several times. Wait {wait_s} {unit}, then try again.", wait_s=wait_s
        )
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class Slowing:
    """``free`` tries cost nothing; each one more doubles the wait up to the longest. An hour without forgets all."""

    free: int
    first_ms: int
    longest_ms: int

    def wait_ms(self, count: int) -> int:
        """After so many wrong tries."""
        if count < self.free:
            return 0
        return min(self.longest_ms, self.first_ms << min(count - self.free, 30))


# Who forgets which of three passwords it was gets through; who guesses has a minute for each.
PAIR: Final = Slowing(5, 1000, 60_000)
# An office behind one address has many people; a program that tries one account after another has one address.
ADDRESS: Final = Slowing(20, 1000, 10_000)
ACCOUNT: Final = Slowing(10, 250, 2000)
# Codes of a second factor have six digits: many addresses together could go through them. Only who has the password
# already can try one, so that no stranger locks anybody out.
CODES: Final = Slowing(30, 1000, 60_000)


def count_try(store: Store, account: str, address: str, *, codes: bool = False) -> int:
    """Count a try before it is looked at, so that many at once are many; how long its answer shall wait in ms.

    ``codes`` are refused for the account alone, too. Raises TooSoon, which counts nothing.
    """
    now_ms = store.now_ms()
    pair, lone, name = _keys(account, address)
    with store.database.write() as connection:
        store.database.lock(connection, _LOCK)
        connection.execute(delete(attempts).where(attempts.c.last_ms <= now_ms - KEPT_MS))
        for key in (pair, lone, name) if codes else (pair, lone):
            row = connection.execute(select(attempts.c.until_ms).where(attempts.c.key == key)).one_or_none()
            if row is not None and row.until_ms > now_ms:
                raise TooSoon(-(-(row.until_ms - now_ms) // 1000))
        _count(connection, pair, PAIR, now_ms)
        _count(connection, lone, ADDRESS, now_ms)
        count = _count(connection, name, CODES if codes else ACCOUNT, now_ms)
        return 0 if codes else ACCOUNT.wait_ms(count - 1)


def forgive(store: Store, account: str, address: str) -> None:
    """It was right after all: nothing is held against this account, nor this try against the address."""
    pair, lone, name = _keys(account, address)
    with store.database.write() as connection:
        connection.execute(delete(attempts).where(attempts.c.key.in_((pair, name))))
        connection.execute(
            update(attempts)
            .where(attempts.c.key == lone, attempts.c.count > 0)
            .values(count=attempts.c.count - 1, until_ms=0)
        )


def _count(connection: Connection, key: str, slowing: Slowing, now_ms: int) -> int:
    row = connection.execute(
        select(attempts.c.count.label("tries"), attempts.c.last_ms).where(attempts.c.key == key)
    ).one_or_none()
    before = 0 if row is None or row.last_ms <= now_ms - HOUR_MS else int(row.tries)
    count = min(before + 1, _COUNT_MAX)
    values = {"count": count, "last_ms": now_ms, "until_ms": now_ms + slowing.wait_ms(count)}
    if row is None:
        connection.execute(insert(attempts).values(key=key, **values))
    else:
        connection.execute(update(attempts).where(attempts.c.key == key).values(**values))
    return count


def _keys(account: str, address: str) -> tuple[str, str, str]:
    account = account.strip().lower()
    return _digest("pair", account, address), _digest("address", address), _digest("account", account)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
