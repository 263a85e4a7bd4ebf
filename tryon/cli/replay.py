"""``tryon replay``: recorded video through the mirror's own pipeline, and what a run of it comes to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tryon.cli.root import CatalogueDir, FieldOfView, app, sentences
from tryon.config import load_settings


@app.command()
def replay(
    clips: Annotated[
        list[str],
        typer.Argument(
            metavar="CLIP...",
            help="Videos, GIFs, pictures; folders of them; globs; numbered pictures (shot_%04d.png).",
            show_default=False,
        ),
    ],
    look: Annotated[
        list[str],
        typer.Option(
            help="What to wear: SKU[:SHADE][@STRENGTH], several with commas between. May be repeated: every clip is "
            "worn with every look.",
            show_default=False,
        ),
    ],
    out: Annotated[
        str | None,
        typer.Option(
            metavar="OUT.mp4|FOLDER/",
            help="The dressed video; for several takes, or for a run to measure, a folder.",
            show_default=False,
        ),
    ] = None,
    records: Annotated[
        Path | None,
        typer.Option(
            help="Records of every frame: .jsonl, .jsonl.gz or .parquet. A folder always has them.",
            show_default=False,
        ),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="One HTML file that shows it all.", show_default=False)
    ] = None,
    gates: Annotated[
        Path | None,
        typer.Option(
            help="Hold the run against these tolerances (TOML). [default: Tryon's own, with --baseline]"
        ),
    ] = None,
    baseline: Annotated[
        Path | None, typer.Option(help="Hold the run against this baseline.", show_default=False)
    ] = None,
    no_video: Annotated[
        bool, typer.Option("--no-video", help="Write no videos into the folder: records only, and faster.")
    ] = False,
    no_pixels: Annotated[
        bool,
        typer.Option(
            "--no-pixels",
            help="Measure nothing that needs both pictures of a frame: records are made faster.",
        ),
    ] = False,
    realtime: Annotated[
        bool, typer.Option("--realtime", help="Drop the frames that the live server would have to drop here.")
    ] = False,
    fps: Annotated[
        float | None, typer.Option(help="Frames a second of numbered pictures. [default: 30]")
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(help="Takes at once, each in a process of its own on this machine. [default: 1]"),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            metavar="local[:N]|tcp://HOST:PORT",
            help="Run the takes on a Dask cluster: processes of this machine, or a scheduler's workers.",
            show_default=False,
        ),
    ] = None,
    fov: FieldOfView = None,
    catalogue: CatalogueDir = None,
) -> None:
    """Put products on recorded clips, through the mirror's own pipeline and on the clips' own clocks."""
    with sentences():
        settings = load_settings(horizontal_fov_deg=fov, catalogue_dir=catalogue)
        from tryon.cli.replay_run import Wanted, run

        run(
            Wanted(
                clips=tuple(clips),
                looks=tuple(look),
                out=out,
                records=records,
                report=report,
                gates=gates,
                baseline=baseline,
                video=not no_video,
                pixels=not no_pixels,
                realtime=realtime,
                fps=fps,
                jobs=jobs,
                cluster=cluster,
            ),
            settings,
        )
