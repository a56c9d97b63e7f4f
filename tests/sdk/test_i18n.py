"""Translation: languages, plurals, meanings, lazy texts."""

import io
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from boxportal.sdk import i18n
from boxportal.sdk.i18n import (
    LANGUAGE_NAMES,
    LANGUAGES,
    Lazy,
    best_language,
    current_locale,
    gettext,
    lazy,
    ngettext,
    nlazy,
    pgettext,
    plazy,
    use_locale,
)

HEADER = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Language: ru\\n"
"Plural-Forms: nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : "
"n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);\\n"

"""
FIRST = """msgid "Deal"
msgstr "Сделка"

msgid "Hello, %(name)s!"
msgstr "Здравствуйте, %(name)s!"

msgid "%(num)s deal"
msgid_plural "%(num)s deals"
msgstr[0] "%(num)s сделка"
msgstr[1] "%(num)s сделки"
msgstr[2] "%(num)s сделок"

msgctxt "a document"
msgid "Order"
msgstr "Заказ"
"""
SECOND = """msgid "Order"
msgstr "Порядок"

msgid "Deal"
msgstr "Другая сделка"
"""


@pytest.fixture
def russian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two modules with Russian texts, and no other catalogue."""
    for module, text in (("first", FIRST), ("second", SECOND)):
        compiled = tmp_path / module / "ru" / "LC_MESSAGES" / "messages.mo"
        compiled.parent.mkdir(parents=True)
        with compiled.open("wb") as file:
            write_mo(file, read_po(io.BytesIO((HEADER + text).encode())))
    folders = [tmp_path / "first", tmp_path / "second"]
    monkeypatch.setattr(i18n, "_catalogue", lambda language: i18n.read_catalogues(language, folders))


@pytest.mark.usefixtures("russian")
def test_a_text_is_shown_in_the_locale_in_force() -> None:
    assert gettext("Deal") == "Deal"
    with use_locale("ru"):
        assert gettext("Deal") == "Сделка"
        with use_locale("sw"):
            assert gettext("Deal") == "Deal"
        assert current_locale() == "ru"
    assert current_locale() == "en"


@pytest.mark.usefixtures("russian")
@pytest.mark.parametrize("language", ["de", "", "../first/ru", "RU\0"])
def test_an_unknown_language_is_english(language: str) -> None:
    with use_locale(language):
        assert (current_locale(), gettext("Deal")) == ("en", "Deal")


@pytest.mark.usefixtures("russian")
def test_a_lazy_text_waits_for_its_reader() -> None:
    hello = lazy("Hello, %(name)s!", name=lazy("Deal"))
    assert f"{hello}" == "Hello, Deal!"
    with use_locale("ru"):
        assert str(hello) == "Здравствуйте, Сделка!"


@pytest.mark.usefixtures("russian")
def test_plurals_follow_the_language() -> None:
    assert [ngettext("%(num)s deal", "%(num)s deals", n, num=n) for n in (1, 2)] == ["1 deal", "2 deals"]
    with use_locale("ru"):
        shown = [str(nlazy("%(num)s deal", "%(num)s deals", n, num=n)) for n in (1, 3, 11, 25)]
    assert shown == ["1 сделка", "3 сделки", "11 сделок", "25 сделок"]


@pytest.mark.usefixtures("russian")
def test_a_word_of_two_meanings_has_two_translations() -> None:
    with use_locale("ru"):
        assert gettext("Order") == "Порядок"
        assert pgettext("a document", "Order") == str(plazy("a document", "Order")) == "Заказ"


@pytest.mark.usefixtures("russian")
def test_of_two_translations_the_first_catalogue_s_stands() -> None:
    with use_locale("ru"):
        assert gettext("Deal") == "Сделка"


def test_a_percent_sign_without_values_is_only_a_sign() -> None:
    assert gettext("100% of 5%") == "100% of 5%"
    assert not gettext("")


def test_equal_lazy_texts_are_equal() -> None:
    assert lazy("Deal", a=1) == Lazy("Deal", values=(("a", 1),))
    assert len({lazy("Deal"), lazy("Deal"), lazy("Order")}) == 2


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("de,sw;q=0.3,en;q=0.2", "sw"),
        ("en;q=0.1,ru;q=0.7", "ru"),
        ("ru;q=0,sw", "sw"),
        ("ru;q=x,*", "en"),
        ("", "en"),
        ("," * 5000, "en"),
    ],
)
def test_the_browser_s_wishes_choose_the_language(header: str, language: str) -> None:
    assert best_language(header) == language


def test_every_language_of_the_product_has_a_name() -> None:
    assert tuple(LANGUAGE_NAMES) == LANGUAGES
