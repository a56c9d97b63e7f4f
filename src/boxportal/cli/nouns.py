"""The command line's composition root: every noun with its verbs."""

import typer

from boxportal.cli import admin, audit, backup, company, install, module, sample, serve, status, token, user
from boxportal.cli.line import new_line
from boxportal.cli.output import Globals, answering, program_version

app = new_line()
app.add_typer(admin.app, name="admin")
app.add_typer(audit.app, name="audit")
app.add_typer(backup.app, name="backup")
app.add_typer(company.app, name="company")
app.add_typer(module.app, name="module")
app.add_typer(sample.app, name="sample")
app.add_typer(token.app, name="token")
app.add_typer(user.app, name="user")
app.command("install")(install.install)
app.command("serve")(serve.serve)
app.command("status")(status.status)


@app.command("version")
def version(context: typer.Context) -> None:
    """Print the program's version."""
    options: Globals = context.obj
    with answering("version", options) as output:
        output.data["version"] = program_version()
        output.say(program_version())
