"""``tryon shop``: a demo shop that embeds the mirror."""

from __future__ import annotations

from typing import Annotated

import typer

from tryon.cli.root import app, sentences
from tryon.config import load_settings
from tryon.errors import ConfigError, StoreInvalid


@app.command()
def shop(
    server: Annotated[
        str | None,
        typer.Option(help="Address of the running mirror. [default: http://localhost:TRYON_PORT]"),
    ] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="TCP port of the shop; 0 takes a free one.")
    ] = 8090,
) -> None:
    """Serve a small demo shop that embeds the mirror of ``tryon serve``, which runs beside it.

    Its origin is registered with the merchant while it runs.
    """
    with sentences():
        from tryon.store.origins import read_origin
        from tryon.web.demo_shop import serve_shop

        settings = load_settings()
        try:
            origin, _ = read_origin(server or f"http://localhost:{settings.port}")
        except StoreInvalid as error:
            raise ConfigError(f"--server: {error.sentence}", setting="server") from error
        serve_shop(settings, origin, port, lambda address: _say(address, origin))


def _say(address: str, origin: str) -> None:
    typer.echo(f"The demo shop is at {address} and shows the mirror of {origin}. Ctrl-C stops it.")
