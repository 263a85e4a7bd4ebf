"""``tryon serve``: the mirror."""

from __future__ import annotations

from typing import Annotated

import typer

from tryon.cli.root import CatalogueDir, FieldOfView, app, sentences
from tryon.config import load_settings


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on. [default: 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(help="TCP port; 0 takes a free one. [default: 8080]")] = None,
    processes: Annotated[
        int | None, typer.Option(help="Worker processes. [default: the number of cores, at most 8]")
    ] = None,
    threads: Annotated[
        int | None, typer.Option(help="Worker threads of each. [default: all cores in use]")
    ] = None,
    max_sessions: Annotated[int | None, typer.Option(help="Shoppers served at once. [default: 32]")] = None,
    reply: Annotated[
        str | None,
        typer.Option(help="Answer with the changed 'rectangle' or the 'whole' frame. [default: rectangle]"),
    ] = None,
    fov: FieldOfView = None,
    catalogue: CatalogueDir = None,
    qa: Annotated[
        bool,
        typer.Option(
            "--qa", help="Also open /qa: upload clips, replay and measure them, on this machine only."
        ),
    ] = False,
) -> None:
    """Start the mirror and print its address. Ctrl-C, or SIGTERM, closes every session and stops it."""
    with sentences():
        settings = load_settings(
            host=host,
            port=port,
            processes=processes,
            threads=threads,
            max_sessions=max_sessions,
            reply=reply,
            horizontal_fov_deg=fov,
            catalogue_dir=catalogue,
            qa=qa or None,
        )
        from tryon.web.serve import serve as serve_web

        serve_web(settings)
