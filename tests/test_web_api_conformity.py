"""The served document against the running server: schemathesis asks for everything in ways good and bad, and every
answer has to be one that the document tells of."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.served import bare_settings
from tests.test_web_api import _furnish, opened
from tryon.web.api import endpoints
from tryon.web.api.routes import ROUTES

# Of each route. Sixty of each were tried once; these keep it so, in seconds.
EXAMPLES = 5
# A product's, a look's and a page's rules are more than a schema can say: what fits it may still be refused, with 422.
LEFT_OUT = [positive_data_acceptance]
# What takes things away comes last.
NAMES = [route.name for route in sorted(ROUTES, key=lambda route: route.method == "DELETE")]


@dataclass
class Served:
    url: str
    token: str
    parts: dict[str, dict[str, str]]
    schema: Any


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with one of everything, in a thread of its own."""
    place = tmp_path_factory.mktemp("conformity")
    config = bare_settings(place, api_upload_mb=1, api_requests_per_second=100_000)
    ready, made = threading.Event(), []
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        async with opened(config) as site:
            made.append((site.url, site.token, await _furnish(site)))
            ready.set()
            await stop.wait()

    patch = pytest.MonkeyPatch()
    patch.setattr(endpoints, "STRANGER_BURST", 1e6)
    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    assert ready.wait(60)
    url, token, parts = made[0]
    yield Served(url, token, parts, schemathesis.openapi.from_url(f"{url}/v1/openapi.json"))
    loop.call_soon_threadsafe(stop.set)
    thread.join(30)
    loop.close()
    patch.undo()


@pytest.mark.parametrize("name", NAMES)
def test_every_answer_is_one_that_the_document_tells_of(served: Served, name: str) -> None:
    operation = next(
        found.ok()
        for found in served.schema.get_all_operations()
        if found.ok().definition.raw["operationId"] == name.removeprefix("v1_")
    )
    session = requests.Session()
    mine = served.parts[name]
    # This server has no mirror to draw with, and says so with 503.
    left_out = [*LEFT_OUT, not_a_server_error] if name in {"v1_draw_worn", "v1_draw_unsaved"} else LEFT_OUT

    good, bad = (operation.as_strategy(generation_mode=mode) for mode in GenerationMode)

    # Good requests ask for what is there, too.
    @given(st.tuples(good, st.booleans()) | st.tuples(bad, st.just(False)))
    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), deadline=None, database=None)
    @seed(7)
    def ask(asked: tuple[Any, bool]) -> None:
        case, real = asked
        if real:
            told = case.path_parameters or {}
            case.path_parameters = {part: mine.get(part, value) for part, value in told.items()}
        case.call_and_validate(
            base_url=served.url,
            session=session,
            headers={"Authorization": f"Bearer {served.token}"},
            excluded_checks=left_out,
        )

    ask()
    session.close()
