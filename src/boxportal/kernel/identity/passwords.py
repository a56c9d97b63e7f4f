"""Passwords: argon2id with the parameters of OWASP's cheat sheet, a strength gate, and equal time for unknown names."""

import threading
from functools import cache
from typing import Any

from boxportal.kernel.identity.breached import is_breached
from boxportal.sdk.errors import Busy, Invalid
from boxportal.sdk.i18n import gettext as _

MIN_LENGTH = 10
MAX_BYTES = 256
GUESSES = 10_000
# Two hashes at once at most: each takes 64 MiB, and fifty sign-ins in a moment must not become a memory bomb.
_slots = threading.BoundedSemaphore(2)
SLOT_SECONDS = 10
# Of random bytes that were thrown away, made as all others are: stands in for the hash of a person who is not there.
NOBODYS = "$argon2id$v=19$m=65536,t=3,p=1$NIaw9v4/R0iJEWJsTQmBcA$qpcuoZs1fGax/roXaa8dQYhE4TaBdnK5QHTvWEChpPo"


def hash_password(password: str) -> str:
    """Hash a password (argon2id, 64 MiB, 3 passes). Slow by design: never within a write transaction.

    Raises: Busy when too many others are being hashed.
    """
    with _slot():
        return str(_hasher().hash(password))


def verify_password(password: str, hashed: str | None) -> bool:
    """Whether the password fits. An unknown person (None) takes the same time as a known one.

    Raises: Busy when too many others are being checked.
    """
    if len(password.encode()) > MAX_BYTES:
        return False
    with _slot():
        fits = bool(_hasher().verify(password, hashed or NOBODYS))
    return fits and hashed is not None


def needs_rehash(hashed: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return bool(_hasher().needs_update(hashed))


def check_new_password(password: str, *about: str) -> None:
    """Refuse passwords that are too short, too long, stolen elsewhere, or easily guessed.

    Raises: Invalid for the field `password`.
    """
    if len(password) < MIN_LENGTH:
        raise Invalid({"password": _("Use at least 10 characters.")})
    if len(password.encode()) > MAX_BYTES:
        raise Invalid({"password": _("Use at most 256 characters.")})
    if is_breached(password):
        raise Invalid({"password": _("This password stands in a list of stolen ones. Take another one.")})
    from zxcvbn import zxcvbn  # noqa: PLC0415 its word lists take 10 MB: only where a password is set

    parts = [part for text in about for part in (text, *text.replace("@", " ").replace(".", " ").split())]
    if float(zxcvbn(password[:72], user_inputs=parts)["guesses"]) < GUESSES:
        raise Invalid({"password": _("This password is easy to guess. Take a longer or less common one.")})


class _slot:  # noqa: N801 used as a statement
    def __enter__(self) -> None:
        if not _slots.acquire(timeout=SLOT_SECONDS):
            raise Busy

    def __exit__(self, *_error: object) -> None:
        _slots.release()


@cache
def _hasher() -> Any:  # noqa: ANN401 the library has no types
    from passlib.hash import argon2  # noqa: PLC0415 most pages check no password

    return argon2.using(type="ID", memory_cost=65536, time_cost=3, parallelism=1)
