"""How quickly a catalogue is filled and searched: ``python -m tryon.bench.catalogue_figures`` measures and tells.

A ``tryon serve`` of its own, with an empty store, gets what a merchant hands in over the API; the clock runs from the
upload's first byte until the mirror offers the product. ``docs/catalogue.md`` tells what came out.
"""

from __future__ import annotations

import argparse
import http.client
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import numpy as np

from tryon.bench.server import Server
from tryon.catalogue.parametric import build_frame
from tryon.config import Settings, load_settings
from tryon.errors import ConfigError, TryOnError
from tryon.ingest.photo_figures import SHOTS
from tryon.ingest.photo_shoot import photo_range, photograph
from tryon.render.gltf_write import write_glb
from tryon.store.definition import draft_of
from tryon.store.house import HOUSE, open_catalogue
from tryon.store.merchants import SCOPES, find_merchant, make_token
from tryon.store.products import create
from tryon.store.store import Store

# Most that each may take: seconds, and for lists the 95th percentile in milliseconds.
BARS: Final = {"photo": 20.0, "glb": 15.0, "csv": 30.0, "lists": 100.0}
_UNIT: Final = {"photo": "s", "glb": "s", "csv": "s", "lists": "ms"}
PHOTOS: Final = 3
# 100,188 triangles.
DETAIL: Final = 3.46
ROWS: Final = 1000
PRODUCTS: Final = 10_000
_POLL_S: Final = 0.05
_WAIT_S: Final = 600.0
_BATCH: Final = 500
# The benchmark asks quicker than a merchant may.
_UNHURRIED: Final = {"TRYON_API_REQUESTS_PER_SECOND": "100000"}
_WORDS: Final = ("Amber", "Birch", "Cedar", "Dune", "Ember", "Fjord", "Grove", "Harbour", "Iris", "Juniper")
_TAGS: Final = ("new", "vegan", "sale", "classic", "summer")


@dataclass(frozen=True, slots=True)
class Figure:
    """``value`` is the worst of ``all`` for what is made, the 95th percentile for lists."""

    name: str
    value: float
    all: tuple[float, ...]
    note: str

    def line(self) -> str:
        """For people."""
        bar, unit = BARS[self.name], _UNIT[self.name]
        said = "" if self.value <= bar else "  MISSED"
        return f"{self.name:6} {self.value:8.1f} {unit:2}  (at most {bar:g} {unit}){said}  {self.note}"


class Client:
    """The API and the mirror's list of a server, over one connection."""

    def __init__(self, url: str, token: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=_WAIT_S)
        self._headers = {"Authorization": f"Bearer {token}"}

    def close(self) -> None:
        """Idempotent."""
        self._connection.close()

    def ask(self, method: str, path: str, body: bytes | None = None, kind: str = "application/json") -> Any:
        """The answer's JSON. Raises ConfigError with the answer where it is a refusal."""
        headers = self._headers | ({} if body is None else {"Content-Type": kind})
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        raw = answer.read()
        if answer.status >= 400:
            raise ConfigError(f"{method} {path}: {answer.status} {raw[:300].decode(errors='replace')}")
        return json.loads(raw)

    def make(self, name: str, content: bytes, sku: str, order: Mapping[str, Any]) -> float:
        """Seconds from the upload to the mirror's offer of ``sku``."""
        begun = time.perf_counter()
        upload = self.ask("POST", f"/v1/uploads?name={name}", content, "application/octet-stream")["id"]
        ordered = json.dumps({**order, "upload": upload, "publish": True}).encode()
        job = self.ask("POST", "/v1/jobs", ordered)
        while job["state"] in {"queued", "running"}:
            time.sleep(_POLL_S)
            job = self.ask("GET", f"/v1/jobs/{job['id']}")
        if job["state"] != "done" or job["report"].get("refused_rows"):
            raise ConfigError(f"{name} was not made: {job['report'].get('sentence')}")
        while not any(product["sku"] == sku for product in self.ask("GET", "/api/catalogue")["products"]):
            if time.perf_counter() - begun > _WAIT_S:
                raise ConfigError(f"{sku} is not offered after {_WAIT_S:g} s.")
            time.sleep(_POLL_S)
        return time.perf_counter() - begun


def photos(client: Client, count: int = PHOTOS) -> Figure:
    """Frames of known shape, photographed by a window."""
    taken = []
    for sku, spec in list(photo_range().items())[:count]:
        content = photograph(spec, SHOTS["table"]).jpeg
        size = f"{spec.lens_width_mm:g}-{spec.bridge_mm:g}-{spec.temple_length_mm:g}"
        product = {"definition": {"sku": sku, "kind": "eyewear", "name": sku}}
        order = {"kind": "eyewear-photo", "sku": sku, "size": size, "product": product}
        taken.append(client.make(f"{sku}.jpg", content, sku, order))
    return Figure("photo", max(taken), tuple(taken), f"a photo and three numbers, slowest of {len(taken)}")


def glb(client: Client, detail: float = DETAIL) -> Figure:
    """A frame that is finer than any needs to be."""
    mesh = build_frame(next(iter(photo_range().values())), detail)
    product = {"definition": {"sku": "fine-mesh", "kind": "eyewear", "name": "Fine mesh"}}
    order = {"kind": "eyewear-glb", "sku": "fine-mesh", "product": product}
    seconds = client.make("fine.glb", write_glb(mesh), "fine-mesh", order)
    return Figure("glb", seconds, (seconds,), f"a GLB of {len(mesh.triangles):,} triangles")


def rows(client: Client, count: int = ROWS) -> Figure:
    """A CSV whose every row is a product of its own: the most work that so many rows can be."""
    lines = ["sku,name,type,finish,coverage,color,shade_name,tags,price,currency"]
    lines += [
        f"row-{number:05},{_name(number)},lipstick,satin,0.8,{_color(number)},Tone {number},new|vegan,12.90,EUR"
        for number in range(count)
    ]
    last = f"row-{count - 1:05}"
    seconds = client.make("rows.csv", "\n".join(lines).encode(), last, {"kind": "makeup-csv"})
    return Figure("csv", seconds, (seconds,), f"{count:,} rows of makeup, each a product")


def fill(store: Store, count: int = PRODUCTS, slug: str = HOUSE) -> None:
    """So many drafts, not over the API: this is no part of what is measured."""
    merchant_id = find_merchant(store, slug).id
    for start in range(0, count, _BATCH):
        with store.write(merchant_id) as tenant:
            for number in range(start, min(start + _BATCH, count)):
                create(tenant, draft_of(_product(number)))


def lists(client: Client, rounds: int = 20) -> Figure:
    """Every way of listing and searching, page by page and anew, as a merchant's page and a shop's program ask."""
    taken: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name, path in _asked(client):
            begun = time.perf_counter()
            client.ask("GET", path)
            taken.setdefault(name, []).append((time.perf_counter() - begun) * 1000)
    every = np.concatenate([np.array(times) for times in taken.values()])
    worst = max(taken, key=lambda name: float(np.percentile(taken[name], 95)))
    note = (
        f"95 % of {len(every)} lists of {len(taken)} kinds; median {np.median(every):.0f} ms, slowest kind {worst}: "
        f"95 % within {np.percentile(taken[worst], 95):.0f} ms"
    )
    return Figure("lists", float(np.percentile(every, 95)), tuple(every.round(2).tolist()), note)


def _asked(client: Client) -> Iterator[tuple[str, str]]:
    """What is asked for, and the address."""
    first = "/v1/products"
    yield "first", first
    for order in ("sku", "newest"):
        # A page far down the list.
        following = client.ask("GET", f"{first}?{urlencode({'order': order, 'limit': 200})}")["next"] or ""
        yield f"{order}, on", f"{first}?{urlencode({'order': order, 'cursor': following})}"
    asked: dict[str, dict[str, str]] = {
        "newest": {"order": "newest"},
        "a word": {"q": "harbour"},
        "two words": {"q": "juniper dune"},
        "one product": {"q": f"bulk-{PRODUCTS // 2:05}"},
        "nothing": {"q": "no such thing"},
        "a kind": {"kind": "makeup", "order": "newest"},
        "a tag": {"tag": "summer"},
        "a colour": {"swatch": _color(4321)},
        "live": {"live": "true"},
        "drafts": {"state": "draft", "q": "ember"},
    }
    for name, query in asked.items():
        yield name, f"{first}?{urlencode(query)}"


def _name(number: int) -> str:
    return f"{_WORDS[number % 10]} {_WORDS[number // 10 % 10]} {number}"


def _color(number: int) -> str:
    return f"#{number * 7919 % 0xFFFFFF:06x}"


def _product(number: int) -> dict[str, Any]:
    base = {"sku": f"bulk-{number:05}", "name": _name(number), "description": "Light, and made to be worn."}
    tags = [_TAGS[number % 5], _TAGS[number // 5 % 5]]
    listing = {"tags": tags, "price": {"minor": 100 * (number % 300), "currency": "EUR"}}
    if number % 3 == 0:
        return {
            "definition": {**base, "kind": "eyewear", "dimensions_mm": {"total_width_mm": 140}},
            **listing,
        }
    shades = [
        {"id": f"tone-{shade}", "name": f"{_WORDS[shade]} tone", "color": _color(number + shade)}
        for shade in range(4)
    ]
    made = {"kind": "makeup", "type": "lipstick", "finish": "satin", "coverage": 0.8, "shades": shades}
    return {"definition": {**base, **made}, **listing}


MEASURES: Final[Mapping[str, Callable[[Client], Figure]]] = {
    "photo": photos,
    "glb": glb,
    "csv": rows,
    "lists": lists,
}


def measured(settings: Settings, names: Sequence[str], products: int = PRODUCTS) -> Iterator[Figure]:
    """These figures, of a server with a store of its own in the place that ``settings`` names. Raises TryOnError."""
    store = open_catalogue(settings)
    try:
        if "lists" in names:
            fill(store, products)
        with store.write(find_merchant(store, HOUSE).id) as tenant:
            token = make_token(tenant, "benchmark", SCOPES)[1]
    finally:
        store.close()
    named = {"TRYON_STORE_DIR": str(settings.store_dir), "TRYON_DATABASE_URL": settings.database_url}
    with Server(settings, settings.max_sessions, _UNHURRIED | named) as server:
        for name in names:
            with closing(Client(server.url, token)) as client:
                yield MEASURES[name](client)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line: a line a figure; status 1 where one misses its bar."""
    parser = argparse.ArgumentParser(prog="python -m tryon.bench.catalogue_figures", description=main.__doc__)
    parser.add_argument("--only", choices=list(BARS), action="append", help="this figure; again for others")
    parser.add_argument("--products", type=int, default=PRODUCTS, help="how many are listed and searched")
    parser.add_argument(
        "--database-url", default="", help="an empty PostgreSQL database; SQLite in a folder without it"
    )
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    told = parser.parse_args(arguments)
    found = []
    with tempfile.TemporaryDirectory(prefix="tryon-figures-") as place:
        settings = load_settings(store_dir=Path(place) / "store", database_url=told.database_url)
        try:
            for figure in measured(settings, told.only or list(BARS), told.products):
                found.append(figure)
                sys.stdout.write(f"{figure.line()}\n")
                sys.stdout.flush()
        except TryOnError as error:
            sys.exit(error.sentence)
    if told.json is not None:
        values = {figure.name: {"value": figure.value, "all": figure.all} for figure in found}
        told.json.write_text(json.dumps(values, indent=2) + "\n", "utf-8")
    if any(figure.value > BARS[figure.name] for figure in found):
        sys.exit(1)


if __name__ == "__main__":
    main()
