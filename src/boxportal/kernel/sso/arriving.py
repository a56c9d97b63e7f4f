"""The person of whom the service vouches for: linked once, by its own id of them; made, where the company wishes so."""

from sqlalchemy import select

from boxportal.kernel.identity.models import DirectoryPerson, Person, SsoPerson
from boxportal.kernel.identity.people import audit, clean_name, close_links
from boxportal.kernel.running import company_of
from boxportal.kernel.sso.provider import Access, Arrived
from boxportal.kernel.sso.settings import SsoSettings, secret_of
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.errors import Invalid, RuleBroken
from boxportal.sdk.i18n import gettext as _


def access_to(ctx: ReadCtx) -> Access:
    """Raises: RuleBroken when no service is set, or its secret can't be opened."""
    settings, company = ctx.settings(SsoSettings), company_of(ctx)
    if not settings.is_set:
        raise RuleBroken(_("Save a service first."))
    return Access(settings, secret_of(settings, company.vault), company.guarded_ports, company.book)


def person_of(ctx: Ctx, arrived: Arrived) -> Person:
    """The active person; who comes first is linked by a verified mail address.

    Raises: Invalid when they may not come in, with why.
    """
    link = ctx.db.scalar(
        select(SsoPerson).where(SsoPerson.issuer == arrived.issuer, SsoPerson.subject == arrived.subject)
    )
    person = ctx.db.get(Person, link.person_id) if link else linked_now(ctx, arrived)
    if person is not None and person.is_admin:
        raise Invalid({"": _("Administrators sign in with their password.")})
    if person is None or person.state != "active":
        raise Invalid({"": _("You do not work here. Ask an administrator.")})
    return person


def linked_now(ctx: Ctx, arrived: Arrived) -> Person:
    """Raises: Invalid."""
    if not arrived.email:
        raise Invalid({"": _("The service does not say a verified mail address of yours. Ask an administrator.")})
    person = ctx.db.scalar(select(Person).where(Person.email == arrived.email))
    if person is None:
        person = new_person(ctx, arrived)
    elif why := kept_apart(ctx, person):
        raise Invalid({"": why})
    if person.state == "invited":
        person.state = "active"
        close_links(ctx, person.id)
    ctx.db.add(SsoPerson(person_id=person.id, issuer=arrived.issuer, subject=arrived.subject))
    ctx.db.flush()
    audit(ctx, "core.sso.link", person, after={"issuer": arrived.issuer})
    return person


def kept_apart(ctx: Ctx, person: Person) -> str:
    """Why a person is not linked; empty when they are. Whoever runs the service must not become an administrator."""
    if person.is_admin:
        return _("Administrators sign in with their password.")
    if person.state == "left":
        return _("You do not work here. Ask an administrator.")
    has_other = ctx.db.get(DirectoryPerson, person.id) or ctx.db.get(SsoPerson, person.id)
    return _("You sign in another way here. Ask an administrator.") if has_other else ""


def new_person(ctx: Ctx, arrived: Arrived) -> Person:
    """Raises: Invalid when the company takes only who was invited."""
    if not ctx.settings(SsoSettings).adds:
        raise Invalid({"": _("You were not invited. Ask an administrator.")})
    person = Person(
        email=arrived.email, name=clean_name(arrived.name) or arrived.email, state="active", is_admin=False,
        password_hash=None, language=ctx.company.language, timezone=ctx.company.timezone, phone="",
        created_at=ctx.now,
    )  # fmt: skip
    ctx.db.add(person)
    ctx.db.flush()
    return person
