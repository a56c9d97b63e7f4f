"""Lists at a route: the page of an address, its number of rows, its export, its page of the API."""

import tempfile
from collections.abc import Collection, Iterator
from html import escape
from typing import IO, TypeVar
from urllib.parse import parse_qsl

from fastapi.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from sqlalchemy import Select, select

from boxportal.sdk.context import AuditEntry, ReadCtx
from boxportal.sdk.csv_export import csv_lines
from boxportal.sdk.decimals import format_number
from boxportal.sdk.errors import Invalid
from boxportal.sdk.forms_web import NO_OPTIONS, Options, zone_of
from boxportal.sdk.i18n import Text, lazy
from boxportal.sdk.list_gone import open_view
from boxportal.sdk.list_kept import KeptOfList
from boxportal.sdk.list_state import ListState
from boxportal.sdk.list_view import ListView, count_text
from boxportal.sdk.lists import (
    MAX_EXPORT,
    Base,
    ListEnv,
    Listing,
    ListSpec,
    all_rows,
    count_of,
    page_of,
    read_state,
    records_of,
)
from boxportal.sdk.people import person
from boxportal.sdk.web import page

T = TypeVar("T")
MAX_QUERY = 8_000
BLOCK = 65_536
MEMORY = 1_000_000  # bytes of an export that are kept in memory before it goes to a temporary file


def list_env(ctx: ReadCtx, choices: Options = NO_OPTIONS, currency: str = "") -> ListEnv:
    """For whom a list is."""
    return ListEnv(
        now=ctx.now,
        zone=zone_of(ctx),
        me=ctx.actor.id,
        currency=currency or ctx.company.currency,
        choices=choices,
    )


def list_view(
    ctx: ReadCtx,
    spec: ListSpec,
    base: Base,
    *,
    choices: Options = NO_OPTIONS,
    path: str = "",
    query: str | None = None,
    can_export: bool = False,
    kept: KeptOfList | None = None,
    panel: str = "",
) -> ListView:
    """A list as its template shows it, from a select that already carries access and the query of the address."""
    env = list_env(ctx, choices)
    state, gone = opened(ctx, spec, ctx.origin.query if query is None else query, env, kept)
    found = None if state.errors else page_of(ctx.db, base, state, env, counted=False)
    return ListView(state, env, path or ctx.origin.path, found, can_export, kept, gone, panel)


def opened(
    ctx: ReadCtx, spec: ListSpec, query: str, env: ListEnv, kept: KeptOfList | None
) -> tuple[ListState, tuple[Text, ...]]:
    """The state of an address, and what of a saved view is gone: only the address of a saved view is read leniently."""
    columns = kept.columns if kept else ()
    view_id = dict(parse_qsl(query[:MAX_QUERY])).get("_view", "") if kept else ""
    if kept is None or kept.view(view_id) is None:
        return read_state(spec, query, env, columns=columns), ()
    return open_view(spec, query, env, lambda people: working(ctx, people), columns=columns)


def working(ctx: ReadCtx, people: Collection[int]) -> Collection[int]:
    """Those of these people who work here."""
    return ctx.db.scalars(select(person.c.id).where(person.c.id.in_(people), person.c.state == "active")).all()


def list_page(
    ctx: ReadCtx,
    template: str,
    spec: ListSpec,
    base: Base,
    *,
    choices: Options = NO_OPTIONS,
    export: str = "",
    **values: object,
) -> Response:
    """Answer a list's address: the page (the template gets it as `list`), its count, or its export as CSV.

    `export` is the permission that the export needs; without one there is none.

    Raises: NotPermitted, Invalid (an export of a wrong address).
    """
    asked = dict(parse_qsl(ctx.origin.query[:MAX_QUERY]))
    if asked.get("_count"):
        state = read_state(spec, ctx.origin.query, list_env(ctx, choices))
        return HTMLResponse(escape(count_text(count_of(ctx.db, base, state))))
    kept = ctx.kept_of_list(spec.key)
    if export and asked.get("_format") == "csv":
        ctx.require(export)
        return csv_response(ctx, spec, base, choices=choices, kept=kept)
    if kept and kept.default and not ctx.origin.query:
        # The address says what is shown: also the view that the list opens with stands in it.
        return RedirectResponse(f"{ctx.origin.path}?{kept.default.address}", status_code=303)
    panel, exports = asked.get("_panel", ""), bool(export) and ctx.can(export)
    view = list_view(ctx, spec, base, choices=choices, can_export=exports, kept=kept, panel=panel)
    answer = page(ctx, template, status=view.status, list=view, **values)
    if ctx.origin.is_htmx and not view.errors and not panel:
        # A form sends its empty fields too; the address that the browser shows leaves them out.
        answer.headers["HX-Push-Url"] = view.here
    return answer


def listing_page(ctx: ReadCtx, template: str, listing: Listing, *, export: str = "", **values: object) -> Response:
    """The same for a list that stands ready."""
    return list_page(ctx, template, listing.spec, listing.base, choices=listing.choices, export=export, **values)


def csv_response(
    ctx: ReadCtx,
    spec: ListSpec,
    base: Base,
    *,
    choices: Options = NO_OPTIONS,
    query: str | None = None,
    kept: KeptOfList | None = None,
) -> Response:
    """Every row that the filters leave, in the columns that are shown, as a CSV file to keep.

    Raises: Invalid for a wrong address, or more rows than a file may have.
    """
    env = list_env(ctx, choices)
    state = read_state(spec, ctx.origin.query if query is None else query, env, columns=kept.columns if kept else ())
    if count_of(ctx.db, base, state, to=MAX_EXPORT).capped:
        most = format_number(MAX_EXPORT)
        raise Invalid({"": lazy("A file holds at most %(most)s rows. Filter the list first.", most=most)})
    # Written before the answer begins: the transaction that it reads in ends with the route.
    file = tempfile.SpooledTemporaryFile(max_size=MEMORY)  # noqa: SIM115 closed when the answer was sent
    columns = [spec.by_key[key] for key in state.columns]
    lines = -1  # the first holds the titles
    for line in csv_lines(columns, all_rows(ctx.db, base, state, env), env.zone):
        file.write(line.encode())
        lines += 1
    file.seek(0)
    ctx.audit_reading(AuditEntry(action="core.list.export", title=spec.key, after={"lines": lines}))
    name = f"{spec.key.replace('.', '-')}-{env.today.isoformat()}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_sent(file), media_type="text/csv; charset=utf-8", headers=headers)


def _sent(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while block := file.read(BLOCK):
            yield block


def listed(
    ctx: ReadCtx, spec: ListSpec, base: Select[T], *, choices: Options = NO_OPTIONS
) -> tuple[list[T], str | None]:
    """A page of records for the API, by the query of the address (`limit`, `cursor`, filters), and the next cursor.

    Raises: Invalid.
    """
    return records_of(ctx.db, base, read_state(spec, ctx.origin.query, list_env(ctx, choices)))
