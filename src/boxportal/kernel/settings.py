"""Settings: a model of the kernel's or of a module's, kept as one JSON document under its name."""

from collections.abc import Mapping
from functools import cache

from pydantic import BaseModel
from sqlalchemy import bindparam, insert, select, update

from boxportal.kernel.catalog import load_catalog
from boxportal.kernel.tables import Setting
from boxportal.sdk.database import ReadSession, WriteSession, plain_table

_setting = plain_table(Setting)
_BY_NAME = _setting.c.key == bindparam("name")
_VALUE = select(_setting.c.value).where(_BY_NAME)
_CHANGE = update(_setting).where(_BY_NAME).values(value=bindparam("kept"))
_ADD = insert(_setting)


def value_of(db: ReadSession, key: str) -> Mapping[str, object] | None:
    """The document under this key."""
    row = db.execute(_VALUE, {"name": key}).first()
    return row.value if row else None


def keep_value(db: WriteSession, key: str, value: Mapping[str, object]) -> None:
    """Put a document under this key, in place of the one that is there."""
    if not db.change_one(_CHANGE, {"name": key, "kept": value}):
        db.change_one(_ADD, {"key": key, "value": value})


@cache
def setting_key(model: type[BaseModel]) -> str:
    """The key of a settings model: `crm.CrmSettings` for a module's, `core.…` for the kernel's."""
    path = f"{model.__module__}."
    owners = (entry.id for entry in load_catalog().entries.values() if path.startswith(f"{entry.package}."))
    return f"{next(owners, 'core')}.{model.__name__}"


def save_setting(db: WriteSession, model: BaseModel) -> None:
    """Keep a settings model of the kernel or of a module."""
    keep_value(db, setting_key(type(model)), model.model_dump(mode="json"))
