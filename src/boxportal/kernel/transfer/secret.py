"""What never leaves with a company: keys, password hashes, sessions, and what only this machine needs."""

import re
import secrets
from collections.abc import Mapping

from sqlalchemy import Table

from boxportal.kernel.search.index import FILLING
from boxportal.kernel.secrets import MARK

# Who serves, what is under way, what was counted: of this machine and this moment. Mails that wait are not sent twice.
OF_THE_MOMENT = frozenset({
    "core_process", "core_form_use", "core_rate", "core_job", "core_outbox", "core_session", "core_one_time_link",
    "core_reset_request",
})  # fmt: skip
SECRET = re.compile(
    r"(^|_)(tokens?|secrets?|password|passkeys?|credentials?|totp|otp|recovery|challenges?)(_|$)|_hash$|^sealed$"
)
SETTINGS = "core_setting"


def is_left_out(table: str) -> bool:
    """Whether none of a table's rows leave. What is named as a secret is one, also in a table that is new."""
    return table in OF_THE_MOMENT or SECRET.search(table) is not None


def secret_columns(table: Table) -> list[str]:
    """The columns of a table that are emptied."""
    return [name for name in table.columns.keys() if SECRET.search(name)]  # noqa: SIM118 a collection of columns


def without_secrets(table: Table, row: Mapping[str, object], blanked: list[str]) -> dict[str, object] | None:
    """A row as it leaves; None for one that does not."""
    if table.name == SETTINGS and str(row["key"]).endswith(FILLING):
        return None
    return {name: None if name in blanked else unsealed(value) for name, value in row.items()}


def unsealed(value: object) -> object:
    """A value without what is sealed in it."""
    if isinstance(value, str):
        return "" if value.startswith(f"{MARK}.") else value
    if isinstance(value, dict):
        return {name: unsealed(part) for name, part in value.items()}
    return [unsealed(part) for part in value] if isinstance(value, list) else value


def filled_in(table: Table, row: dict[str, object], blanked: list[str]) -> dict[str, object]:
    """A row as it comes in: a secret that must be there is a new one, which nobody knows."""
    for name in blanked:
        if row.get(name) is None and not table.columns[name].nullable:
            row[name] = secrets.token_hex(32)
    return row
