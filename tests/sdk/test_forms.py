"""Forms: what is typed is read into the model, or comes back with a sentence per mistake."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Annotated, Literal, Self

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel, Field, ValidationError, model_validator

from boxportal.sdk.forms import (
    Choices,
    CurrencyFrom,
    FormEnv,
    FormState,
    Help,
    Label,
    MailText,
    PhoneText,
    WebText,
    Widget,
    blank,
    explain,
    fields_of,
    filled,
    read,
)
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.money import Money


class Source(Enum):
    WEB = "web"
    PHONE = "phone"


class LineForm(BaseModel):
    text: Annotated[str, Label("Text"), Field(max_length=200)] = ""
    quantity: Annotated[Decimal, Label("Quantity"), Field(gt=0)] = Decimal(1)
    price: Annotated[Money | None, Label("Price")] = None
    rate: Annotated[int | None, Label("Tax"), Choices()] = None

    @model_validator(mode="after")
    def named_or_priced(self) -> Self:
        if not self.text and self.price is None:
            raise ValueError(_l("A line needs a text or a price."))
        return self


class DealForm(BaseModel):
    title: Annotated[str, Label("Title"), Help("As the client says it."), Widget(autofocus=True), Field(max_length=20)]
    amount: Annotated[Money | None, Label("Amount"), Field()] = None
    foreign: Annotated[Money | None, Label("Foreign"), CurrencyFrom("currency")] = None
    currency: Annotated[str, Label("Currency"), Choices((("EUR", "Euro"), ("JPY", "Yen")))] = "EUR"
    chance: Annotated[int, Label("Chance"), Widget(unit="%"), Field(ge=0, le=100)] = 50
    rate: Annotated[Decimal | None, Label("Rate"), Field(decimal_places=2)] = None
    closes: Annotated[date | None, Label("Closes")] = None
    calls: Annotated[AwareDatetime | None, Label("Next call")] = None
    at: Annotated[time | None, Label("At")] = None
    stage: Annotated[int, Label("Stage"), Choices()]
    source: Annotated[Source | None, Label("Source"), Choices((("web", "Web"), ("phone", "Telephone")))] = None
    way: Annotated[
        Literal["mail", "pdf"], Label("By"), Choices((("mail", "Mail"), ("pdf", "PDF"))), Widget("radio")
    ] = "mail"
    urgent: Annotated[bool, Label("Urgent")] = False
    teams: Annotated[list[int], Label("Teams"), Choices(), Field(max_length=2)] = []
    tags: Annotated[list[str], Label("Tags")] = []
    note: Annotated[str, Label("Note"), Field(max_length=2000)] = ""
    mail: Annotated[MailText | None, Label("Mail")] = None
    phone: Annotated[PhoneText | None, Label("Telephone")] = None
    site: Annotated[WebText, Label("Site")] = ""
    version: Annotated[int, Widget("hidden")] = 0
    lines: Annotated[list[LineForm], Label("Lines", one="Line"), Field(max_length=3)] = []

    @model_validator(mode="after")
    def urgent_has_a_date(self) -> Self:
        if self.urgent and self.closes is None:
            raise ValueError(_l("What is urgent needs a date."))
        return self


ENV = FormEnv(
    locale="en",
    zone="Africa/Dar_es_Salaam",
    currency="TZS",
    choices={
        "stage": [(1, "New"), (2, "Quoted")],
        "teams": [(1, "A"), (2, "B"), (3, "C")],
        "lines.rate": [(18, "18 %")],
    },
)
LEAST = {"title": ["Pumps"], "stage": ["1"]}


def accepted(sent: dict[str, list[str]], env: FormEnv = ENV) -> DealForm:
    form = read(DealForm, LEAST | sent, env)
    assert isinstance(form, DealForm), form.errors
    return form


def refused(sent: dict[str, list[str]], env: FormEnv = ENV) -> dict[str, str]:
    form = read(DealForm, LEAST | sent, env)
    assert isinstance(form, FormState)
    return {name: str(text) for name, text in form.errors.items()}


def test_the_least_form_has_the_defaults() -> None:
    assert accepted({}) == DealForm(title="Pumps", stage=1)


def test_a_full_form_is_read_by_the_person_s_locale_and_zone() -> None:
    form = accepted(
        {
            "title": ["  Pumps\u202e  for\tthe well "],
            "amount": ["12 400,50"],
            "foreign": ["1 250"],
            "currency": ["JPY"],
            "chance": ["60"],
            "rate": ["0,5"],
            "closes": ["2026-11-30"],
            "calls": ["2026-11-26T10:30"],
            "at": ["09:05"],
            "source": ["phone"],
            "way": ["pdf"],
            "urgent": ["true"],
            "teams": ["1", "3"],
            "tags": [" a \r\n\r\nb c\n"],
            "note": ["one\r\ntwo\0"],
            "mail": [" Asha@Example.COM"],
            "phone": ["0712 345 678"],
            "site": ["example.com/x?y=1"],
            "version": ["7"],
        },
        FormEnv(locale="ru", zone=ENV.zone, currency="TZS", choices=ENV.choices),
    )
    assert form.title == "Pumps for the well"
    assert (form.amount, form.foreign) == (Money(1240050, "TZS"), Money(1250, "JPY"))
    assert (form.chance, form.rate, form.version) == (60, Decimal("0.5"), 7)
    assert (form.closes, form.at) == (date(2026, 11, 30), time(9, 5))
    assert form.calls == datetime(2026, 11, 26, 7, 30, tzinfo=UTC)
    assert (form.source, form.way, form.urgent) == (Source.PHONE, "pdf", True)
    assert (form.teams, form.tags, form.note) == ([1, 3], ["a", "b c"], "one\ntwo")
    assert (form.mail, form.site) == ("Asha@example.com", "https://example.com/x?y=1")


@pytest.mark.parametrize(
    ("name", "typed", "says"),
    [
        ("title", "", "Fill this in."),
        ("title", " \t\u200b ", "Fill this in."),
        ("title", "x" * 21, "This holds at most 20 characters."),
        ("amount", "12,4x0", "This is not a number."),
        ("amount", "1.005", "At most 2 digits after the point are kept."),
        ("amount", "EUR 5", "This amount must be in TZS."),
        ("chance", "many", "This is not a number."),
        ("chance", "1.5", "Type a whole number."),
        ("chance", "101", "This must be at most 100."),
        ("chance", "-1", "This must be at least 0."),
        ("chance", "", "Fill this in."),
        ("rate", "0.005", "At most 2 digits after the point are kept."),
        ("closes", "30.11.2026", "This is not a date."),
        ("closes", "2026-02-30", "This is not a date."),
        ("closes", "20261130", "This is not a date."),
        ("calls", "2026-11-26", "This is not a date."),
        ("calls", "0001-01-01T00:00", "This is not a date."),
        ("calls", "2026-11-26T10:30+03:00", "This is not a date."),
        ("at", "25:00", "This is not a time."),
        ("at", "9", "This is not a time."),
        ("stage", "3", "Choose one from the list."),
        ("stage", "", "Choose one from the list."),
        ("source", "WEB", "Choose one from the list."),
        ("way", "fax", "Choose one from the list."),
        ("currency", "EURO", "Choose one from the list."),
        ("note", "x" * 2001, "This holds at most 2000 characters."),
        ("mail", "asha@", "This is not a mail address."),
        ("site", "javascript:alert(1)", "This is not a web address."),
        ("site", "https://me:pw@example.com", "This is not a web address."),
        ("site", "https://", "This is not a web address."),
        ("site", "https://a b", "This is not a web address."),
        ("site", "https://example.com:x/", "This is not a web address."),
        ("site", "https://example.com\\@evil.example", "This is not a web address."),
        ("site", "data:text/html,x", "This is not a web address."),
        ("phone", "x" * 1001, "This holds at most 1000 characters."),
        ("tags", "x" * 100_001, "This holds at most 100000 characters."),
        ("version", "x", "This is not a number."),
    ],
)
def test_a_mistake_is_named_at_its_field(name: str, typed: str, says: str) -> None:
    env = FormEnv(locale="en", zone="Asia/Tokyo", currency="TZS", choices=ENV.choices)
    assert refused({name: [typed]}, env) == {name: says}


def test_all_mistakes_are_named_at_once_and_everything_typed_is_kept() -> None:
    sent = {"title": [""], "chance": ["101"], "amount": ["x"], "mail": ["y"], "note": ["kept"], "urgent": ["true"]}
    form = read(DealForm, LEAST | sent, ENV)
    assert isinstance(form, FormState)
    assert set(form.errors) == {"title", "chance", "amount", "mail"}
    for name, values in sent.items():
        assert list(form[name].values) == values
    assert form["urgent"].value is True
    assert form["note"].value == "kept"
    assert str(form["mail"].error) == "This is not a mail address."


def test_a_rule_of_the_whole_form_is_named_for_the_whole_form() -> None:
    assert refused({"urgent": ["on"]}) == {"": "What is urgent needs a date."}
    form = read(DealForm, LEAST | {"urgent": ["on"]}, ENV)
    assert isinstance(form, FormState)
    assert form.summary == {"": "What is urgent needs a date."}


def test_lists_have_a_greatest_length_and_known_members() -> None:
    assert refused({"teams": ["1", "2", "3"]}) == {"teams": "At most 2 are possible."}
    assert refused({"teams": ["1", "9"]}) == {"teams": "Choose one from the list."}


def test_an_empty_field_is_nothing_or_the_empty_text() -> None:
    form = accepted(
        {name: [""] for name in ("amount", "rate", "closes", "calls", "source", "note", "mail", "site", "tags")}
    )
    assert form == DealForm(title="Pumps", stage=1)


def test_a_box_that_was_not_ticked_is_false() -> None:
    assert accepted({"urgent": ["false"]}).urgent is False
    assert accepted({"urgent": ["false", "true"], "closes": ["2026-11-30"]}).urgent is True


def test_a_field_that_the_form_does_not_have_is_refused() -> None:
    assert refused({"is_admin": ["1"]}) == {"": "The form sent a field that it does not have: is_admin."}
    assert refused({"lines": ["1"]}) == {"": "The form sent a field that it does not have: lines."}
    assert refused({"lines.0.owner": ["1"]}) == {"": "The form sent a field that it does not have: owner."}
    assert refused({"lines.x.text": ["1"]}) == {"": "The form sent a field that it does not have: lines.x.text."}
    assert refused({"title.0.x": ["1"]}) == {"": "The form sent a field that it does not have: title.0.x."}
    assert accepted({"_csrf": ["t"], "_once": ["u"], "_whatever": ["v"]}).title == "Pumps"


def test_a_form_has_a_greatest_number_of_values() -> None:
    assert refused({"tags": ["x"] * 5000}) == {"": "This form has too many fields."}


def test_rows_are_read_in_order_and_untouched_ones_left_out() -> None:
    form = accepted(
        {
            "lines.10.text": ["last"], "lines.10.quantity": ["2,5"],
            "lines.10.price": ["1,000.50"], "lines.10.rate": ["18"],
            "lines.2.text": ["first"], "lines.2.quantity": ["1"],
            "lines.5.text": [""], "lines.5.quantity": ["1"], "lines.5.price": [""], "lines.5.rate": [""],
        }
    )  # fmt: skip
    assert form.lines == [
        LineForm(text="first"),
        LineForm(text="last", quantity=Decimal("2.5"), price=Money(100050, "TZS"), rate=18),
    ]


def test_a_mistake_in_a_row_is_named_at_its_field_where_the_row_is_shown() -> None:
    sent = {
        "lines.1.text": [" "], "lines.1.quantity": ["1"],
        "lines.4.text": [""], "lines.4.quantity": ["3"],
        "lines.7.text": ["x"], "lines.7.quantity": ["0"], "lines.7.rate": ["7"], "lines.7.price": ["y"],
    }  # fmt: skip
    form = read(DealForm, LEAST | sent, ENV)
    assert isinstance(form, FormState)
    assert {name: str(text) for name, text in form.errors.items()} == {
        "lines.0": "A line needs a text or a price.",
        "lines.1.quantity": "This must be more than 0.",
        "lines.1.rate": "Choose one from the list.",
        "lines.1.price": "This is not a number.",
    }
    assert form.summary["lines.1.price"] == "Line 2, Price: This is not a number."
    assert form.summary["lines.0"] == "Line 1: A line needs a text or a price."
    first, second = form["lines"].rows
    assert str(first.error) == "A line needs a text or a price."
    assert [field.name for field in second.fields] == [
        f"lines.1.{name}" for name in ("text", "quantity", "price", "rate")
    ]
    assert [field.value for field in second.fields] == ["x", "0", "y", "7"]
    assert second.fields[3].options == (("", _l("Not chosen")), (18, "18 %"))


def test_too_many_rows_are_refused() -> None:
    assert refused({f"lines.{n}.text": ["x"] for n in range(4)}) == {"lines": "At most 3 are possible."}


def test_what_a_service_refuses_is_shown_in_the_form() -> None:
    form = filled(DealForm, accepted({"note": ["kept"]}), ENV).refused({"title": "There is one already."})
    assert (form["title"].error, form["note"].value) == ("There is one already.", "kept")


def test_a_blank_form_shows_defaults_and_how_to_fill_it_in() -> None:
    form = blank(DealForm, ENV, {"title": "Pumps"})
    assert (form["title"].value, form["chance"].value, form["chance"].unit) == ("Pumps", "50", "%")
    assert (form["amount"].unit, form["foreign"].unit) == ("TZS", "")
    assert form["title"].attrs == {"maxlength": "20", "autofocus": ""}
    assert form["title"].help == "As the client says it."
    assert [field.kind for field in form.fields] == [
        "text", "money", "money", "select", "number", "number", "date", "datetime", "time", "select", "select", "radio",
        "checkbox", "checks", "lines", "textarea", "email", "tel", "url", "hidden", "rows",
    ]  # fmt: skip
    assert [field.name for field in form.fields if field.required] == ["title", "chance", "stage"]
    assert form["stage"].options == (("", _l("Choose…")), (1, "New"), (2, "Quoted"))
    assert form["currency"].options == (("EUR", "Euro"), ("JPY", "Yen"))
    new_row = form["lines"].blank_row
    assert new_row is not None
    assert [(field.name, field.value) for field in new_row.fields][:2] == [
        ("lines.__row__.text", ""), ("lines.__row__.quantity", "1"),
    ]  # fmt: skip


def test_a_secret_is_never_shown_again() -> None:
    class SignIn(BaseModel):
        password: Annotated[str, Label("Password"), Widget("password"), Field(min_length=10)]

    form = read(SignIn, {"password": [" short "]}, ENV)
    assert isinstance(form, FormState)
    assert (form["password"].value, form["password"].values) == ("", ())
    assert str(form["password"].error) == "Type at least 10 characters."
    whole = read(SignIn, {"password": [" with blanks \u202e "]}, ENV)
    assert isinstance(whole, SignIn)
    assert whole.password == " with blanks \u202e "


def test_a_form_without_its_words_is_a_mistake_of_the_program() -> None:
    class Unlabelled(BaseModel):
        title: str

    class Unnamed(BaseModel):
        way: Annotated[Literal["a", "b"], Label("Way")]

    class Unholdable(BaseModel):
        things: Annotated[dict[str, str], Label("Things")]

    for model in (Unlabelled, Unnamed, Unholdable):
        with pytest.raises(TypeError):
            fields_of(model)


def test_the_same_sentences_serve_the_api() -> None:
    with pytest.raises(ValidationError) as refusal:
        DealForm.model_validate({"chance": 101, "calls": "2026-11-26T10:30", "lines": [{"quantity": "x"}], "mail": "x"})
    assert {name: str(text) for name, text in explain(refusal.value.errors()).items()} == {
        "title": "Fill this in.",
        "stage": "Fill this in.",
        "chance": "This must be at most 100.",
        "calls": "The time must say its zone.",
        "lines.0.quantity": "This is not a number.",
        "mail": "This is not a mail address.",
    }


texts = st.text(max_size=30) | st.sampled_from(
    ["1", "-1", "0.5", "1e9", "2026-11-30", "2026-11-26T10:30", "true", "NaN", "18"]
)
names = st.sampled_from(
    [*fields_of(DealForm), *(f"lines.{n}.{f}" for n in range(4) for f in fields_of(LineForm)), "_x", "other"]
)


@given(st.dictionaries(names, st.lists(texts, max_size=3)))
def test_whatever_is_sent_is_read_or_explained(sent: dict[str, list[str]]) -> None:
    form = read(DealForm, sent, ENV)
    if isinstance(form, FormState):
        assert form.errors
        assert all(str(text) for text in form.errors.values())
        assert len(form.fields) == len(fields_of(DealForm))


money = st.builds(Money, st.integers(-(10**12), 10**12), st.just("TZS"))
lines = st.builds(LineForm, text=st.just("x"), quantity=st.decimals("0.001", 10**6, places=3), price=st.none() | money)


@given(
    st.builds(
        DealForm,
        title=st.just("x"),
        amount=st.none() | money,
        chance=st.integers(0, 100),
        rate=st.none() | st.decimals(-1000, 1000, places=2),
        closes=st.none() | st.dates(date(1900, 1, 1), date(2200, 1, 1)),
        at=st.none() | st.times().map(lambda t: t.replace(second=0, microsecond=0, fold=0)),
        stage=st.sampled_from([1, 2]),
        source=st.none() | st.sampled_from(Source),
        urgent=st.just(False),
        teams=st.lists(st.sampled_from([1, 2, 3]), max_size=2),
        tags=st.lists(st.sampled_from(["a", "b c"]), max_size=3),
        lines=st.lists(lines, max_size=3),
    ),
    st.sampled_from(["en", "ru", "sw"]),
)
def test_a_form_that_is_shown_and_sent_unchanged_says_the_same(form: DealForm, locale: str) -> None:
    env = FormEnv(locale=locale, zone="Europe/Berlin", currency="TZS", choices=ENV.choices)
    typed: dict[str, Sequence[str]] = dict(filled(DealForm, form, env).typed)
    again = read(DealForm, typed, env)
    assert again == form


class Limits(BaseModel):
    """Every kind of limit that a field may have."""

    short: Annotated[str, Label("Short"), Field(min_length=2, max_length=1000)]
    few: Annotated[list[str], Label("Few"), Field(min_length=2)]
    over: Annotated[Decimal, Label("Over"), Field(gt=1000)]
    under: Annotated[int, Label("Under"), Field(lt=1000)]
    since: Annotated[date, Label("Since"), Field(ge=date(2026, 1, 1))]
    form: Annotated[str, Label("Form"), Field(pattern="^[A-Z]+$")]


def test_every_limit_is_explained_in_the_person_s_locale() -> None:
    sent = {"short": ["x"], "few": ["one"], "over": ["1000"], "under": ["1000"], "since": ["2025-12-31"], "form": ["a"]}
    form = read(Limits, sent, FormEnv(locale="en"))
    assert isinstance(form, FormState)
    assert {name: str(text) for name, text in form.errors.items()} == {
        "short": "Type at least 2 characters.",
        "few": "At least 2 are needed.",
        "over": "This must be more than 1,000.",
        "under": "This must be less than 1,000.",
        "since": "This must be at least 2026-01-01.",
        "form": "This does not have the right form.",
    }


def test_money_in_another_currency_needs_one() -> None:
    class Free(BaseModel):
        amount: Annotated[Money, Label("Amount"), CurrencyFrom("currency")]
        currency: Annotated[str, Label("Currency")] = "EUR"

    wrong = read(Free, {"amount": ["5"], "currency": ["euro"]}, FormEnv(locale="en", currency="TZS"))
    assert isinstance(wrong, FormState)
    assert str(wrong.errors["amount"]) == "Choose a currency first."
    right = read(Free, {"amount": ["5"], "currency": ["usd"]}, FormEnv(locale="en", currency="TZS"))
    assert isinstance(right, Free)
    assert right.amount == Money(500, "USD")


def test_fields_are_laid_out_in_runs() -> None:
    form = blank(DealForm, ENV)
    runs = [[view.name for view in run] for run in form.runs(only=("title", "amount", "note", "tags", "mail", "site"))]
    assert runs == [["title", "amount"], ["tags"], ["note"], ["mail", "site"]]
    assert [view.name for run in form.runs(without=[f for f in fields_of(DealForm) if f != "at"]) for view in run] == [
        "at"
    ]
