"""Changes settings in `boxportal.toml`: in place, with its comments; validated before, whole or not at all."""

import fcntl
import os
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from pydantic import ValidationError

from boxportal.kernel.config import FILE, BoxConfig, load_config, mistakes_of, settings_folder
from boxportal.kernel.configuring.registry import Entry, entry_of, value_in
from boxportal.kernel.durable import write_whole
from boxportal.sdk.errors import Invalid, RuleBroken
from boxportal.sdk.i18n import gettext as _

FORMER = ".former"
MODE = 0o600


def file_of(data: Path) -> Path:
    """Where the box's settings stand."""
    return settings_folder(data) / FILE


def can_change(data: Path) -> bool:
    """Whether this process may write the file: the settings of an installed box belong to root."""
    return os.access(settings_folder(data), os.W_OK)


def read_value(entry: Entry, text: str) -> object:
    """What somebody typed for a setting: a text as it stands, else TOML; a plain list also without its brackets.

    Raises: Invalid.
    """
    if entry.is_text:
        return text
    if entry.kind is list and not text.lstrip().startswith("["):
        return [part.strip() for part in text.replace("\n", ",").split(",") if part.strip()]
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text  # the model says what is wrong with it
    except RecursionError:
        raise Invalid({entry.key: _("This can't be read.")}) from None


def set_values(data: Path, wished: Mapping[str, object | None], *, dry_run: bool = False) -> dict[str, object]:
    """Write settings by their dotted names; None takes one out of the file, so that its default holds again.

    Returns what changed: by name the value that holds now. The file as it was is kept beside it, with `.former`.

    Raises: NotFound (no such setting), Invalid (by name, what is wrong), RuleBroken (the file can't be written, or
    was wrong before).
    """
    path = file_of(data)
    with _alone(path.parent):
        before = load_config(data)
        text = path.read_text("utf-8") if path.exists() else ""
        new = _edited(text, wished)
        after = _checked(new, wished)
        found = [entry_of(key) for key in wished]
        changed = {e.key: value_in(after, e) for e in found if value_in(after, e) != value_in(before, e)}
        if new != text and not dry_run:
            _replace(path, text, new)
    return changed


def _edited(text: str, wished: Mapping[str, object | None]) -> str:
    """The file's text with these settings written into it."""
    import tomlkit  # noqa: PLC0415 only who changes the file

    document = tomlkit.parse(text)
    for key, value in wished.items():
        entry = entry_of(key)
        if entry.said.fixed:
            raise RuleBroken(_("%(key)s is written by the installer. %(why)s", key=key, why=_(entry.said.text)))
        table: dict[str, object] = document
        for name in entry.path[:-1]:
            table = table.setdefault(name, tomlkit.table())  # type: ignore[assignment]  # what a section is
        if value is None:
            table.pop(entry.path[-1], None)
        else:
            table[entry.path[-1]] = value
    return tomlkit.dumps(document)


def _checked(text: str, wished: Mapping[str, object | None]) -> BoxConfig:
    """Raises: Invalid, each mistake at the setting that was typed; what stands in it already is the whole form's."""
    try:
        return BoxConfig.model_validate(tomllib.loads(text))
    except ValidationError as error:
        fields: dict[str, object] = {}
        for key, said in mistakes_of(error):
            at = next((name for name in wished if key == name or key.startswith(f"{name}.")), "")
            fields.setdefault(at, said if at else f"{key}: {said}")
        raise Invalid(fields) from error


def _replace(path: Path, text: str, new: str) -> None:
    """Raises: RuleBroken that names the file; it is as it was then."""
    try:
        if not path.exists():
            write_whole(path, new, MODE)
            return
        former = path.stat()
        mode = former.st_mode & 0o777
        for target, content in ((path.with_name(f"{path.name}{FORMER}"), text), (path, new)):
            write_whole(target, content, mode)
            with suppress(PermissionError):  # root writes, the server's group goes on reading
                os.chown(target, former.st_uid, former.st_gid)
    except OSError as error:
        raise RuleBroken(_("%(path)s can't be written: %(why)s", path=path, why=error.strerror or error)) from error


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One changes the settings at a time, in whatever process."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise RuleBroken(_("%(path)s can't be read: %(why)s", path=folder, why=error.strerror or error)) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
