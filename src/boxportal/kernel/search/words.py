"""From texts to the words that are indexed and looked for: in Latin letters without marks, telephone digits joined."""

import re

from boxportal.sdk.names import to_latin

WORD = re.compile(r"\w+", re.UNICODE)
PHONE = re.compile(r"\+?\d[\d\s().-]{5,}\d")
LONGEST = 20_000


def words_in(text: str) -> list[str]:
    """The words of a text as they are compared: `Ёлка`, `елка` and `Elka` are one, `Café` and `cafe` too."""
    return WORD.findall(to_latin(text))


def words_of(text: str) -> str:
    """The words to index: those of the text, and telephone numbers as one word of digits."""
    text = text[:LONGEST]
    phones = ["".join(c for c in found if c.isdigit()) for found in PHONE.findall(text)]
    endings = [phone[-n:] for phone in phones for n in (6, 7, 9) if len(phone) > n]
    return " ".join(dict.fromkeys([*words_in(text), *phones, *endings]))
