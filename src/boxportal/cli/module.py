"""`boxportal module`: what is on, what it costs, and switching it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import select

from boxportal.cli.acting import acting_in, confirm, opened, reading
from boxportal.cli.cost import cost
from boxportal.cli.module_texts import describe, effect, facts_json, listing
from boxportal.cli.output import Exit, Globals, Output, answering
from boxportal.cli.status import memory_of
from boxportal.cli.tables import megabytes
from boxportal.kernel.backup.verify import proven_backup
from boxportal.kernel.catalog import load_catalog
from boxportal.kernel.companies import Company
from boxportal.kernel.identity.models import Person
from boxportal.kernel.runtime import load_module
from boxportal.kernel.switch.change import Acting
from boxportal.kernel.switch.cost import known_costs, with_cost
from boxportal.kernel.switch.lacking import lacking_in, to_json
from boxportal.kernel.switch.live import ask_renewal, live_processes, wait_renewed
from boxportal.kernel.switch.orders import Order, Verb, targets_of
from boxportal.kernel.switch.perform import Outcome, perform
from boxportal.kernel.switch.preview import Facts, Preview, facts_of, parts_of, people_of, preview
from boxportal.kernel.switch.states import standings
from boxportal.kernel.switch.walk import STEPS
from boxportal.sdk.errors import NotFound, RuleBroken

app = typer.Typer(no_args_is_help=True, help="What is on, what it costs, and switching it.")
app.command("cost")(cost)
Names = Annotated[list[str], typer.Argument(metavar="NAME…", help="One or more modules.")]


@app.command("list")
def module_list(context: typer.Context) -> None:
    """All modules: how each stands, what it holds and what it costs."""
    options: Globals = context.obj
    with answering("module.list", options) as output, opened(options) as company, reading(company) as ctx:
        facts = with_costs(facts_of(ctx.db, people_of(ctx)), options.data)
        jobs = {module_id: len(module.jobs) for module_id, module in company.snapshot.modules.items()}
        output.data["modules"] = [facts_json(fact) | {"jobs": jobs.get(fact.manifest.id, 0)} for fact in facts]
        memory = [size for size in map(memory_of, live_processes(company)) if size is not None]
        output.data["server_memory_bytes"] = memory
        output.say(listing(facts, jobs))
        for size in memory:
            output.say(f"Server process: {megabytes(size)} of memory.")
        for name, reason in load_catalog().broken.items():
            output.warn("MODULE_BROKEN", f"{name} can't be used: {reason}")


@app.command("show")
def module_show(context: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME")]) -> None:
    """One module: whom it is for, how it stands, what it adds and holds."""
    options: Globals = context.obj
    with answering("module.show", options) as output, opened(options) as company, reading(company) as ctx:
        if name not in load_catalog().entries:
            known = ", ".join(sorted(load_catalog().entries)) or "-"
            raise NotFound(f"There is no module {name}. There are: {known}.")
        fact = with_costs(facts_of(ctx.db, people_of(ctx), [name]), options.data)[0]
        parts = parts_of(load_module(name))
        lacks = lacking_in(ctx, company.snapshot, name)
        output.data |= facts_json(fact) | {"adds": parts.to_json(), "lacking": to_json(lacks)}
        output.say(describe(fact, parts))
        for lack in lacks:
            output.say(f"Still needed: {lack.text}" + (f" {ctx.company.address}{lack.url}" if lack.url else ""))


@app.command("enable")
def module_enable(
    context: typer.Context,
    names: Names,
    *,
    with_required: Annotated[bool, typer.Option("--with-required", help="Also what they need.")] = False,
    preparing: Annotated[bool, typer.Option("--preparing", help="For administrators and --allow only.")] = False,
    allow: Annotated[list[str] | None, typer.Option(help="E-mail of someone who may see it already.")] = None,
) -> None:
    """Switch modules on, while people work."""
    options: Globals = context.obj
    with answering("module.enable", options) as output, opened(options) as company:
        allowed = people_named(company, allow or [])
        if allowed and not preparing:
            raise RuleBroken("--allow goes with --preparing: a module that is on is for everyone who has the right.")
        verb: Verb = "prepare" if preparing else "enable"
        carry_out(output, options, company, order_of(verb, names, with_others=with_required, allowed=allowed))


@app.command("disable")
def module_disable(
    context: typer.Context,
    names: Names,
    *,
    with_dependants: Annotated[bool, typer.Option("--with-dependants", help="Also what needs them.")] = False,
    now: Annotated[bool, typer.Option("--now", help="Give their memory back at once.")] = False,
) -> None:
    """Switch modules off, while people work. Their data is kept."""
    options: Globals = context.obj
    with answering("module.disable", options) as output, opened(options) as company:
        carry_out(output, options, company, order_of("disable", names, with_others=with_dependants))
        if now and not options.dry_run:
            give_memory_back(output, company)


@app.command("purge")
def module_purge(
    context: typer.Context,
    names: Names,
    *,
    with_dependants: Annotated[bool, typer.Option("--with-dependants", help="Also what needs them.")] = False,
) -> None:
    """Delete all that modules hold, after a backup."""
    options: Globals = context.obj
    with answering("module.purge", options) as output, opened(options) as company:
        carry_out(output, options, company, order_of("purge", names, with_others=with_dependants))


def order_of(verb: Verb, names: list[str], *, with_others: bool, allowed: tuple[str, ...] = ()) -> Order:
    return Order(verb=verb, modules=tuple(dict.fromkeys(names)), with_others=with_others, allowed=allowed)


def carry_out(output: Output, options: Globals, company: Company, order: Order) -> None:
    """Show what the order would do, ask where something ends, do it, and tell what was done."""
    seen = look_ahead(company, order)
    output.data |= {"changed": [], "preview": seen_json(seen), "dry_run": options.dry_run}
    if seen.facts:
        output.say(effect(seen))
        if options.dry_run:
            output.say("Nothing was changed: this was a dry run.")
            return
        if order.verb in ("disable", "purge"):
            confirm(options, "Continue?")
    elif options.dry_run:
        output.say("Nothing to do.")
        return
    outcome = perform(acting_in(company), order, backup, lambda step: output.step(step, str(STEPS[step])))
    tell(output, outcome, order)


def look_ahead(company: Company, order: Order) -> Preview:
    catalog = load_catalog()
    with reading(company) as ctx:
        targets = targets_of(order, catalog, standings(ctx.db, catalog))
        parts = {module_id: parts_of(load_module(module_id)) for module_id in targets}
        return preview(ctx, order, parts, company.snapshot.modules)


def seen_json(seen: Preview) -> dict[str, object]:
    return {
        "modules": [fact.manifest.id for fact in seen.facts],
        "adds" if seen.order.verb in ("enable", "prepare") else "stops": seen.together.to_json(),
        "tables": seen.held.tables,
        "rows": seen.held.rows,
        "bytes": seen.size,
        "people_30_days": seen.people,
        "outside": dict(seen.outside),
    }


def backup(acting: Acting) -> Path:
    return proven_backup(acting.company, acting.actor)[0]


def tell(output: Output, outcome: Outcome, order: Order) -> None:
    output.data |= {"changed": list(outcome.changed), "emptied": list(outcome.emptied)}
    if outcome.backup is not None:
        output.data["backup"] = str(outcome.backup)
        output.say(f"Backup: {outcome.backup}")
    done = {"enable": "on", "prepare": "being prepared", "disable": "off", "purge": "removed"}[order.verb]
    for module_id in outcome.changed:
        output.say(f"{module_id} is {done}.")
    for module_id in outcome.emptied:
        output.say(f"{module_id} held nothing that anybody stored: its tables are gone.")
    if not outcome.changed and not outcome.emptied and not outcome.lagging:
        output.say("Nothing to do.")
    if outcome.lagging:
        text = f"These servers have not followed within 10 seconds: {', '.join(outcome.lagging)}."
        output.warn("NOT_APPLIED", text, "boxportal status")
        output.done(Exit.WARNINGS)


def give_memory_back(output: Output, company: Company) -> None:
    """Let the servers start anew; those who come meanwhile wait a moment, nobody is turned away."""
    asked = ask_renewal(company)
    left = wait_renewed(company, asked) if asked else []
    output.data["renewed"] = len(asked) - len(left)
    if asked and not left:
        output.say("The servers started anew: the memory is free again.")
    if left:
        output.warn("NOT_RENEWED", f"These servers have not started anew within 20 seconds: {', '.join(left)}.")
        output.done(Exit.WARNINGS)


def with_costs(facts: Sequence[Facts], data: Path) -> list[Facts]:
    """What modules cost as it was measured on this machine, where it was."""
    here = known_costs(data)
    return [replace(fact, manifest=with_cost(fact.manifest, here)) for fact in facts]


def people_named(company: Company, addresses: list[str]) -> tuple[str, ...]:
    """The ids of people by their e-mail addresses.

    Raises: NotFound.
    """
    ids: list[str] = []
    with reading(company) as ctx:
        for address in addresses:
            person_id = ctx.db.scalar(select(Person.id).where(Person.email == address.strip().casefold()))
            if person_id is None:
                raise NotFound(f"Nobody here has the address {address}.")
            ids.append(str(person_id))
    return tuple(sorted(ids))
