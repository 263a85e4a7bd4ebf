"""Products and jobs in words."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock

from tryon.store.jobs import Job
from tryon.web.studio.showing import job_name, newest_works, price, work


def job(number: int, state: str, sku: str = "", **more: Any) -> Job:
    order = {"sku": sku} if sku else {}
    values: dict[str, Any] = {
        "merchant_id": "m",
        "id": f"{number:032x}",
        "kind": "makeup-shades",
        "state": state,
        "order": order,
        "upload_id": None,
        "step": "",
        "fraction": 0.5,
        "report": {},
        "done": 0,
        "attempts": 0,
        "cancel": False,
        "created_ms": 10**12 - number,
        "ended_ms": None,
    }
    return Job(**(values | more))


def test_of_a_product_the_newest_job_counts() -> None:
    now_ms = 10**12
    found = [
        job(1, "done", "a"),
        job(2, "refused", "a"),
        job(3, "refused", "b", report={"sentence": "The file is no GLB."}),
        job(4, "running", "c", step="drawing"),
        job(5, "failed", "d", created_ms=0),
        job(6, "queued"),
        job(7, "cancelled", "e"),
    ]
    shown = [work(one) for one in newest_works(found, now_ms)]
    assert [(one["sku"], one["state"], one["words"]) for one in shown] == [
        ("b", "failed", "The file is no GLB."),
        ("c", "processing", "Makeup from colours: drawing"),
        ("", "processing", "Makeup from colours: waiting for its turn"),
    ]
    assert job_name(job(1, "done", kind="makeup-csv")) == "Makeup from a CSV"


def test_prices_have_their_currencys_digits() -> None:
    for minor, currency, text in (
        (1290, "EUR", "12.90 EUR"),
        (1500, "JPY", "1,500 JPY"),
        (1234, "KWD", "1.234 KWD"),
        (None, None, ""),
    ):
        assert price(Mock(price_minor=minor, currency=currency)) == text
