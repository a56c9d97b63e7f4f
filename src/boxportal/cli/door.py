"""`boxportal door`: the public door, by which clients come in from outside."""

from typing import Annotated

import typer

from boxportal.cli.acting import boxed, changing, reading
from boxportal.cli.output import Globals, Output, answering
from boxportal.kernel.companies import Box, Company
from boxportal.kernel.door import DoorSettings
from boxportal.kernel.letting_in import setting, trying
from boxportal.kernel.module import KERNEL
from boxportal.kernel.state import offered_address, read_door, read_snapshot
from boxportal.sdk.errors import Invalid

app = typer.Typer(no_args_is_help=True, help="The public door, by which clients open links and forms from outside.")


def opened(box: Box, name: str | None) -> Company:
    """The company that is meant; of all others too it is known which doors they have."""
    for company in box.companies.values():
        company.snapshot = read_snapshot(company, KERNEL)
    return box.get(name)


@app.command("show")
def door_show(context: typer.Context) -> None:
    """Where clients come in, and what was seen of somebody from outside."""
    options: Globals = context.obj
    with answering("door.show", options) as output, boxed(options) as box:
        company = opened(box, options.company)
        with reading(company) as ctx:
            tell(output, company, read_door(ctx.db, company))


@app.command("set")
def door_set(
    context: typer.Context,
    address: Annotated[str, typer.Argument(help="What clients' links begin with: https://clients.acme.example")],
    listen: Annotated[str, typer.Option(help="A port for clients alone: 8081, or 127.0.0.1:8081 for a proxy.")] = "",
) -> None:
    """Set the public address. It must be tested from outside before any screen offers links for clients."""
    options: Globals = context.obj
    with answering("door.set", options) as output, boxed(options) as box:
        company = opened(box, options.company)
        with changing(company, dry_run=options.dry_run) as ctx:
            try:
                kept = setting.set_door(ctx, address, listen)
            except Invalid as error:
                names = {"address": "ADDRESS", "listen": "--listen"}
                raise Invalid({names.get(name, name): text for name, text in error.fields.items()}) from error
        tell(output, company, kept)


@app.command("test")
def door_test(context: typer.Context) -> None:
    """Make a link that works once: opened on a telephone without Wi-Fi, it shows that clients get in."""
    options: Globals = context.obj
    with answering("door.test", options) as output, boxed(options) as box:
        company = opened(box, options.company)
        with changing(company, dry_run=options.dry_run) as ctx:
            link = trying.make_try(ctx)
        if options.dry_run:
            output.say("A test link would be made.")
            return
        output.data["link"] = link
        output.say(f"Open this on a telephone without Wi-Fi, within an hour, and press the button there:\n  {link}\n")
        output.say(drawn(link))
        output.say("Then look: boxportal door show")


@app.command("close")
def door_close(context: typer.Context) -> None:
    """Offer no more links for clients, and close the port for them. Links given out work when it is open again."""
    options: Globals = context.obj
    with answering("door.close", options) as output, boxed(options) as box:
        company = opened(box, options.company)
        with changing(company, dry_run=options.dry_run) as ctx:
            kept = setting.close_door(ctx)
        tell(output, company, kept)


def tell(output: Output, company: Company, door: DoorSettings) -> None:
    offered = offered_address(company, door)
    output.data |= {
        "address": door.address,
        "listen": door.listen,
        "offered": offered,
        "tested_at": door.tested_at,
        "tested_from": door.tested_from,
        "seen_at": door.seen_at,
        "seen_from": door.seen_from,
    }
    output.say(f"Public address: {door.address or 'none'}")
    output.say(f"Port for clients: {door.listen or 'none of its own'}")
    output.say(f"Links for clients begin with: {offered or 'no links are offered'}")
    if door.tested_at is not None:
        output.say(f"Tested {door.tested_at:%Y-%m-%d %H:%M} UTC, from {door.tested_from}, which is outside.")
    elif door.seen_at is not None and door.seen_straight:
        output.say(
            f"Not safe: {door.seen_at:%Y-%m-%d %H:%M} UTC the test came from {door.seen_from} straight to the portal's"
            " own port, where everything answers. Lead the router or proxy to the port for clients, and test again."
        )
    elif door.seen_at is not None:
        output.say(
            f"Not tested: {door.seen_at:%Y-%m-%d %H:%M} UTC the test came from {door.seen_from}, a private network."
        )
    elif door.address:
        output.say("Not tested from outside yet: boxportal door test")


def drawn(link: str) -> str:
    """The link as a QR code for the terminal."""
    import io  # noqa: PLC0415 for this one command

    import segno  # noqa: PLC0415 as above

    drawing = io.StringIO()
    segno.make(link, error="l").terminal(drawing, compact=True)
    return drawing.getvalue()
