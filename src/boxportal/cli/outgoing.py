"""`boxportal outgoing`: what this box talked to, and what it may talk to in the own network."""

from typing import Annotated

import typer

from boxportal.cli.acting import changing, opened, reading
from boxportal.cli.output import Globals, answering
from boxportal.cli.tables import table
from boxportal.kernel.talks import AllowedTargets, allow_target, forbid_target, list_calls

app = typer.Typer(no_args_is_help=True, help="What this box talked to, and what it may talk to.")
MOST = 1000
Target = Annotated[str, typer.Argument(metavar="HOST:PORT")]


@app.command("list")
def outgoing_list(
    context: typer.Context, limit: Annotated[int, typer.Option(min=1, max=MOST, help="How many, newest first.")] = 50
) -> None:
    """What the box talked to, newest first, and what it may talk to in the own network."""
    options: Globals = context.obj
    with answering("outgoing.list", options) as output, opened(options) as company, reading(company) as ctx:
        calls, _more = list_calls(ctx, limit=limit)
        targets = ctx.settings(AllowedTargets).targets
        output.data |= {
            "calls": [
                {"at": c.at.isoformat(), "purpose": c.purpose, "host": c.host, "port": c.port, "address": c.address,
                 "result": c.result, "said": c.said, "sent": c.sent, "received": c.received,
                 "milliseconds": c.milliseconds}
                for c in calls
            ],
            "allowed": targets,
        }  # fmt: skip
        rows = [
            (
                f"{c.at:%Y-%m-%d %H:%M:%S}",
                f"{c.host}:{c.port}",
                c.purpose,
                c.result,
                str(c.sent),
                str(c.received),
                c.said,
            )
            for c in calls
        ]
        heads = ("AT (UTC)", "WHERE", "WHAT FOR", "RESULT", "SENT", "RECEIVED", "SAID")
        output.say(table(heads, rows) if rows else "This box has talked to nobody.")
        output.say(f"Allowed in the own network: {', '.join(targets) or 'nothing but the mail server'}")


@app.command("allow")
def outgoing_allow(context: typer.Context, target: Target) -> None:
    """Let modules ask a machine of the own network, or an unusual port."""
    options: Globals = context.obj
    with answering("outgoing.allow", options) as output, opened(options) as company:
        with changing(company, dry_run=options.dry_run) as ctx:
            allowed = allow_target(ctx, target)
        output.data["target"] = allowed
        output.say(f"{allowed} may be reached.")


@app.command("forbid")
def outgoing_forbid(context: typer.Context, target: Target) -> None:
    """Take such a permission back."""
    options: Globals = context.obj
    with answering("outgoing.forbid", options) as output, opened(options) as company:
        with changing(company, dry_run=options.dry_run) as ctx:
            forbid_target(ctx, target)
        output.data["target"] = target
        output.say(f"{target} may not be reached any more.")
