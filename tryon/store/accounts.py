"""People: who may sign in to the studio for a merchant, and what they may do there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, get_args

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update
from sqlalchemy.engine import Row

from tryon.errors import StoreInvalid, StoreMissing, StoreTaken
from tryon.store.account_tables import links, recovery_codes, users
from tryon.store.events import note
from tryon.store.merchants import Scope
from tryon.store.store import Store, Tenant, new_id

Role: TypeAlias = Literal["owner", "editor", "viewer"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
# What each may do, in the API's words.
SCOPES_OF: Final[dict[Role, tuple[Scope, ...]]] = {
    "owner": ("read", "write", "publish", "embed", "tokens"),
    "editor": ("read", "write", "publish"),
    "viewer": ("read",),
}
USERS_MAX: Final = 500
# One @, something on both sides, no spaces: whether a letter arrives, only a letter would tell.
_EMAIL: Final = re.compile(r"[^\s@\x00-\x1f\x7f]{1,64}@[^\s@\x00-\x1f\x7f]{1,189}")


@dataclass(frozen=True, slots=True)
class User:
    """``password`` is its hash, None until one was chosen; ``totp`` the second factor's secret, None without."""

    merchant_id: str
    id: str
    email: str
    role: Role
    password: str | None
    totp: str | None
    totp_step: int | None
    created_ms: int

    @property
    def actor(self) -> str:
        """As events name them; the address stands in ``users`` only."""
        return f"user:{self.id}"


_COLUMNS: Final = [users.c[name] for name in User.__dataclass_fields__]


def email_of(text: str) -> str:
    """As it is kept and compared. Raises StoreInvalid."""
    email = text.strip().lower()
    if not _EMAIL.fullmatch(email):
        raise StoreInvalid("That is no e-mail address; it looks like name@shop.example.", field="email")
    return email


def role_of(text: str) -> Role:
    """Raises StoreInvalid."""
    for role in ROLES:
        if role == text:
            return role
    raise StoreInvalid(f"A role is {', '.join(ROLES[:-1])} or {ROLES[-1]}.", field="role")


def add_user(tenant: Tenant, email: str, role: Role, password: str) -> User:
    """``password`` is its hash. Raises StoreInvalid, StoreTaken."""
    if len(list_users(tenant)) >= USERS_MAX:
        raise StoreInvalid(f"A merchant has at most {USERS_MAX} people; remove somebody.", field="email")
    email = email_of(email)
    if tenant.connection.execute(select(users.c.id).where(users.c.email == email)).first() is not None:
        raise StoreTaken("Somebody signs in with this address already.", field="email")
    user = User(tenant.merchant_id, new_id(), email, role, password, None, None, tenant.now_ms)
    tenant.connection.execute(
        insert(users).values(**{name: getattr(user, name) for name in User.__dataclass_fields__})
    )
    note(tenant, "user.added", user.id)
    return user


def user_by_email(store: Store, email: str) -> User | None:
    """The one query without a merchant: it is what finds the merchant."""
    with store.database.read() as connection:
        row = connection.execute(
            select(*_COLUMNS).where(users.c.email == email.strip().lower().replace("\0", ""))
        ).one_or_none()
    return None if row is None else _user(row)


def get_user(tenant: Tenant, user_id: str) -> User:
    """Raises StoreMissing."""
    row = tenant.connection.execute(select(*_COLUMNS).where(_own(tenant, user_id))).one_or_none()
    if row is None:
        raise StoreMissing("There is nobody of that name any more.")
    return _user(row)


def list_users(tenant: Tenant) -> tuple[User, ...]:
    """By address."""
    rows = tenant.connection.execute(
        select(*_COLUMNS).where(users.c.merchant_id == tenant.merchant_id).order_by(users.c.email)
    )
    return tuple(_user(row) for row in rows)


def anybody_signs_in(store: Store) -> bool:
    """Whether anyone has a password: until then the first one may come with the server's own link."""
    with store.database.read() as connection:
        return anybody_has_password(connection)


def anybody_has_password(connection: Connection) -> bool:
    """The same within a transaction. Of all merchants: a server has one door."""
    found = connection.execute(select(users.c.id).where(users.c.password.is_not(None)).limit(1))
    return found.first() is not None


def set_role(tenant: Tenant, user_id: str, role: Role) -> None:
    """From the next request on. Raises StoreMissing, StoreInvalid for the last owner."""
    user = get_user(tenant, user_id)
    if user.role == "owner" and role != "owner":
        _check_other_owner(tenant, user_id)
    tenant.connection.execute(update(users).where(_own(tenant, user_id)).values(role=role))
    note(tenant, f"user.made_{role}", user_id)


def remove_user(tenant: Tenant, user_id: str) -> None:
    """With sessions and links; tokens that they made go on. Raises StoreMissing, StoreInvalid for the last owner."""
    user = get_user(tenant, user_id)
    if user.role == "owner":
        _check_other_owner(tenant, user_id)
    _withdraw_links(tenant, user.email)
    tenant.connection.execute(delete(users).where(_own(tenant, user_id)))
    note(tenant, "user.removed", user_id)


def set_password(tenant: Tenant, user_id: str, password: str) -> None:
    """``password`` is its hash. Links for another one work no more; sessions are the caller's to end.

    Raises StoreMissing.
    """
    _withdraw_links(tenant, get_user(tenant, user_id).email)
    tenant.connection.execute(update(users).where(_own(tenant, user_id)).values(password=password))
    note(tenant, "user.password_changed", user_id)


def set_second_factor(tenant: Tenant, user_id: str, secret: str | None, step: int | None = None) -> None:
    """None takes it away, with its recovery codes. ``step`` is that of the code which proved it."""
    tenant.connection.execute(update(users).where(_own(tenant, user_id)).values(totp=secret, totp_step=step))
    if secret is None:
        tenant.connection.execute(
            delete(recovery_codes).where(
                recovery_codes.c.merchant_id == tenant.merchant_id, recovery_codes.c.user_id == user_id
            )
        )
    note(tenant, "user.second_factor_off" if secret is None else "user.second_factor_on", user_id)


def take_step(tenant: Tenant, user_id: str, step: int) -> bool:
    """Use a code's time step up; whether it, or a later one, had not been used before."""
    changed = tenant.connection.execute(
        update(users)
        .where(_own(tenant, user_id), (users.c.totp_step.is_(None)) | (users.c.totp_step < step))
        .values(totp_step=step)
    )
    return changed.rowcount == 1


def _withdraw_links(tenant: Tenant, email: str) -> None:
    tenant.connection.execute(
        delete(links).where(
            links.c.merchant_id == tenant.merchant_id, links.c.email == email, links.c.used_ms.is_(None)
        )
    )


def _check_other_owner(tenant: Tenant, user_id: str) -> None:
    # Locked: two owners who are taken away at once wait for each other.
    owners = tenant.connection.execute(
        select(users.c.id)
        .where(users.c.merchant_id == tenant.merchant_id, users.c.role == "owner")
        .order_by(users.c.id)
        .with_for_update()
    ).scalars()
    if set(owners) <= {user_id}:
        raise StoreInvalid("There has to be an owner; make somebody else one first.", field="role")


def _own(tenant: Tenant, user_id: str) -> ColumnElement[bool]:
    return (users.c.merchant_id == tenant.merchant_id) & (users.c.id == user_id)


def _user(row: Row[Any]) -> User:
    return User(**row._mapping)  # noqa: SLF001 - SQLAlchemy's own name for it
