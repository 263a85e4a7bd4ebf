"""What FFmpeg or the system says went wrong, as part of a sentence."""

from __future__ import annotations


def said(error: Exception) -> str:
    """FFmpeg's or the system's own reason, without paths and error numbers."""
    reason = getattr(error, "strerror", None) or str(error)
    return str(reason).rstrip(".").lower()
