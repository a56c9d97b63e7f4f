"""What the API does alike for every record of the CRM."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field
from sqlalchemy import select

from boxportal.modules.crm.clients import ClientCompanyData, ContactData
from boxportal.modules.crm.deals import DealData
from boxportal.modules.crm.kinds import Row
from boxportal.modules.crm.leads import LeadData
from boxportal.modules.crm.models.clients import ClientCompany, Contact
from boxportal.modules.crm.models.deals import Activity, Deal
from boxportal.modules.crm.models.leads import Lead
from boxportal.sdk.api import Input, own_source, require_own_source
from boxportal.sdk.context import ReadCtx

D = TypeVar("D", LeadData, DealData, ContactData, ClientCompanyData)
Source = Annotated[str, AfterValidator(lambda text: text[:60])]
ExternalId = Annotated[str, AfterValidator(lambda text: text[:120])]


class Sourced(Input):
    """Where a new record comes from: (source, external_id) is unique together."""

    source: Annotated[str, Field(max_length=60), AfterValidator(own_source)] = ""
    external_id: Annotated[str, Field(max_length=120)] | None = None


def known_id(
    ctx: ReadCtx,
    model: type[Lead] | type[Deal] | type[Contact] | type[ClientCompany] | type[Activity],
    source: str,
    external_id: str,
) -> int | None:
    """The id of what another program knows by this one, whoever may see it.

    Raises: Invalid where the program calls itself as the sample does.
    """
    require_own_source(source)
    return ctx.db.scalar(select(model.id).where(model.source == source, model.external_id == external_id))


def data_of(row: Row, data: type[D], told: Mapping[str, object]) -> D:
    """A record's facts as its service takes them, with those replaced that are told anew."""
    return data(**{field.name: getattr(row, field.name) for field in fields(data)} | dict(told))
