"""The conversation at the terminal, and its transcript, in which secrets are masked."""

import os
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from boxportal.cli.installing.refused import INTERRUPTED, USAGE, Refused

SECRET = re.compile(r"AGE-SECRET-KEY-1[0-9A-Z]+|(?<=#t=)[^\s\"]+|(?<=://)[^/\s:@]*:[^/\s@]+(?=@)")
"""Recovery keys, one-time links, and the user and password of a database's address."""
MASK = "********"


def masked(text: str, secrets: Sequence[str] = ()) -> str:
    """The text without anything that must not be kept."""
    for secret in secrets:
        text = text.replace(secret, MASK)
    return SECRET.sub(MASK, text)


def read_line(prompt: str) -> str:
    """A line that somebody types, or that stands in a pipe.

    Raises: Refused when nothing more comes.
    """
    sys.stdout.write(prompt)
    sys.stdout.flush()
    try:
        line = sys.stdin.readline()
    except KeyboardInterrupt:
        raise Refused(INTERRUPTED, "", "Nothing was changed.") from None
    if not line:
        raise Refused(USAGE, "", "Nobody answers here. Without questions: --answers FILE --no-input")
    return line.strip()


@dataclass(slots=True)
class Talk:
    """Says lines and asks for answers. `kept` is what the transcript will hold; it is written once there is a log."""

    read: Callable[[str], str] = read_line
    show: Callable[[str], None] = print
    secrets: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    log: Path | None = None

    def say(self, text: str = "") -> None:
        self.show(text)
        self.note(text)

    def ask(self, question: str, default: str) -> str:
        """The answer; Enter alone takes the default."""
        answer = self.read(f"{question}  [{default}] ") or default
        self.note(f"{question}  [{default}] {answer}")
        return answer

    def asked(self, question: str, default: str, wrong: Callable[[str], str]) -> str:
        """Ask until the answer is one that can be taken."""
        while problem := wrong(answer := self.ask(question, default)):
            self.say(f"     {answer}: {problem}")
        return answer

    def agreed(self, question: str) -> bool:
        """Whether the person says yes; Enter does."""
        answer = self.read(f"{question} [Y/n] ") or "y"
        self.note(f"{question} {answer}")
        return answer.lower() in ("y", "yes")

    def note(self, text: str) -> None:
        """Keep a line for the transcript, without showing it."""
        self.kept.append(masked(text, self.secrets))
        if self.log is not None:
            self.write()

    def write_to(self, log: Path) -> None:
        """Write the transcript from here on, and what was said before."""
        log.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        self.log = log
        self.kept.insert(0, f"== {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC")
        self.write()

    def write(self) -> None:
        if self.log is None:
            return
        descriptor = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in self.kept)
        self.kept.clear()
