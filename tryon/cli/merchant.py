"""``tryon merchant …``: merchants and the tokens of their programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast

import typer

from tryon.cli.listing import Format, FormatOption, show
from tryon.cli.root import app, sentences
from tryon.config import load_settings
from tryon.errors import StoreInvalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tryon.store.merchants import Scope

merchant = typer.Typer(
    help="Merchants, and the tokens with which programs act for them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(merchant, name="merchant")


@merchant.callback()
def _merchant() -> None:
    pass


@merchant.command()
def add(
    slug: Annotated[str, typer.Argument(help="Small letters, digits and dashes; TRYON_MERCHANT names it.")],
    name: Annotated[str, typer.Option(help="The merchant's name. [default: the slug]")] = "",
) -> None:
    """Add a merchant, with an empty catalogue of its own."""
    with sentences():
        from tryon.store.house import open_catalogue
        from tryon.store.merchants import add_merchant

        store = open_catalogue(load_settings())
        try:
            made = add_merchant(store, slug, name)
        finally:
            store.close()
    typer.echo(f"Added {made.slug}. Show its catalogue with TRYON_MERCHANT={made.slug}.")


@merchant.command("list")
def list_(form: FormatOption = Format.table) -> None:
    """List the merchants."""
    with sentences():
        from tryon.store.house import open_catalogue
        from tryon.store.merchants import all_merchants

        store = open_catalogue(load_settings())
        try:
            found = [{"slug": one.slug, "name": one.name} for one in all_merchants(store)]
        finally:
            store.close()
    show(found, ["slug", "name"], form)


@merchant.command("owner")
def owner(
    slug: Annotated[str, typer.Argument(help="Whose owner comes.")] = "house",
    email: Annotated[
        str,
        typer.Option(
            help="Somebody who is here and has lost their password or phone. [default: a new owner]"
        ),
    ] = "",
    url: Annotated[
        str, typer.Option(help="Where browsers reach the server. [default: http://localhost:PORT]")
    ] = "",
) -> None:
    """Print a link that lets an owner into the studio: once, within three days."""
    with sentences():
        from tryon.store.house import open_catalogue
        from tryon.store.links import invite, reset
        from tryon.store.merchants import find_merchant

        settings = load_settings()
        store = open_catalogue(settings)
        try:
            with store.write(find_merchant(store, slug).id, "cli") as tenant:
                _, secret = reset(tenant, email) if email else invite(tenant, "owner")
        finally:
            store.close()
    base = url.rstrip("/") or f"http://localhost:{settings.port}"
    typer.echo(f"{base}/studio/join/{secret}")


@merchant.command()
def token(
    slug: Annotated[str, typer.Argument(help="Whose token it is.")],
    name: Annotated[str, typer.Option(help="What it is for.")] = "command line",
    scope: Annotated[
        list[str] | None,
        typer.Option(
            help="read, write, publish, embed or tokens; may be given several times. [default: all five]"
        ),
    ] = None,
) -> None:
    """Make an API token and print it: this once, it is kept nowhere."""
    with sentences():
        from tryon.store.house import open_catalogue
        from tryon.store.merchants import SCOPES, find_merchant, make_token

        wanted = tuple(scope or SCOPES)
        wrong = [one for one in wanted if one not in SCOPES]
        if wrong:
            raise StoreInvalid(f"There is no scope {wrong[0]!r}; there are {', '.join(SCOPES)}.")
        store = open_catalogue(load_settings())
        try:
            with store.write(find_merchant(store, slug).id, "cli") as tenant:
                _, text = make_token(tenant, name, cast("Sequence[Scope]", wanted))
        finally:
            store.close()
    typer.echo(text)


@merchant.command()
def rekey(slug: Annotated[str, typer.Argument(help="Whose embed tokens.")]) -> None:
    """Make a new key for embed tokens: those that are out are refused from now on, the next ones are signed with it."""
    with sentences():
        from tryon.store.embed_keys import renew
        from tryon.store.house import open_catalogue
        from tryon.store.merchants import find_merchant

        store = open_catalogue(load_settings())
        try:
            with store.write(find_merchant(store, slug).id, "cli") as tenant:
                key = renew(tenant)
        finally:
            store.close()
    typer.echo(f"Embed tokens of {slug} are signed with key {key.id} now.")
