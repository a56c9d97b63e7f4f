"""What modules may know of the company's people changing."""

from dataclasses import dataclass

from boxportal.sdk.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLeft(Event):
    """Somebody works here no more and can't sign in. `successor` takes open work over.

    A module that keeps people on its records subscribes: open ones go to the successor, closed ones keep the name.
    Without a successor all keep the name; the event comes again when one is chosen later.
    """

    person: int
    successor: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstAdministrator(Event):
    """A company that was set up by command has its first person: sample rows that nobody answers for are theirs."""

    person: int
