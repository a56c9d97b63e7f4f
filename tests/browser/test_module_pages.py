"""The pages of CRM and sales, filled: they fit the screen and pass axe, at a desk and on a phone, light and dark."""

import asyncio
from typing import Literal

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Page

from boxportal.app import build_app
from boxportal.kernel.companies import Box
from tests.browser.test_kernel_pages import problems
from tests.browser.test_style_page import DESK, PHONE
from tests.support.furnished import Furnished, furnish
from tests.support.live import LivePortal
from tests.support.portal import BASE, Portal

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CRM = ("", "/list", "/new", "/funnel", "/settings", "/settings/pipelines/1", "/settings/pipelines/new")
INSIDE = (
    *(f"/crm/deals{rest}" for rest in CRM), "/crm/leads", "/crm/leads/new", "/crm/leads/import", "/crm/leads/forms",
    "/crm/leads/forms/1", "/crm/contacts", "/crm/contacts/new", "/crm/companies", "/crm/companies/new",
    "/crm/activities", "/crm/trash", "/crm/leads/{lead_id}/convert", "/crm/leads/{lead_id}/edit",
    "/crm/deals/{deal_id}/edit", "/crm/deals/{deal_id}/lose", "/crm/activities/{activity_id}/edit",
    "/sales/quotes", "/sales/invoices", "/sales/products", "/sales/products/new", "/sales/products/{product_id}",
    "/sales/seller", "/sales/seller/new", "/sales/deals/{deal_id}/lines", "/sales/deals/{deal_id}/payments/new",
    "/sales/invoices/{invoice_id}/credit", "/admin/modules", "/admin/modules/sales/disable", "/admin/outgoing",
    "/admin/door", "/views",
)  # fmt: skip
OUTSIDE = ("/s/{token}", "/form/ask", "/form/ask?embed=1", "/form/ask/thanks")


def filled(live: LivePortal) -> Furnished:
    """Make a record of every kind in the company that is served, through the same program within this process."""
    held = asyncio._get_running_loop()  # noqa: SLF001 documented, in spite of their names
    asyncio._set_running_loop(None)  # noqa: SLF001
    box = Box.open(live.data)
    try:
        with TestClient(build_app(box), base_url=BASE, client=("127.0.0.1", 50000)) as client:
            return furnish(Portal(live.data, box, client.app, client, live.cast, "sqlite"), "Marked")  # type: ignore[arg-type]
    finally:
        box.close()
        asyncio._set_running_loop(held)  # noqa: SLF001


def found_on(page: Page, made: Furnished, paths: tuple[str, ...]) -> list[str]:
    return [problem for path in paths for problem in problems(page, made.filled(path))]


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("size", "scheme"), [(DESK, "light"), (DESK, "dark"), (PHONE, "light"), (PHONE, "dark")],
    ids=["desk-light", "desk-dark", "phone-light", "phone-dark"],
)  # fmt: skip
def test_pages_of_a_filled_company_fit_the_screen_and_pass_axe(
    live: LivePortal, size: dict[str, int], scheme: Literal["light", "dark"]
) -> None:
    made = filled(live)
    inside, outside = live.page("admin", size=size), live.page(size=size)
    for page in (inside, outside):
        page.emulate_media(color_scheme=scheme)
    records = tuple(path for path in made.own if not path.startswith(("/views/", "/files/")))
    assert len(records) > 8
    assert found_on(inside, made, (*records, *INSIDE)) == []
    assert found_on(outside, made, OUTSIDE) == []
