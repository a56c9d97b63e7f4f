"""What a check of the box's health is, and what it finds."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, BaseModel
from typing_extensions import override

from boxportal.kernel.companies import Box, Company
from boxportal.kernel.config import BoxConfig
from boxportal.sdk.clock import utcnow
from boxportal.sdk.i18n import Lazy
from boxportal.sdk.i18n import gettext as _

State = Literal["good", "note", "problem"]
WEIGHT: dict[State, int] = {"good": 0, "note": 1, "problem": 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found: the evidence in `said`; where it is not good, why it matters and the one command."""

    state: State
    said: Lazy
    why: Lazy | None = None
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """What checks look at. `now` is one moment for all of them."""

    data: Path
    config: BoxConfig
    companies: tuple[Company, ...] = ()
    now: datetime = field(default_factory=utcnow)

    @property
    def restart(self) -> str:
        """The command that lets the server start anew."""
        is_trial = any(company.is_trial for company in self.companies)
        return "boxportal serve" if is_trial else "sudo systemctl restart boxportal"

    @classmethod
    def at(cls, box: Box) -> "Look":
        return cls(box.data, box.config, tuple(box.companies.values()))


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is looked at. `mend` puts it right where that is safe, and says whether it did something."""

    id: str
    title: Lazy
    run: Callable[[Look], Finding]
    mend: Callable[[Look], bool] | None = None
    on_page: bool = True
    """Whether `mend` is quick enough for a button of a page."""


class Words(BaseModel):
    """A text that is kept untranslated, with what is filled in, and shown in the reader's language."""

    message: str
    values: dict[str, str] = {}

    @classmethod
    def of(cls, text: Lazy) -> "Words":
        return cls(message=text.message, values={name: str(value) for name, value in text.values})

    @override
    def __str__(self) -> str:
        return _(self.message, **self.values) if self.values else _(self.message)


class Seen(BaseModel):
    """A check's result as it is kept."""

    id: str
    title: Words
    state: State
    said: Words
    why: Words | None = None
    fix: str = ""
    can_mend: bool = False


class Report(BaseModel):
    """All results of one look. `told` are the problems that the administrators know of already."""

    at: AwareDatetime
    seen: list[Seen]
    told: list[str] = []

    def of_state(self, state: State) -> list[Seen]:
        return [one for one in self.seen if one.state == state]


def worst(findings: list[Finding], otherwise: Finding) -> Finding:
    """The gravest of several, the first of equals."""
    return max(findings, key=lambda finding: WEIGHT[finding.state], default=otherwise)
