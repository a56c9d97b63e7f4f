"""What modules tell each other: references to records, and frozen events in the past tense."""

import dataclasses
import json
from dataclasses import dataclass
from typing import Self

from typing_extensions import override


@dataclass(frozen=True, slots=True)
class RecordRef:
    """Points at a record of any module without importing it: kind (`crm.deal`) and id."""

    kind: str
    id: int

    @override
    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` wrote.

        Raises: ValueError when it is not a reference.
        """
        kind, _, number = text.rpartition(":")
        if not kind:
            raise ValueError(text)
        return cls(kind, int(number))


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base of all events. Fields are ids, texts, numbers, booleans, or references to records."""

    def to_json(self) -> str:
        """Serialise for the outbox; references become `kind:id`."""
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return json.dumps({k: str(v) if isinstance(v, RecordRef) else v for k, v in values.items()})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote."""
        values = json.loads(text)
        for field in dataclasses.fields(cls):
            if field.type in (RecordRef, "RecordRef"):
                values[field.name] = RecordRef.parse(values[field.name])
        return cls(**values)
