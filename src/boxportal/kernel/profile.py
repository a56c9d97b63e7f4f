"""The company's profile: what it is called, where it is, and in what language and currency it works."""

from zoneinfo import available_timezones

from babel import Locale
from sqlalchemy import select, update

from boxportal.kernel.settings import keep_value
from boxportal.kernel.state import PROFILE, CompanyProfile, raise_revision, read_profile
from boxportal.sdk.context import AuditEntry, Ctx
from boxportal.sdk.currencies import CURRENCIES
from boxportal.sdk.errors import Invalid
from boxportal.sdk.i18n import LANGUAGES
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.names import clean_line, clean_text
from boxportal.sdk.people import team
from boxportal.sdk.phones import parse_phone

MOST_TITLE, MOST_ADDRESS = 100, 500


def change_profile(ctx: Ctx, wish: CompanyProfile) -> None:
    """Keep the profile. Every process builds its snapshot anew, so that all pages show it within a second.

    Raises: Invalid, for all fields at once.
    """
    old = read_profile(ctx.db)
    new = checked(wish)
    keep_value(ctx.db, PROFILE, new.model_dump())
    rename_first_team(ctx, old.title, new.title)
    raise_revision(ctx.db)
    before, after = old.model_dump(), new.model_dump()
    changed = {name for name in after if before[name] != after[name]}
    ctx.audit(
        AuditEntry(
            action="core.company.edit",
            title=new.title,
            before={name: before[name] for name in sorted(changed)},
            after={name: after[name] for name in sorted(changed)},
        )
    )


def rename_first_team(ctx: Ctx, before: str, after: str) -> None:
    """The first team is called as the company until somebody calls it otherwise, so it goes along."""
    first = ctx.db.execute(select(team.c.id, team.c.name).order_by(team.c.id).limit(1)).first()
    taken = ctx.db.scalar(select(team.c.id).where(team.c.name == after).limit(1)) is not None
    if first is not None and first.name == before != after and not taken:
        ctx.db.change(update(team).where(team.c.id == first.id).values(name=after))


def checked(wish: CompanyProfile) -> CompanyProfile:
    """The profile as it is kept.

    Raises: Invalid, for all fields at once.
    """
    wrong: dict[str, object] = {}
    title, address = clean_line(wish.title[:1000]), clean_text(wish.address[:5000])
    phone = parse_phone(wish.phone, wish.country)
    if not title or len(title) > MOST_TITLE:
        wrong["title"] = _("Type a name of up to 100 letters.")
    if len(address) > MOST_ADDRESS:
        wrong["address"] = _("Type an address of up to 500 letters.")
    if phone.typed and not phone.e164:
        wrong["phone"] = _("This is not a telephone number. Write it with the country's code: +255 …")
    wrong |= wrong_choices(wish)
    if wrong:
        raise Invalid(wrong)
    return wish.model_copy(update={"title": title, "address": address, "phone": phone.e164})


def wrong_choices(wish: CompanyProfile) -> dict[str, object]:
    known = (
        ("language", wish.language in LANGUAGES),
        ("timezone", wish.timezone in available_timezones()),
        ("currency", wish.currency in CURRENCIES),
        ("country", wish.country == "" or wish.country in Locale("en").territories),
    )
    return {name: _("Choose one of the list.") for name, is_known in known if not is_known}
