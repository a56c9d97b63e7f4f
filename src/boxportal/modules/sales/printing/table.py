"""The lines of a document and the sums under them, as the template takes them."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count

from boxportal.modules.sales.printing.document import ASKS_PAYMENT, Line, PrintedDocument
from boxportal.modules.sales.printing.figures import Figures
from boxportal.modules.sales.printing.labels import Labels
from boxportal.modules.sales.printing.texts import LONGEST_NAME, Json, clipped, long_text, text, value

_LONGEST_CELL = 40


@dataclass(frozen=True, slots=True)
class Table:
    """Lines and sums of one document."""

    document: PrintedDocument
    labels: Labels
    figures: Figures

    def columns(self) -> Json:
        """Key and heading of the columns that this document needs, in order."""
        labels, lines = self.labels, self.document.lines
        wanted = (
            ("position", labels.position, True),
            ("item", labels.item, True),
            ("quantity", labels.quantity, any(line.quantity is not None for line in lines)),
            ("unit", labels.unit, any(line.unit for line in lines)),
            ("price", labels.unit_price, any(line.unit_price is not None for line in lines)),
            ("discount", labels.discount, any(line.discount or line.discount_amount for line in lines)),
            ("tax", labels.tax, any(line.tax for line in lines)),
            ("amount", labels.amount.format(currency=self.document.currency), True),
        )
        return [{"key": key, "label": label} for key, label, is_wanted in wanted if is_wanted]

    def rows(self) -> Json:
        """The lines; where none has a position of its own they are counted."""
        lines = self.document.lines
        if any(line.position for line in lines):
            return [self._row(line, clipped(line.position, _LONGEST_CELL)) for line in lines]
        numbers = count(1)
        return [self._row(line, "" if line.amount is None else str(next(numbers))) for line in lines]

    def totals(self) -> Json:
        """Name, figure and weight (`plain`, `sum`, `due`) of each line under the table."""
        return [[text(name), figure, weight] for name, figure, weight in self._sums()]

    def note(self) -> str:
        return self.labels.tax_included if self.document.prices_include_tax and self.document.taxes else ""

    def _row(self, line: Line, position: str) -> Json:
        figures = self.figures
        return {
            "is_heading": line.amount is None,
            "position": position,
            "item": value(line.name),
            "description": long_text(line.description),
            "quantity": "" if line.quantity is None else figures.number(line.quantity),
            "unit": value(line.unit, _LONGEST_CELL),
            "price": "" if line.unit_price is None else figures.price(line.unit_price),
            "discount": self._discount(line),
            "tax": value(line.tax, _LONGEST_CELL),
            "amount": "" if line.amount is None else figures.amount(line.amount),
        }

    def _discount(self, line: Line) -> str:
        if line.discount:
            return self.figures.percent(line.discount)
        return self.figures.amount(line.discount_amount) if line.discount_amount else ""

    def _sums(self) -> Iterable[tuple[str, str, str]]:
        shown, labels, totals, money = self.document, self.labels, self.document.totals, self.figures.money
        if totals.discount:
            yield labels.lines_total, money(totals.lines), "plain"
            yield labels.discount, money(-totals.discount), "plain"
        if shown.taxes:
            yield labels.net, money(totals.net), "plain"
        for tax in shown.taxes:
            name = labels.tax_on.format(tax=clipped(tax.label, LONGEST_NAME), base=money(tax.base))
            yield name, money(tax.tax), "plain"
        if totals.rounding:
            yield labels.rounding, money(totals.rounding), "plain"
        yield from self._last_sums()
        if shown.foreign_tax is not None:
            foreign = shown.foreign_tax
            abroad = Figures.of(shown.language, shown.paper, foreign.currency)
            name = labels.foreign_tax.format(currency=foreign.currency, rate=self.figures.number(foreign.rate))
            yield name, abroad.money(foreign.tax), "plain"

    def _last_sums(self) -> Iterable[tuple[str, str, str]]:
        labels, totals, money = self.labels, self.document.totals, self.figures.money
        if self.document.kind not in ASKS_PAYMENT:
            label = labels.credit_total if self.document.kind == "credit_note" else labels.gross
            yield label, money(totals.gross), "due"
            return
        yield labels.gross, money(totals.gross), "sum"
        if totals.paid:
            yield labels.paid, money(-totals.paid), "plain"
        yield labels.due, money(totals.due), "due"
