"""From a document to what its page says: every text cleaned, every figure written, ready for the template to place."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from boxportal.modules.sales.printing.document import ASKS_PAYMENT, PrintedDocument, Watermark
from boxportal.modules.sales.printing.figures import Figures
from boxportal.modules.sales.printing.labels import LABELS, Labels
from boxportal.modules.sales.printing.table import Table
from boxportal.modules.sales.printing.texts import LONGEST_NAME, Json, clipped, long_text, pairs, text, value, values

_COLOURS: Mapping[Watermark, str] = MappingProxyType(
    {
        "draft": "#e9ecf1",
        "paid": "#dcf1e3",
        "cancelled": "#fbe3e1",
        "expired": "#f8ecd8",
        "replaced": "#f8ecd8",
        "copy": "#e9ecf1",
    },
)


def page_of(document: PrintedDocument) -> dict[str, Json]:
    """What the template `document.typ` is given, but for what is drawn: fonts, logo and watermark."""
    labels = LABELS[document.language]
    figures = Figures.of(document.language, document.paper, document.currency)
    table = Table(document, labels, figures)
    page = _Page(document, labels, figures)
    return {
        **page.frame(),
        **page.parties(),
        "facts": [[name, value(fact)] for name, fact in page.facts()],
        "introduction": long_text(document.introduction),
        "columns": table.columns(),
        "rows": table.rows(),
        "totals": table.totals(),
        "totals_note": table.note(),
        "words": long_text(document.amount_in_words),
        **page.closing(),
    }


@dataclass(frozen=True, slots=True)
class _Page:
    """What stands around the table."""

    document: PrintedDocument
    labels: Labels
    figures: Figures

    def frame(self) -> dict[str, Json]:
        shown, mark = self.document, self.document.watermark
        return {
            "title": value(shown.title, LONGEST_NAME) or self.labels.titles[shown.kind],
            "number": value(shown.number, LONGEST_NAME),
            "language": shown.language,
            "paper": "us-letter" if shown.paper == "letter" else "a4",
            "issued": [shown.issued.year, shown.issued.month, shown.issued.day],
            "watermark": {"text": self.labels.watermarks[mark], "colour": _COLOURS[mark]} if mark else None,
            "footer": long_text(shown.footer),
            "page": self.labels.page,
        }

    def parties(self) -> dict[str, Json]:
        seller, buyer, labels = self.document.seller, self.document.buyer, self.labels
        attention = clipped(buyer.attention)
        return {
            "seller": {
                "name": value(seller.name),
                "address": values(seller.address),
                "numbers": pairs(seller.numbers),
                "contacts": values(seller.contacts),
            },
            "buyer": {
                "label": labels.buyers[self.document.kind],
                "name": value(buyer.name),
                "attention": text(labels.attention.format(name=attention)) if attention else None,
                "address": values(buyer.address),
                "numbers": pairs(buyer.numbers),
                "contacts": values(buyer.contacts),
                "delivery": {"label": labels.delivery, "lines": values(buyer.delivery)} if buyer.delivery else None,
            },
        }

    def facts(self) -> Iterable[tuple[str, str]]:
        """The dates and the documents that this one goes back to."""
        shown, labels, day = self.document, self.labels, self.figures.day
        dates = ((labels.due_date, shown.due), (labels.valid_until, shown.valid_until))
        yield labels.issued, day(shown.issued)
        if shown.supplied is not None:
            yield labels.supplied, self._period(shown.supplied, shown.supplied_until)
        for name, on in dates:
            if on is not None:
                yield name, day(on)
        for reference in shown.references:
            number, dated = clipped(reference.number), reference.dated
            written = labels.dated.format(number=number, date=day(dated)) if dated is not None else number
            yield labels.references[reference.kind], written
        if shown.reason:
            yield labels.reason, clipped(shown.reason)

    def _period(self, start: date, end: date | None) -> str:
        if end is None or end == start:
            return self.figures.day(start)
        return self.labels.period.format(start=self.figures.day(start), end=self.figures.day(end))

    def closing(self) -> dict[str, Json]:
        shown, labels = self.document, self.labels
        notes = [f"{clipped(tax.label, LONGEST_NAME)}: {clipped(tax.note)}" for tax in shown.taxes if tax.note]
        texts = [(labels.notes, long_text(shown.notes)), (labels.terms, long_text(shown.terms))]
        return {
            "tax_notes": [text(note) for note in notes],
            "payment": self._payment(),
            "texts": [{"label": label, "text": body} for label, body in texts if body],
            "signatures": [*self._signatures()],
        }

    def _payment(self) -> Json:
        shown, labels = self.document, self.labels
        reference = value(shown.payment_reference)
        if shown.kind not in ASKS_PAYMENT or not (shown.seller.accounts or reference):
            return None
        return {
            "label": labels.payment,
            "reference": [labels.payment_reference, reference] if reference else None,
            "accounts": [pairs(account) for account in shown.seller.accounts],
        }

    def _signatures(self) -> Iterable[Json]:
        """Who issued the document and who accepted it, with or without a place to sign on."""
        shown, labels, day = self.document, self.labels, self.figures.day
        if shown.seller.signatory or shown.signature_places:
            names = values([shown.seller.signatory, shown.seller.signatory_role])
            yield {"label": labels.issued_by, "lines": names, "sign": labels.signature}
        if shown.accepted is not None:
            accepted = shown.accepted
            lines = values([accepted.name, day(accepted.on), accepted.how])
            yield {"label": labels.accepted_by, "lines": lines, "sign": None}
        elif shown.signature_places:
            sign = f"{labels.name}, {labels.date.lower()}, {labels.signature.lower()}"
            yield {"label": labels.accepted_by, "lines": [], "sign": sign}
