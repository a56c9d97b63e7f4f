"""Names as they are kept, compared and found: without hidden characters, across case, script and spelling."""

import re
import unicodedata

_KEPT_CONTROLS = frozenset("\n\t")
_JOINERS = "\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}"  # Persian, Indic scripts and emoji need them
_NO_JOINERS = str.maketrans("", "", _JOINERS)
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})

# As passports spell it, and people type it: Khrushchev, Yulia. Only й is i, so that -ий, -ый and -iy meet.
_CYRILLIC = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z", "и": "i", "й": "i",
    "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f",
    "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya",
    "і": "i", "ї": "i", "є": "e", "ґ": "g", "ў": "u",
    "ә": "a", "ғ": "g", "қ": "k", "ң": "n", "ө": "o", "ұ": "u", "ү": "u", "һ": "h",
    "ј": "i", "љ": "l", "њ": "n", "ћ": "ch", "ђ": "dzh", "џ": "dzh",
}  # fmt: skip
_TO_LATIN = str.maketrans(_CYRILLIC)
_LATIN = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i"})

# Latin spellings of one sound, folded to one: Shcherbakov and Scherbakov, Khrushchev and Hrushchev, Yulia and Iuliia.
_SPELLINGS = tuple(
    (re.compile(pattern), folded)
    for pattern, folded in (
        (r"shch|sch|shh", "sh"),
        (r"tch|tsch", "ch"),
        (r"k?kh", "h"),
        (r"ph", "f"),
        (r"tz|tc", "ts"),
        (r"ck", "k"),
        (r"ks", "x"),
        (r"w", "v"),
        (r"[jy]", "i"),
        (r"(.)\1+", r"\1"),
    )
)

# As they read in Latin letters: ООО is ooo.
_LEGAL_FORMS = """
ooo oao zao pao ao ip nko ano too fgup gup mup chp tov
ltd limited llc llp lp inc incorporated corp corporation co company plc pty
gmbh ag kg ohg ug mbh ev sa sas sarl srl spa sl bv nv ab as oy oyj aps sp zoo kft sro
"""
LEGAL_FORMS = frozenset(_LEGAL_FORMS.split())


def clean_line(text: str) -> str:
    """One line as it is kept: composed (NFC), no control or direction characters, single blanks, none at the ends."""
    return " ".join(clean_text(text).split())


def clean_text(text: str) -> str:
    """Several lines as they are kept: composed (NFC), line feeds alone, no control or direction characters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.isprintable():
        text = "".join(
            sign
            for sign in text
            if sign in _KEPT_CONTROLS or sign in _JOINERS or unicodedata.category(sign) not in _DROPPED
        )
    return unicodedata.normalize("NFC", text).strip()


def name_key(name: str) -> str:
    """The key by which names that look alike are the same: NFKC, case folded, blanks single, nothing hidden.

    For unique names (of files, teams, channels): two names with one key must not stand side by side.
    """
    if name.isascii() and name.isprintable():
        return " ".join(name.lower().split())
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return " ".join(clean_text(folded).translate(_NO_JOINERS).split())


def to_latin(text: str) -> str:
    """The text in small Latin letters without accents: Cyrillic transliterated, "Ёлкин" as "elkin"."""
    latin = name_key(text).translate(_TO_LATIN)
    if latin.isascii():
        return latin
    bare = "".join(sign for sign in unicodedata.normalize("NFD", latin) if unicodedata.category(sign) != "Mn")
    return bare.translate(_LATIN)


def match_key(text: str) -> str:
    """The key by which likely the same words meet, whatever script and spelling they are in: "Юлия" and "Yulia".

    For finding candidates, never for uniqueness: different names may share a key.
    """
    return " ".join(_fold(word) for word in _words(text))


def person_key(name: str) -> str:
    """`match_key` of a person, in whatever order the parts of the name are given."""
    return " ".join(sorted(_fold(word) for word in _words(name)))


def company_key(name: str) -> str:
    """`match_key` of a firm without its legal form and blanks: "ООО «Ромашка»" and "Romashka Ltd." meet."""
    words = _words(name)
    kept = [word for word in words if word not in LEGAL_FORMS] or words
    return "".join(_fold(word) for word in kept)


def _words(text: str) -> list[str]:
    plain = "".join(sign if sign.isalnum() or unicodedata.category(sign) == "Mn" else " " for sign in _dotless(text))
    return [word for part in plain.split() if (word := to_latin(part))]


def _dotless(text: str) -> str:
    """Abbreviations without their dots: "S.A." as "SA", "О.О.О." as "ООО"."""
    return re.sub(r"(?<=\b\w)\.(?=\w\b|\s|$)", "", name_key(text))


def _fold(word: str) -> str:
    for pattern, folded in _SPELLINGS:
        word = pattern.sub(folded, word)
    return word
