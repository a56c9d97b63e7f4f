"""The words that stand on printed documents, in the languages a document can be in.

They are terms of law and trade, chosen per language rather than translated word by word.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from boxportal.modules.sales.printing.document import Kind, Language, ReferenceKind, Watermark


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """All labels of one language; those with `{…}` are filled in with `str.format`."""

    titles: Mapping[Kind, str]
    watermarks: Mapping[Watermark, str]
    references: Mapping[ReferenceKind, str]
    buyers: Mapping[Kind, str]
    delivery: str
    attention: str
    issued: str
    supplied: str
    due_date: str
    valid_until: str
    reason: str
    position: str
    item: str
    quantity: str
    unit: str
    unit_price: str
    discount: str
    tax: str
    amount: str
    lines_total: str
    net: str
    tax_on: str
    tax_included: str
    rounding: str
    gross: str
    credit_total: str
    paid: str
    due: str
    foreign_tax: str
    payment: str
    payment_reference: str
    notes: str
    terms: str
    signature: str
    issued_by: str
    accepted_by: str
    name: str
    date: str
    dated: str
    period: str
    page: str
    continued: str


LABELS: Mapping[Language, Labels] = MappingProxyType(
    {
        "en": Labels(
            titles={
                "quote": "Quote",
                "order": "Order confirmation",
                "proforma": "Proforma invoice",
                "invoice": "Invoice",
                "tax_invoice": "Tax invoice",
                "credit_note": "Credit note",
            },
            watermarks={
                "draft": "Draft",
                "paid": "Paid",
                "cancelled": "Cancelled",
                "expired": "Expired",
                "replaced": "Replaced",
                "copy": "Copy",
            },
            references={
                "buyer": "Your reference",
                "quote": "Quote",
                "order": "Order",
                "contract": "Contract",
                "invoice": "Corrects invoice",
                "proforma": "Proforma invoice",
                "delivery": "Delivery note",
            },
            buyers={
                "quote": "Prepared for",
                "order": "For",
                "proforma": "Bill to",
                "invoice": "Bill to",
                "tax_invoice": "Bill to",
                "credit_note": "Credit to",
            },
            delivery="Deliver to",
            attention="Attn: {name}",
            issued="Date of issue",
            supplied="Date of supply",
            due_date="Due date",
            valid_until="Valid until",
            reason="Reason",
            position="No.",
            item="Description",
            quantity="Qty",
            unit="Unit",
            unit_price="Unit price",
            discount="Discount",
            tax="Tax",
            amount="Amount, {currency}",
            lines_total="Subtotal",
            net="Total without tax",
            tax_on="{tax} on {base}",
            tax_included="Prices include tax",
            rounding="Rounding",
            gross="Total",
            credit_total="Total credited",
            paid="Paid",
            due="Amount due",
            foreign_tax="Tax in {currency} at a rate of {rate}",
            payment="Payment details",
            payment_reference="Payment reference",
            notes="Notes",
            terms="Terms",
            signature="Signature",
            issued_by="Issued by",
            accepted_by="Accepted by",
            name="Name",
            date="Date",
            dated="{number} of {date}",
            period="{start} – {end}",
            page="Page {page} of {pages}",
            continued="{title} {number}",
        ),
        "ru": Labels(
            titles={
                "quote": "Коммерческое предложение",
                "order": "Подтверждение заказа",
                "proforma": "Счёт на оплату",
                "invoice": "Счёт",
                "tax_invoice": "Налоговый счёт",
                "credit_note": "Кредит-нота",
            },
            watermarks={
                "draft": "Черновик",
                "paid": "Оплачено",
                "cancelled": "Аннулировано",
                "expired": "Срок истёк",
                "replaced": "Заменено",
                "copy": "Копия",
            },
            references={
                "buyer": "Ваш номер",
                "quote": "Коммерческое предложение",
                "order": "Заказ",
                "contract": "Договор",
                "invoice": "Корректируемый счёт",
                "proforma": "Счёт на оплату",
                "delivery": "Накладная",
            },
            buyers={
                "quote": "Подготовлено для",
                "order": "Заказчик",
                "proforma": "Плательщик",
                "invoice": "Покупатель",
                "tax_invoice": "Покупатель",
                "credit_note": "Покупатель",
            },
            delivery="Адрес доставки",
            attention="Вниманию: {name}",
            issued="Дата составления",
            supplied="Дата поставки",
            due_date="Оплатить до",
            valid_until="Действительно до",
            reason="Основание",
            position="№",
            item="Наименование",
            quantity="Кол-во",
            unit="Ед. изм.",
            unit_price="Цена",
            discount="Скидка",
            tax="Налог",
            amount="Сумма, {currency}",
            lines_total="Итого по строкам",
            net="Всего без налога",
            tax_on="{tax} с суммы {base}",
            tax_included="Цены включают налог",
            rounding="Округление",
            gross="Всего",
            credit_total="Всего к возврату",
            paid="Оплачено",
            due="К оплате",
            foreign_tax="Налог в {currency} по курсу {rate}",
            payment="Реквизиты для оплаты",
            payment_reference="Назначение платежа",
            notes="Примечания",
            terms="Условия",
            signature="Подпись",
            issued_by="Составил",
            accepted_by="Принял",
            name="Имя",
            date="Дата",
            dated="{number} от {date}",
            period="{start} – {end}",
            page="Страница {page} из {pages}",
            continued="{title} {number}",
        ),
        "sw": Labels(
            titles={
                "quote": "Nukuu ya bei",
                "order": "Uthibitisho wa oda",
                "proforma": "Ankara kifani",
                "invoice": "Ankara",
                "tax_invoice": "Ankara ya kodi",
                "credit_note": "Hati ya krediti",
            },
            watermarks={
                "draft": "Rasimu",
                "paid": "Imelipwa",
                "cancelled": "Imefutwa",
                "expired": "Muda umeisha",
                "replaced": "Imebadilishwa",
                "copy": "Nakala",
            },
            references={
                "buyer": "Rejea yako",
                "quote": "Nukuu ya bei",
                "order": "Oda",
                "contract": "Mkataba",
                "invoice": "Inarekebisha ankara",
                "proforma": "Ankara kifani",
                "delivery": "Hati ya kupokelea",
            },
            buyers={
                "quote": "Imeandaliwa kwa",
                "order": "Kwa",
                "proforma": "Mlipaji",
                "invoice": "Mteja",
                "tax_invoice": "Mteja",
                "credit_note": "Mteja",
            },
            delivery="Mahali pa kufikishia",
            attention="Kwa: {name}",
            issued="Tarehe ya kutolewa",
            supplied="Tarehe ya ugavi",
            due_date="Mwisho wa kulipa",
            valid_until="Halali hadi",
            reason="Sababu",
            position="Na.",
            item="Maelezo",
            quantity="Idadi",
            unit="Kipimo",
            unit_price="Bei ya kimoja",
            discount="Punguzo",
            tax="Kodi",
            amount="Kiasi, {currency}",
            lines_total="Jumla ndogo",
            net="Jumla bila kodi",
            tax_on="{tax} ya {base}",
            tax_included="Bei zinajumuisha kodi",
            rounding="Ukadirishaji",
            gross="Jumla",
            credit_total="Jumla ya marejesho",
            paid="Kilicholipwa",
            due="Kiasi cha kulipa",
            foreign_tax="Kodi kwa {currency}, kiwango cha {rate}",
            payment="Maelezo ya malipo",
            payment_reference="Rejea ya malipo",
            notes="Maelezo ya ziada",
            terms="Masharti",
            signature="Sahihi",
            issued_by="Imetolewa na",
            accepted_by="Imekubaliwa na",
            name="Jina",
            date="Tarehe",
            dated="{number} ya {date}",
            period="{start} – {end}",
            page="Ukurasa {page} kati ya {pages}",
            continued="{title} {number}",
        ),
    },
)
