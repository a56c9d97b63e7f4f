"""Every text of the product is there in Russian and Swahili, whole, and the main screens show it so."""

import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from fastapi.testclient import TestClient
from sqlalchemy import update
from tests.conftest import PROFILE, add_cast
from tests.support.crm import make_company, make_contact, make_deal, make_lead
from tests.support.portal import BASE, Portal
from typing_extensions import override

from boxportal.app import build_app
from boxportal.kernel.companies import Box
from boxportal.kernel.create import NewCompany, create_company
from boxportal.kernel.database.engines import write_session
from boxportal.kernel.identity.models import Person

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "installer"))

import build_locales  # noqa: E402 the folder is no package
import messages  # noqa: E402 as above

PLACES = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
SCREENS = (
    "/", "/inbox", "/search?q=насос", "/account", "/account/notifications", "/account/keys", "/account/devices",
    "/admin/people", "/admin/people/new", "/admin/teams", "/admin/roles", "/admin/roles/1", "/admin/company",
    "/admin/modules", "/admin/mail", "/admin/help", "/admin/audit", "/crm/leads", "/crm/leads/new", "/crm/leads/1",
    "/crm/deals", "/crm/deals/list", "/crm/deals/funnel", "/crm/deals/new", "/crm/deals/1", "/crm/contacts",
    "/crm/contacts/1", "/crm/companies", "/crm/companies/1", "/crm/activities", "/crm/leads/forms", "/crm/trash",
    "/sales/quotes", "/sales/invoices", "/sales/products", "/sales/products/new", "/sales/seller",
    "/crm/deals/settings",
)  # fmt: skip
ENGLISH = (
    "Accept", "Add", "Address", "Administration", "All", "Amount", "Answered", "Back", "Cancel", "Close", "Closed",
    "Columns", "Comment", "Companies", "Company", "Contacts", "Create", "Currency", "Date", "Deal", "Deals",
    "Delete", "Edit", "Employee", "Export", "Files", "Filters", "From", "History", "Home", "Inbox", "Invoice",
    "Invoices", "Language", "Lead", "Leads", "Lines", "Lost", "Modules", "Name", "New", "Next", "No", "None",
    "Notifications", "Open", "Orders", "Password", "People", "Pipeline", "Previous", "Price", "Products",
    "Quantity", "Quote", "Quotes", "Remove", "Responsible", "Roles", "Sales", "Save", "Search", "Seller", "Send",
    "Settings", "Show", "Stage", "State", "Status", "Tax", "Teams", "Telephone", "Title", "Total", "Trash", "Won",
    "Yes", "ago", "and", "minutes", "of", "off", "on", "the", "to", "with", "your",
)  # fmt: skip
WORD = re.compile(rf"(?<![\w./@-])(?:{'|'.join(ENGLISH)})(?![\w./@-])")


class Said(HTMLParser):
    """What a page says to people: its text, and the attributes that are read out or shown."""

    ATTRIBUTES = frozenset(
        {"aria-label", "title", "placeholder", "alt", "data-confirm", "data-confirm-yes", "data-label"}
    )

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.silent = 0

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in {"script", "style"}
        self.parts += [value for name, value in attrs if name in self.ATTRIBUTES and value]

    @override
    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in {"script", "style"}

    @override
    def handle_data(self, data: str) -> None:
        if not self.silent and data.strip():
            self.parts.append(" ".join(data.split()))


def said(page: str) -> list[str]:
    parser = Said()
    parser.feed(page)
    return parser.parts


def english_in(page: str) -> list[str]:
    """The texts of a page that hold an English word of the screens; time zones keep their names."""
    return [text for text in said(page) if WORD.search(text) and " / " not in text]


def translated() -> Iterator[tuple[str, int, Message]]:
    """Every message of every catalogue: where it stands and how many plural forms its language has."""
    for part in messages.parts():
        for language in messages.LANGUAGES:
            catalog = messages.load(part, language)
            yield from ((f"{part.name} {language}", catalog.num_plurals, message) for message in catalog if message.id)


def forms_of(message: Message) -> tuple[str, ...]:
    strings = message.string if isinstance(message.string, tuple) else (message.string,)
    return tuple(str(text or "") for text in strings)


def sources_of(message: Message) -> tuple[str, ...]:
    return tuple(map(str, message.id if isinstance(message.id, tuple) else (message.id,)))


def agrees(source: tuple[str, ...], form: str) -> bool:
    """Whether a translation has the places of its source; a plural may leave the number out where a form says it."""
    wanted, found = set(PLACES.findall(source[-1])), set(PLACES.findall(form))
    return found == wanted or (len(source) > 1 and found | {"%(num)s"} == wanted | {"%(num)s"})


def fills(source: tuple[str, ...], form: str) -> bool:
    """Whether a text with places can be filled in, so that no `%` stands alone in it."""
    if not PLACES.search(source[-1]):
        return True
    values = dict.fromkeys(re.findall(r"%\((\w+)\)", " ".join((*source, form))), 1)
    try:
        return bool(form % values)
    except (TypeError, ValueError):
        return False


def test_every_text_is_translated() -> None:
    assert list(messages.missing()) == []


def test_translations_have_the_places_and_forms_of_their_texts() -> None:
    wrong = []
    for where, plurals, message in translated():
        forms, source = forms_of(message), sources_of(message)
        if len(source) > 1 and len(forms) != plurals:
            wrong.append(f"{where}: {len(forms)} forms: {source[0]}")
        wrong += [f"{where}: {form}" for form in forms if form and not (agrees(source, form) and fills(source, form))]
    assert wrong == []


def test_lines_and_markup_stay_as_they_are() -> None:
    marks = re.compile(r"\n|<[^>]*>")
    wrong = [
        f"{where}: {form}"
        for where, _plurals, message in translated()
        for form in forms_of(message)
        if form and marks.findall(form) != marks.findall(sources_of(message)[-1])
    ]
    assert wrong == []


def test_text_of_two_modules_means_the_same_in_both() -> None:
    found: dict[tuple[str, ...], set[tuple[str, ...]]] = defaultdict(set)
    for where, _plurals, message in translated():
        key = (where.split()[-1], message.context or "", *sources_of(message))
        found[key].add(forms_of(message))
    assert len(found) > 1000
    assert [key for key, forms in found.items() if len(forms) > 1] == []


@pytest.fixture(scope="module")
def russian(tmp_path_factory: pytest.TempPathFactory, password_hash: str) -> Iterator[Portal]:
    """A Russian company: a deal, a lead, a contact and a firm, all named in Russian."""
    build_locales.compile_all(ROOT / "src" / "boxportal")
    data = tmp_path_factory.mktemp("russian")
    profile = PROFILE.model_copy(update={"title": "Насосы", "language": "ru"})
    company = create_company(data, NewCompany(name="acme", profile=profile, modules=("crm", "sales")), order=0)
    with write_session(company.engines) as db:
        cast = add_cast(db, password_hash, company=profile.title)
        db.change(update(Person).values(language="ru", name="Иван Иванов"))
    company.engines.dispose()
    box = Box.open(data)
    app = build_app(box)
    with TestClient(app, base_url=BASE, client=("127.0.0.1", 50000), raise_server_exceptions=False) as client:
        portal = Portal(data, box, app, client, cast, "sqlite")
        admin = portal.browser("admin")
        make_lead(admin, request="Нужен насос", name="Анна", phone="+255 712 345 678")
        make_deal(admin, title="Насос для школы", amount="1000000")
        make_contact(admin, name="Анна", phone="+255 712 345 679")
        make_company(admin, name="Школа")
        yield portal
    box.close()


@pytest.mark.parametrize("method", ["get", "post"])
def test_refusal_is_said_in_the_persons_language(russian: Portal, method: str) -> None:
    answer = getattr(russian.browser("admin"), method)("/nothing/here", headers={"accept-language": "en"})
    assert answer.status_code == 404
    assert "Такой страницы нет" in answer.text
    assert english_in(answer.text) == []


@pytest.mark.parametrize("path", SCREENS)
def test_screen_in_russian_says_nothing_in_english(russian: Portal, path: str) -> None:
    answer = russian.browser("admin").get(path)
    assert answer.status_code == 200, answer.text
    assert len(said(answer.text)) > 10
    assert english_in(answer.text) == []


def test_english_on_a_screen_is_found() -> None:
    page = '<p>Новый лид</p><button title="Close">Сохранить</button><script>Save()</script><b>Cancel it</b>'
    assert english_in(page) == ["Close", "Cancel it"]


@pytest.mark.parametrize(
    ("source", "form"),
    [
        (("%(num)s day", "%(num)s days"), "%(number)s siku"),
        (("%(name)s is on",), "imewashwa"),
        (("Move {title}",), "Hamisha {jina}"),
    ],
)
def test_place_that_is_lost_is_found(source: tuple[str, ...], form: str) -> None:
    assert not agrees(source, form)


def test_lone_percent_sign_is_found() -> None:
    assert not fills(("VAT %(percent)s %%",), "VAT %(percent)s % kodi")
    assert fills(("VAT %(percent)s %%",), "VAT %(percent)s %%")
