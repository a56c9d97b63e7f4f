"""Renders templates: one Jinja environment for the process, with what every page shows."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache

from jinja2 import ChoiceLoader, Environment, FileSystemLoader
from markupsafe import Markup

from boxportal.kernel.catalog import load_catalog
from boxportal.kernel.notify.inbox import Standing, standing_of
from boxportal.kernel.paths import PACKAGE, assets_folder, templates_folder
from boxportal.kernel.running import company_of
from boxportal.kernel.runtime import Snapshot
from boxportal.kernel.web.filters import FILTERS
from boxportal.kernel.web.fixed import Fixed, Icons, People
from boxportal.kernel.web.markup import Buttons, field_attributes, hidden, link_button, when
from boxportal.kernel.web.showing import csrf_token, new_once, showing
from boxportal.kernel.web.templates import Built, new_environment
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.i18n import current_locale, gettext, ngettext, pgettext
from boxportal.sdk.module import MenuItem

TEMPLATES = PACKAGE / "kernel" / "web" / "templates"
MESSAGES = 8_192
MENUS = 256
RIGHT_TO_LEFT = frozenset({"ar", "he", "fa", "ur"})


@dataclass(frozen=True, slots=True, eq=False)
class MenuEntry:
    """An entry of the rail as a page shows it, with the tabs under it; equal is only the very same one.

    Where tabs stand in groups, the children are the groups, and theirs the tabs.
    """

    title: str
    url: str
    icon: str
    key: str
    active: bool
    children: tuple["MenuEntry", ...] = field(default=())

    @property
    def row(self) -> tuple["MenuEntry", ...]:
        """The second row of tabs: those of the group where the page is."""
        return next((group.children for group in self.children if group.active), ())

    @property
    def places(self) -> tuple["MenuEntry", ...]:
        """The entry and all pages under it."""
        below = [tab for child in self.children for tab in (child.children or (child,))]
        return (self, *below)


def render(ctx: ReadCtx, snapshot: Snapshot, template: str, values: Mapping[str, object]) -> str:
    """Render a template for a context. Whole pages also get the menu and the number of unread notices.

    With `menu_at` a page that serves several places belongs to the menu of that address instead of its own.
    """
    standing = standing_of(ctx) if ctx.actor.id is not None else Standing()
    path = str(values.get("menu_at", "")) or ctx.origin.path
    menu, account = menu_for(ctx, snapshot, path), menu_for(ctx, snapshot, path, account=True)
    shell: dict[str, object] = {
        "ctx": ctx,
        "csrf": ctx.origin.csrf,
        "lang": current_locale(),
        "dir": "rtl" if current_locale() in RIGHT_TO_LEFT else "ltr",
        "menu": menu,
        "account": account,
        "shell_section": next((entry for entry in (*menu, *account) if entry.active), None),
        "unread": standing.unread,
        "unread_here": standing.is_here,
        "seq": standing.seq,
        "search": "/search" if snapshot.search and ctx.actor.id is not None else "",
        "module_on": ctx.services.module_on,
    }
    with showing(ctx.origin.csrf, ctx.actor.timezone if ctx.actor.id is not None else ctx.company.timezone):
        return environment().get_template(template).render(shell | dict(values))


def menu_for(ctx: ReadCtx, snapshot: Snapshot, path: str, *, account: bool = False) -> tuple[MenuEntry, ...]:
    """The rail, or the own menu, of this actor: what is on and what they may use, with the tabs of each entry."""
    allowed = tuple(item for item in snapshot.menu if may_open(ctx, item))
    here = tuple(item.url for item in allowed if is_at(path, item.url))
    covered = tuple(start for item in allowed for start in item.covers if path.startswith(f"{start}/"))
    return entries_of(allowed, here, covered, current_locale(), account=account)


@lru_cache(MENUS)
def entries_of(
    allowed: Sequence[MenuItem], here: Sequence[str], covered: Sequence[str], _locale: str, *, account: bool
) -> tuple[MenuEntry, ...]:
    """The menu of all who may open the same, where they are at the same entries: made once in a language."""
    entries = []
    for item in allowed:
        if item.under or item.account is not account:
            continue
        below = [tab for tab in allowed if tab.under == item.url]
        nearest = max((tab.url for tab in below if tab.url in here), key=len, default=None)
        tabs = in_groups(below, nearest)
        is_covered = any(start in covered for each in (item, *below) for start in each.covers)
        active = item.url in here or nearest is not None or is_covered
        entries.append(entry_of(item, active=active, tabs=tabs))
    return tuple(entries)


def in_groups(tabs: Sequence[MenuItem], nearest: str | None) -> tuple[MenuEntry, ...]:
    """The tabs, or where they stand in groups, the groups in the tabs' order, each leading to its first tab."""
    groups: dict[str, list[MenuEntry]] = {}
    for tab in tabs:
        groups.setdefault(str(tab.group), []).append(entry_of(tab, active=tab.url == nearest))
    if set(groups) <= {""}:
        return tuple(groups.get("", ()))
    return tuple(
        MenuEntry(title, entries[0].url, "", "", any(entry.active for entry in entries), tuple(entries))
        for title, entries in groups.items()
    )


def all_menus(ctx: ReadCtx, snapshot: Snapshot) -> tuple[MenuEntry, ...]:
    """Every place that a menu leads to, for the palette."""
    path = ctx.origin.path
    return menu_for(ctx, snapshot, path) + menu_for(ctx, snapshot, path, account=True)


def may_open(ctx: ReadCtx, item: MenuItem) -> bool:
    if ctx.actor.id is None or (item.admin and not ctx.actor.is_admin):
        return False
    if item.box and not company_of(ctx).is_first:
        return False
    return item.permission == "" or ctx.can(item.permission)


def is_at(path: str, url: str) -> bool:
    return path == url or (url != "/" and path.startswith(f"{url}/"))


def entry_of(item: MenuItem, *, active: bool, tabs: tuple[MenuEntry, ...] = ()) -> MenuEntry:
    return MenuEntry(str(item.title), item.url, item.icon, item.key, active, tabs)


@cache
def environment() -> Environment:
    """The process's Jinja environment. Templates of modules that are off lie unused on disk."""
    folders = [TEMPLATES, *(entry.folder / "templates" for entry in load_catalog().entries.values())]
    env = new_environment(ChoiceLoader([FileSystemLoader(folder) for folder in folders]), Built(templates_folder()))
    translate: Callable[..., None] = env.install_gettext_callables  # type: ignore[attr-defined]  # from the extension
    translate(gettext, ngettext, newstyle=True, pgettext=pgettext)
    env.filters.update(FILTERS)
    env.globals |= {"asset": asset, "csrf_token": csrf_token, "once": new_once, "fixed": Fixed(env)}
    env.globals |= components(Icons(asset("icons.svg")), People())
    return env


def components(icon: Icons, people: People) -> Mapping[str, object]:
    """What Python writes for the components, and their texts."""
    return {
        "_": said,
        "avatar_markup": people.avatar,
        "button_markup": Buttons(icon),
        "field_attributes": field_attributes,
        "hidden_markup": hidden,
        "icon_markup": icon,
        "link_button_markup": link_button,
        "person_markup": people.person,
        "when_markup": when,
    }


def said(message: str, **values: object) -> Markup:
    """`_` in templates: a text in the language in force; its values are escaped, and "%%" is a percent sign."""
    if values:
        return _message(current_locale(), message) % values
    return _whole(current_locale(), message)


@lru_cache(MESSAGES)
def _message(_locale: str, message: str) -> Markup:
    return Markup(gettext(message))  # noqa: S704 a translation, as trusted as the template that names it


@lru_cache(MESSAGES)
def _whole(locale: str, message: str) -> Markup:
    return _message(locale, message) % {}


@cache
def manifest() -> Mapping[str, str]:
    """Logical names of the front-end files and their hashed names.

    Raises: FileNotFoundError with the command that builds them.
    """
    path = assets_folder() / "manifest.json"
    if not path.exists():
        msg = f"{path} is missing: build the front-end files with `python installer/build_assets.py`"
        raise FileNotFoundError(msg)
    names: dict[str, str] = json.loads(path.read_text("utf-8"))
    return names


def asset(name: str) -> str:
    """The address of a front-end file, cached for ever by its hash."""
    return f"/assets/{manifest()[name]}"
