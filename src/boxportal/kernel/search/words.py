"""From texts to the words of the index: folded, ё as е, Cyrillic also in Latin letters, telephone digits joined."""

import re
import unicodedata

WORD = re.compile(r"\w+", re.UNICODE)
PHONE = re.compile(r"\+?\d[\d\s().-]{5,}\d")
CYRILLIC = dict(
    zip(
        "абвгдежзийклмнопрстуфхцчшщъыьэюя",
        ["a", "b", "v", "g", "d", "e", "zh", "z", "i", "i", "k", "l", "m", "n", "o", "p", "r", "s", "t", "u", "f", "kh",
         "ts", "ch", "sh", "shch", "", "y", "", "e", "yu", "ya"],
        strict=True,
    )
)  # fmt: skip
LONGEST = 20_000


def fold(text: str) -> str:
    """Compatibility form, lower case, no marks: `Ёлка` and `елка` are one word, `Café` and `cafe` too."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(c for c in decomposed if not unicodedata.combining(c) or c == "\u0306")
    return unicodedata.normalize("NFC", kept)


def in_latin(word: str) -> str:
    """A Cyrillic word in Latin letters; other words as they are."""
    return "".join(CYRILLIC.get(c, c) for c in word)


def words_of(text: str) -> str:
    """The words to index: each folded word, its Latin form, and telephone numbers as one word of digits."""
    text = text[:LONGEST]
    words = list(dict.fromkeys(WORD.findall(fold(text))))
    latin = [in_latin(word) for word in words if in_latin(word) != word]
    phones = ["".join(c for c in found if c.isdigit()) for found in PHONE.findall(text)]
    endings = [phone[-n:] for phone in phones for n in (6, 7, 9) if len(phone) > n]
    return " ".join(dict.fromkeys([*words, *latin, *phones, *endings]))
