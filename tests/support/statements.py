"""The statements that a page sends, told apart from those of the loops that run beside it."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, event

from tests.support.portal import Browser, Portal

SIGNING_IN = "core_session.token_hash"


@contextmanager
def statements_of_pages(reader: Engine) -> Iterator[list[str]]:
    """What is read by requests of signed-in people: on a connection from who they are until it is given back."""
    seen: list[str] = []
    asking: set[Connection] = set()

    def note(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if SIGNING_IN in statement:
            asking.add(connection)
        if connection in asking:
            seen.append(statement)

    def end(connection: Connection) -> None:
        asking.discard(connection)

    event.listen(reader, "before_cursor_execute", note)
    event.listen(reader, "rollback", end)
    event.listen(reader, "commit", end)
    try:
        yield seen
    finally:
        event.remove(reader, "before_cursor_execute", note)
        event.remove(reader, "rollback", end)
        event.remove(reader, "commit", end)


def statements_of(portal: Portal, browser: Browser, path: str) -> list[str]:
    """What one page asks the database, signing in included."""
    with statements_of_pages(portal.company.engines.reader) as seen:
        answer = browser.get(path)
    assert answer.status_code == 200, f"{answer.status_code} {path}"
    assert seen, path
    return seen
