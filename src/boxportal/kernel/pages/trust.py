"""How a device begins to trust the portal: for everyone in the network, signed in or not, encrypted or not."""

from typing import Annotated, Literal

from fastapi import Path
from fastapi.responses import Response

from boxportal.kernel.backup.places import data_of
from boxportal.kernel.certificates.folder import Folder
from boxportal.kernel.certificates.trust import STEM, TYPES, Offered, device_of, in_form, offered
from boxportal.kernel.config import settings_folder
from boxportal.kernel.running import company_of
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.errors import NotFound
from boxportal.sdk.routing import Router
from boxportal.sdk.web import page, reads

router = Router(prefix="/trust")
Anybody = Annotated[ReadCtx, reads(public=True)]
Name = Annotated[str, Path(max_length=32)]


@router.get("")
def trust(ctx: Anybody) -> Response:
    return page(
        ctx, "kernel/trust.html", authorities=those_of(ctx), device=device_of(ctx.origin.agent),
        address=company_of(ctx).address,
    )  # fmt: skip


@router.get(f"/{STEM}.mobileconfig")
def trust_profile(ctx: Anybody) -> Response:
    return Response(in_form(those_of(ctx), "mobileconfig"), media_type=TYPES["mobileconfig"])


@router.get(f"/{{name}}/{STEM}.{{form}}")
def trust_file(ctx: Anybody, name: Name, form: Literal["pem", "crt"]) -> Response:
    meant = [one for one in those_of(ctx) if one.name == name]
    if not meant:
        raise NotFound
    headers = {"Content-Disposition": f'attachment; filename="{STEM}.{form}"'}
    return Response(in_form(meant, form), media_type=TYPES[form], headers=headers)


def those_of(ctx: ReadCtx) -> list[Offered]:
    """The authorities that may be trusted.

    Raises: NotFound where the box has none.
    """
    company = company_of(ctx)
    found = offered(Folder(settings_folder(data_of(company))), company.started_with.tls)
    if not found:
        raise NotFound
    return found
