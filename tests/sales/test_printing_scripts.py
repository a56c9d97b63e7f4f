"""Any script on a document: shaped, in its own direction, to be copied; what can't be printed is refused by name."""

import unicodedata
from dataclasses import replace

import pytest
from tests.support.documents import BUYER, document, fonts_of, text_of, words_of

from boxportal.modules.sales.printing import fonts
from boxportal.modules.sales.printing.document import Line
from boxportal.modules.sales.printing.render import render
from boxportal.sdk.worker import WorkRefused

SCRIPTS = {
    "Latin": "Łódź, Türkçe, Tiếng Việt, straße, Ɓaƙo ŋ",
    "Cyrillic": "Щётка, їжак, өзгеріс, Ћирилица",
    "Greek": "Φωτοβολταϊκό πάνελ",
    "Arabic": "شركة النور للتجارة",
    "Persian": "پنل خورشیدی گرم",
    "Hebrew": "פאנל סולארי",
    "Devanagari": "सौर पैनल",
    "Bengali": "সৌর প্যানেল",
    "Tamil": "சூரிய பலகை",
    "Thai": "แผงโซลาร์เซลล์",
    "Georgian": "მზის პანელი",
    "Armenian": "Արևային վահանակ",
    "Ethiopic": "የፀሐይ ፓነል",
    "Chinese": "太阳能电池板",
    "Japanese": "太陽電池パネル",
    "Korean": "태양광 패널",
}
MARKS = dict.fromkeys(map(ord, "\u200e\u200f\u202a\u202b\u202c"))


def letters(text: str) -> str:
    """Only what is written: no spaces, no marks of direction, in one spelling."""
    return unicodedata.normalize("NFC", "".join(text.translate(MARKS).split()))


@pytest.fixture(scope="module")
def invoice() -> bytes:
    """All scripts on one invoice."""
    lines = tuple(Line(position=str(n), name=text, amount=100) for n, text in enumerate(SCRIPTS.values(), 1))
    return render(document(lines, buyer=replace(BUYER, name=SCRIPTS["Arabic"], address=(SCRIPTS["Hebrew"],))))


@pytest.mark.parametrize("script", SCRIPTS)
def test_script_can_be_read_back(script: str, invoice: bytes) -> None:
    assert letters(SCRIPTS[script]) in letters(text_of(invoice))


def test_fonts_of_all_scripts_are_embedded(invoice: bytes) -> None:
    used = fonts_of(invoice)
    names = " ".join(font[0] for font in used)
    for name in ("Inter", "Almarai", "Hebrew", "Devanagari", "Thai", "CJK"):
        assert name in names
    assert all(font[-5:-2] == ["yes", "yes", "yes"] for font in used)


def test_arabic_and_hebrew_run_from_right_to_left_in_their_place() -> None:
    lines = (Line(name="شركة النور 450", amount=100), Line(name="abc פאנל def", amount=100))
    words, _ = words_of(render(document(lines)))
    place = {word.text.translate(MARKS): word for word in words}
    number = place["450"]
    hebrew = next(word for word in words if "פ" in word.text)
    arabic = [word for word in words if any("\u0600" <= letter <= "\u06ff" for letter in word.text)]
    assert number.right < min(word.left for word in arabic), "the number ends an Arabic name, so it stands at its left"
    assert place["abc"].right < hebrew.left < hebrew.right < place["def"].left
    assert number.left < 150, "a name starts where its column starts"


def test_letters_are_joined_and_conjuncts_formed() -> None:
    """Shaped Devanagari takes less room than its letters one by one; शक्ति has a conjunct and a reordered vowel."""
    words, _ = words_of(
        render(document((Line(name="शक्ति", amount=1), Line(name="श क त ि".replace(" ", "\u200c"), amount=1))))
    )
    shaped, apart = (word for word in words if any("\u0900" <= letter <= "\u097f" for letter in word.text))
    assert shaped.right - shaped.left < apart.right - apart.left


@pytest.mark.parametrize(
    ("country", "family"), [("JP", "JP"), ("KR", "KR"), ("TW", "TC"), ("HK", "HK"), ("CN", "SC"), ("KE", "SC")]
)
def test_han_is_drawn_as_the_buyers_country_draws_it(country: str, family: str) -> None:
    names = fonts_of(render(document((Line(name="直骨", amount=1),), buyer=replace(BUYER, country=country))))
    assert any(f"NotoSansCJK{family.lower()}" in font[0] for font in names)


@pytest.mark.parametrize(
    ("text", "reported"),
    [("Cuneiform 𒀀𒀁", "𒀀 𒀁"), ("Private \ue123", "U+E123"), ("Unassigned \u0378", "U+0378"), ("ᚠᚢ runes", "ᚠ ᚢ")],
)
def test_characters_that_no_font_has_are_named_and_nothing_is_printed(text: str, reported: str) -> None:
    for printed in (
        document((Line(name=text, amount=1),)),
        document(notes=text),
        document(buyer=replace(BUYER, name=text)),
        document(number=text),
    ):
        with pytest.raises(WorkRefused, match="No installed font can print these characters") as refused:
            render(printed)
        assert dict(refused.value.text.values)["characters"] == reported


def test_core_alone_prints_latin_cyrillic_and_greek_and_names_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "PACKAGES", ("fontpkg_inter",))
    monkeypatch.setattr(fonts, "SYSTEM_FOLDERS", ())
    lines = tuple(Line(name=SCRIPTS[script], amount=1) for script in ("Latin", "Cyrillic", "Greek"))
    pdf = render(document(lines, watermark="paid", language="ru"))
    assert {font[0].partition("+")[2].partition("-")[0] for font in fonts_of(pdf)} == {"Inter"}
    with pytest.raises(WorkRefused, match="ש"):
        render(document((Line(name="שלום", amount=1),)))


def test_system_fonts_stand_in_for_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system has Noto fonts, a folder of it is enough for the scripts that lie there."""
    folder = fonts.folders()[2]
    monkeypatch.setattr(fonts, "PACKAGES", ("fontpkg_inter",))
    monkeypatch.setattr(fonts, "SYSTEM_FOLDERS", (folder,))
    assert SCRIPTS["Thai"] in text_of(render(document((Line(name=SCRIPTS["Thai"], amount=1),))))


def test_symbols_of_trade_are_there() -> None:
    signs = "€ £ ¥ ₽ ₹ ₺ ₸ ₴ ₦ ₪ ₫ ₩ № § ‰ × ÷ − – — … “” „“ «» • ® ™ ° ² ³ µ Ω ½ ✓ → 😀"
    assert letters(signs) in letters(text_of(render(document(notes=signs))))
