"""`boxportal token`: people's keys to the API."""

from dataclasses import replace
from typing import Annotated

import typer
from sqlalchemy import select

from boxportal.cli.acting import opened, reading
from boxportal.cli.output import Globals, answering
from boxportal.cli.tables import table
from boxportal.cli.user import answered, person_by
from boxportal.kernel.identity import accounts
from boxportal.kernel.identity.models import ApiToken, Person
from boxportal.kernel.running import snapshot_of
from boxportal.sdk.context import Ctx
from boxportal.sdk.database import MAX_ID, one

app = typer.Typer(no_args_is_help=True, help="People's keys to the API.")


@app.command("create")
def token_create(
    context: typer.Context,
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="Whose key it is: it may do what they may, at most.")],
    *,
    name: Annotated[str, typer.Option(help="What the key is for.")],
    scope: Annotated[
        list[str], typer.Option(help="Say crm:read, sales:write or all:read; may be given several times.")
    ],
    days: Annotated[int, typer.Option(help="30, 90 or 365; 0 for a key that does not end.")] = 90,
) -> None:
    """Make a key. Its secret is shown once and kept nowhere."""
    options: Globals = context.obj
    with answered("token.create", options) as (output, ctx):
        areas = ["core", *snapshot_of(ctx).modules]
        secret = accounts.add_token(
            for_person(ctx, person_by(ctx, email)), name=name, scopes=scope, days=days, areas=areas
        )
        output.data |= {"scopes": sorted(set(scope)), "days": days}
        if not options.dry_run:
            output.data["token"] = secret
            output.say(f"This is shown once:\n  {secret}")


@app.command("list")
def token_list(context: typer.Context) -> None:
    """All keys: whose, what for, what they may do. Never their secrets."""
    options: Globals = context.obj
    with answering("token.list", options) as output, opened(options) as company, reading(company) as ctx:
        keys = select(ApiToken, Person.email).join(Person, Person.id == ApiToken.person_id).order_by(ApiToken.id)
        found = ctx.db.execute(keys).all()
        output.data["tokens"] = [
            {"id": key.id, "person": email, "name": key.name, "scopes": key.scopes,
             "created_at": key.created_at.isoformat(), "used_at": key.used_at.isoformat() if key.used_at else None,
             "expires_at": key.expires_at.isoformat() if key.expires_at else None} for key, email in found
        ]  # fmt: skip
        rows = [(key.id, email, key.name, " ".join(key.scopes), f"{key.expires_at:%Y-%m-%d}" if key.expires_at else
                 "never") for key, email in found]  # fmt: skip
        output.say(table(("NO", "WHOSE", "FOR", "MAY", "ENDS"), rows) if rows else "No keys.")


@app.command("revoke")
def token_revoke(
    context: typer.Context, number: Annotated[int, typer.Argument(metavar="NO", min=1, max=MAX_ID)]
) -> None:
    """End a key at once."""
    options: Globals = context.obj
    with answered("token.revoke", options) as (output, ctx):
        key = one(ctx.db, select(ApiToken).where(ApiToken.id == number))
        name, person = key.name, one(ctx.db, select(Person).where(Person.id == key.person_id))
        accounts.remove_token(for_person(ctx, person), number)
        output.data |= {"id": number, "name": name}
        output.say(f"The key {name!r} of {person.name} works no more.")


def for_person(ctx: Ctx, person: Person) -> Ctx:
    """The same context for a person's own things; the audit log still names the system's user."""
    return replace(ctx, actor=replace(ctx.actor, id=person.id))
