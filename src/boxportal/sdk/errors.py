"""What can go wrong in the domain; mapped to pages and problem+json once, at the edge."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from typing_extensions import override


class DomainError(Exception):
    """An error that a person can understand; `status` is its HTTP meaning (RFC 9110)."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "error"

    def __init__(self, message: object = "") -> None:
        super().__init__(message)
        self.message = message

    @override
    def __str__(self) -> str:
        return str(self.message)


class NotFound(DomainError):
    """The thing is missing, or the actor may not know of it; nobody can tell which."""

    status = 404
    code = "not_found"


class ModuleOff(NotFound):
    """A page of a module that is off; who is signed in is told its title, for others it is any missing page."""

    def __init__(self, title: object) -> None:
        super().__init__()
        self.title = title


class NotPermitted(DomainError):
    """The actor sees the thing and may not do this to it."""

    status = 403
    code = "not_permitted"


class SignInNeeded(DomainError):
    """Nobody is signed in, or the session or token has ended."""

    status = 401
    code = "sign_in_needed"


class ProofNeeded(DomainError):
    """The act is dangerous, and it is too long ago that the person proved who they are."""

    status = 403
    code = "proof_needed"


class Invalid(DomainError):
    """The input can't be taken; `fields` says why, field by field ("" is the whole form)."""

    status = 422
    code = "invalid"

    def __init__(self, fields: Mapping[str, object]) -> None:
        super().__init__("; ".join(f"{name}: {text}" if name else str(text) for name, text in fields.items()))
        self.fields = dict(fields)


class RuleBroken(DomainError):
    """The input is well-formed, but a rule of the company or of the record forbids the act now."""

    status = 409
    code = "rule_broken"


class RolledBack(RuleBroken):
    """The act failed on its way, and everything was put back as it was; the message says why."""

    code = "rolled_back"


class Stuck(DomainError):
    """The act failed on its way, and putting everything back failed too; `fix` is the one command to give then."""

    status = 500
    code = "stuck"

    def __init__(self, message: object, fix: str) -> None:
        super().__init__(message)
        self.fix = fix


class Stale(DomainError):
    """Somebody else saved the record meanwhile; `theirs` holds what they changed, by field."""

    status = 409
    code = "stale"

    def __init__(self, theirs: Mapping[str, object]) -> None:
        super().__init__("The record was changed by somebody else meanwhile.")
        self.theirs = dict(theirs)


class Busy(DomainError):
    """The box can't take the write now; the same request may be sent again in `retry_after` seconds."""

    status = 503
    code = "busy"

    def __init__(self, message: object = "The server is busy. Try again in a moment.", retry_after: int = 2) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class TooManyTries(DomainError):
    """A rate limit was reached; `retry_after` is in seconds."""

    status = 429
    code = "too_many_tries"

    def __init__(self, retry_after: int) -> None:
        super().__init__("Too many tries. Wait a little and try again.")
        self.retry_after = retry_after


class NotReached(DomainError):
    """The other side does not answer, or may not be reached; the message says which, in plain words."""

    status = 502
    code = "not_reached"


class NotAllowed(NotReached):
    """The other side may not be reached from here; no connection was begun."""


class GiveUp(DomainError):
    """Work for the outside can't succeed however often it is repeated; the message says why."""

    status = 502
    code = "refused_outside"


class NotYet(DomainError):
    """Work for the outside that shall wait until `due`; waiting counts as no attempt."""

    status = 503
    code = "not_yet"

    def __init__(self, due: datetime) -> None:
        super().__init__(f"not before {due.isoformat()}")
        self.due = due


class StorageFull(DomainError):
    """The disk is full; nothing was saved."""

    status = 507
    code = "storage_full"
