"""The forms of the CRM's pages."""

from dataclasses import replace
from datetime import date
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field
from typing_extensions import override

from boxportal.modules.crm.activities import KINDS
from boxportal.modules.crm.clients import ClientCompanyData, ContactData
from boxportal.modules.crm.deals import DealData
from boxportal.modules.crm.leads import LeadData
from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.crm.web_forms import FIELDS, WebFormData
from boxportal.sdk.forms import Choices, CurrencyFrom, Help, Label, Widget
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.i18n import plazy
from boxportal.sdk.money import Money

Responsible = Annotated[int | None, Label(_l("Responsible")), Choices()]
Currency = Annotated[str, Label(_l("Currency")), Choices()]
Chosen = Annotated[int | None, Widget("hidden")]
Phone = Annotated[str, Label(_l("Telephone")), Widget("tel", autocomplete="off"), Field(max_length=60)]
Email = Annotated[str, Label(_l("E-mail")), Widget("email", autocomplete="off"), Field(max_length=254)]
Address = Annotated[str, Label(_l("Address")), Widget("textarea", lines=2), Field(max_length=500)]
Country = Annotated[str, Label(_l("Country")), Choices()]
Language = Annotated[str, Label(_l("Language of documents")), Choices()]


class LeadForm(BaseModel):
    """A request: one field is enough."""

    request: Annotated[
        str, Label(_l("What is asked for")), Widget("textarea", lines=4, autofocus=True), Field(max_length=20_000)
    ] = ""
    name: Annotated[str, Label(_l("Name")), Widget(autocomplete="off"), Field(max_length=200)] = ""
    company_name: Annotated[str, Label(_l("Company")), Widget(autocomplete="off"), Field(max_length=200)] = ""
    phone: Phone = ""
    email: Email = ""
    title: Annotated[
        str, Label(_l("Title")), Help(_l("Left empty, the first words of the request stand here.")),
        Field(max_length=200),
    ] = ""  # fmt: skip
    responsible_id: Responsible = None

    def data(self) -> LeadData:
        return LeadData(**self.model_dump())


class ConvertForm(BaseModel):
    """What a deal begins with; everything else comes from the request."""

    title: Annotated[str, Label(_l("Deal")), Field(min_length=1, max_length=200)]
    amount: Annotated[Money | None, Label(_l("Amount")), CurrencyFrom("currency")] = None
    currency: Currency
    pipeline_id: Annotated[int | None, Label(_l("Pipeline")), Choices()] = None
    expected_on: Annotated[date | None, Label(_l("Expected on"))] = None
    responsible_id: Responsible = None

    def data(self) -> DealData:
        return DealData(
            title=self.title,
            amount=self.amount.amount if self.amount else 0,
            currency=self.currency,
            pipeline_id=self.pipeline_id,
            expected_on=self.expected_on,
            responsible_id=self.responsible_id,
        )


class NewDealForm(ConvertForm):
    """A deal with its client."""

    contact_id: Chosen = None
    client_company_id: Chosen = None

    @override
    def data(self) -> DealData:
        return replace(super().data(), contact_id=self.contact_id, client_company_id=self.client_company_id)


class DealForm(BaseModel):
    """The facts of a deal that is on its way."""

    title: Annotated[str, Label(_l("Deal")), Field(min_length=1, max_length=200)]
    amount: Annotated[Money | None, Label(_l("Amount")), CurrencyFrom("currency")] = None
    currency: Currency
    expected_on: Annotated[date | None, Label(_l("Expected on"))] = None
    responsible_id: Responsible = None
    contact_id: Chosen = None
    client_company_id: Chosen = None

    def data(self) -> DealData:
        return DealData(
            title=self.title,
            amount=self.amount.amount if self.amount else 0,
            currency=self.currency,
            expected_on=self.expected_on,
            responsible_id=self.responsible_id,
            contact_id=self.contact_id,
            client_company_id=self.client_company_id,
        )


def facts_for_form(deal: Deal) -> dict[str, object]:
    """A deal as its form shows it."""
    return {
        "title": deal.title,
        "amount": Money(deal.amount, deal.currency) if deal.amount else None,
        "currency": deal.currency,
        "expected_on": deal.expected_on,
        "responsible_id": deal.responsible_id,
        "contact_id": deal.contact_id,
        "client_company_id": deal.client_company_id,
    }


class LoseForm(BaseModel):
    """Why a deal was lost."""

    reason: Annotated[str, Label(_l("Why?")), Widget(autofocus=True), Field(min_length=1, max_length=300)]


class ActivityForm(BaseModel):
    """What is to be done, when, by whom."""

    kind: Annotated[str, Label(_l("Kind")), Choices(tuple(KINDS.items())), Widget("radio")] = "todo"
    title: Annotated[str, Label(_l("What")), Field(max_length=200)] = ""
    due_at: Annotated[AwareDatetime | None, Label(_l("When"))] = None
    responsible_id: Responsible = None


class ContactForm(BaseModel):
    """A person on the client's side."""

    name: Annotated[str, Label(_l("Name")), Widget(autocomplete="off", autofocus=True), Field(max_length=200)]
    position: Annotated[str, Label(_l("Position")), Field(max_length=120)] = ""
    phone: Phone = ""
    email: Email = ""
    address: Address = ""
    country: Country = ""
    language: Language = ""
    responsible_id: Responsible = None
    client_company_id: Chosen = None

    def data(self) -> ContactData:
        return ContactData(**self.model_dump())


class ClientCompanyForm(BaseModel):
    """A firm that buys, or may buy."""

    name: Annotated[
        str, Label(plazy("thing", "Name")), Widget(autocomplete="off", autofocus=True), Field(max_length=200)
    ]
    phone: Phone = ""
    email: Email = ""
    website: Annotated[str, Label(_l("Website")), Field(max_length=200)] = ""
    tax_number: Annotated[str, Label(_l("Tax number")), Field(max_length=40)] = ""
    address: Address = ""
    country: Country = ""
    language: Language = ""
    responsible_id: Responsible = None

    def data(self) -> ClientCompanyData:
        return ClientCompanyData(**self.model_dump())


class WebFormForm(BaseModel):
    """A form on a public page."""

    title: Annotated[str, Label(_l("Title")), Field(min_length=1, max_length=120)]
    slug: Annotated[
        str, Label(_l("Address")), Help(_l("The last part of the form's address: small letters, digits, hyphens.")),
        Field(min_length=1, max_length=60),
    ]  # fmt: skip
    intro: Annotated[str, Label(_l("Words above the form")), Widget("textarea", lines=2), Field(max_length=1000)] = ""
    fields: Annotated[list[str], Label(_l("What it asks")), Choices(tuple(FIELDS.items()))] = []
    consent: Annotated[
        str, Label(_l("Consent")),
        Help(_l("What the sender agrees to, with a tick that is kept with the request. Left empty, nothing is asked.")),
        Widget("textarea", lines=2), Field(max_length=1000),
    ] = ""  # fmt: skip
    thanks: Annotated[str, Label(_l("Words after sending")), Widget("textarea", lines=2), Field(max_length=1000)] = ""
    turn: Annotated[
        list[int], Label(_l("Who answers")),
        Help(_l("One person, or several in turn. Nobody: whoever heads the first team.")), Choices(),
    ] = []  # fmt: skip
    sites: Annotated[
        list[str], Label(_l("Sites that may show it")),
        Help(_l("One address a line, such as https://www.acme.example")), Widget("lines"),
    ] = []  # fmt: skip
    is_active: Annotated[bool, Label(_l("Open to the public")), Widget("switch")] = True

    def data(self) -> WebFormData:
        return WebFormData(**self.model_dump())
