"""What an act changed, as a person reads it in a record's history: the audit log names it for programs."""

from collections.abc import Mapping

from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.i18n import mark as _n
from boxportal.sdk.money import Money, MoneyError, format_money
from boxportal.sdk.records import Change

NAMES: Mapping[str, str] = {
    "amount": _n("Amount"),
    "by": _n("Who agreed"),
    "comment": _n("What the client said"),
    "contract_number": _n("Contract number"),
    "number": _n("Number"),
    "reason": _n("Reason"),
    "to": _n("To"),
    "version": _n("Version"),
}


def changes_of(before: Mapping[str, object], after: Mapping[str, object]) -> tuple[Change, ...]:
    """What differs, field by field; a field that is empty on both sides is left out."""
    before, after = with_money(before), with_money(after)
    names = dict.fromkeys([*before, *after])
    pairs = [(_(NAMES.get(name, name)), shown(before.get(name)), shown(after.get(name))) for name in names]
    return tuple(Change(name=name, before=old, after=new) for name, old, new in pairs if old != new)


def with_money(facts: Mapping[str, object]) -> Mapping[str, object]:
    """An amount in minor units with its currency becomes one fact, as people write money."""
    amount, currency = facts.get("amount"), facts.get("currency")
    if not isinstance(amount, int) or not isinstance(currency, str):
        return facts
    try:
        said = format_money(Money(amount, currency))
    except MoneyError:
        return facts
    return {name: value for name, value in facts.items() if name != "currency"} | {"amount": said}


def shown(value: object) -> str:
    return "" if value is None else str(value)
