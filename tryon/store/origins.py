"""Origins of shops, as browsers send them: scheme, host and port, and nothing else.

They are compared exactly and named in ``Content-Security-Policy``, so what is kept is what a browser will say.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

from tryon.errors import StoreInvalid

ORIGINS_MAX: Final = 50
_TEXT_MAX: Final = 300
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_HOST: Final = re.compile(
    r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*"
)
_EXAMPLE: Final = "write it as https://shop.example"
# https://www.w3.org/TR/secure-contexts: these are trusted without TLS.
_LOCAL: Final = re.compile(r"localhost|[a-z0-9.-]+\.localhost|127\.0\.0\.1")


def read_origin(text: str) -> tuple[str, str]:
    """The origin, and a note where it is kept in other words than it was written in. Raises StoreInvalid."""
    written = text.strip()
    shown = written[:80]
    if not written or len(written) > _TEXT_MAX:
        raise _refused(f"An origin has 1 to {_TEXT_MAX} characters; {_EXAMPLE}.")
    if "*" in written:
        raise _refused(f"{shown!r}: there are no wildcards; list each origin by itself.")
    if written.lower() == "null":
        raise _refused("'null' is what sandboxed pages and files say; any page can be one, so it is refused.")
    parts = _split(written, shown)
    if parts.scheme not in _DEFAULT_PORTS:
        raise _refused(f"{shown!r} has no https:// before its name; {_EXAMPLE}.")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise _refused(f"{shown!r}: an origin is scheme, name and port alone; {_EXAMPLE}.")
    origin = _origin(parts, shown)
    if parts.path not in {"", "/"}:
        raise _refused(f"{shown!r}: an origin has no path; write {origin}, which stands for all its pages.")
    if origin == written:
        return origin, ""
    why = "an origin has no slash at its end" if origin == written.rstrip("/") else "as browsers say it"
    return origin, f"{shown} is kept as {origin}: {why}."


def _split(written: str, shown: str) -> SplitResult:
    try:
        parts = urlsplit(written)
        # Read here, for it may raise.
        parts.port  # noqa: B018
    except ValueError as error:
        raise _refused(f"{shown!r} cannot be read as an origin; {_EXAMPLE}.") from error
    return parts


def _origin(parts: SplitResult, shown: str) -> str:
    try:
        host = (parts.hostname or "").encode("idna").decode().lower()
    except UnicodeError as error:
        raise _refused(f"{shown!r}: that is no name of a host; {_EXAMPLE}.") from error
    if ":" in host:
        raise _refused(f"{shown!r}: browsers match no IPv6 address here; take a name, or 127.0.0.1.")
    if not _HOST.fullmatch(host):
        raise _refused(f"{shown!r}: that is no name of a host; {_EXAMPLE}.")
    if parts.scheme == "http" and not _LOCAL.fullmatch(host):
        raise _refused(
            f"{shown!r}: http is for localhost alone, because browsers open no camera over it; write https://{host}."
        )
    port = parts.port
    if port == 0:
        raise _refused(f"{shown!r}: there is no port 0.")
    return f"{parts.scheme}://{host}" + ("" if port in {None, _DEFAULT_PORTS[parts.scheme]} else f":{port}")


def _refused(sentence: str) -> StoreInvalid:
    return StoreInvalid(sentence, field="origins")
