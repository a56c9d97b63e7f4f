"""What can be done to many records of a kind at once: declared by the kind, run by the kernel row by row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.form_spec import Choice
from boxportal.sdk.i18n import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkAct:
    """An act on rows of a list.

    `run(ctx, id, version, value)` does it to one record as the module's own page would: it looks for access, refuses a
    stale `version` (None where the row came without one), and raises what the page would show; the other rows are done
    all the same. `choices` is what the person picks the `value` from, `label` what it is called. `undo` names the act
    that takes this one back; an act that is not `offered` is there only for that.
    """

    id: str
    title: Text
    permission: str
    run: Callable[[Ctx, int, int | None, str], object]
    icon: str = "pencil"
    label: Text = ""
    choices: Callable[[ReadCtx], Sequence[Choice]] | None = None
    undo: str = ""
    offered: bool = True
