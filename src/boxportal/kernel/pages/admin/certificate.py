"""Administration: the certificate by which browsers know the portal."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Form, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from boxportal.kernel.audit.lines import write_entry
from boxportal.kernel.certificates import keeping as acts
from boxportal.kernel.certificates.addresses import own_addresses
from boxportal.kernel.certificates.keeping import Keeping, keeping_of
from boxportal.kernel.companies import Company
from boxportal.kernel.database.engines import write_session
from boxportal.kernel.door import PORTS, host_and_port
from boxportal.kernel.pages.admin.door import picture_of
from boxportal.kernel.pages.admin.doors import BOX, BoxRead, Passed, passes
from boxportal.kernel.pages.sign_in import errors_of
from boxportal.kernel.running import company_of
from boxportal.sdk.clock import utcnow
from boxportal.sdk.context import AuditEntry, ReadCtx
from boxportal.sdk.errors import Invalid, RuleBroken
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.routing import Router
from boxportal.sdk.web import edge_of, page

router = Router(prefix="/admin/certificate")
BACK = "/admin/certificate"
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 what a server listens on that all of the network reaches
Pass = Annotated[Passed, passes(BACK, BOX)]
Pem = Annotated[str, Form(max_length=100_000)]


@router.get("")
def certificate(ctx: BoxRead) -> Response:
    return certificate_page(ctx)


@router.post("/renew")
async def certificate_renew(passed: Pass) -> Response:
    return await done(passed, "core.certificate.renew", acts.renew)


@router.post("/own")
async def certificate_own(passed: Pass) -> Response:
    return await done(passed, "core.certificate.own", acts.use_own)


@router.post("/successor")
async def certificate_successor(passed: Pass) -> Response:
    return await done(passed, "core.certificate.successor", acts.make_successor)


@router.post("/take-over")
async def certificate_take_over(passed: Pass) -> Response:
    return await done(passed, "core.certificate.take-over", acts.let_successor_sign)


@router.post("/hsts")
async def certificate_hsts(passed: Pass, *, on: Annotated[bool, Form()] = False) -> Response:
    action = f"core.certificate.hsts-{'on' if on else 'off'}"
    return await done(passed, action, lambda keeping: acts.insist(keeping, on=on))


@router.post("/use")
async def certificate_use(request: Request, passed: Pass, certificate: Pem = "", key: Pem = "") -> Response:
    """Take a certificate in. What was pasted is shown again when it can't be served, but for the key."""
    try:
        require_https(request)
        return await done(passed, "core.certificate.use", lambda keeping: acts.use(keeping, certificate, key))
    except RuleBroken as error:
        async with edge_of(request).reading(request, BOX) as ctx:
            return await run_in_threadpool(certificate_page, ctx, certificate, error)


def require_https(request: Request) -> None:
    """Raises: RuleBroken."""
    if request.url.scheme != "https":
        raise RuleBroken(_("A key may come by https alone. Open the portal by its https address first."))


async def done(passed: Passed, action: str, perform: Callable[[Keeping], None]) -> Response:
    """Do it outside any transaction, for another process does; then write the audit log's line."""
    await run_in_threadpool(perform, keeping_of(passed.company))
    async with passed.company.gate.passing():
        await run_in_threadpool(note, passed, action)
    return passed.go_to(BACK)


def note(passed: Passed, action: str) -> None:
    with write_session(passed.company.engines) as db:
        write_entry(db, passed.actor, AuditEntry(action=action), at=utcnow(), address=passed.address)


def certificate_page(ctx: ReadCtx, pasted: str = "", error: RuleBroken | None = None) -> Response:
    company = company_of(ctx)
    keeping = keeping_of(company)
    links = trust_links(company, keeping)
    return page(
        ctx,
        "kernel/admin/certificate.html",
        status=Invalid.status if error else 200,
        keeping=keeping,
        mode=keeping.mode,
        certificate=keeping.certificate,
        authority=keeping.authority,
        successor=keeping.successor,
        hsts=keeping.hsts not in ("", "max-age=0"),
        links=links,
        picture=picture_of(links[-1]) if keeping.authority and keeping.mode == "own-ca" else "",
        pasted=pasted,
        errors=errors_of(error) if error else {},
    )


def trust_links(company: Company, keeping: Keeping) -> list[str]:
    """Where a device that does not trust the portal yet reads how to: by its name, then by its address in the network.

    Without encryption where there is such a port: then no browser warns before it may.
    """
    port, here = keeping.tls.plain_port, company.address.partition("://")[2]
    host = host_and_port(here, 0)[0]
    listens = company.started_with.box.listen.rpartition(":")[0].strip("[]")
    addresses = own_addresses()[:1] if listens in EVERYWHERE else []
    hosts = list(dict.fromkeys([host, *addresses]))
    scheme, at = ("http", port) if port else ("https", host_and_port(here, PORTS["https"])[1])
    end = "" if at == PORTS[scheme] else f":{at}"
    return [f"{scheme}://{f'[{one}]' if ':' in one else one}{end}/trust" for one in hosts]
