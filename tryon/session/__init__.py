"""One shopper: what was agreed, what is worn, and how each frame is answered. No network in here."""

from __future__ import annotations

from tryon.session.answer import LookLike, PipelineLike, RenderedLike, answer_rect
from tryon.session.shopper import CONSENT_VERSION, Services, Session

__all__ = [
    "CONSENT_VERSION",
    "LookLike",
    "PipelineLike",
    "RenderedLike",
    "Services",
    "Session",
    "answer_rect",
]
