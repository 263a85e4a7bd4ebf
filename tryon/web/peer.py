"""Who is at the other end of a request: its address, whether it came over HTTPS, and what browser says it is."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
from typing import Final

from aiohttp import web

from tryon.config import Settings

# The first that is found names the browser; others say that they are Chrome and Safari, too.
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
)
_SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
# Half of an IPv6 address is one household.
_IPV6_PREFIX: Final = 64
_ADDRESS: Final = re.compile(r"[0-9A-Fa-f:.]{2,45}")


def address_of(request: web.Request, settings: Settings) -> str:
    """The client's address; of a trusted proxy's list, the last one that is no trusted proxy."""
    address = request.remote or ""
    if address not in settings.trusted_proxies:
        return address
    told = ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")
    for hop in reversed([word.strip() for word in told]):
        if not _ADDRESS.fullmatch(hop):
            break
        address = hop
        if hop not in settings.trusted_proxies:
            break
    return address


def whereabouts(request: web.Request, settings: Settings) -> str:
    """A digest that is the same for the same client, and of no use to anybody else: its key is in memory alone."""
    address = address_of(request, settings)
    try:
        ip = ipaddress.ip_address(address.split("%")[0])
        if ip.version == 6:
            address = str(ipaddress.ip_network((ip, _IPV6_PREFIX), strict=False))
    except ValueError:
        # A socket file has no address.
        address = ""
    return hmac.new(settings.studio_key.encode(), address.encode(), hashlib.sha256).hexdigest()


def is_https(request: web.Request, settings: Settings) -> bool:
    """Whether the browser's own connection is encrypted, as far as a trusted proxy tells."""
    if request.remote in settings.trusted_proxies:
        told = request.headers.get("X-Forwarded-Proto", "")
        if told:
            return told.split(",")[-1].strip().lower() == "https"
    return request.secure


def agent_of(request: web.Request) -> str:
    """The browser in two words, such as "Firefox on Linux"; versions would only tell it apart from others."""
    told = request.headers.get("User-Agent", "")
    browser = next((name for mark, name in _BROWSERS if mark in told), "A browser")
    system = next((name for mark, name in _SYSTEMS if mark in told), "")
    return f"{browser} on {system}" if system else browser
