"""Names, mail addresses and telephone numbers: what is kept, what meets, what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boxportal.sdk.mailaddr import MailAddressError, address_key, parse_address
from boxportal.sdk.names import clean_line, clean_text, company_key, match_key, name_key, person_key, to_latin
from boxportal.sdk.phones import digits_of, parse_phone, search_prefixes, show_phone

RIGHT_TO_LEFT_OVERRIDE = "\N{RIGHT-TO-LEFT OVERRIDE}"
FAMILY = "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("  Asha \t  Mushi ", "Asha Mushi"),
        (f"invoice{RIGHT_TO_LEFT_OVERRIDE}fdp.exe", "invoicefdp.exe"),
        ("a\0b\x1b[31m\x7f", "ab[31m"),
        ("one\r\ntwo", "one two"),
        ("e\N{COMBINING ACUTE ACCENT}", "é"),
        ("a\N{ZERO WIDTH SPACE}\N{SOFT HYPHEN}b", "ab"),
        ("\ud800x", "x"),
        (FAMILY, FAMILY),
        ("می\N{ZERO WIDTH NON-JOINER}خواهم", "می\N{ZERO WIDTH NON-JOINER}خواهم"),
        ("", ""),
    ],
)
def test_a_line_is_kept_without_what_cannot_be_seen(text: str, kept: str) -> None:
    assert clean_line(text) == kept


def test_lines_stay_lines() -> None:
    assert clean_text("\r\none\r\n\ttwo\rthree\0\n\n") == "one\n\ttwo\nthree"


@given(st.text())
def test_cleaning_twice_changes_nothing_and_can_be_stored(text: str) -> None:
    once = clean_text(text)
    assert clean_text(once) == once
    assert "\0" not in once
    once.encode()
    assert name_key(name_key(text)) == name_key(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("General", "general"),
        ("STRASSE", "Straße"),
        ("ﬁle", "file"),
        ("Ａdmin", "admin"),
        ("ad\N{ZERO WIDTH JOINER}min", "admin"),
        ("a  b", "a\N{NO-BREAK SPACE}b"),
        ("И\N{COMBINING BREVE}од", "йод"),
    ],
)
def test_names_that_look_alike_have_one_key(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


def test_different_names_have_different_keys() -> None:
    assert len({name_key(name) for name in ("Ivanov", "Иванов", "Ivanova", "I vanov")}) == 4


@pytest.mark.parametrize(
    ("text", "latin"),
    [("Ёлкин", "elkin"), ("Çağrı", "cagri"), ("Łódź", "lodz"), ("Щёголь", "shchegol"), ("Їжак", "izhak")],
)
def test_names_in_latin_letters(text: str, latin: str) -> None:
    assert to_latin(text) == latin


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Юлия", "Yulia"),
        ("Юлия", "Iuliia"),
        ("Юлия", "Juliya"),
        ("Щербаков", "Shcherbakov"),
        ("Щербаков", "Scherbakov"),
        ("Хрущёв", "Khrushchev"),
        ("Дмитрий", "Dmitry"),
        ("Дмитрий", "Dmitrii"),
        ("Цветков", "Tsvetkov"),
        ("Филипп", "Philip"),
        ("Алексей", "Aleksey"),
        ("Алексей", "Alexei"),
        ("Müller", "muller"),
        ("Фёдоров", "Федоров"),
        ("Mwita", "mwita"),
    ],
)
def test_one_name_in_two_spellings_meets(one: str, other: str) -> None:
    assert match_key(one) == match_key(other)


def test_a_person_is_found_in_any_order_of_names() -> None:
    assert person_key("Иванов Пётр") == person_key("Petr Ivanov") == person_key("IVANOV, Petr")
    assert person_key("Ivanov Petr") != person_key("Ivanova Petra")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ООО «Ромашка»", "romashka"),
        ("ООО Ромашка", "Romashka Ltd."),
        ("ромашка, ооо", "OOO Romashka"),
        ("Acme Pumps Limited", "ACME-PUMPS, Inc"),
        ("Société Générale S.A.", "Societe Generale"),
        ("О.О.О. Вектор", "Vektor"),
        ("Müller GmbH & Co. KG", "Muller"),
    ],
)
def test_one_firm_in_two_spellings_meets(one: str, other: str) -> None:
    assert company_key(one) == company_key(other)


def test_a_firm_that_is_called_like_a_legal_form_has_a_key() -> None:
    assert company_key("Company") == "company".replace("y", "i")
    assert company_key("«»") == ""
    assert company_key("Ромашка") != company_key("Ромашкино")
    assert company_key("Компания 1") != company_key("Компания 2")


@given(st.text(max_size=200))
def test_any_text_has_keys(text: str) -> None:
    for key in (match_key(text), person_key(text), company_key(text)):
        assert key == key.strip()
        key.encode()


@pytest.mark.parametrize(
    ("typed", "address", "key"),
    [
        (" Asha.Mushi@Example.COM ", "Asha.Mushi@example.com", "asha.mushi@example.com"),
        ("boss@firm.local", "boss@firm.local", "boss@firm.local"),
        ("root@localhost", "root@localhost", "root@localhost"),
        ("info@пример.рф", "info@пример.рф", "info@xn--e1afmkfd.xn--p1ai"),
        ("a+tag@example.com", "a+tag@example.com", "a+tag@example.com"),
    ],
)
def test_an_address_is_kept_in_one_spelling(typed: str, address: str, key: str) -> None:
    parsed = parse_address(typed)
    assert (parsed.address, parsed.key) == (address, key)
    assert address_key(typed.swapcase()) == key


@pytest.mark.parametrize(
    "typed",
    [
        "", "asha", "@example.com", "asha@", "a b@example.com", "a@b@example.com", "a@example..com", "a@-x.com",
        "a@[127.0.0.1]", "a@example.com\n", "a@example.com\r\nBcc: x@example.com", "a\n@example.com",
        "a@exa\0mple.com", "a@example.com, b@example.com", "Asha <a@example.com>", '"a b"@example.com',
        "a" * 65 + "@example.com", "a@" + "b" * 250 + ".com", "a@x" + RIGHT_TO_LEFT_OVERRIDE,
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(MailAddressError) as refused:
        parse_address(typed)
    assert str(refused.value.text) == "This is not a mail address."
    assert address_key(typed) == ""


def test_a_cyrillic_letter_before_the_at_is_named() -> None:
    with pytest.raises(MailAddressError, match="letters that mail addresses don't have"):
        parse_address("\N{CYRILLIC SMALL LETTER A}sha@example.com")


@given(st.text(max_size=300))
def test_any_text_is_an_address_of_one_line_or_refused(typed: str) -> None:
    key = address_key(typed)
    assert key.isprintable()
    assert key.isascii()


@pytest.mark.parametrize(
    ("typed", "country", "e164"),
    [
        ("0712 345 678", "TZ", "+255712345678"),
        ("+255 (712) 345-678", "RU", "+255712345678"),
        ("8 (916) 123-45-67", "RU", "+79161234567"),
        ("+7 916 123 45 67", "TZ", "+79161234567"),
        ("00255712345678", "TZ", "+255712345678"),
        ("０７１２３４５６７８", "tz", "+255712345678"),
        ("030 123456", "DE", "+4930123456"),
    ],
)
def test_spellings_of_a_number_are_one_number(typed: str, country: str, e164: str) -> None:
    phone = parse_phone(typed, country)
    assert (phone.e164, phone.digits, phone.link) == (e164, e164[1:], f"tel:{e164}")
    assert phone.likely
    assert parse_phone(phone.shown, country).e164 == e164


@pytest.mark.parametrize(
    "typed", ["ask Juma", "12", "112", "0712 345 678 or 0713", "+999 123 456", "5" * 40, "0712 345 678", ""]
)
def test_what_cannot_be_read_is_kept_as_typed(typed: str) -> None:
    phone = parse_phone(f" {typed}\0 ", "")
    assert (phone.typed, phone.shown, phone.e164, phone.link) == (typed, typed, "", "")


def test_a_possible_number_outside_the_plan_is_kept_and_not_called_likely() -> None:
    phone = parse_phone("+255 912 345 678", "TZ")
    assert (phone.e164, phone.likely) == ("+255912345678", False)


def test_an_extension_is_dialled_after_the_number() -> None:
    phone = parse_phone("022 211 0000 ext. 12", "TZ")
    assert (phone.e164, phone.extension, phone.link) == ("+255222110000", "12", "tel:+255222110000;ext=12")


def test_a_number_is_shown_as_the_reader_dials_it() -> None:
    assert show_phone("+255712345678", "TZ") == "0712 345 678"
    assert show_phone("+255712345678", "RU") == "+255 712 345 678"
    assert show_phone("ask Juma") == "ask Juma"


@pytest.mark.parametrize(
    ("typed", "country", "prefixes"),
    [
        ("+255 71", "RU", ("25571",)),
        ("00255 71", "RU", ("25571",)),
        ("071 2", "TZ", ("0712", "255712")),
        ("712", "TZ", ("712", "255712")),
        ("8 916", "RU", ("8916", "7916")),
        ("7916", "", ("7916",)),
        ("12", "TZ", ()),
        ("Juma", "TZ", ()),
        ("000", "TZ", ()),
    ],
)
def test_a_number_is_found_from_its_first_digits(typed: str, country: str, prefixes: tuple[str, ...]) -> None:
    assert search_prefixes(typed, country) == prefixes


@given(st.text(max_size=100), st.sampled_from(["TZ", "RU", "US", "", "ZZ"]))
def test_any_text_is_a_phone_or_kept(typed: str, country: str) -> None:
    phone = parse_phone(typed, country)
    assert phone.digits.isascii()
    assert phone.e164 == "" or phone.e164 == "+" + phone.digits
    assert all(prefix.isdigit() for prefix in search_prefixes(typed, country))
    assert digits_of(phone.shown).isascii()
