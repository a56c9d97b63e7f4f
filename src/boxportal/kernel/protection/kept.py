"""What is kept of the rounds: how each guard stood, which were set aside and why, whether alerts are on."""

from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict

from boxportal.kernel.companies import Company
from boxportal.kernel.database.engines import read_session
from boxportal.kernel.protection.model import Finding, Level
from boxportal.kernel.settings import save_setting, setting_key, value_of
from boxportal.sdk.clock import utcnow
from boxportal.sdk.database import ReadSession, WriteSession
from boxportal.sdk.i18n import Lazy


class Seen(BaseModel):
    """How a guard stood when it was looked at. `message` and `values` are the evidence, translated when shown."""

    model_config = ConfigDict(extra="ignore")
    level: Level
    message: str
    values: dict[str, str | int | float] = {}
    command: str = ""
    page: str = ""
    advice: str = ""
    advice_values: dict[str, str | int | float] = {}
    at: AwareDatetime
    since: AwareDatetime


class SetAside(BaseModel):
    """A guard that somebody does not want to be reminded of, and why."""

    model_config = ConfigDict(extra="ignore")
    reason: str
    by: str
    at: AwareDatetime


class Protection(BaseModel):
    """All of it, one document a company."""

    model_config = ConfigDict(extra="ignore")
    alerts: bool = True
    looked_at: AwareDatetime | None = None
    seen: dict[str, Seen] = {}
    aside: dict[str, SetAside] = {}


def read(db: ReadSession) -> Protection:
    return Protection.model_validate(value_of(db, setting_key(Protection)) or {})


def is_due(company: Company, again: timedelta) -> bool:
    """Whether the guards shall be looked at, because the last look is so long ago."""
    with read_session(company.engines) as db:
        state = read(db)
    return state.alerts and (state.looked_at is None or utcnow() - state.looked_at > again)


def write(db: WriteSession, state: Protection) -> None:
    save_setting(db, state)


def seen_of(finding: Finding, advice: Lazy, now: datetime, before: Seen | None) -> Seen:
    """What is kept of a finding; `since` is when the guard came to stand so."""
    return Seen(
        level=finding.level, message=finding.said.message, values=plain(finding.said), command=finding.command,
        page=finding.page, advice=advice.message, advice_values=plain(advice), at=now,
        since=before.since if before and before.level == finding.level else now,
    )  # fmt: skip


def plain(text: Lazy) -> dict[str, str | int | float]:
    return {name: value if isinstance(value, int | float) else str(value) for name, value in text.values}
