"""Everything sales adds to the server, in one place. Imported only where sales is on."""

from boxportal.contracts import crm, sales
from boxportal.modules.sales import access as see
from boxportal.modules.sales import home, jobs, lacking, links, panels, sample_rows, search, steps, timeline
from boxportal.modules.sales.models.invoices import Invoice, Payment
from boxportal.modules.sales.models.orders import Order, Shipment
from boxportal.modules.sales.models.quotes import Quote
from boxportal.modules.sales.models.sellers import Product
from boxportal.modules.sales.pages import indexes as lists
from boxportal.sdk.access import Scope
from boxportal.sdk.context import Ctx
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.module import (
    Deadline,
    HomeCard,
    Job,
    ListKind,
    MenuItem,
    Module,
    NoticeKind,
    Panel,
    Permission,
    RecordKind,
    SampleData,
    SearchSource,
    TimelineSource,
)
from boxportal.sdk.personal import PersonalData
from boxportal.sdk.routing import Later, Router

EVERYBODY = {"employee": Scope.ALL, "head": Scope.ALL}
COVERED = ("/sales/deals", "/sales/orders", "/sales/payments", "/sales/shipments", "/sales/questions")
HEADS = {"head": Scope.ALL}


def permissions() -> tuple[Permission, ...]:
    """A document is seen by whoever sees its deal, so these say what may be done at all, not how far."""
    things = (
        (sales.QUOTE, _l("Quotes"), ("see", "create", "edit", "delete")),
        (sales.ORDER, _l("Orders"), ("see", "create")),
        (sales.INVOICE, _l("Invoices"), ("see", "create", "edit", "issue", "delete", "export")),
        (sales.PAYMENT, _l("Payments"), ("see", "create", "delete")),
        (sales.SHIPMENT, _l("Shipments"), ("see", "create", "delete")),
        (sales.PRODUCT, _l("Products"), ("see", "create", "edit")),
    )
    each = [Permission(f"{kind}.{verb}", title, EVERYBODY) for kind, title, verbs in things for verb in verbs]
    return (
        *each,
        Permission("sales.seller.create", _l("The firm's details, the first time"), EVERYBODY),
        Permission("sales.seller.edit", _l("The firm's details on documents"), HEADS),
    )


def add_sample(ctx: Ctx) -> None:
    """Add the sample documents."""
    from boxportal.modules.sales import sample  # noqa: PLC0415 once in a company's life

    sample.add(ctx)


def pages() -> Router:
    from boxportal.modules.sales.pages.everything import router  # noqa: PLC0415 when the first page is asked for

    return router


def api() -> Router:
    from boxportal.modules.sales.api.router import router  # noqa: PLC0415 when the first program comes

    return router


def public() -> Router:
    from boxportal.modules.sales.pages.client import router  # noqa: PLC0415 when the first client comes

    return router


def personal() -> PersonalData:
    from boxportal.modules.sales.personal import PERSONAL  # noqa: PLC0415 when somebody asks what is held on a person

    return PERSONAL


MODULE = Module(
    id="sales",
    pages=Later(pages),
    api=Later(api),
    public=Later(public),
    outside=links.outside,
    lacking=lacking.lacking,
    menu=[
        MenuItem(
            _l("Quotes"), "/sales/quotes", "sales.quote.see", "file-text", order=50, under="/crm/deals", covers=COVERED
        ),
        MenuItem(_l("Invoices"), "/sales/invoices", "sales.invoice.see", "file-invoice", order=51, under="/crm/deals"),
        MenuItem(_l("Products"), "/sales/products", "sales.product.see", "package", order=52, under="/crm/deals"),
        MenuItem(_l("Seller"), "/sales/seller", "sales.seller.edit", "building-store", order=53, under="/crm/deals"),
    ],
    permissions=permissions(),
    records=[
        RecordKind(sales.PRODUCT, Product, Product.name, _l("Products"), "/sales/products/{id}", see.visible_products),
        RecordKind(sales.QUOTE, Quote, Quote.title, _l("Quotes"), "/sales/quotes/{id}", see.visible_quotes,
                   deadline=Deadline(Quote.valid_until, _l("Valid until"))),
        RecordKind(sales.ORDER, Order, Order.title, _l("Orders"), "/sales/orders/{id}", see.visible_orders),
        RecordKind(sales.INVOICE, Invoice, Invoice.title, _l("Invoices"), "/sales/invoices/{id}", see.visible_invoices,
                   deadline=Deadline(Invoice.due_on, _l("To be paid by"))),
        RecordKind(sales.PAYMENT, Payment, Payment.title, _l("Payments"), "/sales/payments/{id}", see.visible_payments),
        RecordKind(
            sales.SHIPMENT, Shipment, Shipment.title, _l("Shipments"), "/sales/shipments/{id}", see.visible_shipments
        ),
    ],
    lists=[
        ListKind(key="sales.quotes", title=_l("Quotes"), url="/sales/quotes", permission="sales.quote.see",
                 listing=lists.quote_listing, kind=sales.QUOTE),
        ListKind(key="sales.invoices", title=_l("Invoices"), url="/sales/invoices", permission="sales.invoice.see",
                 listing=lists.invoice_listing, kind=sales.INVOICE,
                 export="sales.invoice.export"),
        ListKind(key="sales.products", title=_l("Products"), url="/sales/products", permission="sales.product.see",
                 listing=lists.product_listing, kind=sales.PRODUCT),
    ],
    panels=[
        Panel("sales-lines", crm.DEAL, _l("Lines"), "sales/_lines_panel.html", "sales.quote.see", panels.lines_panel),
        Panel("sales-papers", crm.DEAL, _l("Documents"), "sales/_papers_panel.html", "", panels.papers_panel, 60),
    ],
    home=[
        HomeCard("sales.overdue", _l("Overdue invoices"), "sales/home/_overdue.html", "sales.invoice.see", home.overdue)
    ],
    timeline=[TimelineSource(crm.DEAL, timeline.deal_entries)],
    search=[
        SearchSource(sales.PRODUCT, search.product_rows),
        SearchSource(sales.QUOTE, search.quote_rows),
        SearchSource(sales.ORDER, search.order_rows),
        SearchSource(sales.INVOICE, search.invoice_rows),
    ],
    notices=[
        NoticeKind("sales.client", _l("A client answers, accepts or declines")),
        NoticeKind("sales.overdue", _l("An invoice is overdue")),
    ],
    jobs=[Job("overdue", jobs.tell_overdue, every=jobs.EVERY)],
    actions={
        "sales.quote.send": _l("sent the quote"),
        "sales.quote.mail": _l("mailed it"),
        "sales.invoice.mail": _l("mailed it"),
        "sales.quote.accept": _l("recorded that the client agreed"),
        "sales.quote.decline": _l("recorded that the client declined"),
        "sales.question.answer": _l("answered the client's question"),
        "sales.order.edit": _l("noted the contract"),
        "sales.invoice.issue": _l("issued it"),
        "sales.invoice.correct": _l("corrected it by a credit note"),
        "sales.invoice.cancel": _l("cancelled it"),
        "sales.seller.create": _l("said the firm's details"),
        "sales.seller.edit": _l("changed the firm's details"),
        "sales.payment.delete": _l("took the payment out"),
        "sales.shipment.delete": _l("took the shipment out"),
        "sales.payment.create": _l("recorded the payment"),
        "sales.shipment.create": _l("recorded the shipment"),
        "sales.product.create": _l("added the product"),
        "sales.product.edit": _l("changed the product"),
    },
    sample=SampleData(add_sample, sample_rows.rows, sample_rows.ties, sample_rows.remove, sample_rows.is_there),
    personal=personal,
    provides={crm.SalesWork: steps.Work},
)  # fmt: skip
