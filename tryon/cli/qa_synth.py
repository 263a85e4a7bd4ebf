"""``tryon qa synth``: a clip of a head whose pose, size, skin and light are known."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from tryon.cli.qa import qa
from tryon.cli.root import FieldOfView, progress_bar, sentences
from tryon.config import load_settings
from tryon.errors import ConfigError

_SIZE = re.compile(r"(\d{1,5})[x×](\d{1,5})")


@qa.command("synth")
def synth(
    seconds: Annotated[float, typer.Option(help="How long the clip is.", show_default=False)],
    out: Annotated[
        Path, typer.Option(help="The MP4 to write; its truth and tags come beside it.", show_default=False)
    ],
    motion: Annotated[
        str,
        typer.Option(
            help="still, yaw, pitch, roll, approach, translate, leave, cut or mixed (most of them)."
        ),
    ] = "mixed",
    amplitude: Annotated[
        float | None,
        typer.Option(help="How far the head moves to either side, in degrees or mm. [default: the motion's]"),
    ] = None,
    speed: Annotated[
        float | None,
        typer.Option(help="Its highest speed, in degrees or mm a second. [default: the motion's]"),
    ] = None,
    pd: Annotated[
        float | None,
        typer.Option(help="Distance of the irises' centres, mm. [default: the portrait's]"),
    ] = None,
    iris: Annotated[float, typer.Option(help="Diameter of the irises, mm.")] = 11.7,
    head_width: Annotated[
        float | None,
        typer.Option(help="Width of the face's outline, mm, instead of --pd. [default: the portrait's]"),
    ] = None,
    fov: FieldOfView = None,
    size: Annotated[str, typer.Option(help="Width and height of the picture.")] = "640x480",
    fps: Annotated[float, typer.Option(help="Frames a second.")] = 30.0,
    noise: Annotated[float, typer.Option(help="The sensor's noise, σ in codes of 255.")] = 2.0,
    light: Annotated[str, typer.Option(help="neutral, warm, cold, dim or back.")] = "neutral",
    tone: Annotated[
        str | None,
        typer.Option(
            help="Skin: very_light, light, intermediate, tan, brown or dark. [default: the portrait's]"
        ),
    ] = None,
    portrait: Annotated[
        Path | None,
        typer.Option(help="A picture of one face that looks into the camera. [default: the sample's]"),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the noise.")] = 0,
    quality: Annotated[
        str, typer.Option(help="'crf' as cameras compress, or 'lossless': every bit is kept.")
    ] = "crf",
) -> None:
    """Make a clip whose truth is known: each frame's pose, the distance of the pupils, the light, the skin's tone."""
    with sentences():
        settings = load_settings(horizontal_fov_deg=fov)
        found = _SIZE.fullmatch(size)
        if not found:
            raise ConfigError(f"--size {size!r} is not of the form 640x480.")
        if quality not in {"crf", "lossless"}:
            raise ConfigError(f"--quality {quality!r} is neither 'crf' nor 'lossless'.")
        from tryon.replay.recipe import Recipe
        from tryon.replay.truthclip import make_clip

        recipe = Recipe(
            seconds=seconds,
            motion=motion,
            amplitude=amplitude,
            speed=speed,
            pd_mm=pd,
            iris_mm=iris,
            head_width_mm=head_width,
            fov_deg=settings.horizontal_fov_deg,
            width_px=int(found[1]),
            height_px=int(found[2]),
            fps=fps,
            noise=noise,
            light=light,
            tone=tone,
            portrait=portrait,
            seed=seed,
            lossless=quality == "lossless",
        )
        with progress_bar() as bar:
            task = bar.add_task("making the head", total=None)

            def frame_done(done: int, total: int) -> None:
                bar.update(task, description="frames", completed=done, total=total)

            made = make_clip(recipe, out, frame_done)
        typer.echo(
            f"{out}: frames {made.frames}, with the face in the picture {made.seen}; "
            f"PD {made.head.pd_mm:.1f} mm, ITA {made.head.ita_deg:.0f}°"
        )
        typer.echo(f"{made.truth}: what is true of each")
