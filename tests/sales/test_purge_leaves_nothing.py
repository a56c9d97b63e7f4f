"""A purge of sales takes the sellers' logos along, but no picture that somebody else shows."""

from pathlib import Path

from tests.sales.firm import PUMPS, begin_sale
from tests.sales.test_sellers import picture, set_logo
from tests.support.portal import Portal

from boxportal.kernel.pictures.store import folder_of
from boxportal.kernel.switch.change import Acting
from boxportal.kernel.switch.orders import Order
from boxportal.kernel.switch.perform import perform
from boxportal.kernel.web.render import render

COMPANY = {"title": "Acme Pumps", "country": "TZ", "currency": "TZS", "language": "en", "timezone": "UTC"}


def no_backup(_: Acting) -> Path:
    return Path("kept.bpb")


def pictures(portal: Portal) -> set[str]:
    return {path.name for path in folder_of(portal.company).glob("*.png")}


def test_logos_of_sellers_go_and_the_companys_own_stays(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.write_lines(PUMPS)
    sale.quote()
    admin = portal.browser("admin")
    assert set_logo(admin, picture(colour="red")) == 303
    replaced = pictures(portal)
    assert set_logo(admin, picture(colour="blue")) == 303
    shared = {"logo": ("logo.png", picture(size=(64, 64), colour="green"), "image/png")}
    assert admin.post("/admin/company", COMPANY, files=shared).status_code == 303
    sale.send(sale.quote())  # the document keeps the seller's logo by name
    acting = Acting(portal.company, portal.actor("admin"), render)
    perform(acting, Order(verb="disable", modules=("sales",)), no_backup)
    assert len(pictures(portal)) == 3
    perform(acting, Order(verb="purge", modules=("sales",)), no_backup)
    (kept,) = pictures(portal) - replaced
    assert portal.company.snapshot.info.logo.endswith(kept)
