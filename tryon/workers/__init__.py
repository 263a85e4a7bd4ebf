"""Worker threads, each with its own warmed engine, shared fairly by all sessions.

A session has one lane. A lane has room for one waiting job (newest wins), runs one job at a time, and
goes to the back of the queue after each, so a busy session never starves another. A job that crashes
the engine costs that job; one that hangs costs its thread, which is replaced.
"""

from __future__ import annotations

from tryon.workers.lane import Failed, Lane
from tryon.workers.pool import EngineLike, Progress, WorkerPool

__all__ = ["EngineLike", "Failed", "Lane", "Progress", "WorkerPool"]
