"""Writes the lines of what was only read."""

from boxportal.kernel.audit.lines import write_entry
from boxportal.kernel.companies import Company
from boxportal.kernel.database.engines import write_session


def write_readings(company: Company) -> None:
    """A line for each reading that waits. What can't be written now is kept for later."""
    waiting = company.readings.take()
    if not waiting:
        return
    try:
        with write_session(company.engines) as db:
            for actor, entry, at, address in waiting:
                write_entry(db, actor, entry, at=at, address=address)
    except BaseException:
        company.readings.put_back(waiting)
        raise
