"""Typed keys of what the application holds for QA."""

from __future__ import annotations

from aiohttp import web

from tryon.qa.desk.runs import Runs

QA_PAGE = web.AppKey("QA_PAGE", bytes)
QA_RUNS = web.AppKey("QA_RUNS", Runs)
