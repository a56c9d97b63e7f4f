"""What somebody wants switched, and what follows from it: which modules in which order, or why not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from boxportal.kernel.catalog import Catalog
from boxportal.kernel.switch.states import ON, PREPARING, Standing
from boxportal.sdk.errors import NotFound, RuleBroken
from boxportal.sdk.i18n import gettext as _

Verb = Literal["enable", "prepare", "disable", "purge"]
COMMANDS = {"enable": "module enable", "prepare": "module enable --preparing", "disable": "module disable",
            "purge": "module purge"}  # fmt: skip


class InTheWay(RuleBroken):
    """Other modules stand in the way: `others` are their ids, `fix` is the command that takes them along."""

    def __init__(self, text: str, verb: str, others: Iterable[str], whole: Iterable[str]) -> None:
        super().__init__(text)
        self.others = tuple(others)
        self.fix = f"boxportal {COMMANDS[verb]} {' '.join(whole)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A wish: the verb, the modules, and whether what stands in the way is to be taken along.

    `allowed` are the ids of the people who see a module while it is being prepared, besides administrators.
    """

    verb: Verb
    modules: tuple[str, ...]
    with_others: bool = False
    allowed: tuple[str, ...] = field(default=())


def targets_of(order: Order, catalog: Catalog, standings: Mapping[str, Standing]) -> list[str]:
    """The modules to change, in the order in which to change them; empty when all is as wished.

    Raises: NotFound for an unknown module; InTheWay that names what stands in the way.
    """
    unknown = [module_id for module_id in order.modules if module_id not in catalog.entries]
    if unknown:
        known = ", ".join(sorted(catalog.entries)) or "-"
        raise NotFound(_("There is no module %(name)s. There are: %(known)s.", name=", ".join(unknown), known=known))
    if order.verb in ("enable", "prepare"):
        return _to_turn_on(order, catalog, standings)
    return _to_turn_off(order, catalog, standings)


def _to_turn_on(order: Order, catalog: Catalog, standings: Mapping[str, Standing]) -> list[str]:
    chosen = set(order.modules)
    enough = (ON,) if order.verb == "enable" else (ON, PREPARING)
    required = set().union(*(catalog.requires(module_id) for module_id in chosen))
    lacking = {m for m in required - chosen if standings[m].state not in enough}
    whole = catalog.in_order(chosen | lacking)
    if lacking and not order.with_others:
        text = _("%(module)s needs %(others)s. Nothing was changed.", module=_names(catalog, chosen),
                 others=_names_with_state(lacking, standings))  # fmt: skip
        raise InTheWay(text, order.verb, catalog.in_order(lacking), whole)
    already = [m for m in chosen if standings[m].state == ON]
    if order.verb == "prepare" and already:
        raise RuleBroken(
            _("%(module)s is on already. Switch it off before it can be prepared.", module=", ".join(already))
        )
    return [m for m in whole if not _is_as_wished(order, standings[m])]


def _is_as_wished(order: Order, standing: Standing) -> bool:
    if order.verb == "enable":
        return standing.state == ON
    return standing.state == ON or (standing.state == PREPARING and standing.allowed == order.allowed)


def _to_turn_off(order: Order, catalog: Catalog, standings: Mapping[str, Standing]) -> list[str]:
    chosen = set(order.modules)
    in_the_way = {
        other
        for other in set().union(*(catalog.dependants(module_id) for module_id in chosen)) - chosen
        if standings[other].works or (order.verb == "purge" and standings[other].left)
    }
    whole = list(reversed(catalog.in_order(chosen | in_the_way)))
    if in_the_way and not order.with_others:
        text = _("%(module)s is used by %(others)s. Nothing was changed.", module=_names(catalog, chosen),
                 others=_names_with_state(in_the_way, standings))  # fmt: skip
        raise InTheWay(text, order.verb, reversed(catalog.in_order(in_the_way)), whole)
    return [m for m in whole if standings[m].works or (order.verb == "purge" and standings[m].left)]


def _names(catalog: Catalog, modules: set[str]) -> str:
    return ", ".join(catalog.in_order(modules))


def _names_with_state(modules: set[str], standings: Mapping[str, Standing]) -> str:
    words = {"on": _("on"), "preparing": _("being prepared"), "off": _("off, data kept"), "never": _("off")}
    return ", ".join(f"{m} ({words[standings[m].state]})" for m in sorted(modules))
