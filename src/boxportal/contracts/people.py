"""What modules may know of the company's people changing."""

from dataclasses import dataclass

from boxportal.sdk.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLeft(Event):
    """Somebody works here no more and can't sign in. `successor` takes open work over; without one it has no owner.

    A module that keeps people on its records subscribes: open ones go to the successor, closed ones keep the name.
    """

    person: int
    successor: int | None
