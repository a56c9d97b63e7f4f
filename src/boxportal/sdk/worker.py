"""Heavy work in a process of its own: how a module asks for it, and how the work says that it can't be done."""

from typing import ClassVar, Literal, Protocol

from boxportal.sdk.errors import DomainError
from boxportal.sdk.i18n import Lazy
from boxportal.sdk.i18n import lazy as _l


class RunInWorker(Protocol):
    """Do work in a short-lived process, so that its memory is given back and it can't harm or delay the server.

    `target` is `package.module:function`, a function from bytes to bytes; it is imported in the process alone.
    Raises: WorkRefused as the function does, WorkerFailed, Busy when all places are taken for too long.
    """

    def __call__(self, target: str, payload: bytes, *, seconds: float, memory_mb: int) -> bytes: ...


class WorkRefused(DomainError):
    """What was given can't be worked on; the text is for the one who gave it, and crosses the process untranslated."""

    status: ClassVar[int] = 422
    code: ClassVar[str] = "work_refused"

    def __init__(self, text: Lazy) -> None:
        super().__init__(text)
        self.text = text


class WorkerFailed(DomainError):
    """The work was begun and not finished; the server's log says more."""

    status: ClassVar[int] = 503
    code: ClassVar[str] = "worker_failed"

    def __init__(self, reason: Literal["time", "memory", "crash"]) -> None:
        super().__init__(_REASONS[reason])
        self.reason = reason


_REASONS = {
    "time": _l("This took too long and was stopped."),
    "memory": _l("This needed more memory than it may take and was stopped."),
    "crash": _l("This could not be finished. The server's log says why."),
}
