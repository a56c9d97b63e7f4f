"""`boxportal company`: the companies of this box."""

from typing import Annotated
from zoneinfo import available_timezones

import typer
from babel.numbers import list_currencies
from sqlalchemy import func, select

from boxportal.cli.acting import boxed, changing, confirm, database_url, opened, system_actor
from boxportal.cli.admin import new_link
from boxportal.cli.carrying import company_export, company_import
from boxportal.cli.local import guess_currency, guess_profile
from boxportal.cli.output import Globals, answering
from boxportal.cli.tables import megabytes, table
from boxportal.kernel.audit.lines import write_line
from boxportal.kernel.catalog import load_catalog
from boxportal.kernel.companies import Box, Company, new_company_folder
from boxportal.kernel.create import NewCompany, create_company
from boxportal.kernel.database.engines import read_session, write_session
from boxportal.kernel.identity.models import Person
from boxportal.kernel.module import KERNEL
from boxportal.kernel.profile import change_profile
from boxportal.kernel.removal import remove_company, require_removable
from boxportal.kernel.state import read_profile, read_snapshot
from boxportal.kernel.tables import EnabledModule
from boxportal.sdk.errors import Invalid
from boxportal.sdk.i18n import LANGUAGES

app = typer.Typer(no_args_is_help=True, help="The companies of this box.")


@app.command("list")
def company_list(context: typer.Context) -> None:
    """All companies; the first answers on every host name that no other claims."""
    options: Globals = context.obj
    with answering("company.list", options) as output, boxed(options) as box:
        companies = sorted(box.companies.values(), key=lambda c: (c.order, c.name))
        found = [about(company) for company in companies]
        output.data["companies"] = found
        rows = [
            (facts["name"], facts["title"], facts["database"], " ".join(company.hosts) or "any", facts["people"])
            for company, facts in zip(companies, found, strict=True)
        ]
        output.say(table(("NAME", "TITLE", "DATABASE", "HOSTS", "PEOPLE"), rows) if rows else "There is no company.")


@app.command("show")
def company_show(context: typer.Context, name: Annotated[str | None, typer.Argument(metavar="[NAME]")] = None) -> None:
    """One company: where it lies, what is on, how large it is."""
    options: Globals = context.obj
    with answering("company.show", options) as output, boxed(options) as box:
        company = box.get(name or options.company)
        facts = about(company)
        output.data |= facts
        for label, value in facts.items():
            shown = megabytes(value) if label.endswith("bytes") and isinstance(value, int) else value
            output.say(f"{label.replace('_', ' ')}: {', '.join(map(str, value)) if isinstance(value, list) else shown}")


@app.command("create")
def company_create(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Its short name: lower-case letters, digits, hyphens.")],
    *,
    title: Annotated[str, typer.Option(help="Its name as people see it.")] = "",
    host: Annotated[list[str] | None, typer.Option(help="A host name that means this company.")] = None,
    module: Annotated[list[str] | None, typer.Option(help="A module to begin with; else the default ones.")] = None,
    language: Annotated[str, typer.Option(help="en, ru or sw.")] = "",
    timezone: Annotated[str, typer.Option(help="Say Africa/Dar_es_Salaam.")] = "",
    currency: Annotated[str, typer.Option(help="Say TZS.")] = "",
    country: Annotated[str, typer.Option(help="Two letters, say TZ.")] = "",
    database: Annotated[str, typer.Option(help="`sqlite`, or the URL of an empty Postgres database.")] = "",
) -> None:
    """Make a company. Prints the link by which its first administrator signs in."""
    options: Globals = context.obj
    with answering("company.create", options) as output, boxed(options) as box:
        new = wished(name, title, host or [], module, database or box.config.box.database)
        settle(new, language=language, timezone=timezone, currency=currency, country=country)
        require_new(box, new)
        output.data |= {"company": name, "modules": list(new.modules), "dry_run": options.dry_run}
        if options.dry_run:
            output.say(f"The company {name} would be made, with {', '.join(new.modules) or 'no modules'}.")
            return
        options.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        order = 1 + max((c.order for c in box.companies.values()), default=-1)
        company = create_company(options.data, new, order=order)
        box.companies = box.with_new(company)
        with write_session(company.engines) as db:
            write_line(db, system_actor(), "core.company.create", new.profile.title)
        link = new_link(company, company.address)
        output.data["link"] = link
        output.say(f"The company {name} is made. Open this once, within 24 hours:\n  {link}")
        output.say("A running server answers for it within seconds.")


@app.command("edit")
def company_edit(
    context: typer.Context,
    *,
    title: Annotated[str | None, typer.Option(help="Its name as people see it.")] = None,
    language: Annotated[str | None, typer.Option(help="en, ru or sw.")] = None,
    timezone: Annotated[str | None, typer.Option(help="Say Africa/Dar_es_Salaam.")] = None,
    currency: Annotated[str | None, typer.Option(help="Say TZS.")] = None,
    country: Annotated[str | None, typer.Option(help="Two letters, say TZ.")] = None,
    phone: Annotated[str | None, typer.Option(help="With the country's code.")] = None,
    address: Annotated[str | None, typer.Option(help="Street and town.")] = None,
) -> None:
    """Change what is given of the profile of a company (--company NAME), and nothing else."""
    options: Globals = context.obj
    typed = {"title": title, "language": language, "timezone": timezone, "currency": currency, "country": country,
             "phone": phone, "address": address}  # fmt: skip
    wish = {name: value for name, value in typed.items() if value is not None}
    with answering("company.edit", options) as output, opened(options) as company:
        with changing(company, dry_run=options.dry_run) as ctx:
            try:
                change_profile(ctx, read_profile(ctx.db).model_copy(update=wish))
            except Invalid as error:
                raise Invalid({f"--{name}": text for name, text in error.fields.items()}) from error
            kept = read_profile(ctx.db)
        output.data |= {"company": company.name, "profile": kept.model_dump(), "dry_run": options.dry_run}
        for name, value in kept.model_dump(exclude={"logo"}).items():
            output.say(f"{name}: {value or '-'}")


@app.command("remove")
def company_remove(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The company's short name.")],
    *,
    no_backup: Annotated[bool, typer.Option("--no-backup", help="Without a last backup.")] = False,
) -> None:
    """Remove a company for good: database, files, secrets. A backup is made first; older backups stay."""
    options: Globals = context.obj
    with answering("company.remove", options) as output, boxed(options) as box:
        company = box.get(name)
        company.snapshot = read_snapshot(company, KERNEL)
        require_removable(box, company)
        facts = about(company)
        output.data |= {"company": name, "dry_run": options.dry_run}
        what = f"{facts['title']} ({name}), {facts['people']} people"
        if options.dry_run:
            output.say(f"{what} would be removed{'' if no_backup else ', after a backup'}.")
            return
        confirm(options, f"Remove {what}, with all that it keeps{' and without a backup' if no_backup else ''}?")
        done = remove_company(box, company, system_actor(), backup=not no_backup)
        output.data |= {"backup": str(done.backup) if done.backup else None, "databases": list(done.databases)}
        if done.backup:
            output.say(f"Backup: {done.backup}")
        output.say(f"{name} is removed. Its backups stay.")


app.command("export")(company_export)
app.command("import")(company_import)


def wished(name: str, title: str, hosts: list[str], modules: list[str] | None, database: str) -> NewCompany:
    defaults = [entry.id for entry in load_catalog().entries.values() if entry.manifest.default]
    chosen = tuple(defaults if modules is None else modules)
    if database != "sqlite":
        database_url(database)
    profile = guess_profile(title or name)
    return NewCompany(name=name, profile=profile, modules=chosen, hosts=tuple(hosts), database=database)


def settle(new: NewCompany, *, language: str, timezone: str, currency: str, country: str) -> None:
    """Put what was given in place of what was guessed.

    Raises: Invalid that names each wrong option.
    """
    wrong: dict[str, object] = {}
    if language and language not in LANGUAGES:
        wrong["--language"] = f"must be one of {', '.join(LANGUAGES)}"
    if timezone and timezone not in available_timezones():
        wrong["--timezone"] = f"{timezone!r} is no time zone of the IANA list"
    if currency and currency.upper() not in list_currencies():
        wrong["--currency"] = f"{currency!r} is no currency code of ISO 4217"
    if country and not (len(country) == 2 and country.isalpha()):  # noqa: PLR2004 ISO 3166-1 alpha-2
        wrong["--country"] = "must be two letters"
    if wrong:
        raise Invalid(wrong)
    profile = new.profile
    profile.language = language or profile.language
    profile.timezone = timezone or profile.timezone
    profile.country = country.upper() or profile.country
    profile.currency = currency.upper() or (guess_currency(profile.country) if country else profile.currency)


def require_new(box: Box, new: NewCompany) -> None:
    """See that no other company has the name or a host.

    Raises: RuleBroken, Invalid.
    """
    new_company_folder(box.data, new.name)
    for host in new.hosts:
        for company in box.companies.values():
            if host.lower() in company.hosts:
                raise Invalid({"--host": f"{host} means the company {company.name} already"})


def about(company: Company) -> dict[str, object]:
    """What can be told of a company."""
    with read_session(company.engines) as db:
        profile = read_profile(db)
        people = db.scalar(select(func.count()).select_from(Person).where(Person.state == "active")) or 0
        on = db.scalars(select(EnabledModule.id).where(EnabledModule.state != "off").order_by(EnabledModule.id)).all()
    files = sum(path.stat().st_size for path in company.files.rglob("*") if path.is_file())
    database = company.folder / "company.db"
    return {
        "name": company.name,
        "title": profile.title,
        "hosts": list(company.hosts),
        "database": "sqlite" if company.engines.is_sqlite else company.engines.url.render_as_string(),
        "folder": str(company.folder),
        "language": profile.language,
        "timezone": profile.timezone,
        "currency": profile.currency,
        "people": people,
        "modules": list(on),
        "database_bytes": database.stat().st_size if database.exists() else 0,
        "files_bytes": files,
    }
