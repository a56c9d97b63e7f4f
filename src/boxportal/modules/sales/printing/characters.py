"""What people typed, made safe to set on a page: nothing hidden, nothing that turns the text around it."""

import re
import unicodedata

_DROPPED = re.compile(
    "["
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f"  # controls
    "\u202a-\u202e\u2066-\u2069"  # bidirectional embeddings, overrides and isolates: they can make 100 read 001
    "\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb"  # invisible operators, deprecated formats, annotations
    "\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff"  # no characters at all
    "\U000e0000-\U000e0fff"  # tags: text that nobody sees
    "]"
)
_LINE_ENDS = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_SPACES = re.compile(r"[ \t\u00a0\u2000-\u200a]{2,}|\t")
MOST_MARKS = 6
"""How many combining marks a letter may carry; more only paint over the neighbouring lines."""


def one_line(text: str) -> str:
    """A name or number: on one line in the source, though it may wrap on the page."""
    return " ".join(paragraph(text).split("\n")).strip()


def paragraph(text: str) -> str:
    """A text with line ends; at most one empty line in a row is kept."""
    text = _LINE_ENDS.sub("\n", unicodedata.normalize("NFC", text.encode("utf-8", "ignore").decode()))
    text = _few_marks(_SPACES.sub(" ", _DROPPED.sub("", text)))
    text = "\n".join(line.rstrip() for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def runs_right_to_left(text: str) -> bool:
    """Whether the first letter with a direction is Arabic, Hebrew or alike (UAX 9, rules P2 and P3)."""
    for character in text:
        direction = unicodedata.bidirectional(character)
        if direction in {"R", "AL", "L"}:
            return direction != "L"
    return False


def _few_marks(text: str) -> str:
    if text.isascii():
        return text
    kept, marks = [], 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character) in {"Mn", "Me"} else 0
        if marks <= MOST_MARKS:
            kept.append(character)
    return "".join(kept)
