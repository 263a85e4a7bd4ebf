"""Whether an address is that of this very machine, to which QA is bound until there are accounts."""

from __future__ import annotations

from ipaddress import ip_address

from tryon.config import Settings
from tryon.errors import ConfigError


def check_settings(settings: Settings) -> None:
    """Raises ConfigError where QA would be open to others than this machine."""
    if settings.qa and not is_loopback(settings.host):
        raise ConfigError(
            f"--qa keeps clips of faces and has no accounts yet, so it is only for this machine: leave --host at "
            f"127.0.0.1 instead of {settings.host}, or start without --qa.",
            setting="qa",
        )


def is_loopback(host: str) -> bool:
    """Whether an address, or a host's name, means this machine alone."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)
