"""`boxportal cert`: the certificate by which browsers know the portal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from boxportal.cli.acting import boxed, changing, confirm
from boxportal.cli.output import Globals, Output, answering
from boxportal.kernel.certificates import keeping as acts
from boxportal.kernel.certificates.addresses import INNER
from boxportal.kernel.certificates.choices import OWN
from boxportal.kernel.certificates.folder import Facts, read_pem
from boxportal.kernel.certificates.keeping import Keeping, keeping_of
from boxportal.kernel.module import KERNEL
from boxportal.kernel.state import read_snapshot
from boxportal.sdk.context import AuditEntry

app = typer.Typer(no_args_is_help=True, help="The certificate by which browsers know the portal.")
MODES = {
    "own-ca": "made by the box's own authority",
    "files": "from files that you brought",
    "proxy": "none: a server in front encrypts",
    "off": "none: nothing is encrypted",
}


class Switch(StrEnum):
    """On or off."""

    ON = "on"
    OFF = "off"


@contextmanager
def kept(options: Globals) -> Iterator[Keeping]:
    """The certificates of the box; they are the whole box's, whatever company the options name."""
    with boxed(options) as box:
        yield keeping_of(box.get(None))


@app.command("show")
def cert_show(context: typer.Context) -> None:
    """The certificate in use, until when it is good, and what devices must trust."""
    options: Globals = context.obj
    with answering("cert.show", options) as output, kept(options) as keeping:
        show(output, keeping)


@app.command("renew")
def cert_renew(context: typer.Context) -> None:
    """Sign a new certificate now; the server does so by itself in time."""
    options: Globals = context.obj
    with answering("cert.renew", options) as output:
        act(output, options, "core.certificate.renew", acts.renew)


@app.command("use")
def cert_use(
    context: typer.Context,
    certificate: Annotated[Path, typer.Argument(metavar="CERT", help="The certificate with its chain, in PEM form.")],
    key: Annotated[Path, typer.Argument(metavar="KEY", help="Its private key, in PEM form.")],
) -> None:
    """Serve with a certificate of your own from now on. Run it again after each renewal."""
    options: Globals = context.obj
    with answering("cert.use", options) as output:
        chain, secret = read_pem(certificate), read_pem(key)
        act(output, options, "core.certificate.use", lambda keeping: acts.use(keeping, chain, secret))


@app.command("own-ca")
def cert_own_ca(context: typer.Context) -> None:
    """Serve with a certificate that the box makes itself, and that each device is told once to trust."""
    options: Globals = context.obj
    with answering("cert.own-ca", options) as output:
        act(output, options, "core.certificate.own", acts.use_own)


@app.command("rotate-ca")
def cert_rotate_ca(
    context: typer.Context,
    *,
    finish: Annotated[
        bool, typer.Option("--finish", help="Let the successor sign: devices that do not trust it warn from now on.")
    ] = False,
) -> None:
    """Make the own authority's successor: /trust offers both, until --finish lets it take over."""
    options: Globals = context.obj
    with answering("cert.rotate-ca", options) as output:
        if finish:
            if not options.dry_run:
                confirm(options, "Does every device trust the successor?")
            act(output, options, "core.certificate.take-over", acts.let_successor_sign)
        else:
            act(output, options, "core.certificate.successor", acts.make_successor)


@app.command("hsts")
def cert_hsts(context: typer.Context, switch: Annotated[Switch, typer.Argument(help="on or off")]) -> None:
    """Let browsers insist on https (HSTS): nobody can pass a certificate error then, so all devices must trust it."""
    options: Globals = context.obj
    on = switch is Switch.ON
    with answering("cert.hsts", options) as output:
        act(output, options, f"core.certificate.hsts-{switch}", lambda keeping: acts.insist(keeping, on=on))


def act(output: Output, options: Globals, action: str, perform: Callable[[Keeping], None]) -> None:
    """Do it, and note it in the audit log of the box's first company; a dry run only sees whether it may be done."""
    with boxed(options) as box:
        company = box.get(None)
        company.snapshot = read_snapshot(company, KERNEL)
        keeping = keeping_of(company)
        if options.dry_run:
            acts.require_own(keeping)
            output.say("It would be done.")
            return
        perform(keeping)
        with changing(company, dry_run=False) as ctx:
            ctx.audit(AuditEntry(action=action))
        show(output, keeping)


def show(output: Output, keeping: Keeping) -> None:
    certificate, authority, successor = keeping.certificate, keeping.authority, keeping.successor
    output.data |= {
        "mode": keeping.mode,
        "names": certificate.names if certificate else [],
        "ends": certificate.ends if certificate else None,
        "fingerprint": certificate.fingerprint if certificate else "",
        "authority": authority.fingerprint if authority else "",
        "authority_ends": authority.ends if authority else None,
        "permitted": authority.names if authority else [],
        "successor": successor.fingerprint if successor else "",
        "not_covered": keeping.unvouched,
        "hsts": keeping.hsts,
    }
    output.say(f"Certificate: {MODES[keeping.mode]}")
    if not keeping.tls.is_own:
        output.say(f"The box can encrypt by itself: {acts.SWITCH_ON}")
        return
    if certificate:
        output.say(f"For: {', '.join(certificate.names)}\nGood until: {certificate.ends:%Y-%m-%d}")
    if authority and keeping.mode == OWN:
        say_authority(output, authority)
    if successor:
        output.say(f"Its successor, offered there too until cert rotate-ca --finish:\n  {successor.fingerprint}")
    output.say(f"Browsers insist on https: {keeping.hsts or 'no'}")
    for name in keeping.unvouched:
        text = f"The authority was made before {name} was a name of the box, and can't vouch for it."
        output.warn("NOT_COVERED", text, "boxportal cert rotate-ca")


def say_authority(output: Output, authority: Facts) -> None:
    output.say(f"Devices trust it once they opened /trust and saw this there (SHA-256):\n  {authority.fingerprint}")
    output.say(f"It may vouch for: {', '.join(authority.names)}")
    for name in authority.names:
        if "/" in name and name not in INNER:
            output.warn(
                "PUBLIC_ADDRESS", f"It may vouch for {name} on the internet too, because the box has that name."
            )
