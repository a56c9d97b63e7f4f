"""The API's document and a page that shows it, both of what is on in this company."""

import json
from dataclasses import dataclass
from typing import Annotated

from fastapi.responses import Response

from boxportal.kernel.api.document import openapi_of
from boxportal.kernel.running import snapshot_of
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.routing import Router
from boxportal.sdk.web import page, reads

router = Router(prefix="/api/v1")
Reader = Annotated[ReadCtx, reads()]
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class ShownOperation:
    """One way to call the API, as the page shows it."""

    method: str
    path: str
    summary: str
    about: str
    parameters: list[dict[str, object]]
    body: str


@router.get("/openapi.json")
def openapi_show(ctx: Reader) -> Response:
    """The OpenAPI document of the modules that are on."""
    modules = tuple(sorted(snapshot_of(ctx).modules))
    return Response(openapi_of(modules, ctx.company.title), media_type="application/json")


@router.get("/docs")
def docs_show(ctx: Reader) -> Response:
    """The same for people to read."""
    document = json.loads(openapi_of(tuple(sorted(snapshot_of(ctx).modules)), ctx.company.title))
    return page(ctx, "kernel/api_docs.html", about=document["info"]["description"], groups=groups_of(document))


def groups_of(document: dict[str, dict[str, dict[str, dict[str, object]]]]) -> dict[str, list[ShownOperation]]:
    """The operations by the collection that they belong to."""
    groups: dict[str, list[ShownOperation]] = {}
    for path, methods in sorted(document["paths"].items()):
        group = "/".join(path.split("/")[3:5]) if path.count("/") > 3 else path.split("/")[3]  # noqa: PLR2004 /api/v1/x
        for method in METHODS:
            if method in methods:
                groups.setdefault(group, []).append(shown(method, path, methods[method]))
    return groups


def shown(method: str, path: str, operation: dict[str, object]) -> ShownOperation:
    parameters = operation.get("parameters", [])
    body = operation.get("requestBody", {})
    reference = json.dumps(body).partition("#/components/schemas/")[2].partition('"')[0]
    return ShownOperation(
        method=method.upper(),
        path=path,
        summary=str(operation.get("summary", "")),
        about=str(operation.get("description", "")),
        parameters=list(parameters) if isinstance(parameters, list) else [],
        body=reference,
    )
